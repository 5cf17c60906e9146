"""Recommendations: every policy of a catalogue for one profile on one day, best first.

The rules run over the whole catalogue, so nothing a person is entitled to can be hidden; the
score only orders what the rules have said, and its parts add up to it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from matcher.benefits import Worth, worth
from matcher.facts import Facts, facts_on
from matcher.ordering import DOUBTFUL_STATUS, ScorePart, Standing, score_parts
from matcher.profile import Profile
from matcher.relevance import character_pairs, relevance
from matcher.rules import Finding, evaluate, failed, missing, to_confirm
from matcher.sentences import declared_text
from matcher.truth import Truth
from policies.catalogue import Catalogue
from policies.condition import AS_OF, All, Condition, Evidence, Leaf, leaves
from policies.schema import Policy, Text
from policies.vocabulary import Vocabulary

_STILL_OPEN: Final = Leaf(
    "other",
    "==",
    "该政策是否仍在执行（资料显示可能已停办或已被替代）",
    "whether the scheme still runs (it may have been discontinued or replaced)",
    Evidence("general"),
)


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


def assess(policy: Policy, facts: Facts, vocabulary: Vocabulary, wished: float = 0.0) -> Recommendation:
    """One policy for facts on their day; ``wished`` is how far it meets a wish in words, 0 to 1."""
    finding = evaluate(applicable_condition(policy), facts, vocabulary)
    lacking = missing(finding)
    confirm = tuple(declared_text(one.node, positive=one.positive) for one in to_confirm(finding) if isinstance(one.node, Leaf))
    value, deadline = worth(policy), deadline_after(policy, facts.as_of)
    standing = Standing(finding.truth, len(lacking), len(confirm), deadline, wished)
    parts = score_parts(policy, standing, value, facts.as_of)
    return Recommendation(policy, finding, lacking, failed(finding), confirm, value, deadline, parts)


def recommend(
    catalogue: Catalogue,
    profile: Profile,
    as_of: dt.date,
    vocabulary: Vocabulary,
    *,
    query: str | None = None,
    shares: Mapping[str, float] | None = None,
) -> Recommendations:
    """Every policy for ``profile`` on ``as_of``: eligible first, then undecided, then not eligible.

    Within a verdict the higher score comes first; ties keep the order of the catalogue.

    ``query`` is a wish in plain words; it moves what it names up within its verdict and hides nothing.
    ``shares`` is how far each policy meets it by the search, by id; without it shared words are counted.
    """
    facts = facts_on(profile, as_of)
    wish = character_pairs(query or "")
    if shares is None:
        shares = {policy.id: relevance(wish, policy, vocabulary) for policy in catalogue} if wish else {}
    found = [assess(policy, facts, vocabulary, shares.get(policy.id, 0.0)) for policy in catalogue]
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
