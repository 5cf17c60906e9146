"""Trains the adapter and the ranker on the project's own enquiries: ``python -m matcher.rank.training ENQUIRIES --out FOLDER``.

The ranker sees cosines of adapters that did not see the enquiry (five folds), so that it does not
trust them more than it will be able to. Needs the extras ``search``, ``st`` and ``train``.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import sys
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from matcher.rank.features import NAMES
from matcher.retrieve.opening import stored_vectors
from matcher.retrieve.search import SchemeSearch, best_signs, catalogue_passages
from models.encode import Encoder, Vectors, open_encoder
from models.encode.adapter import AdaptedEncoder, adapt, from_bytes, to_bytes
from models.ranker import Ranker, Table, fit_fit, fit_ranker
from models.train import EPOCHS, PULL, fit_adapter, write_adapter
from policies.catalogue import starter_catalogue
from policies.vocabulary import vocabulary

FOLDS: Final = 5
AS_OF: Final = dt.date(2026, 11, 23)


def _say(step: str, share: float) -> None:
    sys.stderr.write(f"{step} {share:.0%}\n")


class _Workshop:
    """Everything the folds share."""

    def __init__(self, cache: Path) -> None:
        self.catalogue, self.words = starter_catalogue(), vocabulary()
        self.encoder: Encoder = open_encoder(None, cache, _say)
        self.vectors = stored_vectors(self.catalogue, self.words, self.encoder, cache, _say)
        self.passages = catalogue_passages(self.catalogue, self.words)
        number = {policy.id: i for i, policy in enumerate(self.catalogue)}
        self.group = np.array([number[p.policy] for p in self.passages], np.int64)
        self.number = number
        self.asked = [i for i, p in enumerate(self.passages) if p.kind == "question"]
        self.asked_vectors = self.encoder.encode_queries([self.passages[i].indexed for i in self.asked])

    def grades(self, entry: dict[str, Any]) -> NDArray[np.int64]:
        found = np.zeros(len(self.number), np.int64)
        for name, grade in entry["relevant"].items():
            found[self.number[name]] = grade
        return found

    def adapter(self, queries: Vectors, grades: NDArray[np.int64], seed: int) -> tuple[Any, ...]:
        """Fit on enquiries and on the typical questions, each without its own passage."""
        own = np.zeros((len(self.asked), len(self.number)), np.int64)
        own[np.arange(len(own)), self.group[self.asked]] = 3
        masked = np.concatenate([np.full(len(queries), -1), np.array(self.asked)]).astype(np.int64)
        q, g = np.vstack([queries, self.asked_vectors]), np.vstack([grades, own])
        return fit_adapter(q, self.vectors, self.group, g, masked, seed)

    def search(self, parts: tuple[Any, ...], ranker: Ranker) -> SchemeSearch:
        made = from_bytes(to_bytes(parts), self.encoder.name, self.encoder.dimension)
        outer = AdaptedEncoder(self.encoder, made)
        moved = adapt(self.vectors, made.passage_mean, made.passage)
        return SchemeSearch(self.catalogue, self.words, self.passages, encoder=outer, vectors=moved, ranker=ranker)


def train(enquiries: list[dict[str, Any]], cache: Path, out: Path, seed: int = 0) -> None:
    """Fit both on the train split and write them with their cards."""
    shop = _Workshop(cache)
    entries = [entry for entry in enquiries if entry["split"] == "train"]
    grades = np.array([shop.grades(entry) for entry in entries])
    vectors = shop.encoder.encode_queries([entry["text"] for entry in entries])
    any_fits = np.asarray(grades.max(axis=1) > 0, np.bool_)
    nothing = Ranker(NAMES, np.ones(len(NAMES)))
    generator = np.random.default_rng(seed)
    fold_of = generator.permutation(len(entries)) % FOLDS
    tables: dict[int, Table] = {}
    for fold in range(FOLDS):
        _say(f"fold {fold + 1}/{FOLDS}", 1.0)
        seen = (fold_of != fold) & any_fits
        search = shop.search(shop.adapter(vectors[seen], grades[seen], seed), nothing)
        for place in np.flatnonzero(fold_of == fold).tolist():
            tables[place] = search.describe(entries[place]["text"], AS_OF)[2]
    ranker = fit_ranker(NAMES, [(tables[i], grades[i]) for i in range(len(entries)) if any_fits[i]], seed)
    signs = []
    for i in range(len(entries)):
        points = ranker.scores(tables[i])
        signs.append(best_signs(points, tables[i], int(points.argmax())))
    ranker = fit_fit(ranker, np.array(signs), any_fits)
    parts = shop.adapter(vectors[any_fits], grades[any_fits], seed)
    card = {
        "trained_on": "evaluation/gold/enquiries.jsonl, split train, and matcher/retrieve/data/questions.jsonl",
        "enquiries": len(entries),
        "typical_questions": len(shop.asked),
        "licence": "Apache-2.0: all texts are the project's own",
        "seed": seed,
        "command": "python -m matcher.rank.training evaluation/gold/enquiries.jsonl --out models/artefacts",
    }
    write_adapter(out, parts, shop.encoder.name, {**card, "epochs": EPOCHS, "pull": PULL})
    (out / "ranker.json").write_text(ranker.to_json({**card, "folds": FOLDS}), encoding="utf-8")


def main() -> None:
    """Train from a file of labelled enquiries."""
    parser = argparse.ArgumentParser(description="Train the adapter and the ranker.")
    parser.add_argument("enquiries", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--cache", type=Path, default=Path("~/.cache/policymatch"))
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    entries = [json.loads(line) for line in given.enquiries.read_text(encoding="utf-8").splitlines()]
    train(entries, given.cache.expanduser(), given.out, given.seed)


if __name__ == "__main__":
    main()
