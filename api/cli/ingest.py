"""``policymatch ingest``: documents into the review queue, departments' tables into the catalogue."""

from __future__ import annotations

import datetime as dt
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from api.cli.messages import UserError, print_json, say
from api.cli.options import AsJson
from api.cli.stores import Place

if TYPE_CHECKING:
    from policies.ingest import Outcome
    from policies.queue import ReviewQueue

DEFAULT_QUEUE: Final = Path("policymatch-review.sqlite")

QueueFile = Annotated[Path, typer.Option("--queue", help="审核队列文件 / file of the review queue")]


def ingest(
    paths: Annotated[list[Path], typer.Argument(help="文件或文件夹 / files and folders")],
    queue: QueueFile = DEFAULT_QUEUE,
    jobs: Annotated[int, typer.Option("--jobs", min=1, max=64, help="并行进程数 / processes")] = 1,
    mapping: Annotated[
        Path | None,
        typer.Option(
            "--mapping", help="部门表格的映射文件，或自带映射的名称 / mapping of a department's table, or a shipped one"
        ),
    ] = None,
    catalogue: Place = None,
    publish: Annotated[bool, typer.Option("--publish/--no-publish", help="读表后发布 / publish after reading tables")] = True,
    as_json: AsJson = False,
) -> None:
    """读文件：文档进审核队列，有映射的部门表格进目录。 Documents into the review queue, tables with a mapping into the catalogue.

    One bad file never stops the rest.
    """
    if mapping is not None:
        from api.cli.ingest_tables import ingest_table, print_ingested

        print_ingested(ingest_table(mapping, paths, catalogue, publish=publish), as_json=as_json)
        return
    _documents(paths, queue, jobs, as_json=as_json)


def _documents(paths: list[Path], queue: Path, jobs: int, *, as_json: bool) -> None:
    from policies.ingest import files_in, read_all
    from policies.queue import QueueError, ReviewQueue

    missing = [path for path in paths if not path.exists()]
    if missing:
        raise UserError([f"{path}: 没有这个文件或文件夹 / no such file or folder" for path in missing], 2)
    files = list(files_in(paths))
    if not files:
        raise UserError(["没有可读的文件 / no readable file found"], 2)
    store = ReviewQueue(queue)
    began = time.perf_counter()
    rows: list[dict[str, Any]] = []
    try:
        with _progress(len(files)) as step:
            for outcome in read_all(files, lambda digest, path: store.knows(digest, place_of(path)), jobs):
                rows.append(_row(outcome, store))
                step()
    except QueueError as error:
        raise UserError([str(error)]) from error
    seconds = time.perf_counter() - began
    summary = _summary(rows, seconds, jobs)
    if as_json:
        print_json({"files": rows, "summary": summary, "queue": str(queue)})
    else:
        _print(rows, summary)
        _print_differences(rows, store)
    if summary["failed"]:
        raise typer.Exit(1)


