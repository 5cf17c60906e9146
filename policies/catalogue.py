"""A published catalogue: its policies and the version they form together."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib import resources
from pathlib import Path

from policies.codec import PolicyFormatError, policy_from_line, policy_to_line
from policies.schema import Policy

MAX_FILE_BYTES = 512 * 1024 * 1024
"""Largest catalogue file read; 100,000 policies take about 250 MB."""


class CatalogueError(ValueError):
    """A catalogue file that cannot be used; ``problems`` lists every wrong line."""

    def __init__(self, name: str, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        more = f" (and {len(self.problems) - 5} more)" if len(self.problems) > 5 else ""
        super().__init__(f"catalogue {name}: " + "; ".join(self.problems[:5]) + more)


@dataclass(frozen=True)
class Catalogue:
    """Policies in their published order, and a name that changes when any of them does."""

    policies: tuple[Policy, ...]
    name: str = "starter"
    lines: tuple[str, ...] = field(default=(), repr=False)

    @cached_property
    def version(self) -> str:
        """``name-<12 hex digits>``: the SHA-256 of the exchange form, so equal content has equal versions."""
        digest = hashlib.sha256()
        for line in self.lines or map(policy_to_line, self.policies):
            digest.update(line.encode() + b"\n")
        return f"{self.name}-{digest.hexdigest()[:12]}"

    @cached_property
    def by_id(self) -> Mapping[str, Policy]:
        """Policies by id."""
        return {policy.id: policy for policy in self.policies}

    def __iter__(self) -> Iterator[Policy]:
        return iter(self.policies)

    def __len__(self) -> int:
        return len(self.policies)

    def to_jsonl(self) -> str:
        """The exchange form: one policy a line, in order."""
        return "".join(policy_to_line(policy) + "\n" for policy in self.policies)


def catalogue_from_text(text: str, name: str) -> Catalogue:
    """Read a JSON Lines catalogue.

    Raises:
        CatalogueError: listing every line that is wrong, and ids that occur twice.
    """
    policies: list[Policy] = []
    lines: list[str] = []
    problems: list[str] = []
    seen: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            policy = policy_from_line(line)
        except PolicyFormatError as error:
            problems.append(f"line {number}: {error}")
            continue
        if policy.id in seen:
            problems.append(f"line {number}: policy {policy.id} stands on line {seen[policy.id]} already")
        seen[policy.id] = number
        policies.append(policy)
        lines.append(line)
    if problems:
        raise CatalogueError(name, problems)
    return Catalogue(tuple(policies), name, tuple(lines))


def starter_catalogue() -> Catalogue:
    """The catalogue that comes with the program: national, Shanghai and Yangpu schemes."""
    source = resources.files("policies") / "data" / "starter_catalogue.jsonl"
    return catalogue_from_text(source.read_text(encoding="utf-8"), "starter")


def load_catalogue(path: Path | None = None) -> Catalogue:
    """The catalogue in a JSON Lines file, or the starter catalogue.

    Raises:
        CatalogueError: the file is missing, too large, not UTF-8, or has wrong lines.
    """
    if path is None:
        return starter_catalogue()
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise CatalogueError(str(path), [f"larger than {MAX_FILE_BYTES // 2**20} MB"])
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise CatalogueError(str(path), [error.strerror or "cannot be read"]) from error
    except UnicodeDecodeError as error:
        raise CatalogueError(str(path), ["not UTF-8 text"]) from error
    return catalogue_from_text(text, path.stem)
