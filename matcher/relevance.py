"""How much a policy's words share with a wish in plain words, by pairs of characters.

A plain lexical measure that needs no index: the share of the wish's character pairs that occur
in the policy's title, summary, instrument and groups. It orders; it never excludes.
"""

from __future__ import annotations

import re

from policies.schema import Policy
from policies.vocabulary import Vocabulary

_WORD = re.compile(r"[A-Za-z]+|\d+|[㐀-鿿]+")


def character_pairs(text: str) -> frozenset[str]:
    """Pairs of neighbouring Chinese characters, and whole Latin words and numbers in lower case."""
    found: set[str] = set()
    for run in _WORD.findall(text.lower()):
        if run[0].isascii():
            found.add(run)
        else:
            found.update(run[i : i + 2] for i in range(max(len(run) - 1, 1)))
    return frozenset(found)


def relevance(wish: frozenset[str], policy: Policy, vocabulary: Vocabulary) -> float:
    """Share of the wish's pairs found in the policy, 0 to 1; 0 for an empty wish."""
    if not wish:
        return 0.0
    instrument = vocabulary.terms["instrument"][policy.instrument].label
    texts = [policy.title, instrument, *([policy.summary] if policy.summary else [])]
    words = " ".join([*(text.zh + " " + (text.en or "") for text in texts), *policy.groups])
    return len(wish & character_pairs(words)) / len(wish)