def _progress(total: int) -> Any:  # noqa: ANN401 - a context manager around a rich progress bar
    from contextlib import contextmanager

    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    @contextmanager
    def shown() -> Any:  # noqa: ANN401
        columns = (TextColumn("读取 reading"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task("", total=total)
            yield lambda: bar.advance(task)

    return shown()


def place_of(path: Path) -> str:
    """By what a source is known again when it is read anew."""
    return str(path.resolve())


def _row(outcome: Outcome, store: ReviewQueue) -> dict[str, Any]:
    row: dict[str, Any] = {
        "file": str(outcome.path),
        "state": "read",
        "pages": outcome.pages,
        "seconds": round(outcome.seconds, 3),
    }
    if outcome.skipped:
        return row | {"state": "unchanged"}
    if outcome.error is not None:
        say(f"{outcome.path}: {outcome.error.zh} / {outcome.error.en}")
        return row | {"state": "failed", "error": {"zh": outcome.error.zh, "en": outcome.error.en}}
    report = store.add(outcome.found, dt.datetime.now(dt.UTC), place_of(outcome.path))
    return row | {
        "documents": len(outcome.found),
        "schemes": sum(len(found.schemes) for found in outcome.found),
        "commitments": sum(len(found.measures) for found in outcome.found),
        "modelled": sum(found.modelled for found in outcome.found),
        "declared": sum(found.declared for found in outcome.found),
        "issues": sum(len(found.warnings) for found in outcome.found),
        "drafts": len(report.new) + len(report.changed),
        "new": list(report.new),
        "changed": list(report.changed),
        "kept": list(report.unchanged),
        "vanished": list(report.vanished),
    }


_COUNTS: Final = ("documents", "schemes", "commitments", "modelled", "declared", "issues", "drafts", "pages")
_MOST_LISTED: Final = 50
"""Lines of differences printed; the rest stand in the queue."""
_COMPARED: Final = ("new", "changed", "kept", "vanished")


def _summary(rows: list[dict[str, Any]], seconds: float, jobs: int) -> dict[str, Any]:
    found: dict[str, Any] = {name: sum(row.get(name, 0) for row in rows) for name in _COUNTS}
    states = [row["state"] for row in rows]
    found |= {name: sum(len(row.get(name, ())) for row in rows) for name in _COMPARED}
    found |= {"files": len(rows), "failed": states.count("failed"), "unchanged": states.count("unchanged")}
    found["seconds"] = round(seconds, 2)
    found["pages_per_second_per_core"] = round(found["pages"] / seconds / jobs, 1) if seconds else None
    return found


def _print(rows: list[dict[str, Any]], summary: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(title="读取结果 What was read", title_justify="left")
    names = (
        "文件 file",
        "文档 docs",
        "事项 schemes",
        "承诺 commitments",
        "可核条件 modelled",
        "声明条件 declared",
        "问题 issues",
    )
    for column in names:
        table.add_column(column, justify="left" if column == names[0] else "right", overflow="fold")
    for row in rows[:200]:
        name = Path(row["file"]).name
        if row["state"] == "read":
            table.add_row(name, *(str(row[key]) for key in _COUNTS[:6]))
        else:
            table.add_row(name, "失败 failed" if row["state"] == "failed" else "未变 unchanged")
    console = Console()
    console.print(table)
    console.print(
        f"{summary['files']} files, {summary['failed']} failed, {summary['unchanged']} unchanged; {summary['schemes']} schemes, "
        f"{summary['modelled']} modelled and {summary['declared']} declared conditions; {summary['pages']} pages in "
        f"{summary['seconds']} s ({summary['pages_per_second_per_core']} pages per second per core)"
    )


def _print_differences(rows: list[dict[str, Any]], store: ReviewQueue) -> None:
    """What the sources that were read before now say differently; long lists are cut, ``review list`` has all."""
    words = {"changed": "变动 changed", "vanished": "不再出现 vanished"}
    found = [(row, name, identity) for row in rows for name in words for identity in row.get(name, ())]
    if not found and not any(row.get("kept") for row in rows):
        return
    counts = {name: sum(len(row.get(name, ())) for row in rows) for name in _COMPARED}
    typer.echo(
        f"与上次读取相比 / against the last reading: {counts['kept']} 未变 kept, {counts['changed']} 变动 changed, "
        f"{counts['new']} 新增 new, {counts['vanished']} 不再出现 vanished"
    )
    for row, name, identity in found[:_MOST_LISTED]:
        draft = store.draft(identity)
        beside = f" ← {draft.replaces} {store.draft(draft.replaces).state}" if draft.replaces and name == "changed" else ""
        count = f" {len(draft.changes)} 处" if name == "changed" else f" {draft.state}"
        typer.echo(f"  {words[name]}  {identity}{beside}{count}  {draft.name}  ({Path(row['file']).name})")
    if len(found) > _MOST_LISTED:
        typer.echo(f"  … 另有 {len(found) - _MOST_LISTED} 条，见 review list / more: see review list")
