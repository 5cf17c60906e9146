"""Rows of a file made ready for the kernel; a row with a wrong value is set aside with the reason."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from matcher.profile import MAX_LABELS
from matcher.program.coding import EPOCH
from matcher.program.columns import Batch, ColumnError, Entries, Lists, Numbers, text_value
from policies.schema import Text
from policies.vocabulary import Vocabulary

if TYPE_CHECKING:
    import pyarrow as pa

Fault: TypeAlias = tuple[int, str, Text]
"""Row of the batch, the value found, what is wrong with it."""
_NO_FIELD: Final = "-"
_HOLE: Final = Text(
    "列表中有空值；请去掉该项，或整列留空表示未知", "a list holds a null; leave the label out, or make the whole list null"
)
_TOO_LONG: Final = Text(f"最多 {MAX_LABELS} 项", f"takes at most {MAX_LABELS} labels")


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that was not matched.

    Attributes:
        row: number in the file, from 1 (the header of a csv not counted).
        column: the header; empty where the whole row is wrong.
        value: as found.
        reason: what is wrong with it and what is expected.
    """

    row: int
    column: str
    value: str
    reason: Text


@dataclass(frozen=True, slots=True)
class Clean:
    """The rows that can be matched, columns named by fields; their ids and numbers; the others with reasons."""

    batch: pa.RecordBatch
    ids: pa.Array
    numbers: NDArray[np.int64]
    bad: tuple[BadRow, ...]


def clean(
    batch: pa.RecordBatch,
    fields: Mapping[str, str],
    id_column: str | None,
    numbers: NDArray[np.int64],
    as_of: dt.date,
    vocabulary: Vocabulary,
    *,
    named: bool = True,
) -> Clean:
    """Check every value of a batch.

    Args:
        batch: columns by header.
        fields: field -> header.
        id_column: header of the ids; without one, or where it is null, the row's number is the id.
        numbers: of the rows in the file, from 1.
        as_of: the day of the question.
        vocabulary: fields, terms and labels.
        named: whether ids are wanted; else they are null.

    Raises:
        ColumnError: the type of a whole column does not fit its field.
    """
    import pyarrow as pa

    names = list(fields)
    wrong = np.zeros(batch.num_rows, np.bool_)
    bad: list[BadRow] = []

    def set_aside(name: str, faults: Iterable[Fault]) -> None:
        for row, value, reason in faults:
            wrong[row] = True
            bad.append(BadRow(int(numbers[row]), fields[name], value, reason))

    given = []
    for name in names:
        column, faults = _without_holes(_encoded(batch.column(fields[name])))
        given.append(column)
        set_aside(name, faults)
    source = Batch(pa.RecordBatch.from_arrays(given, names=names), vocabulary, as_of)
    columns = []
    for name, column in zip(names, given, strict=True):
        checked, faults = _checked(name, column, source, as_of, vocabulary)
        columns.append(checked)
        set_aside(name, faults)
    if not names:  # the catalogue uses none of the columns; a batch needs one to have rows
        names, columns = [_NO_FIELD], [pa.nulls(batch.num_rows)]
    ready = pa.RecordBatch.from_arrays(columns, names=names)
    ids = _ids(batch, id_column, numbers) if named else pa.nulls(batch.num_rows, pa.string())
    if wrong.any():
        keep = pa.array(~wrong)
        ready, ids, numbers = ready.filter(keep), ids.filter(keep), numbers[~wrong]
    return Clean(ready, ids, numbers, tuple(sorted(bad, key=lambda one: one.row)))


def _ids(batch: pa.RecordBatch, id_column: str | None, numbers: NDArray[np.int64]) -> pa.Array:
    import pyarrow as pa
    import pyarrow.compute as pc

    given = None if id_column is None else pc.cast(batch.column(id_column), pa.string())
    if given is not None and pa.types.is_string(batch.column(id_column).type):
        given = pc.if_else(pc.equal(given, ""), pa.scalar(None, pa.string()), given)
    if given is not None and not given.null_count:
        return given
    texts = pc.cast(pa.array(numbers), pa.string())
    return texts if given is None else pc.coalesce(given, texts)


