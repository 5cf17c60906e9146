"""Frozen types of the catalogue: Policy and what it is made of.

Data types live here, learned models in :mod:`models`. Everything is checked when it is
built, so that later code can trust it; checks against vocabularies are in
:mod:`policies.validate`.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field
from typing import Final

from policies.condition import All, Condition, Evidence

_PARTIAL_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")
_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}")

KINDS: Final = ("scheme", "commitment")


@dataclass(frozen=True, slots=True)
class Text:
    """Words shown to a person: Chinese, and English where somebody wrote it."""

    zh: str
    en: str | None = None

    def __post_init__(self) -> None:
        if not self.zh:
            raise ValueError("the Chinese text is empty")

    def in_language(self, language: str) -> str:
        """The English text where ``language`` is ``en`` and there is one, else the Chinese."""
        return self.en if language == "en" and self.en else self.zh


@dataclass(frozen=True, slots=True)
class PartialDate:
    """A date known to the day, the month or the year: ``2026-03-01``, ``2026-03``, ``2026``."""

    text: str

    def __post_init__(self) -> None:
        self.first_day()

    def _parts(self) -> tuple[int, int | None, int | None]:
        found = _PARTIAL_DATE.fullmatch(self.text)
        if not found:
            raise ValueError(f"{self.text!r} is not YYYY, YYYY-MM or YYYY-MM-DD")
        year, month, day = found.groups()
        return int(year), int(month) if month else None, int(day) if day else None

    def first_day(self) -> dt.date:
        """The earliest day this can mean."""
        year, month, day = self._parts()
        return dt.date(year, month or 1, day or 1)

    def last_day(self) -> dt.date:
        """The latest day this can mean."""
        year, month, day = self._parts()
        if day:
            return dt.date(year, month or 1, day)
        if month:
            following = dt.date(year + month // 12, month % 12 + 1, 1)
            return following - dt.timedelta(days=1)
        return dt.date(year, 12, 31)


@dataclass(frozen=True, slots=True, kw_only=True)
class Benefit:
    """What is given. Money in yuan, rates as ratios, terms in months.

    Attributes:
        kind: term of ``benefit_kind``: lump_sum, monthly, per_person, rate, cap, term, service.
        amount_yuan: fixed sum.
        rate: ratio of ``of``; what the ratio means is ``rate_kind`` (rates of different kinds
            cannot be compared).
        cap_yuan: most that is given ("不超过", "最高"), per ``cap_per``.
        per: what one amount is paid for (person, enterprise, project, year, month …).
        when: the case this grade applies to.
        lent: True where the money is lent, guaranteed or invested although the policy's instrument
            gives money (a loan limit in a competition's prizes, say).
    """

    kind: str
    amount_yuan: float | None = None
    rate: float | None = None
    rate_kind: str | None = None
    of: Text | None = None
    cap_yuan: float | None = None
    cap_per: str | None = None
    duration_months: float | None = None
    per: str | None = None
    when: Text | None = None
    lent: bool = False
    evidence: Evidence | None = None

    def __post_init__(self) -> None:
        for name in ("amount_yuan", "cap_yuan", "duration_months", "rate"):
            number = getattr(self, name)
            if number is not None and not 0 <= number < 1e15:
                raise ValueError(f"benefit {name} {number} is not a plausible figure")
        if self.kind == "service" and self.amount_yuan:
            raise ValueError("a service benefit has no amount")


@dataclass(frozen=True, slots=True)
class Relation:
    """A tie from this policy to another one, a term of ``relation``, with its reason."""

    kind: str
    policy: str
    reason: Text | None = None
    evidence: Evidence | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """How, where and when to apply.

    ``window`` is a term of the vocabulary ``window``; ``opens`` and ``closes`` bound a fixed period.
    """

    how: Text | None = None
    offices: tuple[str, ...] = ()
    materials: tuple[str, ...] = ()
    window: str = "unknown"
    opens: PartialDate | None = None
    closes: PartialDate | None = None
    window_note: Text | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """The publication a policy was read from.

    ``url`` is present only where the kind of source is fit to be shown to users.
    """

    kind: str
    title: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """One published catalogue entry: a scheme somebody can apply for.

    ``status`` is what was last found out about it (a term of ``status``); whether it is in force
    on a day follows from the dates, see :meth:`expired_on` and :meth:`begins_after`.
    """

    id: str
    title: Text
    level: str
    region: str
    issuers: tuple[str, ...]
    instrument: str
    audience: str
    conditions: Condition = field(default_factory=lambda: All(()))
    benefits: tuple[Benefit, ...] = ()
    kind: str = "scheme"
    summary: Text | None = None
    groups: tuple[str, ...] = ()
    industries: tuple[str, ...] = ()
    document_no: str | None = None
    issued: PartialDate | None = None
    effective_from: PartialDate | None = None
    effective_to: PartialDate | None = None
    status: str = "unknown"
    once_only: bool | None = None
    exclusive_with: tuple[str, ...] = ()
    exclusions: tuple[Text, ...] = ()
    relations: tuple[Relation, ...] = ()
    application: Application = field(default_factory=Application)
    source: Source | None = None
    confidence: str = "medium"
    evidence: str | None = None
    notes: Text | None = None
    reviewed: bool = False

    def __post_init__(self) -> None:
        if not _ID.fullmatch(self.id):
            raise ValueError(f"policy id {self.id!r} must be of a-z, 0-9 and . _ -")
        if self.kind not in KINDS:
            raise ValueError(f"policy kind {self.kind!r} is not one of {KINDS}")
        if self.audience not in ("enterprise", "individual", "both"):
            raise ValueError(f"audience {self.audience!r} is not enterprise, individual or both")
        if self.confidence not in ("high", "medium", "low"):
            raise ValueError(f"confidence {self.confidence!r} is not high, medium or low")
        begin, end = self.effective_from, self.effective_to
        if begin and end and begin.first_day() > end.last_day():
            raise ValueError(f"effective from {begin.text} is after effective to {end.text}")

    def expired_on(self, day: dt.date) -> bool:
        """Whether the last day of force is before ``day`` (a partial date counts to its end)."""
        return self.effective_to is not None and self.effective_to.last_day() < day

    def begins_after(self, day: dt.date) -> bool:
        """Whether it comes into force only after ``day`` (a partial date counts from its start)."""
        return self.effective_from is not None and self.effective_from.first_day() > day


@dataclass(frozen=True, slots=True)
class Issue:
    """Something that could not be read or mapped and waits for a person.

    Attributes:
        kind: short machine name, such as ``unknown_label``.
        where: policy id and place, such as ``y-3310 conditions.all[1]``.
        message: the fault and the next step, in both languages.
        value: the value as found.
        suggestions: nearest terms of the vocabulary.
    """

    kind: str
    where: str
    message: Text
    value: str | None = None
    suggestions: tuple[str, ...] = ()
