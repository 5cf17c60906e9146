"""Input files as units of work: a row group of parquet, a batch of Arrow IPC, some rows of a csv."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from matcher.bulk.csv_rows import csv_length, csv_names, csv_rows
from matcher.bulk.headers import Headers, InputError, match_headers
from matcher.bulk.rows import BadRow
from policies.schema import Text
from policies.vocabulary import Vocabulary

if TYPE_CHECKING:
    import pyarrow as pa

ROWS_AT_A_TIME: Final = 131_072
"""Rows read at a time; bounds the memory, whatever the size of a row group."""

_SUFFIXES: Final = {".parquet": "parquet", ".csv": "csv", ".arrow": "arrow", ".feather": "arrow", ".ipc": "arrow"}
CSV_ROWS: Final = 65_536
"""Rows of a csv in one unit: small enough that a run stopped loses little and every worker gets some."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A piece of work whose result is one file.

    Attributes:
        file: number of the file in the run.
        part: row group, batch or piece of a csv in it.
        first_row: number of its first row in the file, from 0.
        rows: how many rows.
    """

    path: Path
    file: int
    part: int
    first_row: int
    rows: int

    @property
    def name(self) -> str:
        """Stem of the names of its result files."""
        return f"part-{self.file:05d}-{self.part:06d}"


def plan(paths: Sequence[Path]) -> list[Unit]:
    """All units of the files, in order.

    Raises:
        InputError: a file is missing, of an unknown kind or broken.
    """
    return [unit for number, path in enumerate(paths) for unit in _units(path, number)]


def _kind(path: Path) -> str:
    kind = _SUFFIXES.get(path.suffix.lower())
    if kind is None:
        kinds = " ".join(_SUFFIXES)
        raise InputError(f"{path.name}：文件类型须是 {kinds} 之一", f"{path.name}: not one of {kinds}")
    return kind


def _units(path: Path, number: int) -> Iterator[Unit]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    kind = _kind(path)
    try:
        if kind == "csv":
            length = csv_length(path)
            sizes = [min(CSV_ROWS, length - start) for start in range(0, length, CSV_ROWS)]
        elif kind == "parquet":
            metadata = pq.ParquetFile(path).metadata
            sizes = [metadata.row_group(i).num_rows for i in range(metadata.num_row_groups)]
        else:
            with pa.memory_map(str(path)) as source:
                reader = pa.ipc.open_file(source)
                sizes = [reader.get_batch(i).num_rows for i in range(reader.num_record_batches)]
    except (OSError, pa.ArrowException) as error:
        raise _unreadable(path, error) from error
    first = 0
    for part, rows in enumerate(sizes):
        yield Unit(path, number, part, first, rows)
        first += rows


def headers(path: Path, vocabulary: Vocabulary, given: Mapping[str, str]) -> Headers:
    """Which columns of a file are which fields; ``given`` adds to the names known.

    Raises:
        InputError: the file is broken, or two columns mean one field.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    kind = _kind(path)
    try:
        if kind == "parquet":
            names = pq.ParquetFile(path).schema_arrow.names
        elif kind == "arrow":
            with pa.memory_map(str(path)) as source:
                names = pa.ipc.open_file(source).schema.names
        else:
            names = csv_names(path)
    except (OSError, pa.ArrowException) as error:
        raise _unreadable(path, error) from error
    try:
        return match_headers(names, vocabulary, given)
    except InputError as error:
        raise InputError(f"{path.name}：{error.message.zh}", f"{path.name}: {error}") from error


def _unreadable(path: Path, error: Exception) -> InputError:
    reason = (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
    return InputError(f"{path.name}：无法读取（{reason}）", f"{path.name}: cannot be read: {reason}")


@dataclass(frozen=True, slots=True)
class Rows:
    """Some rows of a unit.

    Attributes:
        batch: columns by header.
        numbers: of the rows in the file, from 1.
        broken: rows that are not in the batch for they could not be taken apart.
    """

    batch: pa.RecordBatch
    numbers: NDArray[np.int64]
    broken: tuple[BadRow, ...] = ()


def read(unit: Unit, columns: Sequence[str]) -> Iterator[Rows]:
    """The unit's rows, some at a time, with these columns only (at least one).

    Raises:
        InputError: the file is broken.
    """
    import pyarrow as pa

    try:
        if _kind(unit.path) == "csv":
            batch, numbers, broken = csv_rows(unit.path, unit.first_row + 1, unit.rows, columns)
            yield Rows(batch, numbers, tuple(BadRow(n, "", text, _cells(found, due)) for n, text, found, due in broken))
            return
        first = unit.first_row + 1
        for batch in _batches(unit, columns):
            yield Rows(batch, np.arange(first, first + batch.num_rows))
            first += batch.num_rows
    except (OSError, pa.ArrowException) as error:
        raise _unreadable(unit.path, error) from error


def _batches(unit: Unit, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    if _kind(unit.path) == "parquet":
        schema = pq.ParquetFile(unit.path).schema_arrow
        texts = [name for name in columns if pa.types.is_string(schema.field(name).type)]
        file = pq.ParquetFile(unit.path, read_dictionary=texts, memory_map=True)
        # One core for each process: decoding on two gains a tenth alone and costs more than that beside other workers.
        yield from file.iter_batches(ROWS_AT_A_TIME, row_groups=[unit.part], columns=list(columns), use_threads=False)
        return
    with pa.memory_map(str(unit.path)) as source:
        batch = pa.ipc.open_file(source).get_batch(unit.part).select(list(columns))
        for start in range(0, batch.num_rows, ROWS_AT_A_TIME):
            yield batch.slice(start, ROWS_AT_A_TIME)


def _cells(found: int, due: int) -> Text:
    return Text(f"有 {found} 格，表头有 {due} 格", f"has {found} cells, the header has {due}")
