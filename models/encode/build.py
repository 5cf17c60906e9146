"""Builds the default encoder once, into a folder of the user's cache, and finds it there again.

Weights of the pinned package → dequantised → pruned to Chinese, Latin and digits → ONNX graph →
activations evened out → int8. No torch. The folder holds ``model.onnx``, ``tokenizer.json`` and ``manifest.json`` with the
hash of each; it appears whole or not at all.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from models.encode.contract import EncoderError
from models.encode.weights import PACKAGE, PACKAGE_VERSION, WEIGHTS_SHA256, checked_bytes, find_weights, parse

FORM: Final = 2
"""Raised whenever the graph, the pruning or the quantisation changes: older folders are rebuilt."""
MODEL_NAME: Final = "multilingual-e5-small-zh-int8"
FOLDER: Final = f"{MODEL_NAME}-{FORM}"
MODEL_FILE, TOKENIZER_FILE, MANIFEST_FILE = "model.onnx", "tokenizer.json", "manifest.json"
MAX_TOKENS: Final = 256
"""Longest text read, in sub-words; passages have at most 256 characters."""
INSTALL_HINT: Final = "pip install 'policymatch[search]'"

Progress = Callable[[str, float], None]
"""Called with the step (bilingual) and the share done, 0 to 1."""


@dataclass(frozen=True, slots=True)
class Built:
    """A finished encoder folder; ``fingerprint`` names its exact content."""

    folder: Path
    dimension: int
    fingerprint: str


def silent(_step: str, _share: float) -> None:
    """A progress callback that says nothing."""


def build(cache: Path, progress: Progress = silent) -> Built:
    """The encoder of the cache, built there if it is absent, damaged or of an older form.

    Raises:
        EncoderError: a package is missing, the weights are not the expected file, or the disk refuses.
    """
    found = existing(cache)
    if found is not None:
        return found
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache, prefix=".building-") as scratch:
            _write(Path(scratch), progress)
            _publish(Path(scratch), cache / FOLDER)
    except OSError as error:
        raise EncoderError(f"{cache}: 无法写入语义模型缓存 / the model cache cannot be written: {error.strerror}") from error
    found = existing(cache)
    if found is None:
        raise EncoderError(f"{cache}: 语义模型写入后校验失败，请重试 / the model failed its check after writing; try again")
    return found


def existing(cache: Path) -> Built | None:
    """The finished encoder of the cache, its hashes checked; None where there is none to use."""
    folder = cache / FOLDER
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST_FILE).read_text(encoding="utf-8"))
        if manifest["form"] != FORM or manifest["weights_sha256"] != WEIGHTS_SHA256:
            return None
        if any(_sha256(folder / name) != digest for name, digest in manifest["files"].items()):
            return None
        return Built(folder, int(manifest["dimension"]), str(manifest["fingerprint"]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def quantise(source: Path, target: Path) -> None:
    """Write the int8 graph of a float one: matrices per output column, activations on the fly."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    root = logging.getLogger()
    before = root.level
    root.setLevel(logging.ERROR)  # it advises a pre-processing step that a graph without shapes to infer does not need
    try:
        quantize_dynamic(source, target, op_types_to_quantize=["MatMul"], per_channel=True, weight_type=QuantType.QInt8)
    finally:
        root.setLevel(before)


def _write(folder: Path, progress: Progress) -> None:
    try:
        from models.encode.graph import write_model
        from models.encode.pruning import kept_pieces, tokenizer_json
        from models.encode.smoothing import sample_texts, smoothed

        progress("读取模型权重 / reading the weights", 0.0)
        packed = parse(checked_bytes(find_weights()))
        progress("裁剪词表 / pruning the vocabulary", 0.1)
        kept = kept_pieces(packed)
        tokenizer = tokenizer_json(packed, kept, MAX_TOKENS)
        (folder / TOKENIZER_FILE).write_text(tokenizer, encoding="utf-8")
        progress("生成计算图 / writing the graph", 0.2)
        graph = write_model(packed, kept)
        progress("均衡激活值 / evening out activations", 0.4)
        (folder / "float.onnx").write_bytes(smoothed(graph, tokenizer, sample_texts()))
        progress("量化 / quantising", 0.7)
        quantise(folder / "float.onnx", folder / MODEL_FILE)
    except ImportError as error:
        raise EncoderError(f"缺少 {error.name}，请运行 {INSTALL_HINT} / {error.name} is missing: {INSTALL_HINT}") from error
    (folder / "float.onnx").unlink()
    files = {name: _sha256(folder / name) for name in (MODEL_FILE, TOKENIZER_FILE)}
    manifest = {
        "form": FORM,
        "name": MODEL_NAME,
        "package": f"{PACKAGE}=={PACKAGE_VERSION}",
        "weights_sha256": WEIGHTS_SHA256,
        "dimension": packed.sizes.hidden,
        "pieces": len(kept),
        "files": files,
        "fingerprint": hashlib.sha256("".join(files.values()).encode()).hexdigest(),
    }
    (folder / MANIFEST_FILE).write_text(json.dumps(manifest, indent=1, sort_keys=True), encoding="utf-8")
    progress("完成 / done", 1.0)


def _publish(scratch: Path, target: Path) -> None:
    """Put a finished folder in its place; where another process was first, its folder stays."""
    ready = scratch.with_name(scratch.name + ".ready")
    shutil.copytree(scratch, ready)
    try:
        if target.exists() and existing(target.parent) is None:
            shutil.rmtree(target)
        os.replace(ready, target)  # noqa: PTH105 - replaces an empty folder, refuses a full one
    except OSError:
        shutil.rmtree(ready, ignore_errors=True)
        if existing(target.parent) is None:
            raise


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
