"""Rows of a csv by number, in one pass through the file however many pieces it is cut into."""

from __future__ import annotations

import codecs
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pyarrow as pa

_BLOCK: Final = 4 << 20
_SAMPLE: Final = 1 << 20
_SHOWN: Final = 80
"""Letters shown of a row that cannot be read."""


class _LastCursor(threading.local):
    """Where this thread stopped reading, so that the next piece of the same file goes on from there."""

    def __init__(self) -> None:
        self.key: tuple[object, ...] = ()
        self.cursor: Cursor | None = None


_LAST: Final = _LastCursor()


def csv_names(path: Path) -> list[str]:
    """The headers."""
    with _open(path, None, None) as reader:
        return list(reader.schema.names)


def csv_length(path: Path) -> int:
    """How many rows the file has, without the header; rows with too many or too few cells count."""
    cursor = Cursor(path, csv_names(path)[:1])
    for _ in cursor.batches():
        pass
    return cursor.next_number - 1


def csv_rows(
    path: Path, first: int, count: int, columns: Sequence[str]
) -> tuple[pa.RecordBatch, NDArray[np.int64], list[tuple[int, str, int, int]]]:
    """Rows ``first`` to ``first + count - 1``, numbered from 1, as texts.

    Returns:
        The rows that have the right number of cells, their numbers, and (number, text, cells found,
        cells expected) of the others.
    """
    state = path.stat()
    key = (path, state.st_size, state.st_mtime_ns, tuple(columns))
    cursor, _LAST.cursor = _LAST.cursor, None  # an error on the way leaves none behind
    if cursor is None or _LAST.key != key or cursor.next_number > first:
        cursor = Cursor(path, columns)
    cursor.take(first)
    found = cursor.take(first + count)
    _LAST.key, _LAST.cursor = key, cursor
    return found


class Cursor:
    """One pass over a csv.

    Attributes:
        next_number: of the first row not taken yet.
    """

    def __init__(self, path: Path, columns: Sequence[str]) -> None:
        self.next_number = 1
        self._columns = list(columns)
        self._broken: deque[tuple[int, str, int, int]] = deque()
        self._reader = _open(path, self._columns, self._set_aside)
        self._rest: tuple[pa.RecordBatch, NDArray[np.int64]] | None = None
        self._seen = 0

    def _set_aside(self, row: Any) -> str:  # noqa: ANN401 - pyarrow's InvalidRow
        self._broken.append((row.number - 1, row.text[:_SHOWN], row.actual_columns, row.expected_columns))
        return "skip"

    def batches(self) -> Iterator[tuple[pa.RecordBatch, NDArray[np.int64]]]:
        """What is left, batch by batch, with the numbers of the rows."""
        for batch in self._reader:
            broken = [number for number, *_ in self._broken if number > self._seen]
            numbers = np.arange(self._seen + 1, self._seen + 1 + batch.num_rows + len(broken))
            numbers = np.setdiff1d(numbers, np.array(broken, np.int64), assume_unique=True)[: batch.num_rows]
            if len(numbers):
                self._seen = int(numbers[-1])
                self.next_number = self._seen + 1
                yield batch, numbers
        self.next_number = max([self._seen, *(number for number, *_ in self._broken)]) + 1

    def take(self, stop: int) -> tuple[pa.RecordBatch, NDArray[np.int64], list[tuple[int, str, int, int]]]:
        """The rows from here up to the one numbered ``stop``, without that one."""
        import pyarrow as pa

        pieces, numbered = [], []
        for batch, numbers in self._from_here():
            inside = int(np.searchsorted(numbers, stop))
            pieces.append(batch.slice(0, inside))
            numbered.append(numbers[:inside])
            if inside < len(numbers):
                self._rest = batch.slice(inside), numbers[inside:]
                break
        self.next_number = stop
        broken = []
        while self._broken and self._broken[0][0] < stop:
            broken.append(self._broken.popleft())
        schema = pa.schema([(name, pa.string()) for name in self._columns])
        whole = pa.Table.from_batches(pieces, schema).combine_chunks().to_batches()
        rows = whole[0] if whole else pa.RecordBatch.from_pylist([], schema)
        return rows, np.concatenate([np.zeros(0, np.int64), *numbered]), broken

    def _from_here(self) -> Iterator[tuple[pa.RecordBatch, NDArray[np.int64]]]:
        if self._rest is not None:
            rest, self._rest = self._rest, None
            yield rest
        yield from self.batches()


def _open(path: Path, columns: Sequence[str] | None, invalid: Any) -> pa.csv.CSVStreamingReader:  # noqa: ANN401
    """Texts only: what they mean is the vocabulary's business. One thread, so that rows are numbered."""
    import pyarrow as pa
    import pyarrow.csv as pc

    encoding = "utf-8" if _is_utf8(path) else "gb18030"
    reading = pc.ReadOptions(use_threads=False, encoding=encoding, block_size=_BLOCK)
    parsing = pc.ParseOptions(newlines_in_values=True, invalid_row_handler=invalid or (lambda _: "skip"))
    types = dict.fromkeys(columns or (), pa.string())
    converting = pc.ConvertOptions(column_types=types, include_columns=columns, strings_can_be_null=False)
    return pc.open_csv(path, reading, parsing, converting)


def _is_utf8(path: Path) -> bool:
    with path.open("rb") as file:
        try:
            codecs.getincrementaldecoder("utf-8")().decode(file.read(_SAMPLE))
        except UnicodeDecodeError:
            return False
    return True
