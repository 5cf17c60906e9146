"""Domains: the values of each field, told apart only as far as the rules at hand tell them apart.

A *variable* is a field, a group of linked fields, one label of a set field or one declared condition.
Its domain is a small number of *cells*: values for which every leaf at hand has the same answer. A set
of cells is an ``int`` used as a bit mask, so that a leaf becomes one mask.

The worlds reasoned about are complete: every field is known to the finest detail and every declared
condition is decided. A coarse answer ("Shanghai" where a district is asked) is not a world of its own.
"""

from __future__ import annotations

import datetime as dt
import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from matcher.enterprise_size import MEASURES, SIZES, deciding_bounds, possible_sizes
from matcher.periods import add_months, whole_months, whole_years
from matcher.predicate import value_truth
from matcher.profile import ProfileValue
from matcher.truth import Truth
from policies.condition import AS_OF, Leaf
from policies.vocabulary import ProfileField, Vocabulary

MOST_JOINT_CELLS: Final = 20_000
"""Most combinations of linked fields looked at; beyond it they count as independent, which stays sound."""

_WHOLE_UNITS: Final = frozenset({"people", "count", "rank"})
"""Units counted in whole numbers: no firm has 30.5 people."""
_EARLIEST: Final = dt.date(1900, 1, 1)
_AGES: Final[Mapping[str, tuple[str, int]]] = {"age": ("birth_date", 12), "organisation_age_months": ("founded_on", 1)}
"""Derived field -> the date it follows, and its unit in months."""


@dataclass(frozen=True, slots=True)
class Domain:
    """The cells of one variable and the mask of each leaf over them.

    Attributes:
        size: the number of cells.
        masks: (field, op, operand) of a leaf -> the cells where it holds.
    """

    size: int
    masks: Mapping[tuple[str, str, str], int]

    @property
    def full(self) -> int:
        """All cells."""
        return (1 << self.size) - 1


def leaf_key(leaf: Leaf) -> tuple[str, str, str]:
    """What tells leaves apart: the field, the test and the operand."""
    return leaf.field, leaf.op, repr(leaf.value)


def build_domains(leaves: Iterable[Leaf], vocabulary: Vocabulary, as_of: dt.date) -> dict[str, Domain]:
    """Domains of all fields used by leaves that are neither declared nor on sets; linked fields share one.

    Raises:
        KeyError, TypeError, ValueError: a leaf does not fit its field.
    """
    used: dict[str, dict[tuple[str, str, str], Leaf]] = {}
    for leaf in leaves:
        if not leaf.declared and (leaf.field == AS_OF or vocabulary.fields[leaf.field].type != "set"):
            used.setdefault(leaf.field, {})[leaf_key(leaf)] = leaf
    builder = _Builder(used, vocabulary, as_of)
    found: dict[str, Domain] = {}
    for names in _linked(used, builder):
        domain = builder.joint(names) if len(names) > 1 else builder.single(names[0])
        found.update(dict.fromkeys(names, domain))
    return found


def _linked(used: Mapping[str, object], builder: _Builder) -> Iterator[tuple[str, ...]]:
    """Fields by groups: an age with its date; the size with the industry and the measures it follows from."""
    left = dict.fromkeys(used)
    for age, (date, _) in _AGES.items():
        if age in left and date in left:
            yield date, age
            del left[age], left[date]
    measures = [name for name in MEASURES if name in left]
    names = ("industry", "enterprise_size", *measures)
    if measures and all(name in left for name in names) and builder.combinations(names) <= MOST_JOINT_CELLS:
        yield names
        left = {name: None for name in left if name not in names}
    for name in left:
        yield (name,)


