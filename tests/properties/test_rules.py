"""What holds for every condition and every profile."""

import random
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from matcher.facts import Facts, facts_on
from matcher.predicate import leaf_truth
from matcher.profile import profile_from_json
from matcher.rules import Finding, evaluate, failed, missing, nearest_failures, to_confirm
from matcher.sentences import explanation, requirement
from matcher.truth import Truth, negation
from policies.codec import policy_from_json
from policies.condition import All, AnyOf, Condition, Leaf, Not, condition_from_json, condition_to_json, leaves
from policies.vocabulary import vocabulary
from tests.properties.trees import AS_OF, CONDITIONS, MODELLED, PROFILES, VALUES

WORDS = vocabulary()


def facts(profile: dict[str, Any]) -> Facts:
    return facts_on(profile_from_json(profile, WORDS, AS_OF), AS_OF)


def verdict(condition: Condition, profile: dict[str, Any]) -> Truth:
    return evaluate(condition, facts(profile), WORDS).truth


@given(CONDITIONS, PROFILES, st.data())
def test_filling_an_unknown_never_flips_yes_and_no(condition: Condition, profile: dict[str, Any], data: st.DataObject) -> None:
    before = verdict(condition, profile)
    assume(before is not Truth.UNKNOWN)
    open_fields = sorted(set(VALUES) - set(profile))
    assume(open_fields)
    name = data.draw(st.sampled_from(open_fields))
    assert verdict(condition, profile | {name: data.draw(VALUES[name])}) is before


@given(CONDITIONS, PROFILES, st.randoms(use_true_random=False))
def test_order_changes_nothing(condition: Condition, profile: dict[str, Any], source: random.Random) -> None:
    def shuffled(node: Condition) -> Condition:
        match node:
            case All(children):
                return All(tuple(source.sample([shuffled(c) for c in children], len(children))))
            case AnyOf(children):
                return AnyOf(tuple(source.sample([shuffled(c) for c in children], len(children))))
            case Not(child):
                return Not(shuffled(child))
        return node

    one, other = (evaluate(c, facts(profile), WORDS) for c in (condition, shuffled(condition)))
    assert one.truth is other.truth
    assert set(missing(one)) == set(missing(other))
    assert set(failed(one)) == set(failed(other))
    assert sorted(str(f.node) for f in to_confirm(one)) == sorted(str(f.node) for f in to_confirm(other))


@given(CONDITIONS, PROFILES)
def test_double_negation(condition: Condition, profile: dict[str, Any]) -> None:
    one, other = evaluate(condition, facts(profile), WORDS), evaluate(Not(Not(condition)), facts(profile), WORDS)
    assert one.truth is other.truth
    assert missing(one) == missing(other)
    assert set(failed(one)) == set(failed(other))


@given(st.lists(CONDITIONS, min_size=1, max_size=4), PROFILES)
def test_de_morgan(children: list[Condition], profile: dict[str, Any]) -> None:
    inner = tuple(children)
    outside = evaluate(Not(AnyOf(inner)), facts(profile), WORDS)
    inside = evaluate(All(tuple(Not(child) for child in inner)), facts(profile), WORDS)
    assert outside.truth is inside.truth
    assert set(missing(outside)) == set(missing(inside))
    assert set(failed(outside)) == set(failed(inside))


@given(CONDITIONS, PROFILES)
def test_every_no_or_unknown_names_a_field(condition: Condition, profile: dict[str, Any]) -> None:
    finding = evaluate(condition, facts(profile), WORDS)
    used = {leaf.field for leaf in leaves(condition)}
    if finding.truth is Truth.NO:
        assert failed(finding)
        assert set(failed(finding)) <= used
        assert nearest_failures(finding)
        assert missing(finding) == ()
    elif finding.truth is Truth.UNKNOWN:
        assert missing(finding)
        assert set(missing(finding)) <= used
        assert failed(finding) == ()
    else:
        assert missing(finding) == failed(finding) == ()


def plain_truth(node: Condition, known: Facts) -> Truth:
    """The oracle's oracle for trees without declared conditions: the tables applied directly."""
    match node:
        case Leaf():
            return leaf_truth(node, known, WORDS)
        case Not(child):
            return negation(plain_truth(child, known))
        case All(children):
            return min((plain_truth(c, known) for c in children), default=Truth.YES)
        case AnyOf(children):
            return max(plain_truth(c, known) for c in children)


@given(MODELLED, PROFILES)
def test_evaluation_is_the_tables_applied(condition: Condition, profile: dict[str, Any]) -> None:
    known = facts(profile)
    assert evaluate(condition, known, WORDS).truth is plain_truth(condition, known)


@given(MODELLED, PROFILES)
def test_answering_all_that_is_missing_decides(condition: Condition, profile: dict[str, Any]) -> None:
    full = {
        "employees": 50, "annual_revenue": 3_000_000, "rd_expense_ratio": 0.05, "industry": "I6510", "registered_region": "310110019",
        "certifications": [], "groups": [], "is_founder": True, "gender": "female", "education": "bachelor",
        "birth_date": "1990-01-01", "founded_on": "2024-01-01", "graduated_on": "2022-06-30",
    }  # fmt: skip
    coarse = {"industry", "registered_region"}
    answered = {**full, **{name: value for name, value in profile.items() if name not in coarse}}
    answered["graduated_on"] = full["graduated_on"]
    answered["industry"] = full["industry"]
    assert verdict(condition, answered) is not Truth.UNKNOWN


@given(CONDITIONS)
def test_exchange_form_round_trip(condition: Condition) -> None:
    assert condition_from_json(condition_to_json(condition)) == condition
    entry = {
        "id": "x-1", "title": "测试", "level": "national", "region": "100000", "instrument": "grant", "audience": "both",
        "conditions": condition_to_json(condition),
    }  # fmt: skip
    assert policy_from_json(entry).conditions == condition


@given(CONDITIONS, PROFILES)
def test_every_leaf_has_a_sentence_in_both_languages(condition: Condition, profile: dict[str, Any]) -> None:
    known = facts(profile)

    def visit(finding: Finding) -> None:
        if isinstance(finding.node, Leaf):
            for text in (explanation(finding, known, WORDS), requirement(finding.node, WORDS, positive=finding.positive)):
                assert text.zh
                assert text.en
                assert "None" not in text.zh + text.en
        for child in finding.children:
            visit(child)

    visit(evaluate(condition, known, WORDS))
