"""What changed in a policy, condition by condition, figure by figure."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from policies.codec import policy_from_line, policy_to_json
from policies.condition import All, AnyOf, Condition, Leaf, Not, leaves
from policies.schema import Benefit, Policy, Text
from policies.vocabulary import Vocabulary

_LABELS: Final[Mapping[str, Text]] = {
    "title": Text("名称", "title"),
    "summary": Text("摘要", "summary"),
    "level": Text("层级", "level"),
    "region": Text("地区", "region"),
    "issuers": Text("发文部门", "issuers"),
    "document_no": Text("文号", "document number"),
    "issued": Text("发文日期", "issued"),
    "effective_from": Text("施行日期", "in force from"),
    "effective_to": Text("有效期至", "in force until"),
    "status": Text("状态", "status"),
    "instrument": Text("扶持方式", "instrument"),
    "audience": Text("对象", "audience"),
    "groups": Text("人群", "groups"),
    "industries": Text("行业", "industries"),
    "once_only": Text("限享受一次", "once only"),
    "exclusive_with": Text("不可兼得", "cannot be combined with"),
    "exclusions": Text("除外", "exclusions"),
    "relations": Text("关联政策", "relations"),
    "application.how": Text("申请方式", "how to apply"),
    "application.offices": Text("受理部门", "offices"),
    "application.materials": Text("材料", "materials"),
    "application.window": Text("受理时段", "period of application"),
    "application.opens": Text("开始受理", "applications from"),
    "application.closes": Text("截止受理", "applications until"),
    "application.window_note": Text("受理时间说明", "note on the period"),
    "source.kind": Text("来源种类", "kind of source"),
    "source.title": Text("来源", "source"),
    "source.url": Text("来源网址", "address of the source"),
    "confidence": Text("把握", "confidence"),
    "evidence": Text("依据", "evidence"),
    "notes": Text("备注", "notes"),
    "reviewed": Text("人工核对", "reviewed"),
    "kind": Text("类别", "kind"),
}
_KEYS: Final = {"condition": "conditions", "benefit": "benefits", "relations": "relations"}
_OPS: Final = {
    "<=": "≤",
    ">=": "≥",
    "==": "=",
    "contains_any": "∋",
    "contains_all": "⊇",
    "in": "∈",
    "within_region": "在",
    "starts_with": "属",
}


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that differs: ``what`` is a key, ``condition`` or ``benefit``; ``label`` says which."""

    kind: str
    what: str
    label: Text
    before: str | None
    after: str | None

    def sentence(self, language: str = "zh") -> str:
        """The change in words."""
        english, name = language == "en", self.label.in_language(language)
        if self.kind == "added":
            return f"added {name}: {self.after}" if english else f"新增{name}：{self.after}"
        if self.kind == "removed":
            return f"removed {name}: {self.before}" if english else f"取消{name}：{self.before}"
        return f"{name}: {self.before} → {self.after}" if english else f"{name}：{self.before} → {self.after}"

    def as_json(self) -> dict[str, Any]:
        """For ``--json``."""
        found: dict[str, Any] = {"kind": self.kind, "what": self.what, "label": {"zh": self.label.zh, "en": self.label.en}}
        return found | {
            "before": self.before,
            "after": self.after,
            "sentence": {"zh": self.sentence(), "en": self.sentence("en")},
        }


@dataclass(frozen=True, slots=True)
class PolicyChange:
    """A policy that came, went or changed between two versions."""

    policy: str
    title: str
    kind: str
    changes: tuple[Change, ...]

    def as_json(self) -> dict[str, Any]:
        """For ``--json``."""
        changes = [one.as_json() for one in self.changes]
        return {"policy": self.policy, "title": self.title, "kind": self.kind, "changes": changes}


def policy_changes(rows: Iterable[tuple[str, str | None, str | None]], vocabulary: Vocabulary) -> list[PolicyChange]:
    """What changed in each policy; ``rows`` are (id, line before, line after), None where there is none.

    Raises:
        PolicyFormatError: a line that cannot be read.
    """
    found = []
    for identity, before, after in rows:
        old = policy_from_line(before) if before else None
        new = policy_from_line(after) if after else None
        if old is not None and new is not None:
            found.append(PolicyChange(identity, new.title.zh, "changed", tuple(changes(old, new, vocabulary))))
        elif new is not None:
            found.append(PolicyChange(identity, new.title.zh, "added", ()))
        elif old is not None:
            found.append(PolicyChange(identity, old.title.zh, "removed", ()))
    return found


def changes(old: Policy, new: Policy, vocabulary: Vocabulary) -> Iterator[Change]:
    """Everything that differs between two wordings of a policy: conditions first, then benefits, then the rest."""
    yield from _part("condition", Text("条件", "condition"), old, new, vocabulary, _leaves)
    yield from _part("benefit", Text("待遇", "benefit"), old, new, vocabulary, _benefits)
    before, after = _plain(old), _plain(new)
    yield from _part("relations", _LABELS["relations"], old, new, vocabulary, _relations)
    for key, label in _LABELS.items():
        if before.get(key) != after.get(key):
            kind = "added" if key not in before else "removed" if key not in after else "changed"
            yield Change(kind, key, label, _text(before.get(key)), _text(after.get(key)))


_Words = Callable[[Policy, Vocabulary], "dict[str, tuple[str, str]]"]


