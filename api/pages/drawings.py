"""Drawings as SVG, made on the server: Venn of two schemes, matrix, map of clusters, bars of winners.

Each function gives an ``<svg>`` element with a title for readers of screens; colours are classes of
office.css. Every page shows the table of the same figures beside it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from markupsafe import Markup, escape

_RADIUS: Final = 90.0
_CELL: Final = (64, 26)


def venn(first_only: int, both: int, second_only: int, names: tuple[str, str], title: str) -> Markup:
    """Two circles whose areas, and whose common area, are proportional to the numbers of profiles."""
    one, other = first_only + both, second_only + both
    largest = max(one, other, 1)
    radii = [_RADIUS * math.sqrt(count / largest) if count else 4.0 for count in (one, other)]
    share = both / largest * math.pi * _RADIUS**2
    apart = _distance(radii[0], radii[1], share, inside=both == min(one, other) and both > 0)
    left = 20 + max(radii[0], radii[1] - apart)
    parts = [
        Markup('<circle class="one" cx="{}" cy="110" r="{}"/>').format(_n(left), _n(radii[0])),
        Markup('<circle class="two" cx="{}" cy="110" r="{}"/>').format(_n(left + apart), _n(radii[1])),
    ]
    width = max(left + radii[0], left + apart + radii[1]) + 20
    text = Markup('<text x="{}" y="{}">{}</text>')
    parts += [
        text.format(_n(width), 80 + 24 * place, line) for place, line in enumerate(_legend(names, first_only, both, second_only))
    ]
    return _svg("venn", width + 330, 220, title, parts)


def _legend(names: tuple[str, str], first_only: int, both: int, second_only: int) -> list[str]:
    short = [name if len(name) <= 18 else name[:17] + "…" for name in names]
    return [f"① {short[0]}: {first_only:,}", f"①∩②: {both:,}", f"② {short[1]}: {second_only:,}"]


def _distance(first: float, second: float, common: float, *, inside: bool) -> float:
    """How far apart two circles of these radii must lie to have an area in common."""
    low, high = abs(first - second), first + second
    if inside:
        return low
    for _ in range(50):
        middle = (low + high) / 2
        if _lens(first, second, middle) > common:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _lens(first: float, second: float, apart: float) -> float:
    if apart >= first + second:
        return 0.0
    if apart <= abs(first - second):
        return math.pi * min(first, second) ** 2
    angle = math.acos((apart**2 + first**2 - second**2) / (2 * apart * first))
    facing = math.acos((apart**2 + second**2 - first**2) / (2 * apart * second))
    return first**2 * (angle - math.sin(2 * angle) / 2) + second**2 * (facing - math.sin(2 * facing) / 2)


def matrix(rows: Sequence[Sequence[object]], title: str) -> Markup:
    """A heading row and rows of counts as shaded cells; a cell of nothing is marked as a gap."""
    heading, *body = rows
    wide, high = _CELL
    label = 190
    largest = max((cell for row in body for cell in row[1:] if isinstance(cell, int)), default=0) or 1
    parts: list[Markup] = []
    for place, cell in enumerate(heading[1:]):
        shown = str(cell)
        parts.append(
            Markup('<text class="head" x="{}" y="18" text-anchor="middle">{}</text>').format(
                label + wide * place + wide // 2, shown if len(shown) <= 6 else shown[:5] + "…"
            )
        )
    for line, row in enumerate(body):
        top = 26 + high * line
        parts.append(Markup('<text x="{}" y="{}" text-anchor="end">{}</text>').format(label - 8, top + 17, str(row[0])))
        for place, cell in enumerate(row[1:]):
            count = cell if isinstance(cell, int) else 0
            shade = 0 if not count else 1 + min(4, int(4 * count / largest))
            parts.append(
                Markup('<rect class="shade{}" x="{}" y="{}" width="{}" height="{}"/>').format(
                    shade, label + wide * place, top, wide - 2, high - 2
                )
            )
            parts.append(
                Markup('<text class="on{}" x="{}" y="{}" text-anchor="middle">{}</text>').format(
                    shade, label + wide * place + wide // 2, top + 17, count or "–"
                )
            )
    return _svg("matrix", label + wide * (len(heading) - 1) + 4, 30 + high * len(body), title, parts)


def cluster_map(
    groups: Sequence[Sequence[str]], ties: Sequence[tuple[str, str, str]], numbers: dict[str, int], title: str
) -> Markup:
    """Each cluster as a ring of numbered schemes with a line for each tie; the table gives the names.

    Args:
        groups: ids of each cluster.
        ties: pairs of ids with their kind.
        numbers: the number shown for each id.
        title: for readers of screens.
    """
    columns, side = 4, 190
    places: dict[str, tuple[float, float]] = {}
    for number, group in enumerate(groups):
        centre = side * (number % columns) + side / 2, side * (number // columns) + side / 2
        for step, name in enumerate(group):
            turn = 2 * math.pi * step / len(group)
            places[name] = centre[0] + 70 * math.sin(turn), centre[1] - 70 * math.cos(turn)
    parts = [
        Markup('<line class="tie-{}" x1="{}" y1="{}" x2="{}" y2="{}"/>').format(kind, *map(_n, (*places[first], *places[second])))
        for first, second, kind in ties
        if first in places and second in places
    ]
    for name, (x, y) in places.items():
        parts.append(Markup('<circle class="node" cx="{}" cy="{}" r="13"/>').format(_n(x), _n(y)))
        parts.append(Markup('<text x="{}" y="{}" text-anchor="middle">{}</text>').format(_n(x), _n(y + 4), numbers[name]))
    lines = -(-len(groups) // columns)
    return _svg("clusters", columns * side, lines * side, title, parts)


def bars(rows: Sequence[tuple[str, int, int]], title: str) -> Markup:
    """Winners to the right and losers to the left, one line a group."""
    largest = max((count for _, *counts in rows for count in counts), default=0) or 1
    parts: list[Markup] = []
    for line, (name, won, lost) in enumerate(rows):
        top = 8 + 28 * line
        parts.append(Markup('<text x="130" y="{}" text-anchor="end">{}</text>').format(top + 15, name))
        for kind, count, start in (("lost", lost, 310 - 160 * lost / largest), ("won", won, 310.0)):
            parts.append(
                Markup('<rect class="{}" x="{}" y="{}" width="{}" height="20"/>').format(
                    kind, _n(start), top, _n(160 * count / largest)
                )
            )
        figures = f"+{won:,}  −{lost:,}"
        parts.append(Markup('<text x="480" y="{}">{}</text>').format(top + 15, figures))
    return _svg("bars", 620, 16 + 28 * len(rows), title, parts)


def _svg(kind: str, width: float, height: float, title: str, parts: Sequence[Markup]) -> Markup:
    head = Markup('<svg class="drawing {}" viewBox="0 0 {} {}" role="img" aria-label="{}"><title>{}</title>')
    return head.format(kind, _n(width), _n(height), title, title) + Markup("").join(map(escape, parts)) + Markup("</svg>")


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
