"""Benefits read from questions with their answers, against an annotated table."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

from evaluation.extraction.evaluate import DataError
from evaluation.extraction.scores import Score, benefit_key, compare
from policies.codec import benefit_to_json
from policies.extract.answers import read_answer


def evaluate_answers(annotated: Path, table: Path) -> dict[str, Any]:
    """Figures for ``annotated`` (JSON lines: id, instrument, benefits, audience) joined on ``table`` (csv: id, question, answer).

    Raises:
        DataError: a file is missing, or an id of the annotation is not in the table.
    """
    if not annotated.exists() or not table.exists():
        missing = annotated if not annotated.exists() else table
        raise DataError(f"找不到 {missing}，请检查 --benefits 与 --qa / {missing} does not exist; check --benefits and --qa")
    with table.open(encoding="utf-8-sig", newline="") as file:
        rows = {row["id"]: row for row in csv.DictReader(file)}
    total, instrument, audience = Score(), [], []
    errors: list[dict[str, Any]] = []
    for line in annotated.read_text(encoding="utf-8").splitlines():
        gold = json.loads(line)
        row = rows.get(gold["id"])
        if row is None:
            raise DataError(f"{table} 里没有编号 {gold['id']} / {table} has no row {gold['id']}")
        found = read_answer(row["question"], row["answer"])
        score, missed, wrong = compare(
            map(benefit_key, gold["benefits"]), (benefit_key(benefit_to_json(item)) for item in found.benefits)
        )
        total += score
        instrument.append(found.instrument == gold["instrument"])
        audience.append(found.audience == gold["audience"])
        if missed or wrong or not instrument[-1] or not audience[-1]:
            error: dict[str, Any] = {"id": gold["id"], "missed": [list(k) for k in missed], "wrong": [list(k) for k in wrong]}
            if not instrument[-1]:
                error["instrument"] = [gold["instrument"], found.instrument]
            if not audience[-1]:
                error["audience"] = [gold["audience"], found.audience]
            errors.append(error)
    return {
        "benefits": total.as_json(),
        "instrument": round(sum(instrument) / len(instrument), 4) if instrument else None,
        "audience": round(sum(audience) / len(audience), 4) if audience else None,
        "errors": errors,
    }
