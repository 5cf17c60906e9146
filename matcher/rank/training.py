"""Trains the adapters and the ranker on the project's own texts.

Run as ``python -m matcher.rank.training ENQUIRIES NOTICES --out FOLDER``.

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

from matcher.rank.features import NAMES, SIGNS
from matcher.retrieve.opening import stored_vectors
from matcher.retrieve.search import SchemeSearch, best_signs, catalogue_passages
from models.encode import Encoder, Vectors, open_encoder
from models.encode.adapter import GENERAL, AdaptedEncoder, RememberingEncoder, adapt, from_bytes, to_bytes
from models.meaning import MeaningSpace
from models.ranker import BY_WORDS, RANKER, Ranker, Table, fit_fit, fit_ranker
from models.store import FolderStore
from models.train import EPOCHS, PULL, PULL_GENERAL, Graded, Paired, fit_graded, fit_paired, write_adapter
from policies.catalogue import starter_catalogue
from policies.vocabulary import vocabulary

FOLDS: Final = 5
_TYPICAL: Final = 0.2
"""Weight of a typical question beside an enquiry: only one of the schemes that answer it is known."""
AS_OF: Final = dt.date(2026, 11, 23)


_CARD: Final = {
    "licence": "Apache-2.0: all texts are the project's own",
    "command": "python -m matcher.rank.training evaluation/gold/enquiries.jsonl evaluation/gold/notices.jsonl "
    "--out models/artefacts",
}


def _say(step: str, share: float) -> None:
    sys.stderr.write(f"{step} {share:.0%}\n")


class _Workshop:
    """Everything the folds share."""

    def __init__(self, notices: list[dict[str, Any]], cache: Path, seed: int) -> None:
        self.catalogue, self.words = starter_catalogue(), vocabulary()
        self.encoder: Encoder = RememberingEncoder(open_encoder(None, cache, _say))
        self.passages = catalogue_passages(self.catalogue, self.words)
        store = FolderStore(cache, self.catalogue.name)
        self.vectors = stored_vectors(self.catalogue, self.passages, self.encoder, store, _say)
        number = {policy.id: i for i, policy in enumerate(self.catalogue)}
        self.group = np.array([number[p.policy] for p in self.passages], np.int64)
        self.number = number
        self.asked = [i for i, p in enumerate(self.passages) if p.kind == "question"]
        self.asked_vectors = self.encoder.encode_queries([self.passages[i].indexed for i in self.asked])
        clauses = [clause for notice in notices for clause in notice["clauses"]]
        questions = [(question, i) for i, clause in enumerate(clauses) for question in clause["questions"]]
        self.notices = Paired(
            self.encoder.encode_queries([question for question, _ in questions]),
            self.encoder.encode_passages([clause["text"] for clause in clauses]),
            np.array([place for _, place in questions], np.int64),
        )
        self.general = fit_paired(self.notices, seed)

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
        weights = np.concatenate([np.ones(len(queries)), np.full(len(own), _TYPICAL)]).astype(np.float32)
        return fit_graded(Graded(q, self.vectors, self.group, g, masked, weights), seed)

    def search(self, parts: tuple[Any, ...], ranker: Ranker) -> SchemeSearch:
        made = from_bytes(to_bytes(parts), self.encoder.name, self.encoder.dimension)
        outer = AdaptedEncoder(self.encoder, made)
        moved = adapt(self.vectors, made.passage_mean, made.passage)
        general = from_bytes(to_bytes((*self.general[:2], parts[2], self.vectors.mean(axis=0))), made.model, len(parts[2]))
        space = MeaningSpace(adapt(self.vectors, general.passage_mean, general.passage), AdaptedEncoder(self.encoder, general))
        return SchemeSearch(
            self.catalogue, self.words, self.passages, meaning=MeaningSpace(moved, outer), general=space, ranker=ranker
        )


def train(enquiries: list[dict[str, Any]], notices: list[dict[str, Any]], cache: Path, out: Path, seed: int = 0) -> None:
    """Fit the adapters and the ranker on the train split and the notices, and write them with their cards."""
    shop = _Workshop(notices, cache, seed)
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
    rows = [tables[i] for i in range(len(entries))]
    tables_of = {RANKER: rows, BY_WORDS: [_without_meaning(row) for row in rows]}
    rankers = {name: _fitted(seen, grades, any_fits, seed) for name, seen in tables_of.items()}
    parts = shop.adapter(vectors[any_fits], grades[any_fits], seed)
    card = {
        "trained_on": "evaluation/gold/enquiries.jsonl (split train) and matcher/retrieve/data/questions.jsonl",
        "enquiries": len(entries),
        "typical_questions": len(shop.asked),
        **_CARD,
        "seed": seed,
    }
    write_adapter(out, parts, shop.encoder.name, {**card, "epochs": EPOCHS, "pull": PULL})
    general = {
        "trained_on": "evaluation/gold/notices.jsonl",
        "clauses": len(shop.notices.clauses),
        "questions": len(shop.notices.questions),
        **_CARD,
        "seed": seed,
    }
    write_adapter(out, shop.general, shop.encoder.name, {**general, "epochs": EPOCHS, "pull": PULL_GENERAL}, GENERAL)
    for name, ranker in rankers.items():
        (out / f"{name}.json").write_text(ranker.to_json({**card, "folds": FOLDS}), encoding="utf-8")


def _fitted(tables: list[Table], grades: NDArray[np.int64], any_fits: NDArray[np.bool_], seed: int) -> Ranker:
    """The ranker of all enquiries, with its test of "nothing fits"."""
    taught = [(table, own) for table, own, fits in zip(tables, grades, any_fits, strict=True) if fits]
    ranker = fit_ranker(NAMES, taught, seed, SIGNS)
    return fit_fit(ranker, np.array([best_signs(ranker.scores(table), table) for table in tables]), any_fits)


def _without_meaning(table: Table) -> Table:
    """Features as they are where meaning is not searched."""
    return np.where([name.startswith("meaning") for name in NAMES], 0.0, table)


def main() -> None:
    """Train from a file of labelled enquiries and one of notices with questions."""
    parser = argparse.ArgumentParser(description="Train the adapter and the ranker.")
    parser.add_argument("enquiries", type=Path)
    parser.add_argument("notices", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--cache", type=Path, default=Path("~/.cache/policymatch"))
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    entries, notices = (
        [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] for path in (given.enquiries, given.notices)
    )
    train(entries, notices, given.cache.expanduser(), given.out, given.seed)


if __name__ == "__main__":
    main()
