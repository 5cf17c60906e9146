"""Lexical search: BM25 over words and over pairs of characters.

Words catch terms, pairs catch what the cutter cuts differently; the two are separate scores for
whoever combines them. BM25 by bm25s (Lucene's variant), words by rjieba with the words of the
policy vocabularies added. Text is folded first: NFKC, lower case, traditional to simplified
where a fold is given.
"""

from __future__ import annotations

import logging
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

K1: Final = 1.2
B: Final = 0.4
"""Saturation and length normalisation of BM25 (Robertson and Zaragoza 2009); clauses are of similar length."""
_ADDED_WORD_WEIGHT: Final = 100_000
_RUN: Final = re.compile(r"[a-z][a-z0-9+\-]*|\d+(?:\.\d+)?|[㐀-鿿]+")
_NOISE: Final = frozenset("的了吗呢吧啊呀哦嘛和与及或在是有我你他她它们这那个就都也还把被让给")
"""Function words of one character: they occur everywhere and decide nothing."""
_ASKING: Final = re.compile(
    "什么时候|什么|哪些|哪个|哪家|哪里|如何|怎么样|怎么|怎样|多少|是否|能否|可以|可不可以|有没有|能不能|有何|为何|请问|有关|关于|吗|呢|吧"
)
"""Words of asking: they say that something is asked, not what."""
INSTALL_HINT: Final = "pip install 'policymatch[search]'"

Scores = NDArray[np.float32]
Analyser = Callable[[str], list[str]]


class LexicalError(Exception):
    """A package of lexical search is missing; the message names the command that installs it."""


def fold(text: str) -> str:
    """One form for equal text: NFKC, lower case."""
    return unicodedata.normalize("NFKC", text).lower()


def without_asking(query: str) -> str:
    """A query without the words of asking; itself where nothing else is left."""
    plain = _ASKING.sub(" ", query)
    return plain if _RUN.search(fold(plain)) else query


def pairs(text: str) -> list[str]:
    """Pairs of neighbouring Chinese characters; Latin words and numbers whole; a lone character alone."""
    found: list[str] = []
    for run in _RUN.findall(fold(text)):
        if run[0].isascii() or len(run) == 1:
            found.append(run)
        else:
            found.extend(run[i : i + 2] for i in range(len(run) - 1))
    return found


def cut_apart(text: str) -> list[str]:
    """A text cut into words of the general dictionary, in order and without loss; other characters stand alone.

    Raises:
        LexicalError: rjieba is missing.
    """
    found: list[str] = _rjieba().cut(text, False)
    return found


class Cutter:
    """Cuts text into words, long ones also into the words inside them.

    Args:
        added: words the general dictionary lacks.

    Raises:
        LexicalError: rjieba is missing.
    """

    def __init__(self, added: Iterable[str] = ()) -> None:
        self._cutter: Any = _rjieba().Jieba()
        for word in dict.fromkeys(added):
            self._cutter.add_word(fold(word), _ADDED_WORD_WEIGHT, "n")

    def __call__(self, text: str) -> list[str]:
        """The words of a text, signs and single function words left out."""
        found: list[str] = self._cutter.cut_for_search(fold(text))
        return [word for word in found if _RUN.fullmatch(word) and word not in _NOISE]


class Bm25:
    """BM25 over a fixed list of passages; a changed list is a new index (bm25s cannot add).

    Args:
        texts: the passages.
        analyse: cuts a text into words.
        contexts: for each passage a text whose words do not count as its own; None: every word counts.
        k1, b: saturation and length normalisation; 0 and 0: a word is there or not.
    """

    def __init__(
        self, texts: Sequence[str], analyse: Analyser, contexts: Sequence[str] | None = None, k1: float = K1, b: float = B
    ) -> None:
        self._analyse = analyse
        self._size = len(texts)
        cut = [analyse(text) for text in texts]
        if contexts is not None:
            shared = {context: frozenset(analyse(context)) for context in set(contexts)}
            cut = [[w for w in words if w not in shared[context]] for words, context in zip(cut, contexts, strict=True)]
        self._found_in = Counter(word for words in cut for word in set(words))
        self._index: Any = None
        if self._found_in:
            try:
                import bm25s
            except ImportError as error:
                raise LexicalError(f"缺少 bm25s，请运行 {INSTALL_HINT} / bm25s is missing: {INSTALL_HINT}") from error
            logging.getLogger("bm25s").setLevel(logging.WARNING)  # it asks for DEBUG on import
            self._index = bm25s.BM25(method="lucene", k1=k1, b=b)
            self._index.index(cut, show_progress=False)

    def __len__(self) -> int:
        return self._size

    def scores(self, query: str) -> Scores:
        """A score for every passage, ``[passages]``; 0 where no word is shared."""
        return self._scores(self._cut(query))

    def coverage(self, query: str) -> Scores:
        """The score as a share of the highest a passage could reach, 0 to 1, ``[passages]``.

        A word no passage has counts as the rarest: what cannot be found lowers the share.
        """
        words = self._cut(query)
        highest = sum(math.log(1 + (self._size - n + 0.5) / (n + 0.5)) for n in (self._found_in[word] for word in words))
        found: Scores = self._scores(words) / np.float32(highest or 1.0)
        return found

    def _cut(self, query: str) -> list[str]:
        return list(dict.fromkeys(self._analyse(without_asking(query))))

    def _scores(self, words: list[str]) -> Scores:
        known = [word for word in words if word in self._found_in]
        if not known:
            return np.zeros(self._size, np.float32)
        found: Scores = np.asarray(self._index.get_scores(known), np.float32)
        return found


def _rjieba() -> Any:  # noqa: ANN401 - the module
    try:
        import rjieba
    except ImportError as error:
        raise LexicalError(f"缺少 rjieba，请运行 {INSTALL_HINT} / rjieba is missing: {INSTALL_HINT}") from error
    return rjieba
