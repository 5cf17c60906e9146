"""What the writing processes of the tests do; they are started by name in processes of their own."""

from __future__ import annotations

import random

from policies.store.records import Incoming, Received, SourceInfo
from policies.store.store import Store
from tests.store.entries import entry

POLICIES = 12


def write_without_end(place: str, seed: int) -> None:
    """Ingest changed tables and publish them until the process is killed."""
    chance = random.Random(seed)
    with Store(place) as store:
        while True:
            rows = [
                Incoming(str(n), entry(f"p{n}", summary=f"第{chance.randrange(10**6)}稿"))
                for n in range(POLICIES)
                if chance.random() < 0.8
            ]
            body = str(chance.random()).encode()
            store.add(SourceInfo("table", "table", "表"), rows, Received("t.csv", body, "1"))
            store.publish()


def write_some(place: str, name: str, times: int) -> None:
    """Add one record at a time under a name, publishing each."""
    with Store(place) as store:
        for number in range(times):
            source = SourceInfo(f"{name}{number}", "table", name)
            store.add(source, [Incoming("1", entry(f"{name}-{number}"))])
            store.publish()
