"""Figures on data from outside, with floors at the level reached; and the arithmetic of the scores."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from evaluation.extraction.answers import evaluate_answers
from evaluation.extraction.evaluate import DataError, evaluate_folder
from evaluation.extraction.pairing import pairs
from evaluation.extraction.scores import Score, compare, leaf_key, shape
from tests.policies.sample import as_html


def test_scores() -> None:
    score, missed, wrong = compare([("a",), ("a",), ("b",)], [("a",), ("c",)])
    assert (score, missed, wrong) == (Score(1, 2, 1), [("a",), ("b",)], [("c",)])
    assert score.f1 == pytest.approx(2 / 5)
    assert Score().f1 == 1.0


def test_keys_know_other_names_and_no_order() -> None:
    one = {"field": "groups", "op": "contains_any", "value": ["海归", "残疾人"]}
    other = {"field": "groups", "op": "contains_any", "value": ["残疾人", "留学回国人员"]}
    assert leaf_key(one) == leaf_key(other)
    assert leaf_key({"field": "employment_status", "op": "in", "value": ["employed"]}) == leaf_key(
        {"field": "employment_status", "op": "==", "value": "employed"}
    )


def test_shape_sees_alternatives_and_negations() -> None:
    age = {"field": "age", "op": "<=", "value": 35}
    other = {"field": "other", "op": "==", "value": "x"}
    assert shape({"all": [age, {"any": [age, other]}]}) == {("any", frozenset({"age"})): 1}
    assert shape({"all": [age, {"any": [other]}, {"not": other}]}) == {}


def test_pairing_takes_the_best_first() -> None:
    def scheme(name: str) -> dict[str, object]:
        return {"name": name, "locator": "", "conditions": {"all": []}, "benefits": []}

    assert pairs([scheme("创业补贴"), scheme("租金补贴")], [scheme("创业租金补贴"), scheme("一次性创业补贴")]) == [(0, 1), (1, 0)]


def test_a_folder_of_our_own(tmp_path: Path) -> None:
    (tmp_path / "html").mkdir()
    (tmp_path / "gold").mkdir()
    (tmp_path / "html" / "a.html").write_bytes(as_html())
    scheme = {
        "name": "就业奖励",
        "locator": "三",
        "instrument": "grant",
        "audience": "enterprise",
        "conditions": {"all": [{"field": "new_hires_12m", "op": ">=", "value": 3}]},
        "benefits": [{"kind": "per_person", "amount_yuan": 2000, "cap_yuan": 100000}],
    }
    gold = {
        "title": "杨浦区青年创业扶持办法",
        "document_no": "杨人社规〔2025〕3号",
        "published": "2025-06-25",
        "schemes": [scheme],
    }
    (tmp_path / "gold" / "a.json").write_text(json.dumps(gold), encoding="utf-8")
    report = evaluate_folder(tmp_path)
    assert report["metadata"]["title"] == report["metadata"]["document_no"] == report["metadata"]["published"] == 1.0
    assert report["schemes"]["recall"] == 1.0
    assert report["instrument"] == 1.0
    with pytest.raises(DataError):
        evaluate_folder(tmp_path / "gold")


def test_floors_on_real_pages(shared: Path) -> None:
    report = evaluate_folder(shared / "gov_pages")
    assert min(report["metadata"][name] for name in ("title", "document_no", "published")) >= 0.95
    assert report["metadata"]["issuers"]["f1"] >= 0.9
    assert report["schemes"]["f1"] >= 0.95
    assert report["conditions"]["f1"] >= 0.92
    assert report["instrument"] >= 0.97
    assert report["audience"] >= 0.97
    assert report["benefits"]["f1"] >= 0.86
    assert report["shape"] >= 0.81


def test_floor_on_real_answers(shared: Path) -> None:
    folder = shared / "ncp_qa"
    report = evaluate_answers(folder / "benefits_dev.jsonl", folder / "qa_dev.csv")
    assert report["benefits"]["f1"] >= 0.95
