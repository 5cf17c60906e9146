"""Encoders: texts to vectors of one space. Use :func:`open_encoder`."""

from __future__ import annotations

from pathlib import Path

from models.encode.build import Progress, silent
from models.encode.contract import Encoder, EncoderError, Vectors

__all__ = ["Encoder", "EncoderError", "Vectors", "open_encoder"]


def open_encoder(source: str | None, cache: Path, progress: Progress = silent) -> Encoder:
    """The encoder named by ``source``: empty for the default one, else a SentenceTransformer.

    Args:
        source: folder or name of a SentenceTransformer, or None.
        cache: folder in which the default encoder is built on first use.
        progress: told of the steps of a build.

    Raises:
        EncoderError: it cannot be had; the message says why and what to do.
    """
    if source:
        from models.encode.sentence import SentenceEncoder

        return SentenceEncoder(source)
    from models.encode.build import build
    from models.encode.onnx_encoder import OnnxEncoder

    return OnnxEncoder(build(cache, progress))
