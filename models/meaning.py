"""Passages as points of one space, searched by the meaning of a query."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from models.encode.contract import Encoder, Vectors, unit_rows
from models.index import FLAT_UP_TO, Ids, VectorIndex, VectorIndexError, index_of
from models.lexical import Scores

logger = logging.getLogger("policymatch")

_CENTRE: Final = np.float32(0.8)
"""Share of the passages' mean taken from a query: queries have a mean of their own."""
_HUB: Final = np.float32(0.2)
_HUB_NEIGHBOURS: Final = 10
_HUB_SAMPLE: Final = 4_000
_NEAREST: Final = 200
"""Passages scored where the collection is too large to score all."""


class MeaningSpace:
    """Vectors of passages, and the encoder of the queries put to them.

    The cosine used is that of both sides centred by the mean of the passages (Mu and Viswanath 2018:
    the common direction of all vectors says nothing), less a part of the passage's mean cosine to its
    nearest neighbours (a "hub" is near to everything; after CSLS, Conneau et al. 2018).

    Args:
        vectors: of the passages, ``[passages, dimension]``, at least one.
        encoder: that made them.
        make: gives the index of a collection too large to score all; faiss or numpy by default.
    """

    def __init__(self, vectors: Vectors, encoder: Encoder, make: Callable[[Vectors], VectorIndex] = index_of) -> None:
        self._encoder = encoder
        self._raw = vectors
        self._mean = vectors.mean(axis=0)
        self._centred = unit_rows(vectors - self._mean)
        self._hubs = _hubs(self._centred)
        self._index: VectorIndex | None = None
        if len(vectors) > FLAT_UP_TO:
            self._index = make(self._centred)

    def search(self, query: str) -> tuple[Scores, Scores]:
        """Plain and centred cosine of every passage to a query, each ``[passages]``."""
        return self._near(self._encoder.encode_queries([query])[0])

    def cosines(self, queries: Sequence[str]) -> list[Scores]:
        """Centred cosines of every passage to each query."""
        return [self._near(vector)[1] for vector in self._encoder.encode_queries(queries)]

    def _near(self, vector: Vectors) -> tuple[Scores, Scores]:
        moved = unit_rows((vector - _CENTRE * self._mean)[None])[0]
        found = self._nearest(moved)
        if found is None:
            return _products(self._raw, vector), _products(self._centred, moved) - _HUB * self._hubs
        places, near = found
        centred: Scores = np.full(len(self._raw), near[-1] if len(near) else 0.0, np.float32)
        centred[places] = near
        cosine = np.full(len(self._raw), -1.0, np.float32)
        cosine[places] = self._raw[places] @ vector
        return cosine, centred - _HUB * self._hubs

    def _nearest(self, moved: Vectors) -> tuple[Ids, Scores] | None:
        """The nearest passages where an index is asked; None where all are to be scored, also if the index fails."""
        if self._index is None:
            return None
        try:
            return self._index.search(moved, _NEAREST)
        except VectorIndexError as error:
            logger.warning("%s", error)  # a database that is away: slower, and the same answer
            return None


def _products(rows: Vectors, vector: Vectors) -> Scores:
    """Inner products of rows with one vector, in this thread: waking a second one costs more than it saves."""
    found: Scores = np.einsum("ij,j->i", rows, vector)
    return found


def _hubs(centred: Vectors) -> Scores:
    """Mean cosine of each row to its nearest neighbours among (at most) a fixed sample of rows."""
    count = len(centred)
    step = max(1, -(-count // _HUB_SAMPLE))
    sample = centred[::step]
    most = min(_HUB_NEIGHBOURS + 1, len(sample))
    found = np.zeros(count, np.float32)
    for start in range(0, count, 2_048):
        near = centred[start : start + 2_048] @ sample.T
        top = -np.partition(-near, most - 1, axis=1)[:, :most]
        own = (top >= 0.99999).sum(axis=1)  # a row is no neighbour of itself
        total = top.sum(axis=1) - own * top.max(axis=1)
        found[start : start + 2_048] = total / np.maximum(most - own, 1)
    return found
