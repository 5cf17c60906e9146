"""Decisions about two records: data with a probability, its parts and a reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from policies.schema import Text

DUPLICATE: Final = "duplicate"
VERSION: Final = "version"
PARENT_LOCAL: Final = "parent_local"
DIFFERENT: Final = "different"
KINDS: Final = (DUPLICATE, VERSION, PARENT_LOCAL, DIFFERENT)
"""What two records can be to each other."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What two records are to each other, how sure, and why.

    Attributes:
        left, right: uids, ``left`` the smaller.
        kind: duplicate, version, parent_local or different.
        probability: of ``kind``, 0 to 1; 1 where a person decided.
        parts: name and contribution of what spoke for (+) or against (-) it.
        by: name of the comparator or of the person.
        number: in the store; 0 before it is stored.
    """

    left: str
    right: str
    kind: str
    probability: float
    parts: tuple[tuple[str, float], ...]
    reason: Text
    by: str
    person: bool = False
    number: int = 0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"decision {self.kind!r} is not one of {KINDS}")
        if not self.left < self.right:
            raise ValueError(f"a decision needs two uids in order, not {self.left!r} and {self.right!r}")

    def as_json(self) -> dict[str, object]:
        """For ``--json``."""
        found: dict[str, object] = {name: getattr(self, name) for name in ("number", "left", "right", "kind", "probability")}
        found |= {"parts": dict(self.parts), "reason": {"zh": self.reason.zh, "en": self.reason.en}}
        return found | {"by": self.by, "person": self.person}
