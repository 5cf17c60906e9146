"""The back ends by name, and what each of them can do."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from matcher.program.columns import Bytes
from matcher.program.encoders import Coder
from matcher.program.planes import NumpyPlanes, Words
from matcher.program.tables import Integers, Tables

BACKENDS = ("numba", "numpy")
"""Fastest first."""


class BackendError(RuntimeError):
    """A back end that is not known or not installed; the message says what to do."""


class Backend(Coder, Protocol):
    """Codes and planes; it keeps buffers, so each thread needs its own."""

    @property
    def name(self) -> str:
        """One of :data:`BACKENDS`."""

    @property
    def tile(self) -> int:
        """Profiles worked on at a time, a multiple of 64."""

    @property
    def span(self) -> int:
        """Profiles whose codes are written at a time, a multiple of 64."""

    def run(self, codes: Bytes, first: int, count: int, tables: Tables, rows: Words) -> None:
        """Both planes of every row of the graph; see :meth:`NumpyPlanes.run`."""

    def nodes(self, tables: Tables, rows: Words, chosen: Integers) -> None:
        """Both planes of the chosen nodes again, in order, after other rows were changed."""

    def copy(self, rows: Words, chosen: Integers, out: Words) -> None:
        """Write the first words of the chosen rows to ``out``, rows x 2 x words."""

    def counts(self, rows: Words, chosen: Integers) -> NDArray[np.int64]:
        """For each chosen row the number of bits of T and of P."""


def new_backend(name: str | None = None) -> Backend:
    """A back end with buffers of its own; the fastest one installed if ``name`` is left out.

    Raises:
        BackendError: with the command that installs it.
    """
    if name is None:
        name = "numba" if find_spec("numba") else "numpy"
    if name == "numpy":
        return NumpyPlanes()
    if name != "numba":
        raise BackendError(f"there is no back end {name!r}; take one of {', '.join(BACKENDS)}")
    if not find_spec("numba"):
        raise BackendError("numba is not installed; run: pip install 'policymatch[fast]'")
    from matcher.program.kernel_numba import NumbaPlanes

    return NumbaPlanes()
