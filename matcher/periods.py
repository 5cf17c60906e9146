"""Calendar periods: whole months and elapsed years between two dates.

The rule is that of the Civil Code of the PRC, articles 200-203: a period of months ends on
the day with the same number, or, where the month has no such day, on its last day. So one
month from 31 January is complete on 28 February, and a person born on 29 February completes
a year on 28 February of a common year.
"""

from __future__ import annotations

import calendar
import datetime as dt


def add_months(start: dt.date, months: int) -> dt.date:
    """The day that ends a period of ``months`` (may be negative) from ``start``.

    Raises:
        OverflowError: outside the years 1 to 9999.
    """
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    if not dt.MINYEAR <= year <= dt.MAXYEAR:
        raise OverflowError(f"{months} months from {start} is outside the calendar")
    return dt.date(year, month + 1, min(start.day, calendar.monthrange(year, month + 1)[1]))


def whole_months(start: dt.date, end: dt.date) -> int:
    """Complete months from ``start`` to ``end``; negative where ``end`` comes first."""
    months = (end.year - start.year) * 12 + end.month - start.month
    if add_months(start, months) > end:
        months -= 1
    return months


def whole_years(start: dt.date, end: dt.date) -> int:
    """Complete years from ``start`` to ``end``; a person's age where ``start`` is the birth date."""
    return whole_months(start, end) // 12


def elapsed_years(start: dt.date, end: dt.date) -> float:
    """Years from ``start`` to ``end`` with the fraction of the year under way, not rounded down.

    Exactly N on the Nth anniversary, so that "within N years" includes it.
    """
    years = whole_years(start, end)
    last, following = add_months(start, years * 12), add_months(start, years * 12 + 12)
    return years + (end - last).days / (following - last).days
