"""What the order of a search is made of: for each scheme a row of plain numbers.

Every feature has words, so that a place in the list can be explained.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from matcher.retrieve.query import Understood
from models.hybrid import PassageScores
from policies.regions import NATION
from policies.schema import Policy, Text
from policies.vocabulary import Vocabulary

Table = NDArray[np.float64]
_POWER: Final = 1.5
_BEST: Final = 4

FEATURES: Final[Mapping[str, Text]] = {
    "meaning": Text("意思相近", "similar in meaning"),
    "meaning_of_questions": Text("与典型问题的意思相近", "similar to a typical question"),
    "meaning_of_titles": Text("与名称、简介的意思相近", "title or summary similar in meaning"),
    "meaning_of_clauses": Text("与条件、待遇的意思相近", "conditions or benefits similar in meaning"),
    "meaning_overall": Text("整体意思相近", "similar on the whole"),
    "meaning_in_general": Text("按一般政策文字看意思相近", "similar in meaning as policy texts go"),
    "meaning_in_general_overall": Text("按一般政策文字看整体相近", "similar on the whole as policy texts go"),
    "meaning_of_a_part": Text("与其中一句的意思相近", "similar to one part of what was said"),
    "words_of_passage": Text("一处用词相同", "same words in one place"),
    "words_of_scheme": Text("全文用词相同", "same words in all of it"),
    "words_of_title": Text("名称用词相同", "same words in the title"),
    "words_of_a_part": Text("与其中一句用词相同", "same words as one part of what was said"),
    "words_beside_others": Text("用词比别的政策更相同", "more of the same words than others"),
    "official_words": Text("对应的官方用语", "official words for what was said"),
    "official_words_of_a_wish": Text("对应其中一个愿望的官方用语", "official words for one of the wishes"),
    "instrument": Text("支持方式相符", "kind of support"),
    "group": Text("人群或资质相符", "group or certification"),
    "department": Text("部门相符", "department"),
    "place_named": Text("地点相符", "place named"),
    "other_place": Text("属于别的地方", "of another place"),
    "local_first": Text("本地政策优先", "local scheme first"),
    "ended": Text("已到期", "ended"),
    "year": Text("年份相符", "year"),
    "doubtful": Text("可能已停办", "may have been discontinued"),
}
NAMES: Final = tuple(FEATURES)
SIGNS: Final[Mapping[str, int]] = {
    **{name: 1 for name in NAMES if name.startswith(("meaning", "words", "official"))},
    **dict.fromkeys(("instrument", "group", "department", "place_named", "year"), 1),
    **dict.fromkeys(("other_place", "ended", "doubtful"), -1),
}
"""Likeness and agreement never lower a place; another place and an end never raise one."""
_DOUBTFUL: Final = frozenset({"expired", "expired_check_renewal", "probably_discontinued", "superseded_probably"})


@dataclass(frozen=True)
class Layout:
    """Which passage belongs to which scheme, by number.

    Attributes:
        policies: in the order of the rows.
        home: number of the scheme of each passage.
        kinds: kind of each passage.
    """

    policies: tuple[Policy, ...]
    home: NDArray[np.int64]
    kinds: NDArray[np.str_]

    def best(self, scores: NDArray[Any], kinds: Sequence[str] = ()) -> Table:
        """The best score of each scheme over its passages of these kinds; 0 without one."""
        chosen = np.isin(self.kinds, kinds) if kinds else np.ones(len(self.kinds), np.bool_)
        found = np.full(len(self.policies), -np.inf)
        np.maximum.at(found, self.home[chosen], scores[chosen].astype(np.float64))
        return np.where(np.isfinite(found), found, 0.0)


@dataclass(frozen=True)
class Extra:
    """Further scores of all passages, each ``[passages]``.

    Attributes:
        widened: overlap with the official words added to the enquiry.
        wish: the best overlap with the official words of any one thing said.
        part_cosine: the best cosine of any part of a long enquiry; 0 for a short one.
        part_overlap: the best overlap of any part.
        general: cosine in the space of policy texts in general.
    """

    widened: NDArray[np.float32]
    wish: NDArray[np.float32]
    part_cosine: NDArray[np.float32]
    part_overlap: NDArray[np.float32]
    general: NDArray[np.float32]


def features(
    layout: Layout, scores: PassageScores, extra: Extra, said: Understood, vocabulary: Vocabulary, day: dt.date
) -> Table:
    """``[schemes, features]`` of one enquiry, columns as in :data:`NAMES`.

    Args:
        layout: the passages.
        scores: of the passages for the enquiry.
        extra: scores of the parts of the enquiry and of the words added to it.
        said: the enquiry, read.
        vocabulary: for places.
        day: the day asked for.
    """
    cosine = scores.cosine
    clauses = ("benefit", "condition", "apply")
    overlap = scores.coverage.astype(np.float64)
    columns: dict[str, Table] = {
        "meaning": layout.best(cosine),
        "meaning_of_questions": layout.best(cosine, ("question",)),
        "meaning_of_titles": layout.best(cosine, ("title", "summary")),
        "meaning_of_clauses": layout.best(cosine, clauses),
        "meaning_overall": _overall(layout, cosine),
        "meaning_in_general": layout.best(extra.general),
        "meaning_in_general_overall": _overall(layout, extra.general),
        "meaning_of_a_part": layout.best(np.maximum(extra.part_cosine, cosine)),
        "words_of_passage": layout.best(overlap) ** _POWER,
        "words_of_scheme": layout.best(scores.document).clip(0) ** _POWER,
        "words_of_title": layout.best(overlap, ("title",)) ** _POWER,
        "words_of_a_part": layout.best(np.maximum(extra.part_overlap, overlap)) ** _POWER,
        "words_beside_others": _relative(layout.best(scores.pairs)),
        "official_words": layout.best(extra.widened),
        "official_words_of_a_wish": layout.best(extra.wish),
    }
    facts = [_facts(policy, said, vocabulary, day) for policy in layout.policies]
    for name in NAMES[len(columns) :]:
        columns[name] = np.array([row[name] for row in facts], np.float64)
    return np.stack([columns[name] for name in NAMES], axis=1)


def _relative(scores: Table) -> Table:
    return np.asarray(scores / max(float(scores.max(initial=0.0)), 1e-9), np.float64)


def _overall(layout: Layout, scores: NDArray[np.float32]) -> Table:
    """Mean of the best passages of each scheme."""
    ordered = -np.sort(-_by_scheme(layout, scores), axis=1)
    return np.asarray(np.nanmean(ordered[:, :_BEST], axis=1), np.float64)


def _by_scheme(layout: Layout, scores: NDArray[np.float32]) -> Table:
    counts = np.bincount(layout.home, minlength=len(layout.policies))
    found = np.full((len(layout.policies), max(_BEST, int(counts.max(initial=1)))), np.nan)
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    order = np.argsort(layout.home, kind="stable")
    found[layout.home[order], np.arange(len(order)) - starts[layout.home[order]]] = scores[order]
    return np.where(np.isnan(found), np.nanmin(found, initial=0.0), found)


def _facts(policy: Policy, said: Understood, vocabulary: Vocabulary, day: dt.date) -> dict[str, float]:
    near = any(vocabulary.regions.nested(code, policy.region) for code in said.regions)
    local = policy.region != NATION
    groups = set(policy.groups)
    text = f"{policy.title.zh}{policy.document_no or ''}{policy.summary.zh if policy.summary else ''}"
    years = [str(year) for year in said.years]
    in_year = any(year in text or _in_force(policy, int(year)) for year in years)
    return {
        "instrument": float(policy.instrument in said.instruments),
        "group": float(len(groups & set(said.groups))),
        "department": float(any(name in policy.issuers or name in policy.application.offices for name in said.departments)),
        "place_named": float(near and local),
        "other_place": float(bool(said.regions) and not near),
        "local_first": float(local),
        "ended": float(policy.expired_on(day)),
        "year": float(bool(years) and in_year) - float(bool(years) and not in_year),
        "doubtful": float(policy.status in _DOUBTFUL),
    }


def _in_force(policy: Policy, year: int) -> bool:
    first, last = dt.date(year, 1, 1), dt.date(year, 12, 31)
    return not policy.expired_on(first) and not policy.begins_after(last)
