"""The outline of a document: 第X章, 第X条, 一、（一）1.（1）①, questions, labelled paragraphs, table rows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from policies.read.document import Block, Document

_CN: Final = "一二三四五六七八九十百零〇"

RANKS: Final[dict[str, int]] = {
    "part": 0,
    "chapter": 1,
    "section": 2,
    "heading": 3,
    "article": 4,
    "cn": 5,
    "cn_paren": 6,
    "arabic": 7,
    "arabic_paren": 8,
    "circled": 9,
    "letter": 10,
    "label": 11,
    "lead": 12,
}
"""Kinds of clause from the outermost to the innermost, by the usual order of official documents."""

_MARKERS: Final = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        ("part", rf"第([{_CN}\d]{{1,4}})篇[\s：:]*"),
        ("chapter", rf"第([{_CN}\d]{{1,4}})章\s*"),
        ("section", rf"第([{_CN}\d]{{1,4}})节\s*"),
        ("article", rf"第([{_CN}\d]{{1,5}})条\s*"),
        ("cn", rf"(?:问题?)?([{_CN}]{{1,4}})\s*[、．.：:]\s*"),
        ("cn_paren", rf"[（(]([{_CN}]{{1,4}})[）)]\s*[、.．]?\s*"),
        ("arabic", r"(?:问题?|Q)?\s*([\d０-９]{1,3})\s*(?:[、．：:]\s*|\.(?!\d(?!\d{3}年))\s*)"),
        ("arabic_paren", r"[（(]([\d０-９]{1,3})[）)]\s*[、.．]?\s*"),
        ("circled", r"([①-⑳])\s*"),
        ("letter", r"([a-z])[.、)）]\s*"),
    )
)
_LABEL: Final = re.compile(r"[【\[]?([\u4e00-\u9fffA-Za-z（）()“”\"/及和与]{2,18}?)[】\]]?\s*[：:]\s*")
_NOT_LABELS: Final = re.compile(r"(?:包括|如下|以下|其中|例如|规定|条件|情形|标准|即|为|按|下列|网址|https?|答|问|注|如|之一)$")
_ALWAYS_LABELS: Final = re.compile(
    r"(?:补贴|申请|申报|申领|享受|资助|奖励|办理|基础|基本|支持|扶持|认定|政策)(?:条件|标准)$|^(?:条件|标准|流程)$"
)
_SENTENCE: Final = re.compile(r"[。；！]")
_INLINE: Final = (
    re.compile(rf"[（(]([{_CN}]{{1,3}})[）)]"),
    re.compile(r"[（(]([\d]{1,2})[）)]"),
    re.compile(r"([①-⑳])"),
)
_RUN_IN: Final = re.compile(r"([^。，；：！？]{2,24})[。：:]\s*(?=\S)")
_TITLE_MOST: Final = 45


@dataclass(frozen=True, slots=True)
class Clause:
    """A numbered, labelled or plain unit of a document with what stands below it.

    Attributes:
        kind: a key of :data:`RANKS`, or ``text`` for a plain paragraph, ``row`` for a table row, ``root``.
        label: the marker as written: ``（一）``, ``第三条``, ``补贴标准：``.
        number: the marker's number, 0 where it has none.
        start, body, end: own text without children: ``text[start:end]``, the marker ends at ``body``.
        title: the heading or run-in heading, or the empty string.
        until: end of the last descendant.
    """

    kind: str
    label: str
    number: int
    start: int
    body: int
    end: int
    title: str = ""
    children: tuple[Clause, ...] = ()
    until: int = 0

    def walk(self) -> Iterator[Clause]:
        """This clause and all below it, in reading order."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(slots=True)
class _Node:
    clause: Clause
    children: list[_Node] = field(default_factory=list)
    closed: bool = False

    def freeze(self) -> Clause:
        children = tuple(child.freeze() for child in self.children)
        until = max([self.clause.end, *(child.until for child in children)])
        return replace(self.clause, children=children, until=until)


def outline(document: Document) -> Clause:
    """The tree of clauses of ``document`` under one root of kind ``root``."""
    root = _Node(Clause("root", "", 0, 0, 0, 0))
    stack: list[_Node] = [root]
    blocks = document.blocks
    for position, block in enumerate(blocks):
        following = _following(document, blocks, position)
        clause = _clause(document, block, following)
        if clause.kind in RANKS:
            _place(stack, _Node(clause), document)
        else:
            _attach(stack, _Node(clause), document)
        _inline(stack, document)
    return root.freeze()


def _following(document: Document, blocks: Sequence[Block], position: int) -> str:
    return document.words(blocks[position + 1]) if position + 1 < len(blocks) else ""


def _clause(document: Document, block: Block, following: str) -> Clause:
    text = document.words(block)
    if block.kind == "row":
        return Clause("row", "", 0, block.start, block.start, block.end)
    for kind, marker in _MARKERS:
        found = marker.match(text)
        if found and (kind != "letter" or len(text) > found.end()):
            body = block.start + found.end()
            title = _title(text[found.end() :])
            return Clause(kind, found.group(0).strip(), number_of(found.group(1)), block.start, body, block.end, title)
    found = _LABEL.match(text)
    if (
        found
        and (_ALWAYS_LABELS.search(found.group(1)) or not _NOT_LABELS.search(found.group(1)))
        and "的" not in found.group(1)[-2:]
    ):
        return Clause("label", found.group(0).strip(), 0, block.start, block.start + found.end(), block.end, found.group(1))
    if block.kind == "heading" or _stands_alone(text, following):
        return Clause("heading", "", 0, block.start, block.start, block.end, text.strip())
    if text.rstrip().endswith(("：", ":")):
        return Clause("lead", "", 0, block.start, block.start, block.end)
    return Clause("text", "", 0, block.start, block.start, block.end)


