"""Which scheme read is which scheme annotated.

The rule: every pair gets half a point by likeness of names (Dice over character pairs), a fifth
by equal locators (Jaccard over their characters), three tenths by likeness of conditions and
benefits (Jaccard over keys). Pairs are taken from the best down, each scheme once, down to 0.2.
In a document with one annotated and one read scheme these two are the pair.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from evaluation.extraction.scores import benefit_key, leaf_keys

_LEAST: Final = 0.2


def pairs(gold: Sequence[Mapping[str, Any]], found: Sequence[Mapping[str, Any]]) -> list[tuple[int, int]]:
    """Positions of schemes that belong together."""
    if len(gold) == len(found) == 1:
        return [(0, 0)]
    scored = sorted(
        ((_likeness(first, second), -i, -j) for i, first in enumerate(gold) for j, second in enumerate(found)), reverse=True
    )
    chosen: list[tuple[int, int]] = []
    for score, i, j in scored:
        if score >= _LEAST and all(-i != a and -j != b for a, b in chosen):
            chosen.append((-i, -j))
    return sorted(chosen)


def _likeness(first: Mapping[str, Any], second: Mapping[str, Any]) -> float:
    a, b = _bigrams(first["name"]), _bigrams(second["name"])
    names = 2 * len(a & b) / (len(a) + len(b)) if a or b else 0.0
    places = _jaccard(set(str(first.get("locator"))), set(str(second.get("locator"))))
    content = _jaccard(_content(first), _content(second))
    return 0.5 * names + 0.2 * places + 0.3 * content


def _bigrams(text: str) -> set[str]:
    return {text[i : i + 2] for i in range(len(text) - 1)}


def _content(scheme: Mapping[str, Any]) -> set[object]:
    return {*leaf_keys(scheme["conditions"]), *(benefit_key(item) for item in scheme["benefits"])}


def _jaccard(a: set[Any], b: set[Any]) -> float:
    return len(a & b) / len(a | b) if a or b else 0.0
