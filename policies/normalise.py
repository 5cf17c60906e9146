"""Texts of tables and documents to the closed vocabularies.

Nothing is guessed: a text either names an entry of its vocabulary or it does not, and then the
nearest entries are offered. The original text is always kept by whoever asks.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from policies.schema import Issue, PartialDate, Text
from policies.vocabulary import Vocabulary

_DATE: Final = re.compile(r"(?P<y>\d{4})\s*(?:[-/.年]\s*(?P<m>\d{1,2})\s*(?:[-/.月]\s*(?P<d>\d{1,2})\s*日?|月)?|年)?")
_COMPACT: Final = re.compile(r"(\d{4})(\d{2})(\d{2})")
_NUMBER: Final = re.compile(
    r"(?P<number>\d[\d,]*(?:\.\d+)?|\.\d+)\s*(?P<unit>万元|亿元|万|亿|元|%|成|周年|周岁|岁|年|个月|月|人|件|项|名)?"
)

_MONEY: Final = {"元": 1, "万元": 10_000, "万": 10_000, "亿元": 100_000_000, "亿": 100_000_000}
_SHARE: Final = {"%": Decimal("0.01"), "成": Decimal("0.1")}
_MONTHS: Final = {"年": 12, "周年": 12, "月": 1, "个月": 1}


@dataclass(frozen=True, slots=True)
class Normalised:
    """What a text was taken for: ``value``, or None with the nearest entries of the vocabulary."""

    original: str
    value: str | None
    suggestions: tuple[str, ...] = ()


class Normaliser:
    """Looks texts up in the vocabularies.

    Args:
        vocabulary: the vocabularies.
        near: code of the region the text comes from; of several divisions of one name the nearest is meant.
    """

    def __init__(self, vocabulary: Vocabulary, near: str = "") -> None:
        self.vocabulary = vocabulary
        self.near = near

    def term(self, name: str, text: str) -> Normalised:
        """A term of a closed vocabulary, by value, label or alias."""
        found = self.vocabulary.term(name, text)
        return self._told(text, found, lambda: [t.label.zh for t in self.vocabulary.terms[name].values()])

    def region(self, text: str) -> Normalised:
        """The code of a division."""
        found = self.vocabulary.regions.find(text, self.near)
        names = (region.name for region in self.vocabulary.regions if not region.successor)
        return self._told(text, found[0] if len(found) == 1 else None, lambda: names, found)

    def department(self, text: str) -> Normalised:
        """The present full name of a public body; 区人社局 means the body of the table's own place."""
        found = self.vocabulary.department(text)
        return self._told(text, found, lambda: self.vocabulary.departments)

    def label(self, name: str, text: str) -> Normalised:
        """The label of a set field's vocabulary."""
        found = self.vocabulary.label(name, text) if self.vocabulary.knows_label(name, text) else None
        return self._told(text, found, lambda: self.vocabulary.labels[name])

    def group(self, text: str) -> Normalised:
        """A group a policy is for: of persons (高校毕业生) or of organisations (小微企业)."""
        person = self.label("groups", text)
        return person if person.value is not None else self.label("organisation_groups", text)

    def industry(self, text: str) -> Normalised:
        """The code of an industry, by code or by name."""
        found = self.vocabulary.industry(text)
        if found is None:
            named = [code for code, entry in self.vocabulary.industries.items() if entry.name.zh == text.strip()]
            found = named[0] if named else None
        return self._told(text, found, lambda: [entry.name.zh for entry in self.vocabulary.industries.values()])

    def _told(self, text: str, value: str | None, names: Callable[[], Iterable[str]], found: tuple[str, ...] = ()) -> Normalised:
        if value is not None:
            return Normalised(text, value)
        return Normalised(text, None, found or tuple(difflib.get_close_matches(text.strip(), list(names()), 3, 0.4)))


def date_of(text: str) -> str | None:
    """``2024/3/1``, ``2024年3月``, ``20240301`` … to the precision that is written; None where it is no date."""
    plain = unicodedata.normalize("NFKC", text).strip()
    compact = _COMPACT.fullmatch(plain)
    found = _DATE.fullmatch(plain)
    parts = compact.groups() if compact else found.group("y", "m", "d") if found else ()
    joined = "-".join(part if number == 0 else part.zfill(2) for number, part in enumerate(parts) if part)
    try:
        return PartialDate(joined).text if joined else None
    except ValueError:
        return None


def number_of(text: str, unit: str | None, target: str) -> float | int | None:
    """A number in the target's unit.

    Args:
        text: the cell; a unit written behind the number wins over ``unit``.
        unit: of the column, such as 万元, %, 年.
        target: yuan, ratio, months or another unit, which takes the number as it is.

    Returns:
        None where the text is not one number, or its unit is not one of the target's.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    found = _NUMBER.fullmatch(plain)
    if not found:
        return None
    number = Decimal(found["number"].replace(",", ""))
    given = found["unit"] or unit
    factors: Mapping[str, Mapping[str, int | Decimal]] = {"yuan": _MONEY, "ratio": _SHARE, "months": _MONTHS}
    if target in factors and given:
        if given not in factors[target]:
            return None
        number *= factors[target][given]
    elif given in ("万", "亿"):
        number *= _MONEY[given]
    return int(number) if number == number.to_integral_value() else float(number)


def yes_or_no(text: str) -> bool | None:
    """是, 有, √ … or 否, 无, × …; None for anything else."""
    plain = text.strip().lower()
    if plain in {"是", "有", "√", "✓", "需要", "符合", "y", "yes", "true", "1"}:
        return True
    return False if plain in {"否", "无", "×", "x", "不", "n", "no", "false", "0"} else None


def unmapped(kind: str, where: str, found: Normalised) -> Issue:
    """The Issue of a text that its vocabulary does not know."""
    near_zh = f"，相近的有：{'、'.join(found.suggestions)}" if found.suggestions else ""
    near_en = f"; near: {', '.join(found.suggestions)}" if found.suggestions else ""
    zh = f"“{found.original}”不在 {kind} 的词表中{near_zh}；请在映射的 value_map 里写明"
    en = f"{found.original!r} is not in the vocabulary of {kind}{near_en}; say in value_map of the mapping what it means"
    return Issue(f"unmapped_{kind}", where, Text(zh, en), found.original, found.suggestions)
