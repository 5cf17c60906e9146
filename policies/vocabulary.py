"""The closed vocabularies: profile fields, terms, labels, regions, industries, departments.

Everything here is data (``policies/data/*.csv``); nothing in the code is tied to one place.
Files are read once, on first use.
"""

from __future__ import annotations

import csv
import difflib
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib import resources
from types import MappingProxyType
from typing import Final

from policies.regions import Regions
from policies.schema import Text

FIELD_TYPES: Final = ("enum", "ordered", "region", "date", "number", "bool", "code", "set")


@dataclass(frozen=True, slots=True)
class ProfileField:
    """One fact a profile can hold.

    Attributes:
        type: one of :data:`FIELD_TYPES`; ``ordered`` is an enum whose values have an order.
        unit: yuan, people, months, years, ratio (0-1), count, m2, points, rank or empty.
        vocabulary: the terms (enum, ordered) or labels (set) it takes.
        derived_from: fields it is computed from where it is absent.
        minimum, maximum: bounds of a plausible number.
    """

    name: str
    subject: str
    type: str
    unit: str
    section: str
    label: Text
    question: Text
    vocabulary: str
    derived_from: tuple[str, ...]
    minimum: float | None
    maximum: float | None


@dataclass(frozen=True, slots=True)
class Term:
    """A value of a closed vocabulary, in its order."""

    value: str
    label: Text
    aliases: tuple[str, ...] = ()
    order: int = 0


@dataclass(frozen=True, slots=True)
class Label:
    """A label a set field can hold; holding it implies holding those in ``implies``."""

    value: str
    label: Text
    aliases: tuple[str, ...] = ()
    implies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Department:
    """A public body under its present full name, with the names it is or was known by."""

    name: str
    short: str
    aliases: tuple[str, ...]
    former_names: tuple[str, ...]
    level: str
    region: str
    role: str


@dataclass(frozen=True, slots=True)
class Industry:
    """A section, division, group or class of GB/T 4754-2017; ``code`` begins with its section letter."""

    code: str
    name: Text
    level: str
    parent: str


def _read(name: str) -> list[dict[str, str]]:
    source = resources.files("policies") / "data" / name
    return list(csv.DictReader(io.StringIO(source.read_text(encoding="utf-8"), newline="")))


def _split(cell: str) -> tuple[str, ...]:
    return tuple(part for part in cell.split("|") if part)


