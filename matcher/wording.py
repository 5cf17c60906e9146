"""Values in words: amounts, ratios, dates, labels, places, in Chinese and English."""

from __future__ import annotations

import datetime as dt
from typing import Final

from matcher.profile import ProfileValue
from policies.condition import AS_OF, Scalar
from policies.vocabulary import ProfileField, Vocabulary

_UNITS: Final = {
    "people": (" 人", " people"),
    "months": (" 个月", " months"),
    "years": (" 年", " years"),
    "count": (" 件", ""),
    "m2": [" 平方米", "㎡"],
    "points": (" 分", " points"),
    "rank": (" 位", ""),
}
_MONTHS_A_YEAR = 12


def number_text(value: float, digits: int = 4) -> str:
    """A plain number with thousands separators and no needless zeros: 1,234.5."""
    rounded = round(float(value), digits)
    text = f"{rounded:,.{digits}f}".rstrip("0").rstrip(".")
    return text or "0"


def money_text(yuan: float, language: str = "zh") -> str:
    """An amount: 「30万元」「1.5亿元」「8,000元」; in English CNY 300,000."""
    if language == "en":
        return f"CNY {number_text(yuan, 2)}"
    for size, word in ((1e8, "亿元"), (1e4, "万元")):
        if abs(yuan) >= size:
            return f"{number_text(yuan / size)}{word}"
    return f"{number_text(yuan, 2)}元"


def percent_text(ratio: float) -> str:
    """A ratio as per cent: 5.5%."""
    return f"{number_text(ratio * 100)}%"


def months_text(months: float, language: str = "zh") -> str:
    """A term: 「36 个月（3 年）」, 「6 个月」."""
    years = months / _MONTHS_A_YEAR
    if language == "en":
        return f"{number_text(months)} months" + (f" ({number_text(years)} years)" if _whole_years(months) else "")
    return f"{number_text(months)} 个月" + (f"（{number_text(years)} 年）" if _whole_years(months) else "")


def _whole_years(months: float) -> bool:
    return months > _MONTHS_A_YEAR and months % _MONTHS_A_YEAR == 0


def value_text(field: ProfileField | None, value: ProfileValue | Scalar, vocabulary: Vocabulary, language: str) -> str:
    """One value of a field in words; ``field`` is None for the built-in date ``as_of``."""
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, frozenset):
        return labels_text(field, sorted(value), vocabulary, language) or ("无" if language == "zh" else "none")
    if isinstance(value, bool):
        return ("是" if value else "否") if language == "zh" else ("yes" if value else "no")
    if field is None:
        return str(value)
    if isinstance(value, int | float):
        return _number_with_unit(field, value, language)
    match field.type:
        case "region":
            return vocabulary.regions.name(value, language)
        case "code":
            industry = vocabulary.industries.get(value)
            if industry is None:
                return value
            return f"{industry.name.zh}（{value}）" if language == "zh" else f"{industry.name.in_language('en')} ({value})"
        case "enum" | "ordered":
            return vocabulary.word(field.vocabulary, value, language)
    return value


def labels_text(field: ProfileField | None, labels: list[str], vocabulary: Vocabulary, language: str) -> str:
    """Labels of a set field, joined."""
    entries = vocabulary.labels.get(field.vocabulary, {}) if field else {}
    words = [entries[one].label.in_language(language) if one in entries else one for one in labels]
    return ("、" if language == "zh" else ", ").join(words)


def _number_with_unit(field: ProfileField, value: float, language: str) -> str:
    match field.unit:
        case "yuan":
            return money_text(value, language)
        case "ratio":
            return percent_text(value)
        case "months":
            return months_text(value, language)
        case "years" if field.name == "age":
            return f"{number_text(value, 1)}" + (" 周岁" if language == "zh" else " years")
        case "years":
            return f"{number_text(value, 1)}" + _UNITS["years"][language == "en"]
    return number_text(value) + (_UNITS[field.unit][language == "en"] if field.unit in _UNITS else "")


def field_label(name: str, vocabulary: Vocabulary, language: str = "zh") -> str:
    """The label of a profile field, of the query date, or of a declared condition."""
    field = vocabulary.fields.get(name)
    if field is not None:
        return field.label.in_language(language)
    if name == AS_OF:
        return "查询日期" if language == "zh" else "date asked"
    return "须人工确认的条件" if language == "zh" else "condition to be confirmed"
