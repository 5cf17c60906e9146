"""Logic against exhaustive enumeration: small random rules, every world of a small universe.

The enumeration shares nothing with :mod:`matcher.overlap` but the meaning of one test on one value
(:func:`matcher.predicate.value_truth`): it lists whole values, takes all combinations and looks.
"""

from __future__ import annotations

import datetime as dt
import itertools
import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import reduce
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from matcher.enterprise_size import possible_sizes
from matcher.overlap.logic import Logic
from matcher.periods import whole_years
from matcher.predicate import value_truth
from matcher.profile import ProfileValue
from matcher.truth import Truth
from policies.condition import DECLARED, All, AnyOf, Condition, Leaf, Not, leaves
from policies.vocabulary import Vocabulary

DAY: Final = dt.date(2026, 11, 23)
_NUMBERS: Final[Mapping[str, tuple[float, ...]]] = {
    "registered_capital": (0, 1, 2, 3, 4, 5),
    "employees": (0, 1, 2, 3, 10, 100),
    "rd_staff_ratio": (0, 0.25, 0.5, 0.75),
}
_LABELS: Final = {
    "groups": ("登记失业人员", "登记失业半年以上人员", "退役军人", "自主就业退役士兵", "残疾人"),
    "certifications": ("创新型中小企业", "专精特新中小企业", "专精特新小巨人", "高新技术企业"),
}
_PLACES: Final = ("310000", "310110", "310115", "320000", "320500", "100000")
_PLACE_WORLDS: Final = ("310110001", "310110", "310115", "310101", "320506", "320102", "440305", "")
_CODES: Final = ("I", "I65", "I651", "K", "K70", "C", "C39")
_CODE_WORLDS: Final = ("I6510", "I6531", "I6410", "K7010", "C3910", "C1310", "A0111")
_WORDS: Final = ("单独核算", "属初创企业")
_AGES: Final = (16, 18, 30, 35, 36, 45)

Worlds = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class LogicReport:
    """How the logic agreed with enumeration.

    Attributes:
        pairs: pairs of random rules asked about.
        questions: single answers compared (can hold, implies both ways, disjoint).
        wrong: answers that enumeration contradicts.
        undecided: questions left open.
        yes: how often the right answer was yes, by question.
        worlds: worlds looked at, all pairs together.
        seconds: time of the logic alone.
    """

    pairs: int
    questions: int
    wrong: int
    undecided: int
    yes: Mapping[str, int]
    worlds: int
    seconds: float

    def as_json(self) -> dict[str, Any]:
        """The report as a JSON object."""
        return asdict(self)


def evaluate_logic(vocabulary: Vocabulary, pairs: int = 5_000, seed: int = 1) -> LogicReport:
    """Compare every answer on ``pairs`` random pairs of rules with exhaustive enumeration."""
    chance = random.Random(seed)  # noqa: S311 - test data, not secrets
    wrong = undecided = questions = worlds = 0
    yes = {"can_hold": 0, "implies": 0, "disjoint": 0}
    seconds = 0.0
    for _ in range(pairs):
        first, second = random_pair(chance, vocabulary)
        began = time.perf_counter()
        logic = Logic([first, second], vocabulary, DAY)
        found = [
            ("can_hold", logic.can_hold(first)),
            ("implies", logic.implies(first, second)),
            ("implies", logic.implies(second, first)),
            ("disjoint", logic.disjoint(first, second)),
        ]
        seconds += time.perf_counter() - began
        right = _right_answers(first, second, vocabulary)
        worlds += right.worlds
        for (name, answer), expected in zip(found, right.answers, strict=True):
            questions += 1
            yes[name] += expected
            undecided += answer is None
            wrong += answer is not None and answer is not expected
    return LogicReport(pairs, questions, wrong, undecided, yes, worlds, round(seconds, 2))


@dataclass(frozen=True, slots=True)
class _Right:
    answers: tuple[bool, bool, bool, bool]
    worlds: int


def _right_answers(first: Condition, second: Condition, vocabulary: Vocabulary) -> _Right:
    possible, one, other = enumerate_worlds((first, second), vocabulary)
    one, other = one & possible, other & possible
    answers = (bool(one.any()), not (one & ~other).any(), not (other & ~one).any(), not (one & other).any())
    return _Right(answers, int(possible.sum()))


def random_pair(chance: random.Random, vocabulary: Vocabulary) -> tuple[Condition, Condition]:
    """Two rules over the same few fields, of up to six leaves each."""
    makers = chance.sample(_makers(vocabulary), k=chance.choice((1, 2, 2, 3, 3, 4)))

    def tree(depth: int) -> Condition:
        if depth == 0 or chance.random() < 0.3:
            leaf = chance.choice(makers)(chance)
            return Not(leaf) if chance.random() < 0.2 else leaf
        parts = tuple(tree(depth - 1) for _ in range(chance.choice((1, 2, 2, 3))))
        node: Condition = All(parts) if chance.random() < 0.55 else AnyOf(parts)
        return Not(node) if chance.random() < 0.15 else node

    return tree(2), tree(2)


