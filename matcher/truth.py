"""Three-valued logic after Kleene, written out.

``NO < UNKNOWN < YES``: "and" is the smaller, "or" the larger, "not" turns the order round.
Filling in an unknown can therefore only move a result away from UNKNOWN, never from YES to NO.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum
from typing import Final


class Truth(IntEnum):
    """A truth value that may not be known yet."""

    NO = 0
    UNKNOWN = 1
    YES = 2

    @property
    def word(self) -> str:
        """``no``, ``unknown`` or ``yes``: the verdict of a node in a finding."""
        return self.name.lower()

    @property
    def verdict(self) -> str:
        """``not_eligible``, ``unknown`` or ``eligible``: the verdict on a scheme."""
        return _VERDICTS[self]


_VERDICTS: Final = {Truth.NO: "not_eligible", Truth.UNKNOWN: "unknown", Truth.YES: "eligible"}


def negation(truth: Truth) -> Truth:
    """Not: YES and NO change places, UNKNOWN stays."""
    return Truth(Truth.YES - truth)


def conjunction(truths: Iterable[Truth]) -> Truth:
    """And: NO if one is NO, else UNKNOWN if one is UNKNOWN, else YES (also of nothing)."""
    return min(truths, default=Truth.YES)


def disjunction(truths: Iterable[Truth]) -> Truth:
    """Or: YES if one is YES, else UNKNOWN if one is UNKNOWN, else NO (also of nothing)."""
    return max(truths, default=Truth.NO)


def truth(value: bool, /) -> Truth:  # noqa: FBT001 - the value itself, not an option
    """The truth value of something that is known."""
    return Truth.YES if value else Truth.NO
