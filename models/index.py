"""Nearest vectors by inner product: exact by numpy, or faiss by the size of the collection.

These and pgvector (:mod:`models.postgres`) keep one contract (``tests/contracts/test_vector_index.py``): ids are the caller's,
vectors have length 1, an answer is ordered by score and then by id, and what was removed is never
found. A filter is an array of the ids allowed.

Ladder of faiss, measured on 384 dimensions and two cores: flat up to 50,000 vectors (2 ms for
10,000); HNSW with 32 links up to a million (recall@10 0.99 at ef 128 of 100,000, 1.2 ms); IVF with
8-bit vectors above that.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from models.encode.contract import Vectors

Ids = NDArray[np.int64]
FLAT_UP_TO: Final = 50_000
HNSW_UP_TO: Final = 1_000_000
LINKS, EF_BUILD, EF_SEARCH = 32, 100, 128
_PROBED_SHARE: Final = 0.06
INSTALL_HINT: Final = "pip install 'policymatch[search]'"


class VectorIndexError(Exception):
    """A vector index cannot be built, read or used; bilingual."""


class VectorIndex(Protocol):
    """Vectors under ids, and the nearest of them to a query."""

    kind: str

    def __len__(self) -> int:
        """Vectors that can be found."""

    def add(self, ids: Sequence[int], vectors: Vectors) -> None:
        """Add vectors under new ids.

        Raises:
            VectorIndexError: an id is there already, or the dimension is another.
        """

    def remove(self, ids: Sequence[int]) -> None:
        """Take vectors out; ids that are not there are passed over."""

    def search(self, query: Vectors, most: int, allowed: Ids | None = None) -> tuple[Ids, NDArray[np.float32]]:
        """The ``most`` nearest to one query ``[dimension]``: ids and inner products, best first."""


class ExactIndex:
    """Every inner product, by numpy: the reference, and the back end without faiss."""

    kind = "exact"

    def __init__(self, dimension: int) -> None:
        self.dimension = dimension
        self.ids: Ids = np.zeros(0, np.int64)
        self.vectors: Vectors = np.zeros((0, dimension), np.float32)

    def __len__(self) -> int:
        return len(self.ids)

    def add(self, ids: Sequence[int], vectors: Vectors) -> None:
        """Add vectors under new ids; see :class:`VectorIndex`."""
        new = checked(ids, vectors, self.dimension, set(self.ids.tolist()))
        self.ids = np.concatenate([self.ids, new])
        self.vectors = np.concatenate([self.vectors, vectors.astype(np.float32)])

    def remove(self, ids: Sequence[int]) -> None:
        """Take vectors out."""
        stay = ~np.isin(self.ids, np.asarray(ids, np.int64))
        self.ids, self.vectors = self.ids[stay], self.vectors[stay]

    def search(self, query: Vectors, most: int, allowed: Ids | None = None) -> tuple[Ids, NDArray[np.float32]]:
        """The nearest, exactly."""
        ids, vectors = self.ids, self.vectors
        if allowed is not None:
            inside = np.isin(ids, allowed)
            ids, vectors = ids[inside], vectors[inside]
        return best(ids, vectors @ query, most)


class FaissIndex:
    """Vectors in faiss: flat, HNSW or IVF by their number; removed ones are masked until a rebuild.

    Raises:
        VectorIndexError: faiss is missing.
    """

    def __init__(self, dimension: int, expected: int = 0, kind: str = "") -> None:
        self.dimension = dimension
        self.kind = kind or kind_for(expected)
        self._faiss: Any = _faiss()
        self._index: Any = _make(self._faiss, dimension, self.kind, expected)
        self._ids: Ids = np.zeros(0, np.int64)
        self._alive: NDArray[np.bool_] = np.zeros(0, np.bool_)

    def __len__(self) -> int:
        return int(self._alive.sum())

    def add(self, ids: Sequence[int], vectors: Vectors) -> None:
        """Add vectors under new ids; IVF is trained on the first ones added."""
        new = checked(ids, vectors, self.dimension, set(self._ids[self._alive].tolist()))
        if not len(new):
            return
        rows = np.ascontiguousarray(vectors, np.float32)
        if not self._index.is_trained:
            self._index.train(rows)
        self._index.add(rows)
        self._ids = np.concatenate([self._ids, new])
        self._alive = np.concatenate([self._alive, np.ones(len(new), np.bool_)])

    def remove(self, ids: Sequence[int]) -> None:
        """Mask vectors out."""
        self._alive &= ~np.isin(self._ids, np.asarray(ids, np.int64))

    def search(self, query: Vectors, most: int, allowed: Ids | None = None) -> tuple[Ids, NDArray[np.float32]]:
        """The nearest, exactly for flat and nearly so for the others."""
        usable = self._alive if allowed is None else self._alive & np.isin(self._ids, allowed)
        count = int(usable.sum())
        if not count or most < 1:
            return np.zeros(0, np.int64), np.zeros(0, np.float32)
        parameters = self._parameters(None if count == len(usable) else np.flatnonzero(usable))
        scores, places = self._index.search(query.reshape(1, -1).astype(np.float32), min(most, count), params=parameters)
        found = places[0] >= 0
        return best(self._ids[places[0][found]], scores[0][found], most)

    def _parameters(self, places: Ids | None) -> Any:  # noqa: ANN401 - a SearchParameters of faiss
        given: dict[str, Any] = {} if places is None else {"sel": self._faiss.IDSelectorBatch(places)}
        if self.kind == "hnsw":
            return self._faiss.SearchParametersHNSW(efSearch=EF_SEARCH, **given)
        if self.kind == "ivf":
            probes = max(8, int(self._index.nlist * _PROBED_SHARE))
            return self._faiss.SearchParametersIVF(nprobe=probes, **given)
        return self._faiss.SearchParameters(**given) if given else None


def kind_for(count: int) -> str:
    """The kind of faiss index for a number of vectors: ``flat``, ``hnsw`` or ``ivf``."""
    if count <= FLAT_UP_TO:
        return "flat"
    return "hnsw" if count <= HNSW_UP_TO else "ivf"


def index_of(vectors: Vectors) -> VectorIndex:
    """An index of these vectors under ids 0 … n-1: faiss by size where it is installed, else exact."""
    ids = range(len(vectors))
    try:
        made: VectorIndex = FaissIndex(vectors.shape[1], len(ids))
    except VectorIndexError:
        made = ExactIndex(vectors.shape[1])
    made.add(ids, vectors)
    return made


def save_vectors(path: Path, vectors: Vectors) -> None:
    """Write vectors as a plain ``.npy`` file, without pickles."""
    with path.open("wb") as file:
        np.save(file, vectors, allow_pickle=False)


def load_vectors(path: Path, rows: int, dimension: int) -> Vectors:
    """Read vectors ``[rows, dimension]``.

    Raises:
        VectorIndexError: unreadable, or of another shape.
    """
    try:
        found = np.load(path, allow_pickle=False)
    except (OSError, ValueError) as error:
        raise VectorIndexError(f"{path.name}: 向量文件无法读取 / the vectors cannot be read") from error
    if found.shape != (rows, dimension) or found.dtype != np.float32:
        raise VectorIndexError(f"{path.name}: 向量形状 {found.shape} 不对，应为 {(rows, dimension)} / wrong shape")
    return np.asarray(found, np.float32)


def checked(ids: Sequence[int], vectors: Vectors, dimension: int, known: set[int]) -> Ids:
    """New ids as an array, once they and their vectors are fit to be added.

    Raises:
        VectorIndexError: an id is known or occurs twice, or the shape is not ``[ids, dimension]``.
    """
    if vectors.ndim != 2 or vectors.shape != (len(ids), dimension):
        raise VectorIndexError(f"向量形状 {vectors.shape}，应为 {(len(ids), dimension)} / wrong shape of vectors")
    new = np.asarray(ids, np.int64)
    twice = known & set(new.tolist())
    if twice or len(set(new.tolist())) != len(new):
        raise VectorIndexError(f"编号重复：{sorted(twice)[:5]} / ids occur twice")
    return new


def best(ids: Ids, scores: NDArray[np.float32], most: int) -> tuple[Ids, NDArray[np.float32]]:
    """The ``most`` highest scores with their ids, by score and then by id."""
    if most < len(ids):
        near = np.argpartition(-scores, most - 1)
        near = np.flatnonzero(scores >= scores[near[most - 1]])  # ties at the edge are kept, then cut by id
        ids, scores = ids[near], scores[near]
    order = np.lexsort((ids, -scores))[:most]
    return ids[order], np.asarray(scores[order], np.float32)


def _faiss() -> Any:  # noqa: ANN401 - the module
    import warnings

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # its generated bindings warn on import
            import faiss
    except ImportError as error:
        raise VectorIndexError(f"缺少 faiss，请运行 {INSTALL_HINT} / faiss is missing: {INSTALL_HINT}") from error
    return faiss


def _make(faiss: Any, dimension: int, kind: str, expected: int) -> Any:  # noqa: ANN401 - module in, index out
    product = faiss.METRIC_INNER_PRODUCT
    if kind == "flat":
        return faiss.IndexFlatIP(dimension)
    if kind == "hnsw":
        made = faiss.IndexHNSWFlat(dimension, LINKS, product)
        made.hnsw.efConstruction = EF_BUILD
        return made
    lists = max(16, int(4 * np.sqrt(max(expected, 1))))
    return faiss.index_factory(dimension, f"IVF{lists},SQ8", product)
