"""Benefits stated without a figure of their own: rent let off, taxes halved, premiums paid in full, waivers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from policies.condition import Evidence, Span
from policies.extract.numbers import parse_number
from policies.extract.quantities import quantities
from policies.extract.setting import Setting
from policies.schema import Benefit, Text

CONFIDENT: Final = 0.9
UNSURE: Final = 0.6
_SIZES_OF: Final = 28

_RENT: Final = re.compile(r"租金|房租|场租|租赁费")
_FREE_OF: Final = re.compile(
    r"(?:免收|免征|免缴|免除|免交)(?:[^，。；、\d]{0,16}?(?:担保费|保费|手续费|管理费|服务费|使用费|租金|房租|学费|培训费|挂号费|诊查费|养老保险费?|失业保险费?|工伤保险费?|单位缴费|[\u4e00-\u9fff]{1,6}税))"
    r"|全额(?:补贴|返还|贴息|退还|补助)[^，。；]{0,6}|个人不缴费"
    r"|(?:按|为)[^，。；]{0,40}实际缴纳的[^，。；]{2,80}给予补贴"
    r"|(?:标准|部分)的?(?:部分)?由[^，。；]{2,12}基金支付"
)
_HALF_OF: Final = re.compile(r"减半(?:征收|缴纳|收取|征缴|计收)|减征[^，。；]{0,4}半|半价")
_WAGE: Final = re.compile(
    r"(每月)?[^，。；]{0,6}按?(?:不高于|不超过)?[^，。；]{0,6}最低工资标准(?![^，。；]{0,3}(?:的|百分|\d))[^，。；]{0,30}(?:给予|补贴)"
)
_MONTHS_OF: Final = re.compile(
    r"([\d一二三四五六七八九十]{1,3})\s*个月(?:的)?(?:当地|本地|我市|全市)?(?:上年度)?月?人均(?:失业保险金)"
)
_AIDED: Final = re.compile(
    r"可(?:同时)?(?:申请)?(?:随迁|代偿|补偿)[^，。；]{0,20}|配偶[^。；]{0,12}可(?:同时)?随迁[^，。；]{0,8}"
)


def stated_in_words(setting: Setting, text: str, start: int, found: list[Benefit], fresh: int) -> list[Benefit]:
    """Benefits stated without a figure of their own: 免收1个月房租, 减半征收, 全额补贴, 个人不缴费, 可随迁."""
    if _RENT.search(text):
        rent = list(_rent_months(setting, text, start))
        if rent:
            others = [item for item in found[fresh:] if not (item.kind == "rate" and _RENT.search(item.of.zh if item.of else ""))]
            found = [*found[:fresh], *others, *rent]
    for pattern, rate in ((_FREE_OF, 1.0), (_HALF_OF, 0.5)):
        match = pattern.search(text)
        if (
            match
            and not any(item.kind == "rate" and item.rate == rate for item in found[fresh:])
            and "滞纳金" not in match.group(0)
        ):
            found = [*found, _from_words(setting, start, match, kind="rate", rate=rate, rate_kind="reduction_share")]
    wage = _WAGE.search(text)
    if wage and len(found) == fresh:
        kind = "monthly" if "每月" in text[: wage.end()] else "rate"
        found = [*found, _from_words(setting, start, wage, kind=kind, rate=1.0, rate_kind="subsidy_share")]
    for match in _MONTHS_OF.finditer(text):
        months = parse_number(match.group(1))
        found = [*found, _from_words(setting, start, match, kind="rate", rate=months, rate_kind="refund_share")]
    aided = _AIDED.search(text)
    if aided:
        found = [*found, _from_words(setting, start, aided, kind="service")]
    return found


def _from_words(
    setting: Setting, start: int, match: re.Match[str], *, kind: str, rate: float | None = None, rate_kind: str | None = None
) -> Benefit:
    """A benefit whose words are ``match``."""
    begin, end = start + match.start(), start + match.end()
    words = setting.text[begin:end]
    evidence = Evidence("document", words, Span(begin, end), UNSURE)
    if kind == "service":
        return Benefit(kind=kind, when=Text(words), evidence=evidence)
    return Benefit(kind=kind, rate=rate, rate_kind=rate_kind, of=Text(words[:_SIZES_OF]), evidence=evidence)


_RENT_PART: Final = re.compile(r"[^，。；、]*(?:、第?[一二三四五六](?=、|季度|个月)[^，。；、]*)*")


def _rent_months(setting: Setting, text: str, start: int) -> Iterator[Benefit]:
    """Months of rent let off in full or by half: 免收2个月房租, 3月和4月租金减半, 第二、三季度房租减半."""
    plain = re.sub(r"[（(][^）)]*[）)]", lambda found: "□" * len(found.group()), text)
    for match in _RENT_PART.finditer(plain):
        part = match.group(0)
        months = _count_months(part)
        if not months or not re.search(r"减半|50%|一半|免|减收", part) or re.search(r"以上的", part):
            continue
        rate = 0.5 if re.search(r"减半|50%|一半", part) else 1.0
        begin, end = start + match.start(), start + match.end()
        evidence = Evidence("document", setting.text[begin:end], Span(begin, end), CONFIDENT)
        yield Benefit(
            kind="rate",
            rate=rate,
            rate_kind="reduction_share",
            of=Text("房租（减免）"),
            duration_months=months,
            evidence=evidence,
        )


def _count_months(part: str) -> float | None:
    """How many months a part speaks of: 2个月, 第二个月, 1月和2月, 第二、三、四季度."""
    quarters = re.search(r"((?:第?[一二三四1-4]、?)+)季度", part)
    if quarters:
        return 3.0 * len(re.findall(r"[一二三四1-4]", quarters.group(1)))
    ordinal = re.search(r"第([一二三四五六\d](?:[、和][一二三四五六\d])*)个月", part)
    if ordinal:
        return float(len(re.findall(r"[一二三四五六\d]", ordinal.group(1))))
    length = next((quantity for quantity in quantities(part) if quantity.unit == "months"), None)
    if length is not None:
        return length.high
    named = re.findall(r"(?<!\d)\d{1,2}月(?!\d|以|内)", part)
    return float(len(named)) if named else None
