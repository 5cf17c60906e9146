"""Titles and document numbers in a form in which they can be compared."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

_YEAR: Final = r"[〔\[［(（【]\s*(?P<year>(?:19|20)\d{2})\s*[〕\]］)）】]"
_NUMBER: Final = re.compile(
    rf"(?P<word>[\u4e00-\u9fff]{{1,12}})?\s*(?:公告|字)?\s*(?:{_YEAR}|(?P<plain>(?:19|20)\d{{2}})年?)\s*第?\s*0*(?P<number>\d{{1,4}})\s*号"
)
_NOISE: Final = re.compile(r"[\s“”\"'‘’《》〈〉（）()【】\[\]、，,；;：:。.·—\-–/＋+]+")
_YEARS: Final = re.compile(r"(?:19|20)\d{2}\s*(?:年度|年版|年|版)?")


@lru_cache(maxsize=65536)
def document_numbers(text: str) -> frozenset[str]:
    """Every document number in ``text`` as ``year-number``, with the issuing word where it stands.

    ``沪人社规〔2023〕12号`` gives ``沪人社规-2023-12``; brackets of every kind and 第 make no difference.
    """
    found = set()
    for one in _NUMBER.finditer(unicodedata.normalize("NFKC", text)):
        word = (one["word"] or "").removesuffix("公告").removesuffix("字")
        found.add(f"{word[-6:]}-{one['year'] or one['plain']}-{one['number']}")
    return frozenset(found)


@lru_cache(maxsize=65536)
def plain_title(title: str) -> str:
    """The title without punctuation, brackets, years and width differences."""
    return _NOISE.sub("", _YEARS.sub("", unicodedata.normalize("NFKC", title))).lower()


@lru_cache(maxsize=65536)
def pairs_of(text: str) -> frozenset[str]:
    """The pairs of neighbouring characters of ``text``; of a single character that one."""
    return frozenset(text[i : i + 2] for i in range(len(text) - 1)) or frozenset((text,))
