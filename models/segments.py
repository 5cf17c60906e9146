"""Segments of a population by a small regression tree: numbers in, intervals out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

MISSING_EXTRA: Final = "scikit-learn is not installed; run: pip install 'policymatch[office]'"


class SegmentsError(RuntimeError):
    """The tree cannot be fitted; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Segment:
    """One leaf of the tree.

    Attributes:
        bounds: feature -> (low, high): values over ``low`` and at most ``high``; None where it is open.
        members: rows of the matrix that fall into it.
        mean: mean of the target over them.
    """

    bounds: dict[int, tuple[float | None, float | None]]
    members: NDArray[np.int64]
    mean: float


def fit_segments(
    features: NDArray[np.float64], target: NDArray[np.float64], *, most: int = 12, least_share: float = 0.02
) -> tuple[Segment, ...]:
    """Split rows into at most ``most`` segments that differ in ``target``; the lowest mean first.

    Args:
        features: rows x features, without NaN.
        target: one number a row.
        most: most segments.
        least_share: smallest share of the rows in a segment.

    Raises:
        SegmentsError: scikit-learn is not installed.
    """
    if not find_spec("sklearn"):
        raise SegmentsError(MISSING_EXTRA)
    from sklearn.tree import DecisionTreeRegressor

    smallest = max(int(len(target) * least_share), 1)
    tree = DecisionTreeRegressor(max_leaf_nodes=most, min_samples_leaf=smallest, random_state=0)
    tree.fit(features, target)
    inside = np.asarray(tree.apply(features), np.int64)
    found = [
        Segment(bounds, members, float(target[members].mean()))
        for leaf, bounds in _leaves(tree.tree_)
        if len(members := np.flatnonzero(inside == leaf))
    ]
    return tuple(sorted(found, key=lambda segment: segment.mean))


def _leaves(tree: Any) -> Sequence[tuple[int, dict[int, tuple[float | None, float | None]]]]:  # noqa: ANN401 - sklearn's own
    found: list[tuple[int, dict[int, tuple[float | None, float | None]]]] = []
    waiting: list[tuple[int, dict[int, tuple[float | None, float | None]]]] = [(0, {})]
    while waiting:
        node, bounds = waiting.pop()
        left, right = int(tree.children_left[node]), int(tree.children_right[node])
        if left < 0:
            found.append((node, bounds))
            continue
        feature, threshold = int(tree.feature[node]), float(tree.threshold[node])
        low, high = bounds.get(feature, (None, None))
        waiting.append((left, {**bounds, feature: (low, threshold if high is None else min(high, threshold))}))
        waiting.append((right, {**bounds, feature: (threshold if low is None else max(low, threshold), high)}))
    return found
