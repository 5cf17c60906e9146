"""What is known about the scheme while its benefits are read."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Setting:
    """What is known about the scheme a sentence belongs to.

    ``instrument`` and ``audience`` are terms of the vocabulary, ``text`` what spans refer to.
    """

    text: str
    instrument: str = "grant"
    audience: str = "both"
    certain: bool = False
    """Whether every figure is known to be a benefit, so that no giving word is needed."""
