"""Findings, recommendations and policies as JSON values, for the command line and HTTP alike."""

from __future__ import annotations

from typing import Any

from matcher.benefits import Worth, benefit_text, headline, worth
from matcher.facts import Facts
from matcher.profile import Profile
from matcher.recommend import Recommendation, Recommendations
from matcher.rules import Finding, evaluate, failed, missing, nearest_failures, to_confirm
from matcher.sentences import declared_text, explanation, requirement
from matcher.wording import value_text
from policies.codec import policy_to_json
from policies.condition import All, AnyOf, Condition, Leaf, Not, evidence_to_json
from policies.schema import Policy, Text
from policies.vocabulary import ProfileField, Vocabulary


def text_json(text: Text) -> dict[str, str]:
    """Both languages; the English falls back to the Chinese."""
    return {"zh": text.zh, "en": text.en or text.zh}


def finding_json(finding: Finding, facts: Facts, vocabulary: Vocabulary) -> dict[str, Any]:
    """An evaluated tree: each node with its verdict (``yes``, ``no``, ``unknown``).

    A leaf has ``field op value actual sentence`` and its evidence; ``nearest`` marks the leaves
    on the shortest route to a yes; ``assumed`` a declared condition taken as met.
    """
    near = {id(one) for one in nearest_failures(finding)}
    return _finding(finding, facts, vocabulary, near)


def _finding(finding: Finding, facts: Facts, vocabulary: Vocabulary, near: set[int]) -> dict[str, Any]:
    verdict = finding.truth.word
    match finding.node:
        case Leaf() as leaf:
            found: dict[str, Any] = {
                "field": leaf.field,
                "op": leaf.op,
                "value": list(leaf.value) if isinstance(leaf.value, tuple) else leaf.value,
                "verdict": verdict,
                "satisfied": finding.satisfied.word,
                "actual": None if finding.value is None else Profile({"v": finding.value}).as_json()["v"],
                "sentence": text_json(explanation(finding, facts, vocabulary)),
            } | evidence_to_json(leaf.evidence)
            if finding.assumed:
                found["assumed"] = True
            if id(finding) in near:
                found["nearest"] = True
            return found
        case All():
            kind = "all"
        case AnyOf():
            kind = "any"
        case Not():
            return {"not": _finding(finding.children[0], facts, vocabulary, near), "verdict": verdict}
    return {kind: [_finding(child, facts, vocabulary, near) for child in finding.children], "verdict": verdict}


def check_json(name: str, condition: Condition, facts: Facts, vocabulary: Vocabulary) -> dict[str, Any]:
    """The verdict on one scheme, in the form of the ``check`` command."""
    finding = evaluate(condition, facts, vocabulary)
    return {
        "scheme": name,
        "verdict": finding.truth.verdict,
        "missing": list(missing(finding)),
        "failed": list(failed(finding)),
        "to_confirm": [
            text_json(declared_text(f.node, positive=f.positive)) for f in to_confirm(finding) if isinstance(f.node, Leaf)
        ],
        "finding": finding_json(finding, facts, vocabulary),
    }


def recommendation_json(item: Recommendation, facts: Facts, vocabulary: Vocabulary) -> dict[str, Any]:
    """One recommendation with its finding, benefit, score parts and next step."""
    return {
        "policy": policy_summary_json(item.policy, vocabulary),
        "verdict": item.truth.verdict,
        "missing": list(item.missing),
        "failed": list(item.failed),
        "to_confirm": [text_json(text) for text in item.confirm],
        "benefit": worth_json(item.policy, item.worth, vocabulary),
        "deadline": item.deadline.isoformat() if item.deadline else None,
        "next_step": text_json(item.policy.application.how) if item.policy.application.how else None,
        "score": round(item.score, 2),
        "score_parts": [{"name": part.name, "points": part.points, "text": text_json(part.text)} for part in item.score_parts],
        "finding": finding_json(item.finding, facts, vocabulary),
    }


