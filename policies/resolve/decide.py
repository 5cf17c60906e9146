"""Decisions about pairs of records: a comparator's probabilities, held to what is structurally possible."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from policies.decision import DIFFERENT, DUPLICATE, PARENT_LOCAL, Decision
from policies.precedence import Entry
from policies.regions import Regions
from policies.resolve.block import akin, candidates
from policies.resolve.features import LABELS, Sketch, features, sketch
from policies.schema import Text

RULES: Final = "3"
"""Changes when blocking, features or the rules below change, so that records are compared anew."""

DOUBT: Final = 0.7
"""A pair called different with less than this probability is stored too, for a person to look at."""

_PARTS: Final = 6
_KINDS_IN_WORDS: Final = {
    "duplicate": Text("同一政策", "the same scheme"),
    "version": Text("同一政策的另一版本", "another version of the scheme"),
    "parent_local": Text("国家（上级）政策与其地方细则", "a scheme and its local detail"),
    "different": Text("不同政策", "different schemes"),
}


class Comparator(Protocol):
    """Numbers in, probabilities out; ``models.pair_model.PairModel`` is one."""

    @property
    def version(self) -> str:
        """Changes whenever its answers may."""
        ...

    def probabilities(self, numbers: Sequence[float]) -> dict[str, float]:
        """Kind → probability."""
        ...

    def parts(self, numbers: Sequence[float], kind: str) -> list[tuple[str, float]]:
        """Feature → what it adds to the score of ``kind``, largest first."""
        ...


@dataclass(frozen=True)
class PairResolver:
    """Blocks, compares and decides.

    Args:
        comparator: passed in by the entry point; learned models live in :mod:`models`.
        regions: the divisions, to tell places that lie in one another from places that do not.
    """

    comparator: Comparator
    regions: Regions

    @property
    def name(self) -> str:
        """``pair-model VERSION rules N``."""
        return f"pair-model {self.comparator.version} rules {RULES}"

    def decide(self, entries: Sequence[Entry], fresh: frozenset[str]) -> Iterator[Decision]:
        """Decisions about the pairs that hold a fresh record; clearly different pairs are left out.

        Entries of one catalogue are not compared: their catalogue has told them apart. Entries of
        two catalogues with one id are the same. Rows of one table may be versions of each other, not one scheme.
        """
        by_uid = {entry.uid: entry for entry in entries}
        yield from self._same_ids(entries, fresh)
        for a, b in candidates([sketch(entry) for entry in entries], fresh):
            left, right = by_uid[a.uid], by_uid[b.uid]
            if left.is_catalogue and right.is_catalogue and (left.source == right.source or left.data["id"] == right.data["id"]):
                continue
            if not self._nested(a, b) or not akin(a, b):
                continue
            numbers, kind, chance = self._judge(a, b)
            if kind != DIFFERENT or chance < DOUBT:
                yield self._decision(a, b, numbers, kind, chance)

    def compare(self, a: Sketch, b: Sketch) -> Decision:
        """The decision about one pair."""
        return self._decision(a, b, *self._judge(a, b))

    def _judge(self, a: Sketch, b: Sketch) -> tuple[tuple[float, ...], str, float]:
        numbers = features(a, b, self.regions)
        chances = self._possible(a, b, self.comparator.probabilities(numbers))
        kind = max(chances, key=lambda one: (chances[one], one))
        return numbers, kind, chances[kind]

    def _decision(self, a: Sketch, b: Sketch, numbers: tuple[float, ...], kind: str, chance: float) -> Decision:
        parts = [(name, round(points, 3)) for name, points in self.comparator.parts(numbers, kind)[:_PARTS]]
        return Decision(
            min(a.uid, b.uid), max(a.uid, b.uid), kind, round(chance, 4), tuple(parts), _reason(kind, parts), self.name
        )

    def _possible(self, a: Sketch, b: Sketch, chances: dict[str, float]) -> dict[str, float]:
        """Take away what cannot be: one scheme on two levels, in places apart, or twice in one table."""
        found = dict(chances)
        if not self._nested(a, b):
            return {DIFFERENT: sum(found.values())}
        if a.uid.split("/")[0] == b.uid.split("/")[0]:
            found[DIFFERENT] += found.pop(DUPLICATE) + found.pop(PARENT_LOCAL)
        elif a.level != b.level or a.region != b.region:
            found[PARENT_LOCAL] += found.pop(DUPLICATE)
        else:
            found[DIFFERENT] += found.pop(PARENT_LOCAL)
        return found

    def _nested(self, a: Sketch, b: Sketch) -> bool:
        """Whether the places are the same or one lies in the other; schemes of other places are others' schemes."""
        return a.region == b.region or self.regions.nested(a.region, b.region)

    def _same_ids(self, entries: Sequence[Entry], fresh: frozenset[str]) -> Iterator[Decision]:
        by_id: dict[str, list[Entry]] = {}
        for entry in entries:
            if entry.is_catalogue:
                by_id.setdefault(str(entry.data["id"]), []).append(entry)
        said = Text("两个目录中编号相同", "the same id in two catalogues")
        for same in by_id.values():
            for number, one in enumerate(same):
                for other in same[number + 1 :]:
                    if one.uid in fresh or other.uid in fresh:
                        left, right = min(one.uid, other.uid), max(one.uid, other.uid)
                        yield Decision(left, right, DUPLICATE, 1.0, (("same_id", 1.0),), said, self.name)


def _reason(kind: str, parts: Sequence[tuple[str, float]]) -> Text:
    def told(language: str) -> str:
        listed = [f"{LABELS[name].in_language(language)} {points:+.1f}" for name, points in parts[:4] if name in LABELS]
        return f"{_KINDS_IN_WORDS[kind].in_language(language)}{'：' if language == 'zh' else ': '}" + (
            "；" if language == "zh" else "; "
        ).join(listed)

    return Text(told("zh"), told("en"))
