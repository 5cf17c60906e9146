"""Calendar periods by the Civil Code: a table of dates with their months, years and elapsed years."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.periods import add_months, elapsed_years, whole_months, whole_years

# start, end, whole months
MONTHS = [
    ("2025-01-15", "2025-02-14", 0),
    ("2025-01-15", "2025-02-15", 1),
    ("2025-01-31", "2025-02-27", 0),
    ("2025-01-31", "2025-02-28", 1),  # February has no 31st: its last day ends the period
    ("2024-01-31", "2024-02-28", 0),
    ("2024-01-31", "2024-02-29", 1),
    ("2025-01-31", "2025-04-30", 3),
    ("2025-01-31", "2025-03-30", 1),
    ("2024-02-29", "2025-02-27", 11),
    ("2024-02-29", "2025-02-28", 12),
    ("2024-02-29", "2028-02-28", 47),
    ("2024-02-29", "2028-02-29", 48),
    ("2023-11-30", "2024-02-29", 3),
    ("2023-06-01", "2026-06-01", 36),
    ("2023-06-01", "2026-05-31", 35),
    ("2026-06-01", "2026-06-01", 0),
    ("2026-06-02", "2026-06-01", -1),
]

# birth date, day, age
AGES = [
    ("1985-06-20", "2026-06-01", 40),
    ("1985-05-20", "2026-06-01", 41),
    ("1985-06-01", "2026-06-01", 41),
    ("2000-02-29", "2025-02-27", 24),
    ("2000-02-29", "2025-02-28", 25),
    ("2000-02-29", "2028-02-28", 27),
    ("2000-02-29", "2028-02-29", 28),
    ("2000-12-31", "2025-12-30", 24),
    ("2000-12-31", "2025-12-31", 25),
]


@pytest.mark.parametrize(("start", "end", "months"), MONTHS)
def test_whole_months(start: str, end: str, months: int) -> None:
    assert whole_months(dt.date.fromisoformat(start), dt.date.fromisoformat(end)) == months


@pytest.mark.parametrize(("born", "day", "age"), AGES)
def test_age(born: str, day: str, age: int) -> None:
    assert whole_years(dt.date.fromisoformat(born), dt.date.fromisoformat(day)) == age


def test_elapsed_years_is_exact_on_anniversaries_and_not_rounded_down() -> None:
    start = dt.date(2020, 8, 20)
    assert elapsed_years(start, dt.date(2025, 8, 20)) == 5
    assert 4.99 < elapsed_years(start, dt.date(2025, 8, 19)) < 5
    assert 5 < elapsed_years(start, dt.date(2025, 8, 21)) < 5.01


def test_outside_the_calendar() -> None:
    with pytest.raises(OverflowError, match="outside the calendar"):
        add_months(dt.date(9999, 12, 1), 1)


DAYS = st.dates(dt.date(1930, 1, 1), dt.date(2060, 12, 31))


@given(DAYS, DAYS)
def test_whole_months_counts_the_periods_that_have_ended(start: dt.date, end: dt.date) -> None:
    months = whole_months(start, end)
    assert add_months(start, months) <= end < add_months(start, months + 1)


@given(DAYS, DAYS, DAYS)
def test_time_only_grows(start: dt.date, one: dt.date, other: dt.date) -> None:
    early, late = sorted((one, other))
    assert whole_months(start, early) <= whole_months(start, late)
    assert elapsed_years(start, early) <= elapsed_years(start, late)
