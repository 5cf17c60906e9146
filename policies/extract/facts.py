"""How much and how long: ages, months of insurance, years since registration, amounts, degrees, credit."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from policies.condition import All, AnyOf, Condition, Leaf
from policies.extract import words
from policies.extract.dates import DATE, date_of
from policies.extract.hit import Context, Hit, any_of
from policies.extract.numbers import plain_digits
from policies.extract.people import hired_ranges, is_hiring
from policies.extract.quantities import Quantity, quantities

_LESS: Final = frozenset({"<=", "<"})
_INSURANCE: Final = r"缴纳|缴费|参加[^，。；]{0,8}保险|参保|社保|社会保险|养老保险|失业保险费|医疗保险"
_FOR_STAFF: Final = (
    r"为(?!期)[^，。；]{0,20}?缴纳|(?:员工|职工|人员)[^，。；]{0,30}?缴纳|(?:企业|单位|主体)[^，。；]{0,8}?缴纳|社会保险费满"
)
_ORGANISED: Final = re.compile(
    r"(?:登记注册|注册登记|工商注册|工商登记|注册成立|注册|成立|设立|登记|创办|开办)(?:时间|之日|期限|已|经营|以来|起|后|满|且|运营|的时间)*(?:，)?$"
)
_APPLYING: Final = re.compile(
    r"(?:首次|首个|末次|最后一次)[^，。；]{0,6}申请|申请(?:应|须|需)于|提出(?:补贴)?申请|内提出|内申请|内申报|内办理|申领期限|逾期"
)
_OTHERS: Final = re.compile(r"子女|配偶|父母|家属|亲属|未成年人|退休年龄|招用|员工|职工|见习|学员|老人|遗属")
_GRADE_AMOUNT: Final = re.compile(r"^[^，。；、]{0,8}?(?:每人|\d[\d.]*万?元)")
_SINCE_BIRTH: Final = re.compile(r"(?P<date>[\d年月日.\-/]{8,12})(?:（[^）]*）)?(?P<side>以后|之后|后|以前|之前|前)出生")


def fact_hits(text: str, context: Context) -> Iterator[Hit]:
    """Conditions on numbers, degrees and standing in one sentence."""
    applying = _APPLYING.search(text) is not None
    found = quantities(text)
    hired = hired_ranges(text) if context.audience != "individual" else []
    own = tuple(q for q in found if not any(start <= q.start < end for start, end in hired))
    yield from _ages(text, own)
    yield from _births(text)
    for quantity in found:
        yield from _term(text, quantity, context, applying=applying)
        yield from _measure(text, quantity)
    yield from _staff(text, found)
    yield from _hires(text, found, context)
    yield from _degrees(text)
    for phrase in words.phrases():
        if phrase.field != "is_student":
            for match in phrase.pattern.finditer(text):
                yield Hit(match.start(), match.end(), Leaf(phrase.field, phrase.op, phrase.value))
    yield from _standing(text, context)
    yield from _awards(text)


def bounds(field: str, quantity: Quantity, factor: float = 1.0, default: str = ">=") -> list[Leaf]:
    """Leaves that hold ``field`` to the bounds of a quantity; ``default`` where it states no direction."""
    if quantity.bound == "range":
        return [Leaf(field, ">=", _number(quantity.low * factor)), Leaf(field, "<=", _number(quantity.high * factor))]
    return [Leaf(field, default if quantity.bound == "==" else quantity.bound, _number(quantity.high * factor))]


def _number(value: float) -> int | float:
    rounded = round(value, 6)
    return int(rounded) if rounded == int(rounded) else rounded


def _ages(text: str, found: tuple[Quantity, ...]) -> Iterator[Hit]:
    sexes: list[tuple[str, Quantity]] = []
    plain: list[Quantity] = []
    last = 0
    for quantity in found:
        if quantity.unit != "age" or (quantity.bound == "==" and "年龄" not in text):
            continue
        before = text[max(last, quantity.start - 16) : quantity.start]
        last = quantity.end
        if _OTHERS.search(before) and not re.search(r"本人|申请人", before):
            continue
        sex = re.search(r"(女|男)(?:性|职工|方)?[^，、；。]{0,6}$", before)
        if sex:
            sexes.append(("female" if sex.group(1) == "女" else "male", quantity))
        else:
            plain.append(quantity)
    if sexes:
        options: list[Condition] = [
            All((Leaf("gender", "==", sex), *bounds("age", quantity, default="<="))) for sex, quantity in sexes
        ]
        yield Hit(sexes[0][1].start, sexes[-1][1].end, any_of(options))
    for quantity in plain:
        for leaf in bounds("age", quantity, default="<="):
            yield Hit(quantity.start, quantity.end, leaf)


def _births(text: str) -> Iterator[Hit]:
    plain = plain_digits(text)
    for match in _SINCE_BIRTH.finditer(plain):
        day = next((date_of(found) for found in DATE.finditer(match.group("date"))), None)
        if day is not None:
            op = ">=" if match.group("side").endswith("后") else "<="
            yield Hit(match.start(), match.end(), Leaf("birth_date", op, day.isoformat()))


def _term(text: str, quantity: Quantity, context: Context, *, applying: bool) -> Iterator[Hit]:
    if quantity.unit not in ("months", "years") or re.match(r"(?:期限)?(?:的)?(?:固定期限)?(?:劳动)?合同", text[quantity.end :]):
        return
    before = text[max(0, quantity.start - 24) : quantity.start]
    after = text[quantity.end : quantity.end + 40]
    near = re.split(r"[，。；、]", before)[-1]
    near = re.sub(r"(?:已)?满?[\d一二两三四五六七八九十]+(?:年|个月)(?:以上)?[且但]?$", "", near)
    months = _number(quantity.months) if quantity.unit == "years" else _number(quantity.high)
    op = quantity.bound if quantity.bound != "==" else ">="
    if re.search(r"居住证[^，。；]{0,8}$", near) and op in (">=", ">"):
        yield Hit(quantity.start, quantity.end, Leaf("residence_permit_months", op, months))
        return
    if _ORGANISED.search(near) and not applying and quantity.bound != "==":
        for leaf in bounds("organisation_age_months", quantity, 12 if quantity.unit == "years" else 1):
            yield Hit(quantity.start - len(near), quantity.end, leaf)
        return
    insured = re.search(_INSURANCE, near[-22:]) or re.match(rf"(?:以上|的|内)?[^，。；]{{0,36}}?(?:{_INSURANCE})", after)
    if (
        insured
        and quantity.bound not in _LESS
        and not re.match(r"的(?:当地|本地|企业|月)", after)
        and not re.search(r"期限|补贴期|给予|补贴$|毕业|基数", near[-8:])
    ):
        around = text[max(0, quantity.start - 30) : quantity.end + 44]
        own = re.search(r"本人|个人|申请人|参保人|人员(?:已|须|应)?缴", re.sub(r"（[^（）]*）?", "", around))
        staff = re.search(r"有不少于|有在职|为(?:其|招用|职工|员工)", around) or (
            context.audience == "both" and re.search(_FOR_STAFF, around)
        )
        field = "insured_months" if not own and (staff or context.audience == "enterprise") else "social_insurance_months"
        yield Hit(quantity.start, quantity.end, Leaf(field, op, months))


def _measure(text: str, quantity: Quantity) -> Iterator[Hit]:
    before = re.split(r"[。；]", text[max(0, quantity.start - 30) : quantity.start])[-1]
    near = re.split(r"[，、]", before)[-1] if "占" not in before else before
    for measure in words.measures():
        found = max(measure.words.finditer(near), key=lambda match: match.start(), default=None)
        if quantity.unit not in measure.units or found is None or len(near) - found.end() > 16:
            continue
        after = text[quantity.end : quantity.end + 4]
        stated = re.search(r"达|为|应|需|须|至少|吸纳|带动", near[found.end() :] + after[:2])
        stated = stated or re.match(r"(?:及|或)?以[上下]|（含|或以上", after)
        if quantity.bound == "==" and not stated:
            return
        if re.search(r"给予|按|补贴|奖励|资助|补助", near[found.end() :]):
            return
        for leaf in bounds(measure.field, quantity):
            yield Hit(quantity.start - (len(near) - found.start()), quantity.end, leaf)
        return


def _staff(text: str, found: tuple[Quantity, ...]) -> Iterator[Hit]:
    """Employees for whom insurance is paid: ``不少于1名员工按规定缴纳社会保险费``, ``有在职员工…缴纳``."""
    for quantity in found:
        if quantity.unit == "people" and re.match(r"(?:以上)?(?:在职)?(?:员工|职工)[^，。；]{0,16}缴纳", text[quantity.end :]):
            yield Hit(quantity.start, quantity.end, Leaf("insured_employees", ">=", _number(quantity.low)))
            return
    match = re.search(r"有在职(?:员工|职工)(?:（[^）]*）)?[^，。；]{0,10}缴纳", text)
    if match:
        yield Hit(match.start(), match.end(), Leaf("insured_employees", ">=", 1))


def _hires(text: str, found: tuple[Quantity, ...], context: Context) -> Iterator[Hit]:
    hiring = is_hiring(text)
    if hiring is None or context.audience == "individual" or re.search(r"见习|不同初创企业|不能再次", text):
        return
    people = next((q for q in found if q.unit == "people" and 0 <= q.start - hiring.end() <= 24 and q.bound != "<="), None)
    least = people.low if people is not None and not re.search(r"每|按", text[hiring.start() : people.start]) else 1
    yield Hit(hiring.start(), hiring.end(), Leaf("new_hires_12m", ">=", _number(least)))


def _degrees(text: str) -> Iterator[Hit]:
    for field, table, cue in (
        (
            "education",
            words.EDUCATION,
            r"(?:（[^）]*）)?(?:及其|及|或|（含）)?(?:以上)?(?:学历|学位|毕业)?(?:、|或|及|和)?(?:以上)?",
        ),
        (
            "professional_title",
            words.TITLES,
            r"(?:专业技术)?(?:（[^）]*）)?(?:及其|及|或)?(?:以上)?(?:专业技术)?(?:职称|资格|职务|专业技术)?",
        ),
        ("skill_level", words.SKILLS, r"(?:及其|及|或|（含）)?(?:以上)?(?:职业(?:技术)?(?:资格|技能)|技能)?"),
    ):
        taken: list[tuple[int, int]] = []
        for value, pattern in table:
            for match in re.finditer(rf"(?:{pattern}){cue}", text):
                tail = match.group(0) + text[match.end() : match.end() + 4]
                if any(start < match.end() and match.start() < end for start, end in taken):
                    continue
                if _GRADE_AMOUNT.match(text[match.end() :]) or not re.search(r"以上|学历|学位|职称|资格|研究生", tail):
                    continue
                if re.search(r"(?:提供|复印件|证书|证明)", text[match.end() : match.end() + 8]) or re.search(
                    r"全国|招收$", text[: match.start()][-4:]
                ):
                    continue
                taken.append(match.span())
                yield Hit(match.start(), match.end(), Leaf(field, ">=", value), "degree")


def _standing(text: str, context: Context) -> Iterator[Hit]:
    match = re.search(
        r"(?:担任|为|系|是)[^。；]{0,10}?(?:法定代表人|负责人|经营者|理事长)|(?:企业|主体|组织)的?法定代表人或(?:个体(?:工商)?户)?(?:经营者|负责人)",
        text,
    )
    if match and not re.search(r"不含|除外", text[match.end() : match.end() + 10]):
        yield Hit(match.start(), match.end(), Leaf("is_founder", "is_true"))
    elif context.audience != "enterprise":
        match = re.search(r"(?<!被)创办(?:的)?[^，。；]{0,20}?(?:企业|组织|主体|工商户)", text)
        if match:
            yield Hit(match.start(), match.end(), Leaf("is_founder", "is_true"))
    match = re.search(r"(?:稳定)?就业(?:或|或者|、)(?:者)?(?:自主)?创业(?!基地|园|培训|政策)", text)
    if match and re.search(r"在|合法|稳定", text[max(0, match.start() - 12) : match.end()]):
        yield Hit(match.start(), match.end(), Leaf("employment_status", "in", ("employed", "self_employed")))
    match = re.match(r"(?:本市)?失业人员(?=同时|符合|，|可|应|凭)", text)
    if match:
        yield Hit(match.start(), match.end(), Leaf("employment_status", "==", "unemployed"))
    match = re.search(r"以灵活就业(?:类型|形式|人员)", text)
    if match:
        yield Hit(match.start(), match.end(), Leaf("employment_status", "==", "self_employed"))
    match = re.search(r"持(?:有)?[^，。；]{0,16}?《?[\u4e00-\u9fff]{2,4}(?:省|市)?居住证》?(?![^，。；]{0,6}满)", text)
    if match and "港澳" not in match.group(0):
        yield Hit(match.start(), match.end(), Leaf("residence_permit_months", ">", 0))
    match = re.search(
        r"(?:正在|按月)?(?:[\u4e00-\u9fff]{1,3})?领取(?:（[^）]*）)?([\u4e00-\u9fff]{2,6}保险金)(?:期间|且|的[\u4e00-\u9fff]{0,4}人员)",
        text,
    )
    if match:
        yield Hit(match.start(), match.end(), Leaf("received_policies", "contains_any", (match.group(1),)))


_PRIZES: Final = ("特等奖", "一等奖", "二等奖", "三等奖", "优胜奖")
_AWARD: Final = re.compile(
    r"(?:获得?|荣获|入围)[^，。；“《]{0,10}[“《](?P<name>[^”》]{2,20})[”》][^，。；]{0,12}?(?:大赛|比赛|竞赛)[^，。；]{0,6}?"
    r"(?P<prize>特等奖|一等奖|二等奖|三等奖|优胜奖|优秀奖)?(?P<above>及以上|（含）以上|以上)?"
)


def _awards(text: str) -> Iterator[Hit]:
    """A prize of a named competition; ``三等奖及以上`` means every better prize as well."""
    for match in _AWARD.finditer(text):
        name, prize = match.group("name"), match.group("prize")
        prizes = [prize or ""]
        if prize in _PRIZES and match.group("above"):
            prizes = list(_PRIZES[1 : _PRIZES.index(prize) + 1])
        yield Hit(match.start(), match.end(), Leaf("competition_awards", "contains_any", tuple(name + p for p in prizes)))


def alternatives(hits: list[Hit], text: str) -> list[Hit]:
    """Degrees joined by ``或`` are alternatives: 本科及以上学历或中级及以上职称."""
    degrees = [hit for hit in hits if hit.kind == "degree"]
    joined: list[Hit] = []
    for hit in degrees:
        between = text[joined[-1].end - 1 : hit.start] if joined else ""
        if joined and re.search(r"或|、", between) and len(between) <= 15 and not re.search(r"[。；]", between):
            node = any_of([joined[-1].node, hit.node])
            joined[-1] = Hit(joined[-1].start, hit.end, node, "degree")
        else:
            joined.append(hit)
    return [hit for hit in hits if hit.kind != "degree"] + joined


__all__ = ["AnyOf", "alternatives", "bounds", "fact_hits"]
