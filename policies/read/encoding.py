"""Bytes to characters: the encoding ladder, and folding of look-alike characters from PDFs."""

from __future__ import annotations

import codecs
import re
import unicodedata
from typing import Final

from policies import characters
from policies.read.document import ReadError

_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DECLARED: Final = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?\s*([A-Za-z0-9_.:-]{2,40})""", re.IGNORECASE)
_WIDER: Final = {"gb2312": "gb18030", "gbk": "gb18030", "gb_2312-80": "gb18030", "x-gbk": "gb18030", "cp936": "gb18030"}
_LOOK_ALIKES: Final = re.compile("[\u2e80-\u2fdf\uf900-\ufaff]")
_CONTROLS: Final = re.compile("[\x00-\x08\x0e-\x1f\x7f\ufeff\u200b-\u200f\u202a-\u202e\u2060]")
_LEAST_FOR_GUESS: Final = 16
_HEAD: Final = 4096


def decode(raw: bytes, *, declared: str | None = None) -> str:
    """Characters of ``raw``, without byte-order mark, controls and compatibility look-alikes.

    The ladder: byte-order mark, declared charset (gb2312 and gbk read as gb18030), strict utf-8,
    strict gb18030, statistical guess.

    Args:
        raw: the bytes of a text file.
        declared: a charset known from outside, such as an HTTP header.

    Raises:
        ReadError: binary data (``binary``) or an encoding that cannot be told (``encoding``).
    """
    return fold(_decoded(raw, declared))


def _decoded(raw: bytes, declared: str | None) -> str:
    for mark, name in _BOMS:
        if raw.startswith(mark):
            return _strictly(raw, name) or raw.decode(name, errors="replace")
    if b"\x00" in raw[:_HEAD]:
        raise ReadError("binary", "这是二进制文件，不是文本", "this is binary data, not text; convert it to a known format first")
    found = _DECLARED.search(raw[:_HEAD])
    names = [declared, found.group(1).decode("ascii") if found else None, "utf-8", "gb18030"]
    for name in filter(None, names):
        read = _strictly(raw, _WIDER.get(name.lower(), name))
        if read is not None:
            return read
    return _guessed(raw)


def _strictly(raw: bytes, name: str) -> str | None:
    try:
        return raw.decode(name)
    except (UnicodeError, LookupError):
        return None


def _guessed(raw: bytes) -> str:
    if len(raw) >= _LEAST_FOR_GUESS:
        from charset_normalizer import from_bytes

        best = from_bytes(raw[: 2**20]).best()
        if best is not None and best.encoding:
            return raw.decode(best.encoding, errors="replace")
    raise ReadError(
        "encoding",
        "无法判断文字编码，请另存为 UTF-8",
        "the character encoding cannot be told; save the file as UTF-8 and try again",
    )


def fold(text: str) -> str:
    r"""``text`` with Kangxi radicals and compatibility ideographs as the usual characters, line ends as ``\\n``."""
    plain = _LOOK_ALIKES.sub(lambda found: unicodedata.normalize("NFKC", found.group()), text)
    return _CONTROLS.sub("", plain.replace("\r\n", "\n").replace("\r", "\n"))


def index_form(text: str) -> str:
    """The form to search in: whole-text NFKC, simplified characters, lower case. Offsets are not kept."""
    return characters.simplified(unicodedata.normalize("NFKC", text)).lower()
