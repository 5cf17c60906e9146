"""The table of phrases is the grammar's specification: each phrase with its reading."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from tests.policies.extract.reading import READINGS

TABLE = Path(__file__).with_name("phrases.csv")
ROWS = [tuple(row) for row in csv.reader(io.StringIO(TABLE.read_text(encoding="utf-8"), newline=""))][1:]


def test_the_table_is_large_enough_and_says_nothing_twice() -> None:
    assert len(ROWS) >= 150
    assert len({row[:2] for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize(("kind", "phrase", "reading"), ROWS, ids=[row[1] for row in ROWS])
def test_phrase(kind: str, phrase: str, reading: str) -> None:
    assert READINGS[kind](phrase) == reading
