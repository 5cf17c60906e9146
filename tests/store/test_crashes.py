"""Nothing is lost: killed at any moment, or two at once."""

from __future__ import annotations

import multiprocessing
import random
import threading
import time

import pytest

from policies.store import publishing
from policies.store.database import ConflictError
from policies.store.records import Incoming, SourceInfo
from policies.store.store import Store
from tests.store.entries import entry
from tests.store.writers import POLICIES, write_some, write_without_end

KILLS = 200
LONGEST = 0.08
"""Seconds a writer lives at most: opening, ingesting and publishing all lie within it."""


@pytest.fixture(scope="module")
def processes() -> multiprocessing.context.ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.store.writers", "sqlalchemy.dialects.sqlite", "psycopg"])
    return context


def state(store: Store) -> list[tuple[int, str]]:
    """Number and digest of every version; the newest is worked out anew."""
    with store.database.reading() as connection:
        versions = publishing.log(connection)
        if versions:
            lines = [line for _, line in publishing.lines_of(connection, versions[0].number)]
            assert publishing.digest_of(lines) == versions[0].digest
            assert len(lines) == versions[0].policies
    return [(one.number, one.digest) for one in reversed(versions)]


def test_kill_9_at_200_random_moments(place: str, processes: multiprocessing.context.ForkServerContext) -> None:
    chance = random.Random(5)
    before: list[tuple[int, str]] = []
    stops = []
    with Store(place) as store:
        store.add(SourceInfo("table", "table", "表"), [Incoming(str(n), entry(f"p{n}")) for n in range(POLICIES)])
        store.publish()
        for run in range(KILLS):
            writer = processes.Process(target=write_without_end, args=(place, run), daemon=True)
            writer.start()
            time.sleep(chance.random() * LONGEST)
            writer.kill()
            writer.join()
            assert writer.exitcode == -9
            after = state(store)
            assert after[: len(before)] == before
            stops.append(len(after) - len(before))
            before = after
        store.add(SourceInfo("table", "table", "表"), [Incoming("0", entry("p0", title="最后一稿"))])
        done = store.publish()
        assert done.number == before[-1][0] + 1
        assert store.catalogue().by_id["p0"].title.zh == "最后一稿"
        assert store.verify() == []
    assert len(set(stops)) > 1, "the kills all fell at the same stage"


def test_two_writers_lose_nothing(place: str, processes: multiprocessing.context.ForkServerContext) -> None:
    Store(place).close()
    writers = [processes.Process(target=write_some, args=(place, name, 8)) for name in ("a", "b")]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0, 0]
    with Store(place) as store:
        assert {policy.id for policy in store.catalogue()} == {f"{name}-{n}" for name in "ab" for n in range(8)}
        numbers = [one.number for one in store.log()]
        assert numbers == list(range(len(numbers), 0, -1))
        assert store.verify() == []


def test_a_writer_that_waits_too_long_is_told_and_changes_nothing(place: str) -> None:
    held, release = threading.Event(), threading.Event()

    def hold() -> None:
        with Store(place) as store, store.database.writing():
            held.set()
            release.wait(20)

    Store(place).close()
    holder = threading.Thread(target=hold)
    holder.start()
    try:
        assert held.wait(20)
        with Store(place, lock_seconds=0.3) as second:
            with pytest.raises(ConflictError, match="正由另一个程序写入"):
                second.add(SourceInfo("t", "table", "t"), [Incoming("1", entry("a"))])
            assert second.log() == []
    finally:
        release.set()
        holder.join()
    with Store(place) as store:
        assert store.publish().policies == 0


def test_two_editors_of_one_value(place: str) -> None:
    """Both read, both write: the second is told."""
    with Store(place, by="甲") as one, Store(place, by="乙") as other:
        one.add(SourceInfo("t", "table", "t"), [Incoming("1", entry("a"))])
        one.publish()
        seen = other.catalogue().by_id["a"].title.zh
        one.edit("a", "title", "甲的", expected=seen)
        with pytest.raises(ConflictError, match="甲"):
            other.edit("a", "title", "乙的", expected=seen)
        one.publish()
        assert other.catalogue().by_id["a"].title.zh == "甲的"
