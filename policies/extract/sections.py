"""Where one scheme begins and ends: one thing that can be applied for.

A numbered item whose heading names a benefit and whose text gives one is a scheme of its own;
questions on the same benefit are one scheme; a document about a single application is one scheme.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from policies.extract.quantities import quantities
from policies.read.document import Document
from policies.split.outline import RANKS, Clause

BENEFIT_NOUN: Final = (
    r"补贴|补助金?|资助|奖励|奖补|津贴|贷款|贴息|减免|免费|入户|落户|公寓|保险金|抚恤金|补偿金?|扶持资金|扶持|安家费|返还|优惠|"
    r"缓缴|担保|基金|消费券|服务券|创新券|购房券|救助金?|优待|免租|租金|保障金|保健金|慰问金|长寿金|生活费|奖学金|助学金|代缴|代偿|养老金|护理费"
)
_ENDS_AS_BENEFIT: Final = re.compile(
    rf"(?:{BENEFIT_NOUN}|培训|见习|实训|公共(?:就业|创业)*服务|就业创业服务|服务项目|住房|贷|支持|奖|认定)"
    rf"(?:政策|项目|办法|申请|发放|标准|待遇|计划|工程|措施|和[\u4e00-\u9fff]{{2,8}})?(?:（[^）]*）|\([^)]*\))?$"
)
_PROCEDURE: Final = re.compile(
    r"(?:流程|程序|材料|渠道|方式|时间|时限|期限|条件|对象|范围|依据|监督|管理|附则|总则|职责|责任|咨询|电话|原则|目标|要求|审核|受理|"
    r"说明|情况|机制|招聘|兵役|问题|罚则|核对|办法》?|概况|费用|限额|指南|保障措施|组织领导|资金来源|公示|拨付)(?:（[^）]*）)?$"
)
_GIVES: Final = re.compile(
    rf"给予|发放|可(?:按规定)?(?:申请|享受|申领|领取|获得|报名)|享受|奖励|资助|补贴|补助|支付|提供[^，。]{{0,10}}免费|{BENEFIT_NOUN}"
)
_FIGURE: Final = re.compile(r"\d[\d,.]*\s*[万亿]?元|\d\s*[%％]|百分之|全额|免费|免交|免征|免收|期限")
_QUESTION: Final = re.compile(r"[？?]\s*$")
_INTERROGATIVE: Final = re.compile(
    r"如何|怎么|怎样|哪些|哪种|什么|多少|多久|多长|是$|能否|是否|吗|呢|需要|必须|可以|符合|申请|申报|申领|停领|领取|办理|缴纳|参加|获得|核验|享受|支付|个人"
    r"|人员|遗属|能领到?|的|\d{4}年度?|中|所说|按照|起止|时间|工作|原件|材料|规则|流程|期间|才能|积分材料"
)
_TOPIC: Final = re.compile(
    r"[\u4e00-\u9fff]{0,3}(?:保险金|补助金|抚恤金|养老保险费?|医疗保险费?|补贴|补助|津贴|资助|奖励|贷款|入户|落户|公寓|减免|贴息|返还)"
)
_BARE_NOUN: Final = 3
"""A noun of at most this many characters (贴息, 补贴) says which question it is, not which benefit."""
_NOT_SUPPORT: Final = re.compile(r"转移|接续|处罚|举报")
_APPLICATION: Final = re.compile(rf"申报|申请|申领|受理|入户|落户|指南|公告|{BENEFIT_NOUN}|优待|标准")
_TITLE_TAIL: Final = re.compile(
    r"(?:工作)?(?:热点|常见|有关)?(?:\d+问|问答|问题解答|常见问题解答|百问百答)?(?:（[^）]{2,14}）)?"
    r"(?:申报指南|申请指南|办事指南|办理指南|指南|政策解读|申请的公告|的公告|申报通知|的通知|管理办法|暂行办法|实施办法|办法|政策清单|，请查收)?$"
)
_TITLE_HEAD: Final = re.compile(r"^.*?关于(?:受理|开展|申报|做好|组织|印发|公布|发布|实施)?(?:《)?")
_APPLICANTS: Final = re.compile(r"^(个人|企业|小微企业|单位|用人单位|机构|高校|毕业生)(?:申请|申领|申办|办理)方式")


@dataclass(frozen=True, slots=True)
class Section:
    """The clauses of one scheme.

    Attributes:
        name: what the document calls it.
        locator: the place as the document numbers it: ``一``, ``面向单位三``, ``问题一至八``.
        heading: the unnumbered heading it stands under.
        clauses: what it is made of.
        audience: set where the document says who applies by what way.
        applicant: set where one item is applied for separately by several kinds of applicant.
        whole: whether it is the whole document.
        left_out: where clauses begin that belong to another scheme of the same document.
    """

    name: str
    locator: str
    clauses: tuple[Clause, ...]
    heading: str = ""
    applicant: str = ""
    whole: bool = False
    audience: str = ""
    left_out: frozenset[int] = frozenset()


def sections_of(document: Document, root: Clause, title: str) -> tuple[Section, ...]:
    """The schemes of a document, in reading order; empty where it gives nothing that can be applied for."""
    top = _main(root)
    found = list(_collect(document, top, ""))
    if not found:
        text = document.text
        about_one = _APPLICATION.search(title) or _are_parts(_numbered(top))
        if about_one and _GIVES.search(text) and not re.search(r"条例$|登记管理|发放情况$", title):
            found = list(_by_category(document, Section(name_from(title), _locator_of(top), tuple(top), whole=True)))
    return tuple(part for section in found for part in _by_applicant(section))


def name_from(title: str) -> str:
    """The thing a document's title is about, without 关于…的公告, 申报指南 and the like."""
    name = _TITLE_HEAD.sub("", title) if "关于" in title else title
    name = _TITLE_TAIL.sub("", name).strip("《》 ")
    return name or title


