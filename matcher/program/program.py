"""Compiled policies: one program, run for one profile or for batches of any size."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np

from matcher.program.backend import Backend, new_backend
from matcher.program.coding import MOST_OPERANDS
from matcher.program.columns import Batch, Bytes
from matcher.program.encoders import AnyEncoder, encoder_for
from matcher.program.normal_form import Graph, build_graph
from matcher.program.planes import Words
from matcher.program.sinks import Block, Sink
from matcher.program.tables import Tables, build_tables
from matcher.recommend import applicable_condition
from matcher.truth import Truth
from policies.condition import Leaf
from policies.schema import Policy
from policies.vocabulary import Vocabulary

if TYPE_CHECKING:
    import pyarrow as pa

    from matcher.profile import Profile
    from matcher.program.single import Matches, SingleTables

_ROW_BYTES: Final = 24 * 1024 * 1024
"""Most memory for the planes of one tile; a longer program gets smaller tiles."""
_SMALLEST_TILE: Final = 512


class CompileError(ValueError):
    """Policies that cannot be compiled; ``problems`` names each policy and what is wrong with it."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(self.problems[:5]))


class _Workspace(threading.local):
    """The buffers of one thread, kept from batch to batch: first touch of memory costs more than the work."""

    def __init__(self) -> None:
        self.backend: Backend | None = None
        self.codes: Bytes = np.empty((0, 0), np.uint8)
        self.rows: Words = np.empty((0, 2, 0), np.uint64)

    def prepare(self, name: str | None, columns: int, rows: int) -> tuple[Backend, int]:
        """The back end of that name and the profiles that one tile holds."""
        backend = self.backend
        if backend is None or (name is not None and backend.name != name):
            backend = self.backend = new_backend(name)
        fitting = _ROW_BYTES * 4 // max(rows, 1) // _SMALLEST_TILE * _SMALLEST_TILE
        tile = max(_SMALLEST_TILE, min(backend.tile, fitting))
        if self.codes.shape != (columns, backend.span):
            self.codes = np.empty((columns, backend.span), np.uint8)
        if self.rows.shape != (rows, 2, tile // 64):
            self.rows = np.empty((rows, 2, tile // 64), np.uint64)
        return backend, tile


@dataclass(frozen=True, slots=True)
class Slot:
    """An encoder and the first of its columns of codes."""

    encoder: AnyEncoder
    column: int


class Program:
    """All policies of a catalogue for one day, compiled by :func:`compile_program`.

    Verdicts are those of :func:`matcher.rules.evaluate` on
    :func:`matcher.recommend.applicable_condition`, for every policy and every profile.

    Attributes:
        policies: in the order in which verdicts are given.
        as_of: the day of the question.
        graph: the conditions.
        slots: what turns columns into codes.
        places: for each literal of the graph its slot and its leaf in it.
    """

    def __init__(self, policies: Sequence[Policy], as_of: dt.date, vocabulary: Vocabulary) -> None:
        self.policies: Final = tuple(policies)
        self.as_of: Final = as_of
        self.vocabulary: Final = vocabulary
        self.graph: Final = _graph(self.policies, as_of, vocabulary)
        self.slots, self.places = _slots(self.graph, as_of, vocabulary)
        self._width: Final = sum(slot.encoder.width for slot in self.slots)
        self._tables: tuple[tuple[int, ...], Tables] | None = None
        self._workspace = _Workspace()

    @property
    def policy_ids(self) -> tuple[str, ...]:
        """The ids of the policies, in order."""
        return tuple(policy.id for policy in self.policies)

    @property
    def fields(self) -> tuple[str, ...]:
        """The columns that a batch should have; others are ignored, absent ones are unknown."""
        used = {name for slot in self.slots for name in slot.encoder.sources}
        return tuple(name for name in self.vocabulary.fields if name in used)

    def match_one(self, profile: Profile, *, backend: str | None = None) -> Matches:
        """Every policy for one profile, with the unknown fields that matter; ``backend`` as for a batch."""
        from matcher.program.single import match_one

        return match_one(self, profile, backend=backend)

    def match_batch(self, batch: pa.RecordBatch, sink: Sink, *, backend: str | None = None) -> None:
        """Every policy for every row of a batch.

        Args:
            batch: columns named by profile fields, absent or null = unknown. Terms, regions,
                industries and labels may be given by value or by name, plain or dictionary-encoded.
            sink: takes the verdicts, tile by tile.
            backend: ``numba`` or ``numpy``; the fastest one installed if left out.

        Raises:
            ColumnError: a column cannot be read as its field.
            BackendError: the back end is not installed.
        """
        source = Batch(batch, self.vocabulary, self.as_of)
        writes = [(slot.column, slot.encoder.width, slot.encoder.bind(source)) for slot in self.slots]
        tables = self.tables
        space = self._workspace
        chosen, tile = space.prepare(backend, self._width, tables.row_count)
        sink.begin(self, source.rows)
        for start in range(0, source.rows, chosen.span):
            stop = min(start + chosen.span, source.rows)
            for column, width, write in writes:
                write(start, stop, space.codes[column : column + width, : stop - start], chosen)
            for first in range(0, stop - start, tile):
                count = min(tile, stop - start - first)
                chosen.run(space.codes, first, count, tables, space.rows)
                sink.take(Block(start + first, count, space.rows, tables, chosen))
        sink.end(source.rows)

    @cached_property
    def single(self) -> SingleTables:
        """What the match of one profile needs, made on first use."""
        from matcher.program.single import SingleTables

        return SingleTables(self)

    @property
    def tables(self) -> Tables:
        """The program as tables, with the classes known so far."""
        version = tuple(slot.encoder.version for slot in self.slots)
        if self._tables is None or self._tables[0] != version:
            atoms = []
            for place, leaf in self.places:
                slot = self.slots[place]
                atoms.append(tuple(slot.encoder.atom(slot.column, leaf, truth) for truth in (Truth.YES, Truth.UNKNOWN)))
            self._tables = version, build_tables(self.graph, [(yes, unknown) for yes, unknown in atoms])
        return self._tables[1]

    def __getstate__(self) -> Mapping[str, object]:
        return {"policies": self.policies, "as_of": self.as_of, "vocabulary": self.vocabulary}

    def __setstate__(self, state: Mapping[str, object]) -> None:
        self.__init__(**state)  # type: ignore[misc]


def compile_program(policies: Iterable[Policy], as_of: dt.date, vocabulary: Vocabulary) -> Program:
    """Compile policies for the day ``as_of``.

    Raises:
        CompileError: naming every policy with a leaf that does not fit its field.
    """
    return Program(tuple(policies), as_of, vocabulary)


def _graph(policies: Sequence[Policy], as_of: dt.date, vocabulary: Vocabulary) -> Graph:
    try:
        return build_graph(map(applicable_condition, policies), as_of, vocabulary)
    except (KeyError, TypeError, ValueError) as error:
        raise CompileError([f"a condition on as_of: {error}"]) from error


def _slots(graph: Graph, as_of: dt.date, vocabulary: Vocabulary) -> tuple[tuple[Slot, ...], tuple[tuple[int, int], ...]]:
    """Encoders for the leaves of all literals, and where each literal's leaf is found."""
    groups: dict[str, list[list[Leaf]]] = {}
    where: dict[tuple[str, str, str], tuple[str, int, int]] = {}
    problems: list[str] = []
    for literal in graph.literals:
        leaf = literal.leaf
        key = (leaf.field, leaf.op, repr(leaf.value))
        if key in where:
            continue
        own = groups.setdefault(leaf.field, [[]])
        if own[-1] and sum(map(_operands, own[-1])) + _operands(leaf) > MOST_OPERANDS:
            own.append([])
        own[-1].append(leaf)
        where[key] = (leaf.field, len(own) - 1, len(own[-1]) - 1)
    slots: list[Slot] = []
    number: dict[tuple[str, int], int] = {}
    column = 0
    for field, lists in groups.items():
        for part, leaves in enumerate(lists):
            try:
                encoder = encoder_for(leaves, as_of, vocabulary)
            except (KeyError, TypeError, ValueError) as error:
                problems.append(f"{field}: {error}")
                continue
            number[field, part] = len(slots)
            slots.append(Slot(encoder, column))
            column += encoder.width
    if problems:
        raise CompileError(problems)
    found = (where[one.leaf.field, one.leaf.op, repr(one.leaf.value)] for one in graph.literals)
    return tuple(slots), tuple((number[field, part], place) for field, part, place in found)


def _operands(leaf: Leaf) -> int:
    return len(leaf.value) if isinstance(leaf.value, tuple) else 1
