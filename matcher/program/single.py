"""One profile against all policies: verdicts and the unknown fields that matter, in a fraction of a millisecond."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from matcher.facts import Facts, facts_on
from matcher.profile import Profile
from matcher.program.normal_form import CONSTANTS
from matcher.program.tables import Integers
from matcher.recommend import applicable_condition
from matcher.rules import Finding, evaluate
from matcher.truth import Truth
from policies.condition import DECLARED

if TYPE_CHECKING:
    from matcher.program.program import Program

Truths = NDArray[np.uint8]
Masks = NDArray[np.uint64]


@dataclass(frozen=True)
class Matches:
    """All verdicts for one profile.

    Attributes:
        program: gives the policies, in the order of the verdicts.
        facts: the facts on the day, derived fields computed.
        truths: policies; 0 no, 1 unknown, 2 yes (:class:`~matcher.truth.Truth`).
        fields: the fields that are not known, or not exactly enough.
        masks: policies x words; bit ``i % 64`` of word ``i // 64`` says that ``fields[i]`` could
            decide the policy's unknown verdict.
    """

    program: Program
    facts: Facts
    truths: Truths
    fields: tuple[str, ...]
    masks: Masks

    def missing(self, policy: int) -> tuple[str, ...]:
        """The fields that could decide the verdict on policy number ``policy``, in the order of a form.

        The same set as :func:`matcher.rules.missing`; ``other`` stands for a declared condition.
        """
        bits = int.from_bytes(self.masks[policy].tobytes(), "little")
        return tuple(name for i, name in enumerate(self.fields) if bits >> i & 1)

    def field_counts(self) -> dict[str, int]:
        """For each field in how many undecided policies its value matters; most first."""
        bits = np.unpackbits(self.masks.view(np.uint8), axis=1, bitorder="little")[:, : len(self.fields)]
        counts = dict(zip(self.fields, bits.sum(axis=0, dtype=np.int64).tolist(), strict=True))
        return dict(sorted(((name, count) for name, count in counts.items() if count), key=lambda item: -item[1]))

    def finding(self, policy: int) -> Finding:
        """The evaluated tree of policy number ``policy``, by the plain evaluator."""
        return evaluate(applicable_condition(self.program.policies[policy]), self.facts, self.program.vocabulary)


@dataclass(frozen=True)
class SingleTables:
    """What :func:`match_one` needs of a program, made once.

    Attributes:
        leaf: for each literal the position of its leaf's truth, all encoders one after another.
        sign, shift: a literal's truth is ``sign * truth + shift`` modulo 256, turned round where negated.
        field: for each literal its field's place in ``names``.
        groups: (all?, first node row, last + 1, first edge, last + 1) of nodes of one level and kind.
    """

    program: Program

    @cached_property
    def leaf(self) -> NDArray[np.intp]:
        """Positions of the leaves' truths."""
        first = np.cumsum([0, *(len(slot.encoder.leaves) for slot in self.program.slots)])
        return np.array([first[slot] + leaf for slot, leaf in self.program.places], np.intp)

    @cached_property
    def sign(self) -> Truths:
        """Factors, 255 standing for -1."""
        return np.array([255 if literal.negated else 1 for literal in self.program.graph.literals], np.uint8)

    @cached_property
    def shift(self) -> Truths:
        """What is added."""
        return np.array([2 if literal.negated else 0 for literal in self.program.graph.literals], np.uint8)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The fields of all literals, in the order of a form, then ``other``."""
        used = {literal.leaf.field for literal in self.program.graph.literals}
        return (*(name for name in self.program.vocabulary.fields if name in used), DECLARED)

    @cached_property
    def field(self) -> NDArray[np.intp]:
        """Places in ``names``."""
        place = {name: i for i, name in enumerate(self.names)}
        return np.array([place[literal.leaf.field] for literal in self.program.graph.literals], np.intp)

    @cached_property
    def groups(self) -> tuple[tuple[bool, int, int, int, int], ...]:
        """Runs of nodes that can be evaluated together."""
        graph, starts = self.program.graph, self.program.tables.arrays.node_starts
        kinds = [(level, node.conjunctive) for level, node in zip(graph.levels, graph.nodes, strict=True)]
        edges = [i for i, kind in enumerate(kinds) if i == 0 or kind != kinds[i - 1]]
        first = CONSTANTS + len(graph.literals)
        return tuple(
            (kinds[a][1], first + a, first + b, int(starts[a]), int(starts[b]))
            for a, b in zip(edges, [*edges[1:], len(kinds)], strict=True)
        )


def match_one(program: Program, profile: Profile, *, backend: str | None = None) -> Matches:
    """Every policy of the program for one profile; ``backend`` as for a batch."""
    tables = program.single
    facts = facts_on(profile, program.as_of)
    leaf_truths = np.frombuffer(b"".join([slot.encoder.truths(facts) for slot in program.slots]), np.uint8)
    rows = program.graph.size
    truths = np.empty(rows, np.uint8)
    truths[:CONSTANTS] = _CONSTANT_TRUTHS
    literals = truths[CONSTANTS : CONSTANTS + len(tables.leaf)]
    np.take(leaf_truths, tables.leaf, out=literals, mode="clip")
    np.multiply(literals, tables.sign, out=literals)
    np.add(literals, tables.shift, out=literals)
    undecided = np.flatnonzero(literals == Truth.UNKNOWN)
    fields = np.unique(tables.field[undecided])
    own = np.zeros(len(tables.names), np.int64)
    own[fields] = np.arange(len(fields))
    words = len(fields) // 64 + 1  # one bit more for declared conditions
    masks = np.zeros((words, rows), np.uint64)
    masks[(len(fields)) // 64, Truth.UNKNOWN] = np.uint64(1) << np.uint64(len(fields) % 64)
    bit = own[tables.field[undecided]]
    masks[bit // 64, CONSTANTS + undecided] = np.uint64(1) << (bit % 64).astype(np.uint64)
    step = _step(backend)
    step(program, truths, masks)
    roots = program.tables.roots
    names = (*(tables.names[i] for i in fields), DECLARED)
    return Matches(program, facts, truths[roots], names, masks[:, roots].T.copy())


_CONSTANT_TRUTHS: Final = np.array([Truth.NO, Truth.UNKNOWN, Truth.YES], np.uint8)


def _step(backend: str | None) -> Callable[[Program, Truths, Masks], None]:
    if backend == "numpy" or (backend is None and not find_spec("numba")):
        return _nodes_numpy
    from matcher.program.kernel_numba import single_nodes

    def compiled(program: Program, truths: Truths, masks: Masks) -> None:
        t = program.tables.arrays
        single_nodes(truths, masks, len(truths) - len(t.conjunctive), t.conjunctive, t.node_starts, t.children)

    return compiled


def _nodes_numpy(program: Program, truths: Truths, masks: Masks) -> None:
    """The truth of every node, and the mask of every node that is unknown: those of its children together."""
    arrays = program.tables.arrays
    first_node = len(truths) - len(arrays.conjunctive)
    for conjunctive, first, last, low, high in program.single.groups:
        children: Integers = arrays.children[low:high]
        starts = arrays.node_starts[first - first_node : last - first_node] - low
        reduce = np.minimum.reduceat if conjunctive else np.maximum.reduceat
        out = truths[first:last]
        reduce(np.take(truths, children), starts, out=out)
        undecided = out == Truth.UNKNOWN
        for word in masks:
            np.multiply(np.bitwise_or.reduceat(np.take(word, children), starts), undecided, out=word[first:last])
