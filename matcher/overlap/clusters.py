"""Clusters: schemes that hang together through pairs in which money goes twice to one purpose."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from matcher.overlap.kinds import PairKind

TYING: Final = frozenset({"duplicate", "same_purpose"})


@dataclass(frozen=True, slots=True)
class Cluster:
    """Schemes tied to each other.

    Attributes:
        schemes: ids, the best tied first.
        matters: purposes of the ties, the commonest first.
        ties: number of pairs by kind.
    """

    schemes: tuple[str, ...]
    matters: tuple[str, ...]
    ties: Mapping[str, int]


def clusters(pairs: Iterable[PairKind]) -> tuple[Cluster, ...]:
    """Connected groups of at least two schemes, the largest first."""
    tied = [pair for pair in pairs if pair.kind in TYING]
    leader: dict[str, str] = {}

    def root(name: str) -> str:
        while leader.setdefault(name, name) != name:
            leader[name] = name = leader[leader[name]]
        return name

    for pair in tied:
        leader[root(pair.first)] = root(pair.second)
    groups: dict[str, list[PairKind]] = {}
    for pair in tied:
        groups.setdefault(root(pair.first), []).append(pair)
    found = [_cluster(own) for own in groups.values()]
    return tuple(sorted(found, key=lambda cluster: (-len(cluster.schemes), cluster.schemes)))


def _cluster(pairs: list[PairKind]) -> Cluster:
    degree = Counter(name for pair in pairs for name in (pair.first, pair.second))
    matters = Counter(matter for pair in pairs for matter in sorted(pair.facts.matters))
    schemes = tuple(sorted(degree, key=lambda name: (-degree[name], name)))
    return Cluster(schemes, tuple(name for name, _ in matters.most_common()), Counter(pair.kind for pair in pairs))
