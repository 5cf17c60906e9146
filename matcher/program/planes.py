"""Bit-planes with numpy: codes in, two planes for every row of the graph out.

A plane has one bit per profile, 64 to a word, profile ``i`` in bit ``i % 64`` of word ``i // 64``. A
row is a pair of planes: T (known true) and P (not known false). "and" and "or" act alike on both, so
three values cost two planes and nothing else: eligible = T, unknown = P & ~T, not eligible = ~P.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from matcher.program.coding import NOTHING
from matcher.program.columns import Bytes, Offsets, bits
from matcher.program.tables import Integers, Tables
from matcher.truth import Truth

Words: TypeAlias = NDArray[np.uint64]
ALL_BITS: Final = np.uint64(0xFFFF_FFFF_FFFF_FFFF)


class NumpyPlanes:
    """The back end that is always there. It keeps its buffers: use one for each thread.

    Attributes:
        tile: profiles worked on at a time; large, since every step costs a call.
        span: profiles whose codes are written at a time.
    """

    name: Final = "numpy"
    tile: Final = 32_768
    span: Final = 32_768

    def __init__(self) -> None:
        self._passed = np.empty((0, self.tile), np.bool_)
        self._shifted = np.empty(self.tile, np.uint8)
        self._quotient = np.empty(self.span, np.float64)
        self._compared = np.empty(self.span, np.bool_)
        self._planes = np.empty((0, self.tile // 64), np.uint64)

    def steps(self, values: NDArray[np.float64], bounds: NDArray[np.float64], out: Bytes) -> None:
        """How many ascending bounds each value reaches; 255 for NaN."""
        passed = self._count(np.greater_equal, values, bounds, out)
        np.not_equal(values, values, out=passed)
        if passed.any():
            out[passed] = NOTHING

    def days(self, values: NDArray[np.int32], bounds: NDArray[np.int32], out: Bytes, *, falling: bool) -> None:
        """How many bounds each day reaches, or (falling) does not pass; the bounds ascend, or fall."""
        self._count(np.less_equal if falling else np.greater_equal, values, bounds, out)

    def _count(self, compare: np.ufunc, values: NDArray[Any], bounds: NDArray[Any], out: Bytes) -> NDArray[np.bool_]:
        passed = self._compared[: len(values)]
        out[:] = 0
        for bound in bounds:
            compare(values, bound, out=passed)
            np.add(out, passed.view(np.uint8), out=out)
        return passed

    def nothing(self, bitmap: Bytes, offset: int, out: Bytes) -> None:
        """Write 255 where the validity bit is not set."""
        np.bitwise_or(out, bits(bitmap, offset, len(out)).view(np.uint8) - np.uint8(1), out=out)

    def lookup(self, indices: NDArray[np.int32], table: Bytes, out: Bytes) -> None:
        """``table[indices]``; an index outside the table may give any entry."""
        np.take(table, indices, out=out, mode="clip")

    def flags(self, bitmap: Bytes, offset: int, table: Bytes, out: Bytes) -> None:
        """``table[bit]`` for a table of two."""
        np.take(table, bits(bitmap, offset, len(out)).view(np.uint8), out=out, mode="clip")

    def labels(self, offsets: Offsets, indices: NDArray[np.int32], table: NDArray[np.uint64], out: Bytes) -> None:
        """The labels of each list as bits.

        Args:
            offsets: rows + 1 positions in ``indices``.
            indices: entries, all lists one after another.
            table: words x entries, the bits of each entry.
            out: bytes x rows.
        """
        start, stop = offsets[0], offsets[-1]
        filled = np.flatnonzero(offsets[1:] > offsets[:-1])
        for word, column in enumerate(table):
            masks = np.zeros(len(offsets) - 1, np.uint64)
            if len(filled):
                found = np.take(column, indices[start:stop], mode="clip")
                masks[filled] = np.bitwise_or.reduceat(found, offsets[filled] - start)
            rows = out[8 * word : 8 * word + 8]
            rows[:] = masks.view(np.uint8).reshape(-1, 8).T[: len(rows)]

    def unknown_labels(self, bitmap: Bytes, offset: int, out: Bytes) -> None:
        """Where the validity bit is not set leave bit 0 alone set."""
        known = bits(bitmap, offset, out.shape[1]).view(np.uint8)
        np.multiply(out, known, out=out)
        np.bitwise_or(out[0], known ^ 1, out=out[0])

    def quotient(self, above: NDArray[np.float64], below: NDArray[np.float64]) -> NDArray[np.float64]:
        """``above / below``, NaN unless ``below`` is positive; valid until the next call."""
        found = self._quotient[: len(above)]
        found[:] = np.nan
        with np.errstate(all="ignore"):
            np.divide(above, below, out=found, where=below > 0)
        return found

    def digit(self, place: NDArray[np.int32], base: int, step: Bytes) -> None:
        """``place = place * base + min(step, base - 1)``."""
        np.multiply(place, base, out=place)
        np.add(place, np.minimum(step, min(base - 1, NOTHING)), out=place)

    def run(self, codes: Bytes, first: int, count: int, tables: Tables, rows: Words) -> None:
        """Both planes of every row of the graph.

        Args:
            codes: columns x span; what follows the last profile up to a multiple of 64 is overwritten.
            first: the first profile, a multiple of 64.
            count: profiles, at most :attr:`tile`.
            tables: the program as tables.
            rows: out: graph rows x 2 x words; bits past ``count`` are zero.
        """
        words = -(-count // 64)
        codes[:, first + count : first + 64 * words] = NOTHING
        planes = self._planes_of(codes[:, first : first + 64 * words], tables)
        live = rows[:, :, :words]
        live[Truth.NO] = 0
        live[Truth.UNKNOWN, 0], live[Truth.UNKNOWN, 1] = 0, ALL_BITS
        live[Truth.YES] = ALL_BITS
        for row, yes, unknown, negated in tables.literal_steps:
            true, possible = live[row]
            if negated:
                np.bitwise_or(planes[yes], planes[unknown], out=true)
                np.invert(true, out=true)
                np.invert(planes[yes], out=possible)
            else:
                true[:] = planes[yes]
                np.bitwise_or(true, planes[unknown], out=possible)
        for row, conjunctive, children in tables.node_steps:
            _combine(live, row, conjunctive, children)
        rows[:, :, words:] = 0
        if count % 64:
            rows[:, :, words - 1] &= ALL_BITS >> np.uint64(64 - count % 64)

    def nodes(self, tables: Tables, rows: Words, chosen: Integers) -> None:
        """Both planes of the chosen nodes (numbered from 0) again, in order, after other rows were changed."""
        steps = tables.node_steps
        for node in chosen:
            _combine(rows, *steps[node])

    def copy(self, rows: Words, chosen: Integers, out: Words) -> None:
        """Write the first words of the chosen rows to ``out``, rows x 2 x words."""
        out[:] = rows[chosen, :, : out.shape[2]]

    def counts(self, rows: Words, chosen: Integers) -> NDArray[np.int64]:
        """For each chosen row the number of bits of T and of P."""
        found: NDArray[np.int64] = np.bitwise_count(rows).sum(axis=2, dtype=np.uint32)[chosen].astype(np.int64)
        return found

    def _planes_of(self, codes: Bytes, tables: Tables) -> Words:
        """The plane of every test, then of every atom made of several tests or inverted."""
        width = codes.shape[1]
        if len(self._planes) < tables.plane_count:
            self._planes = np.empty((tables.plane_count, self.tile // 64), np.uint64)
        planes = self._planes[:, : width // 64]
        planes[tables.empty_plane] = 0
        for column, first, last in tables.column_slices:
            self._test(codes[column], tables.test_steps[first:last], planes[first:last])
        for plane, members, inverted in tables.atom_steps:
            np.bitwise_or.reduce(planes[members], axis=0, out=planes[plane])
            if inverted:
                np.invert(planes[plane], out=planes[plane])
        return planes

    def _test(self, code: Bytes, tests: Sequence[tuple[bool, np.uint8, np.uint8]], planes: Words) -> None:
        if len(self._passed) < len(tests):
            self._passed = np.empty((len(tests), self.tile), np.bool_)
        width = len(code)
        passed, shifted = self._passed[: len(tests), :width], self._shifted[:width]
        for place, (bits_test, first, second) in enumerate(tests):
            if bits_test:
                np.bitwise_xor(code, first, out=shifted)
                np.bitwise_and(shifted, second, out=shifted)
                np.not_equal(shifted, 0, out=passed[place])
            elif first:
                np.subtract(code, first, out=shifted)
                np.less_equal(shifted, second, out=passed[place])
            else:
                np.less_equal(code, second, out=passed[place])
        planes[:] = np.packbits(passed, axis=1, bitorder="little").view(np.uint64)


def _combine(rows: Words, row: int, conjunctive: bool, children: Sequence[int]) -> None:  # noqa: FBT001 - the kind
    combine = np.bitwise_and if conjunctive else np.bitwise_or
    out = rows[row]
    combine(rows[children[0]], rows[children[1]], out)
    for child in children[2:]:
        combine(out, rows[child], out)
