"""Lines to paragraphs: hard line breaks are mended, what belongs apart stays apart."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

MARKER: Final = re.compile(
    r"第[一二三四五六七八九十百零〇\d]{1,5}[篇章节条款项]"
    r"|(?:附件|附表|附录)\s*\d{0,2}\s*[:：.]?"
    r"|[一二三四五六七八九十]{1,3}[、．.]"
    r"|[（(][一二三四五六七八九十]{1,3}[）)]"
    r"|\d{1,2}\s*[、．](?!\d)|\d{1,2}\.(?!\d)"
    r"|[（(]\d{1,2}[）)]"
    r"|[①-⑳]"
    r"|[（(]?[a-zA-Z][）).、](?=[^a-zA-Z.])"
    r"|问题?\s*[一二三四五六七八九十\d]*\s*[:：]|答\s*[:：]|[QA]\d{0,2}\s*[:：]"
)
"""What begins a new unit at the start of a line."""

_LABEL: Final = re.compile(r"[\u4e00-\u9fff]{2,10}[:：]")
_ENDS: Final = re.compile(r"[。！？!?；;：:…”）)》】]$")
_SENTENCE_END: Final = re.compile(r"[。！？!?；;：:]$|[。！？；][”’）)》】]$")
_DATE_LINE: Final = re.compile(
    r"[\d〇一二三四五六七八九十]{2,4}\s*年\s*[\d一二三四五六七八九十]{1,3}\s*月\s*[\d一二三四五六七八九十]{1,3}\s*日"
)
_INDENT: Final = re.compile(r"^(?:\u3000{1,4}| {2,8}|\t)\S")
_KIND_WORD: Final = re.compile(r"(?:意见|办法|通知|公告|细则|规定|方案|报告|决定|条例|措施|规划|指南|提纲|通告|函|纲要)$")
_LONG_LINE: Final = 60
"""A line of more characters than this is no heading: without an end it goes on."""
_NARROWEST: Final = 44
"""Columns below which a text is not taken as wrapped at a fixed width."""
_LATIN: Final = re.compile(r"[A-Za-z0-9]$")


def paragraphs(lines: Sequence[str]) -> Iterator[str]:
    """Paragraphs from lines; a line goes on with the next one where the sentence was cut in the middle.

    A line is taken as cut when it is about as long as the text's usual full line, does not end a
    sentence, and the next line neither is blank, indented, numbered, labelled nor a date.
    """
    width = _full_width(lines)
    current = ""
    for position, raw in enumerate(lines):
        line = raw.strip()
        if not line:
            if current:
                yield current
            current = ""
            continue
        if current and _goes_on(current, lines[position - 1], raw, width):
            current += (" " if _LATIN.search(current) and line[0].isascii() and line[0].isalnum() else "") + line
            continue
        if current:
            yield current
        current = line
    if current:
        yield current


def _full_width(lines: Iterable[str]) -> int:
    """Width of a full line: of the widest ones, a few odd long lines left out."""
    widths = sorted(_width(line.strip()) for line in lines)
    return widths[min(len(widths) - 1, int(len(widths) * 0.98))] if widths else 0


def _width(line: str) -> int:
    """Columns a line takes: two for a wide character, one for others."""
    return sum(1 if character.isascii() else 2 for character in line)


def _goes_on(current: str, before: str, after: str, width: int) -> bool:
    line, last = after.strip(), before.strip()
    if _SENTENCE_END.search(last) or _DATE_LINE.match(line) or MARKER.match(line) or _LABEL.match(line):
        return False
    if _INDENT.match(after) and not _INDENT.match(before):
        return False
    if last.startswith("关于") and not _KIND_WORD.search(last) and len(line) < _LONG_LINE and _KIND_WORD.search(line):
        return True
    if len(last) >= _LONG_LINE and not _ENDS.search(last):
        return True
    if (
        current.count("“") > current.count("”")
        or current.count("《") > current.count("》")
        or current.count("（") > current.count("）")
    ):
        return True
    if _width(last) < max(_NARROWEST, width * 0.85):
        return _mid_clause(last, line)
    return not _ENDS.search(last)


def _mid_clause(last: str, line: str) -> bool:
    """Whether a line breaks off after punctuation that never ends a paragraph."""
    return last.endswith(("，", "、", "—", "“", "《", "（")) and not line.startswith(("“", "附"))
