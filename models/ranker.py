"""A linear ranker over named features: fitted with scikit-learn, kept as JSON, used without it.

score = sum of weight x feature, so that the parts of a score add up to it. Fitted on pairs of one
enquiry (Herbrich et al. 2000): the better scheme must score higher than the worse.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Table = NDArray[np.float64]
FORM: Final = 1
RANKER: Final = "ranker"
BY_WORDS: Final = "ranker_by_words"
_C: Final = 0.3
"""Inverse strength of the penalty, chosen on the development split."""
_PAIRS_PER_QUERY: Final = 400
_WRONGLY: Final = 0.06
"""Share of enquiries that something fits of which "nothing fits" may be said: a wrong one turns people away."""


class RankerError(Exception):
    """The ranker's file is not of this form, or has other features."""


@dataclass(frozen=True)
class Ranker:
    """Weights by feature, and when the best score means that anything fits at all.

    Attributes:
        names: of the features, in the order of the columns.
        weights: ``[features]``.
        fit: weights of (best score, best cosine, best overlap) and a constant, logistic; at least a half: something fits.
    """

    names: tuple[str, ...]
    weights: Table
    fit: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 10.0)

    def parts(self, features: Table) -> Table:
        """What each feature adds, ``[items, features]``; a row's sum is its score."""
        return np.asarray(features * self.weights, np.float64)

    def scores(self, features: Table) -> Table:
        """Scores ``[items]``, higher is better."""
        return np.asarray(self.parts(features).sum(axis=1), np.float64)

    def probability_of_fit(self, score: float, cosine: float, overlap: float) -> float:
        """How surely the best scheme fits the enquiry at all, 0 to 1; below a half it does not."""
        a, b, c, constant = self.fit
        return 1 / (1 + math.exp(-max(-50.0, min(50.0, a * score + b * cosine + c * overlap + constant))))

    def to_json(self, card: dict[str, Any]) -> str:
        """The artefact: weights and the card that says how they came about."""
        weights = {name: round(float(weight), 5) for name, weight in zip(self.names, self.weights, strict=True)}
        body = {"form": FORM, "weights": weights, "fit": [round(x, 5) for x in self.fit], "card": card}
        return json.dumps(body, ensure_ascii=False, indent=1) + "\n"


def ranker_from_json(text: str, names: Sequence[str]) -> Ranker:
    """The ranker of an artefact.

    Raises:
        RankerError: another form, or other features than ``names``.
    """
    try:
        body = json.loads(text)
        weights, fit = body["weights"], tuple(float(x) for x in body["fit"])
    except (ValueError, KeyError, TypeError) as error:
        raise RankerError("排序模型文件损坏 / the ranker's file is damaged") from error
    if body.get("form") != FORM or list(weights) != list(names) or len(fit) != 4:
        raise RankerError("排序模型与程序的特征不一致，请重新训练 / the ranker has other features: train it again")
    return Ranker(tuple(names), np.array([float(weights[name]) for name in names]), (fit[0], fit[1], fit[2], fit[3]))


def shipped_ranker(names: Sequence[str], name: str = RANKER) -> Ranker:
    """A ranker that comes with the program: :data:`RANKER`, or :data:`BY_WORDS` where meaning is not searched.

    Raises:
        RankerError: see :func:`ranker_from_json`.
    """
    source = resources.files("models") / "artefacts" / f"{name}.json"
    return ranker_from_json(source.read_text(encoding="utf-8"), names)


def fit_ranker(
    names: Sequence[str], queries: Sequence[tuple[Table, Table]], seed: int = 0, signs: Mapping[str, int] | None = None
) -> Ranker:
    """Fit the weights on enquiries.

    Args:
        names: of the features.
        queries: for each enquiry the features ``[items, features]`` and the grades ``[items]``.
        seed: of the choice of pairs.
        signs: 1 for a feature that may only speak for a scheme, -1 for one that may only speak against it.
    """
    from scipy.optimize import minimize

    generator = np.random.default_rng(seed)
    rows, strengths = [], []
    for features, grades in queries:
        better, worse = np.nonzero(grades[:, None] > grades[None, :])
        if not len(better):
            continue
        gap = 2.0 ** grades[better] - 2.0 ** grades[worse]
        # near misses teach more: the worse ones that score high on the plain features come first
        weight = gap * np.exp(3 * features[worse, 0])
        chosen = generator.choice(len(better), min(_PAIRS_PER_QUERY, len(better)), replace=False, p=weight / weight.sum())
        rows.append(features[better[chosen]] - features[worse[chosen]])
        strengths.append(gap[chosen] / gap[chosen].sum())
    difference, strength = np.vstack(rows), np.concatenate(strengths)
    strength *= len(difference) / strength.sum()
    scale = np.maximum(difference.std(axis=0), 1e-6)
    scaled = difference / scale

    def loss(weights: Table) -> tuple[float, Table]:
        """Logistic loss of the pairs with a quadratic penalty, and its gradient."""
        margins = scaled @ weights
        total = strength @ np.logaddexp(0.0, -margins) + weights @ weights / (2 * _C)
        return float(total), weights / _C - scaled.T @ (strength / (1 + np.exp(margins.clip(-50, 50))))

    limits = {1: (0.0, None), -1: (None, 0.0)}
    bounds = [limits.get((signs or {}).get(name, 0), (None, None)) for name in names]
    found = minimize(loss, np.zeros(len(names)), jac=True, method="L-BFGS-B", bounds=bounds)
    return Ranker(tuple(names), np.asarray(found.x / scale, np.float64))


def fit_fit(ranker: Ranker, best: Table, fits: NDArray[np.bool_]) -> Ranker:
    """The ranker with its test of "nothing fits", which is wrong of few fitting enquiries.

    Args:
        ranker: fitted.
        best: ``[enquiries, 3]``: best score, best cosine, best overlap; of a ranker that has not seen the enquiry.
        fits: whether anything was relevant.
    """
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=10.0, max_iter=5_000, class_weight="balanced")
    scale = np.maximum(best.std(axis=0), 1e-6)
    model.fit(best / scale, fits)
    weights = model.coef_[0] / scale
    a, b, c = (float(weight) for weight in weights)
    return Ranker(ranker.names, ranker.weights, (a, b, c, -float(np.quantile((best @ weights)[fits], _WRONGLY))))
