"""Search over passages that belong to documents: lexical, dense and combined scores.

The combined score adds, on scales that do not depend on the size of the collection,

* the cosine to the passage (:mod:`models.meaning`);
* the share of the query's weight that BM25 finds in the passage, and in its whole document,
  raised to a power above one: much overlap is worth more than proportionally;
* the share of the query found in words that are the passage's own: what the title says too is true
  of every passage of the document and does not tell them apart.

Where passages are cut from running text, a heading that ends the passage before counts as a
passage's own in these shares: it is about what follows.

The weights are the same for every collection, chosen on the project's own notices
(``evaluation/gold/notices.jsonl``), where the figures are flat around them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.lexical import Bm25, Cutter, Scores, pairs
from models.meaning import MeaningSpace

_OVERLAP: Final = np.float32(1.5)
_POWER: Final = 1.5
_OWN: Final = np.float32(0.5)
_WORDS_SHARE: Final = np.float32(0.25)
"""Of words beside pairs in the lexical score."""
_LED: Final = 80
"""Most characters before a passage that count as its own."""
_NUMBERED: Final = re.compile(
    r"第[一二三四五六七八九十百]+[条章节]|[一二三四五六七八九十]{1,3}[、.．是]|[（(][一二三四五六七八九十\d]{1,3}[)）]"
    r"|\d{1,2}[、.．](?!\d)|[①-⑳]|问[：:]"
)
"""How a numbered sentence or a question of an interview begins."""
SENTENCE: Final = re.compile(r"[^。！？；\n]+[。！？；\n]*|[。！？；\n]+")
"""A sentence of running text with the stops after it."""


@dataclass(frozen=True, slots=True)
class PassageScores:
    """Scores of every passage for one query, each ``[passages]``.

    Attributes:
        words, pairs: BM25; ``lexical`` both together.
        dense: cosine; ``cosine`` the same centred; 0 without an encoder.
        coverage: share of the query's weight found in the passage; ``document`` in its document;
            ``own`` in words of the passage that its context has not.
    """

    words: Scores
    pairs: Scores
    lexical: Scores
    dense: Scores
    cosine: Scores
    coverage: Scores
    document: Scores
    own: Scores
    combined: Scores


class Hybrid:
    """Passages of documents, searchable by words and by meaning.

    Args:
        texts: passages as they are indexed.
        documents: for each passage the number of its document, from 0; every passage is its own
            document where this is None.
        meaning: the same passages by their vectors; None to search lexically only.
        added: words the general dictionary lacks.
        contexts: for each passage what it shares with others of its document (the title); None: nothing.
        before: for each passage the heading just before it in its document (:func:`words_before`); None: nothing.
    """

    def __init__(
        self,
        texts: Sequence[str],
        documents: Sequence[int] | None = None,
        meaning: MeaningSpace | None = None,
        added: Iterable[str] = (),
        contexts: Sequence[str] | None = None,
        before: Sequence[str] | None = None,
    ) -> None:
        self._size = len(texts)
        self.words, self.pairs = Bm25(texts, Cutter(added)), Bm25(texts, pairs)
        led = texts if before is None else [f"{text} {words}" for text, words in zip(texts, before, strict=True)]
        self._led = self.pairs if before is None else Bm25(led, pairs)
        self.documents: NDArray[np.int64] | None = None
        if documents is not None and self._size:
            self.documents = np.asarray(documents, np.int64)
            joined = [""] * (int(self.documents.max()) + 1)
            for place, text in zip(self.documents, texts, strict=True):
                joined[place] += text + "\n"
            self._whole = Bm25(joined, pairs)
        self._own = Bm25(led, pairs, contexts, k1=0.0, b=0.0) if contexts is not None else None
        self._meaning = meaning

    def __len__(self) -> int:
        return self._size

    @property
    def semantic(self) -> bool:
        """Whether meaning is searched too."""
        return self._meaning is not None

    def search(self, query: str) -> PassageScores:
        """Scores of every passage for a query."""
        words, two = self.words.scores(query), self.pairs.scores(query)
        lexical = _WORDS_SHARE * words + two
        part = self._led.coverage(query)
        whole = self._whole.coverage(query)[self.documents] if self.documents is not None else np.zeros_like(part)
        own = self._own.coverage(query) if self._own is not None else np.zeros_like(part)
        overlap = _OVERLAP * (part**_POWER + whole**_POWER) + _OWN * own
        cosine, centred = self._dense(query)
        combined: Scores = (centred + overlap).astype(np.float32)
        return PassageScores(words, two, lexical, cosine, centred, part, whole, own, combined)

    def cosines(self, queries: Sequence[str]) -> list[Scores]:
        """Centred cosines of every passage to each query; zeros without an encoder."""
        if self._meaning is None:
            return [np.zeros(self._size, np.float32) for _ in queries]
        return self._meaning.cosines(queries)

    def _dense(self, query: str) -> tuple[Scores, Scores]:
        if self._meaning is None:
            nothing = np.zeros(self._size, np.float32)
            return nothing, nothing
        return self._meaning.search(query)


def words_before(bodies: Sequence[str], documents: Sequence[int]) -> list[str]:
    """For each passage the heading at the end of the one before it in its document; empty where none stands there.

    Args:
        bodies: passages in the order of the text, without any title put before them.
        documents: number of the document of each.
    """
    found = [""]
    for place in range(1, len(bodies)):
        same = documents[place] == documents[place - 1]
        found.append(_closing_heading(bodies[place - 1]) if same else "")
    return found[: len(bodies)]


def _closing_heading(text: str) -> str:
    """The last sentence, where it is numbered or has no stop at its end: it leads to what follows."""
    sentences = [sentence.strip() for sentence in SENTENCE.findall(text) if sentence.strip()]
    last = sentences[-1] if sentences else ""
    return last[-_LED:] if last and (_NUMBERED.match(last) or last[-1] not in "。！；") else ""
