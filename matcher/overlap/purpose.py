"""What a scheme is for: matters named in its words, the family of its instrument, and texts to compare."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Final

from matcher.relevance import character_pairs
from policies.schema import Policy, Text
from policies.vocabulary import Vocabulary

FAMILIES: Final[Mapping[str, str]] = {
    "grant": "money",
    "talent_award": "money",
    "voucher": "money",
    "loan": "finance",
    "guarantee": "finance",
    "interest_subsidy": "finance",
    "equity": "finance",
    "rent_subsidy": "premises",
    "housing": "premises",
    "incubation": "premises",
}
"""Instruments that do the same thing in different forms; every other one is a family of its own."""

_PLACE = re.compile(r"^(上海市?|杨浦区?|浦东新区|徐汇区|中国|国家|全国|市级|区级|[一-鿿]{2}区)+")
_BRACKETS = re.compile(r"（[^）]*）|[“”《》「」]")
_TITLE_SHARE: Final = 0.6


@dataclass(frozen=True, slots=True)
class Purpose:
    """What one scheme is for.

    Attributes:
        matters: purposes named in the title, or in the rest where the title names none.
        mentioned: those named anywhere.
        people: those of the matters that name a group of people.
        family: what kind of support it is: the family of the instrument, unless the matter decides it.
        means: the instrument, unless the matter decides what kind of support it is.
        title: the title without places, brackets and quotation marks.
        text: title, summary and benefit clauses, to be compared with others; ``clauses`` the benefit clauses alone.
    """

    matters: frozenset[str]
    mentioned: frozenset[str]
    people: frozenset[str]
    family: str
    means: str
    title: str
    text: str
    clauses: str


@dataclass(frozen=True, slots=True)
class PurposeWords:
    """One purpose of the list.

    Attributes:
        label: its name.
        words: those by which it is recognised.
        people: whether it names a group of people.
        family: what kind of support it is whatever the instrument (a competition); mostly empty.
    """

    label: Text
    words: tuple[str, ...]
    people: bool
    family: str


@lru_cache(maxsize=1)
def purpose_words() -> Mapping[str, PurposeWords]:
    """The purposes of ``policies/data/purposes.csv`` by name."""
    source = resources.files("policies") / "data" / "purposes.csv"
    rows = csv.DictReader(source.read_text(encoding="utf-8").splitlines())
    return {
        row["purpose"]: PurposeWords(
            Text(row["label_zh"], row["label_en"]), tuple(row["words"].split("|")), row["aspect"] == "people", row["family"]
        )
        for row in rows
    }


def purpose_of(policy: Policy, vocabulary: Vocabulary) -> Purpose:
    """What ``policy`` is for, from its title, summary and benefit clauses."""
    clauses = [text.zh for benefit in policy.benefits for text in (benefit.of, benefit.when) if text]
    rest = " ".join([policy.summary.zh if policy.summary else "", *clauses])
    named, elsewhere = _named(policy.title.zh), _named(rest)
    title = core_title(policy.title.zh)
    instrument = vocabulary.word("instrument", policy.instrument)
    matters, known = named or elsewhere, purpose_words()
    decided = next((known[name].family for name in sorted(matters) if known[name].family), "")
    return Purpose(
        matters,
        named | elsewhere,
        frozenset(name for name in matters if known[name].people),
        decided or FAMILIES.get(policy.instrument, policy.instrument),
        decided or policy.instrument,
        title,
        f"{title} {instrument} {rest}",
        "；".join(clauses),
    )


def core_title(title: str) -> str:
    """A title without the place it begins with, remarks in brackets and quotation marks."""
    plain = _BRACKETS.sub("", title)
    return _PLACE.sub("", plain) or plain


def _named(text: str) -> frozenset[str]:
    return frozenset(name for name, entry in purpose_words().items() if any(word in text for word in entry.words))


def pair_similarity(first: str, second: str) -> float:
    """How alike two texts are, 0 to 1: character pairs in common over the mean number of pairs (Dice)."""
    one, other = character_pairs(first), character_pairs(second)
    return 2 * len(one & other) / (len(one) + len(other)) if one and other else 0.0


def containment(first: str, second: str) -> float:
    """Share of the character pairs of the shorter text that the other one has too."""
    one, other = character_pairs(first), character_pairs(second)
    return len(one & other) / min(len(one), len(other)) if one and other else 0.0


def likeness(first: Purpose, second: Purpose) -> float:
    """How alike two purposes sound: titles first, then the whole texts."""
    whole = pair_similarity(first.text, second.text)
    return _TITLE_SHARE * pair_similarity(first.title, second.title) + (1 - _TITLE_SHARE) * whole


def matter_labels(matters: frozenset[str], language: str) -> str:
    """Purposes in words, joined."""
    words = purpose_words()
    joined = [words[name].label.in_language(language) for name in words if name in matters]
    return ("、" if language == "zh" else ", ").join(joined)
