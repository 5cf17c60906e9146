"""Tables out of files: xlsx, csv, json, html and docx as rows of named cells.

A merged cell gives its value to every cell it covers; several header rows make one name, from top
to bottom. Values stay texts as they are written; a mapping says what they mean.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any, Final, TypeAlias
from xml.etree import ElementTree as ET

from policies.schema import Text

MAX_CELLS: Final = 5_000_000
"""Cells read of one table; a department's table has some thousands, the cap stops bombs."""

MAX_XML_BYTES: Final = 256 * 2**20
"""Unpacked size of a docx or xlsx read."""

Cell: TypeAlias = "str | tuple[str, ...] | tuple[Mapping[str, Cell], ...]"
"""A text; from json also a list of texts or a list of objects."""


class TableError(ValueError):
    """A table that cannot be read; ``message`` says why and what to do."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(f"{zh} / {en}")
        self.message = Text(zh, en)


@dataclass(frozen=True, slots=True)
class Row:
    """One row: where it stands (``sheet row``, for people) and its cells by column name."""

    where: str
    cells: Mapping[str, Cell]


@dataclass(frozen=True, slots=True)
class Reader:
    """How to get rows out of a file; the keys are those of ``reader`` in a mapping file."""

    kind: str
    sheets: tuple[str, ...] | None = None
    header_rows: tuple[int, ...] = (1,)
    encoding: str | None = None
    delimiter: str = ","
    table: int = 0
    records: str = ""


def read_rows(body: bytes, reader: Reader, *, keep_space: bool = False) -> list[Row]:
    """The rows of a file; ``keep_space`` keeps white space around the cells.

    Raises:
        TableError: not the kind of file the mapping says, a missing sheet or table, too large.
    """
    if reader.kind == "json":
        return _json_rows(body, reader)
    grids: Iterator[tuple[str, Grid]]
    if reader.kind == "xlsx":
        grids = _sheets(body, reader.sheets)
    elif reader.kind == "csv":
        grids = iter(
            [("", [list(row) for row in csv.reader(io.StringIO(_decoded(body, reader), newline=""), delimiter=reader.delimiter)])]
        )
    elif reader.kind == "html":
        grids = iter([("", _chosen(html_tables(_decoded(body, reader)), reader.table))])
    elif reader.kind == "docx":
        grids = iter([("", _chosen(docx_tables(body), reader.table))])
    else:
        raise TableError(f"不认识的表格类型 {reader.kind}", f"unknown kind of table {reader.kind}")
    return [row for name, grid in grids for row in _rows_of_grid(name, grid, reader.header_rows, keep_space=keep_space)]


Grid: TypeAlias = list[list[str]]


def plain_header(text: str) -> str:
    """A header without white space and line breaks, as mappings name it."""
    return re.sub(r"\s+", "", text)


def _rows_of_grid(name: str, grid: Grid, header_rows: Sequence[int], *, keep_space: bool) -> Iterator[Row]:
    last = max(header_rows, default=0)
    if len(grid) < last:
        raise TableError(
            f"表格只有 {len(grid)} 行，表头应在第 {last} 行", f"the table has {len(grid)} rows, its header should be row {last}"
        )
    headers = _headers([grid[number - 1] for number in header_rows])
    for number, cells in enumerate(grid[last:], last + 1):
        if any(cell.strip() for cell in cells):
            where = f"{name}第{number}行"
            yield Row(
                where,
                {header: cell if keep_space else cell.strip() for header, cell in zip(headers, cells, strict=False) if header},
            )


def _headers(rows: list[list[str]]) -> list[str]:
    width = max((len(row) for row in rows), default=0)
    found = []
    for column in range(width):
        names: list[str] = []
        for row in rows:
            text = plain_header(row[column]) if column < len(row) else ""
            if text and (not names or names[-1] != text):
                names.append(text)
        found.append("/".join(names))
    return found


def _decoded(body: bytes, reader: Reader) -> str:
    for encoding in (reader.encoding,) if reader.encoding else ("utf-8-sig", "gb18030"):
        try:
            return body.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
    wanted = reader.encoding or "UTF-8、GB18030"
    raise TableError(
        f"文件不是 {wanted} 编码，请在映射里改 encoding", f"the file is not {wanted}; change encoding in the mapping"
    )


def _chosen(tables: list[Grid], number: int) -> Grid:
    if number >= len(tables):
        raise TableError(
            f"文件里只有 {len(tables)} 个表格，没有第 {number} 个（从0数）",
            f"the file has {len(tables)} tables, none numbered {number}",
        )
    return tables[number]


def _sheets(body: bytes, wanted: tuple[str, ...] | None) -> Iterator[tuple[str, Grid]]:
    from python_calamine import CalamineError, CalamineWorkbook

    _check_unpacked(body)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(body))
        missing = [name for name in wanted or () if name not in book.sheet_names]
        if missing:
            zh, en = f"没有工作表 {'、'.join(missing)}，有的是 {'、'.join(book.sheet_names)}", f"no sheet {', '.join(missing)}"
            raise TableError(zh, en)
        for name in wanted or book.sheet_names:
            sheet = book.get_sheet_by_name(name)
            if sheet.total_height * sheet.total_width > MAX_CELLS:
                raise TableError(f"工作表 {name} 超过 {MAX_CELLS:,} 格", f"the sheet {name} has over {MAX_CELLS:,} cells")
            grid = [[_text(cell) for cell in row] for row in sheet.to_python(skip_empty_area=False)]
            for (top, left), (bottom, right) in sheet.merged_cell_ranges or ():
                for row in range(top, min(bottom + 1, len(grid))):
                    for column in range(left, min(right + 1, len(grid[row]))):
                        grid[row][column] = grid[top][left]
            yield name, grid
    except CalamineError as error:
        raise TableError(f"不是可读的电子表格：{error}", f"not a readable spreadsheet: {error}") from error


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, dt.datetime):
        return value.date().isoformat()
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def _json_rows(body: bytes, reader: Reader) -> list[Row]:
    try:
        data: Any = json.loads(_decoded(body, reader))
    except (json.JSONDecodeError, RecursionError) as error:
        raise TableError(f"不是 JSON：{error}", f"not JSON: {error}") from error
    for step in filter(None, reader.records.split(".")):
        data = data.get(step) if isinstance(data, Mapping) else None
    if not isinstance(data, list) or not all(isinstance(item, Mapping) for item in data):
        raise TableError(
            f"{reader.records or '文件'} 处不是记录的列表", f"there is no list of records at {reader.records or 'the top'}"
        )
    return [Row(f"第{number}条", _flat(item)) for number, item in enumerate(data, 1)]


def _flat(item: Mapping[str, Any], before: str = "") -> dict[str, Cell]:
    found: dict[str, Cell] = {}
    for key, value in item.items():
        name = f"{before}{key}"
        if isinstance(value, Mapping):
            found |= _flat(value, f"{name}.")
        elif isinstance(value, list) and any(isinstance(one, Mapping) for one in value):
            found[f"{name}[]"] = tuple(_flat(one) for one in value if isinstance(one, Mapping))
        elif isinstance(value, list):
            found[name] = tuple(_text(one) for one in value)
        else:
            found[name] = "" if value is None else _text(value)
    return found


class _Tables(HTMLParser):
    """Collects the outermost tables of a page as (text, rowspan, colspan) cells."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[list[list[tuple[str, int, int]]]] = []
        self._depth = 0
        self._cell: list[str] | None = None
        self._span = (1, 1)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self._depth += 1
            if self._depth == 1:
                self.tables.append([])
        elif self._depth == 1 and tag == "tr":
            self._close()
            self.tables[-1].append([])
        elif self._depth == 1 and tag in ("td", "th"):
            self._close()
            given = dict(attrs)
            self._span = (_span(given.get("rowspan")), _span(given.get("colspan")))
            self._cell = []
        elif tag in ("br", "p", "div", "li") and self._cell:
            self._cell.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == "table":
            if self._depth == 1:
                self._close()
            self._depth = max(0, self._depth - 1)
        elif self._depth == 1 and tag in ("td", "th", "tr"):
            self._close()

    def handle_data(self, data: str) -> None:
        if self._cell is not None:
            self._cell.append(data)

    def _close(self) -> None:
        if self._cell is not None:
            text = re.sub(r"[ \t\r\f\v\xa0]+", " ", "".join(self._cell))
            text = re.sub(r" ?\n[\s]*", "\n", text).strip()
            if not self.tables[-1]:
                self.tables[-1].append([])
            self.tables[-1][-1].append((text, *self._span))
        self._cell = None


