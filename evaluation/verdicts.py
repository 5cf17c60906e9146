"""Verdicts against annotated pages: profiles with the expected answer for each scheme.

The folder holds ``gold/NAME.json`` (documents with their schemes) and ``cases.jsonl`` (one object a
line: ``profile``, ``as_of`` and ``expected`` with ``doc scheme verdict missing failed``).
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from matcher.facts import Facts, facts_on
from matcher.profile import profile_from_json
from matcher.rules import evaluate, failed, missing
from matcher.scheme_file import schemes_from_bytes
from policies.condition import Condition
from policies.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class VerdictReport:
    """How many expectations were met.

    Attributes:
        cases, expectations: number of profiles, and of scheme answers expected for them.
        verdict: share with the right verdict.
        missing: share with exactly the expected set of missing fields.
        failed: share in which every expected failing field was named.
        errors: what was expected and found, where they differ.
    """

    cases: int
    expectations: int
    verdict: float
    missing: float
    failed: float
    errors: tuple[dict[str, Any], ...]

    def as_json(self) -> dict[str, Any]:
        """The report as a JSON object."""
        return asdict(self)


def evaluate_verdicts(folder: Path, vocabulary: Vocabulary) -> VerdictReport:
    """Try every case of ``folder``.

    Raises:
        OSError: a file of the folder is missing.
        ValueError: a case or a scheme cannot be read, or names a scheme that is not there.
    """
    schemes: dict[str, Mapping[str, Condition]] = {}
    right = {"verdict": 0, "missing": 0, "failed": 0}
    errors: list[dict[str, Any]] = []
    cases = [json.loads(line) for line in (folder / "cases.jsonl").read_text(encoding="utf-8").splitlines() if line.strip()]
    total = 0
    for number, case in enumerate(cases, 1):
        day = dt.date.fromisoformat(case["as_of"])
        facts = facts_on(profile_from_json(case["profile"], vocabulary, day), day)
        for expected in case["expected"]:
            name = expected["doc"]
            if name not in schemes:
                body = (folder / "gold" / f"{name}.json").read_bytes()
                schemes[name] = {scheme.name: scheme.condition for scheme in schemes_from_bytes(body, vocabulary)}
            if expected["scheme"] not in schemes[name]:
                raise ValueError(f"case {number}: document {name} has no scheme {expected['scheme']}")
            total += 1
            found = _answer(schemes[name][expected["scheme"]], facts, vocabulary)
            agreed = {
                "verdict": found["verdict"] == expected["verdict"],
                "missing": set(found["missing"]) == set(expected["missing"]),
                "failed": set(expected["failed"]) <= set(found["failed"]),
            }
            for key, good in agreed.items():
                right[key] += good
            if not all(agreed.values()):
                errors.append({"case": number, "expected": expected, "found": found})
    shares = {key: count / total if total else 0.0 for key, count in right.items()}
    return VerdictReport(len(cases), total, shares["verdict"], shares["missing"], shares["failed"], tuple(errors))


def _answer(condition: Condition, facts: Facts, vocabulary: Vocabulary) -> dict[str, Any]:
    finding = evaluate(condition, facts, vocabulary)
    return {"verdict": finding.truth.verdict, "missing": list(missing(finding)), "failed": list(failed(finding))}
