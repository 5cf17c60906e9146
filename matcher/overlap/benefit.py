"""Benefits of two schemes beside each other: published figures in common, and ranges that overlap."""

from __future__ import annotations

from dataclasses import dataclass

from matcher.benefits import worth
from matcher.wording import money_text, percent_text
from policies.schema import Policy


def figure_text(unit: str, value: float, language: str) -> str:
    """A figure in words: an amount or a percentage."""
    return money_text(value, language) if unit == "yuan" else percent_text(value)


@dataclass(frozen=True, slots=True)
class BenefitOverlap:
    """What two schemes' published figures have in common.

    Attributes:
        same_figures: what both publish: ``yuan`` or ``rate`` with the figure.
        agree: the figures of the one are among the other's, or neither publishes any.
        ranges: whether the ranges of money overlap; None where one publishes none.
    """

    same_figures: tuple[tuple[str, float], ...]
    agree: bool
    ranges: bool | None


def benefit_overlap(first: Policy, second: Policy) -> BenefitOverlap:
    """Compare the figures of two schemes; money given and money lent are kept apart."""
    one, other = figures(first), figures(second)
    common = one & other
    agree = bool(common) if one and other else not (one or other)
    return BenefitOverlap(tuple(sorted(common)), agree, _ranges(first, second))


def figures(policy: Policy) -> frozenset[tuple[str, float]]:
    """Every amount (``yuan``) and ``rate`` that a scheme publishes."""
    found: set[tuple[str, float]] = set()
    for benefit in policy.benefits:
        for amount in (benefit.amount_yuan, benefit.cap_yuan):
            if amount:
                found.add(("yuan", amount))
        if benefit.rate is not None:
            found.add(("rate", benefit.rate))
    return frozenset(found)


def _ranges(first: Policy, second: Policy) -> bool | None:
    one, other = worth(first), worth(second)
    if one.high_yuan is None or other.high_yuan is None:
        if one.credit_yuan is None or other.credit_yuan is None:
            return None
        return True  # both are upper limits of credit: the lower one lies within the other
    return max(one.low_yuan or 0.0, other.low_yuan or 0.0) <= min(one.high_yuan, other.high_yuan)
