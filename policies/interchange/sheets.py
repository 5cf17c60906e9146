"""The catalogue as a spreadsheet and back, the same bytes for the same catalogue."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Iterator
from typing import Final

from policies.catalogue import Catalogue, CatalogueError
from policies.codec import PolicyFormatError, policy_from_json, policy_to_json, policy_to_line
from policies.interchange.flat import COLUMNS, flat_row, from_flat_row
from policies.schema import Policy

MAX_CELL: Final = 32_000
"""Characters put in one cell (Excel takes 32,767); a longer text goes on in the column ``name+1``."""

SHEET: Final = "policies"
DICTIONARY: Final = "columns"
_FIXED: Final = dt.datetime(2020, 1, 1)  # noqa: DTZ001 - the format has no time zone
"""The date written into the file: a real one would make equal catalogues differ."""


def to_xlsx(catalogue: Catalogue) -> bytes:
    """A workbook with the sheets ``policies`` (one row each) and ``columns`` (the data dictionary)."""
    from openpyxl import Workbook
    from openpyxl.cell import Cell, WriteOnlyCell

    rows = [dict(_pieces(flat_row(policy_to_json(policy)))) for policy in catalogue]
    more = {name for row in rows for name in row if "+" in name}
    columns = [
        name for plain in COLUMNS for name in (plain, *sorted((m for m in more if m.rsplit("+", 1)[0] == plain), key=_part))
    ]
    book = Workbook(write_only=True)
    book.properties.created = book.properties.modified = _FIXED
    sheet = book.create_sheet(SHEET)
    sheet.freeze_panes = "C2"

    def cells(texts: list[str]) -> list[Cell | None]:
        found: list[Cell | None] = []
        for text in texts:
            cell = WriteOnlyCell(sheet, text) if text else None
            if cell is not None:
                cell.data_type = "s"  # a text that begins with = is a text
            found.append(cell)
        return found

    sheet.append(cells(columns))
    for row in rows:
        sheet.append(cells([row.get(name, "") for name in columns]))
    told = book.create_sheet(DICTIONARY)
    for line in (("column", "type", "zh", "en"), *((name, *words) for name, words in COLUMNS.items())):
        told.append(cells(list(line)))
    out = io.BytesIO()
    book.save(out)
    return _without_clock(out.getvalue())


def from_xlsx(body: bytes, name: str) -> Catalogue:
    """Read what :func:`to_xlsx` has written, also after a person has edited it.

    Raises:
        CatalogueError: listing every row that is wrong.
    """
    from policies.tables import Reader, TableError, read_rows

    policies: list[Policy] = []
    problems: list[str] = []
    seen: dict[str, int] = {}
    try:
        rows = read_rows(body, Reader("xlsx", (SHEET,), (1,)), keep_space=True)
    except TableError as error:
        raise CatalogueError(name, [str(error)]) from error
    for number, row in enumerate(rows, 2):
        try:
            policy = policy_from_json(from_flat_row(_whole({key: str(cell) for key, cell in row.cells.items()})))
        except (ValueError, PolicyFormatError) as error:
            problems.append(f"row {number}: {error}")
            continue
        if policy.id in seen:
            problems.append(f"row {number}: policy {policy.id} stands on row {seen[policy.id]} already")
        seen[policy.id] = number
        policies.append(policy)
    if problems:
        raise CatalogueError(name, problems)
    return Catalogue(tuple(policies), name, tuple(map(policy_to_line, policies)))


def _pieces(row: dict[str, str]) -> Iterator[tuple[str, str]]:
    for name, text in row.items():
        for number, start in enumerate(range(0, max(len(text), 1), MAX_CELL)):
            yield (f"{name}+{number}" if number else name), text[start : start + MAX_CELL]


def _whole(row: dict[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, text in sorted(row.items(), key=lambda one: (one[0].split("+")[0], _part(one[0]))):
        plain = name.split("+")[0]
        found[plain] = found.get(plain, "") + text
    return found


def _part(name: str) -> int:
    _, _, number = name.partition("+")
    return int(number) if number.isdigit() else 0


def _without_clock(body: bytes) -> bytes:
    """The same archive with one date for every member, and none of the day of writing."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(body)) as given, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for member in given.infolist():
            content = given.read(member)
            if member.filename == "docProps/core.xml":
                content = _dated(content)
            info = zipfile.ZipInfo(member.filename, (2020, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o600 << 16
            made.writestr(info, content)
    return out.getvalue()


def _dated(core: bytes) -> bytes:
    import re

    return re.sub(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*(<)", rb"\g<1>2020-01-01T00:00:00Z\g<2>", core)
