"""Scenarios: edits of schemes in a copy of the catalogue, saved as JSON files.

An edit names a scheme and one change::

    {"policy": "m-x", "at": "all[2].any[0]", "value": 40}         another operand, also "op"
    {"policy": "m-x", "at": "all[2]", "remove": true}             a condition less
    {"policy": "m-x", "add": {"field": "age", "op": "<=", "value": 35}}
    {"policy": "m-x", "benefit": 0, "amount_yuan": 10000}         also cap_yuan, rate, duration_months
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from policies.codec import PolicyFormatError, policy_from_json, policy_to_json
from policies.condition import ConditionError, condition_from_json, leaves
from policies.schema import Policy, Text
from policies.validate import leaf_issues
from policies.vocabulary import Vocabulary

_STEP: Final = re.compile(r"(all|any)\[(\d+)\]|(not)")
_FIGURES: Final = ("amount_yuan", "cap_yuan", "rate", "duration_months")
_KEYS: Final = frozenset({"policy", "at", "value", "op", "remove", "add", "benefit", *_FIGURES})
MOST_EDITS: Final = 200
"""Edits in one scenario; more is another catalogue, not a change."""


class ScenarioError(ValueError):
    """A scenario that cannot be carried out; ``message`` gives the fault, the value and the next step."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.message = Text(zh, en)


@dataclass(frozen=True, slots=True)
class Scenario:
    """Edits under a name."""

    name: str
    edits: tuple[Mapping[str, Any], ...]

    def as_json(self) -> dict[str, Any]:
        """The form of a scenario file."""
        return {"name": self.name, "edits": [dict(edit) for edit in self.edits]}


def scenario_from_json(data: object) -> Scenario:
    """Read a scenario object: ``name`` and ``edits``.

    Raises:
        ScenarioError: wrong keys or types, or no edit at all.
    """
    if not isinstance(data, Mapping) or not isinstance(data.get("edits"), Sequence) or isinstance(data["edits"], str):
        raise ScenarioError("方案须是含 name 和 edits 的 JSON 对象", "a scenario must be an object with name and edits")
    edits, name = data["edits"], data.get("name", "scenario")
    if not isinstance(name, str):
        raise ScenarioError(f"方案名称须是文字：{name!r:.40}", f"the name of a scenario must be a text, not {name!r:.40}")
    if not 1 <= len(edits) <= MOST_EDITS:
        raise ScenarioError(
            f"edits 须有 1 到 {MOST_EDITS} 项，收到 {len(edits)} 项", f"give 1 to {MOST_EDITS} edits, not {len(edits)}"
        )
    for number, edit in enumerate(edits, 1):
        if not isinstance(edit, Mapping) or not isinstance(edit.get("policy"), str):
            raise ScenarioError(f"第 {number} 项修改没有写明 policy", f"edit {number} names no policy")
        unknown = sorted(set(map(str, edit)) - _KEYS)
        if unknown:
            raise ScenarioError(
                f"第 {number} 项修改有不认识的键：{'、'.join(unknown)[:80]}；可用：{'、'.join(sorted(_KEYS))}",
                f"edit {number} has unknown keys {', '.join(unknown)[:80]}; known: {', '.join(sorted(_KEYS))}",
            )
    return Scenario(name[:100], tuple(dict(edit) for edit in edits))


def scenario_from_text(text: str) -> Scenario:
    """Read a scenario file.

    Raises:
        ScenarioError: not JSON, or as :func:`scenario_from_json`.
    """
    try:
        return scenario_from_json(json.loads(text))
    except (json.JSONDecodeError, RecursionError) as error:
        raise ScenarioError("方案文件不是 JSON，请检查引号、逗号和括号", f"the scenario is not JSON: {error}") from error


