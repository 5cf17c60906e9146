"""What recognisers find in a sentence, and the circumstances they read it in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from policies.condition import All, AnyOf, Condition, Evidence, Leaf, Not


@dataclass(frozen=True, slots=True)
class Context:
    """Circumstances of a sentence.

    Attributes:
        region: division code of the issuing body.
        audience: enterprise, individual or both, as far as known.
    """

    region: str | None = None
    audience: str = "both"


@dataclass(frozen=True, slots=True)
class Hit:
    """A condition read from ``text[start:end]``.

    ``kind`` says how neighbours combine: ``person`` and ``organisation`` in one enumeration are
    alternatives, ``place`` and ``fact`` each hold by themselves.
    """

    start: int
    end: int
    node: Condition
    kind: str = "fact"


def with_evidence(node: Condition, evidence: Evidence) -> Condition:
    """``node`` with ``evidence`` on every leaf that has none yet."""
    match node:
        case Leaf():
            return node if node.evidence else replace(node, evidence=evidence)
        case Not(child):
            return Not(with_evidence(child, evidence))
        case All(children):
            return All(tuple(with_evidence(child, evidence) for child in children))
        case AnyOf(children):
            return AnyOf(tuple(with_evidence(child, evidence) for child in children))


def bare(node: Condition) -> Condition:
    """``node`` without evidence, to tell whether two conditions say the same."""
    match node:
        case Leaf():
            return replace(node, evidence=None)
        case Not(child):
            return Not(bare(child))
        case All(children):
            return All(tuple(bare(child) for child in children))
        case AnyOf(children):
            return AnyOf(tuple(bare(child) for child in children))


def distinct(nodes: Iterable[Condition]) -> list[Condition]:
    """``nodes`` in order, what is said twice kept once."""
    found: dict[Condition, Condition] = {}
    for node in nodes:
        found.setdefault(bare(node), node)
    return list(found.values())


def any_of(nodes: list[Condition]) -> Condition:
    """At least one of ``nodes``; a single one stands for itself, nested ones are flattened."""
    flat: list[Condition] = []
    for node in nodes:
        flat += node.children if isinstance(node, AnyOf) else (node,)
    unique = distinct(flat)
    return unique[0] if len(unique) == 1 else AnyOf(tuple(unique))


def all_of(nodes: list[Condition]) -> Condition:
    """All of ``nodes``; a single one stands for itself, nested ones are flattened."""
    flat: list[Condition] = []
    for node in nodes:
        flat += node.children if isinstance(node, All) else (node,)
    unique = distinct(flat)
    return unique[0] if len(unique) == 1 else All(tuple(unique))