def _stands_alone(text: str, following: str) -> bool:
    """A short unnumbered line before a numbering that begins again is a heading."""
    if not 2 <= len(text) <= 30 or re.search(r"[。；，：:、？?\d]$|\t|^附件|年.*月.*日", text):
        return False
    return any(marker.match(following) and number_of(marker.match(following).group(1)) == 1 for _, marker in _MARKERS[4:7])  # type: ignore[union-attr]


def _title(text: str) -> str:
    plain = text.strip()
    if len(plain) <= _TITLE_MOST and not _SENTENCE.search(plain) and not plain.endswith(("：", ":", "，")):
        return plain
    found = _RUN_IN.match(plain)
    return found.group(1) if found else ""


def _place(stack: list[_Node], node: _Node, document: Document) -> None:
    kind = node.clause.kind
    if kind == "lead":
        _attach(stack, node, document)
        stack.append(node)
        return
    kinds = [item.clause.kind for item in stack]
    if kind in kinds and not (kind == "heading" and stack[-1].clause.kind == "heading"):
        del stack[kinds.index(kind) :]
    elif kind == "label":
        while len(stack) > 1 and not _is_heading(stack[-1].clause):
            stack.pop()
    elif kind == "heading" and stack[-1].clause.kind == "heading" and not stack[-1].children:
        pass
    else:
        while len(stack) > 1 and RANKS.get(stack[-1].clause.kind, -1) > RANKS[kind] and not _leads(stack[-1], document):
            stack.pop()
    stack[-1].children.append(node)
    stack.append(node)


def _is_heading(clause: Clause) -> bool:
    return clause.kind in ("root", "part", "chapter", "section", "heading", "cn") or (
        bool(clause.title) and clause.end - clause.body <= _TITLE_MOST
    )


def _leads(node: _Node, document: Document) -> bool:
    """Whether a lead or label still waits for its list."""
    text = document.text[node.clause.start : node.clause.end].rstrip()
    return node.clause.kind in ("lead", "label") and text.endswith(("：", ":")) and not node.children


def _attach(stack: list[_Node], node: _Node, document: Document) -> None:
    """Put plain text below the clause it goes on: a list whose last item ended with a full stop is over."""
    while len(stack) > 1:
        if node.clause.kind == "row" and stack[-1].children and stack[-1].children[-1].clause.kind == "row":
            break
        if stack[-1].clause.kind == "lead" and not stack[-1].children and node.clause.kind == "text":
            stack.pop()
            continue
        top, text = stack[-1], document.text[stack[-1].clause.start : stack[-1].clause.end].rstrip()
        siblings = stack[-2].children
        in_list = len(siblings) > 1 and document.text[siblings[-2].clause.start : siblings[-2].clause.end].rstrip().endswith(
            ("；", ";")
        )
        if (in_list and text.endswith(("。", "."))) or (top.clause.kind == "lead" and top.children and not in_list):
            stack.pop()
            continue
        if in_list and not top.clause.title:
            break
        break
    stack[-1].children.append(node)


def _inline(stack: list[_Node], document: Document) -> None:
    """Numbered parts inside one paragraph become children of it."""
    parent = stack[-1]
    node = parent.children[-1] if parent.children and parent.children[-1].clause.kind in ("text", "row") else parent
    clause = node.clause
    if node.children or clause.kind in ("root", "heading"):
        return
    text = document.text[clause.body : clause.end]
    for kind, marker in zip(("cn_paren", "arabic_paren", "circled"), _INLINE, strict=True):
        found = _sequence(text, marker)
        if len(found) < 2:
            continue
        ends = [*(item.start() for item in found[1:]), len(text)]
        for item, end in zip(found, ends, strict=True):
            start, body = clause.body + item.start(), clause.body + item.end()
            part = Clause(kind, item.group(0), number_of(item.group(1)), start, body, clause.body + end, "")
            node.children.append(_Node(part))
        node.clause = replace(clause, end=clause.body + found[0].start())
        return


def _sequence(text: str, marker: re.Pattern[str]) -> list[re.Match[str]]:
    """Matches that count 1, 2, 3 …, each standing where a part can begin."""
    found: list[re.Match[str]] = []
    for item in marker.finditer(text):
        before = text[: item.start()].rstrip()
        if number_of(item.group(1)) == len(found) + 1 and (not before or before[-1] in "：:；;。，,、）)答"):
            found.append(item)
    return found


def number_of(text: str) -> int:
    """The number of a marker: ``十二`` 12, ``３`` 3, ``④`` 4, ``b`` 2; 0 where it is none."""
    if "①" <= text[:1] <= "⑳":
        return ord(text[0]) - ord("①") + 1
    if text.isdigit():
        return int(text)
    if len(text) == 1 and "a" <= text <= "z":
        return ord(text) - ord("a") + 1
    total, current = 0, 0
    for character in text:
        if character in "十百":
            total += (current or 1) * (10 if character == "十" else 100)
            current = 0
        elif character in "〇零一二三四五六七八九":
            current = "零一二三四五六七八九".index("零" if character == "〇" else character)
    return total + current
