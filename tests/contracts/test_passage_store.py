"""One contract for both places in which the vectors of a catalogue are kept: a folder and PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from models.encode.adapter import Adapter
from models.encode.contract import Vectors
from models.encode.tuning import tuned
from models.index import VectorIndexError
from models.meaning import MeaningSpace
from models.postgres import PostgresStore
from models.store import FolderStore, PassageStore
from tests.postgresql import fresh_database
from tests.tiny_encoder import TinyEncoder

TEXTS = [f"第{i}项补贴，最高{i}万元，由{'甲乙丙丁'[i % 4]}部门受理" for i in range(70)]
KEYS = [f"key-{i}" for i in range(70)]


class CountingEncoder(TinyEncoder):
    """Counts the passages it had to encode."""

    made = 0

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        self.made += len(texts)
        return super().encode_passages(texts)


Opener = Callable[[], PassageStore]


@pytest.fixture
def opener_at(tmp_path: Path) -> Iterator[Callable[[str], Opener]]:
    """Gives, for an address (empty: a folder), what opens the same place again and again, as one server after the other."""
    opened: list[PassageStore] = []

    def opener(url: str) -> Opener:
        def open_again() -> PassageStore:
            opened.append(PostgresStore(url) if url else FolderStore(tmp_path, "catalogue"))
            return opened[-1]

        return open_again

    yield opener
    for store in opened:
        store.close()


@pytest.fixture
def in_postgres(opener_at: Callable[[str], Opener], postgres: str) -> Opener:
    pytest.importorskip("pgvector")
    return opener_at(fresh_database(postgres))


@pytest.fixture(params=["folder", "postgresql"])
def opener(request: pytest.FixtureRequest, opener_at: Callable[[str], Opener]) -> Opener:
    return opener_at("") if request.param == "folder" else request.getfixturevalue("in_postgres")


def test_what_is_kept_is_not_encoded_again(opener: Opener) -> None:
    encoder = CountingEncoder()
    first = opener().vectors("v1", encoder, KEYS, TEXTS)
    assert np.array_equal(first, TinyEncoder().encode_passages(TEXTS))
    assert np.array_equal(opener().vectors("v1", encoder, KEYS, TEXTS), first)
    assert encoder.made == 70


def test_a_new_version_encodes_what_is_new_and_finds_nothing_removed(opener: Opener) -> None:
    encoder = CountingEncoder()
    opener().vectors("v1", encoder, KEYS, TEXTS)
    keys, texts = [*KEYS[5:], "key-new"], [*TEXTS[5:], "新增的一条"]
    found = opener().vectors("v2", encoder, keys, texts)
    assert encoder.made == 71
    assert np.array_equal(found, TinyEncoder().encode_passages(texts))


def test_another_encoder_has_vectors_of_its_own(opener: Opener) -> None:
    opener().vectors("v1", CountingEncoder(), KEYS, TEXTS)
    other = CountingEncoder("other")
    opener().vectors("v1", other, KEYS, TEXTS)
    assert other.made == 70


def test_an_adapter_is_made_once_for_its_key(opener: Opener) -> None:
    encoder = TinyEncoder()
    vectors = opener().vectors("v1", encoder, KEYS, TEXTS)
    made = 0

    def make() -> Adapter:
        nonlocal made
        made += 1
        return tuned(encoder, None, TEXTS, vectors)

    first, again = (opener().adapter("a" * 64, encoder, make) for _ in range(2))
    assert first.digest == again.digest
    assert made == 1
    opener().adapter("b" * 64, encoder, make)
    assert made == 2


def test_its_index_finds_the_passages(opener: Opener) -> None:
    encoder = TinyEncoder()
    vectors = opener().vectors("v1", encoder, KEYS, TEXTS)
    for _ in range(2):  # the second time it is there already
        index = opener().index(vectors)
        assert len(index) == len(TEXTS)
        assert index.search(vectors[33], 1)[0][0] == 33


def test_a_stop_loses_one_batch(in_postgres: Opener) -> None:
    class Stopped(CountingEncoder):
        def encode_passages(self, texts: Sequence[str]) -> Vectors:
            if self.made >= 32:
                raise KeyboardInterrupt
            return super().encode_passages(texts)

    with pytest.raises(KeyboardInterrupt):
        in_postgres().vectors("v1", Stopped(), KEYS, TEXTS)
    after = CountingEncoder()
    assert np.array_equal(in_postgres().vectors("v1", after, KEYS, TEXTS), TinyEncoder().encode_passages(TEXTS))
    assert after.made == 70 - 32


def test_what_nobody_used_for_long_is_forgotten(in_postgres: Opener) -> None:
    store, encoder = in_postgres(), CountingEncoder()
    assert isinstance(store, PostgresStore)
    store.vectors("v1", encoder, KEYS, TEXTS)
    old = store.index(encoder.encode_passages(TEXTS[:3]))
    assert len(old) == 3
    with store.database.transaction() as connection:
        for table in ("search_vectors", "search_indexes"):
            connection.execute(f"UPDATE {table} SET used = current_date - 91")
    store.vectors("v2", encoder, KEYS[:5], TEXTS[:5])  # these five are in use again
    store.index(encoder.encode_passages(TEXTS[3:9]))
    with store.database.transaction() as connection:
        assert connection.execute("SELECT count(*) FROM search_vectors").fetchone()[0] == 5
        assert connection.execute("SELECT count(*) FROM search_indexes").fetchone()[0] == 1
    with pytest.raises(VectorIndexError):
        len(old)


def test_a_database_that_goes_away_makes_search_slower_not_wrong(in_postgres: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.meaning.FLAT_UP_TO", 10)
    store, encoder = in_postgres(), TinyEncoder()
    assert isinstance(store, PostgresStore)
    space = MeaningSpace(encoder.encode_passages(TEXTS), encoder, store.index)
    before = space.search(TEXTS[8])[1]
    monkeypatch.setattr(store.database, "transaction", _away)
    after = space.search(TEXTS[8])[1]
    assert before.argmax() == after.argmax() == 8


def test_a_wrong_address_is_told() -> None:
    pytest.importorskip("pgvector")
    with pytest.raises(VectorIndexError, match="cannot be used"):
        PostgresStore("postgresql://nobody@127.0.0.1:1/none")


def _away() -> None:
    raise VectorIndexError("数据库中的向量无法使用：断开 / the vectors in the database cannot be used")
