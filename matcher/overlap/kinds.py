"""The kind of a pair of schemes, with its reasons in words.

A pair is described by facts (:class:`PairFacts`) and by numbers made of them
(:mod:`matcher.overlap.numbers`); a small fitted model gives each kind a probability. Three things it
does not decide: schemes of places that do not meet are harmless to each other; what differs in figures
or form is no duplicate, and what pays in another way no second scheme for one purpose; what a document
says excludes itself is exclusive unless it is a duplicate. Kinds:

``duplicate``     the same matter listed or paid twice, by one department or by a national scheme and its local detail
``exclusive``     cannot be had together: a document says so, or no one can meet both for the same matter
``stacks``        a national and a local scheme for one matter by different means, or one opening the way to the other
``same_purpose``  another scheme, mostly of another department, for the same purpose and the same people
``harmless``      none of these
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from matcher.overlap.benefit import BenefitOverlap, benefit_overlap, figure_text
from matcher.overlap.logic import Asked, Logic
from matcher.overlap.numbers import Demands, field_weights, kinds_model, pair_numbers
from matcher.overlap.purpose import (
    Purpose,
    containment,
    core_title,
    likeness,
    matter_labels,
    pair_similarity,
    purpose_of,
)
from matcher.relevance import character_pairs
from matcher.sentences import requirement
from matcher.wording import field_label
from models.pair_model import PairModel
from policies.condition import All, Condition, Leaf, leaves
from policies.schema import Policy, Text
from policies.vocabulary import Vocabulary

KINDS: Final[dict[str, Text]] = {
    "duplicate": Text("重复设立", "duplicate"),
    "exclusive": Text("不可兼得", "mutually exclusive"),
    "stacks": Text("国家与地方可叠加", "national and local, can be combined"),
    "same_purpose": Text("同一用途、多头设立", "same purpose, another scheme"),
    "harmless": Text("互不影响", "harmless"),
}

TWICE: Final = frozenset({"duplicate", "same_purpose"})
"""Kinds in which money goes twice to the same purpose."""
_SHOWN: Final = 3
_ALIKE: Final = 60
_RARE: Final = 0.1
"""Share of the schemes up to which a character pair says something."""
_TELLING: Final = 2.5
"""Weight from which a shared field makes two schemes worth comparing: at most about one in twelve asks for it."""
_MISSED: Final = 2.0
"""Missing a matter paid twice is this much worse than naming one that is not: a reader sees the pair and decides."""
_GRANTING: Final = frozenset({"recognition", "tax_relief", "residency"})
"""Instruments that grant a status."""
_STATUS: Final = frozenset({"certifications", "residence_permits", "talent_titles", "competition_awards", "skill_certificates"})
"""Fields in which a status is asked for."""
_NAMING: Final = 4
_NAMED: Final = 0.7
"""Share of a title's character pairs from which a clause of exclusion is taken to name that scheme."""
_PEOPLE: Final = ("groups", "new_hire_groups")


@dataclass(frozen=True, slots=True)
class PairFacts:
    """What was found about two schemes before a kind is given.

    Attributes:
        matters: purposes both are for.
        same_family: their instruments do the same thing.
        same_instrument: they give it in the same form.
        pays_twice: what they give comes on top of each other; not so for plans and services, nor for the
            tax reliefs of one department, which are parts of one law.
        likeness: how alike they sound, 0 to 1; ``titles`` the same of the titles alone.
        benefit: figures in common.
        stated: the words by which one excludes the other; None where nothing is stated.
        nested: the territory of one lies in the other's.
        national_local: one is national, the other local.
        same_department: an issuer in common.
        different_people: both ask for groups of people, and for none in common.
        opens: one asks for a certificate that the other one grants.
        same_applicants: somebody can meet both, the type of applicant counted; None where not found out.
        first_implies, second_implies: who meets the one meets the other; None where not found out.
        disjoint: nobody can meet both, the type of applicant aside; ``conflict`` says why.
    """

    matters: frozenset[str]
    same_family: bool
    same_instrument: bool
    pays_twice: bool
    likeness: float
    titles: float
    benefit: BenefitOverlap
    stated: Text | None
    nested: bool
    national_local: bool
    same_department: bool
    different_people: bool
    opens: bool
    same_applicants: bool | None
    first_implies: bool | None
    second_implies: bool | None
    disjoint: bool | None
    conflict: tuple[Asked, ...]


