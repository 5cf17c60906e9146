"""Traditional characters as simplified ones: the one place that knows the converter."""

from __future__ import annotations

from functools import lru_cache
from typing import Any


def simplified(text: str) -> str:
    """The text in simplified characters; phrases may change their length."""
    return str(_converter().convert(text))


@lru_cache(maxsize=1)
def _converter() -> Any:  # noqa: ANN401 - the library has no types
    """Made once: it reads its dictionaries."""
    from opencc import OpenCC

    return OpenCC("t2s")
