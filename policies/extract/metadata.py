"""Title, issuing bodies, number and dates of a document."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Final

from policies.extract.bodies import bodies_in, owner_of, place_in
from policies.extract.dates import DATE as DATE_PATTERN
from policies.extract.dates import date_of, first_date, last_day_of_term, month_of
from policies.extract.numbers import plain_digits
from policies.extract.quantities import quantities
from policies.read.document import Document
from policies.split.parts import bodies_of, signature

_TAGS: Final = re.compile(
    r"^(?:\s*(?:【[^】]{1,12}】|[（(](?:转载|转发|图文|原创|更新)[）)]|\[[^\]]{1,8}\]))+|^(?:转载|转发)[：:]\s*"
)
_KIND: Final = (
    "(?:意见|办法|通知|公告|细则|规定|方案|报告|决定|条例|措施|规划|指南|提纲|通告|函|纲要|批复|公报|解读|问答|解答"
    "|清单|政策|办法》的通知)"
)
_TITLE: Final = re.compile(rf"关于.{{2,100}}{_KIND}|.{{2,60}}{_KIND}(?:[（(][^）)]{{1,20}}[）)])?$")
NUMBER: Final = re.compile(r"[\u4e00-\u9fff]{1,16}\s*[〔【\[（(［]\s*\d{4}\s*[〕】\]）)］]\s*第?\s*\d{1,5}\s*号")
_ORDER: Final = re.compile(r"([\u4e00-\u9fff]{2,24}(?:令|公告))\s*第\s*(\d{1,5})\s*号")
_PROMULGATED: Final = re.compile(
    r"^[（(].{0,40}?(\d{4}年\d{1,2}月\d{1,2}日)\s*(?P<order>[\u4e00-\u9fff]{2,24}令第\d{1,5}号)?.{0,60}?(?:公布|通过|发布)"
)
_BEGINS: Final = re.compile(
    r"(?:自|从)?(?P<day>[^，。；（]{4,24}?)(?:（含[^）]*）)?(?:起|开始)?(?:正式)?(?:施行|实施|执行|生效|试行)"
)
_AT_ISSUE: Final = re.compile(r"(?:自|从)?(?:印发|发布|公布|发文)之日起?(?:\d+日后)?(?:正式)?(?:施行|实施|执行|生效|试行)")
_TERM: Final = re.compile(r"(?:有效期|试行期|执行期限?)(?:限)?(?:为|至|到|是|延长至)?\s*(?P<term>[^，。；]{1,30})")
_SUPERSEDES: Final = re.compile(
    r"((?:[《][^》]{4,120}[》](?:[（(][^）)]{4,60}[）)])?[、和及，]*)+)\s*(?:同时|即行|自[^，。]{2,20}起)?\s*(?:予以)?(?:废止|停止执行)"
)
_OWN: Final = re.compile(
    r"本(?:办法|通知|意见|细则|规定|条例|措施|方案|公告|政策|实施[\u4e00-\u9fff]{2})|^第[一二三四五六七八九十百]+条|有效期"
)
_ADDRESSEE: Final = re.compile(r"^(?:各|有关|市各|区各).{2,60}[：:]$")
_PRINTED: Final = re.compile(r"(\d{4}年\d{1,2}月\d{1,2}日)\s*印发")
_HEAD: Final = 14
"""Blocks at the beginning in which title, number and order are sought."""


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a document says about itself. Dates are ISO; a day that is not stated is None.

    ``region`` is the code of the place the issuing body governs.
    """

    title: str
    issuers: tuple[str, ...] = ()
    document_no: str | None = None
    published: str | None = None
    signed: str | None = None
    effective_from: str | None = None
    effective_to: str | None = None
    supersedes: tuple[str, ...] = ()
    region: str | None = None


def metadata_of(document: Document) -> Metadata:
    """Read the metadata: what the container states first, then what the text says."""
    head = [document.words(block).strip() for block in document.blocks[:_HEAD]]
    title = clean_title(document.fact("title") or _title_in(head))
    issuers = _issuers(document, title, head)
    signed = _signed(document, head)
    published = _iso(document.fact("published"))
    begin, end = _term(document, signed)
    return Metadata(
        title=title,
        issuers=issuers,
        document_no=_number(document, head),
        published=published,
        signed=signed.isoformat() if signed else None,
        effective_from=_iso(document.fact("effective_from")) or (begin.isoformat() if begin else None),
        effective_to=_iso(document.fact("effective_to")) or (end.isoformat() if end else None),
        supersedes=_superseded(document.text),
        region=_region(document, issuers, title),
    )


def clean_title(text: str) -> str:
    """The title without tags such as 【关注】 or （转载）, with single spaces."""
    return " ".join(_TAGS.sub("", text.strip()).split())


def _title_in(head: list[str]) -> str:
    for position, line in enumerate(head):
        if NUMBER.fullmatch(line) or _ADDRESSEE.match(line) or len(line) > 120 or line.endswith(("：", "。")):
            continue
        if _TITLE.search(line):
            before = head[position - 1] if position else ""
            joined = bodies_of(before) and line.startswith("关于")
            return f"{before} {line}" if joined and not line.endswith("。") else line
    return next((line for line in head if len(line) <= 120), head[0][:120] if head else "")


