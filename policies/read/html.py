"""Government web pages: the article without menus, share bars and footers, and what the page says about it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from selectolax.lexbor import LexborHTMLParser, LexborNode

from policies.read.document import CELL_MARK, DEFAULT_LIMITS, Document, Limits, Piece, ReadError, assemble
from policies.read.encoding import decode

_NAMED_LEAST: Final = 60
"""Characters that an element named like an article must hold to be taken for it on a page of little prose."""
_NOISE: Final = "script,style,noscript,iframe,svg,nav,header,footer,form,select,button,template,object,video,audio"
_CODE: Final = frozenset({"script", "style", "noscript", "template"})
_BODY_NAMES: Final = re.compile(
    r"(?:^|[\s_-])(?:zoom(?:con)?|trs_editor|ucap-?content|article-content|content_article|info_cont|news_content|article_con|"
    r"articlecontent|con_text|pages_content|view|main-txt|detail_content|article-body|xxgk_content|content-text)(?:$|[\s_-])",
    re.IGNORECASE,
)
"""Names that content management systems of public bodies give to the element holding the article."""
_HIDDEN: Final = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_BLOCKS: Final = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "center",
        "dd",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "li",
        "main",
        "ol",
        "p",
        "pre",
        "section",
        "table",
        "tbody",
        "thead",
        "tfoot",
        "tr",
        "ul",
        "ucapcontent",
    ]
)
_PROSE: Final = re.compile(r"[，。；：、！？]")
_CHROME: Final = re.compile(
    r"【?\s*(?:返回顶部|关闭窗口|关闭本页|打印本页|打印页面|打印|关闭|返回|字体大小?|分享到?|分享文章到|取消|收藏|大|中|小|A[-+]?|\+|-|×|"
    r"扫一扫在手机打开当前页|扫一扫|相关附件|相关新闻|相关文章|相关链接|相关稿件|上一篇.*|下一篇.*|浏览次数.{0,12}|浏览量.{0,12}|"
    r"阅读次数.{0,12}|点击数.{0,12}|字号.{0,12}|浏览字号.{0,12}|责任编辑.{0,20}|网站声明|政策解读|视力保护色.{0,9}|\[?\s*大\s*中\s*小\s*\]?|"
    r"下载文字版|下载图片版|语音播报|我要纠错|内容纠错)\s*[：:】]?"
)
_FACT_NAMES: Final = {
    "文号": "document_no",
    "发文字号": "document_no",
    "发文文号": "document_no",
    "文件编号": "document_no",
    "实施日期": "effective_from",
    "生效日期": "effective_from",
    "施行日期": "effective_from",
    "失效日期": "effective_to",
    "废止日期": "effective_to",
    "有效期至": "effective_to",
    "发布机关": "issuers",
    "发文机关": "issuers",
    "发布机构": "publisher",
    "发布日期": "published",
    "发布时间": "published",
    "发表时间": "published",
    "公开日期": "published",
    "成文日期": "signed",
    "签发日期": "signed",
    "来源": "source",
    "信息来源": "source",
    "文章来源": "source",
    "稿件来源": "source",
}
_FACT: Final = re.compile(r"(" + "|".join(_FACT_NAMES) + r")[：:](.{0,120})")
_META: Final = {
    "articletitle": "title",
    "pubdate": "published",
    "contentsource": "source",
    "sitename": "site",
    "columnname": "column",
    "columndescription": "column_description",
}
"""Names of the national standard for the metadata of government pages."""


def read_html(raw: bytes, limits: Limits = DEFAULT_LIMITS) -> Document:
    """Read one page.

    Raises:
        ReadError: no text, an unknown encoding, or nesting beyond the limit.
    """
    tree = LexborHTMLParser(decode(raw))
    facts = list(_meta_facts(tree))
    whole = _prose(tree.body.text()) if tree.body else 0
    for node in tree.css(_NOISE):
        if node.tag in _CODE or _prose(node.text()) * 2 <= whole:
            node.decompose()
    for node in tree.css("[style]"):
        if _HIDDEN.search(node.attributes.get("style") or "") and _prose(node.text()) * 2 <= whole:
            node.decompose()
    body = tree.body
    if body is None:
        raise ReadError("no_text", "网页没有正文", "the page has no body")
    facts += _page_facts(body)
    article = _article(body, limits)
    pieces = list(_without_chrome(_pieces(article, limits)))
    title = _title(tree, facts)
    if title:
        facts.insert(0, ("title", title))
        pieces = [Piece(title, "heading", 1), *(piece for piece in pieces if piece.kind == "row" or piece.text != title)]
    return assemble(pieces, "html", facts, limits)


def _meta_facts(tree: LexborHTMLParser) -> Iterator[tuple[str, str]]:
    for node in tree.css("meta[name][content]"):
        name = _META.get((node.attributes.get("name") or "").strip().lower())
        content = " ".join((node.attributes.get("content") or "").split())
        if name and content:
            yield name, content


def _title(tree: LexborHTMLParser, facts: Iterable[tuple[str, str]]) -> str | None:
    told = next((value for name, value in facts if name == "title"), None)
    if told:
        return told
    for query in ("h1", "title"):
        node = tree.css_first(query)
        text = " ".join(node.text().split()) if node else ""
        if text:
            return re.split(r"\s*[-_|—]{1,2}\s*(?=[^-_|—]*(?:网|政府|局|委|平台|门户)[^-_|—]*$)", text)[0]
    return None


def _page_facts(body: LexborNode) -> Iterator[tuple[str, str]]:
    """``label: value`` pairs that the page shows around the article; the value may stand on the next line."""
    lines = [" ".join(line.split()) for line in body.text(separator="\n").split("\n")]
    lines = [line for line in lines if line]
    for position, line in enumerate(lines):
        found = _FACT.match(re.sub(r"\s+(?=[^：:]{0,6}[：:])", "", line) if len(line) < 160 else "")
        if found is None:
            continue
        value = found.group(2).strip() or (lines[position + 1] if position + 1 < len(lines) else "")
        if value and not _FACT.match(value):
            yield _FACT_NAMES[found.group(1)], re.split(r"\s{1,}(?:浏览|阅读|点击|访问|来源|作者|字体)", value)[0]


def _prose(text: str) -> int:
    return len(_PROSE.findall(text))


def _article(body: LexborNode, limits: Limits) -> LexborNode:
    """The innermost element that still holds nearly all of the page's prose.

    Prose is told by sentence punctuation outside links: menus and footers have almost none.
    """
    weights: dict[int, int] = {}

    def weigh(node: LexborNode, depth: int) -> int:
        if depth > limits.nesting:
            raise ReadError(
                "too_deep",
                f"网页嵌套超过 {limits.nesting} 层",
                f"elements are nested deeper than {limits.nesting}; the page is broken",
            )
        if node.tag == "a":
            return 0
        total = 0
        for child in node.iter(include_text=True):
            total += _prose(child.text(deep=False)) if child.tag == "-text" else weigh(child, depth + 1)
        weights[node.mem_id] = total
        return total

    weigh(body, 0)
    named = [
        node for node in body.css("[id],[class]") if _named_body(node) and weights.get(node.mem_id, 0) * 2 > weights[body.mem_id]
    ]
    if not named:
        named = [node for node in body.css("[id]") if _named_body(node) and len(node.text()) > _NAMED_LEAST][:1]
    current = named[-1] if named else body
    while True:
        whole = weights.get(current.mem_id, 0)
        best = max(current.iter(), key=lambda child: weights.get(child.mem_id, 0), default=None)
        if (
            best is None
            or weights.get(best.mem_id, 0) < max(1, whole * 0.8)
            or best.tag in ("p", "table", "tbody", "tr", "td", "span")
        ):
            return current
        current = best


def _named_body(node: LexborNode) -> bool:
    return any(_BODY_NAMES.search(node.attributes.get(name) or "") for name in ("id", "class"))


def _pieces(article: LexborNode, limits: Limits) -> Iterator[Piece]:
    """Blocks in reading order: each block element's own inline text, each table row as one row."""
    buffer: list[str] = []

    def flush(kind: str = "paragraph", level: int = 0) -> Iterator[Piece]:
        for line in "".join(buffer).split("\v"):
            text = _squeezed(line)
            if text:
                yield Piece(text, kind, level)
        buffer.clear()

    def walk(node: LexborNode, depth: int) -> Iterator[Piece]:
        if depth > limits.nesting:
            return
        for child in node.iter(include_text=True):
            tag = child.tag or ""
            if tag == "-text":
                buffer.append(child.text(deep=False))
            elif tag == "br":
                buffer.append("\v")
            elif tag == "table" and len(child.css("td,th")) > 1:
                yield from flush()
                yield from _rows(child)
            elif tag in _BLOCKS:
                yield from flush()
                yield from walk(child, depth + 1)
                heading = len(tag) == 2 and tag[0] == "h" and tag[1].isdigit()
                yield from flush("heading", int(tag[1])) if heading else flush()
            else:
                yield from walk(child, depth + 1)

    yield from walk(article, 0)
    yield from flush()


