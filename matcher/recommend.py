"""Recommendations: every policy of a catalogue for one profile on one day, best first.

The rules run over the whole catalogue, so nothing a person is entitled to can be hidden; the
score only orders what the rules have said, and its parts add up to it.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from matcher.benefits import Worth, worth, worth_text
from matcher.facts import Facts, facts_on
from matcher.profile import Profile
from matcher.rules import Finding, evaluate, failed, missing, to_confirm
from matcher.sentences import declared_text
from matcher.truth import Truth
from policies.catalogue import Catalogue
from policies.condition import AS_OF, All, Condition, Evidence, Leaf, leaves
from policies.schema import Policy, Text
from policies.vocabulary import Vocabulary

DOUBTFUL_STATUS: Final = frozenset({"expired", "expired_check_renewal", "probably_discontinued", "superseded_probably"})
"""Stated statuses under which a person must find out whether the scheme still exists."""

_STILL_OPEN: Final = Leaf(
    "other",
    "==",
    "该政策是否仍在执行（资料显示可能已停办或已被替代）",
    "whether the scheme still runs (it may have been discontinued or replaced)",
    Evidence("general"),
)

_VERDICT_POINTS: Final = {Truth.YES: 100.0, Truth.UNKNOWN: 50.0, Truth.NO: 0.0}
_MONEY_POINTS: Final = 3.0
"""Points for each power of ten of yuan given: a million counts 18, ten thousand 12."""
_CREDIT_POINTS: Final = 1.0
"""Points for each power of ten of yuan lent or guaranteed: credit must be paid back."""
_MISSING_POINTS: Final = 2.0
"""Points lost for each fact still needed, up to ten facts."""
_DEADLINE_POINTS: Final = 5.0
"""Points for a deadline within 90 days."""
_DEADLINE_DAYS: Final = 90
_DOUBT_POINTS: Final = 10.0
"""Points lost where the stated status is doubtful."""


@dataclass(frozen=True, slots=True)
class ScorePart:
    """One reason for the place in the list, with its points."""

    name: str
    points: float
    text: Text


@dataclass(frozen=True, slots=True)
class Recommendation:
    """One policy for one profile: the verdict with its finding, the benefit and the next step.

    ``confirm`` holds the texts of declared conditions taken as met.
    """

    policy: Policy
    finding: Finding
    missing: tuple[str, ...]
    failed: tuple[str, ...]
    confirm: tuple[Text, ...]
    worth: Worth
    deadline: dt.date | None
    score_parts: tuple[ScorePart, ...]

    @property
    def truth(self) -> Truth:
        """YES, NO or UNKNOWN for this scheme, profile and day."""
        return self.finding.truth

    @property
    def score(self) -> float:
        """The sum of the score parts."""
        return sum(part.points for part in self.score_parts)


@dataclass(frozen=True, slots=True)
class Recommendations:
    """The whole catalogue for one profile, best first, with the facts it was judged on."""

    as_of: dt.date
    catalogue_version: str
    facts: Facts
    items: tuple[Recommendation, ...]


def applicable_condition(policy: Policy) -> Condition:
    """The policy's conditions together with its time in force.

    The dates become leaves on the built-in field ``as_of``, so that an expired scheme is "no" with
    its reason; a doubtful status becomes a declared condition.
    """
    extra: list[Condition] = []
    if policy.effective_from is not None:
        extra.append(Leaf(AS_OF, ">=", policy.effective_from.first_day().isoformat(), evidence=Evidence("scope")))
    if policy.effective_to is not None:
        extra.append(Leaf(AS_OF, "<=", policy.effective_to.last_day().isoformat(), evidence=Evidence("scope")))
    elif policy.status in DOUBTFUL_STATUS:
        extra.append(_STILL_OPEN)
    if not extra:
        return policy.conditions
    own = policy.conditions.children if isinstance(policy.conditions, All) else (policy.conditions,)
    return All((*own, *extra))


def deadline_after(policy: Policy, day: dt.date) -> dt.date | None:
    """The next known last day on or after ``day``: of the application window, else of the policy."""
    ends = (policy.application.closes, policy.effective_to)
    days = [end.last_day() for end in ends if end is not None and end.last_day() >= day]
    return min(days, default=None)


def assess(policy: Policy, facts: Facts, vocabulary: Vocabulary) -> Recommendation:
    """One policy for facts on their day."""
    finding = evaluate(applicable_condition(policy), facts, vocabulary)
    lacking = missing(finding)
    confirm = tuple(declared_text(one.node, positive=one.positive) for one in to_confirm(finding) if isinstance(one.node, Leaf))
    value, deadline = worth(policy), deadline_after(policy, facts.as_of)
    parts = tuple(_score_parts(policy, finding.truth, lacking, value, deadline, facts.as_of))
    return Recommendation(policy, finding, lacking, failed(finding), confirm, value, deadline, parts)


def recommend(
    catalogue: Catalogue, profile: Profile, as_of: dt.date, vocabulary: Vocabulary, policies: Sequence[Policy] | None = None
) -> Recommendations:
    """Every policy for ``profile`` on ``as_of``: eligible first, then undecided, then not eligible.

    Within a verdict the higher score comes first; ties keep the order of the catalogue.

    ``policies`` restricts the answer to some of the catalogue, for a caller's own filter.
    """
    facts = facts_on(profile, as_of)
    found = [assess(policy, facts, vocabulary) for policy in (catalogue.policies if policies is None else policies)]
    found.sort(key=lambda one: (-one.truth, -one.score))
    return Recommendations(as_of, catalogue.version, facts, tuple(found))


def deciding_fields(conditions: Iterable[Condition], facts: Facts, vocabulary: Vocabulary) -> dict[str, int]:
    """For each field: in how many of the conditions its value is still missing; most first.

    This is what a form should ask. Declared conditions are left out.
    """
    counts: dict[str, int] = {}
    for condition in conditions:
        for name in missing(evaluate(condition, facts, vocabulary)):
            if name in vocabulary.fields:
                counts[name] = counts.get(name, 0) + 1
    return dict(sorted(counts.items(), key=lambda item: -item[1]))


def used_fields(policies: Iterable[Policy]) -> frozenset[str]:
    """The names of all profile fields that the policies' conditions use."""
    return frozenset(leaf.field for policy in policies for leaf in leaves(policy.conditions) if not leaf.declared)