def _span(text: str | None) -> int:
    return max(1, min(int(text), 1000)) if text and text.strip().isdigit() else 1


def html_tables(page: str) -> list[Grid]:
    """Every table of a page, with rowspan and colspan filled in."""
    parser = _Tables()
    parser.feed(page)
    parser.close()
    return [_spread(table) for table in parser.tables]


def _spread(table: list[list[tuple[str, int, int]]]) -> Grid:
    grid: dict[tuple[int, int], str] = {}
    for number, cells in enumerate(table):
        column = 0
        for text, down, across in cells:
            while (number, column) in grid:
                column += 1
            for row in range(number, min(number + down, len(table))):
                grid.update({(row, one): text for one in range(column, column + across)})
            if len(grid) > MAX_CELLS:
                raise TableError(f"表格超过 {MAX_CELLS:,} 格", f"the table has over {MAX_CELLS:,} cells")
            column += across
    width = max((column for _, column in grid), default=-1) + 1
    return [[grid.get((row, column), "") for column in range(width)] for row in range(len(table))]


_W: Final = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def docx_tables(body: bytes) -> list[Grid]:
    """Every top-level table of a Word document, with merged cells filled in.

    Raises:
        TableError: not a Word document.
    """
    _check_unpacked(body)
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as package:
            root = ET.fromstring(package.read("word/document.xml"))  # noqa: S314 - expat resolves nothing external, size is capped
    except (zipfile.BadZipFile, KeyError, ET.ParseError) as error:
        raise TableError("不是 Word（docx）文件", "not a Word document (docx)") from error
    content = root.find(f"{_W}body")
    return [_docx_grid(table) for table in (content.findall(f"{_W}tbl") if content is not None else ())]


