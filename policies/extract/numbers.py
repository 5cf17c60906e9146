"""Numbers as Chinese documents write them: 1,000万, 壹佰万, 百分之五十, 三分之二, １０."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Final

_DIGITS: Final = {
    character: value
    for value, text in enumerate(("零〇○", "一壹", "二贰两", "三叁", "四肆", "五伍", "六陆", "七柒", "八捌", "九玖"))
    for character in text
}
_UNITS: Final = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_LARGE: Final = {"万": 10_000, "萬": 10_000, "亿": 100_000_000}

HAN_NUMBER: Final = "[零〇一二两三四五六七八九十百千万亿壹贰叁肆伍陆柒捌玖拾佰仟]"
ARABIC: Final = r"(?:\d{1,3}(?:[,，]\d{3})+|\d+)(?:\.\d+)?"
NUMBER: Final = rf"(?:{ARABIC}\s*[百千十]?(?:万|亿)?(?!\d)|{HAN_NUMBER}+)"
"""Pattern of one number with its scale word; ``1,000万``, ``5``, ``三百万``, ``2千万``."""

_FULL_WIDTH: Final = str.maketrans("０１２３４５６７８９．％", "0123456789.%")


def plain_digits(text: str) -> str:
    """``text`` with full-width digits, points and percent signs as ordinary ones; the length stays the same."""
    return text.translate(_FULL_WIDTH)


def plain_marks(text: str) -> str:
    """``text`` with ASCII commas and semicolons between Chinese words as full-width ones; the length stays the same."""
    return re.sub(r"(?<!\d),|,(?!\d)", "，", text).replace(";", "；")


def parse_number(text: str) -> float | None:
    """The value of a number written in digits, in Chinese, or both; None where it is no number."""
    plain = plain_digits(text).replace(",", "").replace("，", "").replace(" ", "")
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([十百千]?)([万亿]{0,2})", plain)
    if found:
        value = Fraction(found.group(1)) * _UNITS.get(found.group(2), 1)
        for mark in found.group(3):
            value *= _LARGE[mark]
        return float(value)
    if plain and all(character in _DIGITS for character in plain) and len(plain) > 1:
        return float(int("".join(str(_DIGITS[character]) for character in plain)))
    return _han(plain)


def _han(text: str) -> float | None:
    if not text or not all(c in _DIGITS or c in _UNITS or c in _LARGE for c in text):
        return None
    if all(c in _UNITS or c in _LARGE for c in text) and text[0] not in "十拾百千":
        return None
    total, section, digit = 0, 0, 0
    for character in text:
        if character in _DIGITS:
            digit = _DIGITS[character]
        elif character in _UNITS:
            section += (digit or 1) * _UNITS[character]
            digit = 0
        else:
            total = (
                (total + section + digit) * _LARGE[character]
                if character == "亿"
                else total + (section + digit or 1) * _LARGE[character]
            )
            section = digit = 0
    return float(total + section + digit)


def ratio_of(text: str) -> float | None:
    """A share: ``50%``, ``百分之五十``, ``2/3``, ``三分之二``, ``一半``, ``八折``, ``2‰``, ``50BP``; None where it is none."""
    plain = plain_digits(text).replace(" ", "")
    for pattern, divisor in (
        (r"(.+?)[%％]", 100.0),
        (r"百分之(.+)", 100.0),
        (r"(.+)‰", 1000.0),
        (r"千分之(.+)", 1000.0),
        (r"(.+?)个百分点", 100.0),
        (r"(.+?)个?(?:BP|基点)", 10_000.0),
    ):
        found = re.fullmatch(pattern, plain, re.IGNORECASE)
        if found and (value := _decimal(found.group(1))) is not None:
            return round(value / divisor, 10)
    if plain in ("一半", "半数", "减半"):
        return 0.5
    if plain == "全额":
        return 1.0
    found = re.fullmatch(r"(.+)折", plain)
    if found and (value := _decimal(found.group(1))) is not None:
        return value / (10 if value < 10 else 100)
    found = re.fullmatch(r"(\d+)/(\d+)", plain)
    if found and int(found.group(2)):
        return round(int(found.group(1)) / int(found.group(2)), 4)
    found = re.fullmatch(rf"({HAN_NUMBER}+)分之({HAN_NUMBER}+)", plain)
    if found:
        below, above = parse_number(found.group(1)), parse_number(found.group(2))
        if below and above:
            return round(above / below, 4)
    return None


def _decimal(text: str) -> float | None:
    """A number that may have a Chinese decimal point: ``零点五``."""
    if "点" in text:
        whole, part = text.split("点", 1)
        front, back = parse_number(whole), [_DIGITS.get(character) for character in part]
        if front is not None and all(digit is not None for digit in back):
            return front + float("0." + "".join(map(str, back)))
        return None
    return parse_number(text)
