"""Arrow record batches as plain numpy arrays, without copying where Arrow's layout allows it.

Slices at any offset, garbage under nulls, dictionaries that change from batch to batch, dictionary
entries that are null, lists of plain or dictionary-encoded labels, and texts in place of typed values
are dealt with here; the rest of the package sees the five shapes below.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from matcher.profile import ProfileError, ProfileValue, profile_from_text
from matcher.program.coding import EPOCH
from policies.vocabulary import Vocabulary

if TYPE_CHECKING:
    import pyarrow as pa

Bytes: TypeAlias = NDArray[np.uint8]
Offsets: TypeAlias = NDArray[np.int32] | NDArray[np.int64]


class ColumnError(ValueError):
    """A column that cannot be read as its field; ``field`` and ``problem`` say which and why, ``zh`` in Chinese."""

    def __init__(self, field: str, problem: str, zh: str = "") -> None:
        super().__init__(f"column {field}: {problem}")
        self.field = field
        self.problem = problem
        self.zh = zh or problem

    def __reduce__(self) -> tuple[type[ColumnError], tuple[str, str, str]]:
        return ColumnError, (self.field, self.problem, self.zh)


@dataclass(frozen=True, slots=True)
class Nulls:
    """Arrow's validity bits: row ``i`` is known where bit ``offset + i`` of ``bitmap`` is set."""

    bitmap: Bytes
    offset: int

    def known(self, start: int, stop: int) -> NDArray[np.bool_]:
        """The rows ``start`` to ``stop`` as booleans."""
        return bits(self.bitmap, self.offset + start, stop - start)


@dataclass(frozen=True, slots=True)
class Numbers:
    """Numbers as float64, or dates as days since 1970 in int32. Under a null anything may stand."""

    values: NDArray[np.float64] | NDArray[np.int32]
    nulls: Nulls | None


@dataclass(frozen=True, slots=True)
class Entries:
    """Positions in ``entries``; an entry is None where it means "not known". Under a null anything may stand."""

    indices: NDArray[np.int32]
    entries: tuple[str | None, ...]
    nulls: Nulls | None


@dataclass(frozen=True, slots=True)
class Flags:
    """Truths as bits: row ``i`` is bit ``offset + i``."""

    bitmap: Bytes
    offset: int
    nulls: Nulls | None


@dataclass(frozen=True, slots=True)
class Lists:
    """Row ``i`` holds the labels ``entries[indices[offsets[i] : offsets[i + 1]]]``."""

    offsets: Offsets
    indices: NDArray[np.int32]
    entries: tuple[str | None, ...]
    nulls: Nulls | None


Raw: TypeAlias = Numbers | Entries | Flags | Lists
_Number = TypeVar("_Number", np.float64, np.int32)
_NO_BITS: Final[Bytes] = np.zeros(1, np.uint8)


def bits(bitmap: Bytes, offset: int, count: int) -> NDArray[np.bool_]:
    """``count`` bits of a little-endian bitmap from bit ``offset`` on, as booleans."""
    first = offset >> 3
    unpacked = np.unpackbits(bitmap[first : (offset + count + 7) >> 3], bitorder="little")
    return unpacked[offset - 8 * first :][:count].view(np.bool_)


class Batch:
    """A record batch, its columns read on first use.

    Args:
        batch: columns named by profile fields; others are ignored.
        vocabulary: fields, terms and labels.
        as_of: the day of the question, for the check of dates given as text.
    """

    def __init__(self, batch: pa.RecordBatch, vocabulary: Vocabulary, as_of: dt.date) -> None:
        self.rows: Final[int] = batch.num_rows
        self._batch = batch
        self._names = frozenset(batch.schema.names)
        self._vocabulary = vocabulary
        self._as_of = as_of
        self._raw: dict[str, Raw | None] = {}

    def column(self, field: str) -> Raw | None:
        """The column of ``field``; None where the batch has none, so that all is unknown.

        Raises:
            ColumnError: its type cannot hold the field's values.
        """
        if field not in self._raw:
            self._raw[field] = self._read(field) if field in self._names else None
        return self._raw[field]

    def entry_values(self, field: str, entries: tuple[str | None, ...]) -> list[ProfileValue | None]:
        """What each entry of a column of texts means for the field; None for "not known".

        Raises:
            ColumnError: naming the first entry that is no value of the field.
        """
        return [None if text is None else text_value(field, text, self._vocabulary, self._as_of) for text in entries]

    def _read(self, field: str) -> Raw | None:
        import pyarrow as pa

        kind = self._vocabulary.fields[field].type
        array = self._batch.column(self._batch.schema.get_field_index(field))
        if pa.types.is_null(array.type):
            return None
        if kind in ("region", "code") and pa.types.is_integer(array.type):
            array = array.cast(pa.string())
        if pa.types.is_dictionary(array.type) and not _is_text(array.type.value_type):
            array = array.dictionary_decode()
        if pa.types.is_dictionary(array.type) or _is_text(array.type):
            return self._texts(field, kind, _entries(array))
        try:
            return _typed(field, kind, array)
        except pa.ArrowException as error:
            raise ColumnError(field, str(error)) from error

    def _texts(self, field: str, kind: str, column: Entries) -> Raw:
        """Texts stay texts for terms and sets, and become numbers or days for the rest."""
        if kind not in ("number", "date"):
            return column
        values = self.entry_values(field, column.entries)
        unknown = np.array([value is None for value in values] or [True])
        place = np.clip(column.indices, 0, max(len(values) - 1, 0))
        known = ~unknown[place]
        if column.nulls is not None:
            known &= column.nulls.known(0, len(place))
        table: NDArray[np.float64] | NDArray[np.int32]
        if kind == "date":
            table = np.array([(v - EPOCH).days if isinstance(v, dt.date) else 0 for v in values] or [0], np.int32)
        else:
            table = np.array([v if isinstance(v, float) else 0.0 for v in values] or [0.0], np.float64)
        return Numbers(table[place], Nulls(np.packbits(known, bitorder="little"), 0))


