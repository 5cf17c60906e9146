"""Conditions as one shared graph: "not" pushed to the leaves, flattened, equal parts kept once.

De Morgan's laws are exact in Kleene logic, so a "not" disappears into the sign of a leaf. What is
known when compiling (leaves on the built-in field ``as_of``; declared conditions that are directly
required and count as met) is folded away. Equal sub-trees of all policies become one node.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from matcher.predicate import value_truth
from matcher.truth import Truth, negation
from policies.condition import AS_OF, All, AnyOf, Condition, Leaf, Not
from policies.vocabulary import Vocabulary

CONSTANTS: Final = 3
"""The first rows of a graph stand for NO, UNKNOWN and YES, each at its truth value."""

_COMPLEMENT: Final = {">=": "<", "<": ">=", ">": "<=", "<=": ">", "is_true": "is_false", "is_false": "is_true"}

_Key: TypeAlias = tuple[bool, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Literal:
    """A leaf (its evidence left out) that must hold, or must not where ``negated``."""

    leaf: Leaf
    negated: bool


@dataclass(frozen=True, slots=True)
class Node:
    """An "all" (``conjunctive``) or "any" over rows of the graph that stand before it."""

    conjunctive: bool
    children: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Graph:
    """All conditions as rows: three constants, the literals, then the nodes, children first.

    Attributes:
        literals: row ``CONSTANTS + i`` is ``literals[i]``.
        nodes: row ``CONSTANTS + len(literals) + i`` is ``nodes[i]``; sorted by level, then by kind.
        levels: for each node how many nodes lie below it on the longest way, from 0.
        roots: the row of each condition, in the order given.
    """

    literals: tuple[Literal, ...]
    nodes: tuple[Node, ...]
    levels: tuple[int, ...]
    roots: tuple[int, ...]

    @property
    def size(self) -> int:
        """The number of rows."""
        return CONSTANTS + len(self.literals) + len(self.nodes)


def build_graph(conditions: Iterable[Condition], as_of: dt.date, vocabulary: Vocabulary) -> Graph:
    """The graph of ``conditions`` on the day ``as_of``.

    Raises:
        KeyError, TypeError, ValueError: an ``as_of`` leaf whose operand is no date.
    """
    builder = _Builder(as_of, vocabulary)
    return builder.finish([builder.add(condition, direct=True, positive=True) for condition in conditions])


class _Builder:
    """Rows by content. Literals and nodes share one numbering until :meth:`finish` sorts them."""

    def __init__(self, as_of: dt.date, vocabulary: Vocabulary) -> None:
        self._as_of = as_of
        self._vocabulary = vocabulary
        self._rows: list[Literal | Node | None] = [None] * CONSTANTS
        self._literal_rows: dict[tuple[str, str, str, bool], int] = {}
        self._node_rows: dict[_Key, int] = {}

    def add(self, condition: Condition, *, direct: bool, positive: bool) -> int:
        """The row of ``condition``; ``direct`` and ``positive`` as in :func:`matcher.rules.evaluate`."""
        match condition:
            case Leaf():
                return self._leaf(condition, direct=direct, positive=positive)
            case Not(child):
                return self.add(child, direct=direct, positive=not positive)
            case All(children):
                conjunctive = positive
            case AnyOf(children):
                conjunctive = not positive
        required = direct and (conjunctive or len(children) == 1)
        return self._node(conjunctive, [self.add(child, direct=required, positive=positive) for child in children])

    def _leaf(self, leaf: Leaf, *, direct: bool, positive: bool) -> int:
        if leaf.declared:
            return Truth.YES if direct else Truth.UNKNOWN
        if leaf.field == AS_OF:
            outcome = value_truth(leaf, self._as_of, self._vocabulary)
            return outcome if positive else negation(outcome)
        op = leaf.op
        if not positive and op in _COMPLEMENT:
            op, positive = _COMPLEMENT[op], True
        key = (leaf.field, op, repr(leaf.value), positive)
        row = self._literal_rows.get(key)
        if row is None:
            row = self._literal_rows[key] = self._append(Literal(Leaf(leaf.field, op, leaf.value), not positive))
        return row

    def _append(self, content: Literal | Node) -> int:
        self._rows.append(content)
        return len(self._rows) - 1

    def _node(self, conjunctive: bool, children: Iterable[int]) -> int:  # noqa: FBT001 - the kind, not an option
        neutral, decisive = (Truth.YES, Truth.NO) if conjunctive else (Truth.NO, Truth.YES)
        flat: set[int] = set()
        for child in children:
            content = self._rows[child]
            if isinstance(content, Node) and content.conjunctive is conjunctive:
                flat.update(content.children)
            else:
                flat.add(child)
        flat.discard(neutral)
        if decisive in flat:
            return decisive
        if len(flat) < 2:
            return flat.pop() if flat else neutral
        return self._intern(conjunctive, tuple(sorted(flat)))

    def _intern(self, conjunctive: bool, children: tuple[int, ...]) -> int:  # noqa: FBT001 - the kind, not an option
        key = (conjunctive, children)
        row = self._node_rows.get(key)
        if row is None:
            row = self._node_rows[key] = self._append(Node(conjunctive, children))
        return row

    def finish(self, roots: Sequence[int]) -> Graph:
        """The rows that ``roots`` reach, common beginnings shared, in order of evaluation."""
        reached = self._reached(roots)
        uses = Counter(child for row in reached if isinstance(node := self._rows[row], Node) for child in node.children)
        ordered = {
            row: tuple(sorted(node.children, key=lambda child: (-uses[child], child)))
            for row in reached
            if isinstance(node := self._rows[row], Node)
        }
        shared = _SharedBeginnings(self, {(self._kind(row), children): row for row, children in ordered.items()})
        split = {row: shared.split(self._kind(row), children) for row, children in ordered.items()}
        return self._sorted(roots, split)

    def _kind(self, row: int) -> bool:
        node = self._rows[row]
        return isinstance(node, Node) and node.conjunctive

    def _reached(self, roots: Iterable[int]) -> list[int]:
        found: dict[int, None] = {}
        waiting = list(roots)
        while waiting:
            row = waiting.pop()
            if row not in found:
                found[row] = None
                content = self._rows[row]
                if isinstance(content, Node):
                    waiting.extend(content.children)
        return sorted(found)

    def beginning(self, conjunctive: bool, children: tuple[int, ...]) -> int:  # noqa: FBT001 - the kind, not an option
        """A row for the common beginning of several nodes."""
        return self._append(Node(conjunctive, children))

    def _sorted(self, roots: Sequence[int], split: dict[int, tuple[int, ...]]) -> Graph:
        def children_of(row: int) -> tuple[int, ...]:
            node = self._rows[row]
            return split.get(row) or (node.children if isinstance(node, Node) else ())

        level: dict[int, int] = {}
        stack = list(dict.fromkeys(roots))
        while stack:  # post-order without recursion: a row is settled once all its children are
            row = stack[-1]
            waiting = [child for child in children_of(row) if child not in level]
            if waiting:
                stack.extend(waiting)
                continue
            stack.pop()
            level[row] = 1 + max((level[child] for child in children_of(row)), default=-1)
        literals = sorted(row for row in level if isinstance(self._rows[row], Literal))
        nodes = sorted((row for row in level if isinstance(self._rows[row], Node)), key=lambda r: (level[r], self._kind(r), r))
        number = {row: row for row in range(CONSTANTS)}
        for row in (*literals, *nodes):
            number[row] = len(number)
        return Graph(
            tuple(literal for row in literals if isinstance(literal := self._rows[row], Literal)),
            tuple(Node(self._kind(row), tuple(number[child] for child in children_of(row))) for row in nodes),
            tuple(level[row] - 1 for row in nodes),
            tuple(number[row] for row in roots),
        )


class _SharedBeginnings:
    """Rows for beginnings that several nodes have in common, when their children are in one order."""

    def __init__(self, builder: _Builder, nodes: Mapping[_Key, int]) -> None:
        self._builder = builder
        self._rows: dict[_Key, int] = dict(nodes)
        self._counts: Counter[_Key] = Counter()
        for conjunctive, children in nodes:
            for length in range(2, len(children) + 1):
                self._counts[conjunctive, children[:length]] += 1

    def split(self, conjunctive: bool, children: tuple[int, ...]) -> tuple[int, ...]:  # noqa: FBT001 - the kind
        """``children`` with the longest beginning that more nodes have replaced by its row."""
        own = self._counts[conjunctive, children]
        for length in range(len(children) - 1, 1, -1):
            key = (conjunctive, children[:length])
            if self._counts[key] > own:
                if key not in self._rows:
                    self._rows[key] = self._builder.beginning(conjunctive, self.split(*key))
                return (self._rows[key], *children[length:])
        return children
