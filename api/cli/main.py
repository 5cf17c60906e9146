"""The command ``policymatch``: one module per group of commands, loaded when it is used.

``--json`` prints one JSON value on stdout and nothing else there; progress and messages go to
stderr. Exit codes: 0 good, 1 a finding such as an input that failed, 2 wrong usage.
"""

from __future__ import annotations

import sys

import typer

from api.cli.bulk import bulk
from api.cli.catalogue import export
from api.cli.catalogues import app as catalogue
from api.cli.changes import changes
from api.cli.evaluate import app as evaluate
from api.cli.extract import extract
from api.cli.ingest import ingest
from api.cli.ingest_tables import app as mapping
from api.cli.matching import check, recommend
from api.cli.messages import UserError, say
from api.cli.office import gaps, overlaps, population, simulate
from api.cli.review import app as review
from api.cli.search import search
from api.cli.serve import serve

app = typer.Typer(
    name="policymatch",
    help="政策匹配：哪些扶持政策适用、为什么、还缺什么。 Which support schemes apply to whom, and why.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for command in (
    serve,
    recommend,
    check,
    search,
    bulk,
    changes,
    extract,
    ingest,
    overlaps,
    gaps,
    simulate,
    export,
):
    app.command()(command)
app.add_typer(review, name="review")
app.add_typer(catalogue, name="catalogue")
app.add_typer(mapping, name="mapping")
app.add_typer(population, name="population")
app.add_typer(evaluate, name="evaluate")


def main() -> None:
    """Run the command line; an error meant for users is printed without a stack trace."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        app()
    except UserError as error:
        for line in error.lines:
            say(line)
        sys.exit(error.code)
    except BrokenPipeError:
        sys.stderr.close()  # the reader of our output went away: nothing more to say
        sys.exit(0)


if __name__ == "__main__":
    main()
