"""``policymatch search``: schemes and clauses for a wish in plain words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.messages import UserError, print_json, say
from api.cli.options import AsJson, AsOf, CatalogueFile, English

if TYPE_CHECKING:
    from matcher.retrieve.plain import Search
    from policies.catalogue import Catalogue
    from policies.vocabulary import Vocabulary


def open_for_command(catalogue: Catalogue, words: Vocabulary, place: str | None) -> Search:
    """The search of the catalogue read from ``place``, with a progress line on stderr; what is missing is said there."""
    from api.cli.progress import progress_bar
    from api.settings import settings_from_environment
    from matcher.retrieve.plain import any_search
    from policies.store import postgres_of

    settings = settings_from_environment()
    with progress_bar() as progress:
        home, database = settings.home_region, postgres_of(place)
        return any_search(catalogue, words, settings.encoder, settings.cache, progress, home, database)


def search(
    text: Annotated[str, typer.Argument(metavar="TEXT", help="想要什么，用自己的话说 / the wish in your own words")],
    top: Annotated[int, typer.Option("--top", min=1, metavar="N", help="列出前 N 条 / the first N")] = 10,
    catalogue: CatalogueFile = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
    english: English = False,
) -> None:
    """用自己的话找政策。 Find schemes by a wish in plain words."""
    from api.cli.inputs import read_catalogue, read_day
    from api.settings import settings_from_environment
    from matcher.retrieve.report import hits_json, reasons_against
    from policies.vocabulary import vocabulary

    if not text.strip():
        raise UserError(["请写出想要什么，如：开店补贴 / say what you want, such as: start-up subsidy"], 2)
    day, words, settings = read_day(as_of), vocabulary(), settings_from_environment()
    place = catalogue or settings.catalogue
    answer = open_for_command(read_catalogue(place), words, place).search(text[:500], day, top=top)
    language = "en" if english else "zh"
    if answer.notice:
        say(f"{answer.notice.zh} / {answer.notice.en}")
    for one in answer.said.mended:
        say(f"“{one.typed}”读作“{one.meant}” / “{one.typed}” is read as “{one.meant}”")
    if not answer.fits:
        say("目录里可能没有正好合适的政策，下面是最接近的 / nothing may fit exactly; these come nearest")
    if as_json:
        print_json(hits_json(answer, words))
        return
    for number, hit in enumerate(answer.hits, 1):
        typer.echo(f"{number:2}. {hit.policy.title.in_language(language)}  [{hit.policy.id}]  {hit.score:.2f}")
        if against := [reason.in_language(language) for reason in reasons_against(hit, answer, words)]:
            typer.echo(f"    - {('; ' if english else '；').join(against)}")
        for passage in hit.passages:
            typer.echo(f"      {passage.text.in_language(language)}")
        reasons = "，".join(f"{part.text.in_language(language)} {part.points:+.2f}" for part in hit.parts[:4])
        typer.echo(f"      ({reasons})")
