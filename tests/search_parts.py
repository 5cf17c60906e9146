"""Where the search tests keep the encoder and the index: beside the checkout's other caches, made once."""

from __future__ import annotations

from pathlib import Path

CACHE = Path(__file__).resolve().parents[1] / ".cache" / "search"
