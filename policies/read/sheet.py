"""Workbooks and CSV: every row as one block that names its columns, so that a row can be read alone."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from typing import Final

from policies.read.document import CELL_MARK, DEFAULT_LIMITS, Document, Limits, Piece, assemble, too_large
from policies.read.encoding import decode, fold
from policies.read.office import broken, check_archive

_NUMBER: Final = re.compile(r"[-+]?[\d.,%]+")
_HEADER_ROWS: Final = 4
"""Rows looked at when the header is sought: a title and up to three merged header rows."""


def read_workbook(raw: bytes, limits: Limits = DEFAULT_LIMITS) -> Document:
    """Read xlsx, xls, xlsb or ods, all sheets.

    Raises:
        ReadError: damaged file, bomb, too many cells, or no text.
    """
    from python_calamine import CalamineWorkbook

    if raw[:2] == b"PK":
        check_archive(raw, limits)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(raw))
        sheets = [(name, book.get_sheet_by_name(name).to_python(skip_empty_area=True)) for name in book.sheet_names]
    except Exception as error:
        raise broken("表格文件", "workbook") from error
    cells = sum(len(row) for _, rows in sheets for row in rows)
    if cells > limits.cells:
        raise too_large("cells", cells, limits.cells)
    pieces: list[Piece] = []
    for name, rows in sheets:
        plain = [[_words(cell) for cell in row] for row in rows]
        if any(any(row) for row in plain):
            pieces += [Piece(name, "heading", 1)] if len(sheets) > 1 and not name.lower().startswith("sheet") else []
            pieces += table_pieces(plain)
    return assemble(pieces, "table", (), limits)


def read_csv(raw: bytes, limits: Limits = DEFAULT_LIMITS) -> Document:
    """Read comma-, semicolon- or tab-separated values in any encoding.

    Raises:
        ReadError: binary data, too many cells, or no text.
    """
    text = decode(raw)
    head = text[:4096]
    mark = max(",;\t", key=head.count)
    rows = [[" ".join(cell.split()) for cell in row] for row in csv.reader(io.StringIO(text), delimiter=mark)]
    cells = sum(map(len, rows))
    if cells > limits.cells:
        raise too_large("cells", cells, limits.cells)
    return assemble(table_pieces(rows), "table", (), limits)


def table_pieces(rows: Sequence[Sequence[str]]) -> Iterator[Piece]:
    """Rows as ``header：cell`` pairs; a title above the header is a heading, merged header cells are joined."""
    filled = [row for row in rows if any(row)]
    width = max((len(row) for row in filled), default=0)
    start = 0
    while start < len(filled) - 1 and sum(map(bool, filled[start])) == 1 and width > 2:
        yield Piece(next(cell for cell in filled[start] if cell), "heading", 2)
        start += 1
    header, used = _header(filled[start:], width)
    if not header:
        yield from (Piece(CELL_MARK.join(row), "row") for row in filled[start:])
        return
    for row in filled[start + used :]:
        named = [f"{header[i]}：{cell}" if i < len(header) and header[i] else cell for i, cell in enumerate(row) if cell]
        yield Piece(CELL_MARK.join(named), "row")


def _header(rows: Sequence[Sequence[str]], width: int) -> tuple[list[str], int]:
    """Column names and how many rows they take; merged cells of a row go on to the right."""
    if len(rows) < 2 or not all(_is_name(cell) for cell in rows[0] if cell):
        return [], 0
    used = 1
    while used < min(_HEADER_ROWS, len(rows) - 1) and any(not cell for cell in rows[used - 1]) and _below(rows, used):
        used += 1
    names = [""] * width
    for level, row in enumerate(rows[:used]):
        last = ""
        for column in range(width):
            cell = row[column] if column < len(row) else ""
            last = cell or (last if level + 1 < used and any(r[column : column + 1] for r in rows[level + 1 : used]) else "")
            if last and last not in names[column]:
                names[column] += ("·" if names[column] else "") + last
    return names, used


def _below(rows: Sequence[Sequence[str]], used: int) -> bool:
    above, row = rows[used - 1], rows[used]
    gaps = [i for i, cell in enumerate(above) if not cell]
    filled = [i for i, cell in enumerate(row) if cell]
    return bool(gaps) and bool(filled) and len(filled) < len(row) and all(_is_name(row[i]) for i in filled)


def _is_name(cell: str) -> bool:
    return len(cell) <= 30 and not _NUMBER.fullmatch(cell) and "。" not in cell


def _words(cell: object) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return " ".join(fold(str(cell)).split()) if cell is not None else ""
