"""The form: only fields that can matter for the subject, as controls with their present values."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from api.pages.words import SECTIONS, UNITS
from api.service import Service
from matcher.profile import FieldError, Profile, profile_from_json
from policies.vocabulary import ProfileField, Vocabulary

SUBJECTS: Final = ("enterprise", "individual", "team")

KEY_QUESTIONS: Final = 12
"""Questions shown open; the rest wait behind "more", as each decides only a few schemes."""

UNKNOWN_SET: Final = "无"
"""What the box "none of these" sends."""

_FOREIGN_WEIGHT: Final = 0.5
"""A question about somebody else (a firm's founder, a person's firm) counts half: it is harder to answer."""

_REPLACED_BY: Final = {"age": "birth_date", "organisation_age_months": "founded_on", "graduation_years": "graduated_on"}
"""Derived fields are asked by the date that they follow from."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One option of a control; ``group`` is the heading it stands under."""

    value: str
    label: str
    chosen: bool = False
    group: str = ""


@dataclass(frozen=True, slots=True)
class Control:
    """One question of the form with what was answered."""

    name: str
    kind: str
    question: str
    label: str
    hint: str
    decides: int
    choices: tuple[Choice, ...] = ()
    text: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class FormSection:
    """Questions under one heading: ``key`` ones open, ``more`` ones folded."""

    title: str
    key: tuple[Control, ...]
    more: tuple[Control, ...]


Answers = Mapping[str, Sequence[str]]


def matter_counts(service: Service, profile: Profile, as_of: dt.date) -> dict[str, int]:
    """How many schemes each askable field still decides for ``profile``; most first.

    A derived field is asked through what it derives from.
    """
    counts = service.recommender(as_of).deciding_fields(profile)
    found: dict[str, int] = {}
    for name, count in counts.items():
        field = service.vocabulary.fields[name]
        asked = [_REPLACED_BY[name]] if name in _REPLACED_BY else [name]
        if name == "enterprise_size":
            asked = [source for source in field.derived_from if source not in profile.values]
        for source in asked:
            found[source] = found.get(source, 0) + count
    return dict(sorted(found.items(), key=lambda item: -item[1]))


def form_sections(
    service: Service, subject: str, answers: Answers, as_of: dt.date, language: str, errors: Iterable[FieldError]
) -> list[FormSection]:
    """The questions that can matter for ``subject``: sections with questions that decide most come first.

    Answered fields are always shown, so that nothing a person wrote disappears.
    """
    start = profile_from_json({"subject_type": subject}, service.vocabulary, as_of)
    counts = matter_counts(service, start, as_of)
    wrong = {error.field: error.message.in_language(language) for error in errors}
    names = set(counts) | {name for name, texts in answers.items() if any(texts)} | set(wrong)
    own = [name for name in counts if name != "subject_type" and _concerns(service.vocabulary.fields[name], subject)]
    key = set(own[:KEY_QUESTIONS]) | (names - set(counts)) | set(wrong)
    used = service.used_labels
    sections: list[FormSection] = []
    for section, title in SECTIONS.items():
        fields = [
            f for f in service.vocabulary.fields.values() if f.section == section and f.name in names and f.name != "subject_type"
        ]
        controls = [
            control(
                field, service, answers.get(field.name, ()), language, counts.get(field.name, 0), wrong.get(field.name, ""), used
            )
            for field in fields
        ]
        if controls:
            first = tuple(c for c in controls if c.name in key or any(answers.get(c.name, ())))
            rest = tuple(c for c in controls if c not in first)
            sections.append(FormSection(title.in_language(language), first, rest))
    return sorted(sections, key=lambda section: not section.key)


