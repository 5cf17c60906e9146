"""Questions about rules alone: can one be met, does one contain another, can two be met together.

The answers hold for every world, not only for the profiles at hand: interval and set reasoning on the
trees. None means that the rules are too large to be decided; a yes or no is always right.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from matcher.overlap.formula import Formula, Space
from matcher.overlap.solver import UndecidedError, satisfiable
from policies.condition import All, AnyOf, Condition, Leaf, Not
from policies.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Asked:
    """A leaf as a rule asks for it; ``positive`` is False where it must not hold."""

    leaf: Leaf
    positive: bool


@dataclass(frozen=True, slots=True)
class Idle:
    """A leaf without effect on who qualifies.

    ``implied`` True: the other conditions already ensure it. False: as an alternative it never
    lets in anybody whom the others do not.
    """

    asked: Asked
    implied: bool


class Logic:
    """Answers about a set of rules; equal declared words are one and the same proposition.

    Args:
        conditions: the rules; those asked about must be made of their leaves.
        vocabulary: fields, terms, labels, regions, industries.
        as_of: the day, for ages that follow from dates.

    Raises:
        KeyError, TypeError, ValueError: a leaf does not fit its field.
    """

    def __init__(self, conditions: Iterable[Condition], vocabulary: Vocabulary, as_of: dt.date) -> None:
        self._space: Final = Space(conditions, vocabulary, as_of)

    def can_hold(self, condition: Condition) -> bool | None:
        """Whether somebody can meet the rule."""
        return self._satisfiable(self._space.formula(condition))

    def implies(self, first: Condition, second: Condition) -> bool | None:
        """Whether everybody who meets ``first`` meets ``second``."""
        space = self._space
        found = self._satisfiable(space.formula(first), space.negation(space.formula(second)))
        return None if found is None else not found

    def disjoint(self, first: Condition, second: Condition) -> bool | None:
        """Whether nobody can meet both."""
        found = self._satisfiable(self._space.formula(first), self._space.formula(second))
        return None if found is None else not found

    def conflict(self, *conditions: Condition) -> tuple[Asked, ...]:
        """A smallest set of leaves that cannot hold together, for rules that cannot be met together.

        Leaving out any one of them, the rest can be met. Empty where the rules can be met together
        or are too large to be decided.
        """
        whole = All(tuple(part for condition in conditions for part in _parts(condition)))
        asked = list(asked_leaves(whole))
        left_out: dict[int, bool] = {}
        if self._satisfiable(self._space.formula(whole)) is not False:
            return ()
        for place in range(len(asked)):
            without = left_out | {place: True}
            if self._satisfiable(self._space.formula(whole, without)) is False:
                left_out = without
        return tuple(one for place, one in enumerate(asked) if place not in left_out)

    def idle(self, condition: Condition) -> tuple[Idle, ...]:
        """Leaves that never matter, found one after another so that of two equal ones one stays."""
        fixed: dict[int, bool] = {}
        found: list[Idle] = []
        places = list(enumerate(asked_leaves(condition)))
        if self.can_hold(condition) is not True:
            return ()
        for place, asked in reversed(places):
            current = self._space.formula(condition, fixed)
            for held in (True, False):
                changed = self._space.formula(condition, fixed | {place: held})
                more, less = (changed, current) if held else (current, changed)
                if self._satisfiable(more, self._space.negation(less)) is False:
                    fixed[place] = held
                    found.append(Idle(asked, held))
                    break
        return tuple(reversed(found))

    def _satisfiable(self, *formulas: Formula) -> bool | None:
        try:
            return satisfiable(formulas, self._space)
        except UndecidedError:
            return None


def asked_leaves(condition: Condition, *, positive: bool = True) -> Iterable[Asked]:
    """Every leaf in reading order, with whether it must hold or must not."""
    match condition:
        case Leaf():
            yield Asked(condition, positive)
        case Not(child):
            yield from asked_leaves(child, positive=not positive)
        case All(children) | AnyOf(children):
            for child in children:
                yield from asked_leaves(child, positive=positive)


def _parts(condition: Condition) -> tuple[Condition, ...]:
    return condition.children if isinstance(condition, All) else (condition,)


def implies(first: Condition, second: Condition, vocabulary: Vocabulary, as_of: dt.date) -> bool | None:
    """Whether everybody who meets ``first`` meets ``second``; None where that was not found out.

    Raises:
        KeyError, TypeError, ValueError: a leaf does not fit its field.
    """
    return Logic([first, second], vocabulary, as_of).implies(first, second)


def disjoint(first: Condition, second: Condition, vocabulary: Vocabulary, as_of: dt.date) -> bool | None:
    """Whether nobody can meet both; None where that was not found out.

    Raises:
        KeyError, TypeError, ValueError: a leaf does not fit its field.
    """
    return Logic([first, second], vocabulary, as_of).disjoint(first, second)
