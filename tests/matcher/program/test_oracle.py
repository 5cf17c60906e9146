"""Zero differences between the back ends and the plain evaluator.

Quick by default; ``POLICYMATCH_FUZZ_PAIRS=1000000`` runs as many policy-profile pairs for each back end.
"""

from __future__ import annotations

import datetime as dt
import os
import random

import numpy as np
import pytest

from matcher.facts import facts_on
from matcher.profile import profile_from_json
from matcher.program import Counts, Planes, compile_program
from matcher.recommend import applicable_condition
from matcher.rules import evaluate, missing
from policies.vocabulary import vocabulary

pa = pytest.importorskip("pyarrow", reason="pip install 'policymatch[bulk]'")

from tests.matcher.program import cases  # noqa: E402 - needs pyarrow

PAIRS = int(os.environ.get("POLICYMATCH_FUZZ_PAIRS", "60000"))
ROUND_POLICIES = 40
DERIVED = (
    (),
    ("age", "birth_date"),
    ("graduated_on", "graduation_years"),
    ("founded_on", "organisation_age_months"),
    ("rd_expense", "rd_expense_ratio", "annual_revenue"),
    ("enterprise_size", "industry", "employees", "annual_revenue", "total_assets"),
)
"""Fields that meet in one derived field."""


def backends():
    skip_numba = pytest.mark.skipif(not _has_numba(), reason="pip install 'policymatch[fast]'")
    return [pytest.param("numpy"), pytest.param("numba", marks=skip_numba)]


def _has_numba() -> bool:
    try:
        import numba  # noqa: F401
    except ImportError:
        return False
    return True


def verdicts(planes: np.ndarray, count: int) -> np.ndarray:
    """Policies x rows, 0 to 2."""
    bits = np.unpackbits(np.ascontiguousarray(planes).view(np.uint8), axis=-1, bitorder="little")
    assert not bits[:, :, count:].any(), "bits of padding rows are set"
    return bits[:, 0, :count] + bits[:, 1, :count]


@pytest.mark.parametrize("backend", backends())
def test_agrees_with_the_plain_evaluator(backend):
    pairs = 0
    seed = 0
    while pairs < PAIRS:
        rng = random.Random(seed)
        seed += 1
        as_of = rng.choice(cases.AS_OFS)
        names = rng.sample(cases.SOME_FIELDS, rng.choice((6, 20, 50)))
        names = list(dict.fromkeys([*names, *rng.choice(DERIVED)]))
        policies = cases.policies(rng, as_of, ROUND_POLICIES, names)
        program = compile_program(policies, as_of, vocabulary())
        for _ in range(2):  # a second batch brings other dictionaries
            count = rng.choice((1, 2, 63, 64, 65, 100, 127, 128, 130, 200))
            raw = [cases.profile(rng, as_of, names, rng.choice((0.1, 0.5, 0.9, 1.0))) for _ in range(count)]
            sink, counts = Planes(), Counts()
            batch = cases.batch(rng, raw, names)
            program.match_batch(batch, sink, backend=backend)
            program.match_batch(batch, counts, backend=backend)
            found = verdicts(sink.result, count)
            expected = np.array([_oracle(policies, one, as_of) for one in raw]).T
            if not np.array_equal(found, expected):
                p, r = np.argwhere(found != expected)[0]
                pytest.fail(f"seed {seed - 1}: {policies[p]} on {raw[r]} at {as_of}: {found[p, r]} not {expected[p, r]}")
            assert np.array_equal(counts.result, [[np.sum(row == t) for t in (2, 1, 0)] for row in expected])
            pairs += expected.size


def _oracle(policies, raw, as_of: dt.date) -> list[int]:
    facts = facts_on(profile_from_json(raw, vocabulary(), as_of), as_of)
    return [int(evaluate(applicable_condition(policy), facts, vocabulary()).truth) for policy in policies]


@pytest.mark.parametrize("backend", backends())
def test_one_profile_agrees_with_the_plain_evaluator(backend):
    for seed in range(30):
        rng = random.Random(seed)
        as_of = rng.choice(cases.AS_OFS)
        names = cases.SOME_FIELDS if seed % 3 == 0 else rng.sample(cases.SOME_FIELDS, 15)
        policies = cases.policies(rng, as_of, 120, names)
        program = compile_program(policies, as_of, vocabulary())
        for known in (0.0, 0.3, 0.9, 1.0):
            profile = profile_from_json(cases.profile(rng, as_of, names, known), vocabulary(), as_of)
            matches = program.match_one(profile, backend=backend)
            facts = facts_on(profile, as_of)
            counts: dict[str, int] = {}
            for place, policy in enumerate(policies):
                finding = evaluate(applicable_condition(policy), facts, vocabulary())
                assert matches.truths[place] == finding.truth, (seed, policy)
                assert set(matches.missing(place)) == set(missing(finding)), (seed, policy)
                for name in missing(finding):
                    counts[name] = counts.get(name, 0) + 1
            assert matches.field_counts() == counts
