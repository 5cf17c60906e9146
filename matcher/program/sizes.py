"""Codes of the enterprise size: as stated, else the classes that industry and measures leave open.

The rules are asked once for every industry that occurs and every interval of its measures; a batch
then needs only table look-ups.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from matcher.enterprise_size import MEASURES, all_bounds, deciding_bounds, possible_sizes
from matcher.program.coding import NOTHING, Coding
from matcher.program.columns import Batch, Bytes, ColumnError, Entries, Numbers
from matcher.program.encoders import Coder, Encoder, Write


class SizeEncoder(Encoder):
    """Codes of ``enterprise_size``."""

    def __init__(self, coding: Coding) -> None:
        super().__init__(coding)
        self.sources = (coding.field, "industry", *MEASURES)
        self._bounds: Final = tuple(np.array(all_bounds()[name], np.float64) for name in MEASURES)
        self._shape: Final = tuple(len(bounds) + 2 for bounds in self._bounds)
        self._codes: Final[dict[str | None, NDArray[np.uint8]]] = {}

    def bind(self, batch: Batch) -> Write:
        """Find the columns and ask the rules about every industry; see :meth:`Encoder.bind`."""
        stated = batch.column(self.field)
        own = self._bind_terms(batch, stated)
        industry, table = self._industries(batch)
        measures = [batch.column(name) for name in MEASURES]
        for name, raw in zip(MEASURES, measures, strict=True):
            if raw is not None and not isinstance(raw, Numbers):
                raise ColumnError(name, "does not hold numbers")

        def write(start: int, stop: int, out: Bytes, coder: Coder) -> None:
            place = np.zeros(stop - start, np.intp)
            if industry is not None:
                known = industry.indices[start:stop].astype(np.intp)
                np.clip(known, 0, len(table) - 2, out=known)
                if industry.nulls is not None:
                    known[~industry.nulls.known(start, stop)] = len(table) - 1
                place = known
            step = np.empty(stop - start, np.uint8)
            for raw, bounds, length in zip(measures, self._bounds, self._shape, strict=True):
                place *= length
                if isinstance(raw, Numbers):
                    coder.steps(raw.values[start:stop], bounds, step)  # type: ignore[arg-type]
                    if raw.nulls is not None:
                        coder.nothing(raw.nulls.bitmap, raw.nulls.offset + start, step)
                    np.minimum(step, np.uint8(length - 1), out=step)
                    place += step
                else:
                    place += length - 1
            np.take(table.reshape(-1), place, out=out[0], mode="clip")
            if stated is not None:
                given = np.empty((1, stop - start), np.uint8)
                own(start, stop, given, coder)
                np.copyto(out[0], given[0], where=given[0] != NOTHING)

        return write

    def _industries(self, batch: Batch) -> tuple[Entries | None, NDArray[np.uint8]]:
        """The industry column, and the codes of each of its entries and (last) of an unknown industry."""
        raw = batch.column("industry")
        if raw is None:
            return None, self._codes_of(None)[np.newaxis]
        if not isinstance(raw, Entries):
            raise ColumnError("industry", "does not hold texts")
        values = [str(value) if value is not None else None for value in batch.entry_values("industry", raw.entries)]
        return raw, np.stack([self._codes_of(value) for value in [*(values or [None]), None]])

    def _codes_of(self, industry: str | None) -> NDArray[np.uint8]:
        """Codes by the interval of each measure; the last of each axis stands for an unknown measure."""
        found = self._codes.get(industry)
        if found is None:
            found = self._codes[industry] = self._ask(industry)
        return found

    def _ask(self, industry: str | None) -> NDArray[np.uint8]:
        deciding = deciding_bounds(industry)
        axes: list[list[float | None]] = []
        places: list[NDArray[np.intp]] = []
        for name, bounds in zip(MEASURES, self._bounds, strict=True):
            own = deciding.get(name, ())
            axes.append([-1.0, *own, None])
            reached = np.searchsorted(np.array(own), bounds, side="right") if own else np.zeros(len(bounds), np.intp)
            places.append(np.array([0, *reached, len(own) + 1], np.intp))
        codes = np.empty([len(axis) for axis in axes], np.uint8)
        for index in np.ndindex(codes.shape):
            values = (axis[i] for axis, i in zip(axes, index, strict=True))
            measures = {name: value for name, value in zip(MEASURES, values, strict=True) if value is not None}
            codes[index] = self.coding.code(possible_sizes(industry, measures))
        return codes[np.ix_(*places)]
