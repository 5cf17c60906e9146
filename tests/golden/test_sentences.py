"""Sentences letter for letter: ``sentences.csv`` holds a leaf, a profile and both wordings."""

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from matcher.facts import Facts
from matcher.rules import evaluate
from matcher.sentences import explanation
from policies.condition import condition_from_json
from policies.vocabulary import Vocabulary

ROWS = list(csv.DictReader(Path(__file__).with_name("sentences.csv").read_text(encoding="utf-8").splitlines()))


@pytest.mark.parametrize("row", ROWS, ids=[row["zh"] for row in ROWS])
def test_sentence(row: dict[str, str], facts_of: Callable[..., Facts], words: Vocabulary) -> None:
    facts = facts_of(**json.loads(row["profile"]))
    finding = evaluate(condition_from_json(json.loads(row["leaf"])), facts, words)
    while finding.children:
        finding = finding.children[0]
    text = explanation(finding, facts, words)
    assert (text.zh, text.en) == (row["zh"], row["en"])