@dataclass(frozen=True, slots=True)
class PairKind:
    """Two schemes, what they are to each other, and why.

    ``probability`` is the model's for this kind; 1 where a rule decides.
    """

    first: str
    second: str
    kind: str
    reasons: tuple[Text, ...]
    facts: PairFacts
    probability: float


class Kinds:
    """Gives pairs of some schemes their kind.

    Args:
        policies: the schemes.
        vocabulary: fields, terms, regions.
        as_of: the day, for ages that follow from dates.
        model: reads a kind from numbers; the shipped one by default.

    Raises:
        KeyError, TypeError, ValueError: a condition does not fit its field.
    """

    def __init__(
        self,
        policies: Iterable[Policy],
        vocabulary: Vocabulary,
        as_of: dt.date,
        model: PairModel | None = None,
    ) -> None:
        self._policies: Final = {policy.id: policy for policy in policies}
        self._vocabulary: Final = vocabulary
        self._model: Final = model
        self._purposes: Final = {name: purpose_of(policy, vocabulary) for name, policy in self._policies.items()}
        rules = {name: without_subject(policy.conditions) for name, policy in self._policies.items()}
        self._rules: Final = rules
        self._demands: Final = {name: Demands(policy) for name, policy in self._policies.items()}
        full = (policy.conditions for policy in self._policies.values())
        self.logic: Final = Logic([*rules.values(), *full], vocabulary, as_of)

    def purpose(self, scheme: str) -> Purpose:
        """What a scheme is for."""
        return self._purposes[scheme]

    def pair(self, first: str, second: str) -> PairKind:
        """The kind of a pair.

        Raises:
            KeyError: an unknown scheme.
        """
        facts = self.facts(first, second)
        kind, probability = kind_of(facts, self.numbers(first, second, facts), self._model or kinds_model())
        reasons = list(self._reasons(facts, kind, self._policies[first], self._policies[second]))
        if kind != "harmless" and not facts.matters and not facts.stated:
            reasons += self._likenesses(first, second)
        return PairKind(first, second, kind, tuple(reasons), facts, probability)

    def _likenesses(self, first: str, second: str) -> Iterator[Text]:
        """What makes two schemes alike that no purpose of the list joins."""
        weights = field_weights()
        shared = self._demands[first].fields & self._demands[second].fields & self._vocabulary.fields.keys()
        telling = sorted(shared, key=lambda name: (-weights.get(name, weights[""]), name))[:_SHOWN]
        if telling:
            zh, en = ([field_label(name, self._vocabulary, language) for name in telling] for language in ("zh", "en"))
            yield Text(f"条件问的是同样的事：{'、'.join(zh)}。", f"Their conditions ask about the same: {', '.join(en)}.")
        else:
            yield Text("名称与待遇的用词相近。", "Titles and benefits are worded alike.")

    def numbers(self, first: str, second: str, facts: PairFacts | None = None) -> tuple[float, ...]:
        """The numbers the kind is read from, in the order of :data:`matcher.overlap.numbers.FEATURES`.

        Raises:
            KeyError: an unknown scheme.
        """
        own = [(self._policies[name], self._purposes[name], self._demands[name]) for name in (first, second)]
        policies, purposes, demands = zip(*own, strict=True)
        return pair_numbers(facts or self.facts(first, second), policies, purposes, demands)

    def candidates(self) -> Iterator[tuple[str, str]]:
        """Pairs that may be more than harmless.

        They have a purpose or a telling condition in common, are worded more alike than most, or one
        excludes the other.
        """
        by_matter: dict[str, list[str]] = {}
        weights = field_weights()
        for name, purpose in self._purposes.items():
            telling = (field for field in self._demands[name].fields if weights.get(field, weights[""]) >= _TELLING)
            for matter in (*purpose.mentioned, *(f"field {field}" for field in telling)):
                by_matter.setdefault(matter, []).append(name)
        by_matter.update({f"words {place}": names for place, names in enumerate(self._worded_alike())})
        seen: set[tuple[str, str]] = set()
        stated = ((name, other) for name, policy in self._policies.items() for other in policy.exclusive_with)
        shared = ((a, b) for names in by_matter.values() for i, a in enumerate(names) for b in names[i + 1 :])
        order = {name: place for place, name in enumerate(self._policies)}
        for a, b in (*shared, *stated):
            if a in order and b in order and a != b:
                pair = (a, b) if order[a] < order[b] else (b, a)
                if pair not in seen:
                    seen.add(pair)
                    if self._nested(*(self._policies[name] for name in pair)):
                        yield pair

    def _nested(self, one: Policy, other: Policy) -> bool:
        """Whether the territory of one lies in the other's; where it does not, they are harmless to each other."""
        return self._vocabulary.regions.nested(one.region, other.region)

    def _worded_alike(self) -> Iterator[list[str]]:
        """Each scheme with those that share most of its rarer character pairs."""
        texts = {name: character_pairs(purpose.text) for name, purpose in self._purposes.items()}
        where: dict[str, list[str]] = {}
        for name, pairs in texts.items():
            for pair in pairs:
                where.setdefault(pair, []).append(name)
        rare = {pair: names for pair, names in where.items() if 1 < len(names) <= max(_RARE * len(texts), 4)}
        for name, pairs in texts.items():
            shared: dict[str, float] = {}
            for pair in pairs & rare.keys():
                for other in rare[pair]:
                    shared[other] = shared.get(other, 0.0) + 1 / len(rare[pair])
            shared.pop(name, None)
            for other, _ in sorted(shared.items(), key=lambda item: (-item[1], item[0]))[:_ALIKE]:
                yield [name, other]

    def facts(self, first: str, second: str) -> PairFacts:
        """Everything the kind is decided on."""
        one, other = self._policies[first], self._policies[second]
        x, y = self._purposes[first], self._purposes[second]
        rules = self._rules[first], self._rules[second]
        disjoint = self.logic.disjoint(*rules)
        return PairFacts(
            matters=x.matters & y.matters,
            same_family=x.family == y.family,
            same_instrument=x.means == y.means,
            pays_twice=_pays_twice(one, other),
            likeness=likeness(x, y),
            titles=pair_similarity(x.title, y.title),
            benefit=benefit_overlap(one, other),
            stated=_stated(one, other) or _stated(other, one),
            nested=self._nested(one, other),
            national_local=(one.level == "national") != (other.level == "national"),
            same_department=bool(set(one.issuers) & set(other.issuers)),
            different_people=self._different_people(one, other),
            opens=self._opens(one, other) or self._opens(other, one),
            same_applicants=_opposite(self.logic.disjoint(one.conditions, other.conditions)),
            first_implies=self.logic.implies(*rules),
            second_implies=self.logic.implies(*reversed(rules)),
            disjoint=disjoint,
            conflict=self.logic.conflict(*rules) if disjoint else (),
        )

    def _different_people(self, first: Policy, second: Policy) -> bool:
        named = [self._purposes[policy.id].people for policy in (first, second)]
        if named[0] and named[1] and not named[0] & named[1]:
            return True
        for field in _PEOPLE:
            one, other = (self._people(policy, field) for policy in (first, second))
            if one and other and not one & other:
                return True
        return False

    def _people(self, policy: Policy, field: str) -> frozenset[str]:
        """The groups a scheme directly asks for, with those that these imply."""
        root = policy.conditions
        parts = root.children if isinstance(root, All) else (root,)
        asked = (part for part in parts if isinstance(part, Leaf) and part.field == field and isinstance(part.value, tuple))
        labels = [str(label) for leaf in asked if isinstance(leaf.value, tuple) for label in leaf.value]
        return self._vocabulary.with_implied(self._vocabulary.fields[field].vocabulary, labels)

    def _opens(self, granting: Policy, asking: Policy) -> bool:
        """Whether one grants a status, or a prize, that the other asks for by name."""
        if granting.instrument not in _GRANTING and self._purposes[granting.id].family != "contest":
            return False
        title = self._purposes[granting.id].title
        for leaf in leaves(asking.conditions):
            if leaf.field in _STATUS and isinstance(leaf.value, tuple):
                if any(str(label) in granting.title.zh for label in leaf.value):
                    return True
            elif leaf.field == "other" and len(title) >= _NAMING and containment(title, str(leaf.value)) >= _NAMED:
                return True
        return False

    def _reasons(self, facts: PairFacts, kind: str, first: Policy, second: Policy) -> Iterator[Text]:
        if not facts.nested:
            yield Text("适用地区不相交，各管各的地方。", "They apply in different places.")
        if facts.stated and kind in ("exclusive", "duplicate"):
            yield Text(f"文件写明：{facts.stated.zh}", f"Stated: {facts.stated.in_language('en')}")
        if facts.matters:
            zh, en = (matter_labels(facts.matters, language) for language in ("zh", "en"))
            yield Text(f"用途相同：{zh}。", f"Same purpose: {en}.")
        if facts.same_instrument:
            term = self._vocabulary.terms["instrument"][first.instrument].label
            yield Text(f"支持方式相同：{term.zh}。", f"Same instrument: {term.in_language('en')}.")
        if facts.matters and not facts.same_department:
            yield Text(
                f"部门不同：{'、'.join(first.issuers)}；{'、'.join(second.issuers)}。",
                f"Different departments: {', '.join(first.issuers)}; {', '.join(second.issuers)}.",
            )
        if facts.benefit.same_figures and kind in ("duplicate", "same_purpose"):
            zh = "、".join(figure_text(*figure, "zh") for figure in facts.benefit.same_figures)
            en = ", ".join(figure_text(*figure, "en") for figure in facts.benefit.same_figures)
            yield Text(f"公布的数额或比例相同：{zh}。", f"The same figures: {en}.")
        if facts.opens:
            yield Text("一项认定的资格是另一项的申请条件。", "One grants what the other asks for.")
        if facts.different_people:
            yield Text("面向的人群不同。", "They are for different groups of people.")
        yield from self._logic_reasons(facts, first, second)

    def _logic_reasons(self, facts: PairFacts, first: Policy, second: Policy) -> Iterator[Text]:
        if facts.disjoint:
            asked = [requirement(one.leaf, self._vocabulary, positive=one.positive) for one in facts.conflict]
            zh, en = "；".join(text.zh for text in asked), "; ".join(text.in_language("en") for text in asked)
            yield Text(f"条件不能同时满足：{zh}。", f"The conditions cannot be met together: {en}.")
        elif facts.matters and (facts.first_implies or facts.second_implies):
            inner, outer = (first, second) if facts.first_implies else (second, first)
            yield Text(
                f"符合“{inner.title.zh}”的，都符合“{outer.title.zh}”。",
                f"Whoever meets “{inner.title.in_language('en')}” meets “{outer.title.in_language('en')}”.",
            )


