"""The logic of rules: against enumeration, and its answers on rules written by hand."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.overlap.enumeration import DAY, enumerate_worlds, evaluate_logic, random_pair
from matcher.overlap.logic import Logic, asked_leaves, disjoint, implies
from matcher.overlap.solver import satisfiable
from policies.condition import All, Condition, condition_from_json, leaves
from policies.vocabulary import Vocabulary


def rule(*parts: dict) -> Condition:
    return condition_from_json({"all": list(parts)})


def leaf(field: str, op: str, value: object = None) -> dict:
    return {"field": field, "op": op, "value": value}


def test_a_sample_of_random_pairs_has_no_wrong_answer(words: Vocabulary) -> None:
    report = evaluate_logic(words, pairs=150, seed=7)
    assert (report.wrong, report.undecided) == (0, 0)
    assert min(report.yes.values()) > 20


@settings(max_examples=60)
@given(st.integers(0, 10**9))
def test_a_conflict_is_real_and_no_leaf_of_it_can_be_left_out(words: Vocabulary, seed: int) -> None:
    first, second = random_pair(random.Random(seed), words)
    logic = Logic([first, second], words, DAY)
    found = logic.conflict(first, second)
    assert bool(found) is (logic.disjoint(first, second) is True)
    whole = All((first, second))
    places = [place for place, asked in enumerate(asked_leaves(whole)) if any(asked.leaf is one.leaf for one in found)]
    relaxed = {place: True for place in range(len(list(asked_leaves(whole)))) if place not in places}
    if found:
        assert not satisfiable([logic._space.formula(whole, relaxed)], logic._space)
        assert all(satisfiable([logic._space.formula(whole, relaxed | {one: True})], logic._space) for one in places)


@settings(max_examples=60)
@given(st.integers(0, 10**9))
def test_an_idle_leaf_changes_nobody(words: Vocabulary, seed: int) -> None:
    first, _ = random_pair(random.Random(seed), words)
    idle = Logic([first], words, DAY).idle(first)
    possible, holds = enumerate_worlds((first,), words)
    for one in idle:
        if sum(other is one.asked.leaf for other in leaves(first)) == 1 and len(idle) == 1:
            changed = replaced(first, one.asked.leaf, held=one.implied is one.asked.positive, words=words)
            if changed is not None:
                assert (changed & possible == holds & possible).all()


def replaced(condition, target, *, held, words):
    """The worlds in which the condition holds once ``target`` is a constant, on the axes of the whole."""
    import numpy as np

    from policies.condition import AnyOf, Leaf, Not

    possible, *found = enumerate_worlds((condition, *leaves(condition)), words)
    by_leaf = dict(zip(map(id, leaves(condition)), found[1:], strict=True))

    def worlds(node):
        if isinstance(node, Leaf):
            return np.full(possible.shape, held) if node is target else by_leaf[id(node)]
        if isinstance(node, Not):
            return ~worlds(node.child)
        combine = np.logical_or if isinstance(node, AnyOf) else np.logical_and
        return combine.reduce([worlds(child) for child in node.children])

    return worlds(condition)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (leaf("age", "<=", 30), leaf("age", "<=", 35), True),
        (leaf("age", "<=", 35), leaf("age", "<=", 30), False),
        (leaf("registered_region", "within_region", "310110"), leaf("registered_region", "within_region", "310000"), True),
        (leaf("industry", "in", ["I65"]), leaf("industry", "starts_with", "I"), True),
        (
            leaf("certifications", "contains_any", ["专精特新小巨人"]),
            leaf("certifications", "contains_any", ["创新型中小企业"]),
            True,
        ),
        (leaf("education", ">=", "master"), leaf("education", "in", ["bachelor", "master", "doctor"]), True),
        (leaf("other", "==", "属初创企业"), leaf("other", "==", " 属初创企业 "), True),
        (leaf("other", "==", "属初创企业"), leaf("other", "==", "属成长企业"), False),
        (leaf("employees", ">", 30), leaf("employees", ">=", 31), True),
        (leaf("rd_staff_ratio", ">", 0.2), leaf("rd_staff_ratio", ">=", 0.21), False),
        (leaf("employees", ">=", 5), leaf("employees", ">=", 0), True),
        (leaf("birth_date", ">=", "2000-01-01"), leaf("age", "<=", 26), True),
    ],
)
def test_implication(words: Vocabulary, first: dict, second: dict, expected: bool) -> None:
    assert implies(rule(first), rule(second), words, DAY) is expected


def test_nine_people_in_software_are_never_a_medium_firm(words: Vocabulary) -> None:
    software = rule(leaf("industry", "starts_with", "I65"), leaf("employees", "<", 10))
    medium = rule(leaf("enterprise_size", ">=", "medium"))
    assert disjoint(software, medium, words, DAY) is True
    assert disjoint(rule(leaf("employees", "<", 10)), medium, words, DAY) is False


def test_a_dead_rule_shows_its_smallest_conflict(words: Vocabulary) -> None:
    dead = rule(
        leaf("employees", ">=", 10),
        leaf("is_listed", "is_false"),
        {"any": [leaf("age", ">", 45), leaf("age", "<", 16)]},
        leaf("age", ">=", 18),
        leaf("age", "<=", 35),
    )
    logic = Logic([dead], words, DAY)
    assert logic.can_hold(dead) is False
    assert {(one.leaf.op, one.leaf.value) for one in logic.conflict(dead)} == {(">", 45), ("<", 16), (">=", 18), ("<=", 35)}


def test_conditions_that_never_matter(words: Vocabulary) -> None:
    idle = rule(
        leaf("age", "<=", 35),
        leaf("age", "<=", 45),
        {"any": [leaf("registered_region", "within_region", "310000"), leaf("registered_region", "within_region", "310110")]},
    )
    found = Logic([idle], words, DAY).idle(idle)
    assert [(one.asked.leaf.value, one.implied) for one in found] == [(45, True), ("310110", False)]
