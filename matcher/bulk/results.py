"""Result files of one unit: verdicts with what is missing, who is one answer away, counts, planes, or samples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from matcher.bulk.headers import InputError
from matcher.bulk.rows import Clean
from matcher.bulk.samples import SampleResult
from matcher.program.people import OneUnknownAway, Places, missing_planes, pairs_of
from matcher.program.planes import Words
from matcher.program.sinks import Block, Counts, Planes
from matcher.truth import Truth

if TYPE_CHECKING:
    import pyarrow as pa

    from matcher.program.program import Program

SINKS: Final = ("ids", "one-away", "counts", "planes", "samples")
NAMING: Final = frozenset({"ids", "one-away", "samples"})
"""Sinks that name profiles."""
_COMPRESSION: Final = "zstd"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to write.

    Attributes:
        sink: one of :data:`SINKS`.
        verdicts: which verdicts ``ids`` and ``samples`` write, as truth values.
        samples: how many profiles ``samples`` draws for each policy and verdict.
    """

    sink: str = "ids"
    verdicts: tuple[int, ...] = (int(Truth.YES), int(Truth.UNKNOWN))
    samples: int = 3

    def __post_init__(self) -> None:
        if self.sink not in SINKS:
            known = ", ".join(SINKS)
            raise InputError(f"没有“{self.sink}”这种结果，可选：{known}", f"there is no sink {self.sink!r}; take one of {known}")

    @property
    def truths(self) -> tuple[Truth, ...]:
        """The verdicts."""
        return tuple(map(Truth, self.verdicts))

    @property
    def suffix(self) -> str:
        """Of the result files."""
        return ".jsonl" if self.sink == "samples" else ".parquet"


class UnitResult(Protocol):
    """Takes the matched batches of one unit and writes its result file."""

    def add(self, ready: Clean) -> None:
        """Match a batch and write the outcome."""

    def close(self) -> None:
        """Finish the file."""


def open_result(wanted: Wanted, program: Program, path: Path, file: int) -> UnitResult:
    """The writer for a kind of result; ``file`` is the number of the unit's file in the run."""
    match wanted.sink:
        case "ids":
            return _Verdicts(program, path, wanted.truths)
        case "one-away":
            return _OneAway(program, path)
        case "samples":
            return SampleResult(program, path, wanted.truths, wanted.samples, file)
        case "counts":
            return _Counts(program, path)
    return _Planes(program, path)


class _Verdicts:
    """``policy_id, profile_id, verdict, missing``, tile by tile; within a tile by verdict, policy, row."""

    def __init__(self, program: Program, path: Path, verdicts: Sequence[Truth]) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        self._program = program
        self._verdicts = verdicts
        words = pa.dictionary(pa.int32(), pa.string())
        schema = pa.schema(
            [("policy_id", words), ("profile_id", pa.string()), ("verdict", words), ("missing", pa.list_(pa.string()))]
        )
        self._schema = schema
        self._writer = pq.ParquetWriter(path, schema, compression=_COMPRESSION)
        self._policies = pa.array(program.policy_ids, pa.string())
        self._names = pa.array([Truth(truth).verdict for truth in (0, 1, 2)], pa.string())
        self._fields = pa.array([*program.vocabulary.fields, "other"], pa.string())
        self._field_number = {name: i for i, name in enumerate(self._fields.to_pylist())}
        self._ids: pa.Array = pa.array([], pa.string())

    def add(self, ready: Clean) -> None:
        """Match a batch and write its pairs."""
        self._ids = ready.ids
        self._program.match_batch(ready.batch, self)

    def close(self) -> None:
        """Finish the file."""
        self._writer.close()

    def begin(self, program: Program, rows: int) -> None:
        """Nothing to prepare."""

    def take(self, block: Block) -> None:
        """Write a tile's pairs."""
        import pyarrow as pa

        for truth in self._verdicts:
            planes = missing_planes(block, self._program.graph) if truth is Truth.UNKNOWN else None
            for pairs in pairs_of(block, truth):
                count = len(pairs.rows)
                offsets, fields = np.zeros(count + 1, np.int32), np.zeros(0, np.int32)
                if planes is not None:
                    offsets, fields = self._missing(planes, pairs.policies, pairs.rows - block.start)
                batch = pa.RecordBatch.from_arrays(
                    [
                        pa.DictionaryArray.from_arrays(pa.array(pairs.policies.astype(np.int32)), self._policies),
                        self._ids.take(pa.array(pairs.rows)),
                        pa.DictionaryArray.from_arrays(pa.array(np.full(count, truth, np.int32)), self._names),
                        pa.ListArray.from_arrays(pa.array(offsets), self._fields.take(pa.array(fields))),
                    ],
                    schema=self._schema,
                )
                self._writer.write_batch(batch)

    def _missing(
        self, planes: Sequence[Mapping[str, Words]], policies: Places, rows: Places
    ) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """The missing fields of each pair, in the order of a form, as offsets and numbers of fields."""
        pair: list[Places] = [np.zeros(0, np.int64)]
        field: list[Places] = [np.zeros(0, np.int64)]
        starts = np.searchsorted(policies, np.arange(policies[0], policies[-1] + 2))
        for policy, (low, high) in enumerate(pairwise(starts.tolist()), int(policies[0])):
            own = rows[low:high]
            for name, plane in planes[policy].items() if low < high else ():
                word = plane[own >> 6] >> (own & 63).astype(np.uint64)
                having = np.flatnonzero(word & np.uint64(1)) + low
                pair.append(having)
                field.append(np.full(len(having), self._field_number[name]))
        pairs, fields = np.concatenate(pair), np.concatenate(field)
        order = np.lexsort((fields, pairs))
        offsets = np.searchsorted(pairs[order], np.arange(len(rows) + 1)).astype(np.int32)
        return offsets, fields[order].astype(np.int32)

    def end(self, rows: int) -> None:
        """Nothing is left to do."""