def _rows(table: LexborNode) -> Iterator[Piece]:
    """Rows of a table; a cell spanning several rows is repeated in each of them."""
    carried: dict[int, tuple[int, str]] = {}
    for row in table.css("tr"):
        cells: list[str] = []
        for cell in row.css("td,th"):
            while carried.get(len(cells), (0, ""))[0]:
                cells.append(_take(carried, len(cells)))
            text = _squeezed(cell.text())
            rows = _count(cell.attributes.get("rowspan"))
            if rows > 1:
                carried[len(cells)] = (rows - 1, text)
            cells.append(text)
        while carried.get(len(cells), (0, ""))[0]:
            cells.append(_take(carried, len(cells)))
        if any(cells):
            yield Piece(CELL_MARK.join(cells), "row")


def _take(carried: dict[int, tuple[int, str]], column: int) -> str:
    left, text = carried[column]
    carried[column] = (left - 1, text)
    return text


def _count(text: str | None) -> int:
    return min(int(text), 1000) if text and text.isdigit() else 1


def _squeezed(text: str) -> str:
    """Spaces in one; a line break of the page's source between Chinese characters is nothing."""
    joined = re.sub(r"[^\S\n]*\n\s*", "\n", text.replace("\u00a0", " ").replace("\u3000", " ").strip())
    joined = re.sub(r"(?<=[^\x00-\xff])\n|\n(?=[^\x00-\xff])", "", joined)
    return re.sub(r"\s+", " ", joined).strip()


def _without_chrome(pieces: Iterable[Piece]) -> list[Piece]:
    return [piece for piece in pieces if not _CHROME.fullmatch(piece.text) and _PROSE.sub("", piece.text).strip(" |>-")]
