"""What a change would do: winners, losers, newly undecided, cost, overlaps. Counted exactly on the population."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from matcher.benefits import Worth, worth
from matcher.overlap.reach import timeless
from matcher.population.features import Feature, Features, features_of
from matcher.population.file import Population
from matcher.program import Planes, compile_program
from policies.schema import Policy, Text
from policies.vocabulary import Vocabulary

_BINS: Final[Mapping[str, tuple[float, ...]]] = {
    "age": (25, 35, 45, 60),
    "organisation_age_months": (12, 36, 60, 120),
    "employees": (10, 50, 100, 300),
}
"""Fields by which winners are counted, and the bounds between their groups; ages by months of equal length."""
_MOST_OVERLAPS: Final = 10

Words = NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Verdicts:
    """Profiles by verdict."""

    eligible: int
    unknown: int
    not_eligible: int


@dataclass(frozen=True, slots=True)
class OverlapChange:
    """How many profiles are eligible for the changed scheme and another one, before and after."""

    scheme: str
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Change:
    """What the change of one scheme does.

    Attributes:
        winners: become eligible; losers: no longer are; newly_undecided: were decided before.
        cost_before, cost_after: (least, most) in yuan if every eligible profile received what is
            published; None where no figure is published.
        overlaps: other schemes with which it now shares more or fewer people, the largest change first.
        histogram: field -> (group in words, winners, losers) rows.
    """

    scheme: str
    before: Verdicts
    after: Verdicts
    winners: int
    losers: int
    newly_undecided: int
    cost_before: tuple[float, float] | None
    cost_after: tuple[float, float] | None
    overlaps: tuple[OverlapChange, ...]
    histogram: Mapping[str, tuple[tuple[Text, int, int], ...]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The changes of a scenario over one population."""

    changes: tuple[Change, ...]
    population: Population


def simulate(
    policies: Iterable[Policy],
    before: Mapping[str, Policy],
    after: Mapping[str, Policy],
    population: Population,
    as_of: dt.date,
    vocabulary: Vocabulary,
) -> Outcome:
    """Compare two states of some schemes, whatever their dates.

    Args:
        policies: the whole catalogue, for overlaps.
        before: schemes by id as they are (or as one draft has them).
        after: the same schemes as the scenario (or another draft) has them.
        population: profiles to count.
        as_of: the day, for ages.
        vocabulary: fields, terms, regions.

    Raises:
        CompileError: a condition does not fit its field.
        ColumnError: a column of the population cannot be read.
    """
    names = list(after)
    others = [policy for policy in policies if policy.id not in after]
    listed = [*(before[name] for name in names), *(after[name] for name in names), *others]
    planes = _planes(listed, population, as_of, vocabulary)
    rest = {policy.id: planes[2 * len(names) + place, 0] for place, policy in enumerate(others)}
    features = features_of(population.table.select(_columns(population)), vocabulary, as_of)
    changes = [
        _change(before[name], after[name], planes[place], planes[len(names) + place], rest, features, population.size)
        for place, name in enumerate(names)
    ]
    return Outcome(tuple(changes), population)


def _columns(population: Population) -> list[str]:
    wanted = {"subject_type", "birth_date", "founded_on", *_BINS}
    return [name for name in population.table.schema.names if name in wanted]


def _planes(policies: Sequence[Policy], population: Population, as_of: dt.date, vocabulary: Vocabulary) -> Words:
    program, sink = compile_program(map(timeless, policies), as_of, vocabulary), Planes()
    found = []
    for batch in population.table.combine_chunks().to_batches():
        program.match_batch(batch, sink)
        found.append(sink.result.copy())
    return np.concatenate(found, axis=2) if found else np.zeros((len(policies), 2, 0), np.uint64)


def _change(
    old: Policy, new: Policy, before: Words, after: Words, rest: Mapping[str, Words], features: Features, size: int
) -> Change:
    won, lost = after[0] & ~before[0], before[0] & ~after[0]
    undecided = (after[1] & ~after[0]) & ~(before[1] & ~before[0])
    moved = [
        OverlapChange(name, was, now)
        for name, plane in rest.items()
        if (was := _count(plane & before[0])) != (now := _count(plane & after[0]))
    ]
    moved.sort(key=lambda one: (-abs(one.after - one.before), one.scheme))
    then, now_ = _verdicts(before, size), _verdicts(after, size)
    return Change(
        new.id,
        then,
        now_,
        _count(won),
        _count(lost),
        _count(undecided),
        _cost(worth(old), then.eligible),
        _cost(worth(new), now_.eligible),
        tuple(moved[:_MOST_OVERLAPS]),
        _histogram(_rows(won, size), _rows(lost, size), features),
    )


def _verdicts(planes: Words, size: int) -> Verdicts:
    eligible, possible = _count(planes[0]), _count(planes[1])
    return Verdicts(eligible, possible - eligible, size - possible)


def _count(plane: Words) -> int:
    return int(np.bitwise_count(plane).sum(dtype=np.int64))


def _rows(plane: Words, size: int) -> NDArray[np.bool_]:
    return np.unpackbits(np.ascontiguousarray(plane).view(np.uint8), bitorder="little")[:size].astype(np.bool_)


def _cost(value: Worth, people: int) -> tuple[float, float] | None:
    if value.high_yuan is None:
        return None
    return (value.low_yuan or 0.0) * people, value.high_yuan * people


def _histogram(
    won: NDArray[np.bool_], lost: NDArray[np.bool_], features: Features
) -> dict[str, tuple[tuple[Text, int, int], ...]]:
    found: dict[str, tuple[tuple[Text, int, int], ...]] = {}
    for field, bounds in _BINS.items():
        column = features.columns.get(Feature(field))
        if column is None:
            continue
        group = np.where(np.isnan(column), -1, np.searchsorted(bounds, column, side="right"))
        counts = [np.bincount(group[chosen & (group >= 0)], minlength=len(bounds) + 1) for chosen in (won, lost)]
        if counts[0].any() or counts[1].any():
            found[field] = tuple(
                (words, int(more), int(fewer)) for words, more, fewer in zip(_groups(bounds), *counts, strict=True)
            )
    return found


def _groups(bounds: Sequence[float]) -> list[Text]:
    first, last = f"{bounds[0]:g}", f"{bounds[-1]:g}"
    between = [Text(f"{low:g}–{high:g}（不含）", f"{low:g} to under {high:g}") for low, high in itertools.pairwise(bounds)]
    return [Text(f"不到 {first}", f"under {first}"), *between, Text(f"{last} 及以上", f"{last} and over")]
