"""The default encoder: an int8 ONNX graph run by onnxruntime on the processor.

Texts are run one at a time: dynamic quantisation scales by the largest activation of a call, so a
text's vector would otherwise depend on its neighbours; on a processor batches bring nothing.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import numpy as np

from models.encode.build import INSTALL_HINT, MODEL_FILE, MODEL_NAME, TOKENIZER_FILE, Built
from models.encode.contract import EncoderError, Vectors
from models.encode.graph import inputs_of

_MOST_WORKERS: Final = 8
QUERY_PREFIX, PASSAGE_PREFIX = "query: ", "passage: "


class OnnxEncoder:
    """Encoder over a folder made by :func:`models.encode.build.build`.

    Raises:
        EncoderError: onnxruntime or tokenizers is missing, or the folder cannot be loaded.
    """

    name = MODEL_NAME

    def __init__(self, built: Built) -> None:
        self.dimension = built.dimension
        self.fingerprint = built.fingerprint
        try:
            import onnxruntime
            from tokenizers import Tokenizer
        except ImportError as error:
            raise EncoderError(f"缺少 {error.name}，请运行 {INSTALL_HINT} / {error.name} is missing: {INSTALL_HINT}") from error
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            self._tokenizer = Tokenizer.from_file(str(built.folder / TOKENIZER_FILE))
            self._session: Any = onnxruntime.InferenceSession(
                str(built.folder / MODEL_FILE), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # both libraries raise bare exceptions of their own
            raise EncoderError(f"{built.folder}: 语义模型无法载入，请删除该文件夹后重试 / cannot be loaded; delete it") from error
        self._workers = min(_MOST_WORKERS, os.cpu_count() or 1)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Vectors of what people ask, ``[texts, dimension]``."""
        return self._encode([QUERY_PREFIX + text for text in texts])

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Vectors of what is searched, ``[texts, dimension]``."""
        return self._encode([PASSAGE_PREFIX + text for text in texts])

    def _encode(self, texts: list[str]) -> Vectors:
        if len(texts) < 2:
            rows = [self._one(text) for text in texts]
        else:
            with ThreadPoolExecutor(self._workers) as pool:
                rows = list(pool.map(self._one, texts))
        found: Vectors = np.vstack(rows) if rows else np.zeros((0, self.dimension), np.float32)
        return found

    def _one(self, text: str) -> Vectors:
        vectors: Vectors = self._session.run(None, inputs_of(self._tokenizer.encode(text)))[0]
        return vectors
