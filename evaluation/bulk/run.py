"""``policymatch evaluate bulk``: the kernel and its peers in one run, as ratios.

Each time is the best of several runs over warm buffers. Ratios compare processor time of all threads
for one policy-profile pair, which is throughput on equal cores and bears other work on the machine.
"""

from __future__ import annotations

import datetime as dt
import os
import platform
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from evaluation.bulk.generator import generate_policies, generate_profiles
from evaluation.bulk.peers import PeerResult, Timing, run_datalogic, run_duckdb, run_memcpy, timed
from evaluation.bulk.plain import PlainData
from matcher.profile import Profile, profile_from_json
from matcher.program import BACKENDS, Counts, Planes, Program, compile_program
from policies.vocabulary import Vocabulary

SEED = 20261123


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is measured: the first two are the size in full, the others what slow peers get of it."""

    policies: int = 1_000
    profiles: int = 1_000_000
    many_policies: int = 10_000
    duckdb_policies: int = 100
    datalogic_policies: int = 20
    datalogic_profiles: int = 2_000
    repeats: int = 5
    singles: int = 300


def evaluate_bulk(sizes: Sizes, as_of: dt.date, vocabulary: Vocabulary, say: Callable[[str], None]) -> dict[str, Any]:
    """Measure everything; ``say`` gets a line before each part.

    Returns:
        ``ratio_to_polars`` and so on, each by back end; ``counts_equal`` by peer; ``machine``.
    """
    say(f"generating {sizes.profiles:,} profiles and {sizes.policies:,} policies, seed {SEED}")
    batch = generate_profiles(sizes.profiles, SEED, vocabulary, as_of)
    policies = generate_policies(sizes.policies, SEED, vocabulary)
    program = compile_program(policies, as_of, vocabulary)
    pairs = sizes.profiles * sizes.policies
    say("kernel")
    counts = Counts()
    program.match_batch(batch, counts)
    ours = {name: timed(_match(program, batch, Counts, name), sizes.repeats) for name in BACKENDS}
    written, result_bytes = _planes(program, batch, sizes.repeats)
    say("one copy of the bytes read and written")
    read = sum(batch.column(name).nbytes for name in program.fields if name in batch.schema.names)
    copies = {"counts": run_memcpy(read, sizes.repeats), "planes": run_memcpy(read + result_bytes, sizes.repeats)}
    data = PlainData(batch, policies, as_of, vocabulary)
    peers, equal = _peers(sizes, data, batch, counts, say)

    def ratios(peer: PeerResult) -> dict[str, float]:
        return {name: round(peer.cpu_per_pair * pairs / timing.cpu, 1) for name, timing in ours.items()}

    found: dict[str, Any] = {f"ratio_to_{name}": ratios(peer) for name, peer in peers.items()}
    found["times_memcpy"] = {
        "counts": {name: round(timing.cpu / copies["counts"].cpu, 2) for name, timing in ours.items()},
        "planes": {name: round(timing.cpu / copies["planes"].cpu, 2) for name, timing in written.items()},
    }
    found["counts_equal"] = equal
    found["seconds"] = {name: _seconds(timing) for name, timing in ours.items()} | {
        name: {"cpu": round(peer.cpu_per_pair * pairs, 3), "wall": round(peer.wall_per_pair * pairs, 3)}
        for name, peer in peers.items()
    }
    del data
    many = generate_policies(sizes.many_policies, SEED + 1, vocabulary)
    say(f"{sizes.many_policies:,} policies: counts, then one profile")
    large = compile_program(many, as_of, vocabulary)
    large.match_batch(batch.slice(0, 100_000), Counts())
    found["many_policies"] = {name: _seconds(timed(_match(large, batch, Counts, name), 2)) for name in BACKENDS}
    found["one_profile_ms"] = {name: _singles(large, sizes.singles, as_of, vocabulary, name) for name in BACKENDS}
    found["sizes"] = {name: getattr(sizes, name) for name in Sizes.__slots__}
    found["machine"] = {"processor": _processor(), "cores": os.cpu_count(), "python": platform.python_version()}
    return found


def _planes(program: Program, batch: Any, repeats: int) -> tuple[dict[str, Timing], int]:  # noqa: ANN401 - pyarrow
    """Times with both planes of every policy written out, and how many bytes those are."""
    planes = Planes()

    def work(name: str) -> Callable[[], None]:
        return lambda: program.match_batch(batch, planes, backend=name)

    return {name: timed(work(name), repeats) for name in BACKENDS}, planes.result.nbytes


def _match(program: Program, batch: Any, sink: type[Counts], name: str) -> Callable[[], None]:  # noqa: ANN401 - pyarrow
    return lambda: program.match_batch(batch, sink(), backend=name)


def _peers(
    sizes: Sizes,
    data: PlainData,
    batch: Any,  # noqa: ANN401 - pyarrow
    counts: Counts,
    say: Callable[[str], None],
) -> tuple[dict[str, PeerResult], dict[str, bool]]:
    from evaluation.bulk.peer_polars import run_polars

    peers: dict[str, PeerResult] = {}
    say("Polars on the same record batch")
    peers["polars"] = run_polars(data, batch, 2)
    say("Polars on prepared columns")
    peers["polars_prepared"] = run_polars(data, None, 3)
    say(f"DuckDB, {sizes.duckdb_policies} policies on prepared columns")
    peers["duckdb"] = run_duckdb(data, min(sizes.duckdb_policies, sizes.policies), 1)
    say("datalogic-py")
    peers["datalogic"] = run_datalogic(data, sizes.datalogic_policies, sizes.datalogic_profiles, 3)
    known = counts.result[:, :2]
    found = {name: peer.counts for name, peer in peers.items() if peer.counts is not None}
    return peers, {name: bool(np.array_equal(known[: len(theirs)], theirs)) for name, theirs in found.items()}


def _seconds(timing: Timing) -> dict[str, float]:
    return {"cpu": round(timing.cpu, 4), "wall": round(timing.wall, 4)}


def _singles(program: Program, count: int, as_of: dt.date, vocabulary: Vocabulary, name: str) -> dict[str, float]:
    """Processor time of one profile against all policies, and with 50 findings."""
    profiles = _profiles(count, as_of, vocabulary)
    for profile in profiles[:20]:
        program.match_one(profile, backend=name)
    alone, with_findings = [], []
    for profile in profiles:
        start = time.thread_time()
        matches = program.match_one(profile, backend=name)
        alone.append((time.thread_time() - start) * 1000)
        best = np.argsort(-matches.truths.astype(np.int8), kind="stable")[:50]
        start = time.thread_time()
        matches = program.match_one(profile, backend=name)
        for policy in best:
            matches.finding(int(policy))
        with_findings.append((time.thread_time() - start) * 1000)
    return {
        "p50": round(statistics.median(alone), 3),
        "p99": round(float(np.quantile(alone, 0.99)), 3),
        "with_50_findings_p50": round(statistics.median(with_findings), 3),
        "with_50_findings_p99": round(float(np.quantile(with_findings, 0.99)), 3),
    }


def _profiles(count: int, as_of: dt.date, vocabulary: Vocabulary) -> list[Profile]:
    rows = generate_profiles(count, SEED + 2, vocabulary, as_of).drop_columns(["profile_id"]).to_pylist()
    typed = [{k: v.isoformat() if isinstance(v, dt.date) else v for k, v in row.items() if v is not None} for row in rows]
    return [profile_from_json(row, vocabulary, as_of) for row in typed]


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:  # noqa: PTH123 - a virtual file
            names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
        return names[0] if names else platform.processor()
    except OSError:
        return platform.processor()