def recommendations_json(found: Recommendations, vocabulary: Vocabulary, top: int | None = None) -> dict[str, Any]:
    """The answer of ``recommend``: the day, the version and the list, best first.

    ``counts`` are over the whole catalogue, also where ``top`` shortens the list.
    """
    counts = {"eligible": 0, "unknown": 0, "not_eligible": 0}
    for item in found.items:
        counts[item.truth.verdict] += 1
    return {
        "as_of": found.as_of.isoformat(),
        "catalogue_version": found.catalogue_version,
        "counts": counts,
        "recommendations": [recommendation_json(item, found.facts, vocabulary) for item in found.items[:top]],
    }


def worth_json(policy: Policy, value: Worth, vocabulary: Vocabulary) -> dict[str, Any]:
    """What a policy gives: the headline, the range in yuan and each benefit in words."""
    return {
        "text": text_json(headline(policy, value, vocabulary)),
        "low_yuan": value.low_yuan,
        "high_yuan": value.high_yuan,
        "credit_yuan": value.credit_yuan,
        "lines": [text_json(benefit_text(benefit, vocabulary)) for benefit in policy.benefits],
    }


def policy_summary_json(policy: Policy, vocabulary: Vocabulary) -> dict[str, Any]:
    """What a list of policies needs to show."""
    instrument = vocabulary.terms["instrument"][policy.instrument].label
    return {
        "id": policy.id,
        "title": text_json(policy.title),
        "summary": text_json(policy.summary) if policy.summary else None,
        "level": policy.level,
        "region": policy.region,
        "issuers": list(policy.issuers),
        "instrument": policy.instrument,
        "instrument_text": text_json(instrument),
        "audience": policy.audience,
        "document_no": policy.document_no,
        "effective_from": policy.effective_from.text if policy.effective_from else None,
        "effective_to": policy.effective_to.text if policy.effective_to else None,
        "status": policy.status,
        "confidence": policy.confidence,
        "source": {"kind": policy.source.kind, "title": policy.source.title, "url": policy.source.url} if policy.source else None,
    }


def policy_json(policy: Policy, vocabulary: Vocabulary) -> dict[str, Any]:
    """A whole policy in exchange form, with its requirements and benefits in words."""
    return policy_to_json(policy) | {
        "requirements": _requirements(policy.conditions, vocabulary),
        "benefit": worth_json(policy, worth(policy), vocabulary),
    }


def _requirements(node: Condition, vocabulary: Vocabulary, *, positive: bool = True) -> dict[str, Any]:
    match node:
        case Leaf():
            return {"text": text_json(requirement(node, vocabulary, positive=positive)), "declared": node.declared}
        case Not(child):
            return _requirements(child, vocabulary, positive=not positive)
        case All(children) | AnyOf(children):
            kind = "all" if isinstance(node, All) is positive else "any"
            return {kind: [_requirements(child, vocabulary, positive=positive) for child in children]}


def field_json(field: ProfileField, vocabulary: Vocabulary) -> dict[str, Any]:
    """One profile field with its labels, question and the values it takes."""
    found: dict[str, Any] = {
        "name": field.name,
        "subject": field.subject,
        "type": field.type,
        "unit": field.unit or None,
        "section": field.section,
        "label": text_json(field.label),
        "question": text_json(field.question),
        "derived_from": list(field.derived_from),
    }
    if field.minimum is not None or field.maximum is not None:
        found["minimum"], found["maximum"] = field.minimum, field.maximum
    if field.vocabulary in vocabulary.terms:
        found["values"] = [{"value": t.value, "label": text_json(t.label)} for t in vocabulary.terms[field.vocabulary].values()]
    elif field.vocabulary in vocabulary.labels:
        found["values"] = [{"value": e.value, "label": text_json(e.label)} for e in vocabulary.labels[field.vocabulary].values()]
    return found


def facts_json(facts: Facts, vocabulary: Vocabulary, language: str = "zh") -> dict[str, str]:
    """The known facts, derived ones included, in words by label."""
    return {
        field.label.in_language(language): value_text(field, facts.values[name], vocabulary, language)
        for name, field in vocabulary.fields.items()
        if name in facts.values
    }
