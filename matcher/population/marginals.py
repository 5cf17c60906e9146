"""The stated marginals of the synthetic population: data with their source, most of them assumptions."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from typing import Final

import numpy as np
from numpy.typing import NDArray

SHARES_OF_QUANTILES: Final = (0.0, 0.25, 0.5, 0.75, 0.95, 1.0)
"""Where the six figures of a row ``quantiles`` stand."""


@dataclass(slots=True)
class Marginal:
    """How the values of one field are spread in one segment.

    Attributes:
        shares: value or label -> share; ``*`` stands for every label not named.
        quantiles: six figures at :data:`SHARES_OF_QUANTILES`, for numbers.
    """

    shares: dict[str, float] = field(default_factory=dict)
    quantiles: NDArray[np.float64] | None = None


@dataclass(frozen=True, slots=True)
class Marginals:
    """All rows of ``population_marginals.csv``.

    Attributes:
        by_field: field -> segment ("" for everybody else) -> marginal.
        loads: field -> hidden factor -> how strongly the field follows it, 0 to 1.
        assumed: number of figures that are assumptions, and of all figures.
    """

    by_field: Mapping[str, Mapping[str, Marginal]]
    loads: Mapping[str, Mapping[str, float]]
    assumed: tuple[int, int]


@lru_cache(maxsize=1)
def marginals() -> Marginals:
    """The marginals of this installation.

    Raises:
        ValueError: a row that cannot be read, with its number.
    """
    source = resources.files("policies") / "data" / "population_marginals.csv"
    by_field: dict[str, dict[str, Marginal]] = {}
    loads: dict[str, dict[str, float]] = {}
    assumed = total = 0
    for number, row in enumerate(csv.DictReader(source.read_text(encoding="utf-8").splitlines()), 2):
        total += 1
        assumed += row["basis"] == "assumption"
        value = row["value"]
        try:
            if value.startswith("load:"):
                loads.setdefault(row["field"], {})[value.removeprefix("load:")] = float(row["figure"])
                continue
            marginal = by_field.setdefault(row["field"], {}).setdefault(row["segment"], Marginal())
            if value == "quantiles":
                marginal.quantiles = _quantiles(row["figure"])
            else:
                marginal.shares[value] = float(row["figure"])
        except ValueError as error:
            raise ValueError(f"population_marginals.csv line {number}: {error}") from error
    return Marginals(by_field, loads, (assumed, total))


def _quantiles(text: str) -> NDArray[np.float64]:
    figures = np.array([float(part) for part in text.split("|")])
    if len(figures) != len(SHARES_OF_QUANTILES) or (np.diff(figures) < 0).any():
        raise ValueError(f"{text!r} is not {len(SHARES_OF_QUANTILES)} ascending figures")
    return figures
