"""The overlaps of a catalogue: every pair that is more than harmless, with reach, time and reasons."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from matcher.overlap.clusters import Cluster, clusters
from matcher.overlap.kinds import KINDS, Kinds, PairKind
from matcher.overlap.reach import PairReach, Reach, measure
from matcher.population.file import Population
from matcher.sentences import requirement
from matcher.wording import field_label
from policies.condition import AS_OF, Condition, Leaf
from policies.schema import Policy, Text
from policies.vocabulary import Vocabulary

_ORDER: Final = {kind: place for place, kind in enumerate(KINDS)}


@dataclass(frozen=True, slots=True)
class Overlap:
    """A pair with the people both schemes reach.

    Attributes:
        pair: kind, reasons and facts.
        reach: profiles in both, in the first only, in the second only.
        same_time: whether both can be in force on one day; unknown ends count as open.
    """

    pair: PairKind
    reach: PairReach
    same_time: bool


@dataclass(frozen=True, slots=True)
class Survey:
    """All overlaps of a catalogue over one population: most serious first, then the surest."""

    overlaps: tuple[Overlap, ...]
    clusters: tuple[Cluster, ...]
    reach: Reach
    population: Population


@dataclass(frozen=True, slots=True)
class ClauseRow:
    """What two schemes ask of one field, side by side; an empty list where one asks nothing of it."""

    field: str
    label: Text
    first: tuple[Text, ...]
    second: tuple[Text, ...]

    @property
    def same(self) -> bool:
        """Whether both ask the same."""
        return self.first == self.second


def survey(
    policies: Iterable[Policy],
    population: Population,
    as_of: dt.date,
    vocabulary: Vocabulary,
) -> Survey:
    """Find and explain the overlaps of ``policies``.

    Raises:
        CompileError: a condition does not fit its field.
        ColumnError: a column of the population cannot be read.
    """
    listed = [policy for policy in policies if policy.kind == "scheme"]
    by_id = {policy.id: policy for policy in listed}
    reach = measure(listed, population.table, as_of, vocabulary)
    kinds = Kinds(listed, vocabulary, as_of)
    found = [
        Overlap(pair, reach.pair(pair.first, pair.second), same_time(by_id[pair.first], by_id[pair.second]))
        for pair in (kinds.pair(first, second) for first, second in kinds.candidates())
        if pair.kind != "harmless"
    ]
    found.sort(key=_gravity)
    return Survey(tuple(found), clusters(one.pair for one in found), reach, population)


def _gravity(one: Overlap) -> tuple[float, ...]:
    return _ORDER[one.pair.kind], -round(one.pair.probability, 1), -one.reach.both, -one.pair.facts.likeness


def same_time(first: Policy, second: Policy) -> bool:
    """Whether both can be in force on one day."""
    begins = [p.effective_from.first_day() if p.effective_from else dt.date.min for p in (first, second)]
    ends = [p.effective_to.last_day() if p.effective_to else dt.date.max for p in (first, second)]
    return max(begins) <= min(ends)


def clause_rows(first: Policy, second: Policy, vocabulary: Vocabulary) -> tuple[ClauseRow, ...]:
    """The conditions of two schemes side by side, field by field."""
    asked = [_by_field(policy.conditions, vocabulary) for policy in (first, second)]
    fields = dict.fromkeys([*asked[0], *asked[1]])
    order = {name: place for place, name in enumerate(vocabulary.fields)}
    rows = [
        ClauseRow(
            name,
            Text(field_label(name, vocabulary), field_label(name, vocabulary, "en")),
            tuple(asked[0].get(name, ())),
            tuple(asked[1].get(name, ())),
        )
        for name in fields
    ]
    return tuple(sorted(rows, key=lambda row: (not (row.first and row.second), order.get(row.field, len(order)))))


def _by_field(condition: Condition, vocabulary: Vocabulary) -> dict[str, list[Text]]:
    from matcher.overlap.logic import asked_leaves

    found: dict[str, list[Text]] = {}
    for asked in asked_leaves(condition):
        leaf: Leaf = asked.leaf
        if leaf.field == AS_OF:
            continue
        words = requirement(leaf, vocabulary, positive=asked.positive)
        own = found.setdefault(leaf.field, [])
        if words not in own:
            own.append(words)
    return found
