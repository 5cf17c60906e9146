"""Values told apart only as far as the program's leaves tell them apart: one byte per profile and column.

A *column* of codes serves some leaves of one field. Its *classes* are the values for which all those
leaves have the same truths, so each leaf becomes a set of classes where it holds and a set where it is
unknown. The truths come from :func:`matcher.predicate.value_truth` and nowhere else. Label fields use
one bit per label instead.
"""

from __future__ import annotations

import datetime as dt
import math
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Final, TypeAlias

from matcher.predicate import value_truth
from matcher.profile import ProfileValue
from matcher.truth import Truth
from policies.condition import Leaf
from policies.vocabulary import Vocabulary

NOTHING: Final = 255
"""Code of a value that is not known. All its bits are set, so that "or" can write it."""

MOST_OPERANDS: Final = 40
"""Most operands in one column of codes: each tells at most six classes apart (a subdistrict and the five
divisions above it, two of them common), so that the classes fit below :data:`NOTHING`."""

EPOCH: Final = dt.date(1970, 1, 1)
"""Day 0 of Arrow's ``date32``."""

Truths: TypeAlias = tuple[Truth, ...]


@dataclass(frozen=True, slots=True)
class Test:
    """A test on one column of codes.

    It passes where ``(code - first) % 256 <= second`` (a range of classes, ``bits`` false) or
    ``(code ^ first) & second != 0`` (some of these bits, ``bits`` true).
    """

    column: int
    bits: bool
    first: int
    second: int


@dataclass(frozen=True, slots=True)
class Atom:
    """A plane computed from codes: where at least one test passes, or where none does if ``inverted``."""

    tests: tuple[Test, ...]
    inverted: bool = False


class Coding:
    """Classes of the values of a term, region, industry, flag or size field, found as values come.

    Attributes:
        classes: the truths of all leaves, by code.
        packed: the same as one byte each.
    """

    def __init__(self, leaves: Sequence[Leaf], vocabulary: Vocabulary) -> None:
        self.field: Final = leaves[0].field
        self.leaves: Final = tuple(leaves)
        self.classes: Final[list[Truths]] = []
        self.packed: Final[list[bytes]] = []
        self._vocabulary: Final = vocabulary
        self._by_truths: Final[dict[Truths, int]] = {}
        self._by_value: Final[dict[ProfileValue, int]] = {}
        self._lock: Final = Lock()

    def code(self, value: ProfileValue) -> int:
        """The class of a known value. A frozen set stands for a term that is one of its elements.

        Raises:
            KeyError, TypeError, ValueError: a leaf does not fit the field or the value.
        """
        found = self._by_value.get(value)
        if found is None:
            found = self._by_value[value] = self._class(self._truths(value))
        return found

    def _truths(self, value: ProfileValue) -> Truths:
        if not isinstance(value, frozenset):
            return tuple(value_truth(leaf, value, self._vocabulary) for leaf in self.leaves)
        return tuple(
            outcomes.pop() if len(outcomes) == 1 else Truth.UNKNOWN
            for leaf in self.leaves
            if (outcomes := {value_truth(leaf, one, self._vocabulary) for one in value})
        )

    def _class(self, truths: Truths) -> int:
        with self._lock:
            found = self._by_truths.get(truths)
            if found is None:
                found = len(self.classes)
                if found >= NOTHING:
                    raise OverflowError(f"{self.field}: more than {NOTHING} classes; lower MOST_OPERANDS")
                self.packed.append(bytes(truths))
                self.classes.append(truths)
                self._by_truths[truths] = found
            return found

    def atom(self, column: int, leaf: int, truth: Truth) -> Atom:
        """Where leaf number ``leaf`` has the value YES, or is UNKNOWN (then also where nothing is known)."""
        codes = [code for code, truths in enumerate(self.classes) if truths[leaf] is truth]
        if truth is Truth.UNKNOWN:
            codes.append(NOTHING)
        return Atom(tuple(Test(column, False, first, span) for first, span in _runs(codes)))


