"""Reach: how many profiles two schemes have in common, exactly, from the bit-planes of the kernel."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from matcher.program import Planes, compile_program
from policies.schema import Policy
from policies.vocabulary import Vocabulary

if TYPE_CHECKING:
    import pyarrow as pa

_ROWS: Final = 8
_WORDS: Final = 2048
"""Planes compared at a time: 8 x 2,048 words against as many stay in the processor's cache."""


@dataclass(frozen=True, slots=True)
class PairReach:
    """Numbers of profiles eligible for both schemes, for the first only and for the second only."""

    both: int
    first_only: int
    second_only: int

    @property
    def share(self) -> float:
        """Those in both as a share of the smaller scheme's reach; 0 where one reaches nobody."""
        smaller = min(self.first_only, self.second_only) + self.both
        return self.both / smaller if smaller else 0.0


class Reach:
    """The profiles that each scheme reaches, as bits.

    Attributes:
        ids: the schemes, in the order of the rows.
        profiles: number of profiles.
        planes: schemes x words; bit ``i % 64`` of word ``i // 64`` says that profile ``i`` is eligible.
    """

    def __init__(self, ids: Iterable[str], planes: NDArray[np.uint64], profiles: int) -> None:
        self.ids: Final = tuple(ids)
        self.profiles: Final = profiles
        self.planes: Final = planes
        self._place: Final = {name: place for place, name in enumerate(self.ids)}

    def count(self, scheme: str) -> int:
        """How many profiles a scheme reaches."""
        return int(np.bitwise_count(self.planes[self._place[scheme]]).sum(dtype=np.int64))

    def pair(self, first: str, second: str) -> PairReach:
        """The profiles of two schemes.

        Raises:
            KeyError: a scheme that was not measured.
        """
        one, other = self.planes[self._place[first]], self.planes[self._place[second]]
        both = int(np.bitwise_count(one & other).sum(dtype=np.int64))
        return PairReach(both, self.count(first) - both, self.count(second) - both)

    def all_pairs(self) -> NDArray[np.int32]:
        """Schemes x schemes: profiles in both; the diagonal holds each scheme's own reach."""
        return pair_counts(self.planes)


def timeless(policy: Policy) -> Policy:
    """The scheme without its dates and status, so that those of different years can be compared."""
    return replace(policy, effective_from=None, effective_to=None, status="in_force")


def measure(policies: Iterable[Policy], population: pa.Table, as_of: dt.date, vocabulary: Vocabulary) -> Reach:
    """Match every scheme, whatever its dates, with every profile.

    Declared conditions that are directly required count as met, as in every verdict.

    Raises:
        CompileError: a condition does not fit its field.
        ColumnError: a column of the population cannot be read as its field.
    """
    listed = [timeless(policy) for policy in policies]
    program = compile_program(listed, as_of, vocabulary)
    sink, found, rows = Planes(), [], 0
    for batch in population.combine_chunks().to_batches():
        program.match_batch(batch, sink)
        if batch.num_rows % 64 and rows + batch.num_rows < population.num_rows:
            raise ValueError("the batches of a population must be of a multiple of 64 rows")
        found.append(sink.result[:, 0, :].copy())
        rows += batch.num_rows
    planes = np.concatenate(found, axis=1) if found else np.zeros((len(listed), 0), np.uint64)
    return Reach((policy.id for policy in listed), planes, rows)


def pair_counts(planes: NDArray[np.uint64], workers: int = 2) -> NDArray[np.int32]:
    """Bits common to every pair of rows; rows that are equal are compared once.

    Args:
        planes: schemes x words.
        workers: threads; the work is done outside the interpreter's lock.

    Returns:
        A symmetric matrix, schemes x schemes.
    """
    distinct, place = np.unique(planes, axis=0, return_inverse=True)
    count = len(distinct)
    result = np.zeros((count, count), np.int32)

    def block(first: int) -> None:
        own = distinct[first : first + _ROWS]
        for second in range(first, count, _ROWS):
            other = distinct[second : second + _ROWS]
            common = np.zeros((len(own), len(other)), np.int64)
            for word in range(0, planes.shape[1], _WORDS):
                left, right = own[:, None, word : word + _WORDS], other[None, :, word : word + _WORDS]
                common += np.bitwise_count(left & right).sum(axis=2, dtype=np.int64)
            result[first : first + _ROWS, second : second + _ROWS] = common
            result[second : second + _ROWS, first : first + _ROWS] = common.T

    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(block, range(0, count, _ROWS)))
    place = place.reshape(-1)
    return result if count == len(planes) and (place == np.arange(count)).all() else result[np.ix_(place, place)]
