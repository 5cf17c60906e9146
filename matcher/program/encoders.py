"""From the columns of a batch to codes: one encoder for each column of codes (or group of label columns).

An encoder is bound to a batch once, which reads its dictionaries, and then writes the codes of any
range of rows. Derived fields are computed here, with the calendar rules of :mod:`matcher.facts`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Final, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from matcher.facts import Facts, facts_on
from matcher.profile import Profile
from matcher.program.coding import EPOCH, NOTHING, Atom, Coding, Labels, Steps, last_days
from matcher.program.columns import Batch, Bytes, ColumnError, Entries, Flags, Lists, Nulls, Numbers, Offsets, Raw
from matcher.truth import Truth
from policies.condition import Leaf
from policies.vocabulary import Vocabulary

DATED: Final = {"age": "birth_date", "organisation_age_months": "founded_on", "graduation_years": "graduated_on"}
"""Fields that follow a date where it is given."""


class Coder(Protocol):
    """The part of a back end that writes codes."""

    def steps(self, values: NDArray[np.float64], bounds: NDArray[np.float64], out: Bytes) -> None:
        """How many ascending bounds each value reaches; 255 for NaN."""

    def days(self, values: NDArray[np.int32], bounds: NDArray[np.int32], out: Bytes, *, falling: bool) -> None:
        """How many bounds each day reaches, or (falling) does not pass; the bounds ascend, or fall."""

    def nothing(self, bitmap: Bytes, offset: int, out: Bytes) -> None:
        """Write 255 where the validity bit is not set."""

    def lookup(self, indices: NDArray[np.int32], table: Bytes, out: Bytes) -> None:
        """``table[indices]``; an index outside the table may give any entry."""

    def flags(self, bitmap: Bytes, offset: int, table: Bytes, out: Bytes) -> None:
        """``table[bit]``."""

    def labels(self, offsets: Offsets, indices: NDArray[np.int32], table: NDArray[np.uint64], out: Bytes) -> None:
        """The bits of each list, one row of ``out`` for each eight."""

    def unknown_labels(self, bitmap: Bytes, offset: int, out: Bytes) -> None:
        """Where the validity bit is not set leave bit 0 alone set."""

    def quotient(self, above: NDArray[np.float64], below: NDArray[np.float64]) -> NDArray[np.float64]:
        """``above / below``, NaN unless ``below`` is positive; valid until the next call."""

    def digit(self, place: NDArray[np.int32], base: int, step: Bytes) -> None:
        """``place = place * base + min(step, base - 1)``."""


Write: TypeAlias = Callable[[int, int, Bytes, Coder], None]
"""Writes the codes of rows start to stop into columns x rows."""


class Encoder:
    """The codes of one field for some leaves; here for terms, flags, regions and industries.

    Attributes:
        leaves: what the codes tell apart.
        width: columns of codes.
        sources: the fields read.
    """

    def __init__(self, coding: Coding) -> None:
        self.coding: Final = coding
        self.field: Final = coding.field
        self.leaves: Final[tuple[Leaf, ...]] = coding.leaves
        self.width = 1
        self.sources: tuple[str, ...] = (coding.field,)
        self._unknown: Final = bytes([Truth.UNKNOWN]) * len(coding.leaves)

    @property
    def version(self) -> int:
        """Changes when a batch has brought new classes, so that the atoms must be made again."""
        return len(self.coding.classes)

    def atom(self, column: int, leaf: int, truth: Truth) -> Atom:
        """Where leaf number ``leaf`` is YES or UNKNOWN, with ``column`` the first of this encoder."""
        return self.coding.atom(column, leaf, truth)

    def truths(self, facts: Facts) -> bytes:
        """The truth of each leaf for one profile's facts, one byte each."""
        value = facts.values.get(self.field)
        if value is None:
            value = facts.possible.get(self.field)
        return self._unknown if value is None else self.coding.packed[self.coding.code(value)]

    def bind(self, batch: Batch) -> Write:
        """Read the dictionaries of a batch.

        Raises:
            ColumnError: a column cannot hold the field's values.
        """
        return self._bind_terms(batch, batch.column(self.field))

    def _bind_terms(self, batch: Batch, raw: Raw | None) -> Write:
        coding = self.coding
        match raw:
            case None:
                return _all_unknown
            case Flags(bitmap, offset, nulls):
                table = np.array([coding.code(value) for value in (False, True)], np.uint8)

                def write_flags(start: int, stop: int, out: Bytes, coder: Coder) -> None:  # noqa: ARG001 - a Write
                    coder.flags(bitmap, offset + start, table, out[0])
                    unknown_nulls(nulls, start, out[0], coder)

                return write_flags
            case Entries(indices, entries, nulls):
                values = batch.entry_values(self.field, entries)
                table = np.array([NOTHING if v is None else coding.code(v) for v in values] or [NOTHING], np.uint8)

                def write_terms(start: int, stop: int, out: Bytes, coder: Coder) -> None:
                    coder.lookup(indices[start:stop], table, out[0])
                    unknown_nulls(nulls, start, out[0], coder)

                return write_terms
        raise ColumnError(self.field, "does not hold texts or truths")


