"""A synthetic population: invented firms and persons, drawn from stated marginals.

Fields go together through two hidden factors (scale, innovation), through dates (older firms are
larger, degrees take years) and through segments (research-minded industries or plain ones, students,
older people). Nothing in it is a statistic of real firms or persons.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from math import erf
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from matcher.population.marginals import SHARES_OF_QUANTILES, Marginal, Marginals, marginals
from policies.schema import Text
from policies.vocabulary import ProfileField, Vocabulary

if TYPE_CHECKING:
    import pyarrow as pa

NOTICE: Final = Text(
    "合成人口：按公开写明的假设随机生成，不是真实企业或个人的统计，数量只用于比较政策条件。",
    "Synthetic population: drawn at random from stated assumptions. These are no statistics of real firms or persons; "
    "the counts only serve to compare policy conditions.",
)
METADATA_KEY: Final = b"policymatch.population"

_DERIVED: Final = frozenset({"age", "organisation_age_months", "graduation_years", "enterprise_size", "rd_expense_ratio"})
"""Fields left to be derived from the dates and measures drawn."""
_TECH: Final = ("I", "M", "C27", "C34", "C35", "C39", "C40")
"""Industries outside the segment ``plain``."""
_SCHOOLING: Final = {"master": 3, "doctor": 6}
_WHOLE: Final = frozenset({"people", "months", "count", "rank", "points"})

Column: TypeAlias = NDArray[np.float64] | NDArray[np.int64] | NDArray[np.bool_]


def make_population(size: int, seed: int, vocabulary: Vocabulary, as_of: dt.date) -> pa.Table:
    """A population of ``size`` profiles; the same size, seed and day give the same profiles.

    Returns:
        A table with a column for each profile field, null where it does not concern the subject; its
        metadata say that it is synthetic.

    Raises:
        ValueError: ``size`` is not positive.
    """
    if size < 1:
        raise ValueError(f"size {size} must be at least 1")
    return _Draw(size, seed, vocabulary, as_of).table()


class _Draw:
    def __init__(self, size: int, seed: int, vocabulary: Vocabulary, as_of: dt.date) -> None:
        self._size: Final = size
        self._seed: Final = seed
        self._vocabulary: Final = vocabulary
        self._as_of: Final = as_of
        self._random: Final = np.random.default_rng(seed)
        self._marginals: Final[Marginals] = marginals()
        self._factors: Final = {name: self._random.standard_normal(size) for name in ("scale", "innovation")}
        self._segments: dict[str, NDArray[np.bool_]] = {}

    def table(self) -> pa.Table:
        """All columns."""
        import pyarrow as pa

        subject = self._choice("subject_type")
        kinds = list(self._vocabulary.terms["subject_type"])
        firm = subject == kinds.index("enterprise")
        founder = self._flag("is_founder") & ~firm & (subject != kinds.index("team"))
        has_firm, is_person = firm | founder, ~firm
        columns: dict[str, pa.Array] = {}
        industry = self._values_of("industry")
        codes = self._choice("industry")
        plain = np.array([not code.startswith(_TECH) for code in industry])[codes]
        student = self._flag("is_student") & is_person
        self._segments = {"plain": plain, "student": student}
        age = self._number("age")
        self._segments["older"] = age > 45
        given = {"subject_type": subject, "industry": codes, "is_student": student, "is_founder": founder}
        for name, field in self._vocabulary.fields.items():
            if name in _DERIVED or field.type == "date" or name in ("rd_expense", "is_current_year_graduate"):
                continue
            shown = {"enterprise": has_firm, "individual": is_person}.get(field.subject)
            drawn = given[name] if name in given else self._column(field)
            columns[name] = self._array(field, drawn, shown)
        columns |= self._dates(age, has_firm, is_person)
        revenue = columns["annual_revenue"].to_numpy(zero_copy_only=False)
        columns["rd_expense"] = _numbers(np.round(revenue * self._number("rd_expense_ratio")), has_firm)
        columns["is_current_year_graduate"] = _flags(student & (age >= 21) & (self._random.random(self._size) < 0.5), is_person)
        order = [name for name in self._vocabulary.fields if name in columns]
        return pa.table({name: columns[name] for name in order}).replace_schema_metadata({METADATA_KEY: self._note()})

    def _note(self) -> str:
        import json

        assumed, total = self._marginals.assumed
        note = {"kind": "synthetic", "size": self._size, "seed": self._seed, "as_of": self._as_of.isoformat()}
        return json.dumps({**note, "assumed_figures": assumed, "figures": total, "notice": NOTICE.zh, "notice_en": NOTICE.en})

    def _dates(self, age: Column, has_firm: NDArray[np.bool_], is_person: NDArray[np.bool_]) -> Mapping[str, pa.Array]:
        today = np.datetime64(self._as_of, "D")
        born = today - (age * 365.25 + self._random.integers(0, 365, self._size)).astype(np.int64)
        founded = today - (self._number("organisation_age_months") * 30.44).astype(np.int64)
        education = self._values_of("education")
        extra = np.array([_SCHOOLING.get(level, 0) for level in education])[self._education]
        finished = born + ((self._number("graduation_age") + extra) * 365.25).astype(np.int64)
        graduated = is_person & ~self._segments["student"] & (finished <= today)
        return {
            "birth_date": _days(born, is_person),
            "founded_on": _days(founded, has_firm),
            "graduated_on": _days(finished, graduated),
        }

    def _column(self, field: ProfileField) -> Column | list[list[str]]:
        match field.type:
            case "number":
                values = self._number(field.name)
                values = np.floor(values) if field.unit in _WHOLE else np.round(values, 4)
                return np.clip(values, field.minimum, field.maximum)
            case "bool":
                return self._flag(field.name)
            case "set":
                return self._labels(field)
        chosen = self._choice(field.name)
        if field.name == "education":
            self._education = chosen
        return chosen

    def _array(self, field: ProfileField, drawn: Column | list[list[str]], shown: NDArray[np.bool_] | None) -> pa.Array:
        import pyarrow as pa

        everybody = np.ones(self._size, np.bool_) if shown is None else shown
        if isinstance(drawn, list):
            kept = [labels if known else None for labels, known in zip(drawn, everybody, strict=True)]
            return pa.array(kept, pa.list_(pa.string()))
        if field.type == "bool":
            return _flags(drawn.astype(np.bool_), everybody)
        if field.type == "number":
            return _numbers(drawn.astype(np.float64), everybody)
        indices = pa.array(drawn.astype(np.int32), mask=~everybody)
        return pa.DictionaryArray.from_arrays(indices, pa.array(self._values_of(field.name)))

    def _uniform(self, name: str) -> NDArray[np.float64]:
        """Numbers from 0 to 1 that follow the hidden factors as the field's loads say."""
        loads = self._marginals.loads.get(name)
        if not loads:
            return self._random.random(self._size)
        own = max(1 - sum(load**2 for load in loads.values()), 0.0) ** 0.5
        mixed = own * self._random.standard_normal(self._size)
        for factor, load in loads.items():
            mixed += load * self._factors[factor]
        return _normal(mixed)

    def _by_segment(self, name: str, draw: Callable[[Marginal], Column]) -> Column:
        spread = self._marginals.by_field[name]
        found = draw(spread[""])
        for segment, marginal in spread.items():
            if segment in self._segments:
                found = np.where(self._segments[segment], draw(marginal), found)
        return found

    def _number(self, name: str) -> NDArray[np.float64]:
        drawn = self._uniform(name)

        def draw(marginal: Marginal) -> Column:
            if marginal.quantiles is None:
                raise ValueError(f"population_marginals.csv has no quantiles of {name}")
            return np.interp(drawn, SHARES_OF_QUANTILES, marginal.quantiles)

        return self._by_segment(name, draw).astype(np.float64)

    def _flag(self, name: str) -> NDArray[np.bool_]:
        drawn = self._uniform(name)
        return self._by_segment(name, lambda marginal: drawn >= 1 - marginal.shares["true"]).astype(np.bool_)

    def _values_of(self, name: str) -> list[str]:
        """What a code of the field stands for: terms of its vocabulary, or the regions and industries listed."""
        field = self._vocabulary.fields[name]
        if field.type in ("enum", "ordered"):
            return list(self._vocabulary.terms[field.vocabulary])
        return list(self._marginals.by_field[name][""].shares)

    def _choice(self, name: str) -> NDArray[np.int64]:
        values = self._values_of(name)
        drawn = self._uniform(name)

        def draw(marginal: Marginal) -> Column:
            shares = np.cumsum([marginal.shares.get(value, 0.0) for value in values])
            return np.searchsorted(shares / shares[-1], drawn, side="right").clip(max=len(values) - 1)

        return self._by_segment(name, draw).astype(np.int64)

    def _labels(self, field: ProfileField) -> list[list[str]]:
        names = list(self._vocabulary.labels.get(field.vocabulary, {}))
        found: list[list[str]] = [[] for _ in range(self._size)]
        spread = self._marginals.by_field[field.name]
        for label in names:
            share = np.full(self._size, spread[""].shares.get(label, spread[""].shares["*"]))
            for segment, marginal in spread.items():
                if segment in self._segments and label in marginal.shares:
                    share[self._segments[segment]] = marginal.shares[label]
            for place in np.flatnonzero(self._random.random(self._size) < share):
                found[place].append(label)
        return found


def _normal(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The standard normal distribution function, by a table fine enough for drawing."""
    grid = np.linspace(-6, 6, 2401)
    return np.interp(values, grid, [0.5 * (1 + erf(one / 2**0.5)) for one in grid])


def _numbers(values: NDArray[np.float64], known: NDArray[np.bool_]) -> pa.Array:
    import pyarrow as pa

    return pa.array(values, pa.float64(), mask=~known)


def _flags(values: NDArray[np.bool_], known: NDArray[np.bool_]) -> pa.Array:
    import pyarrow as pa

    return pa.array(values, pa.bool_(), mask=~known)


def _days(values: NDArray[np.datetime64], known: NDArray[np.bool_]) -> pa.Array:
    import pyarrow as pa

    return pa.array(values, pa.date32(), mask=~known)
