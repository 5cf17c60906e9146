"""The annotated pages and their cases: every verdict and every set of missing fields."""

import datetime as dt
import json
from pathlib import Path

from matcher.facts import facts_on
from matcher.profile import profile_from_json
from matcher.rules import evaluate, failed, missing
from matcher.scheme_file import schemes_from_bytes
from policies.vocabulary import Vocabulary


def test_cases(shared: Path, words: Vocabulary) -> None:
    wrong, count = [], 0
    for line in (shared / "gov_pages" / "cases.jsonl").read_text(encoding="utf-8").splitlines():
        case = json.loads(line)
        day = dt.date.fromisoformat(case["as_of"])
        facts = facts_on(profile_from_json(case["profile"], words, day), day)
        for expected in case["expected"]:
            body = (shared / "gov_pages" / "gold" / f"{expected['doc']}.json").read_bytes()
            scheme = next(s for s in schemes_from_bytes(body, words) if s.name == expected["scheme"])
            finding = evaluate(scheme.condition, facts, words)
            count += 1
            found = finding.truth.verdict, set(missing(finding)), set(failed(finding))
            if found[:2] != (expected["verdict"], set(expected["missing"])) or not set(expected["failed"]) <= found[2]:
                wrong.append((expected, found))
    assert count >= 20
    assert wrong == []
