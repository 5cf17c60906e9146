"""Enquiries to schemes, measured beside every baseline.

The enquiries are the project's own (``evaluation/gold/enquiries.jsonl``), graded 0 to 3 over the
starter catalogue and split by query; the test split is not used for any choice. The split ``blind``
was written by others who knew the catalogue alone; nothing is trained or chosen on it.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from evaluation.metrics import mean, measures, order, paired_bootstrap
from evaluation.retrieval import reciprocal_rank
from matcher.retrieve.opening import open_parts
from matcher.retrieve.search import SchemeSearch
from policies.catalogue import Catalogue
from policies.vocabulary import Vocabulary

AS_OF: Final = dt.date(2026, 11, 23)
"""The day the judgements were made for."""
_RIGHT: Final = 2
SYSTEMS: Final = ("bm25_words", "bm25_pairs", "zero_shot", "rrf", "combined", "learned")


@dataclass(frozen=True, slots=True)
class Enquiry:
    """What somebody asked, and the grade of each scheme that answers it."""

    id: str
    text: str
    category: str
    split: str
    relevant: dict[str, int] = field(default_factory=dict)


def read_enquiries(path: Path | None, split: str = "all") -> list[Enquiry]:
    """Labelled enquiries of a split, the project's own where no file is given.

    Raises:
        OSError: the file cannot be read.
        ValueError: a line is wrong, or the split has none.
    """
    source = path if path is not None else resources.files("evaluation") / "gold" / "enquiries.jsonl"
    found = []
    for line in source.read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        if split in ("all", entry.get("split", "")):
            relevant = {name: int(grade) for name, grade in entry["relevant"].items() if grade}
            found.append(Enquiry(entry["id"], entry["text"], entry["category"], entry.get("split", ""), relevant))
    if not found:
        raise ValueError(f"没有 {split} 部分 / there is nothing in the split {split}")
    return found


def evaluate_ranking(
    enquiries: list[Enquiry],
    catalogue: Catalogue,
    vocabulary: Vocabulary,
    encoder: str | None,
    cache: Path,
    progress: Callable[[str, float], None],
) -> dict[str, Any]:
    """Every system on the same enquiries.

    Returns:
        for each system recall@1/5/10, mrr@10, ndcg@10; ``bootstrap`` of learned against each;
        ``categories`` with ndcg@10 by category and system; ``right_in_five``: share of enquiries
        with a scheme of grade 2 or 3 among the first five; ``nothing``: how often "nothing fits"
        is said, where it is true and where it is not.
    """
    learned, plain = open_parts(catalogue, vocabulary, encoder, cache, progress)
    systems = [name for name in SYSTEMS if plain.hybrid.semantic or name not in ("zero_shot", "rrf")]
    rows: dict[str, list[dict[str, float]]] = {name: [] for name in systems}
    five: dict[str, list[bool]] = {name: [] for name in systems}
    kinds: list[str] = []
    said = {"true": [0, 0], "false": [0, 0]}
    for enquiry in enquiries:
        answer = learned.search(enquiry.text, AS_OF)
        count = said["false" if enquiry.relevant else "true"]
        count[0] += not answer.fits
        count[1] += 1
        if not enquiry.relevant:
            continue
        kinds.append(enquiry.category)
        grades = np.array([enquiry.relevant.get(policy.id, 0) for policy in catalogue], np.int64)
        for name, scores in _system_scores(enquiry.text, learned, plain, systems).items():
            rows[name].append(measures(scores, grades))
            five[name].append(bool((grades[order(scores, grades)[:5]] >= min(_RIGHT, int(grades.max()))).any()))
    ours = [row["ndcg@10"] for row in rows["learned"]]
    report: dict[str, Any] = {name: mean(values) for name, values in rows.items()}
    clusters = [str(i) for i in range(len(ours))]
    report["bootstrap"] = {
        name: paired_bootstrap(ours, [row["ndcg@10"] for row in values], clusters)
        for name, values in rows.items()
        if name != "learned"
    }
    report["categories"] = {
        kind: {
            name: round(float(np.mean([row["ndcg@10"] for row, k in zip(values, kinds, strict=True) if k == kind])), 4)
            for name, values in rows.items()
        }
        for kind in dict.fromkeys(kinds)
    }
    report["right_in_five"] = {name: round(float(np.mean(values)), 4) for name, values in five.items()}
    report["nothing"] = {name: f"{count}/{total}" for name, (count, total) in said.items()}
    report["enquiries"] = len(enquiries)
    return report


def _system_scores(text: str, learned: SchemeSearch, plain: SchemeSearch, systems: list[str]) -> dict[str, NDArray[Any]]:
    said, scores, _ = plain.describe(text, AS_OF)
    best = plain.layout.best
    words, pairs = best(scores.words), best(scores.pairs)
    found: dict[str, NDArray[Any]] = {"bm25_words": words, "bm25_pairs": pairs, "combined": best(scores.combined)}
    if "zero_shot" in systems:
        found["zero_shot"] = best(scores.dense)
        found["rrf"] = reciprocal_rank(pairs) + reciprocal_rank(found["zero_shot"])
    shares = learned.points(said.text, AS_OF)
    return found | {"learned": shares}