def _number(document: Document, head: list[str]) -> str | None:
    told = document.fact("document_no")
    if told and re.search(r"\d", told) and not re.fullmatch(r"[\d-]+", told):
        return "".join(told.split())
    for position, line in enumerate(head):
        plain = "".join(line.split())
        if NUMBER.fullmatch(plain):
            return plain
        if found := _PROMULGATED.match(line):
            if found.group("order"):
                return found.group("order")
            continue
        following = "".join(head[position + 1].split()) if position + 1 < len(head) else ""
        for candidate in (plain, plain + following if len(following) <= 10 else ""):
            if (order := _ORDER.fullmatch(candidate)) is not None:
                return f"{order.group(1)}第{order.group(2)}号"
    return None


def _issuers(document: Document, title: str, head: list[str]) -> tuple[str, ...]:
    site = document.fact("site") or ""
    order = next((name for line in head if (name := _order(line))), None)
    if order:
        body = re.sub(r"(?:令|公告)$", "", order)
        return (body.removeprefix("中华人民共和国") or body,)
    signed = signature(document)
    named = bodies_of(re.split(r"关于", title)[0]) if "关于" in title else []
    found = list(signed.bodies) if signed else named
    if found:
        place = f"{site} {title} {document.text[:400]}"
        return tuple(dict.fromkeys(name for text in found for name in bodies_in(text, place)))
    first = [name for line in head[1:4] for name in bodies_of(line)]
    if first:
        return tuple(first)
    for name in ("issuers", "source", "publisher"):
        told = document.fact(name)
        if told and (bodies := bodies_in(told, site)):
            return bodies
    owner = owner_of(site) if site else None
    return (owner,) if owner else ()


def _order(line: str) -> str | None:
    """The order a line names, without its number: 广州市人民政府令."""
    told = _PROMULGATED.match(line)
    found = _ORDER.search(told.group("order")) if told and told.group("order") else _ORDER.match("".join(line.split()))
    if found:
        return found.group(1)
    return line if re.fullmatch(r"[\u4e00-\u9fff]{4,24}令", line) else None


def _signed(document: Document, head: list[str]) -> dt.date | None:
    block = signature(document)
    if block is not None and block.date:
        return first_date(block.date)
    for line in head[:8]:
        if re.fullmatch(r"[（(]?[^。，]{0,12}\d{4}\s*年\s*\d{1,2}\s*月\s*\d{1,2}\s*日[^。，]{0,10}[）)]?", line):
            return first_date(line)
    for block_ in reversed(document.blocks[-6:]):
        line = document.words(block_).strip()
        if len(line) <= 20 and (day := first_date(line)) is not None:
            return day
    return None


def _term(document: Document, signed: dt.date | None) -> tuple[dt.date | None, dt.date | None]:
    begin: dt.date | None = None
    end: dt.date | None = None
    printed = _PRINTED.search(document.text)
    issued = (first_date(printed.group(1)) if printed else None) or signed
    for sentence in re.split(r"[。\n]", plain_digits(document.text)):
        if not _OWN.search(sentence) or "《" in sentence.split("施行")[0][:2]:
            continue
        for found in _BEGINS.finditer(sentence):
            begin = first_date(found.group("day")) or _first_of_month(found.group("day")) or begin
        if _AT_ISSUE.search(sentence):
            begin = issued or begin
        for found in _TERM.finditer(sentence):
            end = _end_of(found.group("term"), begin) or end
    return begin, end


def _first_of_month(text: str) -> dt.date | None:
    found = month_of(text)
    return dt.date(*found, 1) if found else None


def _end_of(term: str, begin: dt.date | None) -> dt.date | None:
    for found in DATE_PATTERN.finditer(term):
        if (day := date_of(found)) is not None:
            return day
    length = next((q for q in quantities(term) if q.unit in ("years", "months")), None)
    return last_day_of_term(begin, int(length.months)) if length and begin else None


def _superseded(text: str) -> tuple[str, ...]:
    found = [title for match in _SUPERSEDES.finditer(text) for title in re.findall(r"《([^》]+)》", match.group(1))]
    return tuple(dict.fromkeys("".join(title.split("\n")) for title in found))


def _region(document: Document, issuers: tuple[str, ...], title: str) -> str | None:
    for text in (title, *issuers):
        if (place := place_in(text)) is not None:
            return place.code
    if any(
        body.startswith(("国务院", "国家", "财政部", "科技部", "教育部", "工业和信息化部", "人力资源社会保障部"))
        for body in issuers
    ):
        return "100000"
    places = (place_in(text) for text in (document.fact("site") or "", document.text[:300]))
    return next((place.code for place in places if place is not None), None)


def _iso(text: str | None) -> str | None:
    day = first_date(text) if text else None
    return day.isoformat() if day else None
