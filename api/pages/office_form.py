"""The what-if form: the figures of one scheme as inputs, and the answers back as a scenario."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from api.errors import ProblemError
from matcher.benefits import benefit_text
from matcher.overlap.scenario import Scenario
from matcher.profile_text import read_text
from matcher.sentences import requirement
from policies.condition import THRESHOLD_OPS, All, AnyOf, Condition, Leaf, Not
from policies.schema import Policy
from policies.vocabulary import Vocabulary

_FIGURES: Final = ("amount_yuan", "cap_yuan", "rate")
_WORDS: Final = {
    "amount_yuan": ("金额（元）", "amount (yuan)"),
    "cap_yuan": ("上限（元）", "cap (yuan)"),
    "rate": ("比例", "rate"),
}


def form_inputs(policy: Policy, vocabulary: Vocabulary, language: str) -> list[tuple[str, str, str]]:
    """Name, label and present value of every figure that can be changed."""
    found = [
        (path, requirement(leaf, vocabulary, positive=positive).in_language(language), f"{leaf.value}")
        for path, leaf, positive in _thresholds(policy.conditions, "", positive=True)
    ]
    for place, benefit in enumerate(policy.benefits):
        for name in _FIGURES:
            value = getattr(benefit, name)
            if value is not None:
                words = benefit_text(benefit, vocabulary).in_language(language)
                found.append((f"benefit.{place}.{name}", f"{words} · {_WORDS[name][language == 'en']}", f"{value:g}"))
    return found


def _thresholds(node: Condition, path: str, *, positive: bool) -> Iterator[tuple[str, Leaf, bool]]:
    dot = "." if path else ""
    match node:
        case Leaf(op=op) if op in THRESHOLD_OPS and path:
            yield path, node, positive
        case Not(child):
            yield from _thresholds(child, f"{path}{dot}not", positive=not positive)
        case All(children) | AnyOf(children):
            kind = "all" if isinstance(node, All) else "any"
            for place, child in enumerate(children):
                yield from _thresholds(child, f"{path}{dot}{kind}[{place}]", positive=positive)


def scenario_of_form(policy: Policy, form: Mapping[str, str], vocabulary: Vocabulary) -> Scenario:
    """The figures that differ from the scheme's own, as edits.

    Raises:
        ProblemError: 422, a value that is no number, or nothing changed.
    """
    edits: list[dict[str, Any]] = []
    fields = {path: leaf.field for path, leaf, _ in _thresholds(policy.conditions, "", positive=True)}
    for name, _, present in form_inputs(policy, vocabulary, "zh"):
        given = form.get(name, present).strip()
        if given == present:
            continue
        if name.startswith("benefit."):
            _, place, figure = name.split(".")
            unit = "ratio" if figure == "rate" else "yuan"
            edits.append({"policy": policy.id, "benefit": int(place), figure: _number(given, unit)})
        else:
            field = vocabulary.fields[fields[name]]
            value = _number(given, field.unit) if field.type == "number" else given
            edits.append({"policy": policy.id, "at": name, "value": value})
    if not edits:
        raise ProblemError(422, "没有改动任何数字，请先改一个 / nothing was changed; change a figure first")
    return Scenario(policy.title.zh, tuple(edits))


def _number(text: str, unit: str) -> float:
    try:
        value = read_text("number", unit, text)
    except ValueError:
        value = None
    if not isinstance(value, int | float):
        raise ProblemError(422, f"“{text[:40]}”不是数字，请写成 300000 或 30万 / {text[:40]!r} is not a number, write 300000")
    return value
