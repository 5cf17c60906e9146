"""Titles and document numbers in a form in which they can be compared."""

from __future__ import annotations

import csv
import io
import math
import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from importlib import resources
from typing import Final

from policies.catalogue import starter_catalogue
from policies.characters import simplified

_YEAR: Final = r"[〔\[［(（【]\s*(?P<year>(?:19|20)\d{2})\s*[〕\]］)）】]"
_NUMBER: Final = re.compile(
    rf"(?P<word>[\u4e00-\u9fff]{{1,12}})?\s*(?:公告|字)?\s*(?:{_YEAR}|(?P<plain>(?:19|20)\d{{2}})年?)\s*第?\s*0*(?P<number>\d{{1,4}})\s*号"
)
_NOISE: Final = re.compile(r"[\s“”\"'‘’《》〈〉（）()【】\[\]、，,；;：:。.·—\-–/＋+~]+")
_YEARS: Final = re.compile(r"((?:19|20)\d{2})\s*(?:年度|年版|年|版)?")
_YEAR_RANGE: Final = re.compile(r"((?:19|20)\d{2})年?\s*[-—–~至到]+\s*((?:19|20)\d{2})")
_MARK: Final = re.compile(r"[A-Za-z]+|\d+(?:\.\d+)?[%万亿]?")
_PLACE: Final = re.compile(r"[\u4e00-\u9fff]{2,4}?(?:新区|区|县|市|省)(?!块|域|级|场|分)")


@lru_cache(maxsize=65536)
def document_numbers(text: str) -> frozenset[str]:
    """Every document number in ``text`` as ``word-year-number``.

    ``沪人社规〔2023〕12号`` gives ``沪人社规-2023-12``; brackets of every kind and 第 make no difference.
    """
    found = set()
    for one in _NUMBER.finditer(unicodedata.normalize("NFKC", simplified(text))):
        word = (one["word"] or "").removesuffix("公告").removesuffix("字")
        found.add(f"{word[-6:]}-{one['year'] or one['plain']}-{one['number']}")
    return frozenset(found)


@lru_cache(maxsize=65536)
def plain_title(title: str) -> str:
    """The title in simplified characters without punctuation, brackets and years."""
    return _NOISE.sub("", _YEARS.sub("", unicodedata.normalize("NFKC", simplified(title)))).lower()


@lru_cache(maxsize=65536)
def core_title(title: str) -> str:
    """What is left of the plain title without places and the words every title has (补贴, 办法, 关于 …).

    Words of one meaning (户籍, 常住户口, 落户) are written alike.
    """
    plain = _PLACE.sub("", plain_title(title), count=1)
    means = _table("title_synonyms.csv", "means")
    alike = _pattern("title_synonyms.csv").sub(lambda found: means[found[0]], plain)
    core = _pattern("generic_words.csv").sub("", alike)
    return core or alike


@lru_cache(maxsize=65536)
def title_years(title: str) -> frozenset[int]:
    """The years a title names; 2016—2018年 names all three."""
    plain = unicodedata.normalize("NFKC", title)
    years = {int(year) for year in _YEARS.findall(plain)}
    for first, last in _YEAR_RANGE.findall(plain):
        years |= set(range(int(first), min(int(last), int(first) + 20) + 1))
    return frozenset(years)


@lru_cache(maxsize=65536)
def title_marks(title: str) -> frozenset[str]:
    """Letters and figures of a title that are no year: ``A``, ``3310``, ``500万``, ``30%``."""
    plain = _YEARS.sub("", unicodedata.normalize("NFKC", title))
    return frozenset(one.upper() for one in _MARK.findall(plain))


@lru_cache(maxsize=65536)
def version_words(title: str) -> frozenset[str]:
    """``prolonged`` and ``renewed`` where the title says so (延长, 继续有效; 新办法, 修订 …)."""
    kinds = _table("version_words.csv", "kind")
    return frozenset(kinds[word] for word in _pattern("version_words.csv").findall(simplified(title)))


@lru_cache(maxsize=1)
def pair_weights() -> Mapping[str, float]:
    """How much a pair of characters says in a title: rare ones more, by the titles of the starter catalogue."""
    counts: dict[str, int] = {}
    titles = [policy.title.zh for policy in starter_catalogue()]
    for title in titles:
        for pair in pairs_of(core_title(title)):
            counts[pair] = counts.get(pair, 0) + 1
    return {pair: math.log((len(titles) + 1) / (count + 1)) for pair, count in counts.items()}


@lru_cache(maxsize=65536)
def pairs_of(text: str) -> frozenset[str]:
    """The pairs of neighbouring characters of ``text``; of a single character that one."""
    return frozenset(text[i : i + 2] for i in range(len(text) - 1)) or frozenset((text,) if text else ())


@lru_cache(maxsize=8)
def _table(name: str, column: str) -> Mapping[str, str]:
    text = (resources.files("policies") / "data" / name).read_text(encoding="utf-8")
    return {row["word"]: row[column] for row in csv.DictReader(io.StringIO(text, newline=""))}


@lru_cache(maxsize=8)
def _pattern(name: str) -> re.Pattern[str]:
    column = {"title_synonyms.csv": "means"}.get(name, "kind")
    words = sorted(_table(name, column), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, words)))
