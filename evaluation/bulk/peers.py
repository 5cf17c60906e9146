"""Other engines on the same question: for each policy how many profiles are eligible, and how many undecided."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evaluation.bulk.plain import Compare, Const, Expression, Holds, Junction, Negation, OneOf, PlainData


@dataclass(frozen=True, slots=True)
class Timing:
    """The best of several runs: seconds on the clock, and seconds of processor time of all threads."""

    wall: float
    cpu: float


@dataclass(frozen=True, slots=True)
class PeerResult:
    """What a peer took for ``pairs`` policy-profile pairs, and what it counted (policies x (eligible, unknown))."""

    timing: Timing
    pairs: int
    counts: NDArray[np.int64] | None = None

    @property
    def cpu_per_pair(self) -> float:
        """Processor seconds for one pair."""
        return self.timing.cpu / self.pairs

    @property
    def wall_per_pair(self) -> float:
        """Seconds on the clock for one pair."""
        return self.timing.wall / self.pairs


def timed(work: Callable[[], object], repeats: int) -> Timing:
    """Run ``work`` some times; the best wall and the best processor time (of all threads of this process)."""
    walls, cpus = [], []
    for _ in range(repeats):
        wall, cpu = time.perf_counter(), time.process_time()
        work()
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
    return Timing(min(walls), min(cpus))


def run_duckdb(data: PlainData, policies: int, repeats: int) -> PeerResult:
    """DuckDB: one SELECT with two counts for each of the first ``policies`` policies."""
    import duckdb

    names = {name: f"c{i}" for i, name in enumerate(data.columns)}
    table = data.arrow().rename_columns(list(names.values()))
    connection = duckdb.connect()
    connection.execute(f"SET threads = {os.cpu_count() or 1}")
    connection.register("arrow_profiles", table)
    connection.execute("CREATE TABLE profiles AS SELECT * FROM arrow_profiles")
    verdicts = ", ".join(f"({_sql(e, names)}) AS v{i}" for i, e in enumerate(data.expressions[:policies]))
    counts = ", ".join(f"count_if(v{i}), count(*) - count(v{i})" for i in range(policies))
    query = f"SELECT {counts} FROM (SELECT {verdicts} FROM profiles)"  # noqa: S608 - made of our own names
    found: list[Any] = []

    def work() -> None:
        found[:] = [connection.execute(query).fetchone()]

    timing = timed(work, repeats)
    return PeerResult(timing, table.num_rows * policies, np.array(found[0], np.int64).reshape(-1, 2))


def _sql(node: Expression, names: dict[str, str]) -> str:
    match node:
        case Compare(column, op, value):
            return f"{names[column]} {'=' if op == '==' else op} {value!r}"
        case OneOf(column, yes, unknown):
            listed = ", ".join(map(str, yes)) or "255"
            inside = f"{names[column]} IN ({listed})"
            unsure = ", ".join(map(str, unknown))
            return f"CASE WHEN {names[column]} IN ({unsure}) THEN NULL ELSE {inside} END" if unknown else inside
        case Holds(column):
            return names[column]
        case Const(value):
            return "NULL::BOOLEAN" if value is None else str(value)
        case Negation(child):
            return f"NOT ({_sql(child, names)})"
        case Junction(every, children):
            return (" AND " if every else " OR ").join(f"({_sql(child, names)})" for child in children)


def run_datalogic(data: PlainData, policies: int, profiles: int, repeats: int) -> PeerResult:
    """datalogic-py: its batch call, two-valued (which is less work), over profiles parsed beforehand."""
    import json

    from datalogic_py import DataHandle, Engine

    names = {name: f"c{i}" for i, name in enumerate(data.columns)}
    engine = Engine()
    rules = [engine.compile(_json_logic(expression, names)) for expression in data.expressions[:policies]]
    rows = [{names[key]: value for key, value in row.items()} for row in data.rows(profiles)]
    handles = [DataHandle(json.dumps(row)) for row in rows]
    session = engine.session()

    def work() -> None:
        for rule in rules:
            session.evaluate_batch(rule, handles)

    return PeerResult(timed(work, repeats), policies * profiles)


def _json_logic(node: Expression, names: dict[str, str]) -> object:
    match node:
        case Compare(column, op, value):
            return {op: [{"var": names[column]}, value]}
        case OneOf(column, yes, _):
            return {"in": [{"var": names[column]}, list(yes)]}
        case Holds(column):
            return {"var": names[column]}
        case Const(value):
            return bool(value)
        case Negation(child):
            return {"!": [_json_logic(child, names)]}
        case Junction(every, children):
            return {"and" if every else "or": [_json_logic(child, names) for child in children]}


def run_memcpy(size: int, repeats: int) -> Timing:
    """One copy of ``size`` bytes between warm buffers."""
    source, target = np.ones(size, np.uint8), np.zeros(size, np.uint8)
    return timed(lambda: np.copyto(target, source), repeats)
