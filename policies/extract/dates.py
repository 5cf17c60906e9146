"""Dates in documents: 2024年3月1日, 二〇二三年八月十五日, 2023.05.06, and terms counted from them."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from typing import Final

from policies.extract.numbers import parse_number, plain_digits

_HAN: Final = "[〇○零一二三四五六七八九十]"
DATE: Final = re.compile(
    rf"(?P<year>(?:19|20)\d{{2}}|[一二][〇○零一二三四五六七八九]{{3}})\s*(?:年|[.\-/])\s*"
    rf"(?:(?P<month>\d{{1,2}}|{_HAN}{{1,3}})\s*(?:月|[.\-/])?\s*(?:(?P<day>\d{{1,2}}|{_HAN}{{1,3}})\s*(?:日|号)?)?)?"
)


def first_date(text: str) -> dt.date | None:
    """The first full date in ``text``, or None."""
    for found in DATE.finditer(plain_digits(text)):
        day = date_of(found)
        if day is not None:
            return day
    return None


def date_of(found: re.Match[str]) -> dt.date | None:
    """The day a match of :data:`DATE` names; None where the day is missing or impossible."""
    year, month, day = (parse_number(part.replace("○", "〇")) if part else None for part in found.group("year", "month", "day"))
    if year is None or month is None or day is None:
        return None
    try:
        return dt.date(int(year), int(month), int(day))
    except ValueError:
        return None


def month_of(text: str) -> tuple[int, int] | None:
    """Year and month of the first date that names at least a month."""
    for found in DATE.finditer(plain_digits(text)):
        year, month = (parse_number(part.replace("○", "〇")) if part else None for part in found.group("year", "month"))
        if year and month and 1 <= month <= 12:
            return int(year), int(month)
    return None


def plus_months(day: dt.date, months: int) -> dt.date:
    """The same day ``months`` later; a day the month does not have becomes its last one."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def last_day_of_term(begin: dt.date, months: int) -> dt.date:
    """The last day of a term that begins on ``begin``: the day before the same day ``months`` later."""
    return plus_months(begin, months) - dt.timedelta(days=1)
