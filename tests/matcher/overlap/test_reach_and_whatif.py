"""Counts on a population: against the plain evaluator, and against a full recomputation."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.facts import facts_on
from matcher.overlap.gaps import served_counts
from matcher.overlap.reach import measure, pair_counts, timeless
from matcher.overlap.scenario import Scenario, ScenarioError, edited, scenario_from_json, scenario_from_text
from matcher.overlap.whatif import simulate
from matcher.population.file import Population
from matcher.profile import profile_from_json
from matcher.program.columns import row_values
from matcher.recommend import applicable_condition
from matcher.rules import evaluate
from matcher.truth import Truth
from policies.catalogue import Catalogue
from policies.condition import THRESHOLD_OPS, All, Leaf
from policies.vocabulary import Vocabulary
from tests.conftest import TODAY

pytest.importorskip("pyarrow", reason="pip install 'policymatch[office]'")


def plain(value: object) -> object:
    return value.isoformat() if hasattr(value, "isoformat") else value


def verdicts(policies, people: Population, words: Vocabulary) -> np.ndarray:
    """Schemes x profiles by the plain evaluator, one at a time."""
    batch = people.table.combine_chunks().to_batches()[0]
    found = []
    for row in range(batch.num_rows):
        profile = profile_from_json({name: plain(one) for name, one in row_values(batch, row).items()}, words, TODAY)
        facts = facts_on(profile, TODAY)
        found.append([evaluate(applicable_condition(timeless(policy)), facts, words).truth for policy in policies])
    return np.array(found).T


def test_reach_equals_the_plain_evaluator(catalogue: Catalogue, people: Population, words: Vocabulary) -> None:
    small = Population(people.table.slice(0, 150), people.notice, people.origin)
    policies = list(catalogue)
    expected = verdicts(policies, small, words) == Truth.YES
    reach = measure(policies, small.table, TODAY, words)
    both = reach.all_pairs()
    assert (both == expected.astype(int) @ expected.astype(int).T).all()
    assert (served_counts(reach) == expected.sum(axis=0)).all()
    pair = reach.pair(policies[0].id, policies[4].id)
    assert (pair.both, pair.first_only) == (both[0, 4], both[0, 0] - both[0, 4])


@settings(max_examples=20)
@given(st.integers(1, 30), st.integers(1, 70), st.integers(0, 10**6))
def test_pair_counts_of_any_shape(rows: int, words_: int, seed: int) -> None:
    planes = np.random.default_rng(seed).integers(0, 2**63, (rows, words_), dtype=np.uint64)
    planes[rows // 2] = planes[0]
    bits = np.unpackbits(planes.view(np.uint8), axis=1).astype(int)
    assert (pair_counts(planes) == bits @ bits.T).all()


def random_edit(chance: random.Random, catalogue: Catalogue) -> dict:
    """A changed threshold, a condition less, or a condition more, of a scheme chosen at random."""
    policy = chance.choice([one for one in catalogue if isinstance(one.conditions, All) and one.conditions.children])
    places = list(enumerate(policy.conditions.children))
    numeric = [
        (place, leaf)
        for place, leaf in places
        if isinstance(leaf, Leaf) and leaf.op in THRESHOLD_OPS and isinstance(leaf.value, int | float)
    ]
    if numeric and chance.random() < 0.6:
        place, leaf = chance.choice(numeric)
        return {"policy": policy.id, "at": f"all[{place}]", "value": leaf.value * chance.choice((0, 0.5, 1.5, 3))}
    if len(places) > 1 and chance.random() < 0.5:
        return {"policy": policy.id, "at": f"all[{chance.choice(places)[0]}]", "remove": True}
    return {"policy": policy.id, "add": {"field": "employees", "op": "<=", "value": chance.choice((0, 5, 50))}}


@settings(max_examples=25)
@given(st.integers(0, 10**9))
def test_whatif_counts_equal_a_full_recomputation(catalogue: Catalogue, people: Population, words: Vocabulary, seed: int) -> None:
    chance = random.Random(seed)
    scenario = Scenario("test", tuple(random_edit(chance, catalogue) for _ in range(chance.randint(1, 3))))
    try:
        after = edited(catalogue, scenario, words)
    except ScenarioError:
        return  # an earlier edit took away the condition that a later one names
    before = {name: catalogue.by_id[name] for name in after}
    outcome = simulate(catalogue, before, after, people, TODAY, words)
    old = measure(catalogue, people.table, TODAY, words)
    new = measure([after.get(policy.id, policy) for policy in catalogue], people.table, TODAY, words)
    place = {name: number for number, name in enumerate(new.ids)}
    for change in outcome.changes:
        was, now = (np.unpackbits(one.planes[place[change.scheme]].view(np.uint8)) for one in (old, new))
        assert (change.before.eligible, change.after.eligible) == (was.sum(), now.sum())
        assert (change.winners, change.losers) == ((now > was).sum(), (was > now).sum())
        assert change.after.eligible - change.before.eligible == change.winners - change.losers
        for other in change.overlaps:
            assert other.after == new.pair(change.scheme, other.scheme).both
            assert other.before == old.pair(change.scheme, other.scheme).both
        for rows in change.histogram.values():
            assert sum(won for _, won, _ in rows) <= change.winners


def test_whatif_agrees_with_the_plain_evaluator(catalogue: Catalogue, people: Population, words: Vocabulary) -> None:
    small = Population(people.table.slice(0, 150), people.notice, people.origin)
    edit = {"policy": "m-startup-loan-pre", "at": "all[1]", "value": 45}
    after = edited(catalogue, Scenario("age", (edit,)), words)
    before = {name: catalogue.by_id[name] for name in after}
    change = simulate(catalogue, before, after, small, TODAY, words).changes[0]
    old, new = verdicts([*before.values(), *after.values()], small, words)
    assert change.winners == ((new == Truth.YES) & (old != Truth.YES)).sum()
    assert change.newly_undecided == ((new == Truth.UNKNOWN) & (old != Truth.UNKNOWN)).sum()
    assert (change.after.eligible, change.after.unknown) == ((new == Truth.YES).sum(), (new == Truth.UNKNOWN).sum())


@pytest.mark.parametrize(
    ("edit", "fault"),
    [
        ({"policy": "nobody", "add": {}}, "no policy nobody"),
        ({"policy": "m-startup-loan-pre", "at": "all[99]", "value": 1}, "no condition at"),
        ({"policy": "m-startup-loan-pre", "at": "all[1]", "value": "old"}, "needs a number"),
        ({"policy": "m-startup-loan-pre", "add": {"field": "shoe_size", "op": "<=", "value": 1}}, "no such field"),
        ({"policy": "m-startup-loan-pre", "benefit": 99, "rate": 1}, "no benefit 99"),
        ({"policy": "m-startup-loan-pre", "benefit": 0}, "give one of"),
        ({"policy": "m-startup-loan-pre"}, "say at, add or benefit"),
    ],
)
def test_a_wrong_edit_says_what_is_wrong(catalogue: Catalogue, words: Vocabulary, edit: dict, fault: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        edited(catalogue, Scenario("wrong", (edit,)), words)
    assert fault in str(caught.value.message.en)
    assert caught.value.message.zh


@pytest.mark.parametrize("text", ["[]", "{", '{"edits": []}', '{"edits": [{"policy": "a", "drop": 1}]}', '{"edits": [3]}'])
def test_a_wrong_scenario_file(text: str) -> None:
    with pytest.raises(ScenarioError):
        scenario_from_text(text)


def test_a_scenario_survives_its_file() -> None:
    scenario = Scenario("a", ({"policy": "p", "at": "all[0]", "value": 3},))
    assert scenario_from_json(scenario.as_json()) == scenario
