"""Conditions as formulas over cells: "not" pushed to the leaves, labels and declared conditions as propositions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias, TypeVar

from matcher.overlap.domains import build_domains, leaf_key
from policies.condition import All, AnyOf, Condition, Leaf, Not, leaves
from policies.vocabulary import Vocabulary

FALSE_CELL: Final = 0b01
TRUE_CELL: Final = 0b10
"""Cells of a proposition: a label held or not, a declared condition met or not."""


@dataclass(frozen=True, slots=True)
class Within:
    """A literal: the variable lies in one of the cells of ``mask``."""

    variable: int
    mask: int


@dataclass(frozen=True, slots=True)
class And:
    """All parts hold; without parts it is true."""

    parts: tuple[Formula, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """One of the parts holds; without parts it is false."""

    parts: tuple[Formula, ...]


Formula: TypeAlias = Within | And | Or
_Key = TypeVar("_Key", str, tuple[str, str])
TRUE: Final = And(())
FALSE: Final = Or(())


class Space:
    """The variables of some rules; formulas of one space can be combined.

    Attributes:
        full: for each variable the mask of all its cells.
        implied: for each label variable those it implies (itself among them).
        implying: for each label variable those that imply it (itself among them).
    """

    def __init__(self, conditions: Iterable[Condition], vocabulary: Vocabulary, as_of: dt.date) -> None:
        """Read the leaves of ``conditions``.

        Raises:
            KeyError, TypeError, ValueError: a leaf does not fit its field.
        """
        self.full: list[int] = []
        self.implied: dict[int, tuple[int, ...]] = {}
        self.implying: dict[int, tuple[int, ...]] = {}
        self._vocabulary: Final = vocabulary
        self._declared: dict[str, int] = {}
        self._labels: dict[tuple[str, str], int] = {}
        self._literals: dict[tuple[str, str, str], Within] = {}
        found = [leaf for condition in conditions for leaf in leaves(condition)]
        for leaf in found:
            if leaf.declared:
                self._proposition(self._declared, _words(leaf))
            elif self._is_set(leaf):
                for label in self._labels_of(leaf):
                    self._proposition(self._labels, (leaf.field, label))
        self._tie_labels()
        variables: dict[int, int] = {}
        for domain in build_domains(found, vocabulary, as_of).values():
            if id(domain) not in variables:
                variables[id(domain)] = self._variable(domain.full)
            for key, mask in domain.masks.items():
                self._literals[key] = Within(variables[id(domain)], mask)

    def formula(self, condition: Condition, fixed: Mapping[int, bool] | None = None) -> Formula:
        """The formula of a condition whose leaves this space knows.

        Args:
            condition: one of those given, or made of their leaves.
            fixed: leaves by place in reading order that count as holding their requirement (True) or
                as failing it (False), also below a "not".

        Raises:
            KeyError: a leaf that the space does not know.
        """
        places = iter(range(1_000_000))
        return self._formula(condition, positive=True, place=lambda: next(places), fixed=fixed or {})

    def negation(self, formula: Formula) -> Formula:
        """What holds exactly where ``formula`` does not."""
        match formula:
            case Within(variable, mask):
                return Within(variable, self.full[variable] & ~mask)
            case And(parts):
                return Or(tuple(map(self.negation, parts)))
            case Or(parts):
                return And(tuple(map(self.negation, parts)))

    def _formula(self, node: Condition, *, positive: bool, place: Callable[[], int], fixed: Mapping[int, bool]) -> Formula:
        match node:
            case Leaf():
                held = fixed.get(place())
                return self._leaf(node, positive=positive) if held is None else TRUE if held else FALSE
            case Not(child):
                return self._formula(child, positive=not positive, place=place, fixed=fixed)
            case All(children):
                conjunctive = positive
            case AnyOf(children):
                conjunctive = not positive
        parts = tuple(self._formula(child, positive=positive, place=place, fixed=fixed) for child in children)
        return And(parts) if conjunctive else Or(parts)

    def _leaf(self, leaf: Leaf, *, positive: bool) -> Formula:
        if leaf.declared:
            return Within(self._declared[_words(leaf)], TRUE_CELL if positive else FALSE_CELL)
        if self._is_set(leaf):
            cell = TRUE_CELL if positive else FALSE_CELL
            parts = tuple(Within(self._labels[leaf.field, label], cell) for label in self._labels_of(leaf))
            return And(parts) if (leaf.op == "contains_all") is positive else Or(parts)
        literal = self._literals[leaf_key(leaf)]
        return literal if positive else self.negation(literal)

    def _is_set(self, leaf: Leaf) -> bool:
        field = self._vocabulary.fields.get(leaf.field)
        return field is not None and field.type == "set"

    def _labels_of(self, leaf: Leaf) -> tuple[str, ...]:
        if not isinstance(leaf.value, tuple):
            raise TypeError(f"{leaf.field} {leaf.op} needs a list of labels")
        name = self._vocabulary.fields[leaf.field].vocabulary
        return tuple(dict.fromkeys(self._vocabulary.label(name, str(label)) for label in leaf.value))

    def _variable(self, full: int) -> int:
        self.full.append(full)
        return len(self.full) - 1

    def _proposition(self, known: dict[_Key, int], key: _Key) -> None:
        if key not in known:
            known[key] = self._variable(FALSE_CELL | TRUE_CELL)

    def _tie_labels(self) -> None:
        above: dict[int, list[int]] = {variable: [] for variable in self._labels.values()}
        for (field, label), variable in self._labels.items():
            held = self._vocabulary.with_implied(self._vocabulary.fields[field].vocabulary, [label])
            found = [self._labels[field, one] for one in sorted(held) if (field, one) in self._labels]
            self.implied[variable] = tuple(found)
            for one in found:
                above[one].append(variable)
        self.implying = {variable: tuple(found) for variable, found in above.items()}


def _words(leaf: Leaf) -> str:
    return " ".join(str(leaf.value).split())
