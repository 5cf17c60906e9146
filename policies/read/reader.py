"""One door for every kind of file: what it is is told by its bytes first, by its name second."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path, PurePath
from typing import Final, TypeAlias

from policies.read.document import DEFAULT_LIMITS, Document, Limits, ReadError, too_large
from policies.read.encoding import fold
from policies.schema import Text

Reader: TypeAlias = Callable[[bytes, Limits], Document]

SUFFIXES: Final = frozenset(
    [
        ".txt",
        ".text",
        ".md",
        ".html",
        ".htm",
        ".shtml",
        ".xhtml",
        ".docx",
        ".pdf",
        ".xlsx",
        ".xlsm",
        ".xls",
        ".xlsb",
        ".ods",
        ".csv",
        ".tsv",
        ".json",
        ".jsonl",
        ".ndjson",
    ]
)
"""Kinds of file that can be read."""

_HTML: Final = re.compile(rb"<(?:!doctype\s+html|html|head|body|meta|div|p|table|article)\b", re.IGNORECASE)
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PICTURES: Final = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"II*\x00", b"MM\x00*", b"BM")


def read_path(path: Path, limits: Limits = DEFAULT_LIMITS) -> Document:
    """Read one file.

    Raises:
        ReadError: with a bilingual message, whatever is wrong with the file.
    """
    try:
        size = path.stat().st_size
        if size > limits.file_bytes:
            raise too_large("file_bytes", size, limits.file_bytes)
        raw = path.read_bytes()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ReadError("unreadable", f"打不开文件 {path.name}：{reason}", f"cannot open {path.name}: {reason}") from error
    return read_bytes(raw, path.name, limits)


def read_bytes(raw: bytes, name: str, limits: Limits = DEFAULT_LIMITS) -> Document:
    """Read the bytes of a file called ``name``.

    Raises:
        ReadError: with a bilingual message, whatever is wrong with the file.
    """
    if not raw.strip():
        raise ReadError("empty", f"文件 {name} 是空的", f"the file {name} is empty; check the download")
    if len(raw) > limits.file_bytes:
        raise too_large("file_bytes", len(raw), limits.file_bytes)
    suffix = PurePath(name).suffix.lower()
    kind, reader = _reader(raw, suffix, limits)
    document = reader(raw, limits)
    warnings = document.warnings
    expected = _KIND_OF_SUFFIX.get(suffix)
    if expected is not None and kind != expected:
        warnings = (
            *warnings,
            Text(f"扩展名 {suffix} 与内容不符，按 {kind} 读入", f"the extension {suffix} does not fit; read as {kind}"),
        )
    return replace(document, origin=name, sha256=hashlib.sha256(raw).hexdigest(), warnings=warnings)


def document_from_text(text: str, origin: str = "", kind: str = "text") -> Document:
    """A Document of text already at hand, one block a line, without mending."""
    from policies.read.document import Piece, assemble

    document = assemble((Piece(line.strip()) for line in fold(text).split("\n")), kind)
    return replace(document, origin=origin, sha256=hashlib.sha256(text.encode()).hexdigest())


_KIND_OF_SUFFIX: Final = {
    ".html": "html",
    ".htm": "html",
    ".shtml": "html",
    ".docx": "docx",
    ".pdf": "pdf",
    ".xlsx": "workbook",
    ".xls": "workbook",
    ".ods": "workbook",
}


def _reader(raw: bytes, suffix: str, limits: Limits) -> tuple[str, Reader]:
    head = raw[:2048].lstrip()
    if head.startswith(b"%PDF"):
        from policies.read.pdf import read_pdf

        return "pdf", read_pdf
    if head.startswith(b"PK\x03\x04"):
        return _archive(raw, limits)
    if head.startswith(_OLE):
        return _ole(suffix)
    if head.startswith(_PICTURES):
        raise ReadError("unsupported", "这是图片，请转成 PDF 再读入", "this is a picture; turn it into a PDF and read that")
    return _texts(head, suffix)


def _texts(head: bytes, suffix: str) -> tuple[str, Reader]:
    if _HTML.search(head) or suffix in (".html", ".htm", ".shtml", ".xhtml"):
        from policies.read.html import read_html

        return "html", read_html
    if suffix in (".csv", ".tsv"):
        from policies.read.sheet import read_csv

        return "csv", read_csv
    from policies.read.text import read_json, read_text

    if suffix in (".json", ".jsonl", ".ndjson"):
        return "json", read_json
    return "text", read_text


def _archive(raw: bytes, limits: Limits) -> tuple[str, Reader]:
    from policies.read.office import check_archive, read_docx

    names = check_archive(raw, limits)
    if "word/document.xml" in names:
        return "docx", read_docx
    if "xl/workbook.xml" in names or "xl/workbook.bin" in names or "content.xml" in names:
        from policies.read.sheet import read_workbook

        return "workbook", read_workbook
    raise ReadError(
        "unsupported", "这是压缩包，请先解压再读入其中的文件", "this is an archive; unpack it and read the files in it"
    )


def _ole(suffix: str) -> tuple[str, Reader]:
    if suffix == ".doc":
        raise ReadError(
            "unsupported", "旧版 Word（.doc），请另存为 .docx", "an old Word file (.doc); save it as .docx and read that"
        )
    from policies.read.sheet import read_workbook

    return "workbook", read_workbook
