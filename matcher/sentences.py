"""Every leaf makes its own sentence, in Chinese and English, with the number compared.

「成立时长 37 个月，要求不超过 36 个月」. No prose is kept beside a rule: what is shown is made
from what is tested.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from matcher.facts import Facts
from matcher.rules import Finding
from matcher.truth import Truth
from matcher.wording import field_label, labels_text, value_text
from policies.condition import AS_OF, Leaf
from policies.schema import Text
from policies.vocabulary import ProfileField, Vocabulary

_THRESHOLDS: Final[Mapping[str, tuple[str, str]]] = {
    ">=": ("不低于", "at least"),
    "<=": ("不超过", "at most"),
    ">": ("超过", "more than"),
    "<": ("低于", "less than"),
    "==": ("等于", "exactly"),
}
_DATES: Final[Mapping[str, tuple[str, str]]] = {
    ">=": ("不早于", "on or after"),
    "<=": ("不晚于", "on or before"),
    ">": ("晚于", "after"),
    "<": ("早于", "before"),
    "==": ("为", "on"),
}
_LEVELS: Final[Mapping[str, tuple[str, str]]] = {
    ">=": ("{}及以上", "{} or higher"),
    "<=": ("{}及以下", "{} or lower"),
    ">": ("高于{}", "higher than {}"),
    "<": ("低于{}", "lower than {}"),
    "==": ("{}", "{}"),
}
_OPPOSITE: Final = {">=": "<", "<=": ">", ">": "<=", "<": ">=", "is_true": "is_false", "is_false": "is_true"}


def requirement(leaf: Leaf, vocabulary: Vocabulary, *, positive: bool = True) -> Text:
    """What the leaf asks for, with the name of the field: 「年龄不超过 35 周岁」.

    ``positive`` False gives the requirement of a leaf that must NOT hold.
    """
    if leaf.declared:
        return declared_text(leaf, positive=positive)
    asked = {language: _phrase(leaf, vocabulary, language, positive=positive) for language in ("zh", "en")}
    label = {language: field_label(leaf.field, vocabulary, language) for language in ("zh", "en")}
    if leaf.field == AS_OF:
        return _validity(leaf)
    colon = "：" if vocabulary.fields[leaf.field].type == "bool" else ""
    return Text(f"{label['zh']}{colon}{asked['zh']}", f"{label['en']}: {asked['en']}")


def declared_text(leaf: Leaf, *, positive: bool = True) -> Text:
    """The words of a declared condition; a negated one says what must not be the case."""
    english = leaf.value_en or str(leaf.value)
    if positive:
        return Text(str(leaf.value), english)
    return Text(f"不属于：{leaf.value}", f"not: {english}")


def explanation(finding: Finding, facts: Facts, vocabulary: Vocabulary) -> Text:
    """What was compared: the person's value beside the requirement.

    ``finding`` is that of a leaf; ``facts`` those it was evaluated on, for what is known in part.

    Raises:
        TypeError: the finding is not that of a leaf.
    """
    leaf = finding.node
    if not isinstance(leaf, Leaf):
        raise TypeError("only a leaf is explained by a sentence of its own")
    if leaf.declared:
        text = declared_text(leaf, positive=finding.positive)
        return Text(f"须向受理部门确认：{text.zh}", f"to be confirmed with the office: {text.en}")
    if leaf.field == AS_OF:
        asked = _validity(leaf)
        return Text(f"{asked.zh}（查询日期 {facts.as_of}）", f"{asked.en} (date asked {facts.as_of})")
    return Text(*(_compared(finding, leaf, facts, vocabulary, language) for language in ("zh", "en")))


def _compared(finding: Finding, leaf: Leaf, facts: Facts, vocabulary: Vocabulary, language: str) -> str:
    label = field_label(leaf.field, vocabulary, language)
    asked = _phrase(leaf, vocabulary, language, positive=finding.positive)
    field = vocabulary.fields[leaf.field]
    chinese = language == "zh"
    if finding.value is None:
        possible = facts.possible.get(leaf.field)
        if possible is None or finding.truth is Truth.UNKNOWN:
            return f"尚不知{label}，要求{asked}" if chinese else f"{label} not known; required: {asked}"
        order = vocabulary.terms[field.vocabulary]
        words = [value_text(field, one, vocabulary, language) for one in sorted(possible, key=lambda v: order[v].order)]
        return (
            f"{label}只可能是{'或'.join(words)}，要求{asked}"
            if chinese
            else f"{label} can only be {' or '.join(words)}; required: {asked}"
        )
    have = value_text(field, finding.value, vocabulary, language)
    if chinese:
        return f"{label}{'：' if field.type in ('set', 'bool', 'code') else ' '}{have}，要求{asked}"
    return f"{label}: {have}; required: {asked}"


def _phrase(leaf: Leaf, vocabulary: Vocabulary, language: str, *, positive: bool) -> str:
    """The requirement without the field's name, such as 「不超过 36 个月（3 年）」."""
    op = leaf.op if positive else _OPPOSITE.get(leaf.op, leaf.op)
    negated = not positive and leaf.op not in _OPPOSITE
    english = language == "en"
    field = vocabulary.fields.get(leaf.field)
    kind = field.type if field else "date"
    if kind == "bool":
        wanted = op == "is_true" or (op == "==" and bool(leaf.value) is not negated)
        return ("yes" if wanted else "no") if english else ("“是”" if wanted else "“否”")
    words = _operands(leaf, field, vocabulary, language)
    joined = (" or " if english else "或").join(words)
    if kind == "set":
        return _set_phrase(op, words, english=english, negated=negated)
    if kind == "region":
        return f"{'not in' if negated else 'in'} {joined}" if english else f"{'不在' if negated else '在'}{joined}"
    if kind in ("number", "date") and op in _THRESHOLDS:
        table = _DATES if kind == "date" else _THRESHOLDS
        return _not(f"{table[op][english]} {joined}", english=english, negated=negated)
    if kind == "ordered" and op in _LEVELS:
        return _not(_LEVELS[op][english].format(joined), english=english, negated=negated)
    return _not(joined if english else f"为{joined}", english=english, negated=negated)


def _not(phrase: str, *, english: bool, negated: bool) -> str:
    if not negated:
        return phrase
    return f"not {phrase}" if english else f"不{phrase}" if phrase.startswith(("为", "等")) else f"不是{phrase}"


def _set_phrase(op: str, words: list[str], *, english: bool, negated: bool) -> str:
    if op == "contains_all":
        joined = (" and " if english else "、").join(words)
        phrase = f"all of {joined}" if english else f"同时含{joined}"
    else:
        joined = (" or " if english else "或").join(words)
        phrase = joined if english else f"含{joined}"
    if not negated:
        return phrase
    return f"none of {joined}" if english else f"不{phrase}"


def _operands(leaf: Leaf, field: ProfileField | None, vocabulary: Vocabulary, language: str) -> list[str]:
    values = leaf.value if isinstance(leaf.value, tuple) else (leaf.value,)
    if field and field.type == "set":
        return [labels_text(field, [vocabulary.label(field.vocabulary, str(one))], vocabulary, language) for one in values]
    return [value_text(field, one, vocabulary, language) for one in values if one is not None]


def _validity(leaf: Leaf) -> Text:
    if leaf.op == "<=":
        return Text(f"政策有效期至 {leaf.value}", f"in force until {leaf.value}")
    return Text(f"政策自 {leaf.value} 起施行", f"in force from {leaf.value}")
