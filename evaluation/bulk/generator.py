"""Seeded policies and profiles that look like a district's: the same seed gives the same data.

Policies are cut from the pattern of the starter catalogue (its fields, operators and shapes of trees,
thresholds from round values); profiles follow plausible distributions, each field unknown for a part
of them.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from policies.condition import All, AnyOf, Condition, Leaf, Not
from policies.schema import Policy, Text
from policies.vocabulary import Vocabulary

if TYPE_CHECKING:
    import pyarrow as pa

REGIONS: Final = ("310110", "310115", "310104", "310112", "310113", "310000", "320500", "330100")
"""Where profiles are: districts of Shanghai, the city without a district, two neighbours."""

_REGION_SHARES: Final = (0.55, 0.12, 0.08, 0.08, 0.07, 0.03, 0.04, 0.03)
INDUSTRIES: Final = ("I65", "I64", "M73", "M75", "C39", "C35", "C27", "F51", "F52", "L72", "H62", "R", "E", "K702", "J66")
_THRESHOLDS: Final[Mapping[str, tuple[float, ...]]] = {
    "age": (16, 18, 25, 30, 35, 40, 45, 50, 60),
    "organisation_age_months": (6, 12, 24, 36, 48, 60),
    "graduation_years": (1, 2, 3, 5),
    "employees": (5, 10, 20, 50, 100, 300, 500, 1000),
    "annual_revenue": (5e5, 1e6, 2e6, 5e6, 1e7, 2e7, 5e7, 1e8, 4e8),
    "total_assets": (1e6, 1e7, 5e7, 1e8),
    "registered_capital": (1e5, 1e6, 5e6, 1e7),
    "rd_expense_ratio": (0.03, 0.05, 0.06, 0.1),
    "rd_staff_ratio": (0.1, 0.2, 0.3),
    "revenue_growth_rate": (0.0, 0.1, 0.2, 0.3),
    "insured_months": (3, 6, 12, 24),
    "insured_employees": (1, 5, 10, 50),
    "invention_patents": (1, 3, 5, 10),
    "intellectual_property_count": (1, 5, 10, 20),
    "social_insurance_months": (6, 12, 24, 36),
    "layoff_rate": (0.055, 0.2),
}
_SCALES: Final[Mapping[str, tuple[float, float]]] = {
    "employees": (2.8, 1.4), "annual_revenue": (15.0, 1.8), "total_assets": (15.2, 1.8), "registered_capital": (14.0, 1.4),
    "insured_months": (3.0, 1.0), "insured_employees": (2.2, 1.4), "invention_patents": (0.6, 1.2),
    "intellectual_property_count": (1.5, 1.2), "social_insurance_months": (3.2, 1.0), "rd_expense": (12.5, 2.0),
}  # fmt: skip
"""Mean and deviation of the logarithm."""
_RATIOS: Final = ("rd_staff_ratio", "revenue_growth_rate", "layoff_rate")
_TERMS: Final = (
    "subject_type",
    "organisation_type",
    "ownership",
    "enterprise_size",
    "education",
    "vat_payer_type",
    "employment_status",
)
_FLAGS: Final = (
    "is_founder",
    "is_first_venture",
    "is_student",
    "has_bad_credit",
    "new_hires_insured",
    "overseas_study",
    "is_listed",
)
_SETS: Final = ("certifications", "groups", "industry_fields", "carrier")
_PLACES: Final = ("registered_region", "work_region", "hukou_region")


def generate_policies(count: int, seed: int, vocabulary: Vocabulary) -> list[Policy]:
    """``count`` policies whose conditions have 2 to 9 leaves, drawn from a few hundred different ones."""
    rng = random.Random(seed)  # noqa: S311 - test data
    leaves = _leaf_pool(rng, vocabulary)
    return [
        Policy(
            id=f"g{number:06d}", title=Text(f"生成的政策 {number}"), level="district", region="310110", issuers=(),
            instrument="subsidy", audience="both", conditions=_condition(rng, leaves),
        )
        for number in range(count)
    ]  # fmt: skip


def _leaf_pool(rng: random.Random, vocabulary: Vocabulary) -> Mapping[str, list[Leaf]]:
    def some(values: Sequence[str], most: int) -> tuple[str, ...]:
        return tuple(sorted(rng.sample(list(values), rng.randint(1, min(most, len(values))))))

    pool: dict[str, list[Leaf]] = {"who": [], "numbers": [], "others": []}
    pool["who"] += [
        Leaf("subject_type", "in", kinds) for kinds in (("enterprise",), ("individual",), ("enterprise", "individual"))
    ]
    pool["who"] += [Leaf(name, "within_region", code) for name in _PLACES for code in ("310110", "310000")]
    for name, bounds in _THRESHOLDS.items():
        pool["numbers"] += [Leaf(name, op, bound) for bound in bounds for op in (">=", "<=", "<")]
    for name in _TERMS[1:]:
        terms = tuple(vocabulary.terms[vocabulary.fields[name].vocabulary])
        pool["others"] += [Leaf(name, "in", some(terms, 3)) for _ in range(4)]
    pool["others"] += [Leaf("enterprise_size", op, size) for op, size in (("<=", "small"), ("<=", "medium"), (">=", "medium"))]
    pool["others"] += [Leaf("education", ">=", "bachelor"), Leaf("education", ">=", "master")]
    pool["others"] += [Leaf(name, op) for name in _FLAGS for op in ("is_true", "is_false")]
    pool["others"] += [Leaf("industry", "in", some(("I65", "I", "C", "M", "F51", "C39"), 2)) for _ in range(5)]
    for name in _SETS:
        labels = tuple(vocabulary.labels[vocabulary.fields[name].vocabulary])
        pool["others"] += [Leaf(name, "contains_any", some(labels[:14], 4)) for _ in range(9)]
        pool["others"] += [Leaf(name, "contains_all", some(labels[:14], 2)) for _ in range(2)]
    pool["others"].append(Leaf("other", "==", "须由受理部门认定"))
    return pool


def _condition(rng: random.Random, pool: Mapping[str, list[Leaf]]) -> Condition:
    children: list[Condition] = [pool["who"][rng.choice((0, 0, 0, 1, 2))], pool["who"][rng.choice((3, 3, 3, 4, 5, 6, 7, 8))]]
    for _ in range(rng.choice((0, 1, 1, 2, 2, 3, 4))):
        kind = rng.random()
        if kind < 0.4:
            children.append(rng.choice(pool["numbers"]))
        elif kind < 0.8:
            children.append(rng.choice(pool["others"]))
        elif kind < 0.94:
            children.append(
                AnyOf(tuple(rng.choice(pool[rng.choice(("numbers", "others"))]) for _ in range(rng.choice((2, 2, 3)))))
            )
        else:
            children.append(Not(rng.choice(pool["others"])))
    return All(tuple(children))


def generate_profiles(count: int, seed: int, vocabulary: Vocabulary, as_of: dt.date) -> pa.RecordBatch:
    """``count`` profiles as a record batch: texts dictionary-encoded, 10 to 40 per cent of each field unknown.

    Columns: ``profile_id`` and the fields the generated policies use, with the dates and measures they
    are derived from. About 150 bytes a profile.
    """
    import pyarrow as pa

    rng = np.random.default_rng(seed)
    columns: dict[str, pa.Array] = {"profile_id": pa.array(np.arange(count))}

    def unknown(share: float) -> NDArray[np.bool_]:
        return rng.random(count) < share

    def words(values: Sequence[str], share: float, weights: Sequence[float] | None = None) -> pa.Array:
        indices = rng.choice(len(values), count, p=weights).astype(np.int32)
        return pa.DictionaryArray.from_arrays(pa.array(indices, mask=unknown(share)), pa.array(values, pa.string()))

    def days(years: float, share: float) -> pa.Array:
        back = (rng.random(count) * years * 365.25).astype(np.int32)
        return pa.array(np.int32((as_of - dt.date(1970, 1, 1)).days) - back, pa.int32(), mask=unknown(share)).cast(pa.date32())

    for name in _TERMS:
        share = 0.02 if name == "subject_type" else 0.6 if name == "enterprise_size" else 0.25
        columns[name] = words(tuple(vocabulary.terms[vocabulary.fields[name].vocabulary]), share)
    for name in _PLACES:
        columns[name] = words(REGIONS, 0.1, _REGION_SHARES)
    columns["industry"] = words(INDUSTRIES, 0.15)
    for name, (mean, deviation) in _SCALES.items():
        values = np.floor(rng.lognormal(mean, deviation, count))
        columns[name] = pa.array(values, mask=unknown(0.25))
    for name in _RATIOS:
        columns[name] = pa.array(np.round(rng.beta(1.2, 6, count), 4), mask=unknown(0.4))
    columns["founded_on"], columns["birth_date"] = days(20, 0.1), days(60, 0.2)
    columns["graduated_on"] = days(15, 0.4)
    for name in _FLAGS:
        columns[name] = pa.array(rng.random(count) < 0.3, mask=unknown(0.3))
    for name in _SETS:
        columns[name] = _lists(rng, count, tuple(vocabulary.labels[vocabulary.fields[name].vocabulary]), unknown(0.2))
    return pa.RecordBatch.from_arrays(list(columns.values()), names=list(columns))


def _lists(rng: np.random.Generator, count: int, labels: Sequence[str], nulls: NDArray[np.bool_]) -> pa.Array:
    import pyarrow as pa

    lengths = rng.choice((0, 1, 2, 3), count, p=(0.35, 0.35, 0.2, 0.1))
    lengths[nulls] = 0
    offsets = np.zeros(count + 1, np.int32)
    np.cumsum(lengths, out=offsets[1:])
    indices = pa.array(rng.integers(0, len(labels), offsets[-1]).astype(np.int32))
    child = pa.DictionaryArray.from_arrays(indices, pa.array(labels, pa.string()))
    return pa.ListArray.from_arrays(pa.array(offsets), child, mask=pa.array(nulls))
