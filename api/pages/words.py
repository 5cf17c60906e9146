"""Words of the pages that belong to no vocabulary, in both languages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from policies.schema import Text

SECTIONS: Final = {
    "basics": Text("企业（组织）基本情况", "The organisation"),
    "people": Text("人员与社保", "Staff and social insurance"),
    "finance": Text("经营与资金", "Business and finance"),
    "innovation": Text("研发与知识产权", "R&D and intellectual property"),
    "standing": Text("资质、载体与信用", "Certifications, premises and credit"),
    "person": Text("个人情况", "About you"),
    "founder": Text("创业情况", "Your venture"),
    "education": Text("学历", "Education"),
    "residence": Text("户籍与居住", "Residence"),
    "work": Text("工作与人才", "Work and talent"),
    "history": Text("已享受的政策", "Schemes already received"),
}

GROUPS: Final = {
    "eligible": Text("可申请", "You can apply"),
    "unknown": Text("再答几题可定", "A few answers decide"),
    "not_eligible": Text("不符合", "Not eligible"),
}

GROUP_NOTES: Final = {
    "eligible": Text(
        "已知条件都符合；标有“须确认”的，请向受理部门核实。",
        "All known conditions are met; check those marked “to confirm” with the office.",
    ),
    "unknown": Text("还缺几项信息，答完就知道。", "A few facts are missing."),
    "not_eligible": Text(
        "至少有一项条件不符，或政策不在有效期内。", "At least one condition is not met, or the policy is not in force."
    ),
}

UNITS: Final = {
    "yuan": Text("元，可写“300万”", "yuan, such as 3000000"),
    "people": Text("人", "people"),
    "months": Text("个月", "months"),
    "years": Text("年", "years"),
    "ratio": Text("如 5%", "such as 5%"),
    "count": Text("件", "items"),
    "m2": Text("平方米", "m²"),
    "points": Text("分", "points"),
    "rank": Text("第几名", "rank"),
}


def translator(language: str) -> Callable[[str, str], str]:
    """The function templates call as ``t("中文", "English")``."""
    return (lambda _zh, en: en) if language == "en" else (lambda zh, _en: zh)
