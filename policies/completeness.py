"""What an entry should say before it is shown to people, as a checklist with a score.

The eight points are those of a service guide: object, conditions, benefit, deadline, office,
telephone, materials, source.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from policies.condition import leaves
from policies.schema import Policy, Text

_TELEPHONE: Final = re.compile(r"(?<!\d)(?:\d{3,4}-)?\d{7,8}(?!\d)|(?<!\d)1(?:2\d{3}|[3-9]\d{9})(?!\d)")


@dataclass(frozen=True, slots=True)
class Point:
    """One point of the checklist; ``weight`` is its share of the score."""

    name: str
    label: Text
    weight: float
    holds: Callable[[Policy], bool]


def _stated_conditions(policy: Policy) -> bool:
    return any(leaf.evidence is None or leaf.evidence.basis != "scope" for leaf in leaves(policy.conditions))


def _benefit(policy: Policy) -> bool:
    return any(b.amount_yuan or b.cap_yuan or b.rate is not None or b.duration_months or b.when for b in policy.benefits)


def _deadline(policy: Policy) -> bool:
    application = policy.application
    return bool(policy.effective_to or application.closes or application.window_note or application.window != "unknown")


def _telephone(policy: Policy) -> bool:
    texts = (policy.application.how, policy.application.window_note, policy.notes)
    return any(text is not None and _TELEPHONE.search(text.zh) for text in texts)


POINTS: Final = (
    Point("object", Text("对象", "who it is for"), 0.15, lambda p: bool(p.groups or list(leaves(p.conditions)))),
    Point("conditions", Text("条件", "conditions"), 0.2, _stated_conditions),
    Point("benefit", Text("待遇", "benefit"), 0.2, _benefit),
    Point("deadline", Text("期限", "deadline"), 0.1, _deadline),
    Point("office", Text("受理部门", "office"), 0.1, lambda p: bool(p.application.offices)),
    Point("telephone", Text("电话", "telephone"), 0.05, _telephone),
    Point("materials", Text("材料", "materials"), 0.1, lambda p: bool(p.application.materials)),
    Point("source", Text("来源", "source"), 0.1, lambda p: p.source is not None and bool(p.source.title or p.source.url)),
)
"""The checklist; the weights add up to 1."""


@dataclass(frozen=True, slots=True)
class Completeness:
    """The score of a policy, 0 to 1, and the points it lacks."""

    policy: str
    title: str
    score: float
    missing: tuple[Point, ...]

    def as_json(self) -> dict[str, Any]:
        """For ``--json``."""
        missing = [{"name": p.name, "zh": p.label.zh, "en": p.label.en} for p in self.missing]
        return {"policy": self.policy, "title": self.title, "score": self.score, "missing": missing}


def completeness(policy: Policy) -> Completeness:
    """Check one policy against the list."""
    missing = tuple(point for point in POINTS if not point.holds(policy))
    return Completeness(policy.id, policy.title.zh, round(1 - sum(point.weight for point in missing), 4), missing)


def summary(found: Iterable[Completeness]) -> Mapping[str, Any]:
    """How many policies lack each point, and the mean score."""
    listed = list(found)
    counts = {point.name: sum(point in one.missing for one in listed) for point in POINTS}
    mean = sum(one.score for one in listed) / len(listed) if listed else 0.0
    return {"policies": len(listed), "mean": round(mean, 4), "missing": counts}
