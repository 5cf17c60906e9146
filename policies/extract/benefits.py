"""What is given: sums, rates, caps, grades, terms, per whom — read from the sentences that give it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from policies.condition import Evidence, Span
from policies.extract.figureless import stated_in_words
from policies.extract.grades import GRADE, grade_of, rate_kind, share_of
from policies.extract.numbers import plain_digits, plain_marks
from policies.extract.quantities import Quantity, quantities
from policies.extract.setting import Setting
from policies.schema import Benefit, Text

CONFIDENT: Final = 0.9

_GIVES: Final = re.compile(
    r"补贴|补助|奖励|资助|给予|发放|计发|支付|津贴|奖金|额度|贷款|标准|贴息|减免|减征|免征|免收|免交|返还|退还|补偿|扶持|享受|减半|降低|下浮|下调|下浮|优惠|抚恤金|慰问|报销|费率|利率|代缴|计租|计收|租金|担保费|缓缴|延期|延长|减按|让利|拨付|安家费|生活费|救助|配套|"
    r"免\d|房租|期限|人均失业保险金|不缴费|从[^，。；]{1,10}基金中支付|最高可|可达|补齐|垫付|承担|保费"
)
_NOT_MONEY: Final = re.compile(
    r"(?:年薪|收入|营收|注册资本|投资额?|产值|销售额|纳税|资产|合同金额|融资额?|税收|税额|交易额|货值|实缴|成本|价值|出口额|研发费用|租金总额|罚款|余额)(?:总额|金额|规模|累计)?(?:[^，。；、\d]{0,6})$"
)
_CONDITION_BEFORE: Final = re.compile(
    r"(?:达到?|超过|低于|高于|满|不足|在|不低于|不高于|不少于|大于|小于|以上)[^，。；、\d]{0,4}$"
)
_AFTER_CONDITION: Final = re.compile(
    r"^(?:\s*（[^）]*）)?(?:的(?!标准|比例|补|奖|资|一次性|贷|额|定额|创业|培训|生活|租|住|财政|研发费用补|交通|优惠|专项|信用|担保)|(?:及)?以[上下](?:额度)?的(?!补|奖|资)|的，)"
)
_TOTAL: Final = re.compile(r"(?:总额|累计|合计|总计|总共|年度|单个|单户|每户|每家|每个|每企业|同一)[^，。；\d]{0,14}$|封顶")
_PER: Final = (
    ("month", r"每人每月|人均每月|每月|按月|/月|元／月|/人·月"),
    ("year", r"每人每年|每年|年度|/年|按年|每满1年|租满1年|每满一年"),
)
_PER_PERSON: Final = re.compile(
    r"每人|人均|/人|每名|每位|每招用|每增加1人|每吸纳|每新增|每新吸纳|每接收|每引进|每成功|每推荐|每介绍|按[^，。；]{0,16}人数|/人·"
)
_PER_HEAD_HIRED: Final = re.compile(
    r"每招用|每吸纳|每新增|每新吸纳|每接收|每成功|每推荐|每介绍|招用|吸纳|人数|每增加1人|每名|每位"
)
_AT_PRESENT: Final = re.compile(r"(?:目前|现行|当前)[^，。；]{0,12}标准")
"""A sentence that puts the share stated before into yuan: 目前发放标准为每月2250元."""
_LOAN: Final = re.compile(r"贷款|借款|信用|授信")
_LOAN_LIMIT: Final = re.compile(
    r"额度|贷款(?:最高|总额|上限|限额|金额)|最高贷款|授信|单户|贷款支持|可贷|信用贷款|纯信用|贷款$|申请[^，。；]{0,6}(?:最高|不超过)?"
)
_TERM_WORDS: Final = re.compile(
    r"期限|补贴期|最长|累计|为期|期为|时间|过渡期|租期|有效期|期内|减免|免收|免租|免除|给予|连续|享受|缓缴|延期|延长|续|不超过|贴息|返还"
)
_TERM_OF: Final = re.compile(r"(?:贷款|租赁|租期|合同租赁|缓缴|延期|延长|展期|过渡期|居住|还款|缓交|顺延)[^，。；]{0,18}$")
_NOT_TERM: Final = re.compile(
    r"之日起|内(?:提出|申请|办理|向|，向|到|完成)|毕业|注册|工作日|合同期满|届满|劳动合同|缴纳|参保|满\d|有效期|提前|审核|办结|期满|前\d*个月|成立|登记|稳定就业|年以上|月以上|应当|自有|连续(?:正常|经营)|不得|停产"
)
_SHARE_OF: Final = re.compile(
    r"(?:按照?|对|将|为)?([^，。；、（）()\d]{2,28}?)(?:总额|金额)?的?(?:最高)?(?:不超过|最高|不低于|至少|不高于)?(?:给予)?$"
)
_CONDITION_SHARE: Final = re.compile(
    r"占|增速|覆盖率|比例(?:应|须|需|达到)|增长|裁员|持股|股权|股份|达到|不低于当地最低工资|以上的(?:企业|单位)?$|满意|覆盖|中标|完成率|上升|下降|复工|同比|产能|控股"
)
_CUT_TO: Final = re.compile(
    r"降至|降低至|下调至|调整为|降到|低至|减按|减至|费率(?:不超过|为|上限|控制在)|利率(?:不超过|为|不高于|控制在)|控制在"
)
_CUT_BY: Final = re.compile(r"下浮|下调|降低(?!至|到)|下降|优惠|减征|减免|减半|让利|减少")


def read_benefits(setting: Setting, spans: Sequence[tuple[int, int]], asked: frozenset[int] = frozenset()) -> tuple[Benefit, ...]:
    """Benefits given in ``text[start:end]`` of each span, in reading order, repeated ones once.

    ``asked`` holds the starts of spans that answer a question for a figure: there every figure counts.
    """
    found: list[Benefit] = []
    told = setting
    for start, end in spans:
        setting = replace(told, certain=told.certain or start in asked)
        for match in re.finditer(r"[^。\n]+[。]?", setting.text[start:end]):
            begin = start + match.start()
            found = _sentence(setting, begin, start + match.end(), found)
    once = tuple(_once(found))
    if len(once) == 1 and once[0].when and once[0].kind != "service" and not GRADE.match(once[0].when.zh):
        return (replace(once[0], when=None),)  # the case of the only benefit is the scheme's condition
    return once


def _once(found: list[Benefit]) -> Iterator[Benefit]:
    seen: set[tuple[object, ...]] = set()
    for benefit in found:
        figures = (benefit.kind, benefit.amount_yuan, benefit.rate, benefit.cap_yuan, benefit.duration_months)
        said = benefit.of.zh if benefit.of and benefit.evidence and benefit.evidence.confidence != CONFIDENT else None
        key = (*figures, said or (benefit.evidence.span if benefit.evidence else None))
        if key not in seen:
            seen.add(key)
            yield benefit


def _sentence(setting: Setting, start: int, end: int, before: list[Benefit]) -> list[Benefit]:
    """The benefits so far with those of one sentence; a total or a term goes to what it bounds."""
    text = plain_marks(plain_digits(setting.text[start:end]))
    if not setting.certain and not _GIVES.search(text):
        return before
    found = list(before)
    fresh = len(found)
    read = [quantity for quantity in quantities(text) if not _replaced(text, quantity)]
    for quantity in read:
        part = _part(text, quantity)
        if quantity.unit == "yuan":
            found = _money(setting, text, quantity, part, start, found, fresh)
        elif quantity.unit == "ratio":
            found = _share(setting, text, quantity, part, start, found)
        elif quantity.unit == "fold":
            found = _fold(setting, text, quantity, part, start, found)
    found = stated_in_words(setting, text, start, found, fresh)
    for quantity in read:
        if quantity.unit in ("months", "years"):
            found = _term(setting, text, quantity, _part(text, quantity), start, found, fresh)
    return found


_OLD_VALUE: Final = re.compile(r"^[^，。；]{0,8}?(?:提高|降低|下调|上调|调整|降|提升|增加|上浮|放宽)(?:到|至|为)")
_OLD_LEAD: Final = re.compile(r"(?:由|从|原)[^，。；]{0,20}$")


def _replaced(text: str, quantity: Quantity) -> bool:
    """Whether a figure is the old one of a change: 由4.5%降到3.5%, 从50%提高到60%."""
    return bool(_OLD_VALUE.match(text[quantity.end :])) and bool(_OLD_LEAD.search(text[: quantity.start]))


def _part(text: str, quantity: Quantity) -> tuple[str, str]:
    """Words of the same comma part before and after a quantity."""
    before = re.split(r"[，,；;。：:]", text[: quantity.start])[-1]
    after = re.split(r"[，,；;。]", text[quantity.end :])[0]
    return before, after


def _evidence(setting: Setting, text: str, quantity: Quantity, start: int, confidence: float = CONFIDENT) -> Evidence:
    left = max(text.rfind(mark, 0, quantity.start) for mark in "，；。") + 1
    rights = [at for at in (text.find(mark, quantity.end) for mark in "，；。") if at >= 0]
    begin, end = start + left, start + min(rights, default=len(text))
    while begin < end and setting.text[begin] in " \t\n：:":
        begin += 1
    while end > begin and setting.text[end - 1] in " \t\n":
        end -= 1
    return Evidence("document", setting.text[begin:end], Span(begin, end), confidence)


def _money(
    setting: Setting, text: str, quantity: Quantity, part: tuple[str, str], start: int, found: list[Benefit], fresh: int
) -> list[Benefit]:
    before, after = part
    before = re.sub(r"(?:\d[\d.,]*\s*[万亿]?元[、和及])+$", "", before) or before
    if _is_requirement(text, quantity, before, after):
        return found
    capped = quantity.bound in ("<=", "<") or bool(re.search(r"最高|不超过|上限|限额|封顶", before[-12:]))
    evidence = _evidence(setting, text, quantity, start)
    whole = before + after
    if found and capped and _bounds_earlier(text, start, quantity, before, found, fresh):
        bounded = (
            "year"
            if re.search(r"每年|年度|年最高|每家?企?业?每年", before)
            else "person"
            if re.search(r"每人|人均", before)
            else "total"
        )
        return [
            replace(item, cap_yuan=quantity.high, cap_per=bounded)
            if i >= _first_bounded(found, fresh) and item.cap_yuan is None
            else item
            for i, item in enumerate(found)
        ]
    month = re.search(r"每月|[/／]月|按月|元／月|每人月|人月", whole[-40:] if len(whole) > 60 else whole) is not None
    year = re.search(r"每年|/年|年度|每(?:连续)?(?:租)?满1年|每满一年|每人年", before[-16:] + after[:6]) is not None
    person = _PER_PERSON.search(before) or re.match(r"\s*[/／]?人|每人", after) or (month and re.search(r"每人|人均", text))
    kind, per = _kind(setting, text, before, month=month, year=year, person=bool(person), capped=capped)
    grade = grade_of(text, quantity, before)
    if found and found[-1].kind == "rate" and found[-1].amount_yuan is None and _AT_PRESENT.match(text):
        return [*found[:-1], replace(found[-1], kind=kind, amount_yuan=quantity.high, per=per)]
    if quantity.bound == "range":
        benefit = Benefit(
            kind=kind,
            amount_yuan=quantity.low,
            cap_yuan=quantity.high,
            cap_per=_cap_per(per),
            per=per,
            when=grade,
            evidence=evidence,
        )
    elif capped:
        benefit = Benefit(kind=kind, cap_yuan=quantity.high, cap_per=_cap_per(per), per=per, when=grade, evidence=evidence)
    elif kind == "cap":
        benefit = Benefit(kind=kind, cap_yuan=quantity.high, cap_per="total", when=grade, evidence=evidence)
    else:
        benefit = Benefit(kind=kind, amount_yuan=quantity.high, per=per, when=grade, evidence=evidence)
    return [*found, benefit]


def _cap_per(per: str | None) -> str:
    return per if per in ("person", "year", "month") else "total"


def _is_requirement(text: str, quantity: Quantity, before: str, after: str) -> bool:
    """Whether a sum is what somebody must have, not what is given."""
    if _NOT_MONEY.search(before) or (
        _NOT_MONEY.search(re.sub(r"(?:达到?|超过|低于|高于|满|不足|在|不低于|不高于|不少于|大于|小于|为|不超过)$", "", before))
    ):
        return not re.search(r"补贴|补助|奖励|资助|给予|发放", before[-10:])
    if quantity.bound in (">=", ">", "<") and (
        _AFTER_CONDITION.match(after) or re.match(r"的?(?:企业|单位|项目|部分|贷款(?:企业|客户))", after)
    ):
        return True
    if (
        quantity.bound in (">=", "<", ">", "<=")
        and re.search(r"以[上下]$", text[quantity.start : quantity.end])
        and _AFTER_CONDITION.match(after)
    ):
        return True
    if quantity.bound in (">", ">=") and re.match(r"但|且", after):
        return True
    if re.match(r"的部分|的[，,]", after) or (quantity.bound in ("<=", "<") and re.match(r"额度的", after)):
        return True
    return bool(_AFTER_CONDITION.match(after)) and bool(_CONDITION_BEFORE.search(before))


def _bounds_earlier(text: str, start: int, quantity: Quantity, before: str, found: list[Benefit], fresh: int) -> bool:
    """Whether a cap limits a rate or per-head amount given before, rather than being a benefit itself."""
    last = found[-1]
    if not _same_segment(text, start, last, quantity) and not re.search(r"总额|累计|合计|总计", before):
        return False
    if last.cap_yuan is not None or (last.amount_yuan is None and last.rate is None):
        return False
    near = before + text[quantity.start : quantity.end + 3]
    if len(found) == fresh and not re.search(r"总额|累计|合计|年度|单个|每家|每户|同一", near):
        return False
    if re.search(r"总额|累计|合计|总计", before):
        return True
    if grade_of(text, quantity, before) is not None and last.kind != "rate":
        return False
    if last.kind == "rate":
        return len(found) > fresh
    return last.amount_yuan is not None and re.search(r"年度|封顶|单个|每家|每户|最高|不超过", near) is not None


def _same_segment(text: str, start: int, benefit: Benefit, quantity: Quantity) -> bool:
    """Whether no ``；`` stands between a benefit read before and a figure of this sentence."""
    span = benefit.evidence.span if benefit.evidence else None
    if span is None or span.end < start:
        return True
    first, last = sorted((span.start - start, quantity.start))
    return "；" not in text[max(0, first) : last]


def _first_bounded(found: list[Benefit], fresh: int) -> int:
    first = len(found) - 1
    while first > fresh and found[first - 1].kind == found[-1].kind and found[-1].kind == "per_person":
        first -= 1
    return first


def _kind(
    setting: Setting, text: str, before: str, *, month: bool, year: bool, person: bool, capped: bool
) -> tuple[str, str | None]:
    if setting.certain and setting.instrument == "loan" and capped and not month:
        return "cap", None
    if (
        _LOAN.search(text)
        and capped
        and (setting.instrument == "loan" or _LOAN_LIMIT.search(before))
        and not re.search(r"贴息|补贴|奖励|补助|补偿|保费", before)
    ):
        return "cap", "person" if re.search(r"个人|每人", before) else None
    if setting.instrument == "guarantee" and re.search(r"额度|担保金额|单户", before + text[text.find(before) :][:40]):
        return "cap", None
    if month:
        return "monthly", "person" if person or setting.audience == "individual" else "month"
    if re.search(r"每人每[天日]|/人[·/]?[天日]|人每[天日]", before[-8:] + text):
        return "per_person", "person"
    if person:
        if setting.audience == "individual" and not _PER_HEAD_HIRED.search(before) and not re.search(r"培训|见习", text):
            return "lump_sum", "year" if year else "person"
        return "per_person", "year" if year else "person"
    if year:
        return "lump_sum", "year"
    if capped and re.search(r"限额|额度", before):
        return "cap", None
    if re.search(r"项目", before[-16:]):
        return "lump_sum", "project"
    return ("cap" if capped and setting.audience != "individual" else "lump_sum"), (
        "person" if setting.audience == "individual" else None
    )


def _share(
    setting: Setting, text: str, quantity: Quantity, part: tuple[str, str], start: int, found: list[Benefit]
) -> list[Benefit]:
    before, after = part
    if _is_share_condition(text, quantity, before, after):
        return found
    evidence = _evidence(setting, text, quantity, start)
    of = share_of(before, after)
    note = "降至" if _CUT_TO.search(before) else "下浮" if _CUT_BY.search(before[-14:] + after[:4]) else None
    words = f"{of}（{note}）" if of and note else of or note
    capped = quantity.bound in ("<=", "<") or re.search(r"最高不超过|不超过|最高|上限", before[-40:])
    raised = re.search(r"提高|但|调整", before) or setting.instrument == "loan"
    kind = "cap" if capped and raised and not _CUT_TO.search(before) and not re.search(r"利率|贴息|利息", before) else "rate"
    if re.search(r"可按[^，。；]*$", before) and re.match(r"计", after):
        kind = "cap"  # 租金可按月收入的15%计: the most that is charged
    benefit = Benefit(
        kind=kind,
        rate=quantity.high,
        rate_kind=rate_kind(before, after),
        of=Text(words) if words else None,
        when=grade_of(text, quantity, before),
        evidence=evidence,
    )
    if quantity.bound == "range":  # graded shares: the lowest and the highest
        return [*found, replace(benefit, rate=quantity.low), benefit]
    return [*found, benefit]


def _is_share_condition(text: str, quantity: Quantity, before: str, after: str) -> bool:
    near = before[-18:]
    if _CONDITION_SHARE.search(near) and not re.search(r"给予|补贴|补助|贴息|返还|奖励|资助|减免", near):
        return True
    if quantity.bound in (">=", ">") and _AFTER_CONDITION.match(after):
        return True
    if re.match(r"但?是?如(?:果)?按", before) or (re.search(r"超出|低于|高于", before) and re.match(r"的(?:[，,]|$)|或", after)):
        return True  # the case in which something follows, not what follows
    if quantity.bound in ("<", ">") and re.search(r"确保|力争", before):
        return True
    if re.search(r"分[一二三四五\d]+(?:年|期|次|批|步)", before):
        return True  # instalments of a sum, not shares of something
    if re.search(r"各?承担\s*$|各负担\s*$", before):
        return True
    if re.search(r"LPR|基准利率", near) and re.search(r"^\s*\+", text[quantity.start - 1 : quantity.start] or ""):
        return True
    if re.search(r"(?:LPR|利率)[^，。；]{0,4}[+＋加]\s*$", before):
        return True
    return not _GIVES.search(before + text[quantity.start : quantity.end] + after) and not re.search(r"按|减|降", near)


def _fold(
    setting: Setting, text: str, quantity: Quantity, part: tuple[str, str], start: int, found: list[Benefit]
) -> list[Benefit]:
    before, after = part
    if not re.search(r"计发|发放|给予|补贴|补助|支付|领取|返还", before + after) or re.search(
        r"限额|以上|罚|收取", before[-6:] + after[:4]
    ):
        return found
    of = share_of(before, after)
    kind = "rate" if re.search(r"返还|补贴", before + after) else "lump_sum"
    benefit = Benefit(
        kind=kind,
        rate=quantity.high,
        rate_kind="subsidy_share",
        of=Text(of) if of else None,
        evidence=_evidence(setting, text, quantity, start),
    )
    return [*found, benefit]


def _term(
    setting: Setting, text: str, quantity: Quantity, part: tuple[str, str], start: int, found: list[Benefit], fresh: int
) -> list[Benefit]:
    before, after = part
    if _NOT_TERM.search(before[-10:] + text[quantity.start : quantity.end] + after[:8]) or quantity.bound in (">", ">="):
        return found
    months = quantity.high * 12 if quantity.unit == "years" else quantity.high
    lead = before + text[max(0, quantity.start - 30) : quantity.start]
    if re.search(r"分$", before) or (quantity.bound == "==" and re.search(r"每满|每增加|增加$", lead)):
        return found
    if re.match(r"的(?:过渡期|宽限期)", after) and "申请" in before:
        return [*found, Benefit(kind="term", duration_months=months, evidence=_evidence(setting, text, quantity, start))]
    if re.match(r"\s*期(?!限|内)|的(?!补|期限|过渡|标准|贴|时间|宽限)", after):
        if re.match(r"的[^，。；]{0,12}(?:减免|缓缴)", after):
            return [*found, Benefit(kind="term", duration_months=months, evidence=_evidence(setting, text, quantity, start))]
        return found
    if _TERM_OF.search(before) and not re.search(r"补贴期限|贴息期限|贴息", before):
        return [*found, Benefit(kind="term", duration_months=months, evidence=_evidence(setting, text, quantity, start))]
    if not _TERM_WORDS.search(text[max(0, quantity.start - 16) : quantity.end]) or not found:
        return found
    near = [i for i in range(fresh, len(found)) if _same_segment(text, start, found[i], quantity)]
    if not near:
        near = [len(found) - 1]
        while near[0] > 0 and len(found) == fresh and found[near[0] - 1].kind == found[near[0]].kind:
            near.insert(0, near[0] - 1)
    return [
        replace(item, duration_months=months)
        if i in near and item.duration_months is None and item.kind not in ("term", "service")
        else item
        for i, item in enumerate(found)
    ]
