"""The pair model: plain arithmetic, and trained weights that are those of the labelled pairs."""

from __future__ import annotations

import math

import pytest

from evaluation.resolver import evaluate_resolver, read_pairs, train
from models.pair_model import PairModel, model_from_json, shipped_pair_model
from policies.vocabulary import Vocabulary

TINY = PairModel(("x", "y"), ("a", "b"), ((1.0, 0.0), (0.0, 2.0)), (0.0, 0.5), "1")


def test_probabilities_and_parts() -> None:
    chances = TINY.probabilities((1.0, 1.0))
    assert math.isclose(chances["b"], 1 / (1 + math.exp(1 - 2.5)))
    assert math.isclose(sum(chances.values()), 1)
    assert TINY.parts((1.0, 1.0), "b") == [("y", 2.0), ("x", -1.0)]
    assert model_from_json(TINY.to_json()) == TINY
    with pytest.raises(ValueError, match="1 numbers"):
        TINY.probabilities((1.0,))


def test_the_shipped_weights_are_those_of_the_labelled_pairs(words: Vocabulary) -> None:
    pytest.importorskip("sklearn")
    fitted, shipped = train(read_pairs(), words), shipped_pair_model()
    assert fitted.features == shipped.features
    for ours, theirs in zip(fitted.weights, shipped.weights, strict=True):
        assert ours == pytest.approx(theirs, abs=2e-3)


def test_held_out_pairs(words: Vocabulary) -> None:
    pairs = read_pairs()
    assert len(pairs) >= 300
    report = evaluate_resolver(pairs, shipped_pair_model(), words)
    assert report["duplicate"]["f1"] >= 0.95
    assert report["apart"] == 1.0
