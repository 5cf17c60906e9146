"""Gained and lost, with reasons, against the plain evaluator."""

from __future__ import annotations

import dataclasses
import datetime as dt
import random

import pytest

from matcher.applicability import applicable_condition
from matcher.facts import facts_on
from matcher.profile import profile_from_json
from matcher.program import compile_program
from matcher.rules import evaluate
from matcher.truth import Truth
from policies.condition import All, Leaf
from policies.schema import PartialDate
from policies.vocabulary import vocabulary

pa = pytest.importorskip("pyarrow", reason="pip install 'policymatch[bulk]'")

from matcher.bulk.changes import changes  # noqa: E402 - needs pyarrow
from tests.matcher.program import cases  # noqa: E402

NAMES = ("age", "birth_date", "gender", "registered_region", "annual_revenue", "founded_on", "organisation_age_months")
BEFORE, AFTER = dt.date(2026, 11, 23), dt.date(2027, 11, 23)


def test_every_change_and_nothing_else():
    rng = random.Random(11)
    old = cases.policies(rng, BEFORE, 40, NAMES)
    new = [*old[5:], *(dataclasses.replace(p, id=f"n{p.id}") for p in old[:3])]
    new[0] = dataclasses.replace(new[0], conditions=All((Leaf("age", ">=", 18),)))
    new[1] = dataclasses.replace(new[1], effective_from=PartialDate("2020"), effective_to=PartialDate("2026-12"))
    raw = [cases.profile(rng, BEFORE, NAMES, 0.8) for _ in range(150)]
    batch = cases.batch(rng, raw, NAMES)
    profiles = [profile_from_json(one, vocabulary(), BEFORE) for one in raw]
    programs = compile_program(old, BEFORE, vocabulary()), compile_program(new, AFTER, vocabulary())
    found = {(c.policy, c.row): c for c in changes(*programs, batch, profiles.__getitem__)}

    def truth(policies, day, name, profile):
        own = [p for p in policies if p.id == name]
        return evaluate(applicable_condition(own[0]), facts_on(profile, day), vocabulary()).truth if own else None

    for name in {p.id for p in (*old, *new)}:
        for row, profile in enumerate(profiles):
            was, now = truth(old, BEFORE, name, profile), truth(new, AFTER, name, profile)
            assert ((name, row) in found) == ((was is Truth.YES) != (now is Truth.YES))
            if (name, row) in found:
                change = found[name, row]
                assert (change.before, change.after, change.gained) == (was, now, now is Truth.YES)
    reasons = {c.reason for c in found.values()}
    assert reasons >= {"new_policy", "removed_policy", "time_passed"}
    assert all(c.reason == "conditions_changed" for (name, _), c in found.items() if name == new[0].id)
    assert all(c.reason == "dates_changed" for (name, _), c in found.items() if name == new[1].id)
    assert all(c.fields for c in found.values() if c.reason == "time_passed")
