"""Search measured on questions with known answers: lexical, dense and combined in one run.

The data is a CSV (``id,docid,question,answer``: the distinct answers of at least 12 characters are
the passages, each question seeks its own) or a folder with ``documents.jsonl`` and
``questions.csv`` (the texts cut at sentence ends to at most 256 characters, the title before all
but the first; sought is the passage with the first 20 characters of the answer). ``dense`` is the
encoder alone; ``adapted`` the encoder behind the adapter, fitted to the collection without labels;
``combined`` what the program searches by.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from evaluation.metrics import mean, measures, paired_bootstrap
from models.encode import Encoder
from models.encode.adapter import GENERAL, AdaptedEncoder, adapt, shipped_adapter
from models.encode.tuning import tuned
from models.hybrid import SENTENCE, Hybrid, PassageScores, words_before
from models.meaning import MeaningSpace

_SHORTEST_ANSWER: Final = 12
_LONGEST_PASSAGE: Final = 256
_SOUGHT: Final = 20
_RRF: Final = 60
_BATCH: Final = 64

_SYSTEMS: Final[dict[str, Callable[[PassageScores], NDArray[np.float32]]]] = {
    "bm25_words": lambda s: s.words,
    "bm25_pairs": lambda s: s.pairs,
    "lexical": lambda s: s.lexical,
    "adapted": lambda s: s.cosine,
    "combined": lambda s: s.combined,
}
_SEMANTIC: Final = ("dense", "rrf", "adapted")


@dataclass(frozen=True)
class Collection:
    """Passages with their documents, and questions with what they seek.

    Attributes:
        documents: number of the document of each passage, or None where passages stand alone.
        contexts: title of the document of each passage, or None; ``before`` the heading just before it.
        sought: for each question the passages that answer it; ``sought_document`` its document.
    """

    passages: tuple[str, ...]
    documents: tuple[int, ...] | None
    contexts: tuple[str, ...] | None
    before: tuple[str, ...] | None
    questions: tuple[str, ...]
    clusters: tuple[str, ...]
    sought: tuple[frozenset[int], ...]
    sought_document: tuple[int, ...]


def reciprocal_rank(scores: NDArray[Any]) -> NDArray[np.float32]:
    """1 / (60 + rank) of each item (Cormack et al. 2009)."""
    ranks = np.empty(len(scores), np.int64)
    ranks[np.argsort(-scores, kind="stable")] = np.arange(1, len(scores) + 1)
    return np.asarray(1.0 / (_RRF + ranks), np.float32)


def read_collection(path: Path) -> Collection:
    """The data of a CSV file or of a folder.

    Raises:
        OSError: a file cannot be read.
        ValueError: a column is missing, or nothing can be measured.
    """
    found = _folder(path) if path.is_dir() else _answers(path)
    if not found.questions:
        raise ValueError("没有可以测的问题 / there is no question to measure")
    return found


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    for name in ("docid", "question", "answer"):
        if not rows or rows[0].get(name) is None:
            raise ValueError(f"{path.name}: 缺少列 {name} / the column {name} is missing")
    return rows


def _answers(path: Path) -> Collection:
    rows = [row for row in _rows(path) if len(row["answer"]) >= _SHORTEST_ANSWER]
    place = {answer: i for i, answer in enumerate(dict.fromkeys(row["answer"] for row in rows))}
    return Collection(
        tuple(place),
        None,
        None,
        None,
        tuple(row["question"] for row in rows),
        tuple(row["docid"] for row in rows),
        tuple(frozenset({place[row["answer"]]}) for row in rows),
        (),
    )


def cut_text(title: str, text: str, longest: int = _LONGEST_PASSAGE) -> list[str]:
    """A text cut at sentence ends into passages of at most ``longest`` characters; the title before all but the first."""
    parts, current = [], ""
    for found in SENTENCE.findall(text):
        sentence = found
        while len(sentence) > longest:
            parts.append(current)
            current, sentence = sentence[:longest], sentence[longest:]
        if len(current) + len(sentence) > longest:
            parts.append(current)
            current = ""
        current += sentence
    parts.append(current)
    kept = [part for part in parts if part.strip()]
    return [part if i == 0 else f"{title} {part}" for i, part in enumerate(kept)]


def _folder(path: Path) -> Collection:
    lines = (path / "documents.jsonl").read_text(encoding="utf-8").splitlines()
    texts = [json.loads(line) for line in lines if line.strip()]
    number = {entry["docid"]: i for i, entry in enumerate(texts)}
    passages: list[str] = []
    documents: list[int] = []
    for entry in texts:
        cut = cut_text(entry["title"], entry["text"])
        passages += cut
        documents += [number[entry["docid"]]] * len(cut)
    bare = [_bare(text) for text in passages]
    rows = [row for row in _rows(path / "questions.csv") if row["docid"] in number]
    sought = []
    for row in rows:
        head, home = _bare(row["answer"])[:_SOUGHT], number[row["docid"]]
        sought.append(frozenset(i for i, text in enumerate(bare) if documents[i] == home and head in text))
    titles = tuple(texts[place]["title"] for place in documents)
    return Collection(
        tuple(passages),
        tuple(documents),
        titles,
        tuple(words_before([text.removeprefix(title) for text, title in zip(passages, titles, strict=True)], documents)),
        tuple(row["question"] for row in rows),
        tuple(row["docid"] for row in rows),
        tuple(sought),
        tuple(number[row["docid"]] for row in rows),
    )


def _bare(text: str) -> str:
    return "".join(text.split())


def evaluate_retrieval(data: Collection, encoder: Encoder | None, progress: Callable[[str, float], None]) -> dict[str, Any]:
    """Every system on the same questions.

    Returns:
        ``lexical``, ``dense``, ``combined`` and the baselines, each with recall@1/5/10, mrr@10 and
        ndcg@10; ``bootstrap`` of combined against each; ``documents`` the same at document level.
        ``dense`` is absent without an encoder.
    """
    hybrid, alone = _opened(data, encoder, progress)
    systems = [*_SYSTEMS, "dense", "rrf"] if encoder is not None else [x for x in _SYSTEMS if x not in _SEMANTIC]
    by_passage: dict[str, list[dict[str, float]]] = {name: [] for name in systems}
    by_document: dict[str, list[dict[str, float]]] = {name: [] for name in systems}
    clusters: list[str] = []
    for i, question in enumerate(data.questions):
        scores = hybrid.search(question)
        every = {name: _SYSTEMS[name](scores) for name in systems if name in _SYSTEMS}
        if alone is not None:
            every["dense"] = alone[i]
            every["rrf"] = reciprocal_rank(scores.lexical) + reciprocal_rank(alone[i])
        if data.sought[i]:
            clusters.append(data.clusters[i])
        for name, found in every.items():
            if data.sought[i]:
                by_passage[name].append(measures(found, _grades(len(found), data.sought[i])))
            if data.documents is not None:
                best = _best_of(found, data.documents)
                by_document[name].append(measures(best, _grades(len(best), {data.sought_document[i]})))
    report = _report(by_passage, clusters)
    report["passages"], report["questions"] = len(data.passages), len(clusters)
    if data.documents is not None:
        report["documents"] = _report(by_document, data.clusters)
    return report


def _opened(
    data: Collection, encoder: Encoder | None, progress: Callable[[str, float], None]
) -> tuple[Hybrid, NDArray[np.float32] | None]:
    """The search as the program makes it for a collection it does not know, and the cosines of the encoder alone."""
    if encoder is None:
        return Hybrid(data.passages, data.documents, contexts=data.contexts, before=data.before), None
    parts = []
    for start in range(0, len(data.passages), _BATCH):
        parts.append(encoder.encode_passages(data.passages[start : start + _BATCH]))
        progress("编码 / encoding", min(1.0, (start + _BATCH) / len(data.passages)))
    vectors = np.vstack(parts)
    adapter = tuned(encoder, shipped_adapter(GENERAL), data.passages, vectors, data.contexts, progress)
    moved = adapt(vectors, adapter.passage_mean, adapter.passage)
    meaning = MeaningSpace(moved, AdaptedEncoder(encoder, adapter))
    hybrid = Hybrid(data.passages, data.documents, meaning, contexts=data.contexts, before=data.before)
    return hybrid, encoder.encode_queries(data.questions) @ vectors.T


def _report(rows: dict[str, list[dict[str, float]]], clusters: Sequence[str]) -> dict[str, Any]:
    ours = [row["ndcg@10"] for row in rows["combined"]]
    found: dict[str, Any] = {name: mean(values) for name, values in rows.items()}
    found["bootstrap"] = {
        name: paired_bootstrap(ours, [row["ndcg@10"] for row in values], clusters)
        for name, values in rows.items()
        if name != "combined"
    }
    return found


def _grades(size: int, relevant: frozenset[int] | set[int]) -> NDArray[np.int64]:
    found = np.zeros(size, np.int64)
    found[list(relevant)] = 1
    return found


def _best_of(scores: NDArray[np.float32], documents: Sequence[int]) -> NDArray[np.float32]:
    best = np.full(max(documents) + 1, -np.inf, np.float32)
    np.maximum.at(best, np.asarray(documents), scores)
    return best
