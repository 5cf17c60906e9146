"""The evaluator: a condition and the facts on a day give a finding.

This is the plain, slow one that defines what is right; faster back ends must agree with it.
It answers with the whole evaluated tree, so that every verdict can be explained.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from matcher.facts import Facts
from matcher.predicate import leaf_truth
from matcher.profile import ProfileValue
from matcher.truth import Truth, conjunction, disjunction, negation
from policies.condition import DECLARED, THRESHOLD_OPS, All, AnyOf, Condition, Leaf, Not
from policies.vocabulary import Vocabulary

_MISMATCH_COST = 2
"""Distance of a person from a condition on what they are; a threshold they may yet reach costs 1."""


@dataclass(frozen=True, slots=True)
class Finding:
    """An evaluated node.

    Attributes:
        node: the condition evaluated.
        truth: its own truth value.
        positive: False below an odd number of "not": there a leaf must NOT hold.
        children: findings of the children, in their order.
        value: the fact compared, for a leaf; None where it is unknown or declared.
        assumed: a declared condition taken as met, to be confirmed by a person.
    """

    node: Condition
    truth: Truth
    positive: bool = True
    children: tuple[Finding, ...] = ()
    value: ProfileValue | None = None
    assumed: bool = False

    @property
    def satisfied(self) -> Truth:
        """Whether the requirement is met: the truth, turned round below a "not"."""
        return self.truth if self.positive else negation(self.truth)

    @property
    def conjunctive(self) -> bool:
        """Whether all children are required: an ``all``, or by De Morgan an ``any`` below a "not"."""
        match self.node:
            case All():
                return self.positive or len(self.children) == 1
            case AnyOf():
                return not self.positive or len(self.children) == 1
        return True


def evaluate(condition: Condition, facts: Facts, vocabulary: Vocabulary) -> Finding:
    """Evaluate a condition.

    A declared condition that is directly required (under the root through ``all`` only, also
    negated) does not decide: it counts as met and is to be confirmed. Elsewhere it is unknown.
    """
    return _evaluate(condition, facts, vocabulary, direct=True, positive=True)


def _evaluate(node: Condition, facts: Facts, vocabulary: Vocabulary, *, direct: bool, positive: bool) -> Finding:
    match node:
        case Leaf(field=field):
            if field == DECLARED:
                met = Truth.YES if positive else Truth.NO
                return Finding(node, met if direct else Truth.UNKNOWN, positive, assumed=direct)
            return Finding(node, leaf_truth(node, facts, vocabulary), positive, value=facts.values.get(field))
        case Not(child):
            inner = _evaluate(child, facts, vocabulary, direct=direct, positive=not positive)
            return Finding(node, negation(inner.truth), positive, (inner,))
        case All(children):
            required = direct and (positive or len(children) == 1)
            found = tuple(_evaluate(c, facts, vocabulary, direct=required, positive=positive) for c in children)
            return Finding(node, conjunction(f.truth for f in found), positive, found)
        case AnyOf(children):
            required = direct and (not positive or len(children) == 1)
            found = tuple(_evaluate(c, facts, vocabulary, direct=required, positive=positive) for c in children)
            return Finding(node, disjunction(f.truth for f in found), positive, found)


def missing(finding: Finding) -> tuple[str, ...]:
    """The fields whose value would decide an unknown verdict, in reading order; else empty.

    A leaf counts when it and every node above it are unknown. ``other`` stands for a declared
    condition.
    """
    return _unique(leaf.field for leaf in _unknown_leaves(finding))


def _unknown_leaves(finding: Finding) -> Iterator[Leaf]:
    if finding.truth is not Truth.UNKNOWN:
        return
    if isinstance(finding.node, Leaf):
        yield finding.node
    for child in finding.children:
        yield from _unknown_leaves(child)


def failed(finding: Finding) -> tuple[str, ...]:
    """The fields that rule a profile out, those on the route nearest to it first; else empty."""
    if finding.truth is not Truth.NO:
        return ()
    near = [f.node.field for f in nearest_failures(finding) if isinstance(f.node, Leaf)]
    return _unique([*near, *(leaf.field for leaf in _failing_leaves(finding))])


def _failing_leaves(finding: Finding) -> Iterator[Leaf]:
    """Leaves not met in parts that are not met."""
    if finding.satisfied is not Truth.NO:
        return
    if isinstance(finding.node, Leaf):
        yield finding.node
    for child in finding.children:
        yield from _failing_leaves(child)


def nearest_failures(finding: Finding) -> tuple[Finding, ...]:
    """The leaves that stand between the profile and a yes on the shortest route (ties: all).

    Of alternatives the one with the least to change is taken, a missed threshold being nearer
    than a group, place or kind that does not match.
    """
    return _nearest(finding)[1]


def _nearest(finding: Finding) -> tuple[int, tuple[Finding, ...]]:
    if finding.satisfied is not Truth.NO:
        return 0, ()
    if isinstance(finding.node, Leaf):
        return (1 if finding.node.op in THRESHOLD_OPS else _MISMATCH_COST), (finding,)
    routes = [_nearest(child) for child in finding.children]
    if finding.conjunctive:
        return sum(cost for cost, _ in routes), tuple(leaf for _, found in routes for leaf in found)
    least = min(cost for cost, _ in routes)
    return least, tuple(leaf for cost, found in routes if cost == least for leaf in found)


def to_confirm(finding: Finding) -> tuple[Finding, ...]:
    """The declared conditions taken as met, in reading order; a person must confirm each."""
    found = (finding,) if finding.assumed else ()
    return found + tuple(one for child in finding.children for one in to_confirm(child))


def directly_declared(condition: Condition) -> tuple[tuple[Leaf, bool], ...]:
    """The declared leaves that are directly required, with whether each must hold; the same for every profile."""
    return tuple(_directly_declared(condition, positive=True))


def _directly_declared(node: Condition, *, positive: bool) -> Iterator[tuple[Leaf, bool]]:
    match node:
        case Leaf():
            if node.declared:
                yield node, positive
        case Not(child):
            yield from _directly_declared(child, positive=not positive)
        case All(children) | AnyOf(children):
            if isinstance(node, All) is positive or len(children) == 1:
                for child in children:
                    yield from _directly_declared(child, positive=positive)


def _unique(fields: Iterator[str] | list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(fields))
