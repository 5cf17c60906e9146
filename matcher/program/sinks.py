"""Where verdicts go: counts, planes, lists of ids. A sink takes tiles of one batch after another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from matcher.program.planes import Words
from matcher.program.tables import Tables

if TYPE_CHECKING:
    from matcher.program.backend import Backend
    from matcher.program.program import Program


@dataclass(frozen=True, slots=True)
class Block:
    """The verdicts of one tile; valid only until the sink returns, for the buffers are used again.

    Attributes:
        start: the first row of the batch in this tile, a multiple of 64.
        count: rows of the batch in this tile.
        rows: graph rows x 2 x words: T and P. Bits past ``count`` are zero.
        tables: ``tables.roots`` gives the row of each policy.
        backend: for further work on planes.
    """

    start: int
    count: int
    rows: Words
    tables: Tables
    backend: Backend

    @property
    def words(self) -> int:
        """Words that hold the ``count`` profiles."""
        return -(-self.count // 64)


class Sink(Protocol):
    """Takes the verdicts of batches: ``begin``, ``take`` for each tile, ``end``, for every batch."""

    def begin(self, program: Program, rows: int) -> None:
        """A batch of ``rows`` profiles follows."""

    def take(self, block: Block) -> None:
        """The next tile."""

    def end(self, rows: int) -> None:
        """The batch is finished."""


class Counts:
    """For every policy how many profiles are eligible, undecided and not eligible.

    Attributes:
        profiles: rows taken so far.
    """

    def __init__(self) -> None:
        self.profiles = 0
        self._bits: NDArray[np.int64] | None = None

    def begin(self, program: Program, rows: int) -> None:  # noqa: ARG002 - the form of a Sink
        """Make room at the first batch."""
        if self._bits is None:
            self._bits = np.zeros((len(program.policies), 2), np.int64)

    def take(self, block: Block) -> None:
        """Add the tile."""
        if self._bits is not None:
            self._bits += block.backend.counts(block.rows, block.tables.roots)

    def end(self, rows: int) -> None:
        """Count the profiles."""
        self.profiles += rows

    @property
    def result(self) -> NDArray[np.int64]:
        """Policies x 3: eligible, unknown, not eligible."""
        bits = np.zeros((0, 2), np.int64) if self._bits is None else self._bits
        return np.stack([bits[:, 0], bits[:, 1] - bits[:, 0], self.profiles - bits[:, 1]], axis=1)


class Planes:
    """Both planes of every policy for one batch at a time.

    Attributes:
        result: policies x 2 x words: T (eligible) and P (not ruled out), bit ``i % 64`` of word
            ``i // 64`` for row ``i``; overwritten by the next batch of the same size.
    """

    def __init__(self) -> None:
        self.result: Words = np.empty((0, 2, 0), np.uint64)

    def begin(self, program: Program, rows: int) -> None:
        """Make room for the batch."""
        shape = (len(program.policies), 2, -(-rows // 64))
        if self.result.shape != shape:
            self.result = np.empty(shape, np.uint64)

    def take(self, block: Block) -> None:
        """Copy the tile."""
        first = block.start // 64
        block.backend.copy(block.rows, block.tables.roots, self.result[:, :, first : first + block.words])

    def end(self, rows: int) -> None:
        """Nothing is left to do."""
