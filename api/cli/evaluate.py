"""``policymatch evaluate``: every quality figure, also on data from outside."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from api.cli.evaluate_bulk import evaluate_bulk
from api.cli.evaluate_catalogue import catalogue, resolver
from api.cli.evaluate_extraction import extraction
from api.cli.evaluate_office import register as register_office
from api.cli.messages import UserError, print_json
from api.cli.options import AsJson

app = typer.Typer(help="测评：质量与速度。 Quality and speed figures.", no_args_is_help=True, rich_markup_mode=None)
app.command("bulk")(evaluate_bulk)
app.command("extraction")(extraction)

app.command()(catalogue)
app.command()(resolver)
register_office(app)


@app.command()
def verdicts(
    data: Annotated[Path, typer.Option("--data", help="文件夹，含 gold/ 和 cases.jsonl / folder with gold/ and cases.jsonl")],
    as_json: AsJson = False,
) -> None:
    """结论与标注是否一致。 Verdicts against annotated pages."""
    from evaluation.verdicts import evaluate_verdicts
    from policies.vocabulary import vocabulary

    try:
        report = evaluate_verdicts(data, vocabulary())
    except OSError as error:
        raise UserError([f"{error.filename}: 无法读取 / cannot be read: {error.strerror}"], 2) from error
    except (ValueError, KeyError) as error:
        raise UserError([f"{data}: 数据有误 / wrong data: {error}"]) from error
    if as_json:
        print_json(report.as_json())
        return
    typer.echo(f"{report.cases} cases, {report.expectations} expectations")
    for name in ("verdict", "missing", "failed"):
        typer.echo(f"  {name:8} {getattr(report, name):.3f}")
    for one in report.errors:
        typer.echo(f"  case {one['case']}: expected {one['expected']}, found {one['found']}")


@app.command()
def speed(as_json: AsJson = False) -> None:
    """推荐一次和启动命令要多久。 Time of a recommendation and of a cold start."""
    import json

    from evaluation.speed import SAMPLE, evaluate_speed
    from policies.catalogue import starter_catalogue
    from policies.vocabulary import vocabulary

    with tempfile.TemporaryDirectory() as folder:
        profile = Path(folder) / "profile.json"
        profile.write_text(json.dumps(SAMPLE), encoding="utf-8")
        found = evaluate_speed(starter_catalogue(), vocabulary(), profile)
    if as_json:
        print_json(found)
        return
    for name, value in found.items():
        typer.echo(f"{name:14} {value}")


from api.cli.evaluate_search import ranking, retrieval, search_speed  # noqa: E402 - commands of a module of their own

app.command()(retrieval)
app.command()(ranking)
app.command("search-speed")(search_speed)
