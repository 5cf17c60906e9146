"""One entry out of several records of the same scheme, key by key.

Where the records agree or complete each other, the fullest wording is taken; where they
contradict each other, the first by precedence, and the contradiction becomes an Issue that shows
every value with its source.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from policies.condition import condition_from_json, leaves
from policies.precedence import Entry
from policies.resolve.names import document_numbers
from policies.schema import Issue, PartialDate, Text

_FACTS: Final = ("document_no", "issued", "effective_from", "effective_to", "instrument", "audience", "level", "region")
"""Keys with one true value: two different ones contradict each other."""


_SAYS_NOTHING: Final[tuple[object, ...]] = (None, "", [], {}, "unknown")


def reconcile(ranked: list[Entry], policy: str, issues: list[Issue]) -> tuple[dict[str, Any], dict[str, str]]:
    """One entry out of several about the same scheme.

    Args:
        ranked: the records, the one to be believed first.
        policy: id of the policy, for the issues.
        issues: contradictions found are added here.

    Returns:
        The exchange form, and for each key the uid of the record its value comes from.
    """
    keys = sorted({key for entry in ranked for key in entry.data})
    merged: dict[str, Any] = {}
    provenance: dict[str, str] = {}
    for key in keys:
        holders = [entry for entry in ranked if entry.data.get(key) not in _SAYS_NOTHING]
        if not holders:
            continue
        if key == "application":
            merged[key] = _application(holders, provenance)
            continue
        contradicted = _contradiction(key, holders)
        winner = holders[0] if contradicted else min(holders, key=lambda entry: -_fullness(key, entry.data[key]))
        merged[key], provenance[key] = winner.data[key], winner.uid
        if contradicted:
            issues.append(_conflict(policy, key, holders))
    if merged.get("effective_from") and merged.get("effective_to"):
        _drop_impossible_end(merged, provenance)
    return merged, provenance


def _drop_impossible_end(merged: dict[str, Any], provenance: dict[str, str]) -> None:
    """Dates of two records that cannot both hold: the end goes, its record keeps it and the Issue shows it."""
    begin, end = PartialDate(merged["effective_from"]), PartialDate(merged["effective_to"])
    if begin.first_day() > end.last_day():
        del merged["effective_to"], provenance["effective_to"]


def _application(holders: list[Entry], provenance: dict[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for entry in holders:
        for key, value in entry.data["application"].items():
            if key not in found or (isinstance(found[key], list) and len(value) > len(found[key])):
                found[key] = value
                provenance[f"application.{key}"] = entry.uid
    return found


def _fullness(key: str, value: object) -> int:
    """How much a value says, to choose among values that do not contradict each other."""
    if key in ("conditions", "benefits"):
        return len(json.dumps(value, ensure_ascii=False))
    if isinstance(value, Mapping):
        return len(value)
    return len(value) if isinstance(value, list) else 1


def _contradiction(key: str, holders: list[Entry]) -> bool:
    values = [entry.data[key] for entry in holders]
    if key in _FACTS:
        return any(_differs(key, values[0], other) for other in values[1:])
    if key == "benefits":
        stated = [figures(value) for value in values]
        return any(_crosses(stated[0], other) for other in stated[1:])
    if key == "conditions":
        limits = [_limits(value) for value in values]
        return any(limits[0][name] != other[name] for other in limits[1:] for name in limits[0].keys() & other.keys())
    return False


def _differs(key: str, left: str, right: str) -> bool:
    if key in ("issued", "effective_from", "effective_to"):
        return not (left.startswith(right) or right.startswith(left))
    if key == "document_no":
        ours, theirs = document_numbers(left), document_numbers(right)
        return bool(ours and theirs) and not ours & theirs
    return left != right


def figures(benefits: Iterable[Mapping[str, Any]]) -> frozenset[tuple[str, float]]:
    """The sums and rates a list of benefits states, as (key, figure); sums and limits count alike."""
    found = set()
    for benefit in benefits:
        found |= {("yuan", float(benefit[key])) for key in ("amount_yuan", "cap_yuan") if benefit.get(key)}
        if benefit.get("rate") is not None:
            found.add(("rate", float(benefit["rate"])))
    return frozenset(found)


def _crosses(ours: frozenset[tuple[str, float]], theirs: frozenset[tuple[str, float]]) -> bool:
    """Whether both state sums (or both rates) of which each has one that the other lacks."""
    for kind in ("yuan", "rate"):
        left = {value for name, value in ours if name == kind}
        right = {value for name, value in theirs if name == kind}
        if left - right and right - left:
            return True
    return False


def _limits(conditions: object) -> dict[tuple[str, str], frozenset[str]]:
    found: dict[tuple[str, str], set[str]] = {}
    for leaf in leaves(condition_from_json(conditions)):
        if not leaf.declared and leaf.op in ("<=", ">=", "<", ">"):
            found.setdefault((leaf.field, leaf.op), set()).add(json.dumps(leaf.value))
    return {name: frozenset(values) for name, values in found.items()}


def _conflict(policy: str, key: str, holders: list[Entry]) -> Issue:
    shown = []
    for entry in holders:
        text = f"{_brief(key, entry.data[key])}（{entry.title}，{entry.uid}）"
        if text not in shown:
            shown.append(text)
    value = " | ".join(shown)
    zh = f"{policy} 的 {key} 各来源不一致，现用第一个，请核对：{value}"
    en = f"{policy}: the sources differ on {key}; the first is used, please check: {value}"
    return Issue("conflicting_facts", f"{policy} {key}", Text(zh, en), value, tuple(_brief(key, e.data[key]) for e in holders))


def _brief(key: str, value: object) -> str:
    if key == "benefits" and isinstance(value, list):
        return "、".join(f"{number:g}{'元' if name == 'yuan' else '（比例）'}" for name, number in sorted(figures(value)))
    if key == "conditions":
        return "、".join(f"{f} {op} {'/'.join(sorted(v))}" for (f, op), v in sorted(_limits(value).items()))
    return str(value)
