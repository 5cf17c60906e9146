"""Instrument, audience, once-only, exclusions, and when and where to apply."""

from __future__ import annotations

import re
from typing import Final

_INSTRUMENTS: Final = (
    ("residency", r"入户|落户|户籍迁入|居住证积分|积分制|户口迁"),
    ("social_insurance_subsidy", r"稳岗返还|稳岗补贴|失业保险(?:费|稳岗)"),
    ("unemployment_benefit", r"失业保险金|失业补助金|丧葬补助金|失业保险待遇|领金|失业状态"),
    (
        "rent_subsidy",
        r"租金补贴|房租补贴|租房补贴|租赁补贴|场地(?:租金)?补贴|场租|(?<!住)房租|减免租金|租金减免(?!.*公租房)|免租",
    ),
    ("housing", r"公寓|公租房|公共租赁住房|保障性?住房|共有产权|购房|住房保障|租住|人才房"),
    (
        "social_insurance_subsidy",
        r"社保补贴|社会保险补贴|养老保险费?|医疗保险|医保|稳岗返还|稳岗补贴|社保(?:费)?(?:返还|缓缴|减免)|失业保险费|社会保险费",
    ),
    ("training", r"培训(?!费)|见习|技能提升|能力提升|实训|岗前|以工代训"),
    ("guarantee", r"担保费|担保贷(?!款)|(?:融资|信用)担保(?!贷款)|风险补偿|风险分担"),
    ("interest_subsidy", r"贴息|保费补贴|保险费补贴|利息补贴|贷款利息|(?<!担)保费"),
    ("guarantee", r"(?<!或)担保(?!贷款|创业)"),
    ("loan", r"贷款|信贷|融资支持|[一-龥]贷”|转贷"),
    ("tax_relief", r"税收|所得税|增值税|房产税|契税|[一-龥]税(?:收)?(?:减|免|优惠)|土地使用税|六税|行政事业性收费"),
    ("incubation", r"孵化|众创空间|创业载体|创业园"),
    ("equity", r"股权(?:投资|资助)|引导基金|创投"),
    ("voucher", r"券"),
    ("recognition", r"认定(?!补|奖)"),
    ("talent_award", r"人才(?:奖励|补贴|津贴|计划|引进|资助)|安家补贴|院士|领军人才|购房补贴|薪酬补贴"),
    ("rent_subsidy", r"(?<!住房)(?<!公寓)租金"),
    ("social_insurance_subsidy", r"工伤保险|保险费的?单位"),
    ("grant", r"补贴|补助|资助|奖励|奖补|津贴|奖金|救助|扶持资金|安家费|抚恤金|保健金|慰问金|长寿金"),
    ("service", r"服务|免费|优待|优惠"),
)
_ENTERPRISE: Final = re.compile(
    r"^(?:对|支持|鼓励|面向)?[^，。；]{0,12}?(?:企业|用人单位|单位|机构|公司|社会组织|平台|基地|个体工商户|园区|市场主体|商户|银行|业主)"
)
_PERSON: Final = re.compile(
    r"^(?:对|支持|鼓励|面向)?[^，。；]{0,40}?(?:毕业生|人员|学生|大学生|家庭|人才|个人|居民|劳动者|职工|老年人|残疾人|创业者|妇女|军人|失业者|儿童|申请人|遗属|借款人)"
)
_HEAD: Final = re.compile(
    r"[^，。；：]*?(?:(?P<firm>企业|用人单位|单位|机构|公司|社会组织|个体工商户|市场主体)"
    r"|(?:毕业生|人员|学生|家庭|人才|个人|居民|劳动者|老年人|残疾人|创业者|军人))[，：]"
)
"""The noun on which the first words end is who they are about: 首次创业并经营满1年的企业，…."""
_BOTH: Final = re.compile(r"项目|个人和企业|企业和个人|单位和个人|个人或企业")
_ONCE: Final = re.compile(
    r"只能(?:享受|申请|领取|申领)(?:一|1|壹)次|(?:每人|每户|同一)[^。；]{0,30}?(?:享受|申请|申领)(?:一|1)次|仅限(?:享受|申请)?一次|不得重复(?:申请|享受|申领)|一次性(?:申领|领取)|只能选择领取|只能用于享受一次"
)
_REPEATED: Final = re.compile(
    r"每(?:连续)?(?:租)?满(?:1|一)年|累计(?:次数)?不(?:得)?超过(?:\d|[二三四五六])+(?:年|次)|再次申请|可继续提供|首次[^。]{0,40}(?:最后一次|再次)"
)
_WINDOW: Final = (
    re.compile(r"(?:申请|申报|申领|受理)(?:起止)?时间(?:是|为)?[：:]?\s*([^。；\n]{6,60})"),
    re.compile(
        r"(?:应|应当|须|可)?(?:于|在|自)([^，。；]{2,30}之日起\d+(?:年|个月|日|个工作日)内)[^。]{0,30}(?:提出|申请|申领|办理|向)"
    ),
    re.compile(r"([^，。；]{0,16}(?:届满|期满)(?:前)?[\d一二三四五六]+个月前)"),
)
_WHERE: Final = (
    re.compile(r"登录([^，。；]{4,30}(?:平台|网|系统|APP))"),
    re.compile(r"(?:申请|申领|申报|办理)(?:渠道|方式|地点)[：:]([^。\n]{4,60})"),
    re.compile(r"向([^，。；]{4,30}?)(?:提出|申请|递交|提交|申报|申领)"),
    re.compile(r"到([^，。；]{4,30}?(?:机构|窗口|中心|办事处|局))(?:办理|申请|领取|申领)"),
)
_EXCLUSIVE: Final = (
    re.compile(r"(?:没有|未|不得)(?:同时)?享受[^（。；]{0,12}[（(](?:含|包括|如)([^）)]{4,80})[）)]"),
    re.compile(r"(?:不得|不能|不可|不再)(?:与|同时享受|重复享受|叠加享受|与[^，。]{0,4}同时享受)([^，。；]{4,50})"),
    re.compile(r"与([^，。；]{4,40})(?:不得|不能|不可)(?:同时|重复|叠加)"),
)
_CHOOSE: Final = re.compile(r"同时符合(?:领取)?([^。]{6,80}?)条件的[^。]{0,12}只能选择(?:领取)?(?:其中)?")


