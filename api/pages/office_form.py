"""The what-if form: figures and conditions of one scheme as inputs, and the answers back as a scenario."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import Any, Final

from api.errors import ProblemError
from matcher.benefits import benefit_text
from matcher.overlap.scenario import Scenario, ScenarioError, scenario_from_text
from matcher.profile_text import read_text
from matcher.sentences import requirement
from policies.condition import THRESHOLD_OPS, All, AnyOf, Condition, Leaf, Not
from policies.schema import Policy
from policies.vocabulary import Vocabulary

_FIGURES: Final = ("amount_yuan", "cap_yuan", "rate")
_REMOVE: Final = "remove."
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


def removable(policy: Policy, vocabulary: Vocabulary, language: str) -> list[tuple[str, str]]:
    """Name of the tick box and words of every condition that can be left out."""
    return [
        (f"{_REMOVE}{path}", requirement(leaf, vocabulary, positive=positive).in_language(language))
        for path, leaf, positive in _leaves(policy.conditions, "", positive=True)
        if not path.endswith("not")
    ]


def _thresholds(node: Condition, path: str, *, positive: bool) -> Iterator[tuple[str, Leaf, bool]]:
    return (found for found in _leaves(node, path, positive=positive) if found[1].op in THRESHOLD_OPS)


def _leaves(node: Condition, path: str, *, positive: bool) -> Iterator[tuple[str, Leaf, bool]]:
    """Every leaf below the root with its path, the last ones of a list last."""
    dot = "." if path else ""
    match node:
        case Leaf() if path:
            yield path, node, positive
        case Not(child):
            yield from _leaves(child, f"{path}{dot}not", positive=not positive)
        case All(children) | AnyOf(children):
            kind = "all" if isinstance(node, All) else "any"
            for place, child in enumerate(children):
                yield from _leaves(child, f"{path}{dot}{kind}[{place}]", positive=positive)


def scenario_of_form(policy: Policy, form: Mapping[str, str], vocabulary: Vocabulary) -> Scenario:
    """The figures that differ from the scheme's own and the conditions ticked to be left out, as edits.

    Raises:
        ProblemError: 422, a value that is no number, or nothing changed.
    """
    ticked = {name.removeprefix(_REMOVE) for name, _ in removable(policy, vocabulary, "zh") if form.get(name)}
    left_out = _whole(policy.conditions, "", ticked)
    edits: list[dict[str, Any]] = []
    fields = {path: leaf.field for path, leaf, _ in _thresholds(policy.conditions, "", positive=True)}
    for name, _, present in form_inputs(policy, vocabulary, "zh"):
        given = form.get(name, present).strip()
        if given == present or name in ticked:
            continue
        if name.startswith("benefit."):
            _, place, figure = name.split(".")
            unit = "ratio" if figure == "rate" else "yuan"
            edits.append({"policy": policy.id, "benefit": int(place), figure: _number(given, unit)})
        else:
            field = vocabulary.fields[fields[name]]
            value = _number(given, field.unit) if field.type == "number" else given
            edits.append({"policy": policy.id, "at": name, "value": value})
    # from the last to the first: leaving one out moves those behind it
    edits += [{"policy": policy.id, "at": path, "remove": True} for path in reversed(left_out)]
    if not edits:
        raise ProblemError(422, "没有任何改动，请先改一个数字或去掉一条 / nothing was changed; change a figure or leave one out")
    return Scenario(policy.title.zh, tuple(edits))


def _whole(node: Condition, path: str, ticked: AbstractSet[str]) -> list[str]:
    """The paths ticked, in their order; where every part of one is ticked, the whole in their place."""
    if not isinstance(node, All | AnyOf):
        return [path] if path in ticked else []
    kind, dot = ("all" if isinstance(node, All) else "any"), ("." if path else "")
    parts = [f"{path}{dot}{kind}[{place}]" for place in range(len(node.children))]
    found = [_whole(child, part, ticked) for child, part in zip(node.children, parts, strict=True)]
    if path and all(below == [part] for below, part in zip(found, parts, strict=True)):
        return [path]
    return [one for below in found for one in below]


def scenario_of_text(text: str) -> Scenario | None:
    """A scenario file pasted into a page; None where nothing was pasted.

    Raises:
        ProblemError: 422, it is not a scenario.
    """
    if not text.strip():
        return None
    try:
        return scenario_from_text(text)
    except ScenarioError as error:
        raise ProblemError(422, f"{error.message.zh} / {error.message.en}") from error


def _number(text: str, unit: str) -> float:
    try:
        value = read_text("number", unit, text)
    except ValueError:
        value = None
    if not isinstance(value, int | float):
        raise ProblemError(422, f"“{text[:40]}”不是数字，请写成 300000 或 30万 / {text[:40]!r} is not a number, write 300000")
    return value
