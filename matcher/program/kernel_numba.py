"""Bit-planes with numba: the same work as :mod:`matcher.program.planes`, compiled.

The heart are the intrinsics of :mod:`matcher.program.kernel_intrinsics`, which compare 64 bytes (or 64
numbers) at once and give the outcome as one 64-bit word.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from matcher.program.coding import NOTHING
from matcher.program.columns import Bytes, Offsets
from matcher.program.kernel_intrinsics import (
    count_bits,
    day_reaches64,
    day_within64,
    in_range64,
    keep_where64,
    number_reaches64,
    some_bits64,
)
from matcher.program.planes import Words
from matcher.program.tables import Integers, Tables
from matcher.truth import Truth

_NOTHING: Final = NOTHING
_UNKNOWN_ROW: Final = int(Truth.UNKNOWN)
_YES_ROW: Final = int(Truth.YES)


@njit(cache=True, nogil=True)
def _steps(values: Any, bounds: Any, out: Any) -> None:
    whole = len(values) // 64 * 64
    for start in range(0, whole, 64):
        for i in range(start, start + 64):
            out[i] = 0
        for bound in bounds:
            number_reaches64(values, start, bound, out, start)
        for i in range(start, start + 64):
            if values[i] != values[i]:
                out[i] = _NOTHING
    for i in range(whole, len(values)):
        reached = 0
        for bound in bounds:
            reached += values[i] >= bound
        out[i] = reached if values[i] == values[i] else _NOTHING


@njit(cache=True, nogil=True)
def _days(values: Any, bounds: Any, out: Any, falling: Any) -> None:
    whole = len(values) // 64 * 64
    for start in range(0, whole, 64):
        for i in range(start, start + 64):
            out[i] = 0
        for bound in bounds:
            if falling:
                day_within64(values, start, bound, out, start)
            else:
                day_reaches64(values, start, bound, out, start)
    for i in range(whole, len(values)):
        reached = 0
        for bound in bounds:
            reached += values[i] <= bound if falling else values[i] >= bound
        out[i] = reached


@njit(cache=True, nogil=True)
def _word(bitmap: Any, place: Any) -> Any:
    """64 bits of a bitmap from bit ``place`` on; those behind its end are 0."""
    first, shift = place >> 3, np.uint64(place & 7)
    found = np.uint64(0)
    for byte in range(min(8, len(bitmap) - first)):
        found |= np.uint64(bitmap[first + byte]) << np.uint64(8 * byte)
    found >>= shift
    if shift and first + 8 < len(bitmap):
        found |= np.uint64(bitmap[first + 8]) << (np.uint64(64) - shift)
    return found


@njit(cache=True, nogil=True)
def _nothing(bitmap: Any, offset: Any, out: Any) -> None:
    whole = len(out) // 64 * 64
    for start in range(0, whole, 64):
        keep_where64(_word(bitmap, offset + start), np.uint8(_NOTHING), out, start)
    rest = _word(bitmap, offset + whole) if whole < len(out) else np.uint64(0)
    for i in range(whole, len(out)):
        if not (rest >> np.uint64(i - whole)) & np.uint64(1):
            out[i] = _NOTHING


@njit(cache=True, nogil=True)
def _flags(bitmap: Any, offset: Any, table: Any, out: Any) -> None:
    no, yes = table[0], table[1]
    out[:] = yes
    whole = len(out) // 64 * 64
    for start in range(0, whole, 64):
        keep_where64(_word(bitmap, offset + start), no, out, start)
    rest = _word(bitmap, offset + whole) if whole < len(out) else np.uint64(0)
    for i in range(whole, len(out)):
        if not (rest >> np.uint64(i - whole)) & np.uint64(1):
            out[i] = no


@njit(cache=True, nogil=True)
def _lookup(indices: Any, table: Any, out: Any) -> None:
    last = np.uint32(len(table) - 1)
    for i in range(len(indices)):
        out[i] = table[np.uintp(min(np.uint32(indices[i]), last))]


@njit(cache=True, nogil=True)
def _labels(offsets: Any, indices: Any, table: Any, out: Any) -> None:
    found = np.empty(256, np.uint64)
    keep = np.zeros((4, 3), np.uint64)  # which of three labels a list of that length has, as masks
    for length in range(4):
        keep[length, :length] = np.uint64(0xFFFF_FFFF_FFFF_FFFF)
    end = len(indices) - 1
    for word in range(table.shape[0]):
        masks = table[word]
        first = 8 * word
        width = min(8, out.shape[0] - first)
        for start in range(0, len(offsets) - 1, 256):
            count = min(256, len(offsets) - 1 - start)
            for i in range(count):
                low, high = np.int64(offsets[np.uintp(start + i)]), np.int64(offsets[np.uintp(start + i + 1)])
                mask = np.uint64(0)
                ahead = low
                if low + 3 <= end:  # three without a branch, for most lists are short and of random length
                    first_mask = masks[np.uintp(indices[np.uintp(low)])]
                    second_mask = masks[np.uintp(indices[np.uintp(low + 1)])]
                    third_mask = masks[np.uintp(indices[np.uintp(low + 2)])]
                    held: Any = min(3, high - low)
                    mask |= first_mask & keep[held, 0]
                    mask |= second_mask & keep[held, 1]
                    mask |= third_mask & keep[held, 2]
                    ahead = low + 3
                for place in range(ahead, high):
                    mask |= masks[np.uintp(indices[np.uintp(place)])]
                found[i] = mask
            for byte in range(width):
                row, shift = out[first + byte], np.uint64(8 * byte)
                for i in range(count):
                    row[start + i] = np.uint8(found[i] >> shift)


@njit(cache=True, nogil=True)
def _unknown_labels(bitmap: Any, offset: Any, out: Any) -> None:
    for byte in range(len(out)):
        row, alone = out[byte], np.uint8(byte == 0)
        whole = len(row) // 64 * 64
        for start in range(0, whole, 64):
            keep_where64(_word(bitmap, offset + start), alone, row, start)
        rest = _word(bitmap, offset + whole) if whole < len(row) else np.uint64(0)
        for i in range(whole, len(row)):
            if not (rest >> np.uint64(i - whole)) & np.uint64(1):
                row[i] = alone


@njit(cache=True, nogil=True)
def _quotient(above: Any, below: Any, out: Any) -> None:
    for i in range(len(above)):
        out[i] = above[i] / below[i] if below[i] > 0 else np.nan


@njit(cache=True, nogil=True)
def _digit(place: Any, base: Any, step: Any) -> None:
    last = min(base - 1, 255)
    for i in range(len(place)):
        place[i] = place[i] * base + min(np.int32(step[i]), last)


@njit(cache=True, nogil=True)
def _combine(rows: Any, row: Any, conjunctive: Any, children: Any, words: Any) -> None:
    out = rows[row]
    width = len(out)
    first, second = rows[children[0]], rows[children[1]]
    for half in range(0, width, width // 2):
        if conjunctive:
            for w in range(half, half + words):
                out[w] = first[w] & second[w]
            for child in children[2:]:
                more = rows[child]
                for w in range(half, half + words):
                    out[w] &= more[w]
        else:
            for w in range(half, half + words):
                out[w] = first[w] | second[w]
            for child in children[2:]:
                more = rows[child]
                for w in range(half, half + words):
                    out[w] |= more[w]


@njit(cache=True, nogil=True)
def _run(
    codes: Any, start: Any, count: Any, tests: Any, merged_starts: Any, merged: Any, inverted: Any, literals: Any,
    conjunctive: Any, node_starts: Any, children: Any, planes: Any, rows: Any,
) -> None:  # fmt: skip
    words = (count + 63) // 64
    width = rows.shape[1] // 2
    for test in range(len(tests)):
        code, plane = codes[tests[test, 0]], planes[test]
        first, second = np.uint8(tests[test, 2]), np.uint8(tests[test, 3])
        if tests[test, 1]:
            for w in range(words):
                plane[w] = some_bits64(code, start + 64 * w, first, second)
        else:
            for w in range(words):
                plane[w] = in_range64(code, start + 64 * w, first, second)
    for atom in range(len(inverted)):
        plane = planes[len(tests) + atom]
        flip = np.uint64(0xFFFF_FFFF_FFFF_FFFF) if inverted[atom] else np.uint64(0)
        for w in range(words):
            plane[w] = flip
        for member in merged[merged_starts[atom] : merged_starts[atom + 1]]:
            more = planes[member]
            if inverted[atom]:
                for w in range(words):
                    plane[w] &= ~more[w]
            else:
                for w in range(words):
                    plane[w] |= more[w]
    for w in range(words):
        planes[len(planes) - 1, w] = 0
        for row in range(3):
            rows[row, w] = np.uint64(0xFFFF_FFFF_FFFF_FFFF) if row == _YES_ROW else np.uint64(0)
            rows[row, width + w] = np.uint64(0xFFFF_FFFF_FFFF_FFFF) if row >= _UNKNOWN_ROW else np.uint64(0)
    for i in range(len(literals)):
        yes, unknown, out = planes[literals[i, 0]], planes[literals[i, 1]], rows[3 + i]
        if literals[i, 2]:
            for w in range(words):
                out[w] = ~(yes[w] | unknown[w])
                out[width + w] = ~yes[w]
        else:
            for w in range(words):
                out[w] = yes[w]
                out[width + w] = yes[w] | unknown[w]
    first_node = 3 + len(literals)
    for i in range(len(conjunctive)):
        _combine(rows, first_node + i, conjunctive[i], children[node_starts[i] : node_starts[i + 1]], words)


@njit(cache=True, nogil=True)
def _close(rows: Any, count: Any) -> None:
    """Clear the bits past ``count``."""
    words = (count + 63) // 64
    width = rows.shape[1] // 2
    for row in range(len(rows)):
        for half in range(0, 2 * width, width):
            for w in range(words, width):
                rows[row, half + w] = 0
            if count % 64:
                rows[row, half + words - 1] &= np.uint64(0xFFFF_FFFF_FFFF_FFFF) >> np.uint64(64 - count % 64)


@njit(cache=True, nogil=True)
def _nodes(rows: Any, first_node: Any, conjunctive: Any, node_starts: Any, children: Any, chosen: Any) -> None:
    for i in chosen:
        _combine(rows, first_node + i, conjunctive[i], children[node_starts[i] : node_starts[i + 1]], rows.shape[1] // 2)


@njit(cache=True, nogil=True)
def _counts(rows: Any, chosen: Any, out: Any) -> None:
    width = rows.shape[1] // 2
    for i in range(len(chosen)):
        row = rows[chosen[i]]
        true, possible = np.uint64(0), np.uint64(0)
        for w in range(width):
            true += count_bits(row[w])
            possible += count_bits(row[width + w])
        out[i, 0], out[i, 1] = true, possible


@njit(cache=True, nogil=True)
def single_nodes(truths: Any, masks: Any, first_node: Any, conjunctive: Any, node_starts: Any, children: Any) -> None:
    """For one profile the truth of every node, and for an unknown one its children's masks together.

    Args:
        truths: rows; 0, 1 or 2.
        masks: words x rows.
        first_node: the row of the first node.
        conjunctive: of each node whether it is an "all".
        node_starts: of each node the first of its children.
        children: rows.
    """
    for i in range(len(conjunctive)):
        low, high = node_starts[i], node_starts[i + 1]
        found = truths[children[low]]
        if conjunctive[i]:
            for edge in range(low + 1, high):
                found = min(found, truths[children[edge]])
        else:
            for edge in range(low + 1, high):
                found = max(found, truths[children[edge]])
        truths[first_node + i] = found
        for word in range(len(masks)):
            mask = np.uint64(0)
            if found == _UNKNOWN_ROW:
                for edge in range(low, high):
                    mask |= masks[word, children[edge]]
            masks[word, first_node + i] = mask


@njit(cache=True, nogil=True)
def _copy(rows: Any, chosen: Any, out: Any) -> None:
    words = out.shape[2]
    for i in range(len(chosen)):
        for half in range(2):
            source, target = rows[chosen[i], half], out[i, half]
            for w in range(words):
                target[w] = source[w]


class NumbaPlanes:
    """The compiled back end. It keeps its buffers: use one for each thread. See :class:`NumpyPlanes`."""

    name: Final = "numba"
    tile: Final = 8_192
    span: Final = 65_536

    def __init__(self) -> None:
        self._planes = np.empty((0, self.tile // 64), np.uint64)
        self._ratio = np.empty(self.span, np.float64)

    def steps(self, values: NDArray[np.float64], bounds: NDArray[np.float64], out: Bytes) -> None:
        """How many ascending bounds each value reaches; 255 for NaN."""
        _steps(values, bounds, out)

    def days(self, values: NDArray[np.int32], bounds: NDArray[np.int32], out: Bytes, *, falling: bool) -> None:
        """How many bounds each day reaches, or (falling) does not pass; the bounds ascend, or fall."""
        _days(values, bounds, out, falling)

    def nothing(self, bitmap: Bytes, offset: int, out: Bytes) -> None:
        """Write 255 where the validity bit is not set."""
        _nothing(bitmap, offset, out)

    def lookup(self, indices: NDArray[np.int32], table: Bytes, out: Bytes) -> None:
        """``table[indices]``; an index outside the table may give any entry."""
        _lookup(indices, table, out)

    def flags(self, bitmap: Bytes, offset: int, table: Bytes, out: Bytes) -> None:
        """``table[bit]`` for a table of two."""
        _flags(bitmap, offset, table, out)

    def labels(self, offsets: Offsets, indices: NDArray[np.int32], table: NDArray[np.uint64], out: Bytes) -> None:
        """The labels of each list as bits; see :meth:`NumpyPlanes.labels`."""
        _labels(offsets, indices, table, out)

    def unknown_labels(self, bitmap: Bytes, offset: int, out: Bytes) -> None:
        """Where the validity bit is not set leave bit 0 alone set."""
        _unknown_labels(bitmap, offset, out)

    def quotient(self, above: NDArray[np.float64], below: NDArray[np.float64]) -> NDArray[np.float64]:
        """``above / below``, NaN unless ``below`` is positive; valid until the next call."""
        found = self._ratio[: len(above)]
        _quotient(above, below, found)
        return found

    def digit(self, place: NDArray[np.int32], base: int, step: Bytes) -> None:
        """``place = place * base + min(step, base - 1)``."""
        _digit(place, np.int32(base), step)

    def run(self, codes: Bytes, first: int, count: int, tables: Tables, rows: Words) -> None:
        """Both planes of every row of the graph; see :meth:`NumpyPlanes.run`."""
        if len(self._planes) != tables.plane_count:
            self._planes = np.empty((tables.plane_count, self.tile // 64), np.uint64)
        t = tables.arrays
        flat = rows.reshape(len(rows), -1)
        codes[:, first + count : first + -(-count // 64) * 64] = NOTHING
        _run(
            codes, first,
            count, t.tests, t.merged_starts, t.merged, t.inverted, t.literals,
            t.conjunctive, t.node_starts, t.children, self._planes, flat,
        )  # fmt: skip
        if count < 32 * flat.shape[1]:
            _close(flat, count)

    def nodes(self, tables: Tables, rows: Words, chosen: Integers) -> None:
        """Both planes of the chosen nodes (numbered from 0) again, in order, after other rows were changed."""
        t = tables.arrays
        first = tables.row_count - len(tables.nodes)
        _nodes(rows.reshape(len(rows), -1), first, t.conjunctive, t.node_starts, t.children, chosen)

    def copy(self, rows: Words, chosen: Integers, out: Words) -> None:
        """Write the first words of the chosen rows to ``out``, rows x 2 x words."""
        _copy(rows, chosen, out)

    def counts(self, rows: Words, chosen: Integers) -> NDArray[np.int64]:
        """For each chosen row the number of bits of T and of P."""
        found = np.empty((len(chosen), 2), np.int64)
        _counts(rows.reshape(len(rows), -1), chosen, found)
        return found
