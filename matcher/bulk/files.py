"""Input files as units of work: a row group of parquet, a batch of Arrow IPC, a whole csv."""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from matcher.bulk.headers import Headers, match_headers
from policies.vocabulary import Vocabulary

if TYPE_CHECKING:
    import pyarrow as pa

ROWS_AT_A_TIME: Final = 131_072
"""Rows read at a time; bounds the memory, whatever the size of a row group."""

_SUFFIXES: Final = {".parquet": "parquet", ".csv": "csv", ".arrow": "arrow", ".feather": "arrow", ".ipc": "arrow"}
_SAMPLE: Final = 1 << 20


class InputError(ValueError):
    """An input file that cannot be used; the message names it and says why."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A piece of work whose result is one file.

    Attributes:
        file: number of the file in the run.
        part: row group or batch in it; 0 for a csv.
        first_row: number of its first row in the file, from 0.
        rows: how many rows; None where that is known only after reading.
    """

    path: Path
    file: int
    part: int
    first_row: int
    rows: int | None

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
        raise InputError(f"{path.name}: not one of {' '.join(_SUFFIXES)}")
    return kind


def _units(path: Path, number: int) -> Iterator[Unit]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    kind = _kind(path)
    try:
        if kind == "csv":
            path.stat()
            yield Unit(path, number, 0, 0, None)
            return
        first = 0
        if kind == "parquet":
            metadata = pq.ParquetFile(path).metadata
            sizes = [metadata.row_group(i).num_rows for i in range(metadata.num_row_groups)]
        else:
            with pa.memory_map(str(path)) as source:
                reader = pa.ipc.open_file(source)
                sizes = [reader.get_batch(i).num_rows for i in range(reader.num_record_batches)]
    except (OSError, pa.ArrowException) as error:
        raise InputError(f"{path.name}: cannot be read: {error}") from error
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
            with _csv(path) as reader:
                names = reader.schema.names
    except (OSError, pa.ArrowException) as error:
        raise InputError(f"{path.name}: cannot be read: {error}") from error
    try:
        return match_headers(names, vocabulary, given)
    except ValueError as error:
        raise InputError(f"{path.name}: {error}") from error


def read(unit: Unit, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
    """The unit's rows, some at a time, with these columns only.

    Raises:
        InputError: the file is broken.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    kind = _kind(unit.path)
    try:
        if kind == "parquet":
            schema = pq.ParquetFile(unit.path).schema_arrow
            texts = [name for name in columns if pa.types.is_string(schema.field(name).type)]
            file = pq.ParquetFile(unit.path, read_dictionary=texts, memory_map=True)
            yield from file.iter_batches(ROWS_AT_A_TIME, row_groups=[unit.part], columns=list(columns))
        elif kind == "arrow":
            with pa.memory_map(str(unit.path)) as source:
                batch = pa.ipc.open_file(source).get_batch(unit.part).select(list(columns))
                for start in range(0, batch.num_rows, ROWS_AT_A_TIME):
                    yield batch.slice(start, ROWS_AT_A_TIME)
        else:
            with _csv(unit.path) as reader:
                for batch in reader:
                    yield batch.select(list(columns))
    except (OSError, pa.ArrowException) as error:
        raise InputError(f"{unit.path.name}: cannot be read: {error}") from error


def _csv(path: Path) -> pa.csv.CSVStreamingReader:
    """All columns as texts: what they mean is the vocabulary's business."""
    import pyarrow as pa
    import pyarrow.csv as pc

    encoding = "utf-8" if _is_utf8(path) else "gb18030"
    reading = pc.ReadOptions(encoding=encoding, block_size=8 << 20)
    names = pc.open_csv(path, reading, convert_options=pc.ConvertOptions(strings_can_be_null=False)).schema.names
    converting = pc.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False)
    return pc.open_csv(path, reading, convert_options=converting)


def _is_utf8(path: Path) -> bool:
    with path.open("rb") as file:
        try:
            codecs.getincrementaldecoder("utf-8")().decode(file.read(_SAMPLE))
        except UnicodeDecodeError:
            return False
    return True
