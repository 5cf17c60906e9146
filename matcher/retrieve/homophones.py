"""Words typed with the wrong characters of the right sound: 「创页补贴」 is read as 「创业补贴」.

A stretch of an enquiry is mended where it is made of the crumbs that cutting into words leaves of a
word misspelt, where two of its characters never stand side by side in what is searched, and where
a word of the catalogue sounds the same. Tones are left out, and the sounds that pinyin typists mix
up count as one (zh z, ch c, sh s, -ing -in, -eng -en).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

_LONGEST: Final = 5
_SHORT: Final = 30
"""Characters up to which two characters alone are mended; a long story holds many chance pairs."""
_HAN: Final = re.compile(r"[\u4e00-\u9fff]{2,}")
_MIXED_UP: Final = ((re.compile(r"^([zcs])h"), r"\1"), (re.compile(r"([ie])ng$"), r"\1n"))


@dataclass(frozen=True, slots=True)
class Mended:
    """A stretch as typed, and the word it is read as."""

    typed: str
    meant: str


class Homophones:
    """The words of a catalogue by their sound.

    Args:
        texts: what is searched; two characters side by side in any of them are not mended.
        words: that may be meant, as often as they occur; of those that sound alike the most frequent is taken.
        cut: cuts a text into words, in order and without loss.

    Raises:
        ImportError: the package pypinyin is missing.
    """

    def __init__(self, texts: Iterable[str], words: Iterable[str], cut: Callable[[str], Sequence[str]]) -> None:
        counted = Counter(word for word in words if 2 <= len(word) <= _LONGEST and _HAN.fullmatch(word))
        self._cut = cut
        self._known = {pair for text in (*texts, *counted) for run in _HAN.findall(text) for pair in _pairs(run)}
        self._meant: dict[tuple[str, ...], str] = {}
        for word, _ in sorted(counted.items(), key=lambda item: (-item[1], item[0])):
            self._meant.setdefault(_sound(word), word)

    def mend(self, text: str) -> tuple[str, tuple[Mended, ...]]:
        """The text with what can be mended in place, and what that was; longer stretches before shorter ones."""
        found: list[Mended] = []
        least = 2 if len(text) <= _SHORT else 3
        return _HAN.sub(lambda run: self._run(run[0], least, found), text), tuple(found)

    def _run(self, run: str, least: int, found: list[Mended]) -> str:
        if all(pair in self._known for pair in _pairs(run)):
            return run
        tokens = list(self._cut(run))
        made, at = "", 0
        while at < len(tokens):
            for end in range(len(tokens), at + 1, -1):
                typed = "".join(tokens[at:end])
                if len(typed) <= _LONGEST and len(typed) >= least and self._is_crumbs(tokens[at:end]):
                    meant = self._meant.get(_sound(typed))
                    if meant is not None and meant != typed:
                        found.append(Mended(typed, meant))
                        made, at = made + meant, end
                        break
            else:
                made, at = made + tokens[at], at + 1
        return made

    def _is_crumbs(self, tokens: Sequence[str]) -> bool:
        """Whether tokens may be the rest of a word misspelt: one of them a single character, and together unheard of."""
        joined = "".join(tokens)
        single = [len(token) == 1 for token in tokens]
        loose = all(single) if len(joined) == 2 else any(single)
        return loose and any(pair not in self._known for pair in _pairs(joined))


def _pairs(run: str) -> Iterator[str]:
    return (run[i : i + 2] for i in range(len(run) - 1))


@lru_cache(maxsize=8_192)
def _sound(word: str) -> tuple[str, ...]:
    from pypinyin import lazy_pinyin

    syllables = lazy_pinyin(word)
    for pattern, one in _MIXED_UP:
        syllables = [pattern.sub(one, syllable) for syllable in syllables]
    return tuple(syllables)
