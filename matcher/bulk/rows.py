"""Rows of a file made ready for the kernel; a row with a wrong value is set aside with the reason."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from matcher.profile import MAX_LABELS
from matcher.program.coding import EPOCH
from matcher.program.columns import Batch, ColumnError, Entries, Lists, Numbers, text_value
from policies.vocabulary import Vocabulary

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that was not matched.

    Attributes:
        row: number in the file, from 1 (the header of a csv not counted).
        column: the header.
        value: as found.
        reason: what is wrong with it and what is expected.
    """

    row: int
    column: str
    value: str
    reason: str


@dataclass(frozen=True, slots=True)
class Clean:
    """The rows that can be matched, columns named by fields; their ids; the others with reasons."""

    batch: pa.RecordBatch
    ids: pa.Array
    bad: tuple[BadRow, ...]


def clean(
    batch: pa.RecordBatch,
    fields: Mapping[str, str],
    id_column: str | None,
    first_row: int,
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
        first_row: number of the first row in the file, from 0.
        as_of: the day of the question.
        vocabulary: fields, terms and labels.
        named: whether ids are wanted; else they are null.

    Raises:
        ColumnError: the type of a whole column does not fit its field.
    """
    import pyarrow as pa

    names = list(fields)
    renamed = pa.RecordBatch.from_arrays([_encoded(batch.column(fields[name])) for name in names], names=names)
    source = Batch(renamed, vocabulary, as_of)
    wrong = np.zeros(batch.num_rows, np.bool_)
    bad: list[BadRow] = []
    columns = []
    for place, name in enumerate(names):
        column, faults = _checked(name, renamed.column(place), source, as_of, vocabulary)
        columns.append(column)
        for row, value, reason in faults:
            wrong[row] = True
            bad.append(BadRow(first_row + row + 1, fields[name], value, reason))
    ids = _ids(batch, id_column, first_row) if named else pa.nulls(batch.num_rows, pa.string())
    if columns:
        renamed = pa.RecordBatch.from_arrays(columns, names=names)
    if wrong.any():
        keep = pa.array(~wrong)
        renamed, ids = renamed.filter(keep), ids.filter(keep)
    return Clean(renamed, ids, tuple(sorted(bad, key=lambda one: one.row)))


def _ids(batch: pa.RecordBatch, id_column: str | None, first_row: int) -> pa.Array:
    import pyarrow as pa
    import pyarrow.compute as pc

    given = None if id_column is None else pc.cast(batch.column(id_column), pa.string())
    if given is not None and not given.null_count:
        return given
    numbers = pc.cast(pa.array(np.arange(first_row + 1, first_row + batch.num_rows + 1)), pa.string())
    return numbers if given is None else pc.coalesce(given, numbers)


def _encoded(column: pa.Array) -> pa.Array:
    import pyarrow as pa

    if pa.types.is_large_string(column.type) or pa.types.is_string_view(column.type):
        column = column.cast(pa.string())
    return column.dictionary_encode() if pa.types.is_string(column.type) else column


def _checked(
    field: str, column: pa.Array, source: Batch, as_of: dt.date, vocabulary: Vocabulary
) -> tuple[pa.Array, list[tuple[int, str, str]]]:
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
        return column, [(int(row), "", f"takes at most {MAX_LABELS} labels") for row in long]
    return column, []


def _checked_texts(
    field: str, column: pa.Array, as_of: dt.date, vocabulary: Vocabulary
) -> tuple[pa.Array, list[tuple[int, str, str]]]:
    import pyarrow as pa

    entries = column.dictionary.to_pylist()
    reasons: dict[int, str] = {}
    for place, text in enumerate(entries):
        try:
            if text is not None:
                text_value(field, text, vocabulary, as_of)
        except ColumnError as error:
            reasons[place] = error.problem
    if not reasons:
        return column, []
    indices = column.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    rows = np.flatnonzero(np.isin(indices, list(reasons)))
    faults = [(int(row), str(entries[indices[row]]), reasons[int(indices[row])]) for row in rows]
    readable = pa.array([None if place in reasons else text for place, text in enumerate(entries)], pa.string())
    return pa.DictionaryArray.from_arrays(column.indices, readable), faults


def _wrong_numbers(field: str, raw: Numbers, as_of: dt.date, vocabulary: Vocabulary) -> Iterator[tuple[int, str, str]]:
    known: NDArray[np.bool_] = np.ones(len(raw.values), np.bool_) if raw.nulls is None else raw.nulls.known(0, len(raw.values))
    values: NDArray[Any] = raw.values
    if vocabulary.fields[field].type == "date":
        low, high = (dt.date(1900, 1, 1) - EPOCH).days, (as_of - EPOCH).days
        late = (values > high) & known & (field != "graduated_on")
        for row in np.flatnonzero(late | ((values < low) & known)):
            day = str(np.datetime64(int(values[row]), "D"))
            yield int(row), day, f"lies after the date asked, {as_of}" if late[row] else "is before 1900"
        return
    minimum, maximum = vocabulary.fields[field].minimum, vocabulary.fields[field].maximum
    low_bound, high_bound = -math.inf if minimum is None else minimum, math.inf if maximum is None else maximum
    outside = (np.isinf(values) | (values < low_bound) | (values > high_bound)) & known
    for row in np.flatnonzero(outside):
        yield int(row), f"{values[row]:g}", f"must be {low_bound:g} to {high_bound:g}"