def _main(root: Clause) -> list[Clause]:
    """The main units of a document: below its title and the paragraphs that lead into the list."""
    current = root
    while True:
        inner = [child for child in current.children if child.children]
        if len(inner) == 1 and inner[0].kind in ("heading", "lead", "root", "part"):
            current = inner[0]
            continue
        return list(current.children)


def _numbered(clauses: Sequence[Clause]) -> list[Clause]:
    return [clause for clause in clauses if clause.kind in RANKS and clause.kind not in ("label", "lead")]


def _collect(document: Document, clauses: Sequence[Clause], heading: str) -> Iterator[Section]:
    items = _numbered(clauses)
    headings = [item for item in items if item.kind == "heading" and item.children]
    if headings and len(headings) == len([item for item in items if item.children]):
        for item in headings:
            yield from _collect(document, item.children, item.title)
        return
    questions = [item for item in items if _QUESTION.search(item.title)]
    if len(questions) >= 3 and len(questions) * 2 >= len(items):
        yield from _questions(document, items)
        return
    if _are_parts(items):
        return
    schemes = [item for item in items if _is_scheme(document, item)]
    for item in items:
        below = [child for child in _numbered(item.children) if _is_scheme(document, child)]
        apart = [child for child in _numbered(item.children) if _gives_figure(document, child)]
        several = item.kind in ("chapter", "section", "part") or _GENERIC.search(item.title) or _ACTION.match(item.title)
        if len(apart) >= 2 and several and not below:
            yield from _giving(document, item, heading)
        elif len(below) >= 2 and _are_grades(item, below):
            yield Section(_name(item), locator(heading, item), (item,), heading)
        elif len(below) >= 2 and not _PROCEDURE.search(item.title):
            yield from _collect(document, item.children, item.title or heading)
        elif item in schemes:
            yield Section(_name(item), locator(heading, item), (item,), heading)
        elif item.children and (item.kind in ("part", "chapter", "section", "heading") or len(below) == 1):
            yield from _collect(document, item.children, item.title or heading)
        elif not _NEVER.search(item.title):
            yield from _giving(document, item, heading)


_GENERIC: Final = re.compile(r"(?:救助|保障|补贴|补助|优待|福利|服务|奖励|资助)标准$")
"""A heading over several benefits of one field names none of them."""
_ACTION: Final = re.compile(r"加强|加大|强化|支持|鼓励|推动|优化|实施|落实|提升|促进|扩大|完善|做好|降低|减轻|稳定|助力")
"""A heading that begins with an action is over measures, it names no benefit."""
_NEVER: Final = re.compile(r"材料|流程|程序|监督|罚则|责任|附则|总则|组织领导|保障措施|职责|名词|解释|依据|情况|招聘|兵役")
_GRANTS: Final = re.compile(r"给予|予以|补贴|补助|奖励|资助|贴息|返还|减免|免收|免征|减征|缓缴|发放|奖补|过渡期|可申请|最高")
_IN_WORDS: Final = re.compile(r"免收|免征|减半|全额")
_PUT_OFF: Final = re.compile(r"缓缴|延期缴纳|延长[^，。；]{0,8}期")
_NO_GRANT: Final = re.compile(
    r"罚款|处以|违反|追究|骗取|责令|逾期|安排[^，。；]{0,12}资金|预算|标准为建筑面积|不得收取|起付标准|缴存比例"
)
_GIVEN: Final = re.compile(rf"[\u4e00-\u9fff“”（）]{{0,12}}(?:{BENEFIT_NOUN})(?![\u4e00-\u9fff]*(?:条件|范围|对象|资格))")
_BEFORE_NAME: Final = re.compile(r".*(?:[的了元予受放请供照享领取定行可再按]|进行|给付|其|以及|先|用于|应当|从)")


