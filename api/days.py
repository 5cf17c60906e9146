"""The day a question is asked for, read from text: one rule for HTTP, pages and the command line."""

from __future__ import annotations

import datetime as dt
import re
from typing import Final

from policies.schema import Text

EARLIEST: Final = dt.date(1900, 1, 1)
LATEST: Final = dt.date(2199, 12, 31)
"""Days outside are typing errors; arithmetic with months stays inside the calendar between them."""

_ISO_DAY: Final = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")


class WrongDayError(ValueError):
    """Text that is no usable day; ``message`` gives the fault and the next step."""

    def __init__(self, message: Text) -> None:
        self.message = message
        super().__init__(message.en or message.zh)


def day_from_text(text: str) -> dt.date:
    """The day written as ``2026-01-31``.

    Raises:
        WrongDayError: another form, no day of the calendar, or out of range.
    """
    found = _ISO_DAY.fullmatch(text)
    try:
        day = dt.date(*map(int, found.groups())) if found else None
    except ValueError:  # 30 February
        day = None
    if day is None:
        shown = text[:40]
        zh, en = f"不是日期：{shown}，请写成 2026-01-31", f"not a date: {shown}; write it like 2026-01-31"
        raise WrongDayError(Text(zh, en))
    if not EARLIEST <= day <= LATEST:
        zh, en = f"日期须在 {EARLIEST} 到 {LATEST} 之间，收到 {day}", f"the date must be {EARLIEST} to {LATEST}, got {day}"
        raise WrongDayError(Text(zh, en))
    return day
