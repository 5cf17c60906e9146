"""Word documents: paragraphs and tables in their order, headings by style."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from typing import Any, Final

from policies.read.document import CELL_MARK, DEFAULT_LIMITS, Document, Limits, Piece, ReadError, assemble, too_large
from policies.read.encoding import fold

_HEADING: Final = re.compile(r"(?:heading|标题)\s*(\d)", re.IGNORECASE)


def check_archive(raw: bytes, limits: Limits) -> frozenset[str]:
    """Names inside a zip archive, once its unpacked size is known to be within the limits.

    Raises:
        ReadError: broken archive, or a bomb (``too_large``).
    """
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, EOFError) as error:
        raise broken("压缩包", "archive") from error
    total = sum(entry.file_size for entry in entries)
    if total > limits.archive_bytes:
        raise too_large("archive_bytes", total, limits.archive_bytes)
    if total > limits.archive_ratio * max(len(raw), 1) and total > 2**20:
        raise too_large("archive_ratio", total / max(len(raw), 1), limits.archive_ratio)
    return frozenset(entry.filename for entry in entries)


def broken(zh: str, en: str) -> ReadError:
    """The error for a file that ends early or is damaged."""
    return ReadError(
        "broken", f"{zh}已损坏或不完整，请重新下载或另存", f"the {en} is damaged or cut off; download or save it again"
    )


def read_docx(raw: bytes, limits: Limits = DEFAULT_LIMITS) -> Document:
    """Read a Word document.

    Raises:
        ReadError: damaged file, bomb, or no text.
    """
    import docx

    check_archive(raw, limits)
    try:
        opened = docx.Document(io.BytesIO(raw))
    except Exception as error:
        raise broken("Word 文件", "Word file") from error
    core = opened.core_properties
    facts = [("title", fold(core.title))] if core.title and not core.title.isascii() else []
    return assemble(_pieces(opened), "docx", facts, limits)


def _pieces(opened: Any) -> Iterator[Piece]:  # noqa: ANN401 - python-docx's own type is not exported
    for item in opened.iter_inner_content():
        if hasattr(item, "rows"):
            for row in item.rows:
                cells = _distinct(row.cells)
                if any(cells):
                    yield Piece(CELL_MARK.join(cells), "row")
            continue
        style = (item.style.name if item.style is not None else "") or ""
        found = _HEADING.match(style)
        level = int(found.group(1)) if found else 1 if style.lower() == "title" else 0
        for line in fold(item.text).split("\n"):
            text = line.strip()
            if text:
                yield Piece(text, "heading" if level else "paragraph", level)


def _distinct(cells: Any) -> list[str]:  # noqa: ANN401
    """Texts of the cells; a merged cell stands once for each column it covers, so neighbours alike are one."""
    found: list[str] = []
    before: object = None
    for cell in cells:
        if getattr(cell, "_tc", cell) is not before:
            found.append(" ".join(fold(cell.text).split()))
        before = getattr(cell, "_tc", cell)
    return found
