"""How fast one recommendation is, in the process and from a cold start."""

from __future__ import annotations

import datetime as dt
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from matcher.profile import profile_from_json
from matcher.recommend import Recommender
from matcher.report import recommendations_json
from policies.catalogue import Catalogue
from policies.vocabulary import Vocabulary

SAMPLE = {
    "subject_type": "enterprise",
    "registered_region": "310110",
    "industry": "I65",
    "employees": 12,
    "founded_on": "2024-05-01",
    "certifications": ["科技型中小企业"],
    "annual_revenue": 3_000_000,
}
"""A small software firm: decides some schemes and leaves others open."""


def evaluate_speed(catalogue: Catalogue, vocabulary: Vocabulary, profile_file: Path, runs: int = 30) -> dict[str, Any]:
    """Time ``recommend`` over the whole catalogue and the start of the command.

    Args:
        catalogue: the policies to match.
        vocabulary: the vocabularies.
        profile_file: a profile for the command-line run.
        runs: how often the in-process step is timed, after two warm-up runs.

    Returns:
        Milliseconds: ``recommend`` (verdicts, missing fields, order) and ``report`` (with findings and sentences),
        each p50 and p99 of CPU time; ``help`` and ``command``, wall time of whole processes (median of 5).
    """
    as_of = dt.date(2026, 11, 23)
    profile = profile_from_json(SAMPLE, vocabulary, as_of)

    asked = Recommender(catalogue, as_of, vocabulary)

    def match() -> object:
        return asked.recommend(profile)

    def report() -> object:
        return recommendations_json(asked.recommend(profile), vocabulary)

    command = [sys.executable, "-m", "api.cli.main"]
    return {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        "policies": len(catalogue),
        "recommend_ms": _cpu(match, runs),
        "report_ms": _cpu(report, runs),
        "help_ms": _wall([*command, "--help"]),
        "command_ms": _wall([*command, "recommend", "--profile", str(profile_file), "--json"]),
    }


def _cpu(step: Callable[[], object], runs: int) -> dict[str, float]:
    step()
    step()
    times = []
    for _ in range(runs):
        began = time.process_time()
        step()
        times.append((time.process_time() - began) * 1000)
    times.sort()
    return {"p50": round(statistics.median(times), 2), "p99": round(times[min(len(times) - 1, int(len(times) * 0.99))], 2)}


def _wall(command: list[str], runs: int = 5) -> float:
    times = []
    for _ in range(runs):
        began = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own command
        times.append((time.perf_counter() - began) * 1000)
    return round(statistics.median(times), 1)
