"""What a reader gives back: a Document of ordered blocks over one text, with limits and errors.

Everything later quotes from ``Document.text``; offsets never change after reading.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from policies.schema import Text

BLOCK_KINDS: Final = ("heading", "paragraph", "row")
CELL_MARK: Final = "\t"
"""Stands between the cells of a table row."""


class ReadError(ValueError):
    """A source that cannot be read.

    Attributes:
        kind: short machine name, such as ``empty``, ``encrypted``, ``too_large``.
        message: the fault, the value and the next step, in both languages.
    """

    def __init__(self, kind: str, zh: str, en: str) -> None:
        super().__init__(f"{zh} / {en}")
        self.kind = kind
        self.message = Text(zh, en)


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds against bombs; each is far above what a real policy document needs.

    Attributes:
        file_bytes: size of the file itself.
        text_characters: size of the text read from it.
        pages: pages of a PDF.
        cells: cells of all sheets of a workbook.
        archive_bytes: size of a docx or xlsx once unpacked.
        archive_ratio: unpacked size over packed size.
        nesting: depth of HTML elements or of JSON values.
        seconds: time for one file, looked at between pages, sheets and blocks.
    """

    file_bytes: int = 64 * 2**20
    text_characters: int = 8_000_000
    pages: int = 2_000
    cells: int = 1_000_000
    archive_bytes: int = 512 * 2**20
    archive_ratio: int = 200
    nesting: int = 400
    seconds: float = 120.0


DEFAULT_LIMITS: Final = Limits()


@dataclass(frozen=True, slots=True)
class Block:
    """A heading, a paragraph or a table row: ``text[start:end]`` of its document.

    ``level`` is the depth of a heading (1 is the highest), 0 otherwise; ``page`` counts from 1.
    """

    kind: str
    start: int
    end: int
    level: int = 0
    page: int | None = None

    def __post_init__(self) -> None:
        if self.kind not in BLOCK_KINDS:
            raise ValueError(f"block kind {self.kind!r} is not one of {BLOCK_KINDS}")
        if not 0 <= self.start <= self.end:
            raise ValueError(f"block {self.start}..{self.end} is not a range of characters")


@dataclass(frozen=True, slots=True)
class Document:
    """The text of a source as ordered blocks.

    Attributes:
        text: all blocks, one a line.
        facts: what the container says about the document (``title``, ``published``, ``source``,
            ``site``, ``document_no`` …), as found there.
        origin: name of the file, or the address it came from.
        sha256: hash of the bytes received.
        kind: html, docx, pdf, scan, text, table or json.
        warnings: what was read with doubt.
    """

    text: str
    blocks: tuple[Block, ...]
    origin: str = ""
    sha256: str = ""
    kind: str = "text"
    facts: tuple[tuple[str, str], ...] = ()
    warnings: tuple[Text, ...] = ()

    def fact(self, name: str) -> str | None:
        """The first fact called ``name``, or None."""
        return next((value for key, value in self.facts if key == name and value), None)

    def words(self, block: Block) -> str:
        """The characters of one block."""
        return self.text[block.start : block.end]


@dataclass(frozen=True, slots=True)
class Piece:
    """One block before it has a place in a text."""

    text: str
    kind: str = "paragraph"
    level: int = 0
    page: int | None = None


@dataclass(slots=True)
class _Builder:
    limits: Limits
    parts: list[str] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    length: int = 0

    def add(self, piece: Piece) -> None:
        text = piece.text.strip("\n")
        if not text.strip():
            return
        start = self.length
        self.parts.append(text)
        self.length += len(text) + 1
        if self.length > self.limits.text_characters:
            raise too_large("text_characters", self.length, self.limits.text_characters)
        self.blocks.append(Block(piece.kind, start, start + len(text), piece.level, piece.page))


def assemble(
    pieces: Iterable[Piece],
    kind: str,
    facts: Iterable[tuple[str, str]] = (),
    limits: Limits = DEFAULT_LIMITS,
) -> Document:
    """Lay pieces out one a line; empty ones are left out.

    Raises:
        ReadError: no text at all (``no_text``), or more than the limit (``too_large``).
    """
    builder = _Builder(limits)
    for piece in pieces:
        builder.add(piece)
    if not builder.blocks:
        raise ReadError("no_text", "文件中没有可读的文字，请检查文件内容", "the file holds no readable text; check its content")
    return Document("\n".join(builder.parts), tuple(builder.blocks), kind=kind, facts=tuple(facts))


def too_large(what: str, value: float, limit: float) -> ReadError:
    """The error for a source beyond a limit of :class:`Limits`, named by its attribute."""
    return ReadError(
        "too_large",
        f"超过上限 {what}：{value:g}，最多 {limit:g}，请拆分后再读入",
        f"beyond the limit {what}: {value:g}, at most {limit:g}; split the file and read it again",
    )