def _score_parts(
    policy: Policy, verdict: Truth, lacking: Sequence[str], value: Worth, deadline: dt.date | None, as_of: dt.date
) -> Iterable[ScorePart]:
    words = {
        Truth.YES: Text("条件符合", "conditions met"),
        Truth.UNKNOWN: Text("还差几项信息", "some facts missing"),
        Truth.NO: Text("条件不符", "conditions not met"),
    }
    yield ScorePart("verdict", _VERDICT_POINTS[verdict], words[verdict])
    if value.high_yuan:
        weight = _CREDIT_POINTS if value.nature == "credit" else _MONEY_POINTS
        yield ScorePart("amount", round(weight * math.log10(max(value.high_yuan, 1)), 2), worth_text(value))
    if lacking:
        count = len(lacking)
        points = -_MISSING_POINTS * min(count, 10)
        yield ScorePart("missing", points, Text(f"还需 {count} 项信息", f"{count} facts needed"))
    if deadline is not None and (deadline - as_of).days <= _DEADLINE_DAYS:
        yield ScorePart("deadline", _DEADLINE_POINTS, Text(f"{deadline} 截止", f"ends on {deadline}"))
    if policy.status in DOUBTFUL_STATUS:
        yield ScorePart("doubt", -_DOUBT_POINTS, Text("是否仍执行存疑", "may no longer run"))
