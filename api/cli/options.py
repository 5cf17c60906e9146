"""Options that several commands have, in the same words."""

from __future__ import annotations

from typing import Annotated

import typer

CatalogueFile = Annotated[
    str | None,
    typer.Option(
        "--catalogue",
        metavar="PLACE",
        help="目录：.jsonl、.db 文件或 postgresql:// 地址，默认内置目录 / catalogue file or database, default: the starter one",
    ),
]
AsOf = Annotated[
    str | None, typer.Option("--as-of", metavar="DATE", help="查询日期，默认今天 / the day asked for, default today")
]
AsJson = Annotated[bool, typer.Option("--json", help="只输出 JSON / print JSON only")]
English = Annotated[bool, typer.Option("--english", help="in English")]
