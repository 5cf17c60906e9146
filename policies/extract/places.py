"""Conditions on place: where something is registered, where a person is registered, works or is insured."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from policies.condition import AnyOf, Condition, Leaf
from policies.extract.hit import Context, Hit
from policies.vocabulary import vocabulary

_LEVELS: Final = {"省": "province", "市": "city", "区": "district", "县": "district"}
_OWN: Final = r"(?:本|我|全|该)(?:省|市|区|县)|(?:省|市|区|县)内|辖区|区辖内"
_SHORT: Final = {
    "沪": "310000",
    "京": "110000",
    "津": "120000",
    "渝": "500000",
    "粤": "440000",
    "穗": "440100",
    "深": "440300",
    "苏": "320000",
    "浙": "330000",
    "鲁": "370000",
    "闽": "350000",
    "杭": "330100",
    "宁": "320100",
}
_TOWN: Final = r"[\u4e00-\u9fff]{2,7}?(?:省|自治区|市|区|县)(?:[\u4e00-\u9fff]{2,6}?(?:市|区|县))?"
_AFTER: Final = "注册|登记|户籍|创办|工作|就业|地区|用人|有|参加|参保|缴|正常|连续|依法|合法|稳定|签"
_MARKS: Final = "[沪京津渝粤穗深苏浙鲁闽杭]"
PLACE: Final = rf"(?:{_OWN}|{_TOWN}|[\u4e00-\u9fff]{{2,3}}(?={_AFTER})|{_MARKS}(?={_AFTER}))"
_INSIDE: Final = r"(?:地区|行政区域|区域|范围|辖区|境)?(?:内|范围内)?"

_REGISTERED: Final = re.compile(
    rf"(?:在|于|注册地(?:址)?(?:在|位于)?|落户)({PLACE}){_INSIDE}(?:新)?(?:依法|合法)?(?:进行)?(?:工商)?"
    rf"(?:登记注册|注册登记|注册|创办|设立|领取(?:工商)?营业执照|登记|新设|成立|开办|从事生产经营|生产经营|经营)"
    rf"|(?:工商注册地|注册地|登记地|税收征管关系|注册地址)[^，。；、]{{0,10}}?(?:在|位于|为)({PLACE})"
)
_HUKOU: Final = re.compile(
    rf"(?:具有|持有|拥有|取得|属于|属|为)?({PLACE})(?:常住|城镇|城市|居民|非农业|居民家庭)?(?:户籍|户口)(?!所在地|地所辖|迁)|户籍(?:所在地)?(?:在|为)({PLACE})"
)
_WORK: Final = re.compile(
    rf"(?:在|到|来)({PLACE}){_INSIDE}(?:的)?(?:合法|稳定|依法)*(?:用人单位|企业|单位|机构)*(?:合法|稳定|依法|全职)*(?:就业|工作|任职|从业|用人单位签订)"
    rf"|与({PLACE})(?:的)?(?:用人单位|企业|单位)签订|需?在(辖区)企业工作"
)
_INSURED: Final = re.compile(
    rf"(?:在|由)({PLACE}){_INSIDE}(?:的)?(?:用人单位|企业|单位)?[^，。；]{{0,6}}?(?:参加|缴纳|有|参保|缴)[^，。；]{{0,12}}?(?:社会保险|社保|养老保险|医疗保险|失业保险|参保)"
    rf"|(?:参保地|社保缴纳地)(?:在|为)({PLACE})"
)


_MOVING: Final = re.compile(r"(?:申办|办理|申请|迁入|落|引进|转为)[^，。；]{0,4}$")
"""Words before a registration that somebody is to get, not one that is required."""


def resolve(word: str, region: str | None) -> str | None:
    """The code a place word means in a document of ``region``: 本市, 辖区, 广州, 上海市杨浦区; None where unknown."""
    regions = vocabulary().regions
    if word in _SHORT:
        return _SHORT[word]
    if re.fullmatch(_OWN, word):
        return _own(word, region)
    codes = regions.find(word, region or "")
    if not codes and (found := re.match(r"(.+?(?:省|市))(.+)", word)):
        outer = regions.find(found.group(1), region or "")
        codes = regions.find(found.group(2), outer[0]) if outer else ()
    return codes[0] if codes else None


def _own(word: str, region: str | None) -> str | None:
    if region is None:
        return None
    regions = vocabulary().regions
    mark = next((character for character in word if character in _LEVELS), "区")
    for code in regions.path(region):
        found = regions[code] if code in regions else None  # noqa: SIM401 - Regions is no dict
        if found is not None and (found.name.endswith(mark) or (mark == "区" and word == "辖区")):
            return code
    return region


def place_hits(text: str, context: Context) -> Iterator[Hit]:
    """Conditions on place in one sentence."""
    yield from _either(text, context)
    yield from _own_hukou(text, context)
    for field, pattern in (
        ("registered_region", _REGISTERED),
        ("hukou_region", _HUKOU),
        ("work_region", _WORK),
        ("social_insurance_region", _INSURED),
    ):
        for found in pattern.finditer(text):
            word = next(group for group in found.groups() if group)
            if field == "hukou_region" and (
                context.audience == "enterprise" or _MOVING.search(text[: found.start()] + word[:-2])
            ):
                continue  # of people a firm serves or hires, or a registration to be had
            code = _code(word, context.region)
            if code is not None:
                yield Hit(found.start(), found.end(), Leaf(field, "within_region", code), "place")


_OWN_HUKOU: Final = re.compile(r"(?<![省市区县州])户籍(?=(?:居家|贫困|困难|低收入|常住)?(?:老年人|家庭|居民|人员|学生|人口))")


def _own_hukou(text: str, context: Context) -> Iterator[Hit]:
    """``户籍老年人`` without a place: those registered where the document is issued."""
    found = _OWN_HUKOU.search(text)
    if found and context.audience != "enterprise" and context.region and context.region != "100000":
        yield Hit(found.start(), found.end(), Leaf("hukou_region", "within_region", context.region), "place")


def _code(word: str, region: str | None) -> str | None:
    """The place in ``word``, which may begin with other words: 初创企业在广州 → 广州."""
    plain = re.sub(r"(?:地区|行政区域|区域)$", "", word) or word
    for start in range(max(1, len(plain) - 1)):
        code = resolve(plain[start:], region)
        if code is not None and code != "100000":
            return code
    return resolve(word, region)


def _either(text: str, context: Context) -> Iterator[Hit]:
    for found in re.finditer(rf"(?:具有|持有)?({PLACE})(?:户籍|户口)(?:或|或者)(?:在)({PLACE})(?:就业|工作)", text):
        first, second = _code(found.group(1), context.region), _code(found.group(2), context.region)
        if first and second:
            node: Condition = AnyOf((Leaf("hukou_region", "within_region", first), Leaf("work_region", "within_region", second)))
            yield Hit(found.start(), found.end(), node, "place")
