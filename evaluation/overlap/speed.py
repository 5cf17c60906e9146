"""Speed of the policy office: all pairs of many schemes over a population, and what-if against recomputation."""

from __future__ import annotations

import datetime as dt
import random
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

import numpy as np

from evaluation.overlap.pairs import gold_schemes
from matcher.overlap.kinds import Kinds
from matcher.overlap.reach import measure, pair_counts
from matcher.overlap.scenario import Scenario, ScenarioError, edited
from matcher.overlap.whatif import simulate
from matcher.population.file import population_of
from matcher.population.synthetic import make_population
from policies.condition import THRESHOLD_OPS, All, AnyOf, Condition, Leaf, Not
from policies.schema import Policy
from policies.vocabulary import Vocabulary

DAY: Final = dt.date(2026, 11, 23)
_PLACES: Final = ("310110", "310115", "310104", "310106", "310112", "310000")


def many_schemes(count: int, seed: int = 1) -> tuple[Policy, ...]:
    """``count`` schemes: the labelled ones, then copies with other thresholds and places."""
    originals = gold_schemes()
    chance = random.Random(seed)  # noqa: S311 - test data
    found = list(originals[:count])
    while len(found) < count:
        source = originals[len(found) % len(originals)]
        condition = _varied(source.conditions, chance)
        place = source.region if source.level == "national" else chance.choice(_PLACES)
        found.append(replace(source, id=f"{source.id}-{len(found)}", conditions=condition, region=place, relations=()))
    return tuple(found)


def _varied(node: Condition, chance: random.Random) -> Condition:
    match node:
        case All(children):
            return All(tuple(_varied(child, chance) for child in children))
        case AnyOf(children):
            return AnyOf(tuple(_varied(child, chance) for child in children))
        case Not(child):
            return Not(_varied(child, chance))
        case Leaf(field=field, op=op, value=value):
            if op in THRESHOLD_OPS and isinstance(value, int | float):
                return replace(node, value=round(value * chance.uniform(0.5, 1.5), 2))
            if field == "registered_region":
                return replace(node, value=chance.choice(_PLACES))
    return node


def evaluate_office_speed(
    vocabulary: Vocabulary, schemes: int = 1_000, profiles: int = 100_000, *, sample: tuple[int, int] = (10_000, 10_000)
) -> dict[str, Any]:
    """Seconds for all pairs of ``schemes`` over ``profiles``, then of ``sample`` (schemes, profiles).

    The kernel is warmed up on a small batch first; making the population is told apart, for it is
    kept in a file. ``candidate_pairs`` are those that get a kind and reasons.
    """
    _all_pairs(vocabulary, 50, 2_000)
    return {
        "all_pairs": _all_pairs(vocabulary, schemes, profiles),
        "all_pairs_sample": _all_pairs(vocabulary, *sample, kinds=False),
        "whatif": whatif_against_recomputation(vocabulary),
    }


def _all_pairs(vocabulary: Vocabulary, schemes: int, profiles: int, *, kinds: bool = True) -> dict[str, Any]:
    began = time.perf_counter()
    people = population_of(make_population(profiles, 1, vocabulary, DAY))
    made = time.perf_counter()
    policies = many_schemes(schemes)
    start = time.perf_counter()
    reach = measure(policies, people.table, DAY, vocabulary)
    matched = time.perf_counter()
    both = pair_counts(reach.planes)
    counted = time.perf_counter()
    found: dict[str, Any] = {
        "schemes": schemes,
        "profiles": profiles,
        "pairs": schemes * (schemes - 1) // 2,
        "distinct_reaches": len(np.unique(reach.planes, axis=0)),
        "pairs_with_people_in_common": int((np.triu(both, 1) > 0).sum()),
        "population_s": round(made - began, 2),
        "match_s": round(matched - start, 2),
        "pairs_s": round(counted - matched, 2),
        "match_and_pairs_s": round(counted - start, 2),
    }
    if kinds:
        judge = Kinds(policies, vocabulary, DAY)
        listed = list(judge.candidates())
        for first, second in listed:
            judge.pair(first, second)
        spent = time.perf_counter() - counted
        each = spent / max(len(listed), 1)
        found |= {"candidate_pairs": len(listed), "kinds_s": round(spent, 2), "kind_with_reasons_ms_each": round(each * 1000, 3)}
    return found


def whatif_against_recomputation(vocabulary: Vocabulary, scenarios: int = 100, profiles: int = 5_000) -> dict[str, int]:
    """Random scenarios: how many counts differ from matching the whole changed catalogue again."""
    people = population_of(make_population(profiles, 2, vocabulary, DAY))
    catalogue = {policy.id: policy for policy in gold_schemes()}
    old = measure(catalogue.values(), people.table, DAY, vocabulary)
    compared = wrong = 0
    for scenario in _scenarios(catalogue, scenarios, vocabulary):
        after = edited(catalogue.values(), scenario, vocabulary)
        before = {name: catalogue[name] for name in after}
        outcome = simulate(catalogue.values(), before, after, people, DAY, vocabulary)
        new = measure([after.get(name, policy) for name, policy in catalogue.items()], people.table, DAY, vocabulary)
        place = {name: number for number, name in enumerate(new.ids)}
        for change in outcome.changes:
            was, now = old.planes[place[change.scheme]], new.planes[place[change.scheme]]
            right = [int(np.bitwise_count(plane).sum(dtype=np.int64)) for plane in (was, now, now & ~was, was & ~now)]
            given = [change.before.eligible, change.after.eligible, change.winners, change.losers]
            right += [new.pair(change.scheme, other.scheme).both for other in change.overlaps]
            given += [other.after for other in change.overlaps]
            compared += len(right)
            wrong += sum(a != b for a, b in zip(right, given, strict=True))
    return {"scenarios": scenarios, "counts_compared": compared, "wrong": wrong}


def _scenarios(catalogue: dict[str, Policy], count: int, vocabulary: Vocabulary) -> Iterator[Scenario]:
    chance = random.Random(3)  # noqa: S311 - test data
    choices = [
        (policy.id, place, leaf)
        for policy in catalogue.values()
        if isinstance(policy.conditions, All)
        for place, leaf in enumerate(policy.conditions.children)
    ]
    made = 0
    while made < count:
        name, place, leaf = chance.choice(choices)
        if isinstance(leaf, Leaf) and leaf.op in THRESHOLD_OPS and isinstance(leaf.value, int | float):
            edit: dict[str, Any] = {"policy": name, "at": f"all[{place}]", "value": leaf.value * chance.choice((0.5, 1.5))}
        else:
            edit = {"policy": name, "at": f"all[{place}]", "remove": True}
        scenario = Scenario("random", (edit,))
        try:
            edited(catalogue.values(), scenario, vocabulary)
        except ScenarioError:
            continue
        made += 1
        yield scenario
