"""Checks of conditions and policies against the vocabularies.

Nothing is dropped or guessed: what does not fit becomes an :class:`~policies.schema.Issue`
with the value and the nearest terms.
"""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Collection, Iterable, Iterator
from typing import Final

from policies.condition import AS_OF, FLAG_OPS, SET_OPS, THRESHOLD_OPS, Leaf, leaves
from policies.schema import Benefit, Issue, Policy, Text
from policies.vocabulary import Vocabulary

OPS_BY_TYPE: Final[dict[str, frozenset[str]]] = {
    "number": THRESHOLD_OPS | {"==", "in"},
    "date": THRESHOLD_OPS | {"=="},
    "ordered": THRESHOLD_OPS | {"==", "in"},
    "enum": frozenset({"==", "in"}),
    "bool": FLAG_OPS | {"=="},
    "set": SET_OPS,
    "region": frozenset({"within_region", "in", "=="}),
    "code": frozenset({"in", "==", "starts_with"}),
}
"""Which tests make sense on which type of field."""

LINKABLE_SOURCES: Final = frozenset({"official", "official_media", "association", "operator"})
"""Kinds of source whose address may be shown to users; the press, reposts and aggregators are named, not linked."""


def leaf_issues(leaf: Leaf, vocabulary: Vocabulary, where: str = "") -> Iterator[Issue]:
    """What is wrong with one leaf: unknown field, test that does not fit the type, unknown value."""
    if leaf.declared:
        if not isinstance(leaf.value, str) or not leaf.value.strip():
            yield _issue("declared_without_words", where, leaf.value, "声明条件须写明内容", "a declared condition needs words")
        return
    field = vocabulary.fields.get(leaf.field)
    if field is None:
        if leaf.field != AS_OF:
            near = vocabulary.nearest_fields(leaf.field)
            yield _issue("unknown_field", where, leaf.field, "没有这个字段", "no such field", near)
        return
    if leaf.op not in OPS_BY_TYPE[field.type]:
        allowed = " ".join(sorted(OPS_BY_TYPE[field.type]))
        yield _issue("wrong_op", where, leaf.op, f"{field.label.zh}只能用 {allowed}", f"{field.name} takes {allowed}")
        return
    for value in leaf.value if isinstance(leaf.value, tuple) else (leaf.value,):
        yield from _value_issues(leaf, field.type, field.vocabulary, value, vocabulary, where)


def _value_issues(leaf: Leaf, kind: str, terms: str, value: object, vocabulary: Vocabulary, where: str) -> Iterator[Issue]:
    if kind == "number" and (isinstance(value, bool) or not isinstance(value, int | float)):
        yield _issue("wrong_value", where, value, f"{leaf.field} 的值须是数字", f"{leaf.field} needs a number")
    elif kind == "date" and not _is_date(value):
        yield _issue("wrong_value", where, value, f"{leaf.field} 的值须是日期", f"{leaf.field} needs an ISO date")
    elif kind in ("enum", "ordered") and value not in vocabulary.terms[terms]:
        near = difflib.get_close_matches(str(value), list(vocabulary.terms[terms]), 3, 0.3)
        yield _issue("unknown_term", where, value, f"{leaf.field} 没有这个取值", f"not a value of {leaf.field}", near)
    elif kind == "region" and (not isinstance(value, str) or not vocabulary.regions.is_code(value)):
        yield _issue("unknown_region", where, value, "没有这个区划代码", "no such division code")
    elif kind == "code" and (not isinstance(value, str) or vocabulary.industry(value) is None):
        yield _issue("unknown_industry", where, value, "没有这个行业代码", "no such industry code")
    elif kind == "set" and terms in vocabulary.labels and not vocabulary.knows_label(terms, str(value)):
        near = difflib.get_close_matches(str(value), list(vocabulary.labels[terms]), 3, 0.3)
        yield _issue("unknown_label", where, value, f"{leaf.field} 的词表没有这个标签", f"not a label of {leaf.field}", near)


def policy_issues(policy: Policy, vocabulary: Vocabulary, known_policies: Collection[str] = ()) -> list[Issue]:
    """Everything in ``policy`` that does not fit the vocabularies; an empty list when all is well.

    Args:
        policy: the entry to check.
        vocabulary: what to check against.
        known_policies: ids that relations may name; empty switches that check off.
    """
    return list(_policy_issues(policy, vocabulary, known_policies))