def _without_holes(column: pa.Array) -> tuple[pa.Array, list[Fault]]:
    """A column of lists with null where a list holds a null, and these rows."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not (pa.types.is_list(column.type) or pa.types.is_large_list(column.type) or pa.types.is_fixed_size_list(column.type)):
        return column, []
    items = pc.list_flatten(column)
    if pa.types.is_dictionary(items.type):
        items = items.dictionary_decode()
    if not items.null_count:
        return column, []
    holed = np.zeros(len(column), np.bool_)
    holed[pc.list_parent_indices(column).filter(pc.is_null(items)).to_numpy(zero_copy_only=False)] = True
    rows = np.flatnonzero(holed)
    values = [", ".join("null" if one is None else str(one) for one in column[int(row)].as_py()) for row in rows]
    faults = [(int(row), value, _HOLE) for row, value in zip(rows, values, strict=True)]
    return pc.if_else(pa.array(holed), pa.scalar(None, column.type), column), faults


def _encoded(column: pa.Array) -> pa.Array:
    import pyarrow as pa

    if pa.types.is_large_string(column.type) or pa.types.is_string_view(column.type):
        column = column.cast(pa.string())
    return column.dictionary_encode() if pa.types.is_string(column.type) else column


def _checked(field: str, column: pa.Array, source: Batch, as_of: dt.date, vocabulary: Vocabulary) -> tuple[pa.Array, list[Fault]]:
    """The column with unreadable texts made null, and (row, value, reason) of every fault."""
    import pyarrow as pa

    if pa.types.is_dictionary(column.type) and pa.types.is_string(column.dictionary.type):
        return _checked_texts(field, column, as_of, vocabulary)
    raw = source.column(field)
    if isinstance(raw, Numbers):
        return column, list(_wrong_numbers(field, raw, as_of, vocabulary))
    if isinstance(raw, Entries):
        return _checked_texts(field, pa.array(column.cast(pa.string())).dictionary_encode(), as_of, vocabulary)
    if isinstance(raw, Lists):
        long = np.flatnonzero(np.diff(raw.offsets) > MAX_LABELS)
        return column, [(int(row), "", _TOO_LONG) for row in long]
    return column, []


def _checked_texts(field: str, column: pa.Array, as_of: dt.date, vocabulary: Vocabulary) -> tuple[pa.Array, list[Fault]]:
    import pyarrow as pa

    entries = column.dictionary.to_pylist()
    values: list[object] = []
    reasons: dict[int, Text] = {}
    for place, text in enumerate(entries):
        try:
            values.append(None if text is None else text_value(field, text, vocabulary, as_of))
        except ColumnError as error:
            values.append(None)
            reasons[place] = Text(error.zh, error.problem)
    if vocabulary.fields[field].type == "date":  # as days, so that they hold for any other day asked
        readable = pa.array(values, pa.date32()).take(column.indices)
    else:
        texts = [None if place in reasons else text for place, text in enumerate(entries)]
        readable = pa.DictionaryArray.from_arrays(column.indices, pa.array(texts, pa.string()))
    if not reasons:
        return readable, []
    indices = column.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    rows = np.flatnonzero(np.isin(indices, list(reasons)))
    faults = [(int(row), str(entries[indices[row]]), reasons[int(indices[row])]) for row in rows]
    return readable, faults


def _wrong_numbers(field: str, raw: Numbers, as_of: dt.date, vocabulary: Vocabulary) -> Iterator[Fault]:
    known: NDArray[np.bool_] = np.ones(len(raw.values), np.bool_) if raw.nulls is None else raw.nulls.known(0, len(raw.values))
    values: NDArray[Any] = raw.values
    if vocabulary.fields[field].type == "date":
        low, high = (dt.date(1900, 1, 1) - EPOCH).days, (as_of - EPOCH).days
        late = (values > high) & known & (field != "graduated_on")
        for row in np.flatnonzero(late | ((values < low) & known)):
            day = str(np.datetime64(int(values[row]), "D"))
            after = Text(f"晚于查询日期 {as_of}", f"lies after the date asked, {as_of}")
            yield int(row), day, after if late[row] else Text("早于 1900 年", "is before 1900")
        return
    minimum, maximum = vocabulary.fields[field].minimum, vocabulary.fields[field].maximum
    low_bound, high_bound = -math.inf if minimum is None else minimum, math.inf if maximum is None else maximum
    outside = (np.isinf(values) | (values < low_bound) | (values > high_bound)) & known
    for row in np.flatnonzero(outside):
        reason = Text(f"须在 {low_bound:g} 到 {high_bound:g} 之间", f"must be {low_bound:g} to {high_bound:g}")
        yield int(row), f"{values[row]:g}", reason
