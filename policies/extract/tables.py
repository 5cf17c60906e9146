"""Tables of schemes: one row is one scheme, its columns say name, who, on what conditions and how much."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from policies.extract.sections import Section
from policies.read.document import CELL_MARK, Document
from policies.split.outline import Clause

_NAME: Final = re.compile(
    r"(?:政策|项目|事项|补贴|扶持|资助|奖励|服务)?(?:名称|事项|项目)$|^(?:政策|补贴|扶持|资助|奖励)(?:类型|种类|类别)$"
)
_ABOUT: Final = re.compile(r"条件|对象|标准|内容|金额|额度|范围|措施|待遇")
_NAMED: Final = re.compile(r"([^：:\t]{1,20})：")
_LONGEST_HEAD: Final = 20


@dataclass(frozen=True, slots=True)
class _Cell:
    head: str
    start: int
    end: int


def table_sections(document: Document, root: Clause) -> tuple[Section, ...]:
    """A section for each row of a table whose columns name schemes and say something about them."""
    rows = [clause for clause in root.walk() if clause.kind == "row"]
    found = list(_named_rows(document, rows)) or list(_headed_rows(document, rows))
    return tuple(_section(document, number, cells) for number, cells in enumerate(found, 1))


def _named_rows(document: Document, rows: Sequence[Clause]) -> Iterator[list[_Cell]]:
    """Rows of workbooks, whose cells carry their column's name: ``名称：房租补贴``."""
    for row in rows:
        cells = []
        for start, end in _cells(document, row):
            head = _NAMED.match(document.text, start, end)
            if head:
                cells.append(_Cell(head.group(1), head.end(), end))
        if _is_scheme([cell.head for cell in cells]):
            yield cells


def _headed_rows(document: Document, rows: Sequence[Clause]) -> Iterator[list[_Cell]]:
    """Rows below a header row, as pages and Word files have them."""
    heads: list[str] = []
    for row in rows:
        spans = list(_cells(document, row))
        words = [document.text[start:end].strip() for start, end in spans]
        if all(len(word) <= _LONGEST_HEAD for word in words) and _is_scheme(words):
            heads = words
        elif heads and len(spans) == len(heads):
            yield [_Cell(head, start, end) for head, (start, end) in zip(heads, spans, strict=True) if end > start]


def _is_scheme(heads: Sequence[str]) -> bool:
    return any(_NAME.search(head) for head in heads) and any(_ABOUT.search(head) for head in heads)


def _cells(document: Document, row: Clause) -> Iterator[tuple[int, int]]:
    start = row.start
    for part in document.text[row.start : row.end].split(CELL_MARK):
        yield start, start + len(part)
        start += len(part) + len(CELL_MARK)


def _section(document: Document, number: int, cells: Sequence[_Cell]) -> Section:
    name = next(cell for cell in cells if _NAME.search(cell.head))
    clauses = [
        Clause("label", cell.head, 0, cell.start, cell.start, cell.end, cell.head, until=cell.end)
        for cell in cells
        if cell != name
    ]
    title = document.text[name.start : name.end].strip()
    return Section(
        title, f"第{number}行", tuple(clauses) or (Clause("text", "", 0, name.start, name.start, name.end, until=name.end),)
    )