def kind_of(facts: PairFacts, numbers: tuple[float, ...], model: PairModel) -> tuple[str, float]:
    """The kind that facts and numbers give, and its probability; see the head of this module."""
    if not facts.nested:
        return "harmless", 1.0
    chances = model.probabilities(numbers)
    weighed = {kind: chance * (_MISSED if kind in TWICE else 1.0) for kind, chance in chances.items()}
    if not (facts.benefit.agree and facts.same_instrument):
        weighed["duplicate"] = 0.0
    if not (facts.same_family and facts.pays_twice):
        weighed["same_purpose"] = 0.0
    kind = max(KINDS, key=lambda name: weighed[name])
    if facts.stated and kind != "duplicate":
        return "exclusive", 1.0
    return kind, chances[kind]


def _pays_twice(first: Policy, second: Policy) -> bool:
    if first.instrument == second.instrument == "tax_relief":
        return not set(first.issuers) & set(second.issuers)
    return "service" not in (first.instrument, second.instrument)


def _opposite(answer: bool | None) -> bool | None:  # noqa: FBT001 - a truth value, not an option
    return None if answer is None else not answer


def _stated(policy: Policy, other: Policy) -> Text | None:
    """The words by which ``policy`` excludes ``other``."""
    title = core_title(other.title.zh)
    for clause in policy.exclusions:
        if len(title) >= 3 and containment(title, clause.zh) >= _NAMED:
            return clause
    if other.id in policy.exclusive_with:
        english = [one.title.in_language("en") for one in (policy, other)]
        return Text(f"“{policy.title.zh}”与“{other.title.zh}”不可兼得", f"“{english[0]}” and “{english[1]}” exclude each other")
    return None


def without_subject(condition: Condition) -> Condition:
    """The condition without direct demands on the type of applicant: a founder and the firm are one venture."""
    if not isinstance(condition, All):
        return condition
    return All(tuple(part for part in condition.children if not (isinstance(part, Leaf) and part.field == "subject_type")))
