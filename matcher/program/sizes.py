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
from matcher.program.encoders import Coder, Encoder, Write, prefer_stated, unknown_nulls


class SizeEncoder(Encoder):
    """Codes of ``enterprise_size``."""

    def __init__(self, coding: Coding) -> None:
        super().__init__(coding)
        self.sources = (coding.field, "industry", *MEASURES)
        self._bounds: Final = tuple(np.array(all_bounds()[name], np.float64) for name in MEASURES)
        self._codes: Final[dict[str | None, Bytes]] = {}

    def bind(self, batch: Batch) -> Write:
        """Find the columns and ask the rules about every industry; see :meth:`Encoder.bind`."""
        stated = batch.column(self.field)
        own = self._bind_terms(batch, stated)
        industry, groups, table = self._industries(batch)
        measures = [batch.column(name) for name in MEASURES]
        for name, raw in zip(MEASURES, measures, strict=True):
            if raw is not None and not isinstance(raw, Numbers):
                raise ColumnError(name, "does not hold numbers")

        digits = [*zip(measures, self._bounds, strict=True)]

        def write(start: int, stop: int, out: Bytes, coder: Coder) -> None:
            place, step = np.zeros(stop - start, np.int32), np.empty(stop - start, np.uint8)
            if industry is None:
                step.fill(NOTHING)
            else:
                coder.lookup(industry.indices[start:stop], groups, step)
                unknown_nulls(industry.nulls, start, step, coder)
            coder.digit(place, len(table), step)
            for raw, bounds in digits:
                if isinstance(raw, Numbers):
                    coder.steps(raw.values[start:stop], bounds, step)  # type: ignore[arg-type]
                    unknown_nulls(raw.nulls, start, step, coder)
                else:
                    step.fill(NOTHING)
                coder.digit(place, len(bounds) + 2, step)
            coder.lookup(place, table.reshape(-1), out[0])
            if stated is not None:
                prefer_stated(own, start, stop, out, coder)

        return write

    def _industries(self, batch: Batch) -> tuple[Entries | None, Bytes, Bytes]:
        """The industry column, the group of each of its entries, and the codes of each group.

        Industries to which the same rules apply are one group; the last group is an unknown industry.
        """
        raw = batch.column("industry")
        if raw is not None and not isinstance(raw, Entries):
            raise ColumnError("industry", "does not hold texts")
        values = batch.entry_values("industry", raw.entries) if raw is not None else []
        tables: dict[bytes, Bytes] = {}
        groups = []
        for value in values:
            codes = self._codes_of(str(value) if value is not None else None)
            groups.append(list(tables).index(codes.tobytes()) if codes.tobytes() in tables else len(tables))
            tables.setdefault(codes.tobytes(), codes)
        if len(tables) >= NOTHING:
            raise OverflowError(f"more than {NOTHING} groups of industries")
        return raw, np.array(groups or [NOTHING], np.uint8), np.stack([*tables.values(), self._codes_of(None)])

    def _codes_of(self, industry: str | None) -> Bytes:
        """Codes by the interval of each measure; the last of each axis stands for an unknown measure."""
        found = self._codes.get(industry)
        if found is None:
            found = self._codes[industry] = self._ask(industry)
        return found

    def _ask(self, industry: str | None) -> Bytes:
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
