"""What an enquiry says, read from the vocabularies: places, departments, ways of support, groups, years, money.

Nothing here decides who is entitled; it widens the words searched and feeds the order.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any, Final

from matcher.retrieve.homophones import Homophones, Mended
from matcher.retrieve.places import asked_places, occurrences, place_names
from policies.characters import simplified
from policies.vocabulary import Vocabulary

_YEAR: Final = re.compile(r"(20[0-4]\d)\s*(?:年|$|[^\d])")
_MONEY: Final = re.compile(r"(\d+(?:\.\d+)?)\s*(万|亿)?\s*(?:元|块|yuan)")
_UNITS: Final = {"": 1, "万": 10_000, "亿": 100_000_000}
_STOPS: Final = re.compile(r"[，。；！？、,.;!?\n]+")
_LONG: Final = 24
"""Characters from which an enquiry is also looked at part by part: one vector cannot hold several wishes."""
_SHORTEST_PART: Final = 4
_MOST_PARTS: Final = 8


@dataclass(frozen=True, slots=True)
class Understood:
    """An enquiry, read.

    Attributes:
        text: simplified characters; ``widened`` also holds the official words for everyday ones.
        terms: the official words added.
        regions: codes of the places asked about; ``departments`` full names.
        instruments, groups: terms and labels named.
        years: years named; ``yuan`` the largest sum of money named.
        mended: stretches of the enquiry that were read as other words of the same sound.
    """

    text: str
    terms: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    departments: tuple[str, ...] = ()
    instruments: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    years: tuple[int, ...] = ()
    yuan: float | None = None
    mended: tuple[Mended, ...] = ()

    @property
    def parts(self) -> tuple[str, ...]:
        """The sentences of a long enquiry, the longest first; none for a short one."""
        if len(self.text) <= _LONG * (3 if self.text.isascii() else 1):
            return ()
        parts = [part.strip() for part in _STOPS.split(self.text)]
        kept = sorted({part for part in parts if len(part) >= _SHORTEST_PART}, key=lambda part: (-len(part), part))
        return tuple(kept[:_MOST_PARTS]) if len(kept) > 1 else ()

    @property
    def widened(self) -> str:
        """The text with the official words after it."""
        return " ".join((self.text, *self.terms))


class Reader:
    """Reads enquiries with the words of one set of vocabularies.

    Args:
        vocabulary: where names of places, departments, groups and instruments come from.
        home: code of the place that decides between divisions of one name.
        homophones: for words mistyped by sound; None: everything is read as typed.
    """

    def __init__(self, vocabulary: Vocabulary, home: str = "", homophones: Homophones | None = None) -> None:
        self._vocabulary, self._home, self._homophones = vocabulary, home, homophones
        self._places = place_names(vocabulary)
        self._departments = _department_names(vocabulary)
        self._groups = _label_names(vocabulary, "groups") | _label_names(vocabulary, "certifications")
        self._instruments = {
            name: term.value
            for term in vocabulary.terms["instrument"].values()
            for name in (term.label.zh, *term.aliases)
            if len(name) > 1
        }

    def read(self, text: str) -> Understood:
        """What an enquiry says; a text without any of it gives empty parts."""
        plain = simplified(text.strip())
        mended: tuple[Mended, ...] = ()
        if self._homophones is not None:
            plain, mended = self._homophones.mend(plain)
        lower = plain.lower()
        terms = [official for phrase, official in everyday_words() if _occurs(phrase, lower)]
        places = asked_places(plain, self._places)
        regions = dict.fromkeys(code for name in places for code in self._vocabulary.regions.find(name, self._home)[:1])
        money = [float(number) * _UNITS[unit or ""] for number, unit in _MONEY.findall(plain)]
        return Understood(
            plain,
            tuple(dict.fromkeys(terms)),
            tuple(regions),
            tuple(dict.fromkeys(self._departments[name] for name in _names_in(plain, self._departments))),
            tuple(dict.fromkeys(self._instruments[name] for name in _names_in(plain, self._instruments))),
            tuple(dict.fromkeys(self._groups[name] for name in _names_in(plain, self._groups))),
            tuple(dict.fromkeys(int(year) for year in _YEAR.findall(plain))),
            max(money, default=None),
            mended,
        )


def policy_words(vocabulary: Vocabulary) -> list[str]:
    """Words of the vocabularies that a general dictionary lacks: labels, instruments, departments, with aliases."""
    names = [name for kind in vocabulary.labels.values() for label in kind.values() for name in (label.value, *label.aliases)]
    names += [name for term in vocabulary.terms["instrument"].values() for name in (term.label.zh, *term.aliases)]
    names += [name for body in vocabulary.departments.values() for name in (body.short, *body.aliases)]
    return [name for name in dict.fromkeys(names) if 2 <= len(name) <= 8 and not name.isascii()]


@lru_cache(maxsize=1)
def everyday_words() -> tuple[tuple[str, str], ...]:
    """Everyday phrases with the official words for them."""
    source = resources.files("matcher.retrieve") / "data" / "everyday.csv"
    rows = csv.DictReader(io.StringIO(source.read_text(encoding="utf-8"), newline=""))
    return tuple((phrase, row["terms"]) for row in rows for phrase in row["everyday"].split("|"))


def _occurs(phrase: str, lower: str) -> bool:
    if phrase.isascii():
        return re.search(rf"(?<![a-z]){re.escape(phrase)}(?![a-z])", lower) is not None
    return phrase in lower


def _names_in(text: str, names: Mapping[str, str]) -> list[str]:
    return [text[start:end] for start, end in occurrences(text, names)]


def _department_names(vocabulary: Vocabulary) -> dict[str, str]:
    bodies = vocabulary.departments.values()
    return {
        name: body.name for body in bodies for name in (body.name, body.short, *body.aliases, *body.former_names) if len(name) > 2
    }


def _label_names(vocabulary: Vocabulary, kind: str) -> dict[str, str]:
    entries: Iterable[Any] = vocabulary.labels.get(kind, {}).values()
    return {name: entry.value for entry in entries for name in (*entry.aliases, entry.value) if len(name) > 1}
