"""Several documents pasted into one file, and the signature block at the end of each."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final

from policies.read.document import Block, Document

_PART: Final = re.compile(r"第[一二三四五六七八九十百\d]{1,4}(?:篇|份)\s*[：:、 ]\s*(.*)")
_DATE: Final = re.compile(
    r"[（(]?\s*([\d〇○零一二三四五六七八九十]{4})\s*年\s*([\d一二三四五六七八九十]{1,3})\s*月\s*([\d一二三四五六七八九十]{1,3})\s*日\s*[）)]?"
)
_ATTACHMENT: Final = re.compile(r"附\s*件\s*\d{0,2}\s*[:：]?")
_BODY_WORD: Final = re.compile(
    r"(?:人民政府|委员会|办公厅|办公室|局|厅|部|署|院|总公司|管委会|联合会|协会|中心|党委|区委|市委|省委|法院|银行|学会|总工会|领导小组)$"
)
_NOT_A_BODY: Final = re.compile(r"[。，；：:？！《》\d]|^(?:各|有关)|关于")


@dataclass(frozen=True, slots=True)
class Signature:
    """The bodies that sign and the day, as written at the end of a document."""

    bodies: tuple[str, ...]
    date: str | None
    start: int


def documents_in(document: Document) -> tuple[Document, ...]:
    """The documents of one file: cut at lines such as ``第二篇：…``, else the whole as it is.

    What stands before the first such line is a document of its own. Each part keeps the origin
    and hash of the file; its offsets are into its own text.
    """
    cuts = [i for i, block in enumerate(document.blocks) if _is_part(document, block)]
    if not cuts or (len(cuts) == 1 and cuts[0] == 0):
        return (document,)
    bounds = sorted({0, *cuts})
    ends = [*bounds[1:], len(document.blocks)]
    return tuple(_part(document, document.blocks[begin:end]) for begin, end in zip(bounds, ends, strict=True))


def _is_part(document: Document, block: Block) -> bool:
    text = document.words(block)
    found = _PART.fullmatch(text)
    return block.kind != "row" and found is not None and len(text) <= 80 and bool(found.group(1)) and "。" not in text


def _part(document: Document, blocks: tuple[Block, ...]) -> Document:
    first = document.words(blocks[0])
    found = _PART.fullmatch(first)
    facts = tuple(fact for fact in document.facts if fact[0] != "title")
    if found:
        facts = (("title", re.sub(r"[（(](?:定稿|终稿|草稿|初稿)[）)]$", "", found.group(1).strip())), *facts)
    begin = blocks[0].start
    moved = tuple(replace(block, start=block.start - begin, end=block.end - begin) for block in blocks)
    return replace(document, text=document.text[begin : blocks[-1].end], blocks=moved, facts=facts)


def signature(document: Document) -> Signature | None:
    """The last signature block: one to eight lines of bodies (or bodies in one line) above a date."""
    blocks = [block for block in document.blocks if block.kind != "row"]
    for position in range(len(blocks) - 1, 0, -1):
        line = document.words(blocks[position]).strip()
        found = _DATE.fullmatch(line)
        if not found:
            continue
        bodies: list[str] = []
        start = blocks[position].start
        for before in reversed(blocks[max(0, position - 8) : position]):
            named = bodies_of(document.words(before))
            if not named:
                break
            bodies, start = [*named, *bodies], before.start
        if bodies:
            return Signature(tuple(dict.fromkeys(bodies)), line, start)
    return None


def bodies_of(line: str) -> list[str]:
    """Names of public bodies where the whole line is made of them, else nothing."""
    plain = line.strip()
    if not plain or len(plain) > 160 or _NOT_A_BODY.search(plain) or _ATTACHMENT.match(plain):
        return []
    names = [part for part in re.split(r"[\s、，,；;]+", plain) if part]
    joined = "".join(names)
    if all(_BODY_WORD.search(name) for name in names):
        return names
    return [joined] if _BODY_WORD.search(joined) and len(joined) <= 30 else []
