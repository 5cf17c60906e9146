"""The measures by hand: ties count against us, gains are exponential."""

import numpy as np
import pytest

from evaluation.metrics import measures, paired_bootstrap
from evaluation.retrieval import cut_text, read_collection


def test_ties_count_against_us() -> None:
    found = measures(np.array([1.0, 1.0, 0.0]), np.array([0, 1, 0]))
    assert found["recall@1"] == 0
    assert found["mrr@10"] == 0.5
    assert found["ndcg@10"] == pytest.approx(1 / np.log2(3))
    assert measures(np.zeros(20), np.eye(20, dtype=int)[3])["recall@10"] == 0


def test_graded_gain() -> None:
    found = measures(np.array([3.0, 2.0, 1.0]), np.array([1, 3, 0]))
    assert found["ndcg@10"] == pytest.approx((1 + 7 / np.log2(3)) / (7 + 1 / np.log2(3)))
    with pytest.raises(ValueError):
        measures(np.zeros(2), np.zeros(2, int))


def test_bootstrap_is_fixed_and_clustered() -> None:
    ours, theirs = [1.0, 0.5, 0.5, 0.0], [0.5, 0.5, 0.0, 0.0]
    one = paired_bootstrap(ours, theirs, ["a", "a", "b", "c"])
    assert one == paired_bootstrap(ours, theirs, ["a", "a", "b", "c"])
    assert one["low"] <= one["difference"] == 0.25 <= one["high"]


def test_cutting_keeps_all_words() -> None:
    text = "第一句。" + "长" * 600 + "。末句！"
    parts = cut_text("标题", text)
    assert max(map(len, parts)) <= 256 + 3
    assert "".join(part.removeprefix("标题 ") for part in parts) == text
    assert not parts[0].startswith("标题")


def test_the_csv_form(tmp_path) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "qa.csv"
    path.write_text("id,docid,question,answer\n1,d,问,短\n2,d,问二,这是一个足够长的回答句子\n", encoding="utf-8")
    found = read_collection(path)
    assert len(found.passages) == 1
    assert found.questions == ("问二",)
    path.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(ValueError):
        read_collection(path)
