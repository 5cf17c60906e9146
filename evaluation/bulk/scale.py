"""From Parquet files to counts: one process beside two Dask workers, and the memory that a run takes."""

from __future__ import annotations

import datetime as dt
import resource
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from evaluation.bulk.generator import generate_policies, generate_profiles
from evaluation.bulk.run import SEED
from matcher.bulk.dask_engine import on_dask
from matcher.bulk.results import Wanted
from matcher.bulk.run import Done, Execute, Job, locally, run
from policies.catalogue import Catalogue
from policies.vocabulary import Vocabulary

_GROUP = 100_000


def evaluate_scale(policies: int, profiles: int, as_of: dt.date, vocabulary: Vocabulary) -> dict[str, Any]:
    """Counts of generated profiles from a Parquet file; every engine once to warm up, then the best of three.

    Returns:
        ``dask_speed_up`` (wall time of one process over that of two workers), ``possible_speed_up`` (that
        of busy loops on the same two workers, which other work on the machine lowers), the seconds, whether the
        result files are the same byte for byte, and the memory one process took on top.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        catalogue, file = folder / "generated.jsonl", folder / "profiles.parquet"
        catalogue.write_text(Catalogue(tuple(generate_policies(policies, SEED, vocabulary))).to_jsonl(), encoding="utf-8")
        _write_profiles(file, profiles, as_of, vocabulary)
        from distributed import LocalCluster

        cluster = stack.enter_context(LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None))
        engines: dict[str, Execute] = {"one_process": locally, "dask": on_dask(cluster.scheduler_address)}
        seconds: dict[str, float] = {}
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        grown = 0
        for name, engine in engines.items():
            walls = []
            for attempt in range(4):
                job = Job(folder / f"{name}-{attempt}", as_of, str(catalogue), Wanted("counts"))
                start = time.perf_counter()
                run(job, [file], engine, _quiet)
                walls.append(time.perf_counter() - start)
            seconds[name] = round(min(walls[1:]), 3)
            grown = grown or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        possible = _possible_speed_up(cluster)
        results = [sorted((folder / f"{name}-0" / "results").iterdir()) for name in engines]
        same = [one.read_bytes() for one in results[0]] == [one.read_bytes() for one in results[1]]
    return {
        "dask_speed_up": round(seconds["one_process"] / seconds["dask"], 2),
        "possible_speed_up": possible,
        "seconds": seconds,
        "same_bytes": same,
        "memory_on_top_mb": round(grown / 1024, 1),
        "profiles": profiles,
        "policies": policies,
    }


def _possible_speed_up(cluster: Any) -> float:  # noqa: ANN401 - distributed is optional
    """What two workers reach on this machine at this moment with work that shares nothing."""
    from distributed import Client

    with Client(cluster) as client:
        walls = []
        for tasks in (1, 2):
            start = time.perf_counter()
            client.gather(client.map(_busy, range(tasks), pure=False))
            walls.append(time.perf_counter() - start)
    return round(2 * walls[0] / walls[1], 2)


def _busy(seed: int) -> int:
    found = seed
    for number in range(8_000_000):
        found += number * number % 7
    return found


def _quiet(done: Done | None, finished: int, total: int) -> None:
    """No progress line."""


def _write_profiles(path: Path, profiles: int, as_of: dt.date, vocabulary: Vocabulary) -> None:
    import pyarrow.parquet as pq

    writer = None
    for start in range(0, profiles, _GROUP):
        batch = generate_profiles(min(_GROUP, profiles - start), SEED + start, vocabulary, as_of)
        writer = writer or pq.ParquetWriter(path, batch.schema)
        writer.write_batch(batch)
    if writer is not None:
        writer.close()
