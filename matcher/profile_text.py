"""Values written as text, in a form field or a table cell, made into JSON values."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

_NUMBER = re.compile(
    r"([+-]?\d+(?:\.\d+)?|[+-]?\.\d+)(万亿|亿|千万|百万|万|千)?(?:元|人|名|个月|年|周岁|岁|件|项|平方米|分)?([%％])?"
)
_FACTORS: Final = {"万亿": 1e12, "亿": 1e8, "千万": 1e7, "百万": 1e6, "万": 1e4, "千": 1e3}
_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
_TRUE: Final = frozenset({"是", "有", "y", "yes", "true", "1", "√"})
_FALSE: Final = frozenset({"否", "无", "没有", "n", "no", "false", "0", "×"})
_NONE: Final = frozenset({"无", "没有", "none", "[]", "以上都没有"})
_UNKNOWN: Final = frozenset({"", "不知道", "不清楚", "未知", "unknown", "null", "nan", "na", "n/a"})
_SEPARATORS = re.compile(r"[、；;|\n]")


def read_text(kind: str, unit: str, raw: str | Sequence[str]) -> object:
    """The JSON value that a text means for a field of type ``kind`` and unit ``unit``.

    Returns None for unknown (empty, 不知道); lists for sets; texts that need a vocabulary are
    returned stripped.

    Raises:
        ValueError: where the text is not of that kind.
    """
    if kind == "set":
        return _labels([raw] if isinstance(raw, str) else raw)
    if not isinstance(raw, str):
        if len(raw) > 1:
            raise ValueError(f"{len(raw)} values where one is expected")
        raw = raw[0] if raw else ""
    text = raw.strip()
    if text.lower() in _UNKNOWN:
        return None
    match kind:
        case "number":
            return read_number(text, ratio=unit == "ratio")
        case "bool":
            return _flag(text)
        case "date":
            found = _DATE.fullmatch(text)
            if not found:
                raise ValueError(f"{text!r} is not a date")
            year, month, day = found.groups()
            return f"{year}-{int(month):02d}-{int(day):02d}"
    return text


def read_number(text: str, *, ratio: bool = False) -> float:
    """A number with optional separators, 万/亿, a plain unit and a per cent sign.

    In a ratio field a number above 1 without a per cent sign would be ambiguous and is refused
    later by the field's bounds.

    Raises:
        ValueError: not a number, or a per cent sign in a field that is no ratio.
    """
    found = _NUMBER.fullmatch(text.replace(",", "").replace("，", "").replace(" ", ""))
    if not found:
        raise ValueError(f"{text!r} is not a number")
    digits, factor, percent = found.groups()
    if percent and not ratio:
        raise ValueError("a per cent sign where an amount is expected")
    value = float(digits) * _FACTORS.get(factor or "", 1)
    return value / 100 if percent else round(value, 6)


def _flag(text: str) -> bool:
    if text.lower() in _TRUE:
        return True
    if text.lower() in _FALSE:
        return False
    raise ValueError(f"{text!r} is neither yes nor no")


def _labels(raw: Sequence[str]) -> list[str] | None:
    """Labels of one or several cells; None when nothing was said, [] when "none" was said."""
    parts = [part.strip() for cell in raw for part in _SEPARATORS.split(cell)]
    said = [part for part in parts if part.lower() not in _UNKNOWN]
    labels = [part for part in said if part.lower() not in _NONE]
    if labels and len(labels) != len(said):
        raise ValueError("both some labels and none")
    return labels if said else None