def _giving(document: Document, clause: Clause, heading: str, parent: str = "") -> Iterator[Section]:
    """The innermost numbered units that give something with a figure, where no heading names a benefit."""
    below = [child for child in _numbered(clause.children) if _gives_figure(document, child)]
    if below and not _are_parts(_numbered(clause.children)):
        for child in below:
            yield from _giving(document, child, clause.title or heading, _number(clause))
    elif _gives_figure(document, clause):
        title = clause.title.rstrip("。：: ")
        yield Section(
            title if 0 < len(title) <= 30 else _given(document, clause), locator(heading, clause, parent), (clause,), heading
        )


def _gives_figure(document: Document, clause: Clause) -> bool:
    text = document.text[clause.body : clause.until]
    for sentence in re.split(r"[。；\n]", text):
        gives = _GRANTS.search(sentence) and not _NO_GRANT.search(sentence)
        units = {quantity.unit for quantity in quantities(sentence)}
        if gives and (_IN_WORDS.search(sentence) or units & {"yuan", "ratio"} or (units and _PUT_OFF.search(sentence))):
            return True
    return False


_STRONG: Final = re.compile(r"(?:补贴|补助|资助|奖励|奖补|津贴|贷款|贴息|减免|返还|补偿|优惠|保险金)$")


def _given(document: Document, clause: Clause) -> str:
    """What is given, in the words of the first sentence that gives it: 一次性吸纳就业补贴."""
    text = document.text[clause.body : clause.until]
    names = [_BEFORE_NAME.sub("", found.group(0)) for found in _GIVEN.finditer(text)]
    named = [name for name in names if len(name) >= 4]
    strong = [name for name in named if _STRONG.search(name)]
    return next(iter([*strong, *named, *names]), text[:20].strip())


_PART_TITLE: Final = re.compile(
    r"[\u4e00-\u9fff]{0,4}"
    r"(?:对象|条件|标准|范围|内容|方式|流程|程序|材料|时间|期限|依据|渠道|要求|主体|金额|部门|地点|额度)(?:及[\u4e00-\u9fff]{2,6})?"
)


def _are_parts(items: Sequence[Clause]) -> bool:
    """Whether items are the parts of one scheme: 补贴对象, 补贴条件, 补贴标准, 办理流程."""
    parts = [item for item in items if _PART_TITLE.fullmatch(item.title.rstrip("。：: "))]
    return len(parts) >= 2 and len(parts) * 2 >= len(items)


def _are_grades(parent: Clause, children: Sequence[Clause]) -> bool:
    """Whether items are grades of the one benefit their parent's heading names: 租金标准 with 免交租金, 优惠租金."""
    ends = {_name(child)[-2:] for child in children}
    return len(ends) == 1 and next(iter(ends)) in parent.title and max(len(_name(child)) for child in children) <= 6


def _is_scheme(document: Document, clause: Clause) -> bool:
    title = clause.title.rstrip("。：: ")
    if not title or len(title) > 40 or not _ENDS_AS_BENEFIT.search(title) or _PROCEDURE.search(title):
        return False
    text = document.text[clause.body : clause.until]
    body = text[len(title) :]
    return (
        len(body) > 15
        and _GIVES.search(body) is not None
        and (_FIGURE.search(body) is not None or "可" in body or "提供" in body)
    )


def _name(clause: Clause) -> str:
    return clause.title.rstrip("。：: ")


def locator(heading: str, clause: Clause, parent: str = "") -> str:
    """How a clause is found: 五（二）, or 面向单位三 where the numbering begins again below headings."""
    number = _number(clause)
    if parent and clause.kind == "cn_paren":
        return f"{parent}（{number}）"
    prefix = re.sub(r"的?(?:扶持|支持|优惠)?政策.*$", "", heading) if heading and clause.kind in ("cn", "arabic") else ""
    return f"{prefix}{number}" if prefix and len(prefix) <= 12 else number


