"""The order of a recommendation: points with reasons that add up to the score.

Eligibility is never a score: the verdict comes first always, and these points only order the
policies of one verdict. Weights are judgements, kept in one table; every part is shown in words.
"""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass
from typing import Final

from matcher.benefits import Worth, worth_text
from matcher.truth import Truth
from policies.schema import Policy, Text

DOUBTFUL_STATUS: Final = frozenset({"expired", "expired_check_renewal", "probably_discontinued", "superseded_probably"})
"""Stated statuses under which a person must find out whether the scheme still exists."""

_VERDICT: Final = {
    Truth.YES: (100.0, Text("条件符合", "conditions met")),
    Truth.UNKNOWN: (50.0, Text("还差几项信息", "some facts missing")),
    Truth.NO: (0.0, Text("条件不符", "conditions not met")),
}
_MONEY_POINTS: Final = 3.0
"""For each power of ten of yuan given: a million counts 18, ten thousand 12."""
_CREDIT_POINTS: Final = 1.0
"""For each power of ten of yuan lent or guaranteed: credit must be paid back."""
_MISSING_POINTS: Final = -2.0
"""For each fact still needed, up to ten."""
_CONFIRM_POINTS: Final = -1.5
"""For each condition that a person must confirm, up to ten."""
_MOST_COUNTED: Final = 10
_DEADLINE_POINTS: Final = 5.0
_DEADLINE_DAYS: Final = 90
"""A deadline this near moves a policy up."""
_DOUBT_POINTS: Final = -10.0
_QUERY_POINTS: Final = 30.0
"""For a policy that has all words of the wish."""


@dataclass(frozen=True, slots=True)
class ScorePart:
    """One reason for the place in the list, with its points."""

    name: str
    points: float
    text: Text


@dataclass(frozen=True, slots=True)
class Standing:
    """How one profile stands with one policy.

    Attributes:
        truth: the verdict.
        missing, confirm: numbers of facts still needed and of conditions to be confirmed.
        deadline: the next last day, if one is known.
        relevance: share of the wish's words found in the policy, 0 to 1.
    """

    truth: Truth
    missing: int
    confirm: int
    deadline: dt.date | None
    relevance: float


def score_parts(policy: Policy, standing: Standing, value: Worth, as_of: dt.date) -> tuple[ScorePart, ...]:
    """The parts whose points add up to the score of ``policy`` on ``as_of``."""
    points, text = _VERDICT[standing.truth]
    parts = [ScorePart("verdict", points, text)]
    amount = _MONEY_POINTS * _magnitude(value.high_yuan) + _CREDIT_POINTS * _magnitude(value.credit_yuan)
    if amount:
        parts.append(ScorePart("amount", round(amount, 2), worth_text(value)))
    if standing.missing:
        text = Text(f"还需 {standing.missing} 项信息", f"{standing.missing} facts needed")
        parts.append(ScorePart("missing", _MISSING_POINTS * min(standing.missing, _MOST_COUNTED), text))
    if standing.confirm:
        text = Text(f"有 {standing.confirm} 项须人工确认", f"{standing.confirm} conditions to confirm")
        parts.append(ScorePart("confirm", _CONFIRM_POINTS * min(standing.confirm, _MOST_COUNTED), text))
    if standing.deadline is not None and (standing.deadline - as_of).days <= _DEADLINE_DAYS:
        text = Text(f"{standing.deadline} 截止", f"ends on {standing.deadline}")
        parts.append(ScorePart("deadline", _DEADLINE_POINTS, text))
    if policy.status in DOUBTFUL_STATUS:
        parts.append(ScorePart("doubt", _DOUBT_POINTS, Text("是否仍执行存疑", "may no longer run")))
    if standing.relevance:
        text = Text(f"与所说的需求相符 {standing.relevance:.0%}", f"{standing.relevance:.0%} of the wish matched")
        parts.append(ScorePart("query", round(_QUERY_POINTS * standing.relevance, 2), text))
    return tuple(parts)


def _magnitude(yuan: float | None) -> float:
    return math.log10(max(yuan, 1)) if yuan else 0.0
