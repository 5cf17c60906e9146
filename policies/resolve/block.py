"""Which pairs of records are worth comparing: those that share a rare key.

Keys depend on the record alone, so the pairs of a catalogue do not depend on the order in which
its records came.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from typing import Final

from policies.resolve.features import Sketch
from policies.resolve.names import pair_weights

MAX_BLOCK: Final = 80
"""Records that share one key, at most, for it to be used: a key of more says too little about a scheme."""

_RARE: Final = 6
"""Pairs of characters of a title that make keys."""


def keys(sketch: Sketch) -> Iterator[str]:
    """The keys of a record: document numbers, the title, its rarest pairs of characters, place and sums."""
    for number in sketch.numbers:
        yield f"n {number}"
    yield f"t {sketch.core}"
    weights = pair_weights()
    rarest = sorted(sketch.core_pairs, key=lambda pair: (-weights.get(pair, 9.0), pair))[:_RARE]
    for pair in rarest:
        yield f"p {pair}"
    for one, other in combinations(sorted(rarest), 2):
        yield f"pp {one}{other}"
    if sketch.amounts or sketch.rates:
        figures = ",".join(map(str, (*sorted(sketch.amounts), "", *sorted(sketch.rates))))
        yield f"a {sketch.instrument} {sketch.region} {figures}"
    yield f"i {sketch.instrument} {sketch.region} {sketch.audience}"


def candidates(sketches: Sequence[Sketch], fresh: frozenset[str]) -> Iterator[tuple[Sketch, Sketch]]:
    """Pairs that share a key and hold a fresh record, each once, the smaller uid first."""
    blocks: dict[str, list[Sketch]] = {}
    for one in sketches:
        for key in keys(one):
            blocks.setdefault(key, []).append(one)
    seen: set[tuple[str, str]] = set()
    for members in blocks.values():
        if not 1 < len(members) <= MAX_BLOCK:
            continue
        for one, other in _pairs(members, fresh):
            pair = (one.uid, other.uid)
            if pair not in seen:
                seen.add(pair)
                yield one, other


def akin(a: Sketch, b: Sketch) -> bool:
    """Whether two records have anything of their own in common: title, number or figures; others need no comparing."""
    if a.core_pairs & b.core_pairs or a.numbers & b.numbers or (a.amounts and a.amounts == b.amounts):
        return True
    ours, theirs = set(a.core), set(b.core)
    return 3 * len(ours & theirs) >= min(len(ours), len(theirs))


def _pairs(members: list[Sketch], fresh: frozenset[str]) -> Iterable[tuple[Sketch, Sketch]]:
    new = [one for one in members if one.uid in fresh]
    old = [one for one in members if one.uid not in fresh]
    for number, one in enumerate(new):
        for other in (*new[number + 1 :], *old):
            yield (one, other) if one.uid < other.uid else (other, one)
