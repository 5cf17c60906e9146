"""Tables out: csv for every program, xlsx with one sheet a table; the notice stands on top of each."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from typing import TypeAlias

from policies.schema import Text

Table: TypeAlias = Sequence[Sequence[object]]

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


class ExportError(RuntimeError):
    """A table that cannot be written; the message says what to do."""


def csv_bytes(table: Table, notice: Text) -> bytes:
    """One table as UTF-8 with a byte order mark, so that spreadsheets show Chinese."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([notice.zh])
    writer.writerows([[_safe(cell) for cell in row] for row in table])
    return out.getvalue().encode("utf-8-sig")


def xlsx_bytes(tables: Mapping[str, Table], notice: Text) -> bytes:
    """Tables as the sheets of one workbook.

    Raises:
        ExportError: openpyxl is not installed.
    """
    if not find_spec("openpyxl"):
        raise ExportError("需要 openpyxl，请运行 / openpyxl is needed, run: pip install 'policymatch[office]'")
    from openpyxl import Workbook
    from openpyxl.styles import Font

    book = Workbook()
    book.remove(book.worksheets[0])
    for name, table in tables.items():
        sheet = book.create_sheet(name[:31])
        sheet.append([notice.zh])
        sheet.append([notice.in_language("en")])
        for row in table:
            sheet.append([_safe(cell) for cell in row])
        for cell in sheet[3] if table else ():
            cell.font = Font(bold=True)
        sheet.freeze_panes = "A4"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _safe(cell: object) -> object:
    """Texts that a spreadsheet would take for a formula are marked as text; lists are joined."""
    if isinstance(cell, str):
        return "'" + cell if cell.startswith(_FORMULA_STARTS) else cell
    return cell if isinstance(cell, int | float | None) else str(cell)
