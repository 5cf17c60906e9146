"""Sinks that name people: lists of rows, what is missing for whom, who is one answer away, samples."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from matcher.applicability import applicable_condition
from matcher.facts import facts_on
from matcher.profile import Profile
from matcher.program.normal_form import CONSTANTS, Graph
from matcher.program.planes import Words
from matcher.program.sinks import Block
from matcher.rules import Finding, evaluate
from matcher.truth import Truth
from policies.condition import DECLARED

if TYPE_CHECKING:
    from matcher.program.program import Program

Places = NDArray[np.int64]
_POLICIES_AT_A_TIME: Final = 512
"""Policies whose planes are spread out to one byte for each profile at a time, to bound the memory."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """Policy-profile pairs: numbers of policies, and of rows of the batch, side by side."""

    policies: Places
    rows: Places


def pairs_of(block: Block, truth: Truth) -> Iterator[Pairs]:
    """The pairs of a tile with this verdict, by policy, then by row."""
    roots = block.tables.roots
    for first in range(0, len(roots), _POLICIES_AT_A_TIME):
        chosen = block.rows[roots[first : first + _POLICIES_AT_A_TIME], :, : block.words]
        plane = chosen[:, 0] if truth is Truth.YES else chosen[:, 1] & ~chosen[:, 0] if truth is Truth.UNKNOWN else ~chosen[:, 1]
        policies, rows = _set_bits(plane, block.count)
        if len(rows):
            yield Pairs(policies + first, rows + block.start)


def _set_bits(planes: Words, count: int) -> tuple[Places, Places]:
    """Plane number and bit number of every bit set among the first ``count`` of each plane."""
    spread = np.unpackbits(np.ascontiguousarray(planes).view(np.uint8), axis=1, count=count, bitorder="little")
    plane, bit = np.nonzero(spread)
    return plane.astype(np.int64), bit.astype(np.int64)


class Ids:
    """For every policy the rows with one verdict, numbered through all batches.

    Memory grows with the result.
    """

    def __init__(self, truth: Truth = Truth.YES) -> None:
        self._truth: Final = truth
        self._before = 0
        self._policies = 0
        self._found: list[Pairs] = []

    def begin(self, program: Program, rows: int) -> None:  # noqa: ARG002 - the form of a Sink
        """Note how many policies there are."""
        self._policies = len(program.policies)

    def take(self, block: Block) -> None:
        """Collect the tile's pairs."""
        self._found += [Pairs(pairs.policies, pairs.rows + self._before) for pairs in pairs_of(block, self._truth)]

    def end(self, rows: int) -> None:
        """Number the next batch on."""
        self._before += rows

    @property
    def result(self) -> list[Places]:
        """For each policy its rows, ascending."""
        policies = np.concatenate([pairs.policies for pairs in self._found] or [np.zeros(0, np.int64)])
        rows = np.concatenate([pairs.rows for pairs in self._found] or [np.zeros(0, np.int64)])
        order = np.lexsort((rows, policies))
        ends = np.searchsorted(policies[order], np.arange(self._policies + 1))
        return [rows[order][a:b] for a, b in pairwise(ends)]


def missing_planes(block: Block, graph: Graph) -> list[Mapping[str, Words]]:
    """For each policy and field the plane of profiles for whom the field could decide an unknown verdict.

    The same fields as :func:`matcher.rules.missing`: a leaf counts where it and all nodes above it are
    unknown, which is found from the leaves up.
    """
    live = block.rows[:, :, : block.words]
    found: list[Mapping[str, Words]] = [{}] * graph.size
    found[Truth.UNKNOWN] = {DECLARED: live[Truth.UNKNOWN, 1]}
    for row, literal in enumerate(graph.literals, CONSTANTS):
        found[row] = {literal.leaf.field: live[row, 1] & ~live[row, 0]}
    for row, node in enumerate(graph.nodes, CONSTANTS + len(graph.literals)):
        undecided = live[row, 1] & ~live[row, 0]
        own: dict[str, Words] = {}
        for child in node.children:
            for field, plane in found[child].items():
                own[field] = own[field] | plane if field in own else plane
        found[row] = {field: plane & undecided for field, plane in own.items()}
    return [found[root] for root in block.tables.roots]


@dataclass(frozen=True, slots=True)
class OneAway:
    """Who would become eligible for a policy if asked for one field."""

    field: str
    pairs: Pairs