def next_controls(service: Service, profile: Profile, as_of: dt.date, language: str, most: int = 6) -> list[Control]:
    """The questions that decide most of what is still open for a profile."""
    used = service.used_labels
    fields = service.vocabulary.fields
    subject = str(profile.values.get("subject_type", ""))
    counts = {name: count for name, count in matter_counts(service, profile, as_of).items() if name not in profile.values}
    weighed = sorted(counts, key=lambda name: -counts[name] * (1.0 if _concerns(fields[name], subject) else _FOREIGN_WEIGHT))
    return [control(fields[name], service, (), language, counts[name], "", used) for name in weighed[:most]]


def _concerns(field: ProfileField, subject: str) -> bool:
    """Whether the field is about the subject itself; a team is asked like a person."""
    return field.subject in ("both", "individual" if subject == "team" else subject)


def control(
    field: ProfileField,
    service: Service,
    answer: Sequence[str],
    language: str,
    decides: int,
    error: str,
    used: Mapping[str, frozenset[str]],
) -> Control:
    """One field as a control, with the present answer in it."""
    vocabulary = service.vocabulary
    hint = UNITS[field.unit].in_language(language) if field.unit in UNITS else ""
    text = answer[0] if answer and field.type in ("number", "date", "region") else ""
    match field.type:
        case "bool":
            words = (("true", "是", "yes"), ("false", "否", "no"))
            choices = tuple(Choice(value, en if language == "en" else zh, value in answer) for value, zh, en in words)
        case "enum" | "ordered":
            terms = vocabulary.terms[field.vocabulary].values()
            choices = tuple(Choice(term.value, term.label.in_language(language), term.value in answer) for term in terms)
        case "code":
            choices = _industry_choices(vocabulary, answer, language)
        case "set":
            choices = _label_choices(field, service, answer, language, used)
        case "region":
            hint = "如 上海市杨浦区" if language == "zh" else "such as 310110 or 上海市杨浦区"
            choices = _region_choices(service, language)
        case _:
            choices = ()
    question, label = field.question.in_language(language), field.label.in_language(language)
    return Control(field.name, field.type, question, label, hint, decides, choices, text, error)


def _label_choices(
    field: ProfileField, service: Service, answer: Sequence[str], language: str, used: Mapping[str, frozenset[str]]
) -> tuple[Choice, ...]:
    entries = service.vocabulary.labels.get(field.vocabulary, {})
    wanted = used.get(field.name, frozenset())
    if field.vocabulary == "policies":
        titles = {policy.id: policy.title.in_language(language) for policy in service.catalogue}
        shown = [Choice(value, titles.get(value, value), value in answer) for value in titles]
    else:
        shown = [
            Choice(value, entries[value].label.in_language(language) if value in entries else value, value in answer)
            for value in (*entries, *(w for w in sorted(wanted) if w not in entries))
            if value in wanted or value in answer
        ]
    none = Choice(UNKNOWN_SET, "以上都没有" if language == "zh" else "none of these", UNKNOWN_SET in answer)
    return (*shown, none)


def _industry_choices(vocabulary: Vocabulary, answer: Sequence[str], language: str) -> tuple[Choice, ...]:
    sections = {
        e.code: f"{e.code} {e.name.in_language(language)}" for e in vocabulary.industries.values() if e.level == "section"
    }
    return tuple(
        Choice(e.code, f"{e.code} {e.name.in_language(language)}", e.code in answer, sections[e.code[0]])
        for e in vocabulary.industries.values()
        if e.level == "division" or e.code in answer
    )


def _region_choices(service: Service, language: str) -> tuple[Choice, ...]:
    """Suggestions: places beside the home region first, then the provinces."""
    regions = service.vocabulary.regions
    home = service.settings.home_region
    parent = regions[home].parent if home in regions else ""
    near = [home] if home in regions else []
    near += [r.code for r in regions.children(parent) if r.code != home and r.level in ("district", "city")] if parent else []
    codes = [*near, *([parent] if parent else []), *(r.code for r in regions.children("100000") if r.level == "province")]
    return tuple(Choice(regions.name(code, "zh"), regions.name(code, language)) for code in dict.fromkeys(codes))
