"""Is there a world in which a formula holds? A tableau over cells: exact, and bounded in steps.

Literals narrow the cells left to a variable; alternatives are tried one by one, the shortest list
first. What has been narrowed settles other alternatives, so that few of them remain to be tried.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from matcher.overlap.formula import FALSE_CELL, TRUE_CELL, And, Formula, Or, Space, Within

MOST_STEPS: Final = 20_000
"""Alternatives tried before the answer is "not found out"; published rules take a few dozen."""


class UndecidedError(Exception):
    """The rules are too large to be decided within :data:`MOST_STEPS`."""


def satisfiable(formulas: Iterable[Formula], space: Space, most_steps: int = MOST_STEPS) -> bool:
    """Whether all ``formulas`` can hold together.

    Raises:
        UndecidedError: more than ``most_steps`` alternatives would have to be tried.
    """
    return _Search(space, most_steps).run(list(formulas), {}, [])


class _Search:
    def __init__(self, space: Space, most_steps: int) -> None:
        self._space = space
        self._left = most_steps

    def run(self, waiting: list[Formula], cells: dict[int, int], choices: list[Or]) -> bool:
        """Whether ``waiting`` and ``choices`` can hold with the ``cells`` left; all three may be changed."""
        while True:
            if not self._narrow(waiting, cells, choices):
                return False
            remaining: list[Or] = []
            for choice in choices:
                parts = self._open_parts(choice, cells)
                if parts is None:
                    continue
                if not parts:
                    return False
                if len(parts) == 1:
                    waiting.append(parts[0])
                else:
                    remaining.append(Or(tuple(parts)))
            choices = remaining
            if not waiting:
                break
        if not choices:
            return True
        return self._branch(cells, choices)

    def _branch(self, cells: dict[int, int], choices: list[Or]) -> bool:
        shortest = min(choices, key=lambda choice: len(choice.parts))
        others = [choice for choice in choices if choice is not shortest]
        for part in shortest.parts:
            self._left -= 1
            if self._left < 0:
                raise UndecidedError
            if self.run([part], dict(cells), list(others)):
                return True
            if isinstance(part, Within) and not self._restrict(self._space.negation(part), cells):
                return False
        return False

    def _narrow(self, waiting: list[Formula], cells: dict[int, int], choices: list[Or]) -> bool:
        while waiting:
            formula = waiting.pop()
            match formula:
                case And(parts):
                    waiting.extend(parts)
                case Or():
                    choices.append(formula)
                case Within():
                    if not self._restrict(formula, cells):
                        return False
        return True

    def _restrict(self, literal: Formula, cells: dict[int, int]) -> bool:
        if not isinstance(literal, Within):
            raise TypeError("only a literal narrows the cells")
        before = cells.get(literal.variable, self._space.full[literal.variable])
        after = before & literal.mask
        if not after:
            return False
        cells[literal.variable] = after
        tied = self._space.implied if after == TRUE_CELL else self._space.implying
        if after != before and literal.variable in tied and after in (FALSE_CELL, TRUE_CELL):
            return all(self._set(other, after, cells) for other in tied[literal.variable])
        return True

    def _set(self, label: int, cell: int, cells: dict[int, int]) -> bool:
        cells[label] = cells.get(label, FALSE_CELL | TRUE_CELL) & cell
        return cells[label] != 0

    def _open_parts(self, choice: Or, cells: dict[int, int]) -> list[Formula] | None:
        """The alternatives that may still hold; None where one of them holds already."""
        found: list[Formula] = []
        for part in choice.parts:
            held = self._held(part, cells)
            if held:
                return None
            if held is None:
                found.append(part)
        return found

    def _held(self, formula: Formula, cells: dict[int, int]) -> bool | None:
        match formula:
            case Within(variable, mask):
                left = cells.get(variable, self._space.full[variable])
                return True if not left & ~mask else None if left & mask else False
            case And(parts):
                return _all(self._held(part, cells) for part in parts)
            case Or(parts):
                held = _all(_opposite(self._held(part, cells)) for part in parts)
                return _opposite(held)


def _all(answers: Iterable[bool | None]) -> bool | None:
    result: bool | None = True
    for answer in answers:
        if answer is False:
            return False
        if answer is None:
            result = None
    return result


def _opposite(answer: bool | None) -> bool | None:  # noqa: FBT001 - a truth value, not an option
    return None if answer is None else not answer