def instrument_of(name: str, text: str, title: str = "") -> str:
    """The term of ``instrument`` for a scheme: by its name, else its text, else the document's title."""
    for words in (name, title, text[:400]):
        for value, pattern in _INSTRUMENTS:
            if re.search(pattern, words):
                if value == "service" and re.search(r"\d[\d.]*万?元", text):
                    return "grant"
                return value
    return "service"


_PERSONAL: Final = frozenset({"residency", "unemployment_benefit", "housing"})
"""Instruments that only persons can have, where the document does not say who applies."""


_AT_WORK: Final = re.compile(r"(?:在|到)[^，。；]{0,12}(?:企业|单位|机构)[^，。；]{0,6}?(?:工作|就业|任职|服务|从业)")
"""Where somebody works is not who applies."""


def audience_of(heading: str, told: str, subject: str, title: str, instrument: str = "") -> str:
    """Who applies: by the label 补贴对象, the heading, the subject of the giving sentence, the title, the instrument."""
    for words in (re.split(r"[。；]", told)[0], heading):
        if not words:
            continue
        if _BOTH.search(words):
            return "both"
        person, firm = (
            re.search(r"创业者|个人|人员|毕业生|人才|家庭|劳动者|群众|居民|老年人", words),
            re.search(r"单位|企业|机构|主体", words),
        )
        if firm and not person:
            return "enterprise"
        if person and not firm:
            return "individual"
    if instrument in _PERSONAL:
        return "individual"
    for words in (subject, title):
        plain = _AT_WORK.sub("", re.sub(r"（[^（）]*）", "", words))
        head = _HEAD.match(plain)
        if head:
            return "enterprise" if head.group("firm") else "individual"
        firm, person = _ENTERPRISE.match(plain), _PERSON.match(plain)
        if firm and (not person or firm.end() <= person.end()):
            return "enterprise"
        if person:
            return "individual"
    if re.search(r"住房|公租房|家庭|老年人|残疾人", title):
        return "individual"
    return "both"


def once_only(text: str) -> bool | None:
    """Whether the support is given once: stated, denied by a repetition, or not said."""
    if _ONCE.search(text) or re.search(r"期限[：:]\s*一次性", text):
        return True
    return False if _REPEATED.search(text) else None


def exclusive_with(text: str) -> tuple[str, ...]:
    """Names of support that cannot be had beside this one."""
    found: list[str] = []
    for pattern in (*_EXCLUSIVE, _CHOOSE):
        for match in pattern.finditer(text):
            found += [part.strip() for part in re.split(r"[、和及]|以及", match.group(1)) if 2 < len(part.strip()) <= 20]
    return tuple(dict.fromkeys(found))


def window_of(text: str) -> str | None:
    """When to apply, in the document's words."""
    return _first(_WINDOW, text)


def where_of(text: str) -> str | None:
    """Where to apply, in the document's words."""
    return _first(_WHERE, text)


def _first(patterns: tuple[re.Pattern[str], ...], text: str) -> str | None:
    for pattern in patterns:
        if (found := pattern.search(text)) is not None:
            return found.group(1).strip(" ：:，")
    return None
