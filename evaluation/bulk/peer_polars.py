"""Polars lazy expressions on the same question; its null logic is Kleene's.

Two forms: *same input* reads the record batch that the kernel reads (categories, dates, lists of
labels), each expression in the form found fastest; *prepared* gets derived fields and one boolean
column for each label ready-made, outside the timing, which is most of the kernel's own work.
"""

from __future__ import annotations

import datetime as dt
import math
import operator
from collections.abc import Callable
from functools import reduce
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from evaluation.bulk.peers import PeerResult, timed
from evaluation.bulk.plain import Compare, Const, Expression, Holds, Junction, Negation, OneOf, PlainData
from matcher.program.coding import EPOCH
from matcher.program.encoders import DATED

if TYPE_CHECKING:
    import pyarrow as pa

_OPERATORS: Final = {">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt, "==": operator.eq}


def run_polars(data: PlainData, batch: pa.RecordBatch | None, repeats: int) -> PeerResult:
    """One lazy select of two sums for each policy; ``batch`` for the form *same input*, None for *prepared*."""
    translate: _Prepared = _Prepared() if batch is None else _SameInput(data)
    table = data.arrow() if batch is None else _with_sizes(batch, data)
    frame: pl.LazyFrame = pl.from_arrow(table).lazy()
    outputs = []
    for i, expression in enumerate(data.expressions):
        verdict = translate.expression(expression)
        outputs += [verdict.sum().alias(f"t{i}"), verdict.null_count().alias(f"u{i}")]
    found: list[Any] = []
    tests = [test.alias(name) for name, test in translate.tests.values()]

    def work() -> None:
        found[:] = [frame.with_columns(tests).select(outputs).collect()]

    timing = timed(work, repeats)
    return PeerResult(timing, table.num_rows * len(outputs) // 2, np.array(found[0].row(0), np.int64).reshape(-1, 2))


def _with_sizes(batch: pa.RecordBatch, data: PlainData) -> pa.Table:
    """The batch with the enterprise size derived beforehand: a long chain of "when" would only slow Polars down."""
    import pyarrow as pa

    sizes = data.arrow().column("enterprise_size")
    table = pa.Table.from_batches([batch])
    return table.set_column(table.schema.get_field_index("enterprise_size"), "enterprise_size", sizes)


class _Prepared:
    """Expressions over the columns of :class:`PlainData`.

    Attributes:
        tests: every different test, computed once: Polars alone does not find them all again.
    """

    def __init__(self) -> None:
        self.tests: dict[Expression, tuple[str, pl.Expr]] = {}

    def _once(self, node: Expression, test: pl.Expr) -> pl.Expr:
        name, _ = self.tests.setdefault(node, (f"test{len(self.tests)}", test))
        return pl.col(name)

    def expression(self, node: Expression) -> pl.Expr:
        """The expression of a condition."""
        match node:
            case Compare(column, op, value):
                return self._once(node, self.compare(column, op, value))
            case OneOf(column, yes, unknown):
                inside = self.one_of(column, yes)
                test = pl.when(self.one_of(column, unknown)).then(None).otherwise(inside) if unknown else inside
                return self._once(node, test)
            case Holds(column):
                return self._once(node, self.holds(column))
            case Const(value):
                return pl.lit(value, dtype=pl.Boolean)
            case Negation(child):
                return ~self.expression(child)
            case Junction(every, children):
                return reduce(operator.and_ if every else operator.or_, map(self.expression, children))

    def compare(self, column: str, op: str, value: float) -> pl.Expr:
        """A comparison with a number."""
        return _OPERATORS[op](pl.col(column), value)

    def one_of(self, column: str, codes: tuple[int, ...]) -> pl.Expr:
        """A few comparisons: faster in Polars than ``is_in``, and null stays null."""
        tests = [pl.col(column) == pl.lit(code, dtype=pl.UInt8) for code in codes]
        return reduce(operator.or_, tests) if tests else pl.col(column) != pl.col(column)

    def holds(self, column: str) -> pl.Expr:
        """A boolean column."""
        return pl.col(column)


class _SameInput(_Prepared):
    """Expressions over the columns of the record batch."""

    def __init__(self, data: PlainData) -> None:
        super().__init__()
        self._data = data

    def compare(self, column: str, op: str, value: float) -> pl.Expr:
        """Spans of time become comparisons with a day; the ratio is divided."""
        if column in DATED:
            bound = value if op in (">=", "<") else math.nextafter(value, math.inf)
            day = EPOCH + dt.timedelta(days=self._data.last_day(column, bound))
            test = pl.col(DATED[column]) <= day
            return test if op in (">=", ">") else ~test
        if column == "rd_expense_ratio":
            positive = pl.col("annual_revenue") > 0
            ratio = pl.when(positive).then(pl.col("rd_expense") / pl.col("annual_revenue"))
            return _OPERATORS[op](ratio, value)
        return super().compare(column, op, value)

    def one_of(self, column: str, codes: tuple[int, ...]) -> pl.Expr:
        """Comparisons of a category with its words."""
        if column == "enterprise_size":
            return super().one_of(column, codes)
        tests = [pl.col(column) == self._data.word(column, code) for code in codes]
        return reduce(operator.or_, tests) if tests else pl.col(column) != pl.col(column)

    def holds(self, column: str) -> pl.Expr:
        """Whether a list holds one of the labels that are or imply the label; a flag as it is."""
        field, _, label = column.partition("=")
        if not label:
            return pl.col(column)
        contains: Callable[[str], pl.Expr] = pl.col(field).list.contains
        return reduce(operator.or_, (contains(word) for word in self._data.words_implying(field, label)))