def text_value(field: str, text: str, vocabulary: Vocabulary, as_of: dt.date) -> ProfileValue | None:
    """What a text means for a field; None where it says that the value is not known.

    Raises:
        ColumnError: naming the text and what is expected.
    """
    try:
        return profile_from_text({field: text}, vocabulary, as_of).values.get(field)
    except ProfileError as error:
        message = error.errors[0].message
        raise ColumnError(field, message.en or message.zh, message.zh) from error


def _is_text(kind: pa.DataType) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def _is_list(kind: pa.DataType) -> bool:
    import pyarrow as pa

    tests = (pa.types.is_list, pa.types.is_large_list, pa.types.is_fixed_size_list, pa.types.is_list_view)
    return any(test(kind) for test in tests)


def _typed(field: str, kind: str, array: pa.Array) -> Raw:
    import pyarrow as pa

    given = array.type
    if kind == "number" and (pa.types.is_integer(given) or pa.types.is_floating(given) or pa.types.is_decimal(given)):
        return Numbers(_values(array.cast(pa.float64(), safe=False), np.float64), _nulls(array))
    if kind == "date" and (pa.types.is_date(given) or pa.types.is_timestamp(given)):
        return Numbers(_values(array.cast(pa.date32(), safe=False), np.int32), _nulls(array))
    if kind == "bool" and pa.types.is_boolean(given):
        return Flags(_buffer(array.buffers()[1]), array.offset, _nulls(array))
    if kind == "set" and _is_list(given) and (_is_text(given.value_type) or pa.types.is_dictionary(given.value_type)):
        return _lists(field, array)
    raise ColumnError(field, f"cannot hold {given}; the field is a {kind}", f"列的类型是 {given}，该字段须是 {kind}")


def _buffer(buffer: pa.Buffer | None) -> Bytes:
    return _NO_BITS if buffer is None or buffer.size == 0 else np.frombuffer(buffer, np.uint8)


def _nulls(array: pa.Array) -> Nulls | None:
    bitmap = array.buffers()[0]
    return None if bitmap is None or array.null_count == 0 else Nulls(_buffer(bitmap), array.offset)


def _values(array: pa.Array, kind: type[_Number]) -> NDArray[_Number]:
    buffer = array.buffers()[1]
    if buffer is None or not len(array):
        return np.zeros(len(array), kind)
    size = np.dtype(kind).itemsize
    return np.frombuffer(buffer, kind, len(array), array.offset * size)


def _entries(array: pa.Array) -> Entries:
    import pyarrow as pa

    if not pa.types.is_dictionary(array.type):
        array = array.dictionary_encode()
    indices = array.indices
    placed = _values(indices if indices.type == pa.int32() else indices.cast(pa.int32(), safe=False), np.int32)
    return Entries(placed.astype(np.int32, copy=False), tuple(array.dictionary.to_pylist()), _nulls(indices))


def _lists(field: str, array: pa.Array) -> Lists:
    import pyarrow as pa

    if not (pa.types.is_list(array.type) or pa.types.is_large_list(array.type)):
        array = array.cast(pa.list_(array.type.value_type))
    large = pa.types.is_large_list(array.type)
    buffer = array.buffers()[1]
    if buffer is None or not len(array):
        return Lists(np.zeros(len(array) + 1, np.int32), np.zeros(0, np.int32), (), _nulls(array))
    count = len(array) + 1
    offsets: Offsets = (
        np.frombuffer(buffer, np.int64, count, array.offset * 8)
        if large
        else np.frombuffer(buffer, np.int32, count, array.offset * 4)
    )
    if offsets[0] < 0 or bool((offsets[1:] < offsets[:-1]).any()) or offsets[-1] > len(array.values):
        raise ColumnError(field, "its list offsets are out of order")
    child = array.values[: offsets[-1]]
    if not pa.types.is_dictionary(child.type):  # encode no more than this slice
        child, offsets = child[offsets[0] :], offsets - offsets[0]
    labels = _entries(child)
    indices, used = labels.indices, labels.indices[offsets[0] :]
    if len(used) and not 0 <= used.min() <= used.max() < len(labels.entries):
        raise ColumnError(field, "its dictionary indices point outside the dictionary")
    empty = None in labels.entries and bool((used == labels.entries.index(None)).any())
    if empty or child[offsets[0] :].null_count:
        raise ColumnError(field, "a list holds a null; leave the label out, or make the whole list null")
    return Lists(offsets, indices, labels.entries, _nulls(array))


def row_values(batch: pa.RecordBatch, row: int) -> Mapping[str, object]:
    """One row as plain Python values by column name, nulls left out."""
    found = {name: batch.column(place)[row].as_py() for place, name in enumerate(batch.schema.names)}
    return MappingProxyType({name: value for name, value in found.items() if value is not None})
