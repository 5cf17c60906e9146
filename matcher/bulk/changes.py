"""Who gained or lost a policy between two catalogue versions or two days, and why."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import numpy as np

from matcher.applicability import applicable_condition
from matcher.bulk.files import headers, plan, read
from matcher.bulk.profiles import profile_of
from matcher.bulk.rows import BadRow, clean
from matcher.bulk.samples import leaf_findings
from matcher.facts import facts_on
from matcher.profile import Profile
from matcher.program.planes import Words
from matcher.program.program import Program
from matcher.program.sinks import Planes
from matcher.rules import evaluate, failed, missing, nearest_failures
from matcher.sentences import explanation
from matcher.truth import Truth
from policies.condition import Leaf, condition_to_json
from policies.schema import Policy, Text

if TYPE_CHECKING:
    import pyarrow as pa

REASONS: Final[Mapping[str, Text]] = MappingProxyType(
    {
        "new_policy": Text("目录新增了这项政策", "the policy is new in the catalogue"),
        "removed_policy": Text("目录不再有这项政策", "the policy is no longer in the catalogue"),
        "conditions_changed": Text("政策的条件有变", "the conditions of the policy changed"),
        "dates_changed": Text("政策的执行期或状态有变", "the dates or the status of the policy changed"),
        "time_passed": Text("时间到了另一天", "the day asked for is another"),
    }
)
_PLANE_BYTES: Final = 64 * 1024 * 1024
"""Most memory for the planes of both sides."""
_FEWEST_ROWS: Final = 4_096


@dataclass(frozen=True, slots=True)
class Change:
    """One profile gained or lost one policy.

    Attributes:
        row: of the batch.
        gained: whether the profile is eligible after (and was not before), or the other way round.
        reason: one of :data:`REASONS`.
        before, after: the verdict; None where the policy is not in that catalogue.
        fields: the fields that tell: those that ruled the profile out, or were missing, on the side
            where it is not eligible.
        sentences: what was compared there, in words.
    """

    policy: str
    row: int
    gained: bool
    reason: str
    before: Truth | None
    after: Truth | None
    fields: tuple[str, ...] = ()
    sentences: tuple[Text, ...] = ()


def changes(
    before: Program, after: Program, batch: pa.RecordBatch, profile: Callable[[int], Profile] | None = None
) -> Iterator[Change]:
    """Compare two programs on one batch, by policy, then by row.

    Args:
        before: the policies and the day that were.
        after: another catalogue version, another day, or both.
        batch: the population; give it in parts to bound the memory.
        profile: reads the profile of a row, for the fields that tell; without it they are left out.
    """
    old, new = ({policy.id: i for i, policy in enumerate(program.policies)} for program in (before, after))
    old_planes, new_planes = _planes(before, batch), _planes(after, batch)
    for name in sorted(old.keys() | new.keys()):
        was = _truths(old_planes, old.get(name), batch.num_rows)
        now = _truths(new_planes, new.get(name), batch.num_rows)
        differ = (was == Truth.YES) != (now == Truth.YES)
        reason = _reason(before, after, old.get(name), new.get(name))
        for row in np.flatnonzero(differ).tolist():
            gained = bool(now[row] == Truth.YES)
            side, place = (before, old.get(name)) if gained else (after, new.get(name))
            telling = ((), ()) if profile is None or place is None else _telling(side, side.policies[place], profile(row))
            yield Change(
                name,
                row,
                gained,
                reason,
                Truth(int(was[row])) if name in old else None,
                Truth(int(now[row])) if name in new else None,
                *telling,
            )


def _planes(program: Program, batch: pa.RecordBatch) -> Words:
    sink = Planes()
    program.match_batch(batch, sink)
    return sink.result


def _truths(planes: Words, policy: int | None, count: int) -> np.ndarray[tuple[int], np.dtype[np.uint8]]:
    if policy is None:
        return np.zeros(count, np.uint8)
    bits = np.unpackbits(np.ascontiguousarray(planes[policy]).view(np.uint8), axis=1, count=count, bitorder="little")
    found: np.ndarray[tuple[int], np.dtype[np.uint8]] = np.add(bits[0], bits[1])
    return found


def _reason(before: Program, after: Program, old: int | None, new: int | None) -> str:
    if old is None:
        return "new_policy"
    if new is None:
        return "removed_policy"
    was, now = before.policies[old], after.policies[new]
    if condition_to_json(was.conditions) != condition_to_json(now.conditions):
        return "conditions_changed"
    if (was.effective_from, was.effective_to, was.status) != (now.effective_from, now.effective_to, now.status):
        return "dates_changed"
    return "time_passed"


def _telling(program: Program, policy: Policy, profile: Profile) -> tuple[tuple[str, ...], tuple[Text, ...]]:
    facts = facts_on(profile, program.as_of)
    finding = evaluate(applicable_condition(policy), facts, program.vocabulary)
    if finding.truth is Truth.NO:
        fields, leaves = failed(finding), list(nearest_failures(finding))
    else:
        fields = missing(finding)
        open_ones = (leaf for leaf in leaf_findings(finding) if leaf.satisfied is Truth.UNKNOWN)
        leaves = [leaf for leaf in open_ones if isinstance(leaf.node, Leaf) and leaf.node.field in fields]
    return fields, tuple(dict.fromkeys(explanation(leaf, facts, program.vocabulary) for leaf in leaves))


@dataclass(frozen=True, slots=True)
class Batch:
    """The changes of some rows of a file, read one after another.

    Attributes:
        rows: read, those set aside included.
        ids: of the rows that the changes count.
        bad: rows set aside.
    """

    file: str
    rows: int
    ids: pa.Array
    bad: tuple[BadRow, ...]
    changes: Iterator[Change]


def count_rows(paths: Sequence[Path]) -> int:
    """The rows of all files.

    Raises:
        InputError: a file cannot be used.
    """
    return sum(unit.rows for unit in plan(paths))


def changes_of_files(
    before: Program, after: Program, paths: Sequence[Path], columns: Mapping[str, str] | None = None
) -> Iterator[Batch]:
    """Compare two programs on files of any size, some rows at a time.

    Dates are checked against the later of the two days: who was founded in between is among the rows.

    Raises:
        InputError, ColumnError: a file cannot be used.
    """
    words, day = after.vocabulary, max(before.as_of, after.as_of)
    used = {*before.fields, *after.fields}
    policies = len(before.policies) + len(after.policies)
    step = max(_FEWEST_ROWS, _PLANE_BYTES * 4 // max(policies, 1) // 64 * 64)
    for unit in plan(paths):
        found = headers(unit.path, words, columns or {})
        fields = {name: header for name, header in found.fields.items() if name in used}
        wanted = list(dict.fromkeys([*fields.values(), *([found.id_column] if found.id_column else [])]))
        for some in read(unit, wanted or list(found.fields.values())[:1]):
            for start in range(0, max(some.batch.num_rows, 1), step):
                part, numbers = some.batch.slice(start, step), some.numbers[start : start + step]
                ready = clean(part, fields, found.id_column, numbers, day, words)
                broken = () if start else some.broken
                profile = partial(profile_of, ready.batch, vocabulary=words, as_of=day)
                told = changes(before, after, ready.batch, profile)
                yield Batch(unit.path.name, part.num_rows + len(broken), ready.ids, (*broken, *ready.bad), told)