def _number(clause: Clause) -> str:
    return re.sub(r"[、．.：:（）()\s]", "", clause.label)


def _locator_of(clauses: Sequence[Clause]) -> str:
    labels = [re.sub(r"[、．.：:（）()\s]", "", clause.label) for clause in _numbered(clauses) if clause.label]
    return labels[0] if labels else "全文"


def _questions(document: Document, items: Sequence[Clause]) -> Iterator[Section]:
    """Consecutive questions on the same benefit are one scheme."""
    groups: list[tuple[str, list[Clause]]] = []
    for item in items:
        topic = _topic(item.title)
        if topic is None and groups and not _NOT_SUPPORT.search(item.title):
            groups[-1][1].append(item)
            continue
        same = next((group for group in groups if topic and group[0] and _same(group[0], topic)), None)
        if same is not None:
            same[1].append(item)
        else:
            groups.append((topic or "", [item]))
    for topic, clauses in groups:
        text = "".join(document.text[clause.body : clause.until] for clause in clauses)
        if topic and _GIVES.search(text):
            first, last = (re.sub(r"[、．.：:（）()\s]|问题", "", clause.label) for clause in (clauses[0], clauses[-1]))
            yield Section(topic, f"问题{first}至{last}" if first != last else f"问题{first}", tuple(clauses))


def _topic(question: str) -> str | None:
    parts = [part for part in re.split(r"[，,；]", question) if _TOPIC.search(part)]
    if not parts or _NOT_SUPPORT.search(question):
        return None
    found = [(piece, noun) for piece in _INTERROGATIVE.split(parts[-1]) if (noun := _TOPIC.search(piece))]
    pieces = [piece[: noun.end()].strip("“”《》 ") for piece, noun in found]
    named = [piece for piece in pieces if len(piece) > _BARE_NOUN]
    return named[-1] if named else None


def _same(first: str, second: str) -> bool:
    return first[-4:] == second[-4:] or first in second or second in first


_CATEGORIES: Final = re.compile(r"(?:类别|类型|对象|范围|情形)$")
_DESKS: Final = re.compile(r"受理|程序|流程|方式|部门|渠道")


def _by_category(document: Document, section: Section) -> Iterator[Section]:
    """An application with categories that are handled apart is one scheme for each way of handling."""
    inner = [clause for top in section.clauses for clause in top.walk()]
    listed = next(
        (c for c in inner if _CATEGORIES.search(c.title) and sum(bool(k.title or k.label) for k in c.children) >= 3), None
    )
    categories = [child for child in listed.children if child.kind in RANKS] if listed else []
    groups = next((found for c in inner if c is not listed and (found := _handled(document, c, categories))), None)
    if listed is None or groups is None:
        yield section
        return
    for group in groups:
        names = "、".join(_category_name(document, member) for member in group)
        numbers = "、".join(re.sub(r"[、．.：:（）()\s]", "", member.label) for member in group)
        others = frozenset(category.start for category in categories if category not in group)
        where = locator("", listed) + numbers
        yield replace(
            section, name=f"{section.name}（{names}）", locator=where, left_out=others, audience="both" if "企业" in names else ""
        )


def _category_name(document: Document, clause: Clause) -> str:
    return clause.title or document.text[clause.body : clause.end].strip("。；： \n")[:30]


def _handled(document: Document, clause: Clause, categories: Sequence[Clause]) -> list[list[Clause]] | None:
    """Categories grouped as the children of a clause on handling name them, where all are named once."""
    if not categories or not _DESKS.search(clause.title) or len(clause.children) < 2:
        return None
    groups: list[list[Clause]] = []
    left = list(categories)
    for child in clause.children:
        words = document.text[child.body : child.until][:60]
        members = [category for category in left if _category_name(document, category) in words]
        if members:
            groups.append(members)
            left = [category for category in left if category not in members]
    return groups if not left and len(groups) > 1 else None


def _by_applicant(section: Section) -> Iterator[Section]:
    """An item with separate ways to apply for persons and for organisations is one scheme for each."""
    kinds: list[str] = []
    for clause in section.clauses:
        for child in clause.walk():
            found = _APPLICANTS.match(child.title) if child.kind == "label" else None
            if found:
                kinds.append(found.group(1))
    if len(set(kinds)) < 2:
        yield section
        return
    for kind in dict.fromkeys(kinds):
        name = section.name if section.name.startswith(kind) else kind + section.name
        yield Section(name, section.locator, section.clauses, section.heading, kind)
