"""``policymatch bulk``: every profile of some files against every policy."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from api.cli.extras import require
from api.cli.messages import UserError, print_json, say
from api.cli.options import AsJson, AsOf, CatalogueFile

if TYPE_CHECKING:
    from matcher.bulk.run import Done, Execute

_VERDICTS: Final = {"eligible": 2, "unknown": 1, "not_eligible": 0}


class Engine(StrEnum):
    """Where the work is done."""

    local = "local"
    dask = "dask"


class Result(StrEnum):
    """What is written; those of ``matcher.bulk.results.SINKS``."""

    ids = "ids"
    one_away = "one-away"
    counts = "counts"
    planes = "planes"
    samples = "samples"


ProfileFiles = Annotated[
    list[Path], typer.Option("--profiles", help="档案：parquet、csv 或 Arrow，可多次给出 / profiles; may be repeated")
]
Columns = Annotated[
    list[str] | None,
    typer.Option("--column", metavar="HEADER=FIELD", help="指明某列是哪个字段（或 profile_id）/ which field a header is"),
]


def bulk(
    profiles: ProfileFiles,
    out: Annotated[Path, typer.Option("--out", help="结果文件夹；中断后用同一个文件夹继续 / results; same folder to go on")],
    sink: Annotated[
        Result,
        typer.Option("--sink", help="ids 名单，one-away 差一问，counts 人数，planes 位图，samples 样例 / what to write"),
    ] = Result.ids,
    verdicts: Annotated[
        str, typer.Option("--verdicts", help="ids 和 samples 写哪些结论，用逗号隔开 / for ids and samples, with commas")
    ] = "eligible,unknown",
    samples: Annotated[
        int, typer.Option("--samples", min=1, max=1_000, metavar="N", help="每项政策、每种结论几份样例 / per policy and verdict")
    ] = 3,
    as_of: AsOf = None,
    catalogue: CatalogueFile = None,
    column: Columns = None,
    engine: Annotated[Engine, typer.Option("--engine", help="本机单进程，或 Dask / this process, or Dask")] = Engine.local,
    scheduler: Annotated[
        str | None, typer.Option("--scheduler", metavar="tcp://HOST:PORT", help="已有的 Dask 集群 / a running Dask cluster")
    ] = None,
    workers: Annotated[int | None, typer.Option("--workers", min=1, help="本机 Dask 进程数 / Dask processes here")] = None,
    as_json: AsJson = False,
) -> None:
    """政策找人：全部档案对全部政策。 Match every profile of some files against every policy; exit 1 if rows are set aside."""
    require({"pyarrow": "bulk"} | ({"distributed": "dask"} if engine is Engine.dask else {}))
    from api.cli.inputs import read_day
    from api.cli.progress import progress
    from matcher.bulk.results import Wanted
    from matcher.bulk.run import Job, run

    wanted = Wanted(sink.value, read_verdicts(verdicts), samples)
    job = Job(out.resolve(), read_day(as_of), _from_anywhere(catalogue), wanted, read_columns(column))
    with input_errors(catalogue), progress() as report:
        paths = [path.resolve() for path in profiles]
        done = run(job, paths, _engine(engine, scheduler, workers), lambda _, rows, total: report(rows, total))
    _finish(out, sink, done, as_json=as_json)


def _from_anywhere(catalogue: str | None) -> str | None:
    """The place of a catalogue so that a worker in another folder finds it; a URL stays as it is."""
    if catalogue is None or "://" in catalogue:
        return catalogue
    return str(Path(catalogue).resolve())


def _finish(out: Path, sink: Result, done: list[Done], *, as_json: bool) -> None:
    rows, bad = sum(one.rows for one in done), sum(one.bad for one in done)
    whole = {Result.counts: out / "counts.parquet", Result.samples: out / "samples.jsonl"}.get(sink, out / "results")
    if as_json:
        names = {"out": str(out), "results": str(whole), "errors": str(out / "errors.csv")}
        print_json({"rows": rows, "bad_rows": bad, "parts": len(done), **names})
    else:
        typer.echo(f"{rows:,} 行，结果在 {whole} / {rows:,} rows, results in {whole}")
    if bad:
        say(f"{bad:,} 行有误，未参与匹配，原因见 {out / 'errors.csv'} / {bad:,} rows are set aside, with reasons")
        raise typer.Exit(1)


def read_verdicts(text: str) -> tuple[int, ...]:
    """The verdicts of ``--verdicts`` as truth values.

    Raises:
        UserError: exit code 2, no such verdict.
    """
    names = [name.strip() for name in text.split(",")]
    wrong = [name for name in names if name not in _VERDICTS]
    if wrong:
        known = ", ".join(_VERDICTS)
        raise UserError([f"--verdicts: 没有“{wrong[0]}”，可选 {known} / {wrong[0]!r} is not one of {known}"], 2)
    return tuple(dict.fromkeys(_VERDICTS[name] for name in names))


def read_columns(items: list[str] | None) -> tuple[tuple[str, str], ...]:
    """The pairs of ``--column HEADER=FIELD``.

    Raises:
        UserError: exit code 2, not of that form.
    """
    pairs = [(header, field) for header, _, field in (item.rpartition("=") for item in items or ())]
    for (header, field), item in zip(pairs, items or (), strict=True):
        if not header or not field:
            raise UserError([f"--column: 请写成 表头=字段，收到 {item} / write HEADER=FIELD, got {item}"], 2)
    return tuple(pairs)


@contextmanager
def input_errors(*catalogues: str | None) -> Iterator[None]:
    """Faults of the files given, in words."""
    from api.cli.inputs import wrong_catalogue
    from matcher.bulk.headers import InputError
    from matcher.program import ColumnError, CompileError
    from policies.catalogue import CatalogueError

    try:
        yield
    except CatalogueError as error:
        raise wrong_catalogue(catalogues[0] if catalogues else None, error) from error
    except CompileError as error:
        raise UserError(
            ["目录中的条件无法编译 / conditions cannot be compiled:", *(f"  {one}" for one in error.problems)]
        ) from error
    except InputError as error:
        raise UserError([f"{error.message.zh} / {error.message.en}"], 2) from error
    except ColumnError as error:
        raise UserError([f"{error.field}: {error.zh} / {error.problem}"], 2) from error
    except OSError as error:
        what = f"{error.filename}: {error.strerror}" if error.filename else str(error)  # without a file: the cluster
        raise UserError([f"无法读写或连接 / cannot be read, written or reached: {what}"], 2) from error


def _engine(name: Engine, scheduler: str | None, workers: int | None) -> Execute:
    if name is Engine.local:
        from matcher.bulk.run import locally

        return locally
    from matcher.bulk.dask_engine import on_dask

    return on_dask(scheduler, workers)
