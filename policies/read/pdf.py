"""PDF: text by pypdfium2, tables by pdfplumber, scans by rapidocr (extra ``ocr``)."""

from __future__ import annotations

import io
import logging
import time
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final

from policies.read.document import CELL_MARK, DEFAULT_LIMITS, Document, Limits, Piece, ReadError, assemble, too_large
from policies.read.encoding import fold
from policies.read.lines import paragraphs
from policies.read.office import broken

_SCAN_CHARACTERS: Final = 8
"""A page with fewer characters of text than this is taken as a picture of a page."""
_OCR_SCALE: Final = 2.0
"""Render scale for reading a scan: 144 dots an inch, enough for print and twice as fast as 200."""


def read_pdf(raw: bytes, limits: Limits = DEFAULT_LIMITS) -> Document:
    """Read a PDF; pages without text are read by character recognition where the extra is installed.

    Raises:
        ReadError: encrypted, damaged, too many pages, too slow, or a scan without the extra ``ocr``.
    """
    import pypdfium2

    try:
        opened = pypdfium2.PdfDocument(raw)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            raise ReadError(
                "encrypted", "PDF 已加密，请先解除密码再读入", "the PDF is encrypted; remove the password and read it again"
            ) from error
        raise broken("PDF", "PDF") from error
    try:
        if len(opened) > limits.pages:
            raise too_large("pages", len(opened), limits.pages)
        return _read(opened, raw, limits)
    finally:
        opened.close()


def _read(opened: Any, raw: bytes, limits: Limits) -> Document:  # noqa: ANN401 - pypdfium2 has no types
    began = time.monotonic()
    pages: list[str] = []
    scanned = False
    for number in range(len(opened)):
        if time.monotonic() - began > limits.seconds:
            raise too_large("seconds", time.monotonic() - began, limits.seconds)
        page = opened[number]
        text = fold(page.get_textpage().get_text_range())
        if len("".join(text.split())) < _SCAN_CHARACTERS and _has_picture(page):
            text, scanned = _recognised(page), True
        pages.append(text)
    tables = {} if scanned else _tables(raw, pages)
    return assemble(_pieces(pages, tables), "scan" if scanned else "pdf", (), limits)


def _has_picture(page: Any) -> bool:  # noqa: ANN401
    return any(item.type == 3 for item in page.get_objects(max_depth=2))


def _recognised(page: Any) -> str:  # noqa: ANN401
    found = _recogniser()(page.render(scale=_OCR_SCALE).to_numpy())
    return fold("\n".join(found.txts or ()))


@lru_cache(maxsize=1)
def _recogniser() -> Any:  # noqa: ANN401 - rapidocr has no types
    """The character recogniser, loaded once in each process (a few seconds, about 800 MB)."""
    try:
        from rapidocr import RapidOCR
    except ImportError as error:
        raise ReadError(
            "needs_ocr",
            '这是扫描件，识别文字需要安装：pip install "policymatch[ocr]"',
            'this is a scan; reading it needs: pip install "policymatch[ocr]"',
        ) from error
    return RapidOCR(params={"Global.log_level": "error"})


def _tables(raw: bytes, pages: list[str]) -> dict[int, list[list[str]]]:
    """Rows of the tables by page; only pages are opened whose lines look like columns."""
    import pdfplumber

    logging.getLogger("pdfminer").setLevel(logging.ERROR)
    found: dict[int, list[list[str]]] = {}
    with pdfplumber.open(io.BytesIO(raw)) as opened:
        for number, page in enumerate(opened.pages[: len(pages)]):
            if len(page.lines) + len(page.rects) < 4:
                continue
            rows = [[fold(" ".join((cell or "").split())) for cell in row] for table in page.extract_tables() for row in table]
            if any(len(row) > 1 for row in rows):
                found[number] = [row for row in rows if any(row)]
    return found


def _pieces(pages: list[str], tables: dict[int, list[list[str]]]) -> Iterator[Piece]:
    """Paragraphs over all pages; lines that a table row explains are replaced by the row."""
    waiting: list[str] = []
    first = 1

    def flush() -> Iterator[Piece]:
        for paragraph in paragraphs(waiting):
            yield Piece(paragraph, page=first)
        waiting.clear()

    for number, text in enumerate(pages):
        rows = list(tables.get(number, ()))
        if not waiting:
            first = number + 1
        for line in text.split("\n"):
            row = _row_of(line, rows)
            if row is None:
                waiting.append(line)
                continue
            yield from flush()
            first = number + 1
            if row in rows:
                rows.remove(row)
                yield Piece(CELL_MARK.join(row), "row", page=number + 1)
    yield from flush()


def _row_of(line: str, rows: list[list[str]]) -> list[str] | None:
    plain = "".join(line.split())
    if not plain:
        return None
    for row in rows:
        cells = ["".join(cell.split()) for cell in row if cell]
        if plain == "".join(cells) or plain in cells:
            return row
    return None
