"""What is searched: the passages of each policy, with their context.

A passage is a title, a summary, a benefit in words, the sentence of a condition, how to apply, or
a typical question. Each carries the title (and a local scheme its region) before its own words,
so that 「每年最高 1万元」 is found as the line of its scheme.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

from matcher.benefits import benefit_text
from matcher.sentences import requirement
from policies.condition import All, AnyOf, Condition, Leaf, Not
from policies.regions import NATION
from policies.schema import Policy, Text
from policies.vocabulary import Vocabulary

KINDS = ("title", "summary", "benefit", "condition", "apply", "question")
_SCOPE = "subject_type"


@dataclass(frozen=True, slots=True)
class Passage:
    """One thing that can be found.

    Attributes:
        policy: id of its policy.
        kind: one of :data:`KINDS`.
        text: its words as shown; ``context`` stands before them when it is indexed.
    """

    policy: str
    kind: str
    text: Text
    context: str = ""

    @property
    def indexed(self) -> str:
        """The words that are encoded and counted."""
        own = self.text.zh if not self.text.en or self.text.en == self.text.zh else f"{self.text.zh} {self.text.en}"
        return f"{self.context}：{own}" if self.context else own

    @property
    def key(self) -> str:
        """Equal for equal passages, in any catalogue: the hash of what is indexed and where it belongs."""
        return hashlib.sha256("\0".join((self.policy, self.kind, self.indexed)).encode()).hexdigest()[:24]


def passages_of(policy: Policy, vocabulary: Vocabulary, questions: Iterable[str] = ()) -> Iterator[Passage]:
    """The passages of one policy; equal texts only once."""
    seen: set[str] = set()
    for passage in _passages(policy, vocabulary, questions):
        if passage.text.zh not in seen:
            seen.add(passage.text.zh)
            yield passage


def _passages(policy: Policy, vocabulary: Vocabulary, questions: Iterable[str]) -> Iterator[Passage]:
    region = (
        "" if policy.region == NATION else vocabulary.regions[policy.region].name if policy.region in vocabulary.regions else ""
    )
    context = f"{region}{policy.title.zh}" if region and not policy.title.zh.startswith(region[:2]) else policy.title.zh
    yield Passage(policy.id, "title", Text(context))
    if policy.title.en:
        yield Passage(policy.id, "title", Text(policy.title.en))
    if policy.summary:
        yield Passage(policy.id, "summary", Text(policy.summary.zh), context)
        if policy.summary.en:
            yield Passage(policy.id, "summary", Text(policy.summary.en))
    for question in questions:
        yield Passage(policy.id, "question", Text(question))
    for benefit in policy.benefits:
        yield Passage(policy.id, "benefit", Text(benefit_text(benefit, vocabulary).zh), context)
    for leaf, positive in _leaves(policy.conditions):
        if leaf.field != _SCOPE:
            yield Passage(policy.id, "condition", Text(requirement(leaf, vocabulary, positive=positive).zh), context)
    if policy.groups:
        yield Passage(policy.id, "condition", Text(f"适用人群：{'、'.join(policy.groups)}"), context)
    if policy.application.how:
        yield Passage(policy.id, "apply", Text(policy.application.how.zh), context)


def _leaves(node: Condition, *, positive: bool = True) -> Iterator[tuple[Leaf, bool]]:
    match node:
        case Leaf():
            yield node, positive
        case Not(child):
            yield from _leaves(child, positive=not positive)
        case All(children) | AnyOf(children):
            for child in children:
                yield from _leaves(child, positive=positive)


@lru_cache(maxsize=1)
def typical_questions() -> Mapping[str, tuple[str, ...]]:
    """Typical questions by policy id, written for the starter catalogue; other policies have none."""
    source = resources.files("matcher.retrieve") / "data" / "questions.jsonl"
    found: dict[str, tuple[str, ...]] = {}
    for line in source.read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        found[entry["policy"]] = tuple(entry["questions"])
    return found
