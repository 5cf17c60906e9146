"""``policymatch recommend`` and ``policymatch check``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.cli.messages import UserError, print_json, say
from api.cli.options import AsJson, AsOf, CatalogueFile, English

ProfileFile = Annotated[
    Path, typer.Option("--profile", help="档案文件：JSON，或 CSV 的第一行 / profile: JSON, or the first row of a CSV")
]


def recommend(
    profile: ProfileFile,
    query: Annotated[str | None, typer.Option("--query", metavar="TEXT", help="想要什么（影响顺序）/ the wish in words")] = None,
    as_of: AsOf = None,
    top: Annotated[int | None, typer.Option("--top", min=1, metavar="N", help="只列前 N 条 / only the first N")] = None,
    catalogue: CatalogueFile = None,
    as_json: AsJson = False,
    english: English = False,
) -> None:
    """按档案推荐政策：可申请、待定、不符合及原因。 Which policies apply to a profile, best first."""
    from api.cli.inputs import read_catalogue, read_day, read_profile
    from matcher.recommend import recommend as match
    from matcher.report import recommendations_json
    from policies.vocabulary import vocabulary

    day, words = read_day(as_of), vocabulary()
    policies, person, shares = read_catalogue(catalogue), read_profile(profile, words, day), None
    if query and query.strip():
        from api.cli.search import open_for_command

        shares = open_for_command(policies, words, catalogue).search(query[:500], day, top=0).shares
    found = match(policies, person, day, words, query=query, shares=shares)
    if as_json:
        print_json(recommendations_json(found, words, top))
        return
    from api.cli.tables import print_recommendations

    print_recommendations(found, words, top, "en" if english else "zh")


def check(
    schemes: Annotated[Path, typer.Option("--schemes", help="政策条件文件 / schemes: extraction or gold JSON, or a catalogue")],
    profile: ProfileFile,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> None:
    """用给定的政策条件核对一个档案。 Verdicts of a profile on given schemes."""
    from api.cli.inputs import read_day, read_file, read_profile
    from matcher.facts import facts_on
    from matcher.report import check_json
    from matcher.scheme_file import SchemeFileError, schemes_from_bytes
    from policies.vocabulary import vocabulary

    day, words = read_day(as_of), vocabulary()
    facts = facts_on(read_profile(profile, words, day), day)
    try:
        found = schemes_from_bytes(read_file(schemes, 500_000_000), words)
    except SchemeFileError as error:
        lines = [
            f"{schemes}: 政策条件无法使用 / the schemes cannot be used",
            *(f"  {problem}" for problem in error.problems[:50]),
        ]
        raise UserError(lines) from error
    except ValueError as error:  # a whole number of thousands of digits
        raise UserError([f"{schemes}: 数字过长 / a number has too many digits"]) from error
    verdicts = [check_json(scheme.name, scheme.condition, facts, words) for scheme in found]
    if as_json:
        print_json(verdicts)
        return
    from api.cli.tables import print_verdicts

    print_verdicts(verdicts)
    say(f"查询日期 / as of {day}")
