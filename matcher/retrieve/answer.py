"""The answer to an enquiry: schemes with reasons and clauses, or that nothing fits."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from matcher.ordering import ScorePart
from matcher.retrieve.passages import Passage
from matcher.retrieve.query import Understood
from policies.schema import Policy, Text


@dataclass(frozen=True, slots=True)
class Filters:
    """Schemes to search among; an empty value means all."""

    level: str = ""
    instrument: str = ""
    department: str = ""
    group: str = ""

    def admits(self, policy: Policy) -> bool:
        """Whether a scheme passes all filters."""
        return (
            (not self.level or policy.level == self.level)
            and (not self.instrument or policy.instrument == self.instrument)
            and (not self.department or self.department in policy.issuers or self.department in policy.application.offices)
            and (not self.group or self.group in policy.groups)
        )


@dataclass(frozen=True, slots=True)
class Hit:
    """One scheme found.

    Attributes:
        score: the sum of the points of ``parts``.
        passages: the clauses that answer best, best first.
        share: its place between the median scheme (0) and the best one (1).
    """

    policy: Policy
    score: float
    share: float
    parts: tuple[ScorePart, ...]
    passages: tuple[Passage, ...]


@dataclass(frozen=True, slots=True)
class SearchAnswer:
    """All schemes the filters admit, best first.

    Attributes:
        fits: False where even the best is probably not what was asked for.
        likely: how likely the best one fits, 0 to 1.
        semantic: whether meaning was searched, not words only; ``notice`` says why not.
        day: the day asked for.
    """

    said: Understood
    hits: tuple[Hit, ...]
    fits: bool
    likely: float
    semantic: bool
    day: dt.date
    notice: Text | None = None
    shares: dict[str, float] = field(default_factory=dict)
