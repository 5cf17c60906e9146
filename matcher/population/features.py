"""Profile fields of a population as numbers that a tree can split, and the splits back in words."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from matcher.wording import value_text
from policies.schema import Text
from policies.vocabulary import ProfileField, Vocabulary

if TYPE_CHECKING:
    import pyarrow as pa

_AGES: Final = {"birth_date": ("age", 365.25), "founded_on": ("organisation_age_months", 30.4375)}
_WHOLE: Final = frozenset({"people", "months", "count", "rank", "points"})
_MOST_VALUES: Final = 30
_COMMON: Final = 0.02
"""Labels and terms that fewer profiles hold make no feature: a segment of them would be too small to read."""


@dataclass(frozen=True, slots=True)
class Feature:
    """One number a profile: a number or level of ``field``, or 1 where it has ``value``."""

    field: str
    value: str | None = None

    def words(self, low: float | None, high: float | None, vocabulary: Vocabulary) -> Text:
        """A split in words: values over ``low`` and at most ``high``; None where it is open."""
        return Text(*(self._words(low, high, vocabulary, language) for language in ("zh", "en")))

    def _words(self, low: float | None, high: float | None, vocabulary: Vocabulary, language: str) -> str:
        field = vocabulary.fields[self.field]
        label = field.label.in_language(language)
        chinese = language == "zh"
        if self.value is not None:
            shown = value_text(field, True if field.type == "bool" else self._stored(field.type), vocabulary, language)
            held = low is not None
            if field.type == "bool":
                return f"{label}：{'是' if held else '否'}" if chinese else f"{label}: {'yes' if held else 'no'}"
            return f"{label}{'含' if held else '不含'}{shown}" if chinese else f"{label}: {'' if held else 'not '}{shown}"
        if field.type == "ordered":
            return self._levels(low, high, vocabulary, language)
        parts = []
        if low is not None:
            shown = value_text(field, self._bound(low, field), vocabulary, language)
            parts.append(f"超过 {shown}" if chinese else f"over {shown}")
        if high is not None:
            shown = value_text(field, self._bound(high, field), vocabulary, language)
            parts.append(f"不超过 {shown}" if chinese else f"at most {shown}")
        return label + "、".join(parts) if chinese else f"{label} {' and '.join(parts)}"

    def _bound(self, value: float, field: ProfileField) -> float:
        """A threshold as a figure that reads well: for whole numbers the last one below it."""
        if field.unit in _WHOLE or self.field == "age":
            return math.floor(value)
        return float(f"{value:.3g}") if abs(value) >= 1 else round(value, 3)

    def _stored(self, kind: str) -> str | frozenset[str]:
        value = self.value or ""
        return frozenset({value}) if kind == "set" else value

    def _levels(self, low: float | None, high: float | None, vocabulary: Vocabulary, language: str) -> str:
        field = vocabulary.fields[self.field]
        terms = list(vocabulary.terms[field.vocabulary].values())
        kept = [t for t in terms if (low is None or t.order > low) and (high is None or t.order <= high)]
        joined = ("或" if language == "zh" else " or ").join(t.label.in_language(language) for t in kept)
        return f"{field.label.in_language(language)}{'为' if language == 'zh' else ': '}{joined}"


@dataclass(frozen=True, slots=True)
class Features:
    """All features of a population; NaN where a profile does not have the field.

    Attributes:
        columns: feature -> one number a profile.
        subjects: type of applicant of each profile.
    """

    columns: Mapping[Feature, NDArray[np.float64]]
    subjects: NDArray[np.str_]

    def matrix(self, rows: NDArray[np.int64]) -> tuple[Sequence[Feature], NDArray[np.float64]]:
        """The features that are known for all of ``rows`` and not the same everywhere, and their numbers."""
        kept: list[Feature] = []
        parts: list[NDArray[np.float64]] = []
        for feature, column in self.columns.items():
            own = column[rows]
            if not np.isnan(own).any() and own.min() < own.max():
                kept.append(feature)
                parts.append(own)
        return kept, np.stack(parts, axis=1) if parts else np.zeros((len(rows), 1))


def features_of(table: pa.Table, vocabulary: Vocabulary, as_of: dt.date) -> Features:
    """The features of a population; dates become ages on ``as_of``, places and terms one flag each."""
    columns: dict[Feature, NDArray[np.float64]] = {}
    subjects = np.full(table.num_rows, "enterprise")
    for name in table.schema.names:
        field = vocabulary.fields.get(name)
        if field is None:
            continue
        column = table.column(name)
        if name == "subject_type":
            subjects = np.array([value or "enterprise" for value in column.to_pylist()])
        elif field.type == "number":
            columns[Feature(name)] = _floats(column)
        elif field.type == "date" and name in _AGES:
            derived, days = _AGES[name]
            columns[Feature(derived)] = np.floor((as_of - dt.date(1970, 1, 1)).days / days - _days(column) / days)
        elif field.type == "ordered":
            order = {term.value: float(term.order) for term in vocabulary.terms[field.vocabulary].values()}
            columns[Feature(name)] = np.array([order.get(value, np.nan) for value in column.to_pylist()])
        elif field.type in ("enum", "bool", "region", "code", "set"):
            columns |= _flags(name, field.type, column.to_pylist())
    return Features(columns, subjects)


def _flags(name: str, kind: str, values: Sequence[Any]) -> dict[Feature, NDArray[np.float64]]:
    if kind == "bool":
        return {Feature(name, "true"): np.array([np.nan if value is None else float(value) for value in values])}
    held: dict[str, NDArray[np.float64]] = {}
    known = np.array([value is not None for value in values])
    for place, value in enumerate(values):
        for one in value if isinstance(value, list) else () if value is None else (value,):
            if one not in held:
                held[one] = np.zeros(len(values))
            held[one][place] = 1.0
    common = sorted(held, key=lambda one: (-held[one].sum(), one))[:_MOST_VALUES]
    return {Feature(name, one): np.where(known, held[one], np.nan) for one in common if held[one].mean() >= _COMMON}


def _floats(column: pa.ChunkedArray) -> NDArray[np.float64]:
    found: NDArray[np.float64] = column.to_numpy().astype(np.float64)
    return found


def _days(column: pa.ChunkedArray) -> NDArray[np.float64]:
    import pyarrow as pa

    found: NDArray[np.float64] = column.cast(pa.int32()).cast(pa.float64()).to_numpy()
    return found
