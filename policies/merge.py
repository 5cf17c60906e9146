"""From records and decisions to policies: a pure function, the same for every order of arrival.

Records decided to be the same scheme become one policy. For each key the value comes from one
record, named in the provenance: where the records agree or complete each other, the fullest
wording; where they contradict each other, the one that goes first by precedence, and the
contradiction is an Issue that shows both with their sources. A person's edits lie on top.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from policies.codec import policy_from_json, policy_to_line
from policies.decision import DUPLICATE, PARENT_LOCAL, VERSION
from policies.precedence import Entry, by_precedence, stated_day
from policies.reconcile import reconcile
from policies.schema import Issue, Text

_LEVELS: Final = {"national": 0, "municipal": 1, "district": 2}


@dataclass(frozen=True, slots=True)
class Link:
    """A decision about two records; ``person`` where somebody took it."""

    left: str
    right: str
    kind: str
    probability: float = 1.0
    person: bool = False


@dataclass(frozen=True, slots=True)
class Edit:
    """A person's value for one key of the policy that holds the record ``uid``.

    ``path`` is a key of the exchange form, or ``application.KEY``; ``base`` is what the sources
    said when the edit was made.
    """

    uid: str
    path: str
    value: Any
    base: Any


@dataclass(frozen=True, slots=True)
class Assembled:
    """One policy of the catalogue to be published."""

    id: str
    line: str
    data: Mapping[str, Any]
    members: tuple[str, ...]
    provenance: Mapping[str, str] | None = None


@dataclass
class Assembly:
    """Everything to be published, and what a person should look at."""

    policies: list[Assembled] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)


def assemble(entries: Iterable[Entry], links: Sequence[Link], edits: Sequence[Edit] = ()) -> Assembly:
    """The policies that ``entries`` describe, in the order of their ids.

    Args:
        entries: the live records.
        links: machine decisions and, weighing more, those of persons.
        edits: in the order in which they were made; later ones win.
    """
    by_uid = {entry.uid: entry for entry in entries}
    groups = clusters(by_uid, links)
    assembly = Assembly()
    drafts = [_draft(group, assembly.issues) for group in groups]
    _name(drafts)
    home = {uid: draft for draft in drafts for uid in draft.members}
    _relate(links, home, assembly.issues)
    _edit(edits, home, assembly.issues)
    _point_to_merged(drafts)
    assembly.policies = sorted((draft.finish() for draft in drafts), key=lambda one: one.id)
    return assembly


def clusters(by_uid: Mapping[str, Entry], links: Iterable[Link]) -> list[list[Entry]]:
    """Groups of records that are one scheme.

    A person's word goes first; then the surest machine decisions. Two records of one source, which
    tells its own schemes apart, and two that somebody has called different never come together through others.
    """
    group: dict[str, list[str]] = {uid: [uid] for uid in by_uid}
    apart = {frozenset((one.left, one.right)) for one in links if one.person and one.kind != DUPLICATE}
    decided = {frozenset((one.left, one.right)) for one in links if one.person}
    same = [one for one in links if one.kind == DUPLICATE and one.left in group and one.right in group]
    same = [one for one in same if one.person or frozenset((one.left, one.right)) not in decided]
    for one in sorted(same, key=lambda link: (not link.person, -link.probability, link.left, link.right)):
        left, right = group[one.left], group[one.right]
        if left is right or (not one.person and _must_stay_apart(left, right, by_uid, apart)):
            continue
        left.extend(right)
        for uid in right:
            group[uid] = left
    distinct = {id(members): members for members in group.values()}
    return [[by_uid[uid] for uid in sorted(members)] for members in distinct.values()]


def _must_stay_apart(left: list[str], right: list[str], by_uid: Mapping[str, Entry], apart: set[frozenset[str]]) -> bool:
    if {by_uid[uid].source for uid in left} & {by_uid[uid].source for uid in right}:
        return True
    return bool(apart) and any(frozenset((a, b)) in apart for a in left for b in right)


@dataclass
class _Draft:
    """A policy in the making; ``data`` is None while it is its only record, word for word."""

    entries: list[Entry]
    id: str
    data: dict[str, Any] | None = None
    provenance: dict[str, str] | None = None

    @property
    def members(self) -> tuple[str, ...]:
        return tuple(entry.uid for entry in self.entries)

    def shown(self) -> Mapping[str, Any]:
        return self.data if self.data is not None else self.entries[0].data

    def own(self) -> dict[str, Any]:
        if self.data is None:
            self.data = dict(self.entries[0].data)
        return self.data

    def finish(self) -> Assembled:
        if self.data is None and self.entries[0].data["id"] == self.id:
            entry = self.entries[0]
            return Assembled(self.id, entry.line, entry.data, self.members)
        data = self.own() | {"id": self.id}
        return Assembled(self.id, policy_to_line(policy_from_json(data)), data, self.members, self.provenance)


def _draft(group: list[Entry], issues: list[Issue]) -> _Draft:
    first = min(group, key=lambda entry: (not entry.is_catalogue, entry.uid))
    draft = _Draft([first, *(entry for entry in group if entry is not first)], str(first.data["id"]))
    if len(group) > 1:
        draft.data, draft.provenance = reconcile(by_precedence(group), draft.id, issues)
    return draft


def _name(drafts: list[_Draft]) -> None:
    """Give every draft an id of its own: where two claim one, the later record's gets a suffix."""
    taken: set[str] = set()
    for draft in sorted(drafts, key=lambda one: (not one.entries[0].is_catalogue, one.entries[0].uid)):
        number, plain = 2, draft.id
        while draft.id in taken:
            draft.id = f"{plain[:96]}-{number}"
            number += 1
        taken.add(draft.id)


