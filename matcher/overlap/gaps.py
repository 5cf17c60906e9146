"""Gaps: whom few schemes serve, commitments without a scheme, stages and instruments left empty."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from matcher.overlap.logic import Logic
from matcher.overlap.purpose import likeness, purpose_of
from matcher.overlap.reach import Reach, measure
from matcher.population.features import Feature, features_of
from matcher.population.file import Population
from models.segments import Segment, fit_segments
from policies.condition import All, Condition, Leaf, leaves
from policies.schema import Policy, Text
from policies.vocabulary import Vocabulary

GIVING: Final = frozenset(
    {
        "grant", "loan", "interest_subsidy", "guarantee", "tax_relief", "rent_subsidy", "social_insurance_subsidy", "housing",
        "talent_award", "training", "incubation", "equity", "voucher",
    }
)  # fmt: skip
"""Instruments by which something of value is given; certificates, residence and plans serve nobody by themselves."""

STAGES: Final[Mapping[str, tuple[Text, Condition]]] = {
    "seed": (Text("苗圃（登记之前）", "nursery, before registration"), Leaf("is_founder", "is_false")),
    "incubator": (Text("孵化器（成立三年内）", "incubator, first three years"), Leaf("organisation_age_months", "<=", 36)),
    "accelerator": (
        Text("加速器（三年以上、快速成长）", "accelerator, over three years and growing"),
        All((Leaf("organisation_age_months", ">", 36), Leaf("revenue_growth_rate", ">=", 0.2))),
    ),
}
"""Stages of a venture as conditions; a scheme serves a stage when it speaks of it and can be met in it."""

_STAGE_FIELDS: Final = frozenset(
    {"is_founder", "is_first_venture", "organisation_age_months", "founded_on", "revenue_growth_rate", "carrier"}
)
_NEAR: Final = 0.35
_MOST_SEGMENTS: Final = 12
_PEOPLE_EACH: Final = 150
"""Profiles for each segment that a tree may have; smaller ones are read out of chance."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A segment of the population.

    Attributes:
        subject: term of ``subject_type``.
        words: who they are.
        people: profiles in it; ``share`` of all profiles of the subject.
        mean: schemes that give something, on average, for which one of them is eligible.
        unserved: share of them without any.
    """

    subject: str
    words: Text
    people: int
    share: float
    mean: float
    unserved: float


@dataclass(frozen=True, slots=True)
class Gaps:
    """What the gap map shows.

    Attributes:
        segments: those served least first, for each subject.
        served: schemes for which a profile is eligible, on average, by subject.
        commitments: framework commitments without a scheme of the same purpose.
        matrix: (instrument, level) -> ids.
        stages: (stage, instrument) -> ids.
        departments: department -> instrument -> number of schemes.
        nobody: schemes that reach no profile of the population.
    """

    segments: tuple[Gap, ...]
    served: Mapping[str, float]
    commitments: tuple[str, ...]
    matrix: Mapping[tuple[str, str], tuple[str, ...]]
    stages: Mapping[tuple[str, str], tuple[str, ...]]
    departments: Mapping[str, Mapping[str, int]]
    nobody: tuple[str, ...]
    population: Population


def find_gaps(policies: Iterable[Policy], population: Population, as_of: dt.date, vocabulary: Vocabulary) -> Gaps:
    """Look for whom and for what there is no scheme on the day ``as_of``.

    Raises:
        CompileError: a condition does not fit its field.
        ColumnError: a column of the population cannot be read.
        SegmentsError: scikit-learn is not installed.
    """
    listed = list(policies)
    running = [p for p in listed if p.kind == "scheme" and not p.expired_on(as_of) and not p.begins_after(as_of)]
    giving = [policy for policy in running if policy.instrument in GIVING]
    reach = measure(giving, population.table, as_of, vocabulary)
    served = served_counts(reach)
    features = features_of(population.table, vocabulary, as_of)
    found: list[Gap] = []
    means: dict[str, float] = {}
    for subject in vocabulary.terms["subject_type"]:
        rows = np.flatnonzero(features.subjects == subject)
        if len(rows) < 2 * _PEOPLE_EACH:
            continue
        means[subject] = float(served[rows].mean())
        columns, matrix = features.matrix(rows)
        segments = fit_segments(matrix, served[rows].astype(np.float64), most=min(_MOST_SEGMENTS, len(rows) // _PEOPLE_EACH))
        found += [_gap(subject, segment, columns, served[rows], vocabulary) for segment in segments]
    return Gaps(
        segments=tuple(sorted(found, key=lambda gap: (gap.mean, -gap.people))),
        served=means,
        commitments=_open_commitments(listed, running, vocabulary),
        matrix=_group(((policy.instrument, policy.level), policy.id) for policy in running),
        stages=_stages(running, vocabulary, as_of),
        departments=_departments(running),
        nobody=tuple(name for name in reach.ids if not reach.count(name)),
        population=population,
    )


def served_counts(reach: Reach) -> NDArray[np.int64]:
    """For each profile the number of schemes for which it is eligible."""
    counts = np.zeros(reach.planes.shape[1] * 64, np.int64)
    for plane in reach.planes:
        counts += np.unpackbits(np.ascontiguousarray(plane).view(np.uint8), bitorder="little")
    return counts[: reach.profiles]


def _gap(subject: str, segment: Segment, columns: Sequence[Feature], served: NDArray[np.int64], vocabulary: Vocabulary) -> Gap:
    parts = [columns[place].words(low, high, vocabulary) for place, (low, high) in segment.bounds.items()]
    who = vocabulary.terms["subject_type"][subject].label
    zh = "，".join(text.zh for text in parts) or "全部"
    en = ", ".join(text.in_language("en") for text in parts) or "all"
    own = served[segment.members]
    return Gap(
        subject,
        Text(f"{who.zh}：{zh}", f"{who.in_language('en')}: {en}"),
        len(own),
        len(own) / len(served),
        segment.mean,
        float((own == 0).mean()),
    )


def _open_commitments(policies: Sequence[Policy], running: Sequence[Policy], vocabulary: Vocabulary) -> tuple[str, ...]:
    schemes = [purpose_of(policy, vocabulary) for policy in running]
    found = []
    for policy in policies:
        if policy.kind != "commitment":
            continue
        own = purpose_of(policy, vocabulary)
        kept = any(own.matters & one.matters or likeness(own, one) >= _NEAR for one in schemes)
        if not kept:
            found.append(policy.id)
    return tuple(found)


def _stages(policies: Sequence[Policy], vocabulary: Vocabulary, as_of: dt.date) -> Mapping[tuple[str, str], tuple[str, ...]]:
    conditions = [stage for _, stage in STAGES.values()]
    logic = Logic([*conditions, *(policy.conditions for policy in policies)], vocabulary, as_of)
    return _group(
        ((name, policy.instrument), policy.id)
        for policy in policies
        if any(leaf.field in _STAGE_FIELDS for leaf in leaves(policy.conditions))
        for name, (_, stage) in STAGES.items()
        if logic.disjoint(policy.conditions, stage) is False
    )


def _group(items: Iterable[tuple[tuple[str, str], str]]) -> dict[tuple[str, str], tuple[str, ...]]:
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    for key, name in items:
        found[key] = (*found.get(key, ()), name)
    return found


def _departments(policies: Sequence[Policy]) -> dict[str, dict[str, int]]:
    found: dict[str, Counter[str]] = {}
    for policy in policies:
        for issuer in policy.issuers:
            found.setdefault(issuer, Counter())[policy.instrument] += 1
    ordered = sorted(found.items(), key=lambda item: (-item[1].total(), item[0]))
    return {name: dict(counts) for name, counts in ordered}
