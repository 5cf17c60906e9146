"""The places an enquiry asks about, among all the names of places it holds.

Streets, schools and banks are named after cities everywhere (鞍山新村, 四平路 and 大连路 are in
Shanghai), and a person tells where he or she comes from or sells to (「江西人」「卖给浙江的厂」)
without asking for what is given there. Such names do not say which place is meant.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final

from policies.regions import NATION
from policies.vocabulary import Vocabulary

_LONGEST_NAME: Final = 12
_SURE_ENDINGS: Final = ("省", "市", "区", "县", "州", "旗", "盟")
_ALSO_WORDS: Final = frozenset(["东方", "朝阳", "和平", "长安", "长寿", "阿里", "来宾", "白银", "日照", "普洱", "和田"])
"""Short names that are more often ordinary words or brands; with 市, 区 or 州 they are read."""
_NAMED_AFTER: Final = re.compile(
    r"[东西南北中]?[一二三四五六七八九十]?(?:路|街(?!道)|大街|大道|巷|弄|支路)|[一二三四五六七八九十]村|新村|"
    r"大学(?!生)|学院|中学(?!生)|小学(?!生)|医院|公园|广场|大厦|银行|证券|机场|火车站"
)
"""What follows the name of a place in the name of a street, a school, a bank."""
_ORIGIN_AFTER: Final = re.compile(
    r"人(?![才社员力均工民口群大])|籍|妹子|姑娘|小伙|老乡|老家|户口|户籍|身份|身分|护照|同事|同胞|考[到来进]|来|过来|搬|调[来到]|转[来到]|回来|"
    r"(?:本科|硕士|博士)?(?:毕业|念|读|唸|讀)|出生|长大|发的"
)
"""What follows a place that somebody or something comes from."""
_ORIGIN_BEFORE: Final = re.compile(
    r"(?:老家(?:是|在)?|从|来自|祖籍|籍贯|原籍|户口[是在]?|户籍[是在]?|给|[卖送发运寄][到给]|许可给|转让给)(?:了)?$"
)
"""What stands before a place that somebody comes from or gives something to."""
_LOOK_BACK: Final = 5


def place_names(vocabulary: Vocabulary) -> frozenset[str]:
    """What is read as a place: full names of all divisions, short ones of provinces, cities and districts of municipalities."""
    found: set[str] = set()
    for region in vocabulary.regions:
        if region.code == NATION or (region.level == "area" and region.parent == NATION):
            continue  # an area of several provinces (长三角) is not where somebody asks
        large = region.code.endswith("00") or region.level in ("province", "area")
        if region.name.endswith(_SURE_ENDINGS) or large:
            found.add(region.name)
        if large or region.parent.endswith("0000"):
            found.update(name for name in (region.short, *region.aliases) if len(name) > 1)
    return frozenset(name for name in found if len(name) > 1 and name not in _ALSO_WORDS)


def asked_places(text: str, names: frozenset[str]) -> list[str]:
    """The names of places a text asks about, in its order: neither streets and schools, nor where somebody is from."""
    found = []
    for start, end in occurrences(text, names):
        after, before = text[end:], text[max(0, start - _LOOK_BACK) : start]
        if not (_NAMED_AFTER.match(after) or _ORIGIN_AFTER.match(after) or _ORIGIN_BEFORE.search(before)):
            found.append(text[start:end])
    return found


def occurrences(text: str, names: Collection[str]) -> list[tuple[int, int]]:
    """Where names occur in a text, ``(start, end)``: the longest first at each place, without overlap."""
    found, at = [], 0
    while at < len(text):
        for size in range(min(_LONGEST_NAME, len(text) - at), 1, -1):
            if text[at : at + size] in names:
                found.append((at, at + size))
                at += size
                break
        else:
            at += 1
    return found
