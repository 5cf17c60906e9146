"""Any SentenceTransformer as an encoder, and the default model rebuilt as one.

Needs the extra ``st``. A model is looked for on this machine first; only where it is absent and
the machine is online is it fetched.
"""

from __future__ import annotations

import hashlib
import importlib.util
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from models.encode.contract import EncoderError, Vectors, unit_rows
from models.encode.weights import Packed

INSTALL_HINT = "pip install 'policymatch[st]'"
_HUB_NAME = re.compile(r"\w[\w.-]*(/\w[\w.-]*)?")
_PATIENCE = 10.0
"""Seconds the model hub may take to answer."""


class SentenceEncoder:
    """Encoder over a SentenceTransformer; prompts are the model's own, or prefixes given here.

    Args:
        source: folder or name of the model.
        query_prompt, document_prompt: put before each text where the model has no prompts of its own.

    Raises:
        EncoderError: sentence-transformers is missing, or the model cannot be loaded.
    """

    def __init__(self, source: str, query_prompt: str = "", document_prompt: str = "") -> None:
        if importlib.util.find_spec("sentence_transformers") is None:
            raise EncoderError(f"模型 {source} 需要 {INSTALL_HINT} / the model {source} needs {INSTALL_HINT}")
        self._model: Any = _load(source)
        self._prompts = (query_prompt or None, document_prompt or None)
        self.name = source
        self.dimension = int(self._model.get_embedding_dimension())
        self.fingerprint = _fingerprint(self._model, source, query_prompt, document_prompt)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Vectors of what people ask, ``[texts, dimension]``."""
        return self._vectors(self._model.encode_query, texts, self._prompts[0])

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Vectors of what is searched, ``[texts, dimension]``."""
        return self._vectors(self._model.encode_document, texts, self._prompts[1])

    def _vectors(self, encode: Any, texts: Sequence[str], prompt: str | None) -> Vectors:  # noqa: ANN401 - a method of the model
        import numpy as np

        if not texts:
            return np.zeros((0, self.dimension), np.float32)
        found = encode(list(texts), prompt=prompt, convert_to_numpy=True, show_progress_bar=False)
        return unit_rows(np.asarray(found, np.float32))


def _load(source: str) -> Any:  # noqa: ANN401 - a SentenceTransformer
    here = Path(source).exists()
    if not (here or _HUB_NAME.fullmatch(source)):
        raise EncoderError(f"{source}: 没有这个文件夹 / there is no such folder")
    from sentence_transformers import SentenceTransformer

    try:
        return SentenceTransformer(source, local_files_only=True, device="cpu")
    except Exception as local:
        if here:
            raise EncoderError(f"{source}: 不是可用的 SentenceTransformer 模型 / not a usable model") from local
    try:
        # one short request first: without network, loading by name would try again and again for a minute
        from huggingface_hub import model_info

        model_info(source, timeout=_PATIENCE)
        return SentenceTransformer(source, device="cpu")
    except Exception as error:
        raise EncoderError(
            f"{source}: 本机没有这个模型，也无法下载；请给出模型文件夹的路径 / "
            "the model is neither on this machine nor can it be fetched; give the path of its folder"
        ) from error


def _fingerprint(model: Any, source: str, *prompts: str) -> str:  # noqa: ANN401
    digest = hashlib.sha256("\0".join((source, *prompts, str(sorted(model.prompts.items())))).encode())
    for name, tensor in sorted(model.state_dict().items()):
        digest.update(name.encode())
        digest.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()


def rebuild_default(packed: Packed, kept: Sequence[int], folder: Path) -> None:
    """Write the default model as a SentenceTransformer folder (float32), to prove the ONNX encoder equal.

    Raises:
        EncoderError: sentence-transformers is missing.
    """
    try:
        import torch
        from sentence_transformers import SentenceTransformer
        from sentence_transformers.models import Normalize, Pooling, Transformer
        from transformers import BertConfig, BertModel, PreTrainedTokenizerFast
    except ImportError as error:
        raise EncoderError(f"需要 {INSTALL_HINT} / this needs {INSTALL_HINT}") from error
    from models.encode.build import MAX_TOKENS
    from models.encode.pruning import tokenizer_json

    sizes = packed.sizes
    config = BertConfig(
        vocab_size=len(kept), hidden_size=sizes.hidden, num_hidden_layers=sizes.layers, num_attention_heads=sizes.heads,
        intermediate_size=sizes.inner, max_position_embeddings=sizes.positions, type_vocab_size=sizes.types,
        layer_norm_eps=sizes.epsilon, pad_token_id=1,
    )  # fmt: skip
    bert = BertModel(config, add_pooling_layer=False)
    state = {name: torch.from_numpy(value) for name, value in _bert_state(packed, list(kept)).items()}
    bert.load_state_dict(state, strict=False)
    inner = folder / "bert"
    bert.save_pretrained(inner)
    (folder / "raw.json").write_text(tokenizer_json(packed, list(kept), MAX_TOKENS), encoding="utf-8")
    special = {"bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>", "unk_token": "<unk>"}
    tokenizer = PreTrainedTokenizerFast(tokenizer_file=str(folder / "raw.json"), **special)
    tokenizer.save_pretrained(inner)
    words = Transformer(str(inner), max_seq_length=MAX_TOKENS)
    prompts = {"query": "query: ", "document": "passage: "}
    model = SentenceTransformer(modules=[words, Pooling(sizes.hidden), Normalize()], prompts=prompts, device="cpu")
    model.save(str(folder / "model"))


def _bert_state(packed: Packed, kept: list[int]) -> dict[str, Any]:
    h, inner = packed.sizes.hidden, packed.sizes.inner
    found: dict[str, Any] = {
        "embeddings.word_embeddings.weight": packed.matrix("emb.word", h)[kept],
        "embeddings.position_embeddings.weight": packed.matrix("emb.pos", h),
        "embeddings.token_type_embeddings.weight": packed.matrix("emb.type", h),
        "embeddings.LayerNorm.weight": packed.tensor("emb.ln.w"),
        "embeddings.LayerNorm.bias": packed.tensor("emb.ln.b"),
    }
    parts = {
        "q": "attention.self.query", "k": "attention.self.key", "v": "attention.self.value", "ao": "attention.output.dense",
        "aln": "attention.output.LayerNorm", "fi": "intermediate.dense", "fo": "output.dense", "oln": "output.LayerNorm",
    }  # fmt: skip
    for layer in range(packed.sizes.layers):
        for short, name in parts.items():
            weight = packed.tensor(f"l{layer}.{short}.w")
            if not short.endswith("ln"):
                weight = weight.reshape(-1, inner if short == "fo" else h)
            found[f"encoder.layer.{layer}.{name}.weight"] = weight
            found[f"encoder.layer.{layer}.{name}.bias"] = packed.tensor(f"l{layer}.{short}.b")
    return found
