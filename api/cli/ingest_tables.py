"""``policymatch ingest --mapping`` and ``policymatch mapping``: departments' tables into the catalogue."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli.messages import UserError, print_json, say
from api.cli.options import AsJson
from api.cli.stores import opened, resolver

MAX_TABLE_BYTES = 200_000_000
"""Largest table read; a department's table takes some hundred kilobytes."""

app = typer.Typer(help="部门表格的映射。 Mappings of departments' tables.", no_args_is_help=True, rich_markup_mode=None)


def ingest_table(mapping: Path, tables: Sequence[Path], catalogue: str | None, *, publish: bool = True) -> dict[str, Any]:
    """Read departments' tables into the store; one that fails does not stop the rest.

    Args:
        mapping: the YAML file, or the name of one that comes with the program.
        tables: the files.
        catalogue: the store; made where it is missing.
        publish: make the next version afterwards.

    Returns:
        ``{"tables": [{file, source, unchanged, new, changed, same, issues, gone}], "failed": [{file, problem}],
        "published": {…} or None}``.

    Raises:
        UserError: the mapping is wrong, or the store refuses.
    """
    from api.cli.inputs import read_file
    from policies.mapped import map_table
    from policies.mapping import MappingError, load_mapping
    from policies.store.records import Incoming, Received, SourceInfo
    from policies.tables import TableError
    from policies.vocabulary import vocabulary

    words = vocabulary()
    try:
        chosen = load_mapping(mapping, words)
    except MappingError as error:
        raise UserError(
            [f"{mapping}: 映射有误 / the mapping is wrong", *(f"  {one}" for one in error.problems[:30])], 2
        ) from error
    done: list[dict[str, Any]] = []
    failed: list[dict[str, str]] = []
    with opened(catalogue, create=True) as store:
        for path in tables:
            try:
                body = read_file(path, MAX_TABLE_BYTES)
                found = map_table(body, chosen, words)
            except TableError as error:
                failed.append({"file": str(path), "problem": str(error)})
                continue
            except UserError as error:
                failed.append({"file": str(path), "problem": "; ".join(error.lines)})
                continue
            source = SourceInfo(chosen.name, "table", chosen.title, chosen.level)
            incoming = [Incoming(one.key, one.policy, one.raw, one.issues) for one in found.records]
            taken = store.add(source, incoming, Received(path.name, body, chosen.version), issues=found.issues)
            done.append({"file": str(path), "rows": found.rows, **taken.as_json()})
        version = store.publish(resolver()).as_json() if publish else None
    return {"tables": done, "failed": failed, "published": version}


def print_ingested(report: dict[str, Any], *, as_json: bool) -> None:
    """Print what :func:`ingest_table` returned; exit code 1 where a table failed."""
    if as_json:
        print_json(report)
    else:
        for one in report["tables"]:
            state = "未变 / unchanged" if one["unchanged"] else f"新 {one['new']}，改 {one['changed']}，同 {one['same']}"
            typer.echo(f"{one['file']}: {one['rows']} 行；{state}；问题 {one['issues']} / issues")
        if report["published"]:
            typer.echo(f"第 {report['published']['number']} 版，{report['published']['policies']} 条 / version, policies")
    for one in report["failed"]:
        say(f"{one['file']}: {one['problem']}")
    if report["failed"]:
        raise typer.Exit(1)


@app.command("list")
def list_mappings(as_json: AsJson = False) -> None:
    """自带的映射。 Mappings that come with the program."""
    from policies.mapping import mapping_from_text, shipped_mappings
    from policies.vocabulary import vocabulary

    found = [mapping_from_text(text, vocabulary(), name) for name, text in shipped_mappings().items()]
    if as_json:
        print_json([{"name": one.name, "title": one.title, "file": one.file} for one in found])
        return
    for one in found:
        typer.echo(f"{one.name:10} {one.file:14} {one.title}")


@app.command()
def check(
    mapping: Annotated[Path, typer.Argument(help="映射文件 / mapping file")],
    tables: Annotated[list[Path], typer.Argument(help="表格 / tables")],
    as_json: AsJson = False,
) -> None:
    """试读表格，不入库：读出什么、哪里读不懂。 Try a mapping on tables; nothing is stored."""
    from api.cli.inputs import read_file
    from policies.codec import policy_to_json
    from policies.mapped import map_table
    from policies.mapping import MappingError, load_mapping
    from policies.tables import TableError
    from policies.vocabulary import vocabulary

    records: list[Any] = []
    issues: list[str] = []
    try:
        chosen = load_mapping(mapping, vocabulary())
        for path in tables:
            found = map_table(read_file(path, MAX_TABLE_BYTES), chosen, vocabulary())
            records += [policy_to_json(one.policy) for one in found.records]
            issues += [i.message.zh for i in (*found.issues, *(i for one in found.records for i in one.issues))]
    except MappingError as error:
        raise UserError(
            [f"{mapping}: 映射有误 / the mapping is wrong", *(f"  {one}" for one in error.problems[:30])], 2
        ) from error
    except TableError as error:
        raise UserError([str(error)]) from error
    if as_json:
        print_json({"records": records, "issues": issues})
        return
    for one in records:
        title = one["title"] if isinstance(one["title"], str) else one["title"]["zh"]
        typer.echo(f"{one['id']}  {title}  {one['instrument']}  {len(one.get('benefits', []))} 项待遇")
    for line in issues:
        typer.echo(f"  ! {line}")


@app.command()
def suggest(
    table: Annotated[Path, typer.Argument(help="部门发来的表格 / the table")],
    out: Annotated[Path | None, typer.Option("--out", help="写入文件，默认标准输出 / file to write")] = None,
) -> None:
    """看表头和内容，拟一份映射草稿，供人修改。 Propose a mapping from headers and values."""
    from api.cli.inputs import read_file
    from policies.suggest import suggest_mapping
    from policies.tables import TableError
    from policies.vocabulary import vocabulary

    try:
        text = suggest_mapping(table.name, read_file(table, MAX_TABLE_BYTES), vocabulary())
    except TableError as error:
        raise UserError([f"{table}: {error}"]) from error
    if out is None:
        typer.echo(text, nl=False)
        return
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UserError([f"{out}: 无法写入 / cannot be written: {error.strerror}"], 2) from error
    say(
        f"已写入 {out}，请检查标“？”的列，再用 mapping check 试读 / written; look at the columns marked ?, then try mapping check"
    )
