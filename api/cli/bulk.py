"""``policymatch bulk``: every profile of some files against every policy."""

from __future__ import annotations

import datetime as dt
import json
import sys
import time
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from matcher.bulk.run import Done, Execute

_VERDICTS = {"eligible": 2, "unknown": 1, "not_eligible": 0}


def bulk(
    profiles: Annotated[list[Path], typer.Option(help="Profiles: parquet, csv or Arrow; may be repeated.")],
    out: Annotated[Path, typer.Option(help="Folder for results; run again with the same folder to go on after a stop.")],
    catalogue: Annotated[Path | None, typer.Option(help="Catalogue (JSON Lines); the starter catalogue if left out.")] = None,
    as_of: Annotated[str | None, typer.Option("--as-of", help="Day of the question, YYYY-MM-DD; today if left out.")] = None,
    sink: Annotated[str, typer.Option(help="ids (verdict and what is missing, per pair), counts or planes.")] = "ids",
    verdicts: Annotated[str, typer.Option(help="For ids: which verdicts to write, with commas.")] = "eligible,unknown",
    column: Annotated[
        list[str] | None, typer.Option(help="HEADER=FIELD for a header not known; FIELD may be profile_id.")
    ] = None,
    engine: Annotated[str, typer.Option(help="local or dask.")] = "local",
    scheduler: Annotated[str | None, typer.Option(help="Dask: tcp://HOST:PORT of a cluster; else one is started here.")] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Dask: worker processes of the cluster started here.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON value.")] = False,
) -> None:
    """Match every profile against every policy; exit 1 if rows had to be set aside."""
    _require("pyarrow", "bulk")
    from matcher.bulk.files import InputError
    from matcher.bulk.run import Job, run
    from matcher.program import ColumnError, CompileError
    from policies.catalogue import CatalogueError

    try:
        day = dt.date.fromisoformat(as_of) if as_of else dt.datetime.now(dt.UTC).astimezone().date()
        wanted = tuple(_VERDICTS[name.strip()] for name in verdicts.split(","))
        pairs = tuple((header, field) for header, _, field in (item.rpartition("=") for item in column or ()))
        job = Job(out.resolve(), day, catalogue.resolve() if catalogue else None, sink, wanted, pairs)
        done = run(job, [path.resolve() for path in profiles], _engine(engine, scheduler, workers), _Progress())
    except (InputError, ColumnError, CompileError, CatalogueError, ValueError, KeyError) as error:
        print(f"bulk: {error}", file=sys.stderr)
        raise typer.Exit(2) from error
    rows, bad = sum(one.rows for one in done), sum(one.bad for one in done)
    if as_json:
        print(json.dumps({"out": str(out), "rows": rows, "bad_rows": bad, "parts": len(done)}, ensure_ascii=False))
    else:
        print(f"{rows:,} rows, {bad:,} set aside (see {out / 'errors.csv'}); results in {out / 'results'}")
    if bad:
        raise typer.Exit(1)


def _require(module: str, extra: str) -> None:
    if not find_spec(module):
        print(f"this needs: pip install 'policymatch[{extra}]'", file=sys.stderr)
        raise typer.Exit(2)


def _engine(name: str, scheduler: str | None, workers: int | None) -> Execute:
    if name == "local":
        from matcher.bulk.run import locally

        return locally
    if name != "dask":
        raise ValueError(f"there is no engine {name!r}; take local or dask")
    _require("distributed", "dask")
    from matcher.bulk.dask_engine import on_dask

    return on_dask(scheduler, workers)


class _Progress:
    """One line on stderr, rewritten: parts, rows, rate and time left."""

    def __init__(self) -> None:
        self._start = time.monotonic()
        self._rows = 0
        self._first = 0

    def __call__(self, done: Done | None, finished: int, total: int) -> None:
        if done is None:
            self._first = finished
            if finished:
                print(f"{finished} of {total} parts were done before", file=sys.stderr)
            return
        self._rows += done.rows
        elapsed = max(time.monotonic() - self._start, 1e-9)
        left = elapsed / (finished - self._first) * (total - finished)
        text = f"{finished}/{total} parts  {self._rows:,} rows  {self._rows / elapsed:,.0f} rows/s  {left:,.0f} s left"
        end = "\r" if sys.stderr.isatty() and finished < total else "\n"
        print(f"{text:<78}", end=end, file=sys.stderr, flush=True)
