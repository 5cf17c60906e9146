"""A tiny encoder without weights, for the contract and the store."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np

from models.encode.contract import Vectors, unit_rows


class TinyEncoder:
    """Counts characters into 64 buckets: no meaning, but quick and repeatable."""

    name = "tiny"
    dimension = 64

    def __init__(self, salt: str = "") -> None:
        self.fingerprint = f"tiny{salt}"

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self._encode(texts)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        return self._encode(texts)

    def _encode(self, texts: Sequence[str]) -> Vectors:
        rows = np.full((len(texts), self.dimension), 0.01, np.float32)
        for row, text in zip(rows, texts, strict=True):
            for sign in text:
                row[hashlib.md5(sign.encode()).digest()[0] % self.dimension] += 1
        return unit_rows(rows)
