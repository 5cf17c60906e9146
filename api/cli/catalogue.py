"""``policymatch export``: the catalogue out."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from api.cli.messages import UserError, say


class ExportFormat(StrEnum):
    """Forms in which a catalogue is written."""

    jsonl = "jsonl"


def export(
    form: Annotated[ExportFormat, typer.Option("--format", help="格式 / form")] = ExportFormat.jsonl,
    catalogue: Annotated[Path | None, typer.Option("--catalogue", help="目录文件 / catalogue file")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="写入文件，默认标准输出 / file to write, default stdout")] = None,
) -> None:
    """导出政策目录，每行一条。 Write the catalogue, one policy a line."""
    from api.cli.inputs import read_catalogue

    found = read_catalogue(catalogue)
    text = {ExportFormat.jsonl: found.to_jsonl}[form]()
    if out is None:
        sys.stdout.write(text)
        return
    try:
        out.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise UserError([f"{out}: 无法写入 / cannot be written: {error.strerror}"], 2) from error
    say(f"已写入 {len(found)} 条 / {len(found)} policies written: {out}")