class OneUnknownAway:
    """Pairs that are undecided, and eligible as soon as all open tests on one single field are met.

    A field that would have to meet two tests no value meets together is reported too; such a policy is
    one for nobody, which the check of the catalogue finds.
    """

    def __init__(self) -> None:
        self.result: list[OneAway] = []
        self._program: Program | None = None
        self._before = 0
        self._plans: list[tuple[str, NDArray[np.intp], NDArray[np.int32], NDArray[np.intp]]] = []

    def begin(self, program: Program, rows: int) -> None:  # noqa: ARG002 - the form of a Sink
        """Find for each field which nodes and policies depend on it."""
        if self._program is not program:
            self._program, self._plans = program, list(_dependents(program.graph))

    def take(self, block: Block) -> None:
        """Evaluate the tile once more for each field, as if its open tests were met."""
        if self._program is None:
            return
        first_node = CONSTANTS + len(self._program.graph.literals)
        roots = block.tables.roots
        for field, literals, nodes, policies in self._plans:
            touched = np.concatenate([literals, nodes + first_node])
            kept = block.rows[touched]
            before = block.rows[roots[policies], 0, : block.words]
            block.rows[literals, 0] = block.rows[literals, 1]
            block.backend.nodes(block.tables, block.rows, nodes)
            gained = block.rows[roots[policies], 0, : block.words] & ~before
            block.rows[touched] = kept
            if gained.any():
                policy, row = _set_bits(gained, block.count)
                self.result.append(OneAway(field, Pairs(policies[policy].astype(np.int64), row + block.start + self._before)))

    def end(self, rows: int) -> None:
        """Number the next batch on."""
        self._before += rows


def _dependents(graph: Graph) -> Iterator[tuple[str, NDArray[np.intp], NDArray[np.int32], NDArray[np.intp]]]:
    """For each field its literal rows, the nodes above them in order, and the policies they reach."""
    by_field: dict[str, list[int]] = {}
    for row, literal in enumerate(graph.literals, CONSTANTS):
        by_field.setdefault(literal.leaf.field, []).append(row)
    first_node = CONSTANTS + len(graph.literals)
    roots = np.array(graph.roots)
    for field, literals in by_field.items():
        touched = np.zeros(graph.size, np.bool_)
        touched[literals] = True
        for number, node in enumerate(graph.nodes):
            touched[first_node + number] = any(touched[child] for child in node.children)
        yield field, np.array(literals), np.flatnonzero(touched[first_node:]).astype(np.int32), np.flatnonzero(touched[roots])


class Samples:
    """For every policy a few rows with one verdict, drawn evenly and the same for the same seed.

    Attributes:
        numbers: what the rows of the next batch are called; by themselves they are numbered through all batches.
    """

    def __init__(self, most: int, truth: Truth = Truth.YES, seed: int = 0) -> None:
        self._most: Final = most
        self._truth: Final = truth
        self._seed: Final = np.uint64(seed)
        self._before = 0
        self._kept: dict[int, list[tuple[int, int]]] = {}
        self.numbers: Places | None = None

    def begin(self, program: Program, rows: int) -> None:
        """Nothing to prepare."""

    def take(self, block: Block) -> None:
        """Keep the rows whose scrambled numbers are the smallest so far."""
        for pairs in pairs_of(block, self._truth):
            rows = pairs.rows + self._before if self.numbers is None else self.numbers[pairs.rows]
            keys = _scramble(rows.astype(np.uint64) + self._seed)
            order = np.lexsort((keys, pairs.policies))
            policies = pairs.policies[order]
            starts = np.searchsorted(policies, np.unique(policies))
            for start, end in zip(starts, [*starts[1:], len(policies)], strict=True):
                best = order[start : min(end, start + self._most)]
                own = self._kept.setdefault(int(policies[start]), [])
                own += zip(keys[best].tolist(), rows[best].tolist(), strict=True)
                own.sort()
                del own[self._most :]

    def end(self, rows: int) -> None:
        """Number the next batch on."""
        self._before += rows

    @property
    def result(self) -> dict[int, list[int]]:
        """Policy number -> rows, ascending."""
        return {policy: sorted(row for _, row in kept) for policy, kept in sorted(self._kept.items())}

    @property
    def drawn(self) -> dict[int, list[tuple[int, int]]]:
        """Policy number -> (key, row); of several draws the smallest keys are the draw of all."""
        return dict(sorted(self._kept.items()))

    def findings(self, program: Program, profile: Callable[[int], Profile]) -> dict[int, list[tuple[int, Finding]]]:
        """The samples with their evaluated trees; ``profile`` reads the profile of a row."""
        found: dict[int, list[tuple[int, Finding]]] = {}
        for policy, rows in self.result.items():
            condition = applicable_condition(program.policies[policy])
            facts = [(row, facts_on(profile(row), program.as_of)) for row in rows]
            found[policy] = [(row, evaluate(condition, one, program.vocabulary)) for row, one in facts]
        return found


def _scramble(numbers: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """A fixed one-to-one map of 64-bit numbers that leaves no order (splitmix64)."""
    mixed = numbers + np.uint64(0x9E37_79B9_7F4A_7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58_476D_1CE4_E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D0_49BB_1331_11EB)
    return mixed ^ (mixed >> np.uint64(31))
