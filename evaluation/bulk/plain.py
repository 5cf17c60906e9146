"""The same conditions and profiles in the plainest form other engines can work on.

Everything that costs us time is given to the peers ready-made and outside their timing: derived fields
as columns, texts as small integers, sets as one boolean column for each label.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from matcher.facts import facts_on
from matcher.predicate import value_truth
from matcher.profile import Profile, ProfileValue
from matcher.program.backend import new_backend
from matcher.program.coding import EPOCH, NOTHING, Coding, last_days
from matcher.program.columns import Batch, Entries, Flags, Lists, Numbers
from matcher.program.encoders import DATED
from matcher.program.sizes import SizeEncoder
from matcher.recommend import applicable_condition
from matcher.truth import Truth
from policies.condition import All, AnyOf, Condition, Leaf, Not, leaves
from policies.schema import Policy
from policies.vocabulary import Vocabulary

if TYPE_CHECKING:
    import pyarrow as pa

Array: TypeAlias = NDArray[Any]
SIZES: Final = ("micro", "small", "medium", "large")


@dataclass(frozen=True, slots=True)
class Compare:
    """``column op value``, null where the column is."""

    column: str
    op: str
    value: float


@dataclass(frozen=True, slots=True)
class OneOf:
    """Whether the column is one of ``yes``; null where it is null or one of ``unknown``."""

    column: str
    yes: tuple[int, ...]
    unknown: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Holds:
    """A boolean column as it is."""

    column: str


@dataclass(frozen=True, slots=True)
class Const:
    """True, or null."""

    value: bool | None


@dataclass(frozen=True, slots=True)
class Junction:
    """An "and" (``every``) or "or" of the children."""

    every: bool
    children: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Negation:
    """A "not"."""

    child: Expression


Expression: TypeAlias = Compare | OneOf | Holds | Const | Junction | Negation


class PlainData:
    """Columns for the peers, and conditions over them.

    Attributes:
        columns: by name, masked arrays: numbers (float64), codes (uint8) or booleans.
    """

    def __init__(self, batch: pa.RecordBatch, policies: Iterable[Policy], as_of: dt.date, vocabulary: Vocabulary) -> None:
        self._batch = Batch(batch, vocabulary, as_of)
        self._as_of, self._vocabulary = as_of, vocabulary
        self._entries: dict[str, list[ProfileValue | frozenset[str]]] = {}
        self.columns: dict[str, np.ma.MaskedArray[Any, Any]] = {}
        conditions = [applicable_condition(policy) for policy in policies]
        for leaf in (leaf for condition in conditions for leaf in leaves(condition)):
            if not leaf.declared:
                self._add(leaf.field)
        self.expressions = [self._expression(condition, direct=True, positive=True) for condition in conditions]

    def arrow(self) -> pa.Table:
        """The columns as an Arrow table."""
        import pyarrow as pa

        return pa.table({name: pa.array(c.data, mask=np.ma.getmaskarray(c)) for name, c in self.columns.items()})

    def rows(self, count: int) -> list[dict[str, object]]:
        """The first rows as objects, nulls left out."""
        lists = {name: column[:count].tolist() for name, column in self.columns.items()}
        return [{name: c[i] for name, c in lists.items() if c[i] is not None} for i in range(count)]

    def word(self, field: str, code: int) -> str:
        """What a code stands for."""
        return str(self._entries[field][code])

    def words_implying(self, field: str, label: str) -> list[str]:
        """The labels in the data that are or imply ``label``."""
        raw = self._batch.column(field)
        name = self._vocabulary.fields[field].vocabulary
        entries = raw.entries if isinstance(raw, Lists) else ()
        return [text for text in entries if text and label in self._vocabulary.with_implied(name, [text])]

    def last_day(self, field: str, bound: float) -> int:
        """The last day of the field's date on which the field is at least ``bound``."""
        return last_days([bound], lambda day: self._span(field, DATED[field], (day - EPOCH).days) or 0.0, self._as_of)[0]

    def _add(self, field: str) -> None:
        if field in self._entries or field in self.columns or any(name.startswith(field + "=") for name in self.columns):
            return
        if field == "enterprise_size":
            self._add_sizes()
        elif field in DATED:
            self._add_span(field)
        elif field == "rd_expense_ratio":
            above, below = self._numbers("rd_expense"), self._numbers("annual_revenue")
            self.columns[field] = np.ma.masked_invalid(np.ma.divide(above, np.ma.masked_less_equal(below, 0)))
        else:
            self._add_column(field)

    def _add_column(self, field: str) -> None:
        raw = self._batch.column(field)
        rows = self._batch.rows
        match raw:
            case Numbers():
                self.columns[field] = self._numbers(field)
            case Flags(bitmap, offset, nulls):
                bits = np.unpackbits(bitmap, bitorder="little")[offset : offset + rows].astype(np.bool_)
                self.columns[field] = np.ma.array(bits, mask=_mask(nulls, rows))
            case Entries(indices, entries, nulls):
                self._entries[field] = [v for v in self._batch.entry_values(field, entries) if v is not None]
                self.columns[field] = np.ma.array(indices.astype(np.uint8), mask=_mask(nulls, rows))
            case Lists(offsets, indices, entries, nulls):
                name = self._vocabulary.fields[field].vocabulary
                held = [self._vocabulary.with_implied(name, [text or ""]) for text in entries]
                owner = np.repeat(np.arange(rows), np.diff(offsets))
                for label in sorted(frozenset[str]().union(*held)):
                    having = np.array([label in one for one in held])
                    column = np.zeros(rows, np.bool_)
                    column[owner[having[indices]]] = True
                    self.columns[f"{field}={label}"] = np.ma.array(column, mask=_mask(nulls, rows))
            case _:
                raise ValueError(f"the generated profiles have no {field}")

    def _numbers(self, field: str) -> np.ma.MaskedArray[Any, Any]:
        raw = self._batch.column(field)
        if not isinstance(raw, Numbers):
            raise TypeError(f"{field} holds no numbers")
        return np.ma.array(raw.values, mask=_mask(raw.nulls, self._batch.rows))

    def _add_span(self, field: str) -> None:
        source = DATED[field]
        days = self._numbers(source)
        distinct, place = np.unique(days.filled(0), return_inverse=True)
        spans = [self._span(field, source, int(day)) for day in distinct]
        table = np.ma.masked_invalid(np.array([np.nan if span is None else span for span in spans]))
        self.columns[field] = np.ma.array(table.data[place], mask=np.ma.getmaskarray(days) | np.ma.getmaskarray(table)[place])

    def _span(self, field: str, source: str, day: int) -> float | None:
        value = facts_on(Profile({source: EPOCH + dt.timedelta(days=day)}), self._as_of).values.get(field)
        return value if isinstance(value, float) else None

    def _add_sizes(self) -> None:
        coding = Coding([Leaf("enterprise_size", "==", size) for size in SIZES], self._vocabulary)
        write = SizeEncoder(coding).bind(self._batch)
        codes = np.empty((1, self._batch.rows), np.uint8)
        backend = new_backend("numpy")
        for start in range(0, self._batch.rows, backend.tile):
            stop = min(start + backend.tile, self._batch.rows)
            write(start, stop, codes[:, start:stop], backend)
        self._entries["enterprise_size"] = [
            SIZES[truths.index(Truth.YES)]
            if Truth.YES in truths
            else frozenset(size for size, truth in zip(SIZES, truths, strict=True) if truth is Truth.UNKNOWN)
            for truths in coding.classes
        ]
        self.columns["enterprise_size"] = np.ma.array(codes[0], mask=codes[0] == NOTHING)

    def _expression(self, node: Condition, *, direct: bool, positive: bool) -> Expression:
        match node:
            case Leaf():
                return (Const(positive) if direct else Const(None)) if node.declared else self._leaf(node)
            case Not(child):
                return Negation(self._expression(child, direct=direct, positive=not positive))
            case All(children) | AnyOf(children):
                every = isinstance(node, All)
                required = direct and (every is positive or len(children) == 1)
                return Junction(every, tuple(self._expression(c, direct=required, positive=positive) for c in children))

    def _leaf(self, leaf: Leaf) -> Expression:
        kind = self._vocabulary.fields[leaf.field].type
        if kind == "number" and not isinstance(leaf.value, tuple | str) and leaf.value is not None:
            return Compare(leaf.field, leaf.op, float(leaf.value))
        if kind == "bool":
            return Holds(leaf.field) if leaf.op == "is_true" else Negation(Holds(leaf.field))
        if kind == "set" and isinstance(leaf.value, tuple):
            name = self._vocabulary.fields[leaf.field].vocabulary
            labels = [self._vocabulary.label(name, str(label)) for label in leaf.value]
            return Junction(leaf.op == "contains_all", tuple(Holds(f"{leaf.field}={label}") for label in labels))
        truths = [self._truth(leaf, value) for value in self._entries[leaf.field]]
        return OneOf(
            leaf.field,
            tuple(i for i, truth in enumerate(truths) if truth is Truth.YES),
            tuple(i for i, truth in enumerate(truths) if truth is Truth.UNKNOWN),
        )

    def _truth(self, leaf: Leaf, value: ProfileValue | frozenset[str]) -> Truth:
        values: Sequence[ProfileValue] = tuple(value) if isinstance(value, frozenset) else (value,)
        outcomes = {value_truth(leaf, one, self._vocabulary) for one in values}
        return outcomes.pop() if len(outcomes) == 1 else Truth.UNKNOWN


def _mask(nulls: Any, rows: int) -> Array:  # noqa: ANN401 - Nulls or None
    return np.zeros(rows, np.bool_) if nulls is None else ~nulls.known(0, rows)
