"""Recommendations: every policy of a catalogue for one profile on one day, best first.

The rules run over the whole catalogue, so nothing a person is entitled to can be hidden; the
score only orders what the rules have said, and its parts add up to it. Verdicts come from the
compiled program that bulk runs use too; the finding that explains one is made when it is asked for.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Final

from matcher.applicability import applicable_condition, deadline_after
from matcher.benefits import Worth, worth
from matcher.facts import Facts
from matcher.ordering import ScorePart, Standing, score_parts
from matcher.profile import Profile
from matcher.relevance import character_pairs, relevance
from matcher.rules import Finding, directly_declared, evaluate, failed
from matcher.sentences import declared_text
from matcher.truth import Truth
from policies.catalogue import Catalogue
from policies.schema import Policy, Text
from policies.vocabulary import Vocabulary

if TYPE_CHECKING:
    from matcher.program import Program


@dataclass(frozen=True)
class Recommendation:
    """One policy for one profile: the verdict, what is missing, the benefit and the reasons for its place.

    Attributes:
        truth: YES, NO or UNKNOWN for this scheme, profile and day.
        missing: the fields whose value would decide an unknown verdict.
        confirm: texts of the declared conditions taken as met.
        worth, deadline: what it gives, until when.
        score_parts: they add up to :attr:`score`.
    """

    policy: Policy
    truth: Truth
    missing: tuple[str, ...]
    confirm: tuple[Text, ...]
    worth: Worth
    deadline: dt.date | None
    score_parts: tuple[ScorePart, ...]
    facts: Facts = field(repr=False)
    vocabulary: Vocabulary = field(repr=False)

    @cached_property
    def finding(self) -> Finding:
        """The evaluated tree."""
        return evaluate(applicable_condition(self.policy), self.facts, self.vocabulary)

    @cached_property
    def failed(self) -> tuple[str, ...]:
        """The fields that rule the profile out, those on the nearest route first."""
        return failed(self.finding) if self.truth is Truth.NO else ()

    @cached_property
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


@dataclass(frozen=True, slots=True)
class _Standing:
    """What of a recommendation does not depend on the profile."""

    confirm: tuple[Text, ...]
    worth: Worth
    deadline: dt.date | None


class Recommender:
    """A catalogue on one day, ready to be asked: its compiled program, and all that holds for everybody.

    Args:
        catalogue: the policies.
        as_of: the day of all questions.
        vocabulary: fields, terms and labels.

    Raises:
        CompileError: a condition does not fit the vocabulary.
    """

    def __init__(self, catalogue: Catalogue, as_of: dt.date, vocabulary: Vocabulary) -> None:
        from matcher.program import compile_program  # numpy is loaded only when something is matched

        self.catalogue: Final = catalogue
        self.as_of: Final = as_of
        self.vocabulary: Final = vocabulary
        self.program: Final[Program] = compile_program(catalogue.policies, as_of, vocabulary)
        self._standing: Final = [
            _Standing(_confirm(policy), worth(policy), deadline_after(policy, as_of)) for policy in catalogue
        ]

    def recommend(
        self, profile: Profile, query: str | None = None, *, shares: Mapping[str, float] | None = None
    ) -> Recommendations:
        """Every policy for ``profile``: eligible first, then undecided, then not eligible.

        Within a verdict the higher score comes first; ties keep the order of the catalogue.
        ``query`` is a wish in plain words; it moves what it names up within its verdict and hides nothing.
        ``shares`` is how far each policy meets it by the search, 0 to 1 by id; without it shared words are counted.
        """
        matches = self.program.match_one(profile, backend="numpy")  # for one profile compiling more gains nothing
        wish = character_pairs(query or "")
        found = []
        for number, (policy, standing) in enumerate(zip(self.catalogue, self._standing, strict=True)):
            truth = Truth(int(matches.truths[number]))
            lacking = matches.missing(number) if truth is Truth.UNKNOWN else ()
            near = relevance(wish, policy, self.vocabulary) if shares is None else shares.get(policy.id, 0.0)
            stands = Standing(truth, len(lacking), len(standing.confirm), standing.deadline, near)
            parts = score_parts(policy, stands, standing.worth, self.as_of)
            found.append(
                Recommendation(
                    policy, truth, lacking, standing.confirm, standing.worth, standing.deadline, parts, matches.facts,
                    self.vocabulary,
                )
            )  # fmt: skip
        found.sort(key=lambda one: (-one.truth, -one.score))
        return Recommendations(self.as_of, self.catalogue.version, matches.facts, tuple(found))

    def deciding_fields(self, profile: Profile) -> dict[str, int]:
        """For each field: in how many policies its value is still missing; most first.

        This is what a form should ask. Declared conditions are left out.
        """
        counts = self.program.match_one(profile, backend="numpy").field_counts()
        return {name: count for name, count in counts.items() if name in self.vocabulary.fields}


def _confirm(policy: Policy) -> tuple[Text, ...]:
    return tuple(declared_text(leaf, positive=positive) for leaf, positive in directly_declared(applicable_condition(policy)))


def recommend(
    catalogue: Catalogue,
    profile: Profile,
    as_of: dt.date,
    vocabulary: Vocabulary,
    *,
    query: str | None = None,
    shares: Mapping[str, float] | None = None,
) -> Recommendations:
    """One question to a catalogue; who asks more often keeps a :class:`Recommender`."""
    return Recommender(catalogue, as_of, vocabulary).recommend(profile, query, shares=shares)
