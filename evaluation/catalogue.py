"""How the store holds up with many policies: rates, size on disk, load, as-of query, difference."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import resource
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from policies.catalogue import starter_catalogue
from policies.changes import policy_changes
from policies.codec import policy_from_json, policy_to_json
from policies.schema import Policy
from policies.store.records import Incoming, SourceInfo
from policies.store.store import Resolver, Store
from policies.vocabulary import Vocabulary

SOURCES = 10
"""Tables the synthetic policies come from."""

CHANGED = 100
"""One policy in so many is changed before the second version."""

_Found = TypeVar("_Found")


def synthetic_policies(vocabulary: Vocabulary) -> Iterator[Policy]:
    """Policies without end: the schemes of the starter catalogue as the districts of the country might have them.

    Titles carry the district's name, sums and years differ by district, so that texts, trees and
    dates are as long and as varied as real ones.
    """
    templates = [policy_to_json(policy) for policy in starter_catalogue()]
    districts = [region for region in vocabulary.regions if region.level == "district" and not region.successor]
    for turn, region in ((turn, region) for turn in itertools.count() for region in districts):
        for template in templates:
            data = json.loads(json.dumps(template))
            title = data["title"]["zh"].replace("上海市", "").replace("杨浦区", "").replace("上海", "").replace("杨浦", "")
            name = vocabulary.regions.name(region.code)
            data |= {
                "id": f"s{turn}-{region.code}-{data['id']}"[:100],
                "title": {"zh": f"{name}{title}" + (f"（第{turn + 1}批）" if turn else ""), "en": data["title"]["en"]},
                "level": "district",
                "region": region.code,
                "issuers": [f"{name}人民政府"],
                "document_no": f"{region.short}府规〔{2018 + int(region.code[-2:]) % 8}〕{int(region.code[2:4]) + 1}号",
                "relations": [],
                "exclusive_with": [],
            }
            for benefit in data.get("benefits", ()):
                for key in ("amount_yuan", "cap_yuan"):
                    if benefit.get(key):
                        benefit[key] = round(benefit[key] * (1 + int(region.code[-3:]) % 13 / 10))
            yield policy_from_json(data)


def evaluate_store(place: str, count: int, vocabulary: Vocabulary, resolver: Resolver | None) -> dict[str, Any]:
    """Fill a new store with ``count`` policies and time what is done with it.

    Args:
        place: a file that does not exist yet, or the URL of an empty database.
        count: policies.
        vocabulary: the vocabularies.
        resolver: compares the records; None leaves that out.

    Returns:
        Seconds of each step, policies per second, megabytes on disk, and the peak memory of the process so far.
    """
    day = dt.date(2026, 11, 23)
    report: dict[str, Any] = {"policies": count}
    timer = _Timer(report)
    with Store(place) as store:
        _ingest(store, count, vocabulary, timer)
        published = timer("publish", lambda: store.publish(resolver))
        report["published"] = published.policies
        report["rate_per_s"] = round(count / (report["ingest_s"] + report["publish_s"]))
        report["size_mb"] = _size(store)
        catalogue = timer("load", store.catalogue)
        found = timer("as_of", lambda: store.in_force(day))
        report["in_force"] = len(found)
        del catalogue
        _ingest(store, count, vocabulary, timer, every=CHANGED)
        second = timer("second_publish", lambda: store.publish(resolver))
        difference = timer("diff", lambda: policy_changes(store.changes(1, second.number), vocabulary))
        report["different"] = len(difference)
        timer("first_version_as_of", lambda: store.in_force(day, 1))
    report["peak_mb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    return report


def growth(small: dict[str, Any], large: dict[str, Any]) -> dict[str, float]:
    """Cost per policy (CPU time, size) of the larger store over that of the smaller: 1 is linear growth."""
    factor = large["policies"] / small["policies"]
    keys = ("ingest_cpu_s", "publish_cpu_s", "size_mb", "load_cpu_s", "as_of_cpu_s", "diff_cpu_s")
    return {key: round(large[key] / small[key] / factor, 2) for key in keys if small[key]}


def _ingest(store: Store, count: int, vocabulary: Vocabulary, timer: _Timer, every: int = 0) -> None:
    """Hand the policies in, one of ``every`` changed; making them is not timed."""
    made = itertools.islice(synthetic_policies(vocabulary), count)
    for number in range(SOURCES):
        part = list(itertools.islice(made, -(-count // SOURCES)))
        if every:
            part = [_changed(policy) if place % every == 0 else policy for place, policy in enumerate(part)]
        source = SourceInfo(f"source-{number}", "table", f"来源{number}", "district")
        incoming = [Incoming(policy.id, policy) for policy in part]
        timer("second_ingest" if every else "ingest", partial(store.add, source, incoming))


def _changed(policy: Policy) -> Policy:
    data = policy_to_json(policy)
    data["conditions"] = {"all": [data["conditions"], {"field": "age", "op": "<=", "value": 45, "basis": "general"}]}
    return policy_from_json(data)


def _size(store: Store) -> float:
    from sqlalchemy import text

    if not store.database.is_sqlite:
        with store.database.reading() as connection:
            found = connection.execute(text("SELECT pg_database_size(current_database())")).scalar()
        return round(int(found or 0) / 1e6, 1)
    path = Path(store.database.url.database or "")
    with store.database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    return round(path.stat().st_size / 1e6, 1)


class _Timer:
    """Calls a step and adds its wall time to ``NAME_s`` and its CPU time to ``NAME_cpu_s`` of a report."""

    def __init__(self, report: dict[str, Any]) -> None:
        self.report = report

    def __call__(self, name: str, step: Callable[[], _Found]) -> _Found:
        wall, cpu = time.perf_counter(), time.process_time()
        found = step()
        for key, spent in ((f"{name}_s", time.perf_counter() - wall), (f"{name}_cpu_s", time.process_time() - cpu)):
            self.report[key] = round(self.report.get(key, 0.0) + spent, 3)
        return found
