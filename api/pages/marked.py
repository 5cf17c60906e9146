"""A text with numbered spans, cut into pieces that nest: what a template needs to mark them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

MAX_SHOWN: Final = 60_000
"""Characters of a document put on one page; of a longer one the part around the scheme is shown."""

_AROUND: Final = 2_000
"""Characters kept before and after the scheme in a longer document."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A step through the text: ``open`` and ``close`` of mark ``number``, or ``text``.

    ``first`` is true where the mark begins; one cut by another mark goes on without a new id.
    """

    kind: str
    number: int = 0
    text: str = ""
    first: bool = False


@dataclass(frozen=True, slots=True)
class Numbered:
    """A half-open range of characters with its number."""

    number: int
    start: int
    end: int


def pieces(text: str, spans: Iterable[Numbered], begin: int = 0, end: int | None = None) -> Iterator[Piece]:
    """``text[begin:end]`` with every span inside marked; the texts of the pieces together are that text.

    Where two spans overlap without one holding the other, the later one is closed and opened again.
    Empty spans and spans outside the range are left out.
    """
    until = len(text) if end is None else min(end, len(text))
    inside = sorted(
        (span for span in spans if begin <= span.start < span.end <= until), key=lambda span: (span.start, -span.end, span.number)
    )
    opened: list[Numbered] = []
    at = begin
    for span in inside:
        yield from _advance(text, at, span.start, opened)
        at = span.start
        yield Piece("open", span.number, first=True)
        opened.append(span)
    yield from _advance(text, at, until, opened)


def _advance(text: str, at: int, to: int, opened: list[Numbered]) -> Iterator[Piece]:
    """Text up to ``to``, closing the marks that end on the way; others that lie inside them are reopened."""
    while opened:
        stop = min(span.end for span in opened)
        if stop > to:
            break
        if stop > at:
            yield Piece("text", text=text[at:stop])
            at = stop
        ending = min(index for index, span in enumerate(opened) if span.end == stop)
        again = [span for span in opened[ending:] if span.end > stop]
        for span in reversed(opened[ending:]):
            yield Piece("close", span.number)
        del opened[ending:]
        for span in again:
            yield Piece("open", span.number)
            opened.append(span)
    if to > at:
        yield Piece("text", text=text[at:to])


def window(text: str, spans: Iterable[Numbered], around: tuple[int, int]) -> tuple[int, int]:
    """What of a long text to show: the range ``around`` and every span, with some text before and after."""
    if len(text) <= MAX_SHOWN:
        return 0, len(text)
    listed = list(spans)
    begin = min([around[0], *(span.start for span in listed)])
    end = max([around[1], *(span.end for span in listed)])
    if end - begin > MAX_SHOWN:
        begin, end = around[0], min(around[1], around[0] + MAX_SHOWN)
    return max(0, begin - _AROUND), min(len(text), end + _AROUND)
