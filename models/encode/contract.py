"""What an encoder is: texts in, unit vectors out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
"""``[texts, dimension]``, float32, rows of length 1 (inner product = cosine)."""


class EncoderError(Exception):
    """An encoder cannot be had; the message says why and what to do, in both languages."""


class Encoder(Protocol):
    """Turns queries and passages into vectors of one space.

    Every row returned has length 1, whatever the text; equal texts give equal rows.
    """

    @property
    def name(self) -> str:
        """How people know the model."""

    @property
    def dimension(self) -> int:
        """Numbers per vector."""

    @property
    def fingerprint(self) -> str:
        """Changes whenever the vectors may change; an index keeps it and refuses another's."""

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Vectors of what people ask."""

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Vectors of what is searched."""


def unit_rows(found: Vectors) -> Vectors:
    """Rows scaled to length 1; a zero row stays zero."""
    lengths = np.linalg.norm(found, axis=1, keepdims=True)
    scaled: Vectors = (found / np.maximum(lengths, 1e-12)).astype(np.float32)
    return scaled
