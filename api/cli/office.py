"""``policymatch overlaps``, ``gaps``, ``simulate`` and ``population``: the policy office at the terminal."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from api.cli.messages import UserError, print_json, say
from api.cli.options import AsJson, AsOf, CatalogueFile

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Mapping

    from api.exports import Table
    from matcher.overlap.scenario import Scenario
    from matcher.population.file import Population
    from policies.schema import Text

_Read = TypeVar("_Read")

DEFAULT_SIZE = 20_000
DEFAULT_SEED = 1

PopulationFile = Annotated[
    Path | None,
    typer.Option("--population", help="人口文件，默认合成 2 万份 / population file; default: 20,000 synthetic profiles"),
]
Out = Annotated[Path | None, typer.Option("--out", help="另存表格 .csv 或 .xlsx / also write a table, .csv or .xlsx")]

population = typer.Typer(help="人口：用于试算的档案集。 Populations of profiles.", no_args_is_help=True, rich_markup_mode=None)


@population.callback()
def _population() -> None:
    """人口：用于试算的档案集。 Populations of profiles."""


@population.command()
def make(
    size: Annotated[int, typer.Option("--size", min=1, max=10_000_000, help="份数 / number of profiles")],
    out: Annotated[Path, typer.Option("--out", help="写入 parquet 文件 / parquet file to write")],
    seed: Annotated[int, typer.Option("--seed", min=0, help="随机种子 / seed of the random numbers")] = DEFAULT_SEED,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """按公开写明的假设生成合成人口。 Make a synthetic population from stated assumptions."""
    from api.cli.inputs import read_day
    from policies.vocabulary import vocabulary

    table = _made(size, seed, read_day(as_of))
    from matcher.population.file import population_of, write_population

    try:
        write_population(table, out)
    except OSError as error:
        raise UserError([f"{out}: 无法写入 / cannot be written: {error.strerror}"], 2) from error
    made = population_of(table)
    if as_json:
        print_json({"file": str(out), "notice": made.notice.zh, **made.origin, "fields": len(vocabulary().fields)})
        return
    say(f"{made.notice.zh} / {made.notice.en}")
    say(f"已写入 {made.size} 份档案 / {made.size} profiles written: {out}")


def overlaps(
    catalogue: CatalogueFile = None,
    population_file: PopulationFile = None,
    as_of: AsOf = None,
    top: Annotated[int | None, typer.Option("--top", min=1, help="最多显示几对 / most pairs shown")] = None,
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    """哪些政策重叠、重复、不可兼得，为什么。 Where schemes overlap, and why."""
    from api.cli.inputs import read_catalogue, read_day
    from matcher.overlap.kinds import KINDS
    from matcher.overlap.report import overlap_rows, survey_json
    from matcher.overlap.survey import survey
    from policies.vocabulary import vocabulary

    day, found = read_day(as_of), read_catalogue(catalogue)
    result = survey(found, read_people(population_file, day), day, vocabulary())
    rows = overlap_rows(result, found.by_id, "zh")
    if out is not None:
        write_table(out, {"重叠": rows}, result.population.notice)
    if as_json:
        print_json(survey_json(result, top))
        return
    say(f"{result.population.notice.zh} / {result.population.notice.en}")
    for one in result.overlaps[: top or 40]:
        titles = [found.by_id[name].title.zh for name in (one.pair.first, one.pair.second)]
        typer.echo(f"[{KINDS[one.pair.kind].zh}] {titles[0]} × {titles[1]}  {one.reach.both}")
        for reason in one.pair.reasons:
            typer.echo(f"    {reason.zh}")


def gaps(
    catalogue: CatalogueFile = None,
    population_file: PopulationFile = None,
    as_of: AsOf = None,
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    """哪些人群、阶段和方式缺少政策；条文的矛盾。 Whom and what no scheme serves; contradictions."""
    from api.cli.inputs import read_catalogue, read_day
    from matcher.overlap.contradictions import CONTRADICTIONS, contradictions
    from matcher.overlap.gaps import find_gaps
    from matcher.overlap.report import contradictions_json, department_rows, gap_rows, gaps_json, matrix_rows
    from models.segments import SegmentsError
    from policies.vocabulary import vocabulary

    words, day, found = vocabulary(), read_day(as_of), read_catalogue(catalogue)
    try:
        result = find_gaps(found, read_people(population_file, day), day, words)
    except SegmentsError as error:
        raise UserError([str(error)], 2) from error
    faults = contradictions(found, words, day)
    if out is not None:
        sheets = {"人群": gap_rows(result, "zh"), "方式和层级": matrix_rows(result, words, "zh")}
        write_table(out, {**sheets, "部门": department_rows(result, words, "zh")}, result.population.notice)
    if as_json:
        print_json({**gaps_json(result), "contradictions": contradictions_json(faults)})
        return
    say(f"{result.population.notice.zh} / {result.population.notice.en}")
    for gap in result.segments[:10]:
        typer.echo(f"{gap.mean:6.2f}  {gap.people:6}  {gap.words.zh}")
    for fault in faults:
        typer.echo(
            f"[{CONTRADICTIONS[fault.kind].zh}] {' × '.join(fault.schemes)}  {'；'.join(text.zh for text in fault.reasons)}"
        )


def simulate(
    scenario: Annotated[Path, typer.Option("--scenario", help="方案文件 JSON / scenario file")],
    against: Annotated[
        Path | None, typer.Option("--against", help="与另一方案比较 / compare with this draft instead of the catalogue")
    ] = None,
    catalogue: CatalogueFile = None,
    population_file: PopulationFile = None,
    as_of: AsOf = None,
    out: Out = None,
    as_json: AsJson = False,
) -> None:
    """改一个门槛或金额会怎样。 What a changed threshold or amount would do."""
    from api.cli.inputs import read_catalogue, read_day
    from matcher.overlap.report import outcome_json, outcome_rows
    from matcher.overlap.scenario import edited
    from matcher.overlap.whatif import simulate as run
    from policies.vocabulary import vocabulary

    words, day, found = vocabulary(), read_day(as_of), read_catalogue(catalogue)
    draft = _scenario(scenario)
    after = _checked(lambda: edited(found, draft, words), scenario)
    before = {name: found.by_id[name] for name in after}
    if against is not None:
        other = _scenario(against)
        earlier = _checked(lambda: edited(found, other, words), against)
        before, after = before | earlier, {name: found.by_id[name] for name in earlier} | after
        before = {name: before.get(name, found.by_id[name]) for name in after}
    result = run(found, before, after, read_people(population_file, day), day, words)
    rows = outcome_rows(result, "zh")
    if out is not None:
        write_table(out, {"试算": rows}, result.population.notice)
    if as_json:
        print_json(outcome_json(draft, result))
        return
    say(f"{result.population.notice.zh} / {result.population.notice.en}")
    for row in rows:
        typer.echo("  ".join("—" if cell is None else str(cell) for cell in row))


def _scenario(path: Path) -> Scenario:
    from api.cli.inputs import read_file
    from matcher.overlap.scenario import scenario_from_text

    body = read_file(path)
    return _checked(lambda: scenario_from_text(body.decode("utf-8-sig", errors="replace")), path)


def _checked(read: Callable[[], _Read], path: Path) -> _Read:
    from matcher.overlap.scenario import ScenarioError

    try:
        return read()
    except ScenarioError as error:
        raise UserError([f"{path}: {error.message.zh} / {error.message.en}"]) from error


def read_people(path: Path | None, day: dt.date) -> Population:
    """The population of ``--population``, a synthetic one without it.

    Raises:
        UserError: exit code 1 for a file that cannot be used, 2 for one that cannot be read.
    """
    from policies.vocabulary import vocabulary

    if path is None:
        table = _made(DEFAULT_SIZE, DEFAULT_SEED, day)
        from matcher.population.file import population_of

        return population_of(table)
    _need_pyarrow()
    from matcher.population.file import PopulationError, read_population

    try:
        return read_population(path, vocabulary(), day)
    except PopulationError as error:
        raise UserError([f"{error.message.zh} / {error.message.en}"]) from error
    except OSError as error:
        raise UserError([f"{path}: 无法读取 / cannot be read: {error.strerror}"], 2) from error


def _made(size: int, seed: int, day: dt.date) -> Any:  # noqa: ANN401 - a table of pyarrow, which may be absent
    _need_pyarrow()
    from matcher.population.synthetic import make_population
    from policies.vocabulary import vocabulary

    return make_population(size, seed, vocabulary(), day)


def _need_pyarrow() -> None:
    from importlib.util import find_spec

    if not find_spec("pyarrow"):
        raise UserError(["需要 pyarrow，请运行 / pyarrow is needed, run: pip install 'policymatch[office]'"], 2)


def write_table(path: Path, tables: Mapping[str, Table], notice: Text) -> None:
    """Write tables by the ending of ``path``; a csv holds the first one.

    Raises:
        UserError: another ending, openpyxl is missing, or the file cannot be written.
    """
    from api.exports import ExportError, csv_bytes, xlsx_bytes

    try:
        if path.suffix.lower() == ".xlsx":
            body = xlsx_bytes(tables, notice)
        elif path.suffix.lower() == ".csv":
            body = csv_bytes(next(iter(tables.values())), notice)
        else:
            raise UserError([f"--out {path}: 请用 .csv 或 .xlsx 结尾 / end the name with .csv or .xlsx"], 2)
        path.write_bytes(body)
    except ExportError as error:
        raise UserError([str(error)], 2) from error
    except OSError as error:
        raise UserError([f"{path}: 无法写入 / cannot be written: {error.strerror}"], 2) from error
