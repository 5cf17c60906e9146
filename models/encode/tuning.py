"""An adapter moved towards a collection it has not seen, without any labels.

Inverse cloze (Lee et al. 2019): a fragment of a passage, asked as a question, must find its own
passage among the others. A linear adapter so fitted weighs down what all passages of the collection
have in common, and learns where its questions lie beside its passages. Plain numpy; bounded work
whatever the size of the collection.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.encode.adapter import Adapter, from_bytes, to_bytes
from models.encode.build import Progress, silent
from models.encode.contract import Encoder, Vectors, unit_rows
from models.encode.weights import Floats

FEWEST: Final = 50
"""Passages below which nothing can be learnt from a collection."""
_MOST: Final = 2_000
"""Passages looked at; more change little and cost time."""
_FRAGMENTS: Final = 2
_FRAGMENT: Final = re.compile(r"[^。！？；，、：!?;,:\s]{6,40}")
_BATCH: Final = 256
_EPOCHS: Final = 10
_RATE: Final = np.float32(1e-3)
_SCALE: Final = np.float32(20.0)
_PULL: Final = np.float32(60.0)
"""Strength with which both matrices are held where they began."""
_ENCODED: Final = 64


def tuned(
    encoder: Encoder,
    adapter: Adapter | None,
    texts: Sequence[str],
    vectors: Vectors,
    contexts: Sequence[str] | None = None,
    progress: Progress = silent,
    seed: int = 0,
) -> Adapter:
    """The adapter fitted to a collection; where it is too small, only its middle is moved.

    Args:
        encoder: that made ``vectors``, without any adapter.
        adapter: where to begin; None (or one of another model): at no change at all.
        texts: the passages.
        vectors: of the passages, ``[passages, dimension]``.
        contexts: words that passages share with others (a title); no question is made of them.
        progress: told of the steps.
        seed: of the choice of passages and fragments.
    """
    dimension = vectors.shape[1]
    identity = np.eye(dimension, dtype=np.float32)
    query, passage = identity, identity
    if adapter is not None and adapter.model == encoder.name:
        query, passage = adapter.query, adapter.passage
    middle = np.asarray(vectors.mean(axis=0), np.float32) if len(vectors) else np.zeros(dimension, np.float32)
    generator = np.random.default_rng(seed)
    chosen = np.sort(generator.permutation(len(texts))[:_MOST])
    asked, home = _questions(texts, chosen, contexts, generator)
    if len(asked) < FEWEST:
        return _made(encoder.name, query, passage, middle, middle)
    parts = []
    for start in range(0, len(asked), _ENCODED):
        parts.append(encoder.encode_queries(asked[start : start + _ENCODED]))
        progress("适应资料 / adapting to the collection", min(0.8, 0.8 * (start + _ENCODED) / len(asked)))
    questions = np.vstack(parts)
    asked_middle = np.asarray(questions.mean(axis=0), np.float32)
    left, right = unit_rows(questions - asked_middle), unit_rows(vectors[chosen] - middle)
    query, passage = _fit(left, right, home, query, passage, generator)
    progress("适应资料 / adapting to the collection", 1.0)
    return _made(encoder.name, query, passage, asked_middle, middle)


def _questions(
    texts: Sequence[str], chosen: NDArray[np.int64], contexts: Sequence[str] | None, generator: np.random.Generator
) -> tuple[list[str], NDArray[np.int64]]:
    """Fragments asked as questions, and the place of each one's passage in ``chosen``."""
    asked: list[str] = []
    home: list[int] = []
    for place, number in enumerate(chosen.tolist()):
        context = contexts[number] if contexts else ""
        found = [part for part in _FRAGMENT.findall(texts[number].removeprefix(context)) if part not in context]
        for pick in generator.permutation(len(found))[:_FRAGMENTS].tolist():
            asked.append(f"{found[pick]}？")
            home.append(place)
    return asked, np.array(home, np.int64)


def _made(model: str, query: Floats, passage: Floats, query_mean: Floats, passage_mean: Floats) -> Adapter:
    raw = to_bytes((query, passage, query_mean, passage_mean))
    return from_bytes(raw, model, len(query))


def _fit(
    left: Vectors, right: Vectors, home: NDArray[np.int64], query: Floats, passage: Floats, generator: np.random.Generator
) -> tuple[Floats, Floats]:
    """Both matrices after descending the cross-entropy of each question's own passage among all (Adam)."""
    start = np.stack([query, passage])
    now, first, second = start.copy(), np.zeros_like(start), np.zeros_like(start)
    step = 0
    for _ in range(_EPOCHS):
        for batch in np.array_split(generator.permutation(len(left)), max(1, len(left) // _BATCH)):
            step += 1
            slope = _slope(left[batch], right, home[batch], now) + 2 * _PULL / len(query) * (now - start)
            first += np.float32(0.1) * (slope - first)
            second += np.float32(0.001) * (slope**2 - second)
            root = np.sqrt(second / np.float32(1 - 0.999**step)) + np.float32(1e-8)
            now -= _RATE / np.float32(1 - 0.9**step) * first / root
    return now[0], now[1]


def _slope(left: Vectors, right: Vectors, home: NDArray[np.int64], now: Floats) -> Floats:
    """Gradient of the mean cross-entropy by the two matrices, ``[2, dimension, dimension]``."""
    a, b = left @ now[0], right @ now[1]
    a_size, b_size = (np.linalg.norm(x, axis=1, keepdims=True).clip(1e-9) for x in (a, b))
    a, b = a / a_size, b / b_size
    scores = _SCALE * (a @ b.T)
    scores -= scores.max(axis=1, keepdims=True)
    share = np.exp(scores)
    share /= share.sum(axis=1, keepdims=True)
    share[np.arange(len(home)), home] -= 1.0
    share *= _SCALE / np.float32(len(home))
    by_a, by_b = share @ b, share.T @ a
    by_a = (by_a - (by_a * a).sum(axis=1, keepdims=True) * a) / a_size
    by_b = (by_b - (by_b * b).sum(axis=1, keepdims=True) * b) / b_size
    found: Floats = np.stack([left.T @ by_a, right.T @ by_b])
    return found


def began_with(adapter: Adapter | None, vectors: Vectors) -> str:
    """What a fitted adapter depends on, as a hash: where it began and the vectors it was fitted to."""
    began = adapter.digest if adapter else ""
    return hashlib.sha256(began.encode() + np.ascontiguousarray(vectors).tobytes()).hexdigest()