class _Builder:
    def __init__(self, used: Mapping[str, Mapping[tuple[str, str, str], Leaf]], vocabulary: Vocabulary, as_of: dt.date) -> None:
        self._used = used
        self._vocabulary = vocabulary
        self._as_of = as_of

    def single(self, name: str) -> Domain:
        """The domain of a field that stands alone."""
        return self._domain([{name: value} for value in self._values(name)])

    def joint(self, names: Sequence[str]) -> Domain:
        """The domain of linked fields: the combinations that can occur."""
        if names[0] in ("birth_date", "founded_on"):
            return self._domain(list(self._dated(*names)))
        return self._domain(list(self._sized(names)))

    def combinations(self, names: Iterable[str]) -> int:
        """How many combinations a joint domain would look at."""
        return math.prod(len(self._values(name)) for name in names)

    def _domain(self, cells: Sequence[Mapping[str, ProfileValue]]) -> Domain:
        masks: dict[tuple[str, str, str], int] = {}
        for name in {name for cell in cells for name in cell}:
            truths: dict[ProfileValue, int] = {}
            for place, cell in enumerate(cells):
                truths[cell[name]] = truths.get(cell[name], 0) | 1 << place
            for key, leaf in self._used[name].items():
                masks[key] = sum(mask for value, mask in truths.items() if self._holds(leaf, value))
        return Domain(len(cells), masks)

    def _holds(self, leaf: Leaf, value: ProfileValue) -> bool:
        return value_truth(leaf, value, self._vocabulary) is Truth.YES

    def _values(self, name: str) -> Sequence[ProfileValue]:
        """One value of each cell of a field."""
        operands = [one for leaf in self._used[name].values() for one in _operands(leaf)]
        if name == AS_OF:
            return _days((dt.date.fromisoformat(str(one)) for one in operands), dt.date.min, dt.date.max)
        field = self._vocabulary.fields[name]
        match field.type:
            case "bool":
                return (False, True)
            case "enum" | "ordered":
                return tuple(self._vocabulary.terms[field.vocabulary])
            case "region":
                return tuple(dict.fromkeys(["", *(self._vocabulary.regions.current(str(one)) for one in operands)]))
            case "code":
                return _codes((self._vocabulary.industry(str(one)) or str(one) for one in operands), self._vocabulary)
            case "date":
                latest = dt.date.max if name == "graduated_on" else self._as_of
                return _days((dt.date.fromisoformat(str(one)) for one in operands), _EARLIEST, latest)
        bounds = [float(one) for one in operands if isinstance(one, int | float)]
        if name in MEASURES and "enterprise_size" in self._used and "industry" in self._used:
            bounds += _size_bounds(name, self._used["industry"].values())
        return _numbers(bounds, field)

    def _dated(self, date: str, age: str) -> Iterator[Mapping[str, ProfileValue]]:
        """Days, each with the age that follows: both sides of every day on which an answer changes."""
        unit = _AGES[age][1]
        measure: Callable[[dt.date, dt.date], int] = whole_years if unit == 12 else whole_months
        turns = [dt.date.fromisoformat(str(one)) for leaf in self._used[date].values() for one in _operands(leaf)]
        for leaf in self._used[age].values():
            for one in _operands(leaf):
                turns += [add_months(self._as_of, -unit * (math.floor(float(str(one))) + more)) for more in (0, 1)]
        near = {turn + dt.timedelta(days=step) for turn in turns for step in range(-4, 5)}
        for day in sorted(near | {_EARLIEST, self._as_of}):
            if _EARLIEST <= day <= self._as_of:
                yield {date: day, age: float(measure(day, self._as_of))}

    def _sized(self, names: Sequence[str]) -> Iterator[Mapping[str, ProfileValue]]:
        measures = names[2:]
        for industry, *values in itertools.product(self._values("industry"), *map(self._values, measures)):
            known = {name: float(str(value)) for name, value in zip(measures, values, strict=True)}
            for size in sorted(possible_sizes(str(industry) or None, known), key=SIZES.index):
                yield {"industry": industry, "enterprise_size": size, **known}


def _operands(leaf: Leaf) -> tuple[object, ...]:
    return leaf.value if isinstance(leaf.value, tuple) else (leaf.value,)


def _size_bounds(measure: str, leaves: Iterable[Leaf]) -> Iterator[float]:
    for leaf in leaves:
        for code in _operands(leaf):
            yield from deciding_bounds(str(code)).get(measure, ())


def _days(turns: Iterable[dt.date], earliest: dt.date, latest: dt.date) -> tuple[dt.date, ...]:
    """Each turning day, the day before and the day after, within the calendar given."""
    found = {earliest, latest}
    for turn in turns:
        found.update(
            dt.date.fromordinal(day)
            for day in range(turn.toordinal() - 1, turn.toordinal() + 2)
            if earliest.toordinal() <= day <= latest.toordinal()
        )
    return tuple(sorted(found))


def _numbers(bounds: Iterable[float], field: ProfileField) -> tuple[float, ...]:
    """Each bound and a value between neighbours, within the plausible range of the field."""
    low = -math.inf if field.minimum is None else field.minimum
    high = math.inf if field.maximum is None else field.maximum
    whole = field.unit in _WHOLE_UNITS
    points = sorted({low, high, *(bound for bound in bounds if low <= bound <= high)})
    found: list[float] = []
    for left, right in itertools.pairwise(points):
        found += [left, *_between(left, right, whole=whole)]
    found.append(points[-1])
    return tuple(one for one in found if math.isfinite(one) and not (whole and one != math.floor(one)))


def _between(left: float, right: float, *, whole: bool) -> Iterator[float]:
    if math.isinf(left) and math.isinf(right):
        yield 0.0
        return
    if whole:
        middle = math.ceil(right) - 1.0 if math.isinf(left) else math.floor(left) + 1.0
    elif math.isinf(left):
        middle = right - max(1.0, abs(right))
    elif math.isinf(right):
        middle = left + max(1.0, abs(left))
    else:
        middle = left + (right - left) / 2
    if left < middle < right:
        yield middle


def _codes(operands: Iterable[str], vocabulary: Vocabulary) -> tuple[str, ...]:
    """Each code (standing for what it holds beside the finer codes at hand) and "" for everything else.

    Sections hold nothing beside their divisions, and there is nothing beside the sections; so a code
    all of whose parts are at hand is no cell of its own.
    """
    used = set(operands)
    parts: dict[str, list[str]] = {}
    for code, entry in vocabulary.industries.items():
        if entry.level in ("section", "division"):
            parts.setdefault(entry.parent, []).append(code)

    def filled(code: str) -> bool:
        below = parts.get(code, [])
        return bool(below) and all(part in used or filled(part) for part in below)

    return tuple(code for code in ("", *sorted(used)) if not filled(code))
