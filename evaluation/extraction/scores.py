"""Figures for extraction: counts to precision, recall and F1, keys of leaves and benefits, the shape of a tree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from policies.vocabulary import vocabulary

Key = tuple[Hashable, ...]


@dataclass(frozen=True, slots=True)
class Score:
    """How many were right, missed and wrongly found."""

    right: int = 0
    missed: int = 0
    wrong: int = 0

    def __add__(self, other: Score) -> Score:
        return Score(self.right + other.right, self.missed + other.missed, self.wrong + other.wrong)

    @property
    def precision(self) -> float:
        """Share of what was found that is right; 1 where nothing was found."""
        found = self.right + self.wrong
        return self.right / found if found else 1.0

    @property
    def recall(self) -> float:
        """Share of what there is that was found; 1 where there is nothing."""
        there = self.right + self.missed
        return self.right / there if there else 1.0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        total = 2 * self.right + self.missed + self.wrong
        return 2 * self.right / total if total else 1.0

    def as_json(self) -> dict[str, float]:
        """Rounded figures with the counts."""
        return {
            "precision": round(self.precision, 4),
            "recall": round(self.recall, 4),
            "f1": round(self.f1, 4),
            "right": self.right,
            "missed": self.missed,
            "wrong": self.wrong,
        }


def compare(gold: Iterable[Key], found: Iterable[Key]) -> tuple[Score, list[Key], list[Key]]:
    """The score of two multisets, with what was missed and what was wrongly found."""
    want, have = Counter(gold), Counter(found)
    both = want & have
    missed, wrong = list((want - have).elements()), list((have - want).elements())
    return Score(sum(both.values()), len(missed), len(wrong)), missed, wrong


def leaves(tree: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Leaves of a condition in exchange form."""
    if "field" in tree:
        yield tree
    elif "not" in tree:
        yield from leaves(tree["not"])
    else:
        for child in tree.get("all", tree.get("any", ())):
            yield from leaves(child)


def leaf_key(leaf: Mapping[str, Any]) -> Key:
    """What must agree: field, test and value; labels under their canonical names, lists without order."""
    field, op, value = leaf["field"], leaf["op"], leaf.get("value")
    known = vocabulary().fields.get(field)
    if isinstance(value, list):
        names = (vocabulary().label(known.vocabulary, str(v)) if known and known.type == "set" else str(v) for v in value)
        items = tuple(sorted(set(names)))
        return (field, "==" if op == "in" and len(items) == 1 else op, items if op != "in" or len(items) > 1 else items[0])
    if isinstance(value, int | float) and not isinstance(value, bool):
        return (field, op, round(float(value), 4))
    return (field, op, value)


def leaf_keys(tree: Mapping[str, Any]) -> list[Key]:
    """Keys of the leaves a field expresses, each once."""
    return list(dict.fromkeys(leaf_key(leaf) for leaf in leaves(tree) if leaf["field"] != "other"))


def benefit_key(benefit: Mapping[str, Any]) -> Key:
    """What must agree: kind, amount, rate, cap and term."""
    figures = (benefit.get(name) for name in ("amount_yuan", "rate", "cap_yuan", "duration_months"))
    return (benefit["kind"], *(None if figure is None else round(float(figure), 4) for figure in figures))


def shape(tree: Mapping[str, Any]) -> Counter[tuple[str, frozenset[Hashable]]]:
    """The tree's alternatives and negations over leaves that a field expresses.

    One entry for each outermost ``any`` and each ``not``: its kind and the fields in it.
    """
    found: Counter[tuple[str, frozenset[Hashable]]] = Counter()

    def walk(node: Mapping[str, Any]) -> None:
        for kind in ("any", "not"):
            if kind in node:
                fields = frozenset(leaf["field"] for leaf in leaves(node) if leaf["field"] != "other")
                if fields:
                    found[(kind, fields)] += 1
                return
        for child in node.get("all", ()):
            walk(child)

    walk(tree)
    return found
