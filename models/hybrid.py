"""Search over passages that belong to documents: lexical, dense and combined scores.

The combined score adds, on scales that do not depend on the size of the collection,

* the cosine to the passage, both centred by the mean of the passages (Mu and Viswanath 2018: the
  common direction of all vectors says nothing), less a part of its mean cosine to its nearest
  neighbours (a "hub" is near to everything; after CSLS, Conneau et al. 2018);
* the share of the query's weight that BM25 finds in the passage, and in its whole document,
  raised to a power above one: much overlap is worth more than proportionally.

The weights are judgements, the same for every collection; nothing is fitted to test data.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.encode.contract import Encoder, Vectors, unit_rows
from models.index import FLAT_UP_TO, VectorIndex, make_index
from models.lexical import Bm25, Cutter, Scores, pairs

_CENTRE: Final = np.float32(0.8)
"""Share of the passages' mean taken from a query: queries have a mean of their own."""
_HUB: Final = np.float32(0.2)
_HUB_NEIGHBOURS: Final = 10
_HUB_SAMPLE: Final = 4_000
_OVERLAP: Final = np.float32(3.0)
_POWER: Final = 1.5
_WORDS_SHARE: Final = np.float32(0.25)
"""Of words beside pairs in the lexical score."""
_NEAREST: Final = 400
"""Passages scored densely where the collection is too large to score all."""


@dataclass(frozen=True, slots=True)
class PassageScores:
    """Scores of every passage for one query, each ``[passages]``.

    Attributes:
        words, pairs: BM25; ``lexical`` both together.
        dense: cosine; ``cosine`` the same centred; 0 without an encoder.
        coverage: share of the query's weight found in the passage; ``document`` in its document.
    """

    words: Scores
    pairs: Scores
    lexical: Scores
    dense: Scores
    cosine: Scores
    coverage: Scores
    document: Scores
    combined: Scores


class Hybrid:
    """Passages of documents, searchable by words and by meaning.

    Args:
        texts: passages as they are indexed.
        documents: for each passage the number of its document, from 0; every passage is its own
            document where this is None.
        vectors: of the passages, ``[passages, dimension]``, or None to search lexically only.
        encoder: of the queries; that of the vectors.
        added: words the general dictionary lacks.
    """

    def __init__(
        self,
        texts: Sequence[str],
        documents: Sequence[int] | None = None,
        vectors: Vectors | None = None,
        encoder: Encoder | None = None,
        added: Iterable[str] = (),
    ) -> None:
        self._size = len(texts)
        self.words, self.pairs = Bm25(texts, Cutter(added)), Bm25(texts, pairs)
        self.documents: NDArray[np.int64] | None = None
        if documents is not None and self._size:
            self.documents = np.asarray(documents, np.int64)
            joined = [""] * (int(self.documents.max()) + 1)
            for place, text in zip(self.documents, texts, strict=True):
                joined[place] += text + "\n"
            self._whole = Bm25(joined, pairs)
        self._encoder = encoder if vectors is not None else None
        if vectors is not None and self._size:
            self._fit_vectors(vectors)

    def __len__(self) -> int:
        return self._size

    @property
    def semantic(self) -> bool:
        """Whether meaning is searched too."""
        return self._encoder is not None

    def _fit_vectors(self, vectors: Vectors) -> None:
        self._raw = vectors
        self._mean = vectors.mean(axis=0)
        self._centred = unit_rows(vectors - self._mean)
        self._hubs = _hubs(self._centred)
        self._index: VectorIndex | None = None
        if self._size > FLAT_UP_TO:
            self._index = make_index(vectors.shape[1], range(self._size), self._centred)

    def search(self, query: str) -> PassageScores:
        """Scores of every passage for a query."""
        words, two = self.words.scores(query), self.pairs.scores(query)
        lexical = _WORDS_SHARE * words + two
        part = self.pairs.coverage(query)
        whole = self._whole.coverage(query)[self.documents] if self.documents is not None else np.zeros_like(part)
        overlap = _OVERLAP * (part**_POWER + whole**_POWER)
        cosine, centred = self._dense(query)
        combined: Scores = (centred + overlap).astype(np.float32)
        return PassageScores(words, two, lexical, cosine, centred, part, whole, combined)

    def cosines(self, queries: Sequence[str]) -> list[Scores]:
        """Centred cosines of every passage to each query; zeros without an encoder."""
        if self._encoder is None or not self._size:
            return [np.zeros(self._size, np.float32) for _ in queries]
        return [self._near(vector)[1] for vector in self._encoder.encode_queries(queries)]

    def _dense(self, query: str) -> tuple[Scores, Scores]:
        if self._encoder is None or not self._size:
            nothing = np.zeros(self._size, np.float32)
            return nothing, nothing
        return self._near(self._encoder.encode_queries([query])[0])

    def _near(self, vector: Vectors) -> tuple[Scores, Scores]:
        moved = unit_rows((vector - _CENTRE * self._mean)[None])[0]
        if self._index is None:
            return _products(self._raw, vector), _products(self._centred, moved) - _HUB * self._hubs
        places, near = self._index.search(moved, _NEAREST)
        centred: Scores = np.full(self._size, near[-1] if len(near) else 0.0, np.float32)
        centred[places] = near
        cosine = np.full(self._size, -1.0, np.float32)
        cosine[places] = self._raw[places] @ vector
        return cosine, centred - _HUB * self._hubs


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
