"""An accepted draft becomes a Policy in exchange form.

Nothing is dropped or guessed: what does not fit comes back as an :class:`~policies.schema.Issue`
for the reviewer, who sees it before accepting. Without a region or a level there is no Policy.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final
from urllib.parse import urlsplit

from policies.codec import benefit_from_json
from policies.condition import All, AnyOf, Condition, ConditionError, Evidence, Leaf, Not, condition_from_json, leaves
from policies.extract.bodies import place_in
from policies.extract.dates import DATE as DATE_PATTERN
from policies.extract.dates import date_of
from policies.regions import NATION
from policies.schema import Application, Benefit, Issue, PartialDate, Policy, Source, Text
from policies.validate import leaf_issues, policy_issues
from policies.vocabulary import Vocabulary

RATE_KIND_OF: Final[Mapping[str, str]] = {
    "interest_subsidy": "interest_subsidy_share",
    "loan": "interest_rate",
    "guarantee": "risk_compensation_share",
    "tax_relief": "reduction_share",
}
"""What a rate without a kind is taken for, by instrument; for all others ``subsidy_share``."""

_LEVEL_OF: Final = {"nation": "national", "province": "municipal", "city": "municipal"}
"""Level of an issuer by its division; everything below is the district."""

_UNUSABLE: Final = frozenset({"unknown_field", "wrong_op", "wrong_value", "unknown_term", "unknown_region", "unknown_industry"})
"""Faults with which a leaf cannot be tested: its words become a declared condition."""

_PLACES: Final = ("registered_region", "hukou_region", "work_region", "school_region")
_MUCH: Final = 0.8
"""Confidence of reading from which a reviewed entry counts as certain."""
_END: Final = re.compile(r"(?:至|到|—|-|~|～)\s*(?:(?P<year>\d{4})年)?(?P<month>\d{1,2})月(?P<day>\d{1,2})日")


@dataclass(frozen=True, slots=True)
class Conversion:
    """A policy made from a draft, None where it cannot be published, and what did not fit."""

    policy: Policy | None
    issues: tuple[Issue, ...] = ()


@dataclass(slots=True)
class _Notes:
    """Issues on the way."""

    where: str
    found: list[Issue] = field(default_factory=list)

    def add(self, kind: str, zh: str, en: str, value: object = None) -> None:
        """One thing that did not fit."""
        self.found.append(Issue(kind, self.where, Text(zh, en), None if value is None else str(value)))


def draft_to_policy(
    content: Mapping[str, Any],
    document: Mapping[str, Any],
    vocabulary: Vocabulary,
    as_of: dt.date,
    *,
    region: str | None = None,
    identity: str | None = None,
    note: str | None = None,
) -> Conversion:
    """The catalogue entry of a scheme draft.

    Args:
        content: the draft in JSON form, see :func:`policies.extract.result.scheme_to_json`.
        document: metadata of its document, see :func:`policies.extract.result.extraction_to_json`.
        vocabulary: what to map to.
        as_of: the day for which the status is told from the dates.
        region: division code from the reviewer, in place of the one read.
        identity: id of the entry that this one replaces; by default one is made from region and title.
        note: words of the reviewer.
    """
    notes = _Notes(str(content.get("name", "")))
    if content.get("kind") == "commitment":
        notes.add("commitment", "承诺事项没有申请途径，不进目录", "a commitment cannot be applied for and is not published")
        return Conversion(None, tuple(notes.found))
    code = _region(region or document.get("region"), vocabulary, notes)
    if code is None:
        return Conversion(None, tuple(notes.found))
    issuers = tuple(vocabulary.department(name) or name for name in document.get("issuers") or ())
    if not issuers:
        notes.add("no_issuer", "没有读到发文单位，请核对原文", "no issuing body was read; check the document")
    begin, end = _dates(document, notes)
    conditions = _conditions(content, code, vocabulary, notes)
    benefits = tuple(_benefits(content, vocabulary, notes))
    sure = [e.confidence for e in _evidence(conditions, benefits) if e.confidence is not None]
    origin = str(document.get("origin") or "")
    policy = Policy(
        id=identity or policy_id(code, content, document),
        title=Text(_squeezed(content["name"])),
        level=_level(issuers, code, vocabulary),
        region=code,
        issuers=issuers,
        document_no=document.get("document_no"),
        issued=_date(document.get("signed") or document.get("published"), notes),
        effective_from=begin,
        effective_to=end,
        status=_status(begin, end, as_of),
        instrument=content["instrument"],
        audience=content["audience"],
        conditions=conditions,
        benefits=benefits,
        once_only=content.get("once_only"),
        exclusions=tuple(_exclusion(name) for name in content.get("exclusive_with") or ()),
        application=_application(content),
        source=_source(document, origin),
        confidence="high" if sure and min(sure) >= _MUCH else "medium",
        evidence=_provenance(content, document, origin),
        notes=Text(note) if note else None,
        reviewed=True,
    )
    told = [issue for issue in policy_issues(policy, vocabulary) if issue.kind != "no_basis"]
    return Conversion(policy, (*notes.found, *told))


def policy_id(region: str, content: Mapping[str, Any], document: Mapping[str, Any]) -> str:
    """``<region>-<hash>``: the same for the same scheme of the same document, whatever else was read."""
    words = "/".join(_squeezed(text) for text in (content["name"], document.get("title") or ""))
    return f"{region}-{hashlib.sha256(words.encode()).hexdigest()[:10]}"


def _region(code: object, vocabulary: Vocabulary, notes: _Notes) -> str | None:
    if not code:
        notes.add(
            "no_region",
            "没有读到适用地区，请填写区划代码（如 310110）再采纳",
            "no region was read; give its division code (such as 310110) to accept",
        )
        return None
    found = vocabulary.regions.find(str(code))
    if len(found) != 1 or found[0] not in vocabulary.regions:
        notes.add(
            "unknown_region", f"没有这个区划：{code}，请填六位代码", f"no such division: {code}; give a six-digit code", code
        )
        return None
    return found[0]


def _level(issuers: tuple[str, ...], region: str, vocabulary: Vocabulary) -> str:
    for name in issuers:
        body = vocabulary.departments.get(name)
        if body is not None and body.level in vocabulary.terms["level"]:
            return body.level
        place = place_in(name)
        if place is not None:
            return _LEVEL_OF.get(place.level, "district")
    return _LEVEL_OF.get(vocabulary.regions[region].level, "district")


def _dates(document: Mapping[str, Any], notes: _Notes) -> tuple[PartialDate | None, PartialDate | None]:
    begin, end = _date(document.get("effective_from"), notes), _date(document.get("effective_to"), notes)
    if begin and end and begin.first_day() > end.last_day():
        notes.add(
            "wrong_dates",
            f"施行日期 {begin.text} 晚于失效日期 {end.text}，两者都不采用，请核对原文",
            f"effective from {begin.text} is after effective to {end.text}; both are left out, check the document",
        )
        return None, None
    return begin, end


def _date(text: object, notes: _Notes) -> PartialDate | None:
    try:
        return PartialDate(str(text)) if text else None
    except ValueError:
        notes.add("wrong_date", f"日期无法使用：{text}，请核对原文", f"not a date: {text}; check the document", text)
        return None


def _status(begin: PartialDate | None, end: PartialDate | None, as_of: dt.date) -> str:
    """In force where both ends of its time are known and the day lies between them; else a person must find out."""
    known = begin is not None and end is not None and begin.first_day() <= as_of <= end.last_day()
    return "in_force" if known else "unknown"


def _conditions(content: Mapping[str, Any], region: str, vocabulary: Vocabulary, notes: _Notes) -> Condition:
    try:
        tree = condition_from_json(content["conditions"])
    except ConditionError as error:
        notes.add("wrong_condition", f"条件无法读取（{error.path}）", f"the conditions cannot be read: {error.problem}")
        tree = All((Leaf("other", "==", "条件须向受理部门核实", "conditions to be confirmed with the office"),))
    tree = _testable(tree, vocabulary, notes)
    own = tree.children if isinstance(tree, All) else (tree,)
    scope = list(_scope(tree, content["audience"], region, vocabulary))
    if scope and any(leaf.field != "subject_type" for node in scope for leaf in leaves(node)):
        notes.add(
            "scope_added",
            f"条件中没有写明地区，按发文地区（{vocabulary.regions.name(region)}）加了适用范围",
            f"no condition names a place; the issuing region ({vocabulary.regions.name(region, 'en')}) was added as its scope",
        )
    return All((*scope, *own))


def _testable(node: Condition, vocabulary: Vocabulary, notes: _Notes) -> Condition:
    match node:
        case All(children):
            return All(tuple(_testable(child, vocabulary, notes) for child in children))
        case AnyOf(children):
            return AnyOf(tuple(_testable(child, vocabulary, notes) for child in children))
        case Not(child):
            return Not(_testable(child, vocabulary, notes))
        case Leaf():
            return _leaf(node, vocabulary, notes)


def _leaf(leaf: Leaf, vocabulary: Vocabulary, notes: _Notes) -> Leaf:
    evidence = replace(leaf.evidence or Evidence("document"), basis="document")
    leaf = replace(leaf, evidence=evidence)
    words = evidence.quote or f"{leaf.field} {leaf.op} {leaf.value}"
    if not evidence.quote or evidence.span is None:
        notes.add("no_quote", f"条件没有引文：{words}", f"the condition quotes nothing: {words}", leaf.field)
    faults = [issue for issue in leaf_issues(leaf, vocabulary, notes.where) if issue.kind in _UNUSABLE]
    if not faults:
        return leaf
    for issue in faults:
        notes.found.append(replace(issue, message=Text(f"{issue.message.zh}；列为须确认", f"{issue.message.en}; declared")))
    return Leaf("other", "==", words, evidence=evidence)


def _scope(tree: Condition, audience: str, region: str, vocabulary: Vocabulary) -> Iterator[Condition]:
    """What audience and issuing region imply, where no condition says it."""
    asked = {leaf.field for leaf in leaves(tree)}
    implied = Evidence("scope")
    if audience in ("enterprise", "individual") and "subject_type" not in asked:
        subjects = ("enterprise",) if audience == "enterprise" else ("individual", "team")
        yield Leaf("subject_type", "in", subjects, evidence=implied)
    if region == NATION or any(name in asked for name, one in vocabulary.fields.items() if one.type == "region"):
        return
    if audience == "enterprise":
        yield Leaf("registered_region", "within_region", region, evidence=implied)
    else:
        yield AnyOf(tuple(Leaf(name, "within_region", region, evidence=implied) for name in _PLACES))


def _benefits(content: Mapping[str, Any], vocabulary: Vocabulary, notes: _Notes) -> Iterator[Benefit]:
    for item in content.get("benefits") or ():
        try:
            benefit = benefit_from_json(item)
        except (ValueError, TypeError) as error:
            quote = item.get("quote") if isinstance(item, Mapping) else item
            notes.add("wrong_benefit", f"待遇无法采用：{quote}，请核对", f"the benefit cannot be used ({error}): {quote}", quote)
            continue
        evidence = replace(benefit.evidence or Evidence("document"), basis="document")
        benefit = replace(benefit, evidence=evidence)
        if not evidence.quote or evidence.span is None:
            notes.add("no_quote", f"待遇没有引文：{benefit.kind}", f"the benefit quotes nothing: {benefit.kind}")
        if benefit.rate is not None and benefit.rate_kind is None:
            kind = RATE_KIND_OF.get(content["instrument"], "subsidy_share")
            notes.add(
                "rate_kind_chosen",
                f"比例 {benefit.rate:g} 没有说明是什么的比例，按政策方式取“{vocabulary.word('rate_kind', kind)}”",
                f"the rate {benefit.rate:g} states no kind; taken for “{vocabulary.word('rate_kind', kind, 'en')}”",
                kind,
            )
            benefit = replace(benefit, rate_kind=kind)
        for name in ("per", "cap_per"):
            value = getattr(benefit, name)
            if value is not None and value not in vocabulary.terms["per"]:
                notes.add("unknown_term", f"计发单位“{value}”不在词表，未采用", f"“{value}” is no term of per; left out", value)
                benefit = replace(benefit, per=None) if name == "per" else replace(benefit, cap_per=None)
        yield benefit


def _evidence(conditions: Condition, benefits: tuple[Benefit, ...]) -> Iterator[Evidence]:
    found = [leaf.evidence for leaf in leaves(conditions)] + [benefit.evidence for benefit in benefits]
    yield from (evidence for evidence in found if evidence is not None)


def _exclusion(name: str) -> Text:
    return Text(f"不能与“{name}”同时享受", f"Cannot be combined with “{name}”")


def _application(content: Mapping[str, Any]) -> Application:
    where, when = content.get("apply_where"), content.get("apply_window")
    opens, closes = _period(when) if when else (None, None)
    window = "unknown"
    if when and re.search(r"全年|常年|随时", when):
        window = "year_round"
    elif when and "免申即享" in when:
        window = "automatic"
    elif opens and closes:
        window = "period"
    return Application(
        offices=(_squeezed(where),) if where else (), window=window, opens=opens, closes=closes,
        window_note=Text(when) if when else None,
    )  # fmt: skip


def _period(words: str) -> tuple[PartialDate | None, PartialDate | None]:
    """First and last day of ``2025年8月11日至8月22日``; nothing where either is missing or they are turned round."""
    found = DATE_PATTERN.search(words)
    begin = date_of(found) if found else None
    until = _END.match(words, found.end()) or _END.search(words, found.end()) if found else None
    if begin is None or until is None:
        return None, None
    try:
        end = dt.date(int(until.group("year") or begin.year), int(until.group("month")), int(until.group("day")))
    except ValueError:
        return None, None
    return (PartialDate(begin.isoformat()), PartialDate(end.isoformat())) if begin <= end else (None, None)


def _source(document: Mapping[str, Any], origin: str) -> Source:
    address = urlsplit(origin)
    linked = address.scheme in ("http", "https") and bool(address.hostname)
    official = linked and str(address.hostname).endswith(".gov.cn")
    title = _squeezed(document.get("title") or "") or origin
    named = title if linked or not origin or origin == title else f"{title}（{origin}）"
    return Source("official" if official else "mirror" if linked else "document", named or None, origin if official else None)


def _provenance(content: Mapping[str, Any], document: Mapping[str, Any], origin: str) -> str:
    parts = [f"读自{origin or '文件'}", str(content.get("locator") or ""), f"sha256 {str(document.get('sha256') or '')[:12]}"]
    return "，".join(part for part in parts if part and part != "sha256 ") + "，经人工审核"


def _squeezed(text: str) -> str:
    return " ".join(str(text).split())