def _docx_grid(table: ET.Element) -> Grid:
    grid: Grid = []
    for row in table.findall(f"{_W}tr"):
        cells: list[str] = []
        for cell in row.findall(f"{_W}tc"):
            across, merge = cell.find(f"{_W}tcPr/{_W}gridSpan"), cell.find(f"{_W}tcPr/{_W}vMerge")
            text = "\n".join("".join(run.text or "" for run in one.iter(f"{_W}t")) for one in cell.findall(f"{_W}p")).strip()
            continued = merge is not None and merge.get(f"{_W}val", "continue") == "continue"
            if continued and grid and len(cells) < len(grid[-1]):
                text = grid[-1][len(cells)]
            cells += [text] * (_span(across.get(f"{_W}val")) if across is not None else 1)
        grid.append(cells)
    return grid


def _check_unpacked(body: bytes) -> None:
    if not body.startswith(b"PK"):
        return
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as package:
            size = sum(one.file_size for one in package.infolist())
    except zipfile.BadZipFile as error:
        raise TableError("文件损坏，无法解压", "the file is damaged and cannot be unpacked") from error
    if size > MAX_XML_BYTES:
        raise TableError(f"解压后超过 {MAX_XML_BYTES // 2**20} MB", f"over {MAX_XML_BYTES // 2**20} MB when unpacked")
