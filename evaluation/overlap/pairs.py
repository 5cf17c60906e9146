"""Kinds of pairs against judgement: pairs labelled by reading both entries, a part of them held out.

A scheme is held out by the hash of its id; a pair is held out when one of its schemes is. Rules and
thresholds were settled on the development part alone; the held-out figures were looked at, never the
held-out pairs that went wrong. Pairs, schemes and the list of purposes have one author, so even the
held-out part flatters. The relations of the starter catalogue are among the pairs, but the kind is
never read from them.
"""

from __future__ import annotations

import csv
import datetime as dt
import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from importlib import resources
from typing import Any, Final, TypeAlias

from matcher.overlap.kinds import KINDS, Kinds
from matcher.overlap.purpose import Similarity, pair_similarity, purpose_of
from policies.catalogue import catalogue_from_text, starter_catalogue
from policies.schema import Policy
from policies.vocabulary import Vocabulary

DAY: Final = dt.date(2026, 11, 23)
TWICE: Final = frozenset({"duplicate", "same_purpose"})
"""Kinds in which money goes twice to the same purpose."""

Predict: TypeAlias = Callable[["GoldPair"], str]


@dataclass(frozen=True, slots=True)
class GoldPair:
    """Two schemes and the kind a reader gave them.

    ``origin`` is ``relation`` (known to the starter catalogue) or ``written``; ``part`` is
    ``development`` or ``held_out``.
    """

    first: str
    second: str
    kind: str
    origin: str
    part: str


def gold_schemes() -> tuple[Policy, ...]:
    """The starter catalogue and the schemes written for the pairs."""
    source = resources.files("evaluation.overlap") / "data" / "schemes.jsonl"
    return (*starter_catalogue(), *catalogue_from_text(source.read_text(encoding="utf-8"), "pairs"))


def gold_pairs() -> tuple[GoldPair, ...]:
    """All labelled pairs.

    Raises:
        ValueError: a kind that is not one of :data:`~matcher.overlap.kinds.KINDS`.
    """
    source = resources.files("evaluation.overlap") / "data" / "pairs.csv"
    pairs = tuple(GoldPair(**row) for row in csv.DictReader(source.read_text(encoding="utf-8").splitlines()))
    for pair in pairs:
        if pair.kind not in KINDS:
            raise ValueError(f"{pair.first}, {pair.second}: there is no kind {pair.kind!r}")
    return pairs


def evaluate_overlap(vocabulary: Vocabulary, similarity: Similarity = pair_similarity) -> dict[str, Any]:
    """Every figure for the full method, the method without stated exclusions, and text similarity alone.

    Returns:
        ``pairs`` (counts by part, origin and kind) and, for each part and method, the figures of
        :func:`figures`; ``errors`` of the full method on the development part.
    """
    schemes, pairs = gold_schemes(), gold_pairs()
    development = [pair for pair in pairs if pair.part == "development"]
    methods: dict[str, Predict] = {
        "full": _by_kinds(Kinds(schemes, vocabulary, DAY, similarity)),
        "without_stated_exclusions": _by_kinds(Kinds(map(_silent, schemes), vocabulary, DAY, similarity)),
        "text_similarity_alone": _by_text(schemes, development, vocabulary, similarity),
    }
    parts = {name: [pair for pair in pairs if pair.part == name] for name in ("development", "held_out")}
    parts["relations"] = [pair for pair in pairs if pair.origin == "relation"]
    parts["all"] = list(pairs)
    report: dict[str, Any] = {"pairs": {name: _counts(part) for name, part in parts.items()}}
    for name, part in parts.items():
        report[name] = {method: figures(part, predict) for method, predict in methods.items()}
    full = methods["full"]
    report["errors"] = [
        {"first": pair.first, "second": pair.second, "judged": pair.kind, "found": full(pair)}
        for pair in development
        if full(pair) != pair.kind
    ]
    return report


def figures(pairs: Iterable[GoldPair], predict: Predict) -> dict[str, float]:
    """Kind accuracy; recall and precision of duplicates, of same-purpose pairs and of both taken together."""
    judged = [(pair.kind, predict(pair)) for pair in pairs]
    found = {"kind_accuracy": _share(sum(a == b for a, b in judged), len(judged))}
    for name, kinds in (("duplicate", {"duplicate"}), ("same_purpose", {"same_purpose"}), ("paid_twice", TWICE)):
        right = sum(a in kinds and b in kinds for a, b in judged)
        found[f"{name}_recall"] = _share(right, sum(a in kinds for a, _ in judged))
        found[f"{name}_precision"] = _share(right, sum(b in kinds for _, b in judged))
    return found


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 1.0


def _counts(pairs: Sequence[GoldPair]) -> dict[str, int]:
    return {"all": len(pairs), **{kind: sum(pair.kind == kind for pair in pairs) for kind in KINDS}}


def _silent(policy: Policy) -> Policy:
    return replace(policy, exclusive_with=(), exclusions=())


def _by_kinds(kinds: Kinds) -> Predict:
    return lambda pair: kinds.pair(pair.first, pair.second).kind


def _by_text(
    schemes: Iterable[Policy], development: Sequence[GoldPair], vocabulary: Vocabulary, similarity: Similarity
) -> Predict:
    """The baseline: the two thresholds of the similarity of whole texts that do best on the development part."""
    texts = {policy.id: purpose_of(policy, vocabulary).text for policy in schemes}

    def score(pair: GoldPair) -> float:
        return similarity(texts[pair.first], texts[pair.second])

    scored = [(score(pair), pair.kind) for pair in development]
    steps = [step / 50 for step in range(51)]

    def right(bounds: tuple[float, float]) -> int:
        return sum(_grade(value, *bounds) == kind for value, kind in scored)

    best = max(itertools.combinations_with_replacement(steps, 2), key=right)
    return lambda pair: _grade(score(pair), *best)


def _grade(value: float, same: float, duplicate: float) -> str:
    return "duplicate" if value >= duplicate else "same_purpose" if value >= same else "harmless"
