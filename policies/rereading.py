"""What a new reading of a source changes: which draft goes on which earlier one, and what differs.

Pure functions. Where a quote stands and how sure the reading was are no differences; what is asked,
given, and said about the document are. Rule of pairing: equal content first, then equal names, then
the likest (half by name, a fifth by locator, three tenths by conditions and benefits), best first.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Final

LEAST: Final = 0.35
"""Likeness below which two schemes are not the same one."""

MAX_PAIRS: Final = 40_000
"""Pairs compared by likeness; tables of thousands of rows are paired by equal content and name only."""

_EVIDENCE: Final = frozenset({"basis", "quote", "span", "confidence"})
_TERMS: Final = ("name", "instrument", "audience", "once_only", "exclusive_with", "apply_window", "apply_where")
_COMMITMENT: Final = ("what", "instrument", "groups", "places", "bodies", "targets")
_DOCUMENT: Final = ("title", "issuers", "document_no", "published", "signed", "effective_from", "effective_to", "region")
_OPEN: Final = ("waiting", "changed")


@dataclass(frozen=True, slots=True)
class Change:
    """One difference.

    Attributes:
        part: ``document``, ``terms``, ``condition``, ``shape`` (how conditions combine) or ``benefit``.
        how: ``added``, ``removed`` or ``altered``.
        before, after: the value, leaf, tree or benefit in JSON form; None where there is none.
        name: the key, for document and terms.
    """

    part: str
    how: str
    before: Any
    after: Any
    name: str = ""

    def as_json(self) -> dict[str, Any]:
        """The form kept in the queue and printed by ``--json``."""
        return {"part": self.part, "how": self.how, "name": self.name, "before": self.before, "after": self.after}


@dataclass(frozen=True, slots=True)
class Seen:
    """A draft as read: its content and the metadata of its document, both in JSON form."""

    kind: str
    name: str
    content: Mapping[str, Any]
    document: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Earlier:
    """A draft of an earlier reading; those of one ``lineage`` are readings of one scheme."""

    id: str
    lineage: str
    state: str
    seen: Seen


@dataclass(frozen=True, slots=True)
class Plan:
    """What becomes of a new reading; positions are those of its drafts.

    Attributes:
        unchanged: position -> the earlier draft that says the same.
        changed: position -> the earlier draft it stands beside, and what differs.
        new: positions without an earlier draft.
        vanished: lineages that the source no longer holds.
        outdated: undecided drafts that the new reading replaces.
    """

    unchanged: Mapping[int, Earlier]
    changed: Mapping[int, tuple[Earlier, tuple[Change, ...]]]
    new: tuple[int, ...]
    vanished: tuple[str, ...]
    outdated: tuple[str, ...]


def plan(earlier: Sequence[Earlier], fresh: Sequence[Seen]) -> Plan:
    """Pair a new reading with the earlier ones; ``earlier`` stands in the order of reading."""
    lineages: dict[str, list[Earlier]] = {}
    for one in earlier:
        lineages.setdefault(one.lineage, []).append(one)
    same: dict[str, list[Earlier]] = {}
    for one in earlier:
        same.setdefault(_fingerprint(one.seen), []).append(one)
    unchanged: dict[int, Earlier] = {}
    taken: dict[str, int] = {}
    for position, seen in enumerate(fresh):
        found = next((e for e in reversed(same.get(_fingerprint(seen), [])) if e.lineage not in taken), None)
        if found is not None:
            unchanged[position] = found
            taken[found.lineage] = position
    rest = [position for position in range(len(fresh)) if position not in unchanged]
    heads = [_head(members) for lineage, members in lineages.items() if lineage not in taken]
    changed: dict[int, tuple[Earlier, tuple[Change, ...]]] = {}
    for position, head in _pairs([(p, fresh[p]) for p in rest], heads):
        taken[head.lineage] = position
        differences = changes_between(head.seen, fresh[position])
        if differences:
            changed[position] = (head, differences)
        else:
            unchanged[position] = head
    stays = {one.id for one in unchanged.values()}
    outdated = [one.id for one in earlier if one.lineage in taken and one.state in _OPEN and one.id not in stays]
    new = tuple(p for p in rest if p not in changed and p not in unchanged)
    return Plan(unchanged, changed, new, tuple(name for name in lineages if name not in taken), tuple(outdated))


def _head(members: Sequence[Earlier]) -> Earlier:
    """What a new reading is compared with: what a person confirmed, else the latest reading."""
    return next((one for one in reversed(members) if one.state == "accepted"), members[-1])


def _pairs(fresh: Sequence[tuple[int, Seen]], heads: Sequence[Earlier]) -> Iterator[tuple[int, Earlier]]:
    left = {one.lineage: one for one in heads}
    by_name: dict[tuple[str, str], list[Earlier]] = {}
    for one in heads:
        by_name.setdefault((one.seen.kind, _plain(one.seen.name)), []).append(one)
    counts = Counter((seen.kind, _plain(seen.name)) for _, seen in fresh)
    rest: list[tuple[int, Seen]] = []
    for position, seen in fresh:
        key = (seen.kind, _plain(seen.name))
        if counts[key] == 1 and len(by_name.get(key, ())) == 1:
            head = by_name[key][0]
            del left[head.lineage]
            yield position, head
        else:
            rest.append((position, seen))
    if len(rest) * len(left) > MAX_PAIRS:
        return
    scored = sorted(
        ((_likeness(head.seen, seen), -position, head.lineage) for position, seen in rest for head in left.values()), reverse=True
    )
    done: set[int] = set()
    for score, minus, lineage in scored:
        if score >= LEAST and -minus not in done and lineage in left:
            done.add(-minus)
            yield -minus, left.pop(lineage)


def _likeness(first: Seen, second: Seen) -> float:
    if first.kind != second.kind:
        return 0.0
    names = SequenceMatcher(None, _plain(first.name), _plain(second.name), autojunk=False).ratio()
    places = first.content.get("locator") == second.content.get("locator")
    a, b = _said(first.content), _said(second.content)
    content = len(a & b) / len(a | b) if a or b else 0.0
    return 0.5 * names + 0.2 * places + 0.3 * content


def _said(content: Mapping[str, Any]) -> set[str]:
    tree = content.get("conditions")
    found = {_key(leaf) for leaf in leaves_of(tree)} if tree else set()
    return found | {_key(benefit) for benefit in content.get("benefits", ())}


def changes_between(before: Seen, after: Seen) -> tuple[Change, ...]:
    """Everything that differs, document first, then terms, condition by condition, benefit by benefit."""
    return (
        *_named("document", _DOCUMENT, before.document, after.document),
        *_named("terms", _COMMITMENT if after.kind == "commitment" else _TERMS, before.content, after.content),
        *_condition_changes(before.content.get("conditions"), after.content.get("conditions")),
        *_listed("benefit", before.content.get("benefits", ()), after.content.get("benefits", ()), ("kind", "per")),
    )


def _named(part: str, names: Iterable[str], before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    for name in names:
        if name in before and name in after and _plain(before[name]) != _plain(after[name]):
            how = "added" if before[name] in (None, []) else "removed" if after[name] in (None, []) else "altered"
            yield Change(part, how, before[name], after[name], name)


def _condition_changes(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> Iterator[Change]:
    if before is None or after is None:
        return
    changes = list(_listed("condition", list(leaves_of(before)), list(leaves_of(after)), ("field", "op")))
    yield from changes
    sides = [one for change in changes if change.how != "altered" for one in (change.before, change.after) if one]
    told = {str(one["field"]) for one in sides}
    if _groups(before, told) != _groups(after, told):
        yield Change("shape", "altered", before, after)


def _listed(
    part: str, before: Iterable[Mapping[str, Any]], after: Iterable[Mapping[str, Any]], alike: tuple[str, str]
) -> Iterator[Change]:
    """Differences of two lists in which order does not count; what shares its first keys was altered."""
    gone, came = _without(before, after), _without(after, before)
    for keys in (alike, alike[:1]):
        for one in list(gone):
            near = [other for other in came if all(one.get(k) == other.get(k) for k in keys)]
            if near:
                best = max(near, key=lambda other: SequenceMatcher(None, _key(one), _key(other), autojunk=False).ratio())
                gone.remove(one)
                came.remove(best)
                yield Change(part, "altered", one, best)
    yield from (Change(part, "removed", one, None) for one in gone)
    yield from (Change(part, "added", None, one) for one in came)


def _without(these: Iterable[Mapping[str, Any]], those: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    left = Counter(_key(one) for one in those)
    found = []
    for one in these:
        key = _key(one)
        if left[key]:
            left[key] -= 1
        else:
            found.append(one)
    return found


def leaves_of(node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Every leaf of a tree in JSON form, left to right."""
    if "field" in node:
        yield node
    for key in ("all", "any"):
        for child in node.get(key, ()):
            yield from leaves_of(child)
    if "not" in node:
        yield from leaves_of(node["not"])


