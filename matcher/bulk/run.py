"""A bulk run: units of work, each a pure function to its own files, so that it can stop and go on anywhere.

The output folder holds ``run.json`` (what was asked), ``results/part-*``, ``errors/part-*.csv`` and
``done/part-*.json`` (written last, so that a unit is done or not), and at the end ``errors.csv`` and, put
together from all parts, ``counts.parquet`` or ``samples.jsonl``.
"""

from __future__ import annotations

import csv
import datetime as dt
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np

from matcher.bulk.files import Unit, headers, plan, read
from matcher.bulk.headers import InputError
from matcher.bulk.results import NAMING, Wanted, open_result
from matcher.bulk.rows import BadRow, clean
from matcher.bulk.samples import merge_samples
from matcher.program import Program, compile_program
from policies.catalogue import Catalogue
from policies.store import open_catalogue
from policies.vocabulary import vocabulary

ENGINES: Final = ("local", "dask")


@dataclass(frozen=True, slots=True)
class Job:
    """What a run does; small and without open files, for it travels to every worker.

    Attributes:
        catalogue: a JSON Lines file, a database or its URL; the starter catalogue if None.
        wanted: what to write.
        columns: header -> field, added to the names of the vocabulary.
    """

    out: Path
    as_of: dt.date
    catalogue: str | None = None
    wanted: Wanted = field(default_factory=Wanted)
    columns: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a unit."""

    name: str
    rows: int
    bad: int


Execute = Callable[[Job, Sequence[Unit]], Iterable[Done]]


def run(job: Job, paths: Sequence[Path], execute: Execute, progress: Callable[[Done | None, int, int], None]) -> list[Done]:
    """Match all files; units done by an earlier run of the same job are kept.

    Args:
        job: what to do.
        paths: the files.
        execute: does the units in any order, such as :func:`locally`.
        progress: called with each unit done (None at first), the rows done so far and all rows.

    Returns:
        All units, those of earlier runs included, in order.

    Raises:
        InputError: a file cannot be used, or the folder holds the results of another job.
        CatalogueError, CompileError: the catalogue cannot be used.
    """
    units = plan(paths)
    for path in paths:
        headers(path, vocabulary(), dict(job.columns))
    catalogue, _ = _program(job.catalogue, job.as_of)
    _claim(job, paths, catalogue)
    finished = {done.name: done for done in _finished(job.out)}
    waiting = [unit for unit in units if unit.name not in finished]
    rows, total = sum(one.rows for one in finished.values()), sum(unit.rows for unit in units)
    progress(None, rows, total)
    for done in execute(job, waiting):
        finished[done.name] = done
        rows += done.rows
        progress(done, rows, total)
    _gather(job, units)
    return [finished[unit.name] for unit in units]


def locally(job: Job, units: Sequence[Unit]) -> Iterator[Done]:
    """One unit after another in this process."""
    for unit in units:
        yield process(job, unit)


def process(job: Job, unit: Unit) -> Done:
    """Do one unit; doing it again gives the same bytes.

    Raises:
        InputError, ColumnError: the file cannot be used.
    """
    _, program = _program(job.catalogue, job.as_of)
    words = vocabulary()
    found = headers(unit.path, words, dict(job.columns))
    fields = {name: header for name, header in found.fields.items() if name in program.fields}
    columns = list(dict.fromkeys([*fields.values(), *([found.id_column] if found.id_column else [])]))
    columns = columns or list(found.fields.values())[:1]
    result, errors, done = (job.out / folder / unit.name for folder in ("results", "errors", "done"))
    temporary = result.with_suffix(f".{os.getpid()}.tmp")
    writer = open_result(job.wanted, program, temporary, unit.file)
    bad: list[BadRow] = []
    rows = 0
    named = job.wanted.sink in NAMING
    for some in read(unit, columns):
        ready = clean(some.batch, fields, found.id_column, some.numbers, job.as_of, words, named=named)
        writer.add(ready)
        bad += (*some.broken, *ready.bad)
        rows += some.batch.num_rows + len(some.broken)
    writer.close()
    _write_errors(errors.with_suffix(".csv"), unit.path.name, sorted(bad, key=lambda one: one.row))
    temporary.replace(result.with_suffix(job.wanted.suffix))
    outcome = Done(unit.name, rows, len({one.row for one in bad}))
    _replace(done.with_suffix(".json"), json.dumps(asdict(outcome)))
    return outcome


@lru_cache(maxsize=2)
def _program(place: str | None, as_of: dt.date) -> tuple[Catalogue, Program]:
    catalogue = open_catalogue(place)
    return catalogue, compile_program(catalogue.policies, as_of, vocabulary())


def _claim(job: Job, paths: Sequence[Path], catalogue: Catalogue) -> None:
    """Make the folders, or check that they belong to the same job."""
    asked: Mapping[str, object] = {
        "catalogue_version": catalogue.version,
        "as_of": job.as_of.isoformat(),
        "sink": job.wanted.sink,
        "verdicts": list(job.wanted.verdicts),
        "samples": job.wanted.samples,
        "columns": [list(pair) for pair in job.columns],
        "files": [[str(path), path.stat().st_size, path.stat().st_mtime_ns] for path in paths],
    }
    record = job.out / "run.json"
    for folder in ("results", "errors", "done"):
        (job.out / folder).mkdir(parents=True, exist_ok=True)
    if record.exists():
        before = json.loads(record.read_text(encoding="utf-8"))
        changed = [name for name, value in asked.items() if before.get(name) != value]
        if changed:
            names = ", ".join(changed)
            raise InputError(
                f"{job.out} 里是另一次运行的结果（不同之处：{names}），请换一个文件夹",
                f"{job.out} holds another run (different {names}); name a new folder",
            )
    else:
        _replace(record, json.dumps(asked, ensure_ascii=False, indent=2))


def _finished(out: Path) -> Iterator[Done]:
    for path in (out / "done").glob("part-*.json"):
        yield Done(**json.loads(path.read_text(encoding="utf-8")))


def _replace(path: Path, text: str) -> None:
    temporary = path.with_suffix(f".{os.getpid()}.tmp")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)


def _write_errors(path: Path, file: str, bad: Iterable[BadRow]) -> None:
    temporary = path.with_suffix(f".{os.getpid()}.tmp")
    with temporary.open("w", encoding="utf-8", newline="") as target:
        csv.writer(target).writerows((file, one.row, one.column, one.value, f"{one.reason.zh} / {one.reason.en}") for one in bad)
    temporary.replace(path)


def _gather(job: Job, units: Sequence[Unit]) -> None:
    """Put the parts together that people read whole, and remove what killed workers left."""
    for left in job.out.glob("*/*.tmp"):
        left.unlink()
    temporary = job.out / "errors.tmp"
    with temporary.open("w", encoding="utf-8-sig", newline="") as target:
        csv.writer(target).writerow(("file", "row", "column", "value", "reason"))
        for unit in units:
            target.write((job.out / "errors" / f"{unit.name}.csv").read_text(encoding="utf-8"))
    temporary.replace(job.out / "errors.csv")
    parts = [job.out / "results" / f"{unit.name}{job.wanted.suffix}" for unit in units]
    if job.wanted.sink == "samples":
        merge_samples(parts, temporary, job.wanted.samples)
        temporary.replace(job.out / "samples.jsonl")
    if job.wanted.sink == "counts":
        import pyarrow as pa
        import pyarrow.parquet as pq

        tables = [pq.read_table(part) for part in parts]
        policies = _program(job.catalogue, job.as_of)[1].policy_ids
        total = {"policy_id": pa.array(policies, pa.string())}
        for name in ("eligible", "unknown", "not_eligible"):
            zero = np.zeros(len(policies), np.int64)
            total[name] = pa.array(sum((table.column(name).to_numpy() for table in tables), zero))
        pq.write_table(pa.table(total), job.out / "counts.parquet")
