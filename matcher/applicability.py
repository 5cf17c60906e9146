"""A policy's time in force as part of its conditions."""

from __future__ import annotations

import datetime as dt
from typing import Final

from matcher.ordering import DOUBTFUL_STATUS
from policies.condition import AS_OF, All, Condition, Evidence, Leaf
from policies.schema import Policy

_STILL_OPEN: Final = Leaf(
    "other",
    "==",
    "该政策是否仍在执行（资料显示可能已停办或已被替代）",
    "whether the scheme still runs (it may have been discontinued or replaced)",
    Evidence("general"),
)


def applicable_condition(policy: Policy) -> Condition:
    """The policy's conditions together with its time in force.

    The dates become leaves on the built-in field ``as_of``, so that an expired scheme is "no" with
    its reason; a doubtful status without an end becomes a declared condition.
    """
    extra: list[Condition] = []
    if policy.effective_from is not None:
        extra.append(Leaf(AS_OF, ">=", policy.effective_from.first_day().isoformat()))
    if policy.effective_to is not None:
        extra.append(Leaf(AS_OF, "<=", policy.effective_to.last_day().isoformat()))
    elif policy.status in DOUBTFUL_STATUS:
        extra.append(_STILL_OPEN)
    if not extra:
        return policy.conditions
    own = policy.conditions.children if isinstance(policy.conditions, All) else (policy.conditions,)
    return All((*own, *extra))


def deadline_after(policy: Policy, day: dt.date) -> dt.date | None:
    """The next known last day on or after ``day``: of the application window, else of the policy."""
    ends = (policy.application.closes, policy.effective_to)
    days = [end.last_day() for end in ends if end is not None and end.last_day() >= day]
    return min(days, default=None)
