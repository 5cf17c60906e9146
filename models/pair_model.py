"""What two things are to each other, from numbers that compare them: a multinomial logistic regression.

It knows nothing of what the numbers mean. Predicting is plain arithmetic on stored coefficients;
only :func:`fit` needs scikit-learn (extra ``train``).
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any, Final

RECORDS: Final = "pair_model"
"""The model of two records of the catalogue."""
_DIGITS: Final = 4
"""Decimals kept of a coefficient: the file stays readable and the same on every machine."""


@dataclass(frozen=True)
class PairModel:
    """A fitted model.

    Attributes:
        features: names of the numbers, in their order.
        kinds: the classes.
        weights: one row per class, one number per feature.
        biases: one number per class.
        version: changes whenever the coefficients do.
    """

    features: tuple[str, ...]
    kinds: tuple[str, ...]
    weights: tuple[tuple[float, ...], ...]
    biases: tuple[float, ...]
    version: str

    def probabilities(self, numbers: Sequence[float]) -> dict[str, float]:
        """Class → probability; they add up to 1.

        Raises:
            ValueError: not as many numbers as features.
        """
        if len(numbers) != len(self.features):
            raise ValueError(f"{len(numbers)} numbers for {len(self.features)} features")
        scores = [
            bias + sum(weight * number for weight, number in zip(row, numbers, strict=True) if number)
            for row, bias in zip(self.weights, self.biases, strict=True)
        ]
        highest = max(scores)
        raised = [math.exp(score - highest) for score in scores]
        return {kind: one / sum(raised) for kind, one in zip(self.kinds, raised, strict=True)}

    def parts(self, numbers: Sequence[float], kind: str) -> list[tuple[str, float]]:
        """What each number adds to the score of ``kind`` against the mean of the other classes, largest first."""
        chosen = self.kinds.index(kind)
        others = [row for number, row in enumerate(self.weights) if number != chosen]
        found = [
            (name, (self.weights[chosen][i] - sum(row[i] for row in others) / len(others)) * numbers[i])
            for i, name in enumerate(self.features)
            if numbers[i]
        ]
        return sorted(found, key=lambda one: (-abs(one[1]), one[0]))

    def to_json(self) -> dict[str, Any]:
        """For the file of weights."""
        rows = {kind: dict(zip(self.features, row, strict=True)) for kind, row in zip(self.kinds, self.weights, strict=True)}
        return {"version": self.version, "biases": dict(zip(self.kinds, self.biases, strict=True)), "weights": rows}


def model_from_json(data: Mapping[str, Any]) -> PairModel:
    """Read what :meth:`PairModel.to_json` has written."""
    kinds = tuple(data["weights"])
    features = tuple(data["weights"][kinds[0]])
    weights = tuple(tuple(float(data["weights"][kind][name]) for name in features) for kind in kinds)
    return PairModel(features, kinds, weights, tuple(float(data["biases"][kind]) for kind in kinds), str(data["version"]))


@lru_cache
def shipped_pair_model(name: str = RECORDS) -> PairModel:
    """A model that comes with the program; its card lies beside it in ``models/weights``."""
    text = (resources.files("models") / "weights" / f"{name}.json").read_text(encoding="utf-8")
    return model_from_json(json.loads(text))


def fit(features: Sequence[str], rows: Sequence[Sequence[float]], kinds: Sequence[str], *, strength: float = 1.0) -> PairModel:
    """Fit a model.

    Args:
        features: names of the numbers.
        rows: one list of numbers per example.
        kinds: the class of each example.
        strength: inverse of the regularisation (scikit-learn's ``C``).

    Raises:
        RuntimeError: scikit-learn is not installed.
    """
    try:
        from sklearn.linear_model import LogisticRegression
    except ModuleNotFoundError as error:
        raise RuntimeError("训练需要 scikit-learn / training needs it: pip install 'policymatch[train]'") from error
    import hashlib

    fitted = LogisticRegression(C=strength, max_iter=5000, tol=1e-8).fit([list(row) for row in rows], list(kinds))
    weights = tuple(tuple(round(float(one), _DIGITS) for one in row) for row in fitted.coef_)
    biases = tuple(round(float(one), _DIGITS) for one in fitted.intercept_)
    digest = hashlib.sha256(repr((tuple(features), weights, biases)).encode()).hexdigest()[:12]
    return PairModel(tuple(features), tuple(map(str, fitted.classes_)), weights, biases, digest)
