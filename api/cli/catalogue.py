"""``policymatch export``: the catalogue out."""

from __future__ import annotations

import datetime as dt
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from api.cli.messages import UserError, say
from api.cli.options import CatalogueFile


class ExportFormat(StrEnum):
    """Forms in which a catalogue is written."""

    jsonl = "jsonl"
    csv = "csv"
    dictionary = "dictionary"
    xlsx = "xlsx"
    jsonld = "jsonld"
    atom = "atom"
    ics = "ics"


def export(
    form: Annotated[
        ExportFormat,
        typer.Option("--format", help="格式；dictionary 是 csv 和 xlsx 的列说明 / form; dictionary tells the columns"),
    ] = ExportFormat.jsonl,
    catalogue: CatalogueFile = None,
    out: Annotated[Path | None, typer.Option("--out", help="写入文件，默认标准输出 / file to write, default stdout")] = None,
) -> None:
    """导出政策目录：jsonl、xlsx 可再导入；csv、JSON-LD、改动订阅、截止日历。 Write the catalogue."""
    body, count = (_atom(catalogue), None) if form is ExportFormat.atom else _body(form, catalogue)
    if out is None:
        sys.stdout.flush()
        sys.stdout.buffer.write(body)
        sys.stdout.buffer.flush()
        return
    try:
        out.write_bytes(body)
    except OSError as error:
        raise UserError([f"{out}: 无法写入 / cannot be written: {error.strerror}"], 2) from error
    say(f"已写入 / written: {out}" if count is None else f"已写入 {count} 条 / {count} policies written: {out}")


def _body(form: ExportFormat, place: str | None) -> tuple[bytes, int | None]:
    """What to write, and how many policies it holds."""
    from api.cli.inputs import read_catalogue
    from policies.interchange.feeds import to_ics
    from policies.interchange.flat import data_dictionary, to_csv
    from policies.interchange.linked import to_jsonld
    from policies.interchange.sheets import to_xlsx
    from policies.vocabulary import vocabulary

    if form is ExportFormat.dictionary:
        return b"\xef\xbb\xbf" + data_dictionary().encode(), None
    found = read_catalogue(place)
    match form:
        case ExportFormat.csv:
            body = b"\xef\xbb\xbf" + to_csv(found).encode()
        case ExportFormat.xlsx:
            body = to_xlsx(found)
        case ExportFormat.jsonld:
            body = to_jsonld(found, vocabulary()).encode()
        case ExportFormat.ics:
            body = to_ics(found, dt.datetime.now(dt.UTC).replace(microsecond=0))
        case _:
            body = found.to_jsonl().encode()
    return body, len(found)


def _atom(place: str | None) -> bytes:
    """The changes of a store's versions; a catalogue file has no history and cannot give them."""
    from api.cli.stores import opened
    from policies.changes import policy_changes
    from policies.interchange.feeds import VersionChanges, to_atom
    from policies.vocabulary import vocabulary

    with opened(place) as store:
        versions = [
            VersionChanges(one.number, one.at, tuple(policy_changes(store.changes(one.number - 1, one.number), vocabulary())))
            for one in store.log()
        ]
        return to_atom(store.database.name, versions).encode()
