"""Words around a figure: the grade it is for, what a share is of, what kind of rate it is."""

from __future__ import annotations

import re
from typing import Final

from policies.extract.quantities import Quantity
from policies.schema import Text

GRADE: Final = re.compile(
    r"((?:特|一|二|三|四)等奖|优胜奖|优秀奖|金奖|银奖|铜奖|博士(?:研究生|后)?|硕士(?:研究生)?|本科(?:生)?|大专|其他|国家级|省级|市级|区级|[A-F]类|[一二三四五]类|珠三角地区|其他地区|高级技师|技师|高级工|中级工|初级工|首次|重新)[^，。；、\d]{0,14}$"
)
_LONGEST: Final = 28


def grade_of(text: str, quantity: Quantity, before: str) -> Text | None:
    """The grade a figure is for: 一等奖20万元, 硕士每人7000元, 招用3人以下的."""
    near = re.split(r"[、，]", before)[-1]
    found = GRADE.search(near)
    if found:
        return Text(found.group(1))
    clause = re.split(r"[；。]", text[: quantity.start])[-1]
    case = re.search(r"(?:对|经)?([^，。；：]{3,36}?)的[，,]?(?:按|给予|可|每)[^。；，]{0,16}$", clause)
    if case:
        return Text(case.group(1).strip())
    plan = re.search(r"([\u4e00-\u9fffA-Za-z（）]{4,16}?)，?每人$", clause.split("：")[-1])
    return Text(plan.group(1)) if plan and re.search(r"培训|实训|补贴", plan.group(1)) else None


def share_of(before: str, after: str) -> str | None:
    """What a share is taken of, from the words before it (or after: ``50%的租金``); None where none says."""
    tail = re.sub(r"(?:最高|不超过|不低于|不高于|至少|给予|的|按|比例|为|约|达|上限|最多)*$", "", before)
    found = re.search(r"(?:按照?|对|将|给予|以|至|其|以下|元以?下)?([\u4e00-\u9fffA-Za-z、（）()]{2,28})$", tail)
    if found:
        return re.sub(r"^(?:按照?|对|将|给予|以|其|再|可)", "", found.group(1))[-_LONGEST:] or None
    follow = re.match(r"的([\u4e00-\u9fff]{2,12})", after)
    return follow.group(1) if follow else None


def rate_kind(before: str, after: str) -> str:
    """The term of ``rate_kind`` that the words around a share name."""
    near = before + after
    for kind, words in (
        ("interest_subsidy_share", "贴息|利息"),
        ("premium_subsidy_share", "保费|保险费补贴"),
        ("refund_share", "返还|退还"),
        ("risk_compensation_share", "风险补偿|代偿"),
        ("interest_rate", "利率"),
        ("fee_rate", "费率|担保费"),
        ("reduction_share", "减征|减免|减半|下浮|降低|减收"),
        ("tax_rate", "税率"),
        ("price_ratio", "(?:租金|房租)(?!.*(?:补贴|补助|资助))"),  # a share that is paid, not one that is given
    ):
        if re.search(words, near):
            return kind
    return "subsidy_share"
