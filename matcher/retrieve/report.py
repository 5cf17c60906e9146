"""Search answers as JSON values, and clauses with what was searched for marked."""

from __future__ import annotations

from typing import Any

from matcher.relevance import character_pairs
from matcher.report import policy_summary_json, text_json
from matcher.retrieve.answer import Hit, SearchAnswer
from matcher.retrieve.passages import Passage
from policies.schema import Text
from policies.vocabulary import Vocabulary


def hits_json(answer: SearchAnswer, vocabulary: Vocabulary) -> list[dict[str, Any]]:
    """The hits, best first: policy id, title, score with its parts, clauses; why not, where nothing fits."""
    return [
        {
            "policy": hit.policy.id,
            "title": hit.policy.title.zh,
            "title_en": hit.policy.title.in_language("en"),
            "score": round(hit.score, 4),
            "fits": answer.fits,
            "against": [text_json(reason) for reason in reasons_against(hit, answer, vocabulary)],
            "score_parts": [{"name": p.name, "points": round(p.points, 4), "text": text_json(p.text)} for p in hit.parts],
            "passages": [_passage_json(passage) for passage in hit.passages],
            "summary": policy_summary_json(hit.policy, vocabulary),
        }
        for hit in answer.hits
    ]


def answer_json(answer: SearchAnswer, vocabulary: Vocabulary) -> dict[str, Any]:
    """The whole answer: what was understood, whether anything fits, the hits."""
    said = answer.said
    return {
        "fits": answer.fits,
        "likely": round(answer.likely, 3),
        "semantic": answer.semantic,
        "notice": text_json(answer.notice) if answer.notice else None,
        "understood": {
            "terms": list(said.terms),
            "regions": list(said.regions),
            "departments": list(said.departments),
            "instruments": list(said.instruments),
            "groups": list(said.groups),
            "years": list(said.years),
            "yuan": said.yuan,
            "mended": [{"typed": one.typed, "meant": one.meant} for one in said.mended],
        },
        "hits": hits_json(answer, vocabulary),
    }


def _passage_json(passage: Passage) -> dict[str, Any]:
    return {"kind": passage.kind, "text": text_json(passage.text)}


def marked(text: str, wanted: str) -> list[tuple[str, bool]]:
    """A text in pieces, each with whether it shares a pair of characters or a word with what was wanted."""
    wish = {pair for pair in character_pairs(wanted) if len(pair) > 1}
    hit = [False] * len(text)
    lower = text.lower()
    for pair in wish:
        at = lower.find(pair)
        while at >= 0:
            hit[at : at + len(pair)] = [True] * len(pair)
            at = lower.find(pair, at + 1)
    pieces: list[tuple[str, bool]] = []
    for sign, on in zip(text, hit, strict=True):
        if pieces and pieces[-1][1] is on:
            pieces[-1] = (pieces[-1][0] + sign, on)
        else:
            pieces.append((sign, on))
    return pieces


def reasons_against(hit: Hit, answer: SearchAnswer, vocabulary: Vocabulary) -> list[Text]:
    """Why a scheme may not be what was asked for, from what the enquiry says; none where the answer fits, else at least one."""
    if answer.fits:
        return []
    policy, said, regions, found = hit.policy, answer.said, vocabulary.regions, list[Text]()
    if said.regions and not any(regions.nested(code, policy.region) for code in said.regions):
        asked = "、".join(regions.name(code) for code in said.regions)
        asked_en = ", ".join(regions.name(code, "en") for code in said.regions)
        place, place_en = regions.name(policy.region), regions.name(policy.region, "en")
        found.append(Text(f"属于{place}，您说的是{asked}", f"it is of {place_en}; you asked about {asked_en}"))
    if policy.expired_on(answer.day) and policy.effective_to:
        found.append(Text(f"已于 {policy.effective_to.text} 到期", f"it ended on {policy.effective_to.text}"))
    if said.instruments and policy.instrument not in said.instruments:
        have = vocabulary.terms["instrument"][policy.instrument].label
        found.append(Text(f"支持方式是“{have.zh}”", f"its kind of support is {have.in_language('en')}"))
    if said.groups and policy.groups and not set(said.groups) & set(policy.groups):
        found.append(Text(f"面向{'、'.join(policy.groups[:4])}", f"it is for {', '.join(policy.groups[:4])}"))
    return found or [Text("内容与您说的相差较远", "it is about something else than you described")]
