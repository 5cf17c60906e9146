"""Plain text, JSON and JSON Lines."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final

from policies.read.document import DEFAULT_LIMITS, Document, Limits, Piece, ReadError, assemble
from policies.read.encoding import decode
from policies.read.lines import paragraphs

_TITLE_KEYS: Final = ("title", "标题", "名称", "name", "question")
_DATE_KEYS: Final = ("published", "date", "发布日期", "pubdate")


def read_text(raw: bytes, limits: Limits = DEFAULT_LIMITS) -> Document:
    """Read plain text; hard line breaks are mended.

    Raises:
        ReadError: no text, binary data, or more text than the limit.
    """
    text = decode(raw)
    return assemble((Piece(paragraph) for paragraph in paragraphs(text.split("\n"))), "text", (), limits)


def read_json(raw: bytes, limits: Limits = DEFAULT_LIMITS) -> Document:
    """Read JSON or JSON Lines: every string becomes paragraphs, with its key before it where it has one.

    Raises:
        ReadError: broken JSON (``broken``), nested beyond the limit, or without text.
    """
    text = decode(raw)
    values = _values(text)
    facts: list[tuple[str, str]] = []
    if len(values) == 1 and isinstance(values[0], dict):
        facts += [("title", str(values[0][key])) for key in _TITLE_KEYS if values[0].get(key)][:1]
        facts += [("published", str(values[0][key])) for key in _DATE_KEYS if values[0].get(key)][:1]
    pieces = (piece for value in values for piece in _strings(value, "", 0, limits))
    return assemble(pieces, "json", facts, limits)


def _values(text: str) -> list[object]:
    try:
        return [json.loads(text)]
    except RecursionError as error:
        raise _too_deep() from error
    except json.JSONDecodeError as whole:
        try:
            return [json.loads(line) for line in text.split("\n") if line.strip()]
        except (json.JSONDecodeError, RecursionError) as error:
            raise ReadError(
                "broken",
                f"不是完整的 JSON：第 {whole.lineno} 行第 {whole.colno} 列，请检查文件是否截断",
                f"not valid JSON at line {whole.lineno} column {whole.colno}; check whether the file was cut off",
            ) from error


def _strings(value: object, key: str, depth: int, limits: Limits) -> Iterator[Piece]:
    if depth > limits.nesting:
        raise _too_deep()
    if isinstance(value, dict):
        for name, item in value.items():
            yield from _strings(item, str(name), depth + 1, limits)
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item, key, depth + 1, limits)
    elif isinstance(value, str) and value.strip():
        lines = list(paragraphs(value.split("\n")))
        labelled = key and not key.isascii() and len(lines) == 1
        yield from (Piece(f"{key}：{line}" if labelled else line) for line in lines)
    elif isinstance(value, int | float) and not isinstance(value, bool) and key and not key.isascii():
        yield Piece(f"{key}：{value}")


def _too_deep() -> ReadError:
    return ReadError("too_deep", "JSON 嵌套过深，请检查文件", "the JSON is nested too deep; check the file")
