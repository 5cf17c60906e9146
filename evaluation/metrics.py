"""Measures of a ranking, ties counted against us, and the paired bootstrap between two rankings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[Any]
_DEPTH = 10


def order(scores: Numbers, grades: Numbers) -> NDArray[np.int64]:
    """Places best first; among equal scores the less relevant come first.

    Args:
        scores: ``[items]``, higher is better.
        grades: ``[items]``, 0 = not relevant.
    """
    return np.lexsort((grades, -np.asarray(scores, np.float64)))


def measures(scores: Numbers, grades: Numbers) -> dict[str, float]:
    """recall@1, 5, 10, mrr@10 and ndcg@10 (gain 2^grade - 1, discount log2) of one query.

    Source of ndcg: Järvelin and Kekäläinen 2002, with the exponential gain of Burges et al. 2005.

    Raises:
        ValueError: nothing is relevant.
    """
    relevant = int((grades > 0).sum())
    if not relevant:
        raise ValueError("nothing is relevant to this query")
    ranked = grades[order(scores, grades)[:_DEPTH]]
    hits = ranked > 0
    found = {f"recall@{k}": float(hits[:k].sum() / relevant) for k in (1, 5, 10)}
    first = np.flatnonzero(hits)
    found["mrr@10"] = float(1 / (first[0] + 1)) if len(first) else 0.0
    discount = 1 / np.log2(np.arange(2, _DEPTH + 2))
    ideal = np.sort(2.0**grades - 1)[::-1][:_DEPTH]
    gained = float(((2.0**ranked - 1) * discount[: len(ranked)]).sum())
    found["ndcg@10"] = gained / float((ideal * discount[: len(ideal)]).sum())
    return found


def mean(rows: Sequence[Mapping[str, float]], digits: int = 4) -> dict[str, float]:
    """The mean of each measure over queries; empty without queries."""
    if not rows:
        return {}
    return {name: round(sum(row[name] for row in rows) / len(rows), digits) for name in rows[0]}


def paired_bootstrap(
    ours: Sequence[float], theirs: Sequence[float], clusters: Sequence[str], draws: int = 2_000, seed: int = 0
) -> dict[str, float]:
    """The mean difference with its 95 % interval, whole clusters drawn with replacement.

    Args:
        ours: one value per query.
        theirs: the same of the other ranking.
        clusters: what each query belongs to (its document), drawn together.
        draws: samples.
        seed: fixes them.
    """
    difference = np.asarray(ours) - np.asarray(theirs)
    names, place = np.unique(np.asarray(clusters), return_inverse=True)
    sums, counts = np.bincount(place, difference), np.bincount(place)
    generator = np.random.default_rng(seed)
    drawn = generator.integers(0, len(names), (draws, len(names)))
    means = sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return {"difference": round(float(difference.mean()), 4), "low": round(float(low), 4), "high": round(float(high), 4)}
