"""Enterprise size by the statistical rules of 2017 (国统字〔2017〕213号).

Large, medium and small need ALL measures of the industry at or above the class's lower
bound, else the next class down is tried; micro needs only one measure below the bound of
small. With some measures unknown, the classes that remain possible are given: 50 people in a
software firm are never large or medium, whatever the revenue.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib import resources
from typing import Final

SIZES: Final = ("micro", "small", "medium", "large")
"""Classes from the smallest up; the lower bounds of the last three are in the data file."""

MEASURES: Final = ("employees", "annual_revenue", "total_assets")


@lru_cache(maxsize=1)
def _rules() -> Mapping[str, tuple[tuple[str, tuple[float, float, float]], ...]]:
    """Industry prefix -> ((measure, (bound of small, medium, large)), ...)."""
    found: dict[str, list[tuple[str, tuple[float, float, float]]]] = {}
    source = resources.files("policies") / "data" / "size_rules.csv"
    for row in csv.DictReader(source.read_text(encoding="utf-8").splitlines()):
        bounds = float(row["small"]), float(row["medium"]), float(row["large"])
        for prefix in row["industries"].split("|"):
            found.setdefault(prefix, []).append((row["measure"], bounds))
    return {prefix: tuple(measures) for prefix, measures in found.items()}


def possible_sizes(industry: str | None, measures: Mapping[str, float]) -> frozenset[str]:
    """The size classes that the known facts leave open.

    Args:
        industry: GB/T 4754 code with its section letter, or None where it is unknown.
        measures: the known ones of :data:`MEASURES` (people, yuan, yuan).

    Returns:
        A subset of :data:`SIZES`, never empty; all four where nothing is known or the rules
        do not cover the industry (finance, education, public administration, railways).
    """
    rules = [rule for prefix, rule in _rules().items() if industry and _covers(prefix, industry)]
    if not rules or industry is None or not _decides(industry):
        return frozenset(SIZES)
    return frozenset(size for rule in rules for size in _sizes(rule, measures))


def deciding_bounds(industry: str | None) -> Mapping[str, tuple[float, ...]]:
    """For each measure that can decide the size in ``industry``: the values at which it does, ascending.

    Between two such values :func:`possible_sizes` does not change.
    """
    found: dict[str, set[float]] = {}
    for prefix, rule in _rules().items():
        if industry and _covers(prefix, industry) and _decides(industry):
            for measure, bounds in rule:
                found.setdefault(measure, set()).update(bounds)
    return {measure: tuple(sorted(bounds)) for measure, bounds in found.items()}


def all_bounds() -> Mapping[str, tuple[float, ...]]:
    """For each measure the values at which it decides in any industry, ascending."""
    found: dict[str, set[float]] = {name: set() for name in MEASURES}
    for rule in _rules().values():
        for measure, bounds in rule:
            found[measure].update(bounds)
    return {measure: tuple(sorted(bounds)) for measure, bounds in found.items()}


def _covers(prefix: str, industry: str) -> bool:
    return industry.startswith(prefix) or prefix.startswith(industry)


def _decides(industry: str) -> bool:
    """Whether every finer industry below the code is covered, so that no other class can apply."""
    rules = _rules()
    return any(industry.startswith(prefix) for prefix in rules) or industry in _FULLY_COVERED


_FULLY_COVERED: Final = frozenset({"F", "H", "I", "K", "K70"})
"""Sections without a rule of their own, all of whose divisions have one."""


def _sizes(rule: tuple[tuple[str, tuple[float, float, float]], ...], measures: Mapping[str, float]) -> Iterator[str]:
    """Classes from micro up while every known measure allows more, from the lowest that is forced."""
    known = [sum(measures[name] >= bound for bound in bounds) for name, bounds in rule if name in measures]
    highest = min(known, default=len(SIZES) - 1)
    lowest = highest if len(known) == len(rule) else 0
    yield from SIZES[lowest : highest + 1]