def edited(policies: Iterable[Policy], scenario: Scenario, vocabulary: Vocabulary) -> dict[str, Policy]:
    """The schemes that the scenario changes, by id, in the order of the edits; the rest are untouched.

    Raises:
        ScenarioError: an unknown scheme or place, or a value that does not fit.
    """
    known = {policy.id: policy for policy in policies}
    bodies: dict[str, dict[str, Any]] = {}
    for edit in scenario.edits:
        name = edit["policy"]
        if name not in known:
            raise ScenarioError(f"目录中没有政策 {name[:80]}", f"there is no policy {name[:80]}")
        body = bodies.setdefault(name, copy.deepcopy(policy_to_json(known[name])))
        _apply(edit, body, name)
    return {name: _read(name, body, vocabulary) for name, body in bodies.items()}


def _apply(edit: Mapping[str, Any], body: dict[str, Any], name: str) -> None:
    if "benefit" in edit:
        _edit_benefit(edit, body, name)
    elif "add" in edit:
        root = body.get("conditions") or {"all": []}
        parts = root.get("all", [root])
        body["conditions"] = {"all": [*parts, edit["add"]]}
    elif isinstance(edit.get("at"), str):
        _edit_condition(edit, body, name)
    else:
        raise ScenarioError(f"{name}：请写明 at、add 或 benefit", f"{name}: say at, add or benefit")


def _edit_benefit(edit: Mapping[str, Any], body: dict[str, Any], name: str) -> None:
    benefits, place = body.get("benefits", []), edit["benefit"]
    if isinstance(place, bool) or not isinstance(place, int) or not 0 <= place < len(benefits):
        raise ScenarioError(
            f"{name} 没有第 {place!r:.20} 项待遇（从 0 数起，共 {len(benefits)} 项）",
            f"{name} has no benefit {place!r:.20} (counted from 0, {len(benefits)} in all)",
        )
    figures = {key: edit[key] for key in _FIGURES if key in edit}
    if not figures:
        raise ScenarioError(f"{name}：没有写明改哪个数额", f"{name}: give one of {', '.join(_FIGURES)}")
    benefits[place].update(figures)


def _edit_condition(edit: Mapping[str, Any], body: dict[str, Any], name: str) -> None:
    path = str(edit["at"])
    holder: Any = {"root": body.get("conditions", {"all": []})}
    key: Any = "root"
    for step in path.split("."):
        found = _STEP.fullmatch(step)
        node = holder[key]
        kind = (found[1] or found[3]) if found else ""
        inner = node.get(kind) if isinstance(node, dict) else None
        if found is None or inner is None or (found[1] and int(found[2]) >= len(inner)):
            raise ScenarioError(f"{name} 的条件里没有 {path[:80]}", f"{name} has no condition at {path[:80]}")
        holder, key = (inner, int(found[2])) if found[1] else (node, "not")
    if edit.get("remove") is True:
        if not isinstance(holder, list):
            raise ScenarioError(f"{name}：{path[:80]} 不能单独删去", f"{name}: {path[:80]} cannot be removed alone")
        del holder[key]
        return
    if "field" not in holder[key] or not {"value", "op"} & set(edit):
        raise ScenarioError(
            f"{name}：{path[:80]} 须是一个条件，并给出 value 或 op", f"{name}: give value or op for a single condition"
        )
    holder[key].update({part: edit[part] for part in ("value", "op") if part in edit})


def _read(name: str, body: dict[str, Any], vocabulary: Vocabulary) -> Policy:
    try:
        condition = condition_from_json(body.get("conditions", {"all": []}))
        problems = [issue for leaf in leaves(condition) for issue in leaf_issues(leaf, vocabulary)]
        if problems:
            message = problems[0].message
            raise ScenarioError(f"{name}：{message.zh}", f"{name}: {message.en}")
        return policy_from_json(body)
    except (ConditionError, PolicyFormatError) as error:
        raise ScenarioError(f"{name} 修改后无法读取：{error}", f"{name} cannot be read after the edit: {error}") from error
