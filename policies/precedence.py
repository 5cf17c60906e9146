"""Which record is believed where two state the same fact differently.

The rules and their order are data (``policies/data/precedence.csv``); the losing value is never
thrown away: it stays in its record and the difference becomes an Issue.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib import resources
from typing import Any, Final

from policies.schema import PartialDate, Text


@dataclass(frozen=True)
class Entry:
    """One live record: what one source says about one scheme.

    Attributes:
        uid: ``source/key``, the record's name.
        kind: of the source: ``catalogue`` (entries with ids of their own), ``table`` or ``document``.
        source: key of the source.
        title: of the source, for people.
        level: of the body that keeps the source: national, municipal, district or empty.
        line: the exchange form of what it says.
    """

    uid: str
    kind: str
    source: str
    title: str
    level: str
    line: str

    @cached_property
    def data(self) -> Mapping[str, Any]:
        """The exchange form as an object."""
        found: Mapping[str, Any] = json.loads(self.line)
        return found

    @property
    def is_catalogue(self) -> bool:
        """Whether the record's id is its source's own, not one made by us."""
        return self.kind == "catalogue"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of precedence; ``values`` come best first."""

    name: str
    values: tuple[str, ...]
    label: Text


@lru_cache(maxsize=1)
def precedence_rules() -> tuple[Rule, ...]:
    """The rules in their order.

    Raises:
        ValueError: the data names a rule that the program does not know.
    """
    text = (resources.files("policies") / "data" / "precedence.csv").read_text(encoding="utf-8")
    rows = sorted(csv.DictReader(io.StringIO(text, newline="")), key=lambda row: int(row["order"]))
    for row in rows:
        if row["rule"] not in _RANKS:
            raise ValueError(f"precedence.csv: unknown rule {row['rule']!r}; known: {', '.join(_RANKS)}")
    return tuple(
        Rule(row["rule"], tuple(filter(None, row["values"].split("|"))), Text(row["label_zh"], row["label_en"])) for row in rows
    )


def by_precedence(entries: list[Entry], rules: tuple[Rule, ...] | None = None) -> list[Entry]:
    """The entries, the one to be believed first; ties go by ``uid``, never by arrival."""
    chosen = precedence_rules() if rules is None else rules
    return sorted(entries, key=lambda entry: (*(_RANKS[rule.name](entry, rule) for rule in chosen), entry.uid))


def stated_day(data: Mapping[str, Any]) -> dt.date | None:
    """The day that says how new an entry is: in force from, else issued; None where neither is stated."""
    text = data.get("effective_from") or data.get("issued")
    return PartialDate(text).first_day() if text else None


def _reviewed(entry: Entry, _rule: Rule) -> int:
    return 0 if entry.data.get("reviewed") else 1


def _original(entry: Entry, rule: Rule) -> int:
    return _place(entry.data.get("source", {}).get("kind", ""), rule)


def _newer(entry: Entry, _rule: Rule) -> int:
    day = stated_day(entry.data)
    return -day.toordinal() if day else 0


def _authority(entry: Entry, rule: Rule) -> int:
    return _place(entry.level, rule)


def _place(value: str, rule: Rule) -> int:
    return rule.values.index(value) if value in rule.values else len(rule.values)


_RANKS: Final[Mapping[str, Callable[[Entry, Rule], int]]] = {
    "reviewed": _reviewed,
    "original": _original,
    "newer": _newer,
    "authority": _authority,
}
