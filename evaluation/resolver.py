"""How well pairs of records are told apart, on labelled pairs; and the training of the comparator."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.pair_model import PairModel, fit
from policies.decision import KINDS
from policies.precedence import Entry
from policies.resolve.decide import PairResolver
from policies.resolve.features import NAMES, Sketch, features, sketch
from policies.vocabulary import Vocabulary

GOLD = Path(__file__).parent / "gold" / "pairs.jsonl"


@dataclass(frozen=True, slots=True)
class LabelledPair:
    """Two records with what they are to each other; ``split`` is train or heldout."""

    left: Sketch
    right: Sketch
    kind: str
    category: str
    split: str


def read_pairs(path: Path = GOLD) -> list[LabelledPair]:
    """Labelled pairs from JSON Lines (a, b: policies in exchange form; label, category, split).

    Raises:
        ValueError: a line without these keys, or with an unknown label.
    """
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        data = json.loads(line)
        try:
            if data["label"] not in KINDS:
                raise ValueError(f"{path.name} line {number}: label {data['label']!r} is not one of {KINDS}")
            sides = [_sketch(data[side], f"{side}/{number}") for side in ("a", "b")]
            found.append(LabelledPair(sides[0], sides[1], data["label"], data.get("category", ""), data.get("split", "heldout")))
        except KeyError as error:
            raise ValueError(f"{path.name} line {number}: the key {error} is missing") from error
    return found


def _sketch(data: dict[str, Any], uid: str) -> Sketch:
    return sketch(Entry(uid, "table", uid, uid, data["level"], json.dumps(data, ensure_ascii=False)))


def train(pairs: Sequence[LabelledPair], vocabulary: Vocabulary) -> PairModel:
    """Fit the comparator on the pairs whose split is train.

    Raises:
        RuntimeError: scikit-learn is not installed.
    """
    chosen = [pair for pair in pairs if pair.split == "train"]
    rows = [features(pair.left, pair.right, vocabulary.regions) for pair in chosen]
    return fit(NAMES, rows, [pair.kind for pair in chosen])


def evaluate_resolver(pairs: Sequence[LabelledPair], model: PairModel, vocabulary: Vocabulary) -> dict[str, Any]:
    """Precision, recall and F1 of each kind on the held-out pairs, and the pairs that went wrong by category.

    ``apart`` is the share of national and local pairs that were not taken for one scheme.
    """
    resolver = PairResolver(model, vocabulary.regions)
    chosen = [pair for pair in pairs if pair.split != "train"]
    said = [resolver.compare(pair.left, pair.right).kind for pair in chosen]
    report: dict[str, Any] = {"pairs": len(chosen), "accuracy": 0.0}
    for kind in KINDS:
        hits = sum(pair.kind == kind == one for pair, one in zip(chosen, said, strict=True))
        found, wanted = said.count(kind), sum(pair.kind == kind for pair in chosen)
        report[kind] = {
            "precision": round(hits / found, 4) if found else 0.0,
            "recall": round(hits / wanted, 4) if wanted else 0.0,
            "f1": round(2 * hits / (found + wanted), 4) if found + wanted else 0.0,
            "pairs": wanted,
        }
    right = sum(pair.kind == one for pair, one in zip(chosen, said, strict=True))
    local = [one for pair, one in zip(chosen, said, strict=True) if pair.kind == "parent_local"]
    wrong = Counter((pair.category, pair.kind, one) for pair, one in zip(chosen, said, strict=True) if pair.kind != one)
    report["accuracy"] = round(right / len(chosen), 4) if chosen else 0.0
    report["apart"] = round(sum(one != "duplicate" for one in local) / len(local), 4) if local else 1.0
    report["errors"] = [{"category": c, "label": k, "said": s, "count": n} for (c, k, s), n in wrong.most_common()]
    return report