def _all_unknown(start: int, stop: int, out: Bytes, coder: Coder) -> None:  # noqa: ARG001 - the form of a Write
    out[:] = NOTHING


def unknown_nulls(nulls: Nulls | None, start: int, out: Bytes, coder: Coder) -> None:
    """Write "not known" where a column is null; ``start`` is the row of ``out[0]``."""
    if nulls is not None:
        coder.nothing(nulls.bitmap, nulls.offset + start, out)


def _numbers(batch: Batch, field: str) -> Numbers | None:
    raw = batch.column(field)
    if raw is not None and not isinstance(raw, Numbers):
        raise ColumnError(field, "does not hold numbers or dates")
    return raw


class StepEncoder(Encoder):
    """Codes of a number or a date: how many of its bounds it reaches."""

    def __init__(self, coding: Steps) -> None:
        super().__init__(coding)
        self._dates = coding.dates
        self._bounds: Final = np.array(coding.bounds, np.int32 if coding.dates else np.float64)

    def bind(self, batch: Batch) -> Write:
        """Find the column; see :meth:`Encoder.bind`."""
        raw = _numbers(batch, self.field)
        return _all_unknown if raw is None else self._write(raw)

    def _write(self, raw: Numbers) -> Write:
        values, nulls, bounds = raw.values, raw.nulls, self._bounds

        def write(start: int, stop: int, out: Bytes, coder: Coder) -> None:
            if self._dates:
                coder.days(values[start:stop], bounds, out[0], falling=False)  # type: ignore[arg-type]
            else:
                coder.steps(values[start:stop], bounds, out[0])  # type: ignore[arg-type]
            unknown_nulls(nulls, start, out[0], coder)

        return write


class DatedEncoder(StepEncoder):
    """Codes of a span of time that follows its date where that is given: age, months, years.

    A span shrinks as its date moves on, so each bound becomes a last day, found by asking
    :func:`matcher.facts.facts_on`.
    """

    def __init__(self, coding: Steps, as_of: dt.date) -> None:
        super().__init__(coding)
        self._date_field: Final = DATED[coding.field]
        self.sources = (coding.field, self._date_field)

        def span(day: dt.date, **explicit: float) -> float | None:
            value = facts_on(Profile({self._date_field: day, **explicit}), as_of).values.get(coding.field)
            return value if isinstance(value, float) else None

        farthest = dt.date.fromordinal(min(as_of.toordinal() + 1000, dt.date.max.toordinal()))
        self._latest: Final = last_days([0.0], lambda day: -1.0 if span(day) is None else 1.0, farthest)[0]
        latest = EPOCH + dt.timedelta(days=self._latest)
        self._last_days: Final = np.array(last_days(coding.bounds, lambda day: span(day) or 0.0, latest), np.int32)
        self._explicit_if_late: Final = span(farthest, **{coding.field: 1.0}) is not None

    def bind(self, batch: Batch) -> Write:
        """Find both columns; see :meth:`Encoder.bind`."""
        dates, explicit = _numbers(batch, self._date_field), _numbers(batch, self.field)
        own = _all_unknown if explicit is None else self._write(explicit)
        if dates is None:
            return own
        values, nulls = dates.values, dates.nulls

        def write(start: int, stop: int, out: Bytes, coder: Coder) -> None:
            days = values[start:stop]
            coder.days(days, self._last_days, out[0], falling=True)  # type: ignore[arg-type]
            late = days > self._latest
            if late.any():
                out[0][late] = NOTHING
            unknown_nulls(nulls, start, out[0], coder)
            if explicit is not None:
                unusable = np.zeros(len(days), np.bool_) if nulls is None else ~nulls.known(start, stop)
                if self._explicit_if_late:
                    unusable |= late
                if unusable.any():
                    stated = np.empty_like(out[:1])
                    own(start, stop, stated, coder)
                    np.copyto(out[0], stated[0], where=unusable)

        return write


