"""One contract for all back ends of the vector index: numpy, faiss, pgvector."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator

import numpy as np
import pytest

import models.postgres
from models.index import ExactIndex, FaissIndex, VectorIndex, VectorIndexError, kind_for
from models.postgres import PgvectorIndex, VectorDatabase
from tests.postgresql import fresh_database

pytest.importorskip("faiss")
DIMENSION = 32
MAKERS: dict[str, Callable[[], VectorIndex]] = {
    "exact": lambda: ExactIndex(DIMENSION),
    "flat": lambda: FaissIndex(DIMENSION, kind="flat"),
    "hnsw": lambda: FaissIndex(DIMENSION, kind="hnsw"),
    "ivf": lambda: FaissIndex(DIMENSION, expected=16, kind="ivf"),
}


def rows(count: int, seed: int = 0) -> np.ndarray:
    found = np.random.default_rng(seed).normal(size=(count, DIMENSION)).astype(np.float32)
    return found / np.linalg.norm(found, axis=1, keepdims=True)


@pytest.fixture(scope="module")
def database(postgres: str) -> Iterator[VectorDatabase]:
    pytest.importorskip("pgvector")
    found = VectorDatabase(fresh_database(postgres))
    yield found
    found.close()


@pytest.fixture(params=[*MAKERS, "pgvector", "pgvector graph"])
def index(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> VectorIndex:
    made: VectorIndex
    if request.param in MAKERS:
        made = MAKERS[request.param]()
    else:
        monkeypatch.setattr(models.postgres, "FLAT_UP_TO", 500)
        expected = 600 if request.param == "pgvector graph" else 0
        made = PgvectorIndex(request.getfixturevalue("database"), uuid.uuid4().hex, DIMENSION, expected)
    made.add(range(100, 700), rows(600))
    return made


def test_a_vector_finds_itself(index: VectorIndex) -> None:
    for i in (0, 17, 599):
        ids, scores = index.search(rows(600)[i], 5)
        assert ids[0] == 100 + i
        assert scores[0] == pytest.approx(1.0, abs=0.02)
        assert list(scores) == sorted(scores, reverse=True)


def test_removed_ones_are_never_found(index: VectorIndex) -> None:
    index.remove([100, 101, 5])
    assert len(index) == 598
    ids, _ = index.search(rows(600)[0], 598)
    assert not {100, 101} & set(ids.tolist())


def test_added_ones_are_found(index: VectorIndex) -> None:
    new = rows(3, seed=9)
    index.add([7, 8, 9], new)
    assert len(index) == 603
    assert index.search(new[1], 1)[0][0] == 8


def test_a_removed_id_can_come_back(index: VectorIndex) -> None:
    index.remove([100])
    index.add([100], rows(1, seed=5))
    assert index.search(rows(1, seed=5)[0], 1)[0][0] == 100


def test_a_filter_is_kept(index: VectorIndex) -> None:
    allowed = np.array([120, 130, 140], np.int64)
    ids, _ = index.search(rows(600)[0], 10, allowed)
    assert set(ids.tolist()) <= set(allowed.tolist())
    assert index.search(rows(600)[0], 10, np.zeros(0, np.int64))[0].size == 0


def test_wrong_input_is_refused(index: VectorIndex) -> None:
    with pytest.raises(VectorIndexError, match="ids occur twice"):
        index.add([100], rows(1))
    with pytest.raises(VectorIndexError, match="wrong shape"):
        index.add([1], np.zeros((1, DIMENSION + 1), np.float32))


def test_exact_back_ends_agree(database: VectorDatabase) -> None:
    exact, flat, table = MAKERS["exact"](), MAKERS["flat"](), PgvectorIndex(database, uuid.uuid4().hex, DIMENSION)
    for one in (exact, flat, table):
        one.add(range(600), rows(600))
    allowed = np.arange(0, 600, 7)
    for query in rows(20, seed=3):
        wanted = exact.search(query, 10)
        for other in (flat, table):
            found = other.search(query, 10)
            assert wanted[0].tolist() == found[0].tolist()
            assert np.allclose(wanted[1], found[1], atol=1e-5)
            assert exact.search(query, 5, allowed)[0].tolist() == other.search(query, 5, allowed)[0].tolist()


def test_the_ladder() -> None:
    assert [kind_for(n) for n in (10, 50_000, 50_001, 1_000_001)] == ["flat", "flat", "hnsw", "ivf"]
