"""A compiled program as flat tables, the form in which the back ends run it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from matcher.program.coding import Atom, Test
from matcher.program.normal_form import CONSTANTS, Graph

Integers: TypeAlias = NDArray[np.int32]


@dataclass(frozen=True)
class Tables:
    """Tests on codes, planes made of tests, literals made of planes, nodes made of rows.

    *Planes* are numbered: one for each test, then one for each atom of several tests or inverted,
    then one that is empty. *Rows* are those of :class:`~matcher.program.normal_form.Graph`.

    Attributes:
        tests: sorted by column.
        merged: for each further plane its members and whether it is inverted.
        literals: for each literal the plane where its leaf holds, that where it is unknown, its sign.
        nodes: for each node whether it is an "all", and its children.
        roots: the row of each policy.
    """

    tests: tuple[Test, ...]
    merged: tuple[tuple[tuple[int, ...], bool], ...]
    literals: tuple[tuple[int, int, bool], ...]
    nodes: tuple[tuple[bool, tuple[int, ...]], ...]
    roots: Integers

    @property
    def empty_plane(self) -> int:
        """The plane without a bit."""
        return len(self.tests) + len(self.merged)

    @property
    def plane_count(self) -> int:
        """The number of planes."""
        return self.empty_plane + 1

    @cached_property
    def row_count(self) -> int:
        """The number of rows."""
        return CONSTANTS + len(self.literals) + len(self.nodes)

    @cached_property
    def column_slices(self) -> tuple[tuple[int, int, int], ...]:
        """(column, first test, last test + 1) for each column that is tested."""
        columns = [test.column for test in self.tests]
        starts = [i for i, column in enumerate(columns) if i == 0 or column != columns[i - 1]]
        return tuple((columns[a], a, b) for a, b in zip(starts, [*starts[1:], len(columns)], strict=True))

    @cached_property
    def test_steps(self) -> tuple[tuple[bool, np.uint8, np.uint8], ...]:
        """(bits, first, second) of each test."""
        return tuple((test.bits, np.uint8(test.first), np.uint8(test.second)) for test in self.tests)

    @cached_property
    def atom_steps(self) -> tuple[tuple[int, Integers, bool], ...]:
        """(plane, member planes, inverted) of each further plane."""
        return tuple(
            (len(self.tests) + place, np.array(members, np.int32), inverted)
            for place, (members, inverted) in enumerate(self.merged)
        )

    @cached_property
    def literal_steps(self) -> tuple[tuple[int, int, int, bool], ...]:
        """(row, plane where the leaf holds, plane where it is unknown, negated) of each literal."""
        return tuple((CONSTANTS + place, *literal) for place, literal in enumerate(self.literals))

    @cached_property
    def node_steps(self) -> tuple[tuple[int, bool, tuple[int, ...]], ...]:
        """(row, whether an "all", children) of each node."""
        first = CONSTANTS + len(self.literals)
        return tuple((first + place, *node) for place, node in enumerate(self.nodes))

    @cached_property
    def arrays(self) -> TableArrays:
        """Everything as arrays."""
        return TableArrays(
            np.array([(t.column, t.bits, t.first, t.second) for t in self.tests], np.int32).reshape(-1, 4),
            *_ragged([members for members, _ in self.merged]),
            np.array([inverted for _, inverted in self.merged], np.bool_),
            np.array(self.literals, np.int32).reshape(-1, 3),
            np.array([conjunctive for conjunctive, _ in self.nodes], np.bool_),
            *_ragged([children for _, children in self.nodes]),
        )


@dataclass(frozen=True, slots=True)
class TableArrays:
    """The tables as arrays; ragged ones as starts (one more than entries) and contents."""

    tests: Integers
    merged_starts: Integers
    merged: Integers
    inverted: NDArray[np.bool_]
    literals: Integers
    conjunctive: NDArray[np.bool_]
    node_starts: Integers
    children: Integers


def _ragged(lists: Sequence[Sequence[int]]) -> tuple[Integers, Integers]:
    starts = np.zeros(len(lists) + 1, np.int32)
    np.cumsum([len(one) for one in lists], out=starts[1:])
    return starts, np.array([item for one in lists for item in one], np.int32)


def build_tables(graph: Graph, atoms: Sequence[tuple[Atom, Atom]]) -> Tables:
    """The tables of a graph whose literal ``i`` holds and is unknown on the two ``atoms[i]``.

    Equal tests and equal atoms are kept once.
    """
    wanted = dict.fromkeys(atom for pair in atoms for atom in pair)
    tests = sorted({test for atom in wanted for test in atom.tests}, key=lambda t: (t.column, t.bits, t.first, t.second))
    number = {test: place for place, test in enumerate(tests)}
    merged = [atom for atom in wanted if len(atom.tests) > 1 or (atom.inverted and atom.tests)]
    further = {atom: len(tests) + place for place, atom in enumerate(merged)}
    empty = len(tests) + len(merged)

    def plane(atom: Atom, known: Mapping[Atom, int] = further) -> int:
        if not atom.tests:
            return empty
        return known[atom] if atom in known else number[atom.tests[0]]

    return Tables(
        tuple(tests),
        tuple((tuple(number[test] for test in atom.tests), atom.inverted) for atom in merged),
        tuple((plane(yes), plane(unknown), lit.negated) for (yes, unknown), lit in zip(atoms, graph.literals, strict=True)),
        tuple((node.conjunctive, node.children) for node in graph.nodes),
        np.array(graph.roots, np.int32),
    )
