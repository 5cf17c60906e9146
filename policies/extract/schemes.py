"""A section of a document to a scheme: its conditions, benefits and terms of application."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from policies.condition import All, AnyOf, Condition, Evidence, Leaf, Not, Span, leaves
from policies.extract.benefits import read_benefits
from policies.extract.conditions import Reader
from policies.extract.definitions import definitions_in, with_definitions
from policies.extract.hit import Context, distinct
from policies.extract.kinds import audience_of, exclusive_with, instrument_of, once_only, where_of, window_of
from policies.extract.metadata import Metadata
from policies.extract.result import SchemeDraft
from policies.extract.sections import Section
from policies.extract.setting import Setting
from policies.read.document import Document
from policies.schema import Benefit, Text
from policies.split.outline import Clause

_CONDITION_TITLE: Final = re.compile(r"条件|对象|资格|适用|哪些人|谁可以")
_BENEFIT_TITLE: Final = re.compile(r"标准|金额|额度|期限|内容|待遇|多少|多久|比例|支付")
_PROCEDURE_TITLE: Final = re.compile(
    r"材料|流程|程序|渠道|(?:申请|申领|申报|办理|受理)(?:方式|时间|地点|部门|责任)|如何|怎么|网址|咨询|电话|附件|核对|时效|查询|公开方式|概况|案例|提醒|监督|处罚|截止"
)
_GIVE: Final = re.compile(
    r"可(?:按规定|按照规定|以)?(?:申请|享受|申领|领取|获得|给予|报名)|给予|享受|发放|予以(?:补贴|奖励|补助)|奖励|[，,](?:每月|每年)?按|补贴标准|按规定享受|可对|支付|代缴|不缴费"
)
_PROCEDURE: Final = re.compile(
    r"登录|网址|https?:|申请应于|向[^，。；]{2,24}(?:提出|递交|提交)[^，。；]{0,6}申请|免申即享|经办|审核|公示|提供[^，。]{0,10}材料|承诺书|受理申请|请关注|逾期"
)
_LEAD: Final = re.compile(r"(?:符合|具备|满足|须|需要具备)[^，。；]{0,14}(?:条件|情形)")
_EXCLUDED: Final = re.compile(r"下列情形[^。]{0,6}(?:不能|不得)|除外|不适用")
_TRIVIAL: Final = re.compile(r"^(?:答：)?(?:需要)?(?:具备|符合)?(?:以下|下列|规定)?(?:基本)?条件的?[^，。；（]{0,10}[。：:]?")
_ORGANISED: Final = frozenset({"organisation_age_months", "is_founder", "enterprise_size", "insured_employees", "new_hires_12m"})
_PERSONAL: Final = frozenset({"groups", "is_student", "graduation_years", "age", "gender", "education"})


@dataclass(frozen=True, slots=True)
class _Zones:
    """Clauses by what they say: conditions, what is given, how to apply, and plain provisions."""

    conditions: tuple[Clause, ...]
    benefits: tuple[Clause, ...]
    procedure: tuple[Clause, ...]
    provisions: tuple[Clause, ...]


def scheme_of(document: Document, section: Section, metadata: Metadata) -> SchemeDraft:
    """Read one section."""
    zones = _zones(section)
    begin = min(clause.start for clause in section.clauses)
    end = max(clause.until for clause in section.clauses)
    text = document.text[begin:end]
    instrument = instrument_of(section.name, text, metadata.title if section.whole else "")
    audience = _audience(document, section, zones, metadata, instrument)
    reader = Reader(document.text, Context(metadata.region, audience), section.left_out)
    nodes = [*_conditions(document, section, zones, reader, audience), *_barred(document, section, zones, reader)]
    nodes = with_definitions(nodes, definitions_in(document), reader)
    if audience == "enterprise" and instrument == "training" and _names_people(All(tuple(nodes))):
        audience = "both"
    conditions = All(tuple(distinct([*_implied_place(nodes, metadata, audience, instrument, document), *nodes])))
    benefits = _benefits(document, zones, Setting(document.text, instrument, audience), section)
    return SchemeDraft(
        name=section.name,
        locator=section.locator,
        instrument=instrument,
        audience=audience,
        conditions=conditions,
        benefits=benefits,
        once_only=once_only(text),
        exclusive_with=exclusive_with(text),
        apply_window=window_of(text),
        apply_where=where_of(text),
        span=(begin, end),
    )


def _zones(section: Section) -> _Zones:
    found: dict[str, list[Clause]] = {"condition": [], "benefit": [], "procedure": [], "": []}

    def sort(clause: Clause, role: str) -> None:
        title = clause.title
        if title and clause.kind != "text" and role != "procedure":
            short = len(title) <= 40
            if short and _PROCEDURE_TITLE.search(title):
                role = "procedure"
            elif short and _CONDITION_TITLE.search(title):
                role = "condition"
            elif short and _BENEFIT_TITLE.search(title):
                role = "benefit"
        if role == "condition":
            found[role].append(clause)
            return
        found[role].append(clause)
        for child in clause.children:
            sort(child, role)

    for clause in section.clauses:
        sort(clause, "")
    return _Zones(tuple(found["condition"]), tuple(found["benefit"]), tuple(found["procedure"]), tuple(found[""]))


def _audience(document: Document, section: Section, zones: _Zones, metadata: Metadata, instrument: str) -> str:
    if section.applicant:
        return "individual" if section.applicant in ("个人", "毕业生") else "enterprise"
    if section.audience:
        return section.audience
    told = next((document.text[c.body : c.end] for c in zones.conditions if c.kind == "label" and "对象" in c.title), "")
    subject = ""
    inner = [child for clause in zones.conditions for child in clause.walk()]
    for clause in (*zones.provisions, *inner):
        words = document.text[clause.body : clause.end]
        if len(words) > 16 and clause.title != words.strip() and (_GIVE.search(words) or clause in inner):
            subject = words
            break
    found = audience_of(section.heading, told, subject, section.name + metadata.title, instrument)
    trained = found == "enterprise" and instrument == "training"
    return "both" if trained and audience_of("", "", subject, "") == "individual" else found


def _sentences(document: Document, clause: Clause) -> Iterator[tuple[int, int]]:
    for found in re.finditer(r"[^。\n]+[。]?", document.text[clause.body : clause.end]):
        yield clause.body + found.start(), clause.body + found.end()


def _conditions(document: Document, section: Section, zones: _Zones, reader: Reader, audience: str) -> list[Condition]:
    nodes: list[Condition] = []
    for clause in zones.conditions:
        node = reader.clause(clause)
        if node is not None:
            nodes += node.children if isinstance(node, All) else (node,)
    if not any(not leaf.declared for node in nodes for leaf in leaves(node)):
        nodes += _provision(document, zones, reader)
    nodes = [node for node in nodes if not _is_trivial(node)]
    if section.applicant and audience == "enterprise":
        nodes = [node for node in nodes if not any(leaf.field in _PERSONAL or leaf.declared for leaf in leaves(node))]
        at = document.text.find(section.applicant, section.clauses[0].start)
        nodes = [*reader.sentence(at, at + len(section.applicant)), *nodes] if at >= 0 else nodes
    return _since_birth(nodes, reader, document, section)


_BARS: Final = re.compile(r"(?:下列|以下)(?:情形|情况)[^。]{0,8}(?:的)?[，,]?(?:不能|不得|不予|不可)")
_OWN_FIRM: Final = re.compile(r"创办企业|领取(?:工商)?营业执照|从事个体经营|担任[^，。；]{0,8}法定代表人")


def _barred(document: Document, section: Section, zones: _Zones, reader: Reader) -> Iterator[Condition]:
    """A list of cases that bar from the support: none of them may hold; an own firm among them is a field."""
    for clause in (inner for top in section.clauses for inner in top.walk()):
        if any(zone.start <= clause.start < zone.until for zone in zones.conditions):
            continue
        if not clause.children or not _BARS.search(document.text[clause.body : clause.end]):
            continue
        listed = [child for child in clause.children if child.kind != "text"]
        if not listed:
            continue
        leaf = reader.declared(listed[0].start, listed[-1].end)
        if leaf is not None:
            yield Not(leaf)
        for child in listed:
            found = _OWN_FIRM.search(document.text, child.start, child.until)
            if found:
                yield Leaf("is_founder", "is_false", evidence=reader.evidence(found.start(), found.end(), 0.7))


def _provision(document: Document, zones: _Zones, reader: Reader) -> list[Condition]:
    """Conditions of the first sentence that gives something, and of lists it leads into."""
    for position, clause in enumerate(zones.provisions):
        words = document.text[clause.body : clause.end]
        if clause.title == words.strip() or not words.strip():
            continue
        if _LEAD.search(words) and any(child.kind != "text" for child in clause.children):
            node = reader.clause(clause)
            return list(node.children) if isinstance(node, All) else [node] if node else []
        for start, end in _sentences(document, clause):
            sentence = document.text[start:end]
            give = _GIVE.search(sentence)
            if give is None or (_PROCEDURE.search(sentence) and not re.search(r"的，", sentence[: give.start() + 3])):
                continue
            until = start + _antecedent(sentence)
            found = reader.sentence(start, until)
            listed = _list_after(zones.provisions[position + 1 :], reader) if _LEAD.search(sentence) else None
            return [*found, listed] if listed is not None else found
    for clause in zones.provisions:
        served = re.search(r"(?:为|向|对)([^，。；]{2,40}?)(?:免费)?提供", document.text[clause.body : clause.end])
        if served:
            return [n for n in reader.sentence(clause.body + served.start(1), clause.body + served.end(1)) if not _is_declared(n)]
    return []


def _is_declared(node: Condition) -> bool:
    return isinstance(node, Leaf) and node.declared


def _antecedent(sentence: str) -> int:
    """Where the condition part of a giving sentence ends: before the last ``的，`` or before the verb."""
    verbs = [
        found.start()
        for found in re.finditer(
            r"(?:可|允许)(?:按规定|以)?(?:申请|享受|申领|领取|报名|对|缓缴|延期)|给予|享受|予以|免收|免征|减免(?!租金的)|返还(?!条件|标准|比例)",
            sentence,
        )
    ]
    last = verbs[0] if verbs else len(sentence)
    cut = [found.end() for found in re.finditer(r"的[，,]", sentence) if found.end() <= last + 1]
    return cut[-1] if cut else last


def _list_after(clauses: tuple[Clause, ...], reader: Reader) -> Condition | None:
    """A numbered list standing after the sentence that leads into it."""
    nodes = [
        node for clause in clauses if clause.kind in ("arabic_paren", "circled", "arabic") and (node := reader.clause(clause))
    ]
    if not nodes:
        return None
    return nodes[0] if len(nodes) == 1 else AnyOf(tuple(nodes))


def _is_trivial(node: Condition) -> bool:
    """``符合条件的创业者``: a declared leaf that only points back to the conditions."""
    if not isinstance(node, Leaf) or not node.declared:
        return False
    words = str(node.value)
    return bool(_TRIVIAL.fullmatch(words)) or bool(
        re.fullmatch(r"符合(?:以下|上述|下列)?条件的?[^，。；（]{0,12}|.{0,20}享受一次.{0,10}", words)
    )


def _names_people(condition: Condition) -> bool:
    return any(leaf.field in ("groups", "is_student") for leaf in leaves(condition))


def _implied_place(
    nodes: list[Condition], metadata: Metadata, audience: str, instrument: str, document: Document
) -> Iterator[Condition]:
    """The area of the issuing body where the title names it: of an organisation's registration, of a person's insurance."""
    fields = {leaf.field for node in nodes for leaf in leaves(node) if leaf.op != "is_false"}
    if metadata.region is None or metadata.region == "100000":
        return
    if audience == "enterprise" or (fields & _ORGANISED):
        field = "registered_region"
    elif audience == "individual" and instrument in ("social_insurance_subsidy", "unemployment_benefit"):
        if "received_policies" in fields or not any("保险" in str(leaf.evidence) for node in nodes for leaf in leaves(node)):
            return
        field = "social_insurance_region"
    elif audience == "individual" and "户籍" in metadata.title:
        field = "hukou_region"
    else:
        return
    place = re.match(r"[\u4e00-\u9fff]{2,8}?(?:省|市|区|县)", metadata.title)
    at = document.text.find(place.group(0)) if place else -1
    if field in fields or place is None or at < 0:
        return
    evidence = Evidence("document", place.group(0), Span(at, at + len(place.group(0))), 0.7)
    yield Leaf(field, "within_region", metadata.region, evidence=evidence)


def _since_birth(nodes: list[Condition], reader: Reader, document: Document, section: Section) -> list[Condition]:
    """An age limit that the document itself explains by a day of birth is that day of birth."""
    ages = [node for node in nodes if isinstance(node, Leaf) and node.field == "age"]
    if not ages:
        return nodes
    for clause in section.clauses:
        for start, end in ((c.body, c.end) for c in clause.walk()):
            words = document.text[start:end]
            if re.search(r"年龄[^，。；]{0,10}起算|起算时间", words) and "出生" in words:
                births = [n for n in reader.passage(start, end) if isinstance(n, Leaf) and n.field == "birth_date"]
                if births:
                    return [births[0] if node is ages[0] else node for node in nodes if node not in ages[1:]]
    return nodes


def _benefits(document: Document, zones: _Zones, setting: Setting, section: Section) -> tuple[Benefit, ...]:
    spans = [(clause.body, clause.end) for clause in zones.provisions]
    spans += [(clause.start if clause.kind == "label" else clause.body, clause.end) for clause in zones.benefits]
    spans += [(c.body, c.end) for top in zones.conditions for c in top.walk() if c.kind == "text" and "标准" in top.title]
    spans.sort()
    spans = [part for span in spans for part in _for_applicant(document, span, section)]
    asked = frozenset(child.body for top in zones.benefits if _ASKS.search(top.title) for child in top.walk())
    asked |= {c.body for top in zones.benefits if _GIVEN_STANDARD.search(top.title) for c in top.walk() if c is not top}
    asked |= {clause.body for clause in zones.benefits if clause.kind == "label" and clause.start == clause.body}  # table cells
    found = read_benefits(setting, spans, asked)
    if found:
        return found
    begin = min(clause.start for clause in section.clauses)
    words = section.name
    at = document.text.find(words)
    where = Span(at, at + len(words)) if at >= 0 else Span(begin, begin)
    evidence = Evidence("document", document.text[where.start : where.end], where, 0.5)
    return (Benefit(kind="service", when=Text(words), evidence=evidence),)


_ASKS: Final = re.compile(r"(?:多少|多久|多长|额度|标准|期限|几年)[^？?]{0,6}[？?]$")
"""A question whose answer is a figure of the benefit, whatever its words."""


_GIVEN_STANDARD: Final = re.compile(
    r"(?<!租金)(?<!收费)(?<!缴费)(?<!认定)(?<!准入)(?:发放|补贴|补助|津贴|资助|奖励|支持|扶持|待遇|救助|保障)(?:标准|金额|额度)$"
)
"""A heading below which every figure is given: 发放标准, 补贴标准."""


def _for_applicant(document: Document, span: tuple[int, int], section: Section) -> Iterator[tuple[int, int]]:
    """Sentences that concern this applicant, where one item serves several."""
    if not section.applicant:
        yield span
        return
    mine = section.applicant
    for found in re.finditer(r"[^。；\n]+[。；]?", document.text[span[0] : span[1]]):
        head = found.group(0)[:14]
        others = [kind for kind in ("个人", "小微企业", "单位") if kind in head]
        if not others or any(kind in mine or mine in kind for kind in others):
            yield span[0] + found.start(), span[0] + found.end()


__all__ = ["replace", "scheme_of"]
