"""What the result and policy pages show, made from findings; templates only lay it out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from matcher.benefits import benefit_text, headline
from matcher.facts import Facts
from matcher.ordering import DOUBTFUL_STATUS
from matcher.recommend import Recommendation
from matcher.rules import Finding, nearest_failures
from matcher.sentences import explanation, requirement
from matcher.truth import Truth
from policies.condition import All, AnyOf, Condition, Leaf, Not
from policies.schema import Policy
from policies.vocabulary import Vocabulary

_MARKS = {Truth.YES: "✓", Truth.NO: "✗", Truth.UNKNOWN: "?"}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a condition tree.

    Attributes:
        depth: how far it is indented.
        mark: ``✓ ✗ ?``, ``!`` for one to be confirmed, empty for a heading or a plain requirement.
        text: the sentence.
        basis: where it was read, in words; ``quote`` its wording in the source.
        state: yes, no, unknown, confirm or plain, for the style and for screen readers.
        trivial: the subject is of the kind asked for, which the person knows already.
    """

    depth: int
    mark: str
    text: str
    state: str
    basis: str = ""
    quote: str = ""
    trivial: bool = False


@dataclass(frozen=True, slots=True)
class Card:
    """One policy on the result page."""

    policy: Policy
    title: str
    summary: str
    amount: str
    benefits: tuple[str, ...]
    deadline: str
    department: str
    level: str
    instrument: str
    status: str
    certain: bool
    doubtful: bool
    confirm: int
    lines: tuple[Line, ...]
    reasons: tuple[str, ...]


def card(item: Recommendation, facts: Facts, vocabulary: Vocabulary, language: str) -> Card:
    """A recommendation as a card; ``reasons`` are the nearest failing conditions."""
    policy = item.policy
    reasons = [explanation(one, facts, vocabulary).in_language(language) for one in nearest_failures(item.finding)]
    return Card(
        policy=policy,
        title=policy.title.in_language(language),
        summary=policy.summary.in_language(language) if policy.summary else "",
        amount=headline(policy, item.worth, vocabulary).in_language(language),
        benefits=benefit_lines(policy, vocabulary, language),
        deadline=item.deadline.isoformat() if item.deadline else "",
        department="、".join(policy.issuers[:2]) + ("等" if len(policy.issuers) > 2 else ""),
        level=vocabulary.word("level", policy.level, language),
        instrument=vocabulary.word("instrument", policy.instrument, language),
        status=vocabulary.word("status", policy.status, language),
        certain=policy.status == "in_force",
        doubtful=policy.status in DOUBTFUL_STATUS,
        confirm=len(item.confirm),
        lines=tuple(line for line in finding_lines(item.finding, facts, vocabulary, language) if not line.trivial),
        reasons=tuple(dict.fromkeys(reasons)),
    )


def benefit_lines(policy: Policy, vocabulary: Vocabulary, language: str) -> tuple[str, ...]:
    """Each benefit in words."""
    return tuple(benefit_text(benefit, vocabulary).in_language(language) for benefit in policy.benefits)


def finding_lines(finding: Finding, facts: Facts, vocabulary: Vocabulary, language: str, depth: int = 0) -> Iterator[Line]:
    """An evaluated tree as lines; the root ``all`` and "not" get no line of their own."""
    node = finding.node
    if isinstance(node, Leaf):
        state = "confirm" if finding.assumed else finding.satisfied.word
        mark = "!" if finding.assumed else _MARKS[finding.satisfied]
        basis, quote = _evidence(node, vocabulary, language)
        trivial = node.field == "subject_type" and finding.satisfied is Truth.YES
        yield Line(depth, mark, explanation(finding, facts, vocabulary).in_language(language), state, basis, quote, trivial)
        return
    if _has_heading(node, depth, positive=finding.positive, children=len(finding.children)):
        text = _heading(conjunctive=finding.conjunctive, language=language)
        yield Line(depth, _MARKS[finding.satisfied], text, finding.satisfied.word)
        depth += 1
    for child in finding.children:
        yield from finding_lines(child, facts, vocabulary, language, depth)


def requirement_lines(
    node: Condition, vocabulary: Vocabulary, language: str, depth: int = 0, *, positive: bool = True
) -> Iterator[Line]:
    """A condition tree as plain requirements, for the policy page."""
    match node:
        case Leaf():
            basis, quote = _evidence(node, vocabulary, language)
            text = requirement(node, vocabulary, positive=positive).in_language(language)
            yield Line(depth, "!" if node.declared else "", text, "confirm" if node.declared else "plain", basis, quote)
        case Not(child):
            yield from requirement_lines(child, vocabulary, language, depth, positive=not positive)
        case All(children) | AnyOf(children):
            if _has_heading(node, depth, positive=positive, children=len(children)):
                conjunctive = isinstance(node, All) is positive
                yield Line(depth, "", _heading(conjunctive=conjunctive, language=language), "plain")
                depth += 1
            for child in children:
                yield from requirement_lines(child, vocabulary, language, depth, positive=positive)


def _has_heading(node: Condition, depth: int, *, positive: bool, children: int) -> bool:
    if isinstance(node, Not) or children == 1:
        return False
    return depth > 0 or isinstance(node, All) is not positive


def _heading(*, conjunctive: bool, language: str) -> str:
    if conjunctive:
        return "同时满足：" if language == "zh" else "all of:"
    return "满足其一即可：" if language == "zh" else "any one of:"


def _evidence(leaf: Leaf, vocabulary: Vocabulary, language: str) -> tuple[str, str]:
    if leaf.evidence is None:
        return "", ""
    return vocabulary.word("basis", leaf.evidence.basis, language), leaf.evidence.quote or ""