class _OneAway:
    """``policy_id, field, profile_id``: who becomes eligible if asked for one field; tile by tile, by field, policy, row."""

    def __init__(self, program: Program, path: Path) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        self._program, self._sink = program, OneUnknownAway()
        words = pa.dictionary(pa.int32(), pa.string())
        self._schema = pa.schema([("policy_id", words), ("field", words), ("profile_id", pa.string())])
        self._writer = pq.ParquetWriter(path, self._schema, compression=_COMPRESSION)
        self._policies = pa.array(program.policy_ids, pa.string())
        self._ids: pa.Array = pa.array([], pa.string())

    def add(self, ready: Clean) -> None:
        """Match a batch and write whom one answer makes eligible."""
        self._ids = ready.ids
        self._program.match_batch(ready.batch, self)

    def begin(self, program: Program, rows: int) -> None:
        """Prepare the sink."""
        self._sink.begin(program, rows)

    def take(self, block: Block) -> None:
        """Write a tile's pairs."""
        import pyarrow as pa

        self._sink.take(block)
        for one in self._sink.result:
            count = len(one.pairs.rows)
            columns = [
                pa.DictionaryArray.from_arrays(pa.array(one.pairs.policies.astype(np.int32)), self._policies),
                pa.DictionaryArray.from_arrays(pa.array(np.zeros(count, np.int32)), pa.array([one.field], pa.string())),
                self._ids.take(pa.array(one.pairs.rows)),
            ]
            self._writer.write_batch(pa.RecordBatch.from_arrays(columns, schema=self._schema))
        self._sink.result.clear()

    def end(self, rows: int) -> None:
        """Rows are numbered within the batch."""

    def close(self) -> None:
        """Finish the file."""
        self._writer.close()


class _Counts:
    """``policy_id, eligible, unknown, not_eligible`` of the unit."""

    def __init__(self, program: Program, path: Path) -> None:
        self._program, self._path, self._sink = program, path, Counts()

    def add(self, ready: Clean) -> None:
        """Match a batch and count."""
        self._program.match_batch(ready.batch, self._sink)

    def close(self) -> None:
        """Write the file."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        counts = self._sink.result
        if not len(counts):
            counts = np.zeros((len(self._program.policies), 3), np.int64)
        table = pa.table(
            {"policy_id": pa.array(self._program.policy_ids, pa.string())}
            | {name: pa.array(counts[:, i]) for i, name in enumerate(("eligible", "unknown", "not_eligible"))}
        )
        pq.write_table(table, self._path, compression=_COMPRESSION)


class _Planes:
    """``policy_id, rows, eligible, possible``: bit i of a plane is row i of the batch; the ids in the schema's order."""

    def __init__(self, program: Program, path: Path) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        self._program, self._sink = program, Planes()
        self._schema = pa.schema(
            [("policy_id", pa.string()), ("rows", pa.int64()), ("eligible", pa.large_binary()), ("possible", pa.large_binary())]
        )
        self._writer = pq.ParquetWriter(path, self._schema, compression=_COMPRESSION)

    def add(self, ready: Clean) -> None:
        """Match a batch and write one row for each policy."""
        import pyarrow as pa

        batch = ready.batch
        self._program.match_batch(batch, self._sink)
        size = -(-batch.num_rows // 8)
        planes = [[plane.tobytes()[:size] for plane in self._sink.result[:, i]] for i in (0, 1)]
        columns = [self._program.policy_ids, [batch.num_rows] * len(self._program.policies), *planes]
        arrays = [pa.array(column, field.type) for column, field in zip(columns, self._schema, strict=True)]
        self._writer.write_batch(pa.RecordBatch.from_arrays(arrays, schema=self._schema))

    def close(self) -> None:
        """Finish the file."""
        self._writer.close()
