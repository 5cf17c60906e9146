"""Adapters: the last queries remembered, a collection adapted to without labels, and what is kept of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from models.encode.adapter import AdaptedEncoder, RememberingEncoder, adapt
from models.encode.contract import Vectors, unit_rows
from models.encode.tuning import FEWEST, began_with, tuned
from models.store import build, kept_adapter
from tests.tiny_encoder import TinyEncoder

SUBJECTS = (
    "房租补贴",
    "贷款贴息",
    "培训费用",
    "社保返还",
    "人才落户",
    "专利资助",
    "展会费用",
    "残疾人岗位",
    "设备更新",
    "住房租赁",
)
PASSAGES = [f"通知全文第{i}条对{subject}作出规定，{subject}按{i}号标准执行" for i, subject in enumerate(SUBJECTS * 8)]


class CountingEncoder(TinyEncoder):
    """Counts the queries it is asked."""

    asked = 0

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        self.asked += len(texts)
        return super().encode_queries(texts)


class OffsetEncoder(TinyEncoder):
    """Queries lie elsewhere than passages, as those of real encoders do."""

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        moved = super().encode_queries(texts)
        moved[:, :8] += 0.8
        return unit_rows(moved)


def test_a_query_is_encoded_once_for_several_adapters() -> None:
    inner = CountingEncoder()
    encoder = RememberingEncoder(inner)
    first = encoder.encode_queries(["甲", "乙"])
    assert np.array_equal(encoder.encode_queries(["乙", "甲"]), first[::-1])
    assert inner.asked == 2
    first[:] = 0  # what is handed out is the caller's own
    assert encoder.encode_queries(["甲"]).any()
    many = [str(i) for i in range(100)]
    assert np.array_equal(encoder.encode_queries(many), inner.encode_queries(many))
    assert np.array_equal(encoder.encode_passages(many), inner.encode_passages(many))
    assert encoder.encode_queries([]).shape == (0, inner.dimension)


def own_passage_first(encoder: OffsetEncoder, queries: Vectors, vectors: Vectors) -> float:
    places = np.argmax(queries @ vectors.T, axis=1)
    return float(np.mean([SUBJECTS[place % len(SUBJECTS)] in PASSAGES[i] for i, place in enumerate(places)]))


def test_a_collection_is_adapted_to_without_labels() -> None:
    encoder = OffsetEncoder()
    vectors = encoder.encode_passages(PASSAGES)
    questions = [f"{SUBJECTS[i % len(SUBJECTS)]}怎么办" for i in range(len(PASSAGES))]
    before = own_passage_first(encoder, encoder.encode_queries(questions), vectors)
    adapter = tuned(encoder, None, PASSAGES, vectors)
    moved = adapt(vectors, adapter.passage_mean, adapter.passage)
    after = own_passage_first(encoder, AdaptedEncoder(encoder, adapter).encode_queries(questions), moved)
    assert after > before
    assert after >= 0.9


def test_tuning_is_repeatable_and_leaves_a_small_collection_alone() -> None:
    encoder = TinyEncoder()
    vectors = encoder.encode_passages(PASSAGES)
    assert tuned(encoder, None, PASSAGES, vectors).digest == tuned(encoder, None, PASSAGES, vectors).digest
    few = PASSAGES[: FEWEST // 4]
    small = tuned(encoder, None, few, vectors[: len(few)])
    assert np.allclose(small.query, np.eye(encoder.dimension))
    assert np.allclose(small.passage_mean, vectors[: len(few)].mean(axis=0), atol=1e-3)
    nothing = tuned(encoder, None, [], vectors[:0])
    assert nothing.query.shape == (encoder.dimension, encoder.dimension)


def test_no_question_is_made_of_what_passages_share() -> None:
    encoder = CountingEncoder()
    title = "某市关于支持小微企业的若干措施"
    vectors = encoder.encode_passages(PASSAGES)
    tuned(encoder, None, [title] * len(PASSAGES), vectors, [title] * len(PASSAGES))
    assert encoder.asked == 0


def test_a_fitted_adapter_is_kept_until_its_vectors_change(tmp_path: Path) -> None:
    encoder, folder, made = TinyEncoder(), tmp_path / "index", 0
    vectors = build(folder, "v1", encoder, list(map(str, range(len(PASSAGES)))), PASSAGES)

    def make(key: str = began_with(None, vectors)) -> str:
        nonlocal made

        def fresh() -> object:
            nonlocal made
            made += 1
            return tuned(encoder, None, PASSAGES, vectors)

        return kept_adapter(folder, key, encoder, fresh).digest  # type: ignore[arg-type]

    assert make() == make()
    assert made == 1
    make(began_with(None, vectors[::-1]))
    assert made == 2
    (folder / "adapter.bin").write_bytes(b"broken")
    assert make()
    assert made == 3


@pytest.mark.parametrize("folder", ["missing"])
def test_where_nothing_can_be_kept_the_adapter_is_made_anew(tmp_path: Path, folder: str) -> None:
    encoder = TinyEncoder()
    vectors = encoder.encode_passages(PASSAGES)
    found = kept_adapter(tmp_path / folder, "k" * 64, encoder, lambda: tuned(encoder, None, PASSAGES, vectors))
    assert found.model == encoder.name