def _groups(node: Mapping[str, Any], told: Collection[str]) -> Counter[str]:
    """Alternatives and negations by the fields in them: how a tree combines, whatever its figures.

    Fields in ``told`` came or went, which is told already.
    """
    found: Counter[str] = Counter()
    for child in (*node.get("all", ()), *node.get("any", ()), *([node["not"]] if "not" in node else ())):
        found += _groups(child, told)
    inner = sorted(str(leaf["field"]) for leaf in leaves_of(node) if leaf["field"] not in told)
    if inner and ("any" in node or "not" in node):
        found[f"{'any' if 'any' in node else 'not'} {inner}"] += 1
    return found


def _fingerprint(seen: Seen) -> str:
    content = {name: value for name, value in seen.content.items() if name not in ("locator", "span", "quote")}
    return json.dumps(
        [seen.kind, _bare(content), [_plain(seen.document.get(name)) for name in _DOCUMENT]], ensure_ascii=False, sort_keys=True
    )


def _bare(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    if isinstance(value, Mapping):
        return {name: _bare(inner) for name, inner in value.items() if name not in _EVIDENCE}
    if isinstance(value, list):
        return [_bare(inner) for inner in value]
    return _plain(value)


def _key(item: Mapping[str, Any]) -> str:
    return json.dumps(_bare(item), ensure_ascii=False, sort_keys=True)


def _plain(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Text without spaces and line ends, which differ between two copies of one document."""
    if isinstance(value, str):
        return "".join(value.split())
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value


def change_from_json(data: Mapping[str, Any]) -> Change:
    """Read a change back."""
    return Change(data["part"], data["how"], data["before"], data["after"], data["name"])
