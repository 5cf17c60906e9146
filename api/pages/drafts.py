"""What the review pages show of a draft, made from its JSON form; templates only lay it out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from api.pages.marked import Numbered
from matcher.benefits import benefit_text
from matcher.sentences import requirement
from policies.codec import benefit_from_json
from policies.condition import ConditionError, Leaf, condition_from_json
from policies.queue import Draft
from policies.rereading import Change, leaves_of
from policies.schema import Text
from policies.vocabulary import Vocabulary

STATES: Final = {
    "waiting": Text("待审", "waiting"),
    "changed": Text("有变动，待审", "changed, waiting"),
    "accepted": Text("已采纳", "accepted"),
    "rejected": Text("已退回", "rejected"),
    "superseded": Text("已被替代", "superseded"),
}
PARTS: Final = {
    "document": Text("文件", "document"),
    "terms": Text("要素", "terms"),
    "condition": Text("条件", "condition"),
    "shape": Text("条件的组合", "how conditions combine"),
    "benefit": Text("待遇", "benefit"),
}
NAMES: Final = {
    "title": Text("标题", "title"),
    "issuers": Text("发文", "issued by"),
    "document_no": Text("文号", "number"),
    "published": Text("发布", "published"),
    "signed": Text("成文", "signed"),
    "effective_from": Text("施行", "in force from"),
    "effective_to": Text("失效", "in force until"),
    "region": Text("适用地区", "region"),
    "origin": Text("来源", "origin"),
    "supersedes": Text("废止", "supersedes"),
    "locator": Text("所在", "place in the text"),
    "instrument": Text("方式", "instrument"),
    "audience": Text("对象", "audience"),
    "once_only": Text("只享受一次", "once only"),
    "exclusive_with": Text("不可同享", "not combined with"),
    "apply_window": Text("申请时间", "when to apply"),
    "apply_where": Text("受理", "where to apply"),
    "name": Text("名称", "name"),
    "what": Text("内容", "what"),
    "groups": Text("对象", "for whom"),
    "places": Text("地点", "places"),
    "bodies": Text("责任单位", "bodies"),
    "targets": Text("指标", "targets"),
}
_DOCUMENT: Final = (
    "title",
    "issuers",
    "document_no",
    "published",
    "signed",
    "effective_from",
    "effective_to",
    "region",
    "supersedes",
    "origin",
)
_TERMS: Final = ("locator", "instrument", "audience", "once_only", "exclusive_with", "apply_window", "apply_where")
_COMMITMENT: Final = ("instrument", "groups", "places", "bodies", "targets")
_HEADINGS: Final = {
    "all": ("同时满足：", "all of:"),
    "any": ("满足其一即可：", "any one of:"),
    "not": ("不得：", "must not hold:"),
}
_AUDIENCES: Final = {
    "enterprise": Text("企业（组织）", "organisations"),
    "individual": Text("个人", "people"),
    "both": Text("企业和个人", "both"),
}


@dataclass(frozen=True, slots=True)
class Item:
    """One line of what was extracted.

    ``number`` is 0 for a heading; ``span`` is None where nothing in the text can be marked.
    """

    depth: int
    text: str
    number: int = 0
    quote: str = ""
    span: tuple[int, int] | None = None
    declared: bool = False
    confidence: str = ""


def items_of(draft: Draft, vocabulary: Vocabulary, language: str) -> tuple[tuple[Item, ...], tuple[Item, ...]]:
    """Conditions and benefits as numbered lines; a commitment is one line, its citation."""
    content = draft.content
    if draft.kind == "commitment":
        return (_item(content, 0, content["what"], 1),), ()
    count = iter(range(1, 1_000_000))
    conditions = tuple(_conditions(content["conditions"], 0, count, vocabulary, language))
    benefits = tuple(_item(one, 0, benefit_words(one, vocabulary, language), next(count)) for one in content["benefits"])
    return conditions, benefits


def _conditions(
    node: Mapping[str, Any], depth: int, count: Iterator[int], vocabulary: Vocabulary, language: str
) -> Iterator[Item]:
    if "field" in node:
        yield _item(node, depth, leaf_words(node, vocabulary, language), next(count), declared=node["field"] == "other")
        return
    kind = next(name for name in ("all", "any", "not") if name in node)
    children = [node["not"]] if kind == "not" else node[kind]
    if kind != "all" or depth:
        yield Item(depth, _HEADINGS[kind][language == "en"])
        depth += 1
    for child in children:
        yield from _conditions(child, depth, count, vocabulary, language)


def _item(data: Mapping[str, Any], depth: int, text: str, number: int, *, declared: bool = False) -> Item:
    span, sure = data.get("span"), data.get("confidence")
    where = (int(span[0]), int(span[1])) if span and span[0] < span[1] else None
    return Item(depth, text, number, data.get("quote") or "", where, declared, f"{sure:.0%}" if sure is not None else "")


def leaf_words(data: Mapping[str, Any], vocabulary: Vocabulary, language: str) -> str:
    """The sentence of a leaf; one that fits no field is shown as it is."""
    plain = f"{data.get('field')} {data.get('op')} {data.get('value')}"
    try:
        leaf = condition_from_json(data)
    except ConditionError:
        return plain
    if not isinstance(leaf, Leaf) or not (leaf.declared or leaf.field in vocabulary.fields):
        return plain
    return requirement(leaf, vocabulary).in_language(language)


def benefit_words(data: Mapping[str, Any], vocabulary: Vocabulary, language: str) -> str:
    """A benefit in words; one with an impossible figure by its quote."""
    try:
        return benefit_text(benefit_from_json(data), vocabulary).in_language(language)
    except (ValueError, TypeError):
        return str(data.get("quote") or data.get("kind"))


def marks_of(items: tuple[Item, ...]) -> list[Numbered]:
    """The spans to mark in the text."""
    return [Numbered(item.number, *item.span) for item in items if item.number and item.span]


def counts_of(draft: Draft) -> tuple[int, int]:
    """How many conditions a field expresses, and how many a person must confirm."""
    found = list(leaves_of(draft.content.get("conditions") or {"all": []}))
    declared = sum(leaf["field"] == "other" for leaf in found)
    return len(found) - declared, declared


def facts_of(draft: Draft, vocabulary: Vocabulary, language: str) -> list[tuple[str, str]]:
    """Metadata of the document and terms of the scheme, what is known of them, as label and words."""
    found = [(name, draft.document.get(name)) for name in _DOCUMENT]
    found += [(name, draft.content.get(name)) for name in (_COMMITMENT if draft.kind == "commitment" else _TERMS)]
    return [
        (NAMES[name].in_language(language), value_words(name, value, vocabulary, language))
        for name, value in found
        if value not in (None, [], "")
    ]


def value_words(name: str, value: Any, vocabulary: Vocabulary, language: str) -> str:  # noqa: ANN401 - a JSON value
    """A term of a draft or document in words."""
    if value is None or value == []:
        return "—"
    if isinstance(value, bool):
        return {True: ("是", "yes"), False: ("否", "no")}[value][language == "en"]
    if isinstance(value, list):
        return "；".join(map(str, value)) if name == "supersedes" else "、".join(map(str, value))
    if name == "region":
        return f"{vocabulary.regions.name(str(value), language)}（{value}）"
    if name == "instrument":
        return vocabulary.word("instrument", str(value), language)
    if name == "audience" and value in _AUDIENCES:
        return _AUDIENCES[value].in_language(language)
    return str(value)


def change_rows(changes: tuple[Change, ...], vocabulary: Vocabulary, language: str) -> list[tuple[str, str, str, str]]:
    """Each change as how, what, before and after, in words; empty where there is no such side."""
    found = []
    for change in changes:
        name = NAMES[change.name].in_language(language) if change.name in NAMES else change.name
        label = PARTS[change.part].in_language(language) + (f" · {name}" if name else "")
        before, after = (_side(change, value, vocabulary, language) for value in (change.before, change.after))
        found.append((change.how, label, before, after))
    return found


def _side(change: Change, value: Any, vocabulary: Vocabulary, language: str) -> str:  # noqa: ANN401
    if value is None:
        return ""
    if change.part == "condition":
        return leaf_words(value, vocabulary, language)
    if change.part == "benefit":
        return benefit_words(value, vocabulary, language)
    if change.part == "shape":
        lines = list(_conditions(value, 0, iter(range(1, 1_000_000)), vocabulary, language))
        return " ".join(line.text if line.number == 0 else f"[{line.text}]" for line in lines)
    return value_words(change.name, value, vocabulary, language)