class Vocabulary:
    """All vocabularies, each read on first use. Get the shared one from :func:`vocabulary`."""

    @cached_property
    def fields(self) -> Mapping[str, ProfileField]:
        """Profile fields by name, in the order in which they are asked."""
        return MappingProxyType({row["field"]: _field(row) for row in _read("profile_fields.csv")})

    @cached_property
    def terms(self) -> Mapping[str, Mapping[str, Term]]:
        """Closed vocabularies: name -> value -> term."""
        found: dict[str, dict[str, Term]] = {}
        for row in _read("terms.csv"):
            terms = found.setdefault(row["vocabulary"], {})
            label = Text(row["label_zh"], row["label_en"] or None)
            terms[row["value"]] = Term(row["value"], label, _split(row["aliases"]), len(terms))
        return MappingProxyType({name: MappingProxyType(terms) for name, terms in found.items()})

    @cached_property
    def labels(self) -> Mapping[str, Mapping[str, Label]]:
        """Open vocabularies of set fields: name -> label -> entry."""
        found: dict[str, dict[str, Label]] = {}
        for row in _read("labels.csv"):
            text = Text(row["label"], row["label_en"] or None)
            entry = Label(row["label"], text, _split(row["aliases"]), _split(row["implies"]))
            found.setdefault(row["vocabulary"], {})[entry.value] = entry
        return MappingProxyType({name: MappingProxyType(labels) for name, labels in found.items()})

    @cached_property
    def regions(self) -> Regions:
        """Administrative divisions with their hierarchy and old names."""
        return Regions(_read("regions.csv"))

    @cached_property
    def industries(self) -> Mapping[str, Industry]:
        """GB/T 4754-2017 by code with section letter, such as ``I``, ``I65``, ``K7010``."""
        rows = _read("industries.csv")
        found = {r["code"]: Industry(r["code"], Text(r["name"], r["name_en"] or None), r["level"], r["parent"]) for r in rows}
        return MappingProxyType(found)

    @cached_property
    def departments(self) -> Mapping[str, Department]:
        """Public bodies by full name."""
        found = {
            r["name"]: Department(
                r["name"], r["short"], _split(r["aliases"]), _split(r["former_names"]), r["level"], r["region"], r["role"]
            )
            for r in _read("departments.csv")
        }
        return MappingProxyType(found)

    @cached_property
    def _term_names(self) -> Mapping[str, Mapping[str, str]]:
        return {name: _names((t.value, t.label, t.aliases) for t in terms.values()) for name, terms in self.terms.items()}

    @cached_property
    def _label_names(self) -> Mapping[str, Mapping[str, str]]:
        return {name: _names((e.value, e.label, e.aliases) for e in labels.values()) for name, labels in self.labels.items()}

    @cached_property
    def _department_names(self) -> Mapping[str, str]:
        found: dict[str, str] = {}
        for body in self.departments.values():
            for name in (*body.former_names, *body.aliases, body.short, body.name):
                found[name] = body.name
        return found

    def term(self, vocabulary: str, text: str) -> str | None:
        """The value of a closed vocabulary named by ``text`` (value, label or alias), or None."""
        return self._term_names[vocabulary].get(text.strip().lower())

    def label(self, vocabulary: str, text: str) -> str:
        """The label named by ``text``; a label unknown to the vocabulary stays as it is."""
        plain = text.strip()
        return self._label_names.get(vocabulary, {}).get(plain.lower(), plain)

    def knows_label(self, vocabulary: str, text: str) -> bool:
        """Whether ``text`` names an entry of the vocabulary."""
        return text.strip().lower() in self._label_names.get(vocabulary, {})

    def with_implied(self, vocabulary: str, labels: Iterable[str]) -> frozenset[str]:
        """Canonical labels together with every label they imply."""
        entries = self.labels.get(vocabulary, {})
        found: set[str] = set()
        waiting = [self.label(vocabulary, text) for text in labels]
        while waiting:
            value = waiting.pop()
            if value not in found:
                found.add(value)
                if value in entries:
                    waiting.extend(entries[value].implies)
        return frozenset(found)

    def industry(self, code: str) -> str | None:
        """A code in the form with its section letter (``65`` and ``I65`` give ``I65``), or None.

        Four-digit classes that are not listed are accepted below their division.
        """
        plain = code.strip().upper()
        if plain[:1].isdigit():
            plain = self._section_of_division.get(plain[:2], "") + plain
        if plain in self.industries or (plain[:3] in self.industries and plain[3:].isdigit() and len(plain) <= 5):
            return plain
        return None

    @cached_property
    def _section_of_division(self) -> Mapping[str, str]:
        return {code[1:]: code[0] for code, entry in self.industries.items() if entry.level == "division"}

    def department(self, text: str) -> str | None:
        """The present full name of the body known as ``text``, or None."""
        return self._department_names.get(text.strip())

    def word(self, vocabulary: str, value: str, language: str = "zh") -> str:
        """How a term is written for people; an unknown value is shown as it is."""
        term = self.terms.get(vocabulary, {}).get(value)
        return term.label.in_language(language) if term else value

    def nearest_fields(self, text: str, most: int = 3) -> tuple[str, ...]:
        """Names of the profile fields nearest in spelling to ``text``, also by Chinese label."""
        by_label = {field.label.zh: name for name, field in self.fields.items()}
        found = difflib.get_close_matches(text, [*self.fields, *by_label], most, 0.5)
        return tuple(dict.fromkeys(by_label.get(name, name) for name in found))


def _names(entries: Iterable[tuple[str, Text, tuple[str, ...]]]) -> dict[str, str]:
    found: dict[str, str] = {}
    listed = list(entries)
    for value, label, aliases in listed:
        for name in (*aliases, label.en or "", label.zh):
            if name:
                found.setdefault(name.lower(), value)
    for value, _, _ in listed:  # a value always names itself, whatever another entry's alias says
        found[value.lower()] = value
    return found


def _field(row: Mapping[str, str]) -> ProfileField:
    if row["type"] not in FIELD_TYPES:
        raise ValueError(f"profile_fields.csv: {row['field']} has the unknown type {row['type']!r}")
    return ProfileField(
        name=row["field"],
        subject=row["subject"],
        type=row["type"],
        unit=row["unit"],
        section=row["section"],
        label=Text(row["label_zh"], row["label_en"]),
        question=Text(row["question_zh"], row["question_en"]),
        vocabulary=row["vocabulary"],
        derived_from=_split(row["derived_from"]),
        minimum=float(row["minimum"]) if row["minimum"] else None,
        maximum=float(row["maximum"]) if row["maximum"] else None,
    )


@lru_cache(maxsize=1)
def vocabulary() -> Vocabulary:
    """The shared vocabularies of this installation."""
    return Vocabulary()