def _policy_issues(policy: Policy, vocabulary: Vocabulary, known: Collection[str]) -> Iterator[Issue]:
    yield from _heading_issues(policy, vocabulary)
    at = policy.id
    for number, leaf in enumerate(leaves(policy.conditions)):
        yield from leaf_issues(leaf, vocabulary, f"{at} conditions leaf {number} ({leaf.field})")
        if leaf.evidence is None or leaf.evidence.basis not in vocabulary.terms["basis"]:
            yield _issue("no_basis", f"{at} leaf {number}", leaf.field, "条件没有出处", "the condition states no basis")
    for benefit in policy.benefits:
        yield from _benefit_issues(benefit, vocabulary, f"{at} benefits")
    for relation in policy.relations:
        yield from _term_issue(vocabulary, "relation", relation.kind, f"{at} relations")
    for other in (*policy.exclusive_with, *(relation.policy for relation in policy.relations)):
        if known and other not in known:
            yield _issue("unknown_policy", f"{at} relations", other, "目录中没有这个政策", "no such policy in the catalogue")
        if other == policy.id:
            yield _issue("relation_to_itself", f"{at} relations", other, "政策与自身相关联", "a policy related to itself")


def _heading_issues(policy: Policy, vocabulary: Vocabulary) -> Iterator[Issue]:
    at = policy.id
    for name, value in (("level", policy.level), ("instrument", policy.instrument), ("status", policy.status)):
        yield from _term_issue(vocabulary, name, value, f"{at} {name}")
    yield from _term_issue(vocabulary, "window", policy.application.window, f"{at} application.window")
    if policy.region not in vocabulary.regions:
        yield _issue("unknown_region", f"{at} region", policy.region, "没有这个区划代码", "no such division code")
    for body in policy.issuers:
        if vocabulary.department(body) != body:
            near = difflib.get_close_matches(body, list(vocabulary.departments), 3, 0.5)
            yield _issue("unknown_department", f"{at} issuers", body, "部门不在词表中", "not a department in the list", near)
    for code in policy.industries:
        if vocabulary.industry(code) != code:
            yield _issue("unknown_industry", f"{at} industries", code, "没有这个行业代码", "no such industry code")
    if policy.source is not None:
        yield from _term_issue(vocabulary, "source_kind", policy.source.kind, f"{at} source")
        if policy.source.url and policy.source.kind not in LINKABLE_SOURCES:
            yield _issue("unfit_link", f"{at} source", policy.source.url, "此类来源不宜直接链接", "not fit to be linked")


def _benefit_issues(benefit: Benefit, vocabulary: Vocabulary, where: str) -> Iterator[Issue]:
    yield from _term_issue(vocabulary, "benefit_kind", benefit.kind, where)
    for per in (benefit.per, benefit.cap_per):
        if per is not None:
            yield from _term_issue(vocabulary, "per", per, where)
    if benefit.rate is not None and benefit.rate_kind is None:
        yield _issue("rate_of_nothing", where, benefit.rate, "比例没有说明是什么的比例", "the rate states no kind")
    if benefit.rate_kind is not None:
        yield from _term_issue(vocabulary, "rate_kind", benefit.rate_kind, where)


def _term_issue(vocabulary: Vocabulary, name: str, value: str, where: str) -> Iterable[Issue]:
    if value in vocabulary.terms[name]:
        return ()
    near = difflib.get_close_matches(value, list(vocabulary.terms[name]), 3, 0.3)
    return (_issue("unknown_term", where, value, f"词表 {name} 中没有这个词", f"not a term of {name}", near),)


def _is_date(value: object) -> bool:
    try:
        dt.date.fromisoformat(str(value))
    except ValueError:
        return False
    return True


def _issue(kind: str, where: str, value: object, zh: str, en: str, near: Iterable[str] = ()) -> Issue:
    suggestions = tuple(near)
    hint_zh = f"，相近的有：{'、'.join(suggestions)}" if suggestions else ""
    hint_en = f"; near: {', '.join(suggestions)}" if suggestions else ""
    return Issue(kind, where, Text(f"{zh}：{value}{hint_zh}", f"{en}: {value}{hint_en}"), str(value), suggestions)
