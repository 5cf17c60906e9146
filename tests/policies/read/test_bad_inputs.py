"""What cannot be read says so in one line, in both languages; nothing else is raised."""

from __future__ import annotations

import contextlib
import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.read.document import Limits, ReadError
from policies.read.reader import SUFFIXES, read_bytes, read_path
from tests.policies.sample import FORMATS


def bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b"0" * 30_000_000)
    return out.getvalue()


def encrypted() -> bytes:
    from reportlab.lib import pdfencrypt
    from reportlab.pdfgen import canvas

    out = io.BytesIO()
    page = canvas.Canvas(out, encrypt=pdfencrypt.StandardEncryption("secret"))
    page.drawString(100, 100, "x")
    page.save()
    return out.getvalue()


BAD = {
    "empty": (lambda: b"", "x.txt", "empty"),
    "blank": (lambda: b" \n\t", "x.txt", "empty"),
    "binary": (lambda: b"\x01\x00\x02" * 50, "x.txt", "binary"),
    "picture": (lambda: b"\x89PNG\r\n" + b"x" * 50, "x.html", "unsupported"),
    "old word": (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 600, "x.doc", "unsupported"),
    "broken workbook": (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 600, "x.xls", "broken"),
    "truncated docx": (lambda: FORMATS["notice.docx"]()[:3000], "x.docx", "broken"),
    "truncated pdf": (lambda: b"%PDF-1.7\n%x", "x.pdf", "broken"),
    "encrypted pdf": (encrypted, "x.pdf", "encrypted"),
    "zip bomb": (bomb, "x.docx", "too_large"),
    "truncated json": (lambda: b'{"a": [1, 2', "x.json", "broken"),
    "deep json": (lambda: b"[" * 50_000 + b"]" * 50_000, "x.json", "too_deep"),
    "deep html": (lambda: b"<html><body>" + b"<div>" * 2000 + "文，字。".encode(), "x.html", "too_deep"),
    "page without words": (lambda: b"<html><body><img src=x></body></html>", "x.html", "no_text"),
}


@pytest.mark.parametrize("name", list(BAD))
def test_bad_input(name: str) -> None:
    make, file, kind = BAD[name]
    with pytest.raises(ReadError) as caught:
        read_bytes(make(), file)
    assert caught.value.kind == kind
    assert caught.value.message.zh
    assert caught.value.message.en
    assert "\n" not in str(caught.value)


def test_wrong_extension_is_read_with_a_warning() -> None:
    document = read_bytes("给予补贴一万元。".encode(), "x.pdf")
    assert document.kind == "text"
    assert "x.pdf" not in document.text
    assert document.warnings[0].zh.startswith("扩展名 .pdf")


def test_limits() -> None:
    with pytest.raises(ReadError, match="file_bytes"):
        read_bytes(b"x" * 100, "x.txt", Limits(file_bytes=10))
    with pytest.raises(ReadError, match="text_characters"):
        read_bytes("政策。\n".encode() * 100, "x.txt", Limits(text_characters=50))
    with pytest.raises(ReadError, match="cells"):
        read_bytes(b"a,b\n" * 100, "x.csv", Limits(cells=50))
    with pytest.raises(ReadError, match="pages"):
        read_bytes(FORMATS["notice.pdf"](), "x.pdf", Limits(pages=0))


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match=r"cannot open"):
        read_path(tmp_path / "nothing.txt")


@given(raw=st.binary(max_size=300), suffix=st.sampled_from(sorted(SUFFIXES)))
def test_no_bytes_raise_anything_else(raw: bytes, suffix: str) -> None:
    with contextlib.suppress(ReadError):
        read_bytes(raw, f"x{suffix}")
