"""Who gained or lost a policy between two catalogue versions or two days, and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from matcher.facts import facts_on
from matcher.profile import Profile
from matcher.program.planes import Words
from matcher.program.program import Program
from matcher.program.sinks import Planes
from matcher.recommend import applicable_condition
from matcher.rules import evaluate, failed, missing
from matcher.truth import Truth
from policies.catalogue import Catalogue
from policies.condition import condition_to_json
from policies.schema import Policy

if TYPE_CHECKING:
    import pyarrow as pa

REASONS: Final = ("new_policy", "removed_policy", "conditions_changed", "dates_changed", "time_passed")


@dataclass(frozen=True, slots=True)
class Change:
    """One profile gained or lost one policy.

    Attributes:
        row: of the batch.
        gained: whether the profile is eligible after (and was not before), or the other way round.
        reason: one of :data:`REASONS`.
        before, after: the verdict; None where the policy is not in that catalogue.
        fields: for a change of verdict the fields that tell: those that ruled the profile out, or
            were missing, on the side where it is not eligible.
    """

    policy: str
    row: int
    gained: bool
    reason: str
    before: Truth | None
    after: Truth | None
    fields: tuple[str, ...]


def changes(
    before: Program, after: Program, batch: pa.RecordBatch, profiles: Iterable[Profile] | None = None
) -> Iterator[Change]:
    """Compare two programs on one batch, by policy, then by row.

    Args:
        before: the policies and the day that were.
        after: another catalogue version, another day, or both.
        batch: the population; give it in parts to bound the memory.
        profiles: the same rows as profiles, for the fields that tell; without them ``fields`` is empty.
    """
    rows = None if profiles is None else list(profiles)
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
            fields = () if rows is None or place is None else _telling(side, side.policies[place], rows[row])
            yield Change(
                name,
                row,
                gained,
                reason,
                Truth(int(was[row])) if name in old else None,
                Truth(int(now[row])) if name in new else None,
                fields,
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


def _telling(program: Program, policy: Policy, profile: Profile) -> tuple[str, ...]:
    finding = evaluate(applicable_condition(policy), facts_on(profile, program.as_of), program.vocabulary)
    return failed(finding) or missing(finding)


def changed_policies(before: Catalogue, after: Catalogue) -> frozenset[str]:
    """The ids of policies that are new, gone or written differently; others cannot change on one day."""
    was, now = before.by_id, after.by_id
    return frozenset(name for name in was.keys() | now.keys() if was.get(name) != now.get(name))