def _part(what: str, label: Text, old: Policy, new: Policy, vocabulary: Vocabulary, words: _Words) -> Iterator[Change]:
    """The changes of one list; where the words are the same and the content is not, that is told too."""
    found = list(_listed(what, label, words(old, vocabulary), words(new, vocabulary)))
    yield from found
    key = _KEYS[what]
    if found or getattr(old, key) == getattr(new, key):
        return
    if what == "condition" and _shape(old) != _shape(new):
        yield Change("changed", what, Text("条件的且或关系", "how the conditions combine"), _shape(old), _shape(new))
        return
    detail = Text(f"{label.zh}的细节（出处、英文、顺序）", f"details of {label.en} (evidence, English, order)")
    before, after = (json.dumps(policy_to_json(one).get(key), ensure_ascii=False) for one in (old, new))
    yield Change("changed", what, detail, before, after)


def _listed(what: str, label: Text, old: dict[str, tuple[str, str]], new: dict[str, tuple[str, str]]) -> Iterator[Change]:
    """Changes in a list of (subject, words): the same subject with other words has changed."""
    gone = {key: pair for key, pair in old.items() if key not in new}
    come = {key: pair for key, pair in new.items() if key not in old}
    for subject, words in list(gone.values()):
        match = next((key for key, pair in come.items() if pair[0] == subject), None)
        if match is not None:
            yield Change("changed", what, label, words, come.pop(match)[1])
        else:
            yield Change("removed", what, label, words, None)
    for _, words in come.values():
        yield Change("added", what, label, None, words)


def _leaves(policy: Policy, vocabulary: Vocabulary) -> dict[str, tuple[str, str]]:
    found: dict[str, tuple[str, str]] = {}
    for number, leaf in enumerate(leaves(policy.conditions)):
        words = condition_words(leaf, vocabulary)
        key = words if words not in found else f"{words} #{number}"
        found[key] = (f"other {number}" if leaf.declared else f"{leaf.field} {leaf.op}", words)
    return found


def condition_words(leaf: Leaf, vocabulary: Vocabulary) -> str:
    """A leaf in short: 年龄 ≤ 35."""
    if leaf.declared:
        return str(leaf.value)
    field = vocabulary.fields.get(leaf.field)
    label = field.label.zh if field else leaf.field
    if leaf.value is None:
        return f"{label}：{'是' if leaf.op == 'is_true' else '否'}"
    values = leaf.value if isinstance(leaf.value, tuple) else (leaf.value,)
    named = [vocabulary.word(field.vocabulary, str(one)) if field and field.vocabulary else _number(one) for one in values]
    return f"{label} {_OPS.get(leaf.op, leaf.op)} {'、'.join(named)}"


def _number(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _relations(policy: Policy, vocabulary: Vocabulary) -> dict[str, tuple[str, str]]:
    words = [(one.policy, f"{vocabulary.word('relation', one.kind)} {one.policy}") for one in policy.relations]
    return {text: (subject, text) for subject, text in words}


def _benefits(policy: Policy, vocabulary: Vocabulary) -> dict[str, tuple[str, str]]:
    found: dict[str, tuple[str, str]] = {}
    for number, benefit in enumerate(policy.benefits):
        words = benefit_words(benefit, vocabulary)
        when = benefit.when.zh if benefit.when else ""
        found[words if words not in found else f"{words} #{number}"] = (f"{benefit.kind} {benefit.rate_kind} {when}", words)
    return found


def benefit_words(benefit: Benefit, vocabulary: Vocabulary) -> str:
    """A benefit in short: 一次性或按期定额 8000元/人."""
    parts = [vocabulary.word("benefit_kind", benefit.kind)]
    if benefit.amount_yuan is not None:
        parts.append(f"{benefit.amount_yuan:,.0f}元")
    if benefit.rate is not None:
        parts.append(f"{benefit.rate:.4g}（{vocabulary.word('rate_kind', benefit.rate_kind or '')}）")
    if benefit.cap_yuan is not None:
        parts.append(f"最高{benefit.cap_yuan:,.0f}元")
    if benefit.duration_months is not None:
        parts.append(f"{benefit.duration_months:g}个月")
    if benefit.per:
        parts.append(f"每{vocabulary.word('per', benefit.per)}")
    if benefit.when:
        parts.append(f"（{benefit.when.zh}）")
    return " ".join(parts)


def _shape(policy: Policy) -> str:
    def shape(node: Condition) -> str:
        match node:
            case All(children):
                return f"全部({'，'.join(map(shape, children))})"
            case AnyOf(children):
                return f"其一({'，'.join(map(shape, children))})"
            case Not(child):
                return f"除外({shape(child)})"
            case Leaf():
                return "声明" if node.declared else node.field

    return shape(policy.conditions)


def _plain(policy: Policy) -> dict[str, Any]:
    left_out = ("id", "conditions", "benefits", "relations")
    data = {key: value for key, value in policy_to_json(policy).items() if key not in left_out}
    for key in ("application", "source"):
        data |= {f"{key}.{name}": value for name, value in data.pop(key, {}).items()}
    return data


def _text(value: object) -> str | None:
    if value is None:
        return None
    if isinstance(value, Mapping) and set(value) <= {"zh", "en"}:
        return str(value["zh"])
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return "、".join(value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
