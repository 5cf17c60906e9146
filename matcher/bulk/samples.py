"""For every policy a few profiles with the verdict and its reasons in words, as JSON lines."""

from __future__ import annotations

import heapq
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from matcher.applicability import applicable_condition
from matcher.bulk.profiles import profile_of
from matcher.bulk.rows import Clean
from matcher.facts import facts_on
from matcher.profile import Profile
from matcher.program.people import Samples
from matcher.program.program import Program
from matcher.program.sinks import Block
from matcher.rules import Finding, evaluate, failed, missing
from matcher.sentences import explanation
from matcher.truth import Truth
from policies.condition import Leaf

_FILE: Final = 1 << 40
"""Numbers kept for the rows of one file, so that no two rows of a run share one."""


class SampleResult:
    """Draws from one unit; what is drawn depends on file and row alone, not on how the work was cut."""

    def __init__(self, program: Program, path: Path, verdicts: Sequence[Truth], most: int, file: int) -> None:
        self._program, self._path = program, path
        self._first = file * _FILE
        self._sinks = {truth: Samples(most, truth) for truth in verdicts}
        self._people: dict[int, tuple[str, Profile]] = {}

    def add(self, ready: Clean) -> None:
        """Match a batch and keep whom it adds to the samples."""
        numbers = ready.numbers + self._first
        for sink in self._sinks.values():
            sink.numbers = numbers
        self._program.match_batch(ready.batch, self)
        wanted = {row for sink in self._sinks.values() for rows in sink.result.values() for row in rows}
        kept = {row: self._people[row] for row in wanted & self._people.keys()}
        for number in wanted - kept.keys():
            row = int(np.searchsorted(numbers, number))
            profile = profile_of(ready.batch, row, self._program.vocabulary, self._program.as_of)
            kept[number] = ready.ids[row].as_py(), profile
        self._people = kept

    def begin(self, program: Program, rows: int) -> None:
        """Pass the batch on."""
        for sink in self._sinks.values():
            sink.begin(program, rows)

    def take(self, block: Block) -> None:
        """Pass the tile on."""
        for sink in self._sinks.values():
            sink.take(block)

    def end(self, rows: int) -> None:
        """Pass the end on."""
        for sink in self._sinks.values():
            sink.end(rows)

    def close(self) -> None:
        """Write the file: a line for each sample, with the key that decides between units."""
        with self._path.open("w", encoding="utf-8", newline="\n") as target:
            for truth, sink in self._sinks.items():
                for policy, drawn in sink.drawn.items():
                    for key, number in sorted(drawn):
                        line = [policy, int(truth), key, number, self._sample(policy, number)]
                        target.write(json.dumps(line, ensure_ascii=False) + "\n")

    def _sample(self, place: int, number: int) -> dict[str, Any]:
        program = self._program
        name, profile = self._people[number]
        facts = facts_on(profile, program.as_of)
        finding = evaluate(applicable_condition(program.policies[place]), facts, program.vocabulary)
        sentences = []
        for leaf in leaf_findings(finding):
            text = explanation(leaf, facts, program.vocabulary)
            words = {"zh": text.zh, "en": text.en or text.zh}
            sentences.append({"field": leaf.node.field, "satisfied": leaf.satisfied.word, **words})  # type: ignore[union-attr]
        return {
            "policy_id": program.policies[place].id,
            "profile_id": name,
            "verdict": finding.truth.verdict,
            "missing": list(missing(finding)),
            "failed": list(failed(finding)),
            "sentences": sentences,
        }


def leaf_findings(finding: Finding) -> Iterator[Finding]:
    """The evaluated leaves, in reading order."""
    if isinstance(finding.node, Leaf):
        yield finding
    for child in finding.children:
        yield from leaf_findings(child)


def merge_samples(parts: Iterable[Path], target: Path, most: int) -> None:
    """Of the samples of all units those with the smallest keys: by policy, verdict, file and row."""
    kept: dict[tuple[int, int], list[tuple[int, int, dict[str, Any]]]] = {}
    for part in parts:
        with part.open(encoding="utf-8") as lines:
            for line in lines:
                policy, truth, key, number, sample = json.loads(line)
                own = kept.setdefault((policy, -truth), [])
                own.append((key, number, sample))
                if len(own) > 4 * most:
                    own[:] = heapq.nsmallest(most, own, key=lambda one: one[:2])
    with target.open("w", encoding="utf-8", newline="\n") as lines:
        for place in sorted(kept):
            best = heapq.nsmallest(most, kept[place], key=lambda one: one[:2])
            for _, _, sample in sorted(best, key=lambda one: one[1]):
                lines.write(json.dumps(sample, ensure_ascii=False) + "\n")