def _makers(vocabulary: Vocabulary) -> list[Callable[[random.Random], Leaf]]:
    def number(field: str) -> Callable[[random.Random], Leaf]:
        def make(chance: random.Random) -> Leaf:
            return Leaf(field, chance.choice((">=", "<=", ">", "<", "==")), float(chance.choice(_NUMBERS[field])))

        return make

    def labels(field: str) -> Callable[[random.Random], Leaf]:
        def make(chance: random.Random) -> Leaf:
            chosen = tuple(chance.sample(_LABELS[field], k=chance.randint(1, 3)))
            return Leaf(field, chance.choice(("contains_any", "contains_all")), chosen)

        return make

    def terms(field: str, ops: Sequence[str]) -> Callable[[random.Random], Leaf]:
        values = list(vocabulary.terms[vocabulary.fields[field].vocabulary])

        def make(chance: random.Random) -> Leaf:
            op = chance.choice(ops)
            chosen = tuple(chance.sample(values, k=chance.randint(1, len(values) - 1)))
            return Leaf(field, op, chosen if op == "in" else chosen[0])

        return make

    def days(chance: random.Random) -> Leaf:
        turn = dt.date(DAY.year - chance.choice(_AGES), DAY.month, DAY.day) + dt.timedelta(days=chance.randint(-1, 1))
        return Leaf("birth_date", chance.choice((">=", "<=", ">", "<")), turn.isoformat())

    return [
        *(number(field) for field in _NUMBERS),
        *(labels(field) for field in _LABELS),
        terms("education", (">=", "<=", ">", "<", "==", "in")),
        terms("enterprise_size", (">=", "<=", "in")),
        terms("ownership", ("==", "in")),
        lambda chance: Leaf("registered_region", "within_region", chance.choice(_PLACES)),
        lambda chance: Leaf("registered_region", "in", tuple(chance.sample(_PLACES, k=2))),
        lambda chance: Leaf("industry", chance.choice(("starts_with", "==")), chance.choice(_CODES)),
        lambda chance: Leaf("is_listed", chance.choice(("is_true", "is_false"))),
        lambda chance: Leaf(DECLARED, "==", chance.choice(_WORDS)),
        lambda chance: Leaf("age", chance.choice((">=", "<=", ">", "<")), chance.choice(_AGES)),
        days,
    ]


def enumerate_worlds(conditions: Sequence[Condition], vocabulary: Vocabulary) -> tuple[Worlds, ...]:
    """Which worlds are possible, then for each condition in which worlds it holds.

    Returns:
        Arrays of one shape, with one axis for each field and each declared condition.
    """
    used = [leaf for condition in conditions for leaf in leaves(condition)]
    names = list(dict.fromkeys(_axis(leaf, used) for leaf in used))
    axes = {name: _values(name, vocabulary) for name in names}
    shape = tuple(len(axes[name]) for name in names)

    def holds(node: Condition) -> Worlds:
        match node:
            case Not(child):
                return ~holds(child)
            case All(children):
                return reduce(np.logical_and, map(holds, children))
            case AnyOf(children):
                return reduce(np.logical_or, map(holds, children))
            case Leaf():
                name = _axis(node, used)
                truths = np.array([_holds(node, name, value, vocabulary) for value in axes[name]])
                wide = [1] * len(names)
                wide[names.index(name)] = len(truths)
                return np.broadcast_to(truths.reshape(wide), shape)

    possible = np.ones(shape, np.bool_)
    if {"industry", "employees", "enterprise_size"} <= set(names):
        wide = [len(axes[name]) if name in ("industry", "employees", "enterprise_size") else 1 for name in names]
        allowed = np.zeros(wide, np.bool_)
        for place in np.ndindex(*wide):
            world = {name: axes[name][index] for name, index in zip(names, place, strict=True)}
            sizes = possible_sizes(str(world["industry"]), {"employees": float(str(world["employees"]))})
            allowed[place] = world["enterprise_size"] in sizes
        possible = possible & allowed
    return possible, *(holds(condition) for condition in conditions)


def _axis(leaf: Leaf, used: Sequence[Leaf]) -> str:
    if leaf.declared:
        return f"{DECLARED}:{leaf.value}"
    return "birth_date" if leaf.field == "age" and any(one.field == "birth_date" for one in used) else leaf.field


def _holds(leaf: Leaf, axis: str, value: ProfileValue, vocabulary: Vocabulary) -> bool:
    if leaf.declared:
        return bool(value)
    if leaf.field == "age" and axis == "birth_date" and isinstance(value, dt.date):
        value = float(whole_years(value, DAY))
    return value_truth(leaf, value, vocabulary) is Truth.YES


def _values(axis: str, vocabulary: Vocabulary) -> list[ProfileValue]:
    """Every value of a field that could make a difference, and more."""
    if axis.startswith(f"{DECLARED}:"):
        return [False, True]
    match axis:
        case "employees":
            return [float(number) for number in (*range(6), 9, 10, 11, 50, 99, 100, 101, 299, 300, 1000)]
        case "rd_staff_ratio":
            return [number / 16 for number in range(17)]
        case "registered_capital":
            return [number / 4 for number in range(28)]
        case "age":
            return [number / 2 for number in range(30, 96)]
        case "birth_date":
            return [DAY - dt.timedelta(days=day) for day in range(50 * 366)]
        case "registered_region":
            return list(_PLACE_WORLDS)
        case "industry":
            return list(_CODE_WORLDS)
        case "is_listed":
            return [False, True]
    if axis in _LABELS:
        chosen = [combination for size in range(6) for combination in itertools.combinations(_LABELS[axis], size)]
        name = vocabulary.fields[axis].vocabulary
        return list({vocabulary.with_implied(name, one): None for one in chosen})
    return list(vocabulary.terms[vocabulary.fields[axis].vocabulary])