def _relate(links: Iterable[Link], home: Mapping[str, _Draft], issues: list[Issue]) -> None:
    """Tie versions and national and local schemes to each other; they stay policies of their own."""
    people = {frozenset((one.left, one.right)) for one in links if one.person}
    done: set[tuple[str, str]] = set()
    for link in sorted(links, key=lambda one: (not one.person, one.kind != VERSION, -one.probability, one.left, one.right)):
        if link.kind not in (VERSION, PARENT_LOCAL) or (not link.person and frozenset((link.left, link.right)) in people):
            continue
        left, right = home.get(link.left), home.get(link.right)
        if left is None or right is None or left is right:
            continue
        pair = (min(left.id, right.id), max(left.id, right.id))
        if pair in done:
            continue
        done.add(pair)
        if link.kind == VERSION:
            _supersede(left, right, issues)
        else:
            _place_below(left, right)


def _supersede(left: _Draft, right: _Draft, issues: list[Issue]) -> None:
    days = stated_day(left.shown()), stated_day(right.shown())
    if days[0] is None or days[1] is None or days[0] == days[1]:
        where = f"{min(left.id, right.id)} {max(left.id, right.id)}"
        zh = f"{left.id} 与 {right.id} 像是同一政策的两个版本，但日期不足以判断先后，请核对"
        en = f"{left.id} and {right.id} look like two versions of one scheme; their dates do not say which is newer"
        issues.append(Issue("versions_without_dates", where, Text(zh, en), where))
        return
    older, newer = (left, right) if days[0] < days[1] else (right, left)
    if not (_add_relation(older, "possibly_superseded_by", newer.id) | _add_relation(newer, "possibly_supersedes", older.id)):
        return
    begins, data = max(day for day in days if day), older.own()
    if data.get("status", "unknown") in ("in_force", "presumed_in_force", "unknown", "annual_check"):
        data["status"] = "superseded_probably"
    if not data.get("effective_to") and newer.shown().get("effective_from"):
        data["effective_to"] = (begins - dt.timedelta(days=1)).isoformat()


def _place_below(left: _Draft, right: _Draft) -> None:
    upper, lower = sorted((left, right), key=lambda one: (_LEVELS.get(one.shown()["level"], 9), one.id))
    related = {relation["policy"] for relation in upper.shown().get("relations", ())}
    if lower.id not in related:
        _add_relation(upper, "has_local_detail", lower.id)
        _add_relation(lower, "local_detail_of", upper.id)


def _add_relation(draft: _Draft, kind: str, other: str) -> bool:
    relations = list(draft.shown().get("relations", ()))
    if any(relation["policy"] == other and relation["kind"] == kind for relation in relations):
        return False
    draft.own()["relations"] = [*relations, {"kind": kind, "policy": other}]
    return True


def _edit(edits: Iterable[Edit], home: Mapping[str, _Draft], issues: list[Issue]) -> None:
    latest = {(edit.uid, edit.path): edit for edit in edits}
    for edit in latest.values():
        draft = home.get(edit.uid)
        if draft is None:
            continue
        data = draft.own()
        now = value_at(data, edit.path)
        if now not in (edit.base, edit.value):
            issues.append(_overtaken(draft.id, edit, now))
        set_value(data, edit.path, edit.value)


def _overtaken(policy: str, edit: Edit, now: object) -> Issue:
    then, said, edited = _json(edit.base), _json(now), _json(edit.value)
    zh = f"{policy} 的 {edit.path} 已由人改为 {edited}；来源原为 {then}，现在变成 {said}。保留人改的值，请核对"
    en = f"{policy}: {edit.path} was edited to {edited}; its source said {then} then and says {said} now. The edit is kept"
    return Issue("edited_source_changed", f"{policy} {edit.path}", Text(zh, en), said, (edited,))


def value_at(data: Mapping[str, Any], path: str) -> Any:  # noqa: ANN401 - any JSON value
    """The value at a key or at ``application.KEY``; None where there is none."""
    head, _, rest = path.partition(".")
    value = data.get(head)
    return value.get(rest) if rest and isinstance(value, Mapping) else (None if rest else value)


def set_value(data: dict[str, Any], path: str, value: object) -> None:
    """Put a value at a key or at ``application.KEY``; None takes it away."""
    head, _, rest = path.partition(".")
    if rest:
        data[head] = {key: old for key, old in {**data.get(head, {}), rest: value}.items() if old is not None}
    elif value is None:
        data.pop(head, None)
    else:
        data[head] = value


def _point_to_merged(drafts: list[_Draft]) -> None:
    """Let relations lead to the policy a record was merged into."""
    moved = {str(entry.data["id"]): draft.id for draft in drafts for entry in draft.entries if entry.data["id"] != draft.id}
    own = {draft.id for draft in drafts}
    moved = {old: new for old, new in moved.items() if old not in own}
    if not moved:
        return
    for draft in drafts:
        data = draft.shown()
        if any(other in moved for other in data.get("exclusive_with", ())):
            others = dict.fromkeys(moved.get(other, other) for other in data["exclusive_with"])
            draft.own()["exclusive_with"] = [other for other in others if other != draft.id]
        if any(relation["policy"] in moved for relation in data.get("relations", ())):
            changed = [relation | {"policy": moved.get(relation["policy"], relation["policy"])} for relation in data["relations"]]
            draft.own()["relations"] = [relation for relation in changed if relation["policy"] != draft.id]


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
