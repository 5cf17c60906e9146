"""Derived fields on a day."""

import datetime as dt
from collections.abc import Callable

import pytest

from matcher.facts import Facts


def test_age_follows_the_birth_date_and_the_day(facts_of: Callable[..., Facts]) -> None:
    assert facts_of(birth_date="1985-06-20").values["age"] == 41
    assert facts_of(dt.date(2026, 6, 19), birth_date="1985-06-20").values["age"] == 40
    assert facts_of(birth_date="1985-06-20", age=3).values["age"] == 41
    assert facts_of(age=33).values["age"] == 33
    assert "age" not in facts_of().values


def test_organisation_age(facts_of: Callable[..., Facts]) -> None:
    assert facts_of(founded_on="2023-11-23").values["organisation_age_months"] == 36
    assert facts_of(founded_on="2023-11-24").values["organisation_age_months"] == 35
    assert facts_of(founded_on="2026-11-23").values["organisation_age_months"] == 0


@pytest.mark.parametrize(
    ("graduated", "years"),
    [
        ("2021-11-23", 5.0),
        ("2026-11-23", 0.0),
        ("2027-06-30", 0.0),
        ("2027-11-22", 0.0),
        ("2027-11-23", None),
        ("2029-06-30", None),
    ],
)
def test_graduation(graduated: str, years: float | None, facts_of: Callable[..., Facts]) -> None:
    assert facts_of(graduated_on=graduated).values.get("graduation_years") == years


def test_rd_ratio(facts_of: Callable[..., Facts]) -> None:
    assert facts_of(rd_expense=50, annual_revenue=1000).values["rd_expense_ratio"] == 0.05
    assert facts_of(rd_expense=50, annual_revenue=1000, rd_expense_ratio=0.1).values["rd_expense_ratio"] == 0.1
    assert "rd_expense_ratio" not in facts_of(rd_expense=50, annual_revenue=0).values


def test_size(facts_of: Callable[..., Facts]) -> None:
    assert facts_of(industry="I65", employees=12, annual_revenue=3_000_000).values["enterprise_size"] == "small"
    assert facts_of(industry="I65", employees=12, enterprise_size="large").values["enterprise_size"] == "large"
    partly = facts_of(industry="I65", employees=12)
    assert "enterprise_size" not in partly.values
    assert partly.possible["enterprise_size"] == {"micro", "small"}
    assert facts_of().values["as_of"] == dt.date(2026, 11, 23)
