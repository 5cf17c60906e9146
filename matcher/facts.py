"""Facts on a day: the profile with its derived fields.

Derived where they are absent: ``age``, ``organisation_age_months``, ``graduation_years`` (these
follow their date where it is given), ``rd_expense_ratio`` and ``enterprise_size``. A fact that is
known only in part keeps the values still possible.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from matcher.enterprise_size import MEASURES, possible_sizes
from matcher.periods import elapsed_years, whole_months, whole_years
from matcher.profile import Profile, ProfileValue
from policies.condition import AS_OF


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known on ``as_of``.

    Attributes:
        values: field name -> value; the built-in field ``as_of`` is always there.
        possible: field name -> the values still possible, for facts known only in part.
    """

    as_of: dt.date
    values: Mapping[str, ProfileValue]
    possible: Mapping[str, frozenset[str]] = field(default_factory=lambda: MappingProxyType({}))


def facts_on(profile: Profile, as_of: dt.date) -> Facts:
    """The profile's facts on a day, derived fields computed."""
    values: dict[str, ProfileValue] = dict(profile.values)
    possible: dict[str, frozenset[str]] = {}
    values[AS_OF] = as_of
    born, founded, graduated = (_date(values, name) for name in ("birth_date", "founded_on", "graduated_on"))
    if born is not None and born <= as_of:
        values["age"] = float(whole_years(born, as_of))
    if founded is not None and founded <= as_of:
        values["organisation_age_months"] = float(whole_months(founded, as_of))
    if graduated is not None:
        _set(values, "graduation_years", _years_since_graduation(graduated, as_of))
    expense, revenue = values.get("rd_expense"), values.get("annual_revenue")
    if "rd_expense_ratio" not in values and isinstance(expense, float) and isinstance(revenue, float) and revenue > 0:
        values["rd_expense_ratio"] = expense / revenue
    if "enterprise_size" not in values:
        sizes = _sizes(values)
        if len(sizes) == 1:
            values["enterprise_size"] = next(iter(sizes))
        else:
            possible["enterprise_size"] = sizes
    return Facts(as_of, MappingProxyType(values), MappingProxyType(possible))


def _date(values: Mapping[str, ProfileValue], name: str) -> dt.date | None:
    value = values.get(name)
    return value if isinstance(value, dt.date) else None


def _set(values: dict[str, ProfileValue], name: str, value: float | None) -> None:
    if value is None:
        values.pop(name, None)
    else:
        values[name] = value


def _years_since_graduation(graduated: dt.date, as_of: dt.date) -> float | None:
    """Elapsed years; 0 for those who graduate within a year, unknown for those further away."""
    if graduated <= as_of:
        return elapsed_years(graduated, as_of)
    return 0.0 if whole_months(as_of, graduated) < 12 else None


def _sizes(values: Mapping[str, ProfileValue]) -> frozenset[str]:
    industry = values.get("industry")
    measures = {name: value for name in MEASURES if isinstance(value := values.get(name), float)}
    return possible_sizes(industry if isinstance(industry, str) else None, measures)
