"""A linear adapter on top of an encoder: enquiries and schemes moved nearer to each other.

a = unit(unit(q - mq) A), b = unit(unit(p - mp) B). Trained on the project's own texts
(:mod:`models.train`); it belongs to one model and is refused on another.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any, Final

import numpy as np

from models.encode.contract import Encoder, EncoderError, Vectors, unit_rows
from models.encode.weights import Floats

ENQUIRIES: Final = "adapter"
"""The adapter of enquiries to schemes, trained on the project's own enquiries."""
GENERAL: Final = "general"
"""The adapter of questions to any policy text, trained on the project's own notices."""
_REMEMBERED: Final = 32


@dataclass(frozen=True)
class Adapter:
    """The weights with the name of the model they belong to.

    Attributes:
        query, passage: ``[dimension, dimension]``; ``query_mean``, ``passage_mean``: ``[dimension]``.
    """

    model: str
    query: Floats
    passage: Floats
    query_mean: Floats
    passage_mean: Floats
    digest: str

    def to_bytes(self) -> bytes:
        """Its file; see :func:`to_bytes`."""
        return to_bytes((self.query, self.passage, self.query_mean, self.passage_mean))


class AdaptedEncoder:
    """An encoder with an adapter behind it; itself an encoder.

    Raises:
        EncoderError: the adapter belongs to another model or dimension.
    """

    def __init__(self, inner: Encoder, adapter: Adapter) -> None:
        if adapter.model != inner.name or adapter.query.shape != (inner.dimension, inner.dimension):
            raise EncoderError(
                f"适配器属于 {adapter.model}，不能用于 {inner.name} / the adapter is of {adapter.model}, not {inner.name}"
            )
        self._inner, self._adapter = inner, adapter
        self.name = f"{inner.name}+adapter"
        self.dimension = inner.dimension
        self.fingerprint = hashlib.sha256(f"{inner.fingerprint}{adapter.digest}".encode()).hexdigest()

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Vectors of what people ask, ``[texts, dimension]``."""
        return adapt(self._inner.encode_queries(texts), self._adapter.query_mean, self._adapter.query)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Vectors of what is searched, ``[texts, dimension]``."""
        return adapt(self._inner.encode_passages(texts), self._adapter.passage_mean, self._adapter.passage)


class RememberingEncoder:
    """An encoder that keeps the vectors of the last queries, for several adapters asked the same; thread-safe."""

    def __init__(self, inner: Encoder) -> None:
        self._inner = inner
        self.name, self.dimension, self.fingerprint = inner.name, inner.dimension, inner.fingerprint
        self._one = lru_cache(maxsize=_REMEMBERED)(self._encode)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Vectors of what people ask, ``[texts, dimension]``."""
        if len(texts) > _REMEMBERED:
            return self._inner.encode_queries(texts)
        rows: Vectors = np.zeros((len(texts), self.dimension), np.float32)
        for row, text in zip(rows, texts, strict=True):
            row[:] = self._one(text)
        return rows

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Vectors of what is searched, ``[texts, dimension]``."""
        return self._inner.encode_passages(texts)

    def _encode(self, text: str) -> Vectors:
        vector: Vectors = self._inner.encode_queries([text])[0]
        return vector


def adapt(vectors: Vectors, middle: Floats, matrix: Floats) -> Vectors:
    """Vectors of the encoder moved by one half of an adapter, unit rows ``[texts, dimension]``."""
    moved: Vectors = np.asarray(unit_rows(vectors - middle) @ matrix, np.float32)
    return unit_rows(moved)


def shipped_adapter(name: str = ENQUIRIES) -> Adapter | None:
    """An adapter that comes with the program (:data:`ENQUIRIES` or :data:`GENERAL`); None where there is none.

    Raises:
        EncoderError: its file does not match its card.
    """
    folder = resources.files("models") / "artefacts"
    card, body = folder / f"{name}.json", folder / f"{name}.bin"
    if not (card.is_file() and body.is_file()):
        return None
    about: dict[str, Any] = json.loads(card.read_text(encoding="utf-8"))
    raw = body.read_bytes()
    if hashlib.sha256(raw).hexdigest() != about["sha256"]:
        raise EncoderError("适配器文件与说明卡不符 / the adapter does not match its card")
    return from_bytes(raw, str(about["model"]), int(about["dimension"]))


def to_bytes(parts: Sequence[Floats]) -> bytes:
    """Query and passage matrix as difference from the identity, then the means, float16."""
    dimension = len(parts[0])
    identity = np.eye(dimension, dtype=np.float32)
    query, passage, query_mean, passage_mean = parts
    return b"".join(x.astype("<f2").tobytes() for x in (query - identity, passage - identity, query_mean, passage_mean))


def from_bytes(raw: bytes, model: str, dimension: int) -> Adapter:
    """The adapter written by :func:`to_bytes`.

    Raises:
        EncoderError: the size does not fit the dimension.
    """
    square = dimension * dimension
    numbers = np.frombuffer(raw, "<f2").astype(np.float32)
    if len(numbers) != 2 * square + 2 * dimension:
        raise EncoderError("适配器文件的大小不对 / the adapter has a wrong size")
    identity = np.eye(dimension, dtype=np.float32)
    query = numbers[:square].reshape(dimension, dimension) + identity
    passage = numbers[square : 2 * square].reshape(dimension, dimension) + identity
    means = numbers[2 * square :].reshape(2, dimension)
    return Adapter(model, query, passage, means[0], means[1], hashlib.sha256(raw).hexdigest())