class RatioEncoder(StepEncoder):
    """Codes of ``rd_expense_ratio``: expense over revenue where the ratio itself is not given."""

    def __init__(self, coding: Steps) -> None:
        super().__init__(coding)
        self.sources = (coding.field, "rd_expense", "annual_revenue")

    def bind(self, batch: Batch) -> Write:
        """Find the three columns; see :meth:`Encoder.bind`."""
        explicit, expense, revenue = (_numbers(batch, name) for name in self.sources)
        if expense is None or revenue is None:
            return _all_unknown if explicit is None else self._write(explicit)
        own = _all_unknown if explicit is None else self._write(explicit)

        def write(start: int, stop: int, out: Bytes, coder: Coder) -> None:
            ratio = coder.quotient(expense.values[start:stop], revenue.values[start:stop])  # type: ignore[arg-type]
            coder.steps(ratio, self._bounds, out[0])  # type: ignore[arg-type]
            unknown_nulls(expense.nulls, start, out[0], coder)
            unknown_nulls(revenue.nulls, start, out[0], coder)
            if explicit is not None:
                prefer_stated(own, start, stop, out, coder)

        return write


def prefer_stated(own: Write, start: int, stop: int, out: Bytes, coder: Coder) -> None:
    """Overwrite derived codes by those of the field's own column wherever that is known."""
    stated = np.empty((1, stop - start), np.uint8)
    own(start, stop, stated, coder)
    np.copyto(out[0], stated[0], where=stated[0] != NOTHING)


class LabelEncoder:
    """Bits of the labels that the program uses, eight to a column; see :class:`Encoder` for the attributes."""

    def __init__(self, labels: Labels) -> None:
        self.labels: Final = labels
        self.field: Final = labels.field
        self.leaves: Final = labels.leaves
        self.width: Final = labels.bytes
        self.sources: Final = (labels.field,)
        self.version: Final = 0
        self._unknown: Final = bytes([Truth.UNKNOWN]) * len(labels.leaves)

    def atom(self, column: int, leaf: int, truth: Truth) -> Atom:
        """Where leaf number ``leaf`` is YES or UNKNOWN, with ``column`` the first of this encoder."""
        return self.labels.atom(column, leaf, truth)

    def truths(self, facts: Facts) -> bytes:
        """The truth of each leaf for one profile's facts, one byte each."""
        value = facts.values.get(self.field)
        return self.labels.truths(self.labels.mask(value)) if isinstance(value, frozenset) else self._unknown

    def bind(self, batch: Batch) -> Write:
        """Read the labels of a batch; texts are lists joined by 、 or ``|``.

        Raises:
            ColumnError: the column cannot hold lists of labels.
        """
        match batch.column(self.field):
            case None:
                return self._write_unknown
            case Lists(offsets, indices, entries, nulls):
                table = self._table([self.labels.mask_of_label(text or "") for text in entries])
            case Entries(indices, entries, nulls):
                values = batch.entry_values(self.field, entries)
                table = self._table([self.labels.mask(v) if isinstance(v, frozenset) else 1 for v in values])
                offsets = np.arange(len(indices) + 1, dtype=np.int32)
            case _:
                raise ColumnError(self.field, "does not hold lists of labels")

        def write(start: int, stop: int, out: Bytes, coder: Coder) -> None:
            coder.labels(offsets[start : stop + 1], indices, table, out)
            if nulls is not None:
                coder.unknown_labels(nulls.bitmap, nulls.offset + start, out)

        return write

    def _table(self, masks: Sequence[int]) -> NDArray[np.uint64]:
        """Words x entries."""
        words = -(-self.width // 8)
        return np.array([[mask >> 64 * word & (1 << 64) - 1 for mask in masks or [0]] for word in range(words)], np.uint64)

    def _write_unknown(self, start: int, stop: int, out: Bytes, coder: Coder) -> None:  # noqa: ARG002 - a Write
        out[:] = 0
        out[0] = 1


AnyEncoder: TypeAlias = Encoder | LabelEncoder


def encoder_for(leaves: Sequence[Leaf], as_of: dt.date, vocabulary: Vocabulary) -> AnyEncoder:
    """The encoder of leaves that are all on one field.

    Raises:
        KeyError, TypeError, ValueError: a leaf does not fit the field.
    """
    from matcher.program.sizes import SizeEncoder

    field = leaves[0].field
    kind = vocabulary.fields[field].type
    if kind == "set":
        return LabelEncoder(Labels(leaves, vocabulary))
    if kind not in ("number", "date"):
        coding = Coding(leaves, vocabulary)
        return SizeEncoder(coding) if field == "enterprise_size" else Encoder(coding)
    steps = Steps(leaves, vocabulary, dates=kind == "date")
    if field in DATED:
        return DatedEncoder(steps, as_of)
    return RatioEncoder(steps) if field == "rd_expense_ratio" else StepEncoder(steps)
