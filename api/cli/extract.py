"""``policymatch extract``: what one file says, stored nowhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli.messages import UserError, print_json, say
from api.cli.options import AsJson


def extract(
    file: Annotated[Path, typer.Argument(help="文件：网页、docx、PDF、表格、文本、JSON / page, docx, PDF, table, text, JSON")],
    as_json: AsJson = False,
) -> None:
    """读一个文件，抽取政策事项。 Read one file into schemes; nothing is stored."""
    from policies.extract.extract import extract_source
    from policies.extract.result import extraction_to_json
    from policies.read.document import ReadError
    from policies.read.reader import read_path

    if not file.is_file():
        raise UserError([f"{file}: 没有这个文件 / no such file"], 2)
    try:
        found = [extraction_to_json(part) for part in extract_source(read_path(file))]
    except ReadError as error:
        raise UserError([f"{file.name}: {error.message.zh}", f"{file.name}: {error.message.en}"]) from error
    for warning in found[0]["warnings"]:
        say(f"{file.name}: {warning['zh']} / {warning['en']}")
    if as_json:
        first = found[0]
        print_json(first if len(found) == 1 else first | {"documents": found})
        return
    for document in found:
        _print(document)


def _print(found: dict[str, Any]) -> None:
    head = found["document"]
    typer.echo(head["title"])
    for name, value in (("文号 No.", head["document_no"]), ("发布 Issued by", "、".join(head["issuers"]))):
        if value:
            typer.echo(f"  {name}: {value}")
    for scheme in found["schemes"]:
        typer.echo(f"■ {scheme['name']}  [{scheme['locator']}]  {scheme['instrument']} · {scheme['audience']}")
        typer.echo("\n".join(tree_lines(scheme["conditions"], 1)))
        for benefit in scheme["benefits"]:
            typer.echo(f"  + {benefit_line(benefit)}")
    for measure in found["measures"]:
        typer.echo(f"○ {measure['what']}")


def tree_lines(node: dict[str, Any], depth: int = 0) -> list[str]:
    """A condition tree in exchange form as indented lines."""
    pad = "  " * depth
    if "field" in node:
        value = "" if node["value"] is None else f" {node['value']}"
        words = str(node["value"]) if node["field"] == "other" else f"{node['field']} {node['op']}{value}"
        return [f"{pad}{'?' if node['field'] == 'other' else '-'} {words}"]
    if "not" in node:
        return [f"{pad}非 not:", *tree_lines(node["not"], depth + 1)]
    kind = "all" if "all" in node else "any"
    lines = [line for child in node[kind] for line in tree_lines(child, depth + 1)]
    return [f"{pad}{'全部 all' if kind == 'all' else '任一 any'}:", *lines] if lines else []


def benefit_line(benefit: dict[str, Any]) -> str:
    """The figures of a benefit in one line."""
    names = ("kind", "amount_yuan", "rate", "of", "cap_yuan", "cap_per", "duration_months", "per", "when")
    return "  ".join(f"{name}={benefit[name]}" for name in names if benefit.get(name) is not None)
