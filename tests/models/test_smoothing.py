"""Evening out activations changes no result of the float graph, and makes int8 exact."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from models.encode.build import MAX_TOKENS, quantise
from models.encode.contract import EncoderError
from models.encode.graph import inputs_of, write_model
from models.encode.pruning import kept_pieces, tokenizer_json
from models.encode.smoothing import sample_texts, smoothed
from models.encode.weights import checked_bytes, find_weights, parse

ort = pytest.importorskip("onnxruntime")
pytest.importorskip("onnx")
SAID = [
    "query: 杨浦区对首次创业的大学生有什么补贴，在哪个窗口办？",
    "query: can my husband get a residence permit if I start a company here",
    "passage: 用人单位招用就业困难人员并缴纳社会保险费的，按实际缴费的50%给予补贴，最长三年。",
    "passage: 本办法自2024年7月1日起施行，有效期至2029年6月30日。",
]


def run(model: bytes | Path, tokenizer: str) -> NDArray[np.float32]:
    from tokenizers import Tokenizer

    session = ort.InferenceSession(str(model) if isinstance(model, Path) else model, providers=["CPUExecutionProvider"])
    cutter, rows = Tokenizer.from_str(tokenizer), []
    for text in SAID:
        rows.append(session.run(None, inputs_of(cutter.encode(text)))[0][0])
    return np.array(rows, np.float32)


def test_the_same_in_float_and_nearer_in_int8(tmp_path: Path) -> None:
    try:
        packed = parse(checked_bytes(find_weights()))
    except EncoderError as error:
        pytest.skip(str(error))
    kept = kept_pieces(packed)
    graph, tokenizer = write_model(packed, kept), tokenizer_json(packed, kept, MAX_TOKENS)
    even = smoothed(graph, tokenizer, sample_texts()[:16])
    exact = run(graph, tokenizer)
    assert np.abs(run(even, tokenizer) - exact).max() < 1e-6
    errors = []
    for name, body in (("plain", graph), ("even", even)):
        (tmp_path / f"{name}.float").write_bytes(body)
        quantise(tmp_path / f"{name}.float", tmp_path / f"{name}.onnx")
        errors.append(1 - (run(tmp_path / f"{name}.onnx", tokenizer) * exact).sum(axis=1))
    plain, better = errors
    assert better.max() < 0.002
    assert better.mean() < plain.mean() / 2


def test_samples_are_of_the_project_and_have_their_prefix() -> None:
    samples = sample_texts()
    assert len(samples) == len(set(samples)) >= 60
    assert {sample.split(":")[0] for sample in samples} == {"query", "passage"}
    gold = Path(__file__).resolve().parents[2] / "evaluation" / "gold" / "notices.jsonl"
    own = {clause["text"] for line in gold.read_text(encoding="utf-8").splitlines() for clause in json.loads(line)["clauses"]}
    assert sum(sample.removeprefix("passage: ") in own for sample in samples) >= 30
