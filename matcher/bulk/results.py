"""Result files of one unit: verdicts with what is missing, counts, or planes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from matcher.program.people import Places, missing_planes, pairs_of
from matcher.program.planes import Words
from matcher.program.sinks import Block, Counts, Planes
from matcher.truth import Truth

if TYPE_CHECKING:
    import pyarrow as pa

    from matcher.program.program import Program

SINKS: Final = ("ids", "counts", "planes")
_COMPRESSION: Final = "zstd"


class UnitResult(Protocol):
    """Takes the matched batches of one unit and writes its result file."""

    def add(self, batch: pa.RecordBatch, ids: pa.Array) -> None:
        """Match a batch whose profiles have these ids, and write the outcome."""

    def close(self) -> None:
        """Finish the file."""


def open_result(sink: str, program: Program, path: Path, verdicts: Sequence[Truth]) -> UnitResult:
    """The writer for a kind of result (one of :data:`SINKS`)."""
    if sink == "ids":
        return _Verdicts(program, path, verdicts)
    return _Counts(program, path) if sink == "counts" else _Planes(program, path)


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

    def add(self, batch: pa.RecordBatch, ids: pa.Array) -> None:
        """Match a batch and write its pairs."""
        self._ids = ids
        self._program.match_batch(batch, self)

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


class _Counts:
    """``policy_id, eligible, unknown, not_eligible`` of the unit."""

    def __init__(self, program: Program, path: Path) -> None:
        self._program, self._path, self._sink = program, path, Counts()

    def add(self, batch: pa.RecordBatch, ids: pa.Array) -> None:  # noqa: ARG002 - nobody is named
        """Match a batch and count."""
        self._program.match_batch(batch, self._sink)

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

    def add(self, batch: pa.RecordBatch, ids: pa.Array) -> None:  # noqa: ARG002 - nobody is named
        """Match a batch and write one row for each policy."""
        import pyarrow as pa

        self._program.match_batch(batch, self._sink)
        size = -(-batch.num_rows // 8)
        planes = [[plane.tobytes()[:size] for plane in self._sink.result[:, i]] for i in (0, 1)]
        columns = [self._program.policy_ids, [batch.num_rows] * len(self._program.policies), *planes]
        arrays = [pa.array(column, field.type) for column, field in zip(columns, self._schema, strict=True)]
        self._writer.write_batch(pa.RecordBatch.from_arrays(arrays, schema=self._schema))

    def close(self) -> None:
        """Finish the file."""
        self._writer.close()
