"""Contradictions between notices, and rules that are wrong in themselves."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from matcher.benefits import benefit_text
from matcher.overlap.benefit import figures
from matcher.overlap.kinds import Kinds, PairFacts
from matcher.overlap.logic import Asked, Logic
from matcher.overlap.numbers import SAME_TITLE
from matcher.overlap.survey import clause_rows
from matcher.sentences import requirement
from policies.condition import THRESHOLD_OPS, leaves
from policies.schema import Policy, Text
from policies.vocabulary import Vocabulary

CONTRADICTIONS: Final[dict[str, Text]] = {
    "dead": Text("条件自相矛盾，无人能符合", "nobody can meet it"),
    "forbids": Text("一项要求的正是另一项排除的", "one requires what the other forbids"),
    "threshold": Text("同一事项、门槛不同", "same matter, different thresholds"),
    "amount": Text("同一事项、金额不同", "same matter, different amounts"),
    "dates": Text("同一事项、日期不同", "same matter, different dates"),
    "idle": Text("条件不起作用", "a condition that never matters"),
}

_REMARK: Final = re.compile(r"（[^）]*）|“[^”]*”")
_LOCAL_TITLE: Final = 0.4
"""Likeness of titles that suffices where a national and a local scheme exclude each other."""
_TIED: Final = frozenset({"requires", "unlocks", "stackable"})
"""Relations that only make sense where somebody can meet both."""


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A fault found by reading the rules alone.

    Attributes:
        kind: key of :data:`CONTRADICTIONS`.
        schemes: one or two ids.
        reasons: what stands against what, each clause in words.
    """

    kind: str
    schemes: tuple[str, ...]
    reasons: tuple[Text, ...]


def contradictions(policies: Iterable[Policy], vocabulary: Vocabulary, as_of: dt.date) -> tuple[Contradiction, ...]:
    """Every contradiction of the schemes, the gravest kinds first.

    Raises:
        KeyError, TypeError, ValueError: a condition does not fit its field.
    """
    listed = list(policies)
    by_id = {policy.id: policy for policy in listed}
    kinds = Kinds(listed, vocabulary, as_of)
    logic = Logic((policy.conditions for policy in listed), vocabulary, as_of)
    found = [one for policy in listed for one in _own_faults(policy, logic, vocabulary)]
    for first, second in kinds.candidates():
        facts = kinds.facts(first, second)
        if _same_object(facts, by_id[first], by_id[second]):
            found += _differences(by_id[first], by_id[second], vocabulary)
    found += _forbidden(listed, kinds, vocabulary)
    order = list(CONTRADICTIONS)
    return tuple(sorted(found, key=lambda one: (order.index(one.kind), one.schemes)))


def _own_faults(policy: Policy, logic: Logic, vocabulary: Vocabulary) -> Iterator[Contradiction]:
    if logic.can_hold(policy.conditions) is False:
        yield Contradiction("dead", (policy.id,), tuple(_words(one, vocabulary) for one in logic.conflict(policy.conditions)))
        return
    for idle in logic.idle(policy.conditions):
        words = _words(idle.asked, vocabulary)
        if idle.implied:
            reason = Text(f"{words.zh}：其他条件已经保证。", f"{words.in_language('en')}: ensured by the other conditions.")
        else:
            reason = Text(
                f"{words.zh}：作为备选，不会多让任何人符合。",
                f"{words.in_language('en')}: as an alternative it lets in nobody whom the others do not.",
            )
        yield Contradiction("idle", (policy.id,), (reason,))


def _same_object(facts: PairFacts, first: Policy, second: Policy) -> bool:
    """Whether two entries speak of one matter: a title in common, one instrument, places that nest.

    One department's entries that differ in the remark in brackets are grades of one scheme: A and B, say.
    """
    remarks = [_REMARK.findall(policy.title.zh) for policy in (first, second)]
    if facts.same_department and remarks[0] != remarks[1]:
        return False
    local_detail = facts.national_local and facts.stated is not None and bool(facts.matters)
    alike = facts.titles >= (_LOCAL_TITLE if local_detail else SAME_TITLE)
    return facts.same_family and facts.nested and alike and not facts.different_people and not facts.disjoint


def _differences(first: Policy, second: Policy, vocabulary: Vocabulary) -> Iterator[Contradiction]:
    schemes = (first.id, second.id)
    limits = {leaf.field for policy in (first, second) for leaf in leaves(policy.conditions) if leaf.op in THRESHOLD_OPS}
    rows = [row for row in clause_rows(first, second, vocabulary) if row.first and row.second and not row.same]
    differing = [row for row in rows if row.field in limits]
    if differing:
        yield Contradiction("threshold", schemes, tuple(_against(row.first, row.second) for row in differing))
    published = [figures(policy) for policy in (first, second)]
    if all(published) and published[0] != published[1]:
        given = [tuple(benefit_text(benefit, vocabulary) for benefit in policy.benefits) for policy in (first, second)]
        left = tuple(text for text in given[0] if text not in given[1])
        right = tuple(text for text in given[1] if text not in given[0])
        if left and right:
            yield Contradiction("amount", schemes, (_against(left, right),))
    dated = [_dates(policy) for policy in (first, second)]
    names = [name for name in dated[0] if name in dated[1] and dated[0][name] != dated[1][name]]
    if names:
        yield Contradiction("dates", schemes, tuple(_against((dated[0][name],), (dated[1][name],)) for name in names))


def _dates(policy: Policy) -> dict[str, Text]:
    labels = {
        "effective_to": ("有效期至", "in force until", policy.effective_to),
        "closes": ("申请截止", "applications until", policy.application.closes),
    }
    return {name: Text(f"{zh} {day.text}", f"{en} {day.text}") for name, (zh, en, day) in labels.items() if day}


def _forbidden(policies: Iterable[Policy], kinds: Kinds, vocabulary: Vocabulary) -> Iterator[Contradiction]:
    """Pairs that are said to go together although nobody can meet both."""
    known = {policy.id for policy in policies}
    seen: set[frozenset[str]] = set()
    for policy in policies:
        for relation in policy.relations:
            pair = frozenset((policy.id, relation.policy))
            if relation.kind not in _TIED or relation.policy not in known or pair in seen:
                continue
            seen.add(pair)
            facts = kinds.facts(policy.id, relation.policy)
            if facts.disjoint:
                reasons = tuple(_words(one, vocabulary) for one in facts.conflict)
                yield Contradiction("forbids", (policy.id, relation.policy), reasons)


def _words(asked: Asked, vocabulary: Vocabulary) -> Text:
    return requirement(asked.leaf, vocabulary, positive=asked.positive)


def _against(first: tuple[Text, ...], second: tuple[Text, ...]) -> Text:
    zh = [" / ".join(text.zh for text in side) for side in (first, second)]
    en = [" / ".join(text.in_language("en") for text in side) for side in (first, second)]
    return Text(f"{zh[0]} ↔ {zh[1]}", f"{en[0]} ↔ {en[1]}")