def _runs(codes: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Ascending codes as ranges (first, last - first); one that ends at 255 goes on at 0."""
    runs: list[list[int]] = []
    for code in codes:
        if runs and runs[-1][1] == code - 1:
            runs[-1][1] = code
        else:
            runs.append([code, code])
    if len(runs) > 1 and runs[0][0] == 0 and runs[-1][1] == NOTHING:
        runs[0][0] = runs.pop()[0] - NOTHING - 1
    yield from ((first % (NOTHING + 1), last - first) for first, last in runs)


class Steps(Coding):
    """Classes of numbers or days: class ``i`` lies between ``bounds[i - 1]`` (included) and ``bounds[i]``."""

    def __init__(self, leaves: Sequence[Leaf], vocabulary: Vocabulary, *, dates: bool) -> None:
        super().__init__(leaves, vocabulary)
        self.dates: Final = dates
        candidates = sorted({bound for leaf in leaves for bound in _bounds(leaf, dates=dates)})
        bounds: list[float] = []
        self.classes.append(self._truths_at(candidates[0] - 1 if dates else -math.inf))
        for bound in candidates:
            truths = self._truths_at(bound)
            if truths != self.classes[-1]:
                bounds.append(bound)
                self.classes.append(truths)
        self.bounds: Final = tuple(bounds)
        self.packed.extend(map(bytes, self.classes))

    def _truths_at(self, bound: float) -> Truths:
        return self._truths(EPOCH + dt.timedelta(days=int(bound)) if self.dates else bound)

    def code(self, value: ProfileValue) -> int:
        """The class of a known number or date."""
        if isinstance(value, dt.date):
            return bisect_right(self.bounds, (value - EPOCH).days)
        if isinstance(value, bool | int | float):
            return NOTHING if math.isnan(value) else bisect_right(self.bounds, value)
        raise TypeError(f"{self.field} holds numbers or dates, not {value!r}")


def _bounds(leaf: Leaf, *, dates: bool) -> Iterator[float]:
    """The points between which the leaf's truth cannot change."""
    for operand in leaf.value if isinstance(leaf.value, tuple) else (leaf.value,):
        if dates:
            day = (dt.date.fromisoformat(str(operand)) - EPOCH).days
            yield from (day, day + 1)
        elif isinstance(operand, int | float) and not math.isnan(operand):
            number = float(operand)
            yield from (number, math.nextafter(number, math.inf))
        else:
            yield math.inf


def last_days(bounds: Iterable[float], measure: Callable[[dt.date], float], latest: dt.date) -> list[int]:
    """For each bound the last day not after ``latest`` on which ``measure`` is at least the bound.

    ``measure`` must not rise from one day to the next, as an age does not with the day of birth.

    Returns:
        Days since 1970-01-01, one for each bound; the day before 0001-01-01 where there is none.
    """
    found = []
    for bound in bounds:
        low, high = dt.date.min.toordinal() - 1, latest.toordinal()
        while low < high:
            middle = (low + high + 1) // 2
            if measure(dt.date.fromordinal(middle)) >= bound:
                low = middle
            else:
                high = middle - 1
        found.append(low - EPOCH.toordinal())
    return found


class Labels:
    """The labels that the leaves of one set field use, as bits; bit 0 says that the set is not known."""

    def __init__(self, leaves: Sequence[Leaf], vocabulary: Vocabulary) -> None:
        self.field: Final = leaves[0].field
        self.leaves: Final = tuple(leaves)
        self._vocabulary: Final = vocabulary
        self._name: Final = vocabulary.fields[self.field].vocabulary
        self._bits: Final[dict[str, int]] = {}
        self._masks: Final = [self._mask_of(leaf) for leaf in leaves]
        self._every: Final = [leaf.op == "contains_all" for leaf in leaves]
        self.bytes: Final = len(self._bits) // 8 + 1

    def _mask_of(self, leaf: Leaf) -> int:
        if not isinstance(leaf.value, tuple) or leaf.op not in ("contains_any", "contains_all"):
            raise TypeError(f"{leaf.field} {leaf.op} needs lists of labels")
        mask = 0
        for text in leaf.value:
            label = self._vocabulary.label(self._name, str(text))
            mask |= 1 << self._bits.setdefault(label, len(self._bits) + 1)
        return mask

    def mask(self, labels: Iterable[str]) -> int:
        """The bits of canonical labels, those they imply already among them."""
        mask = 0
        for label in labels:
            bit = self._bits.get(label)
            if bit is not None:
                mask |= 1 << bit
        return mask

    def mask_of_label(self, text: str) -> int:
        """The bits of one label as written, with what it implies."""
        return self.mask(self._vocabulary.with_implied(self._name, [text]))

    def truths(self, mask: int) -> bytes:
        """The truth of each leaf for a known set with the bits ``mask``, one byte each."""
        return bytes(
            2 if (mask & wanted == wanted if every else mask & wanted) else 0
            for wanted, every in zip(self._masks, self._every, strict=True)
        )

    def atom(self, column: int, leaf: int, truth: Truth) -> Atom:
        """Where leaf number ``leaf`` has the value YES, or is UNKNOWN; ``column`` is the first of the field."""
        if truth is Truth.UNKNOWN:
            return Atom((Test(column, True, 0, 1),))
        wanted = self._masks[leaf].to_bytes(self.bytes, "little")
        if self.leaves[leaf].op == "contains_any":
            return Atom(tuple(Test(column + i, True, 0, byte) for i, byte in enumerate(wanted) if byte))
        faults = [(byte, byte | (i == 0)) for i, byte in enumerate(wanted)]
        tests = tuple(Test(column + i, True, flip, checked) for i, (flip, checked) in enumerate(faults) if checked)
        return Atom(tests, inverted=True)
