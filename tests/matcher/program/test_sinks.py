"""Sinks that name people agree with the plain evaluator, over two batches."""

from __future__ import annotations

import random

import numpy as np
import pytest

from matcher.facts import facts_on
from matcher.profile import profile_from_json
from matcher.program import Ids, OneUnknownAway, Samples, compile_program
from matcher.program.people import missing_planes
from matcher.recommend import applicable_condition
from matcher.rules import evaluate, missing
from matcher.truth import Truth
from policies.vocabulary import vocabulary

pa = pytest.importorskip("pyarrow", reason="pip install 'policymatch[bulk]'")

from tests.matcher.program import cases  # noqa: E402 - needs pyarrow
from tests.matcher.program.test_oracle import backends  # noqa: E402

NAMES = ("age", "gender", "education", "registered_region", "groups", "annual_revenue", "is_founder")
AS_OF = cases.AS_OFS[2]


class Missing:
    """Collects the missing fields of every pair."""

    def __init__(self, program):
        self.program, self.found, self.before = program, {}, 0

    def begin(self, program, rows):
        pass

    def take(self, block):
        for policy, planes in enumerate(missing_planes(block, self.program.graph)):
            for field, plane in planes.items():
                bits = np.unpackbits(plane.view(np.uint8), bitorder="little")[: block.count]
                for row in np.flatnonzero(bits):
                    self.found.setdefault((policy, int(row) + block.start + self.before), set()).add(field)

    def end(self, rows):
        self.before += rows


@pytest.fixture(scope="module", params=backends())
def population(request):
    rng = random.Random(7)
    policies = cases.policies(rng, AS_OF, 60, NAMES)
    program = compile_program(policies, AS_OF, vocabulary())
    raw = [cases.profile(rng, AS_OF, NAMES, 0.7) for _ in range(300)]
    sinks = {"yes": Ids(), "unknown": Ids(Truth.UNKNOWN), "no": Ids(Truth.NO)}
    sinks |= {"away": OneUnknownAway(), "sample": Samples(3), "missing": Missing(program)}
    for part in (raw[:170], raw[170:]):
        batch = cases.batch(rng, part, NAMES)
        for sink in sinks.values():
            program.match_batch(batch, sink, backend=request.param)
    profiles = [profile_from_json(one, vocabulary(), AS_OF) for one in raw]
    findings = {
        (p, r): evaluate(applicable_condition(policy), facts_on(profile, AS_OF), vocabulary())
        for p, policy in enumerate(policies)
        for r, profile in enumerate(profiles)
    }
    return program, profiles, sinks, findings


def test_ids(population):
    program, profiles, sinks, findings = population
    for name, truth in (("yes", Truth.YES), ("unknown", Truth.UNKNOWN), ("no", Truth.NO)):
        expected = [[r for r in range(len(profiles)) if findings[p, r].truth is truth] for p in range(len(program.policies))]
        assert [rows.tolist() for rows in sinks[name].result] == expected


def test_missing_fields(population):
    _, _, sinks, findings = population
    assert sinks["missing"].found == {pair: set(missing(f)) for pair, f in findings.items() if missing(f)}


def test_one_unknown_away(population):
    program, profiles, sinks, findings = population
    found = {}
    for one in sinks["away"].result:
        for policy, row in zip(one.pairs.policies.tolist(), one.pairs.rows.tolist(), strict=True):
            found.setdefault((policy, row), set()).add(one.field)
    assert len(found) > 100
    for pair, fields in found.items():
        assert findings[pair].truth is Truth.UNKNOWN
        assert fields <= set(missing(findings[pair]))
    rng = random.Random(3)
    for (policy, row), finding in findings.items():  # who does become eligible by one answer must have been named
        for field in set(missing(finding)) & set(NAMES) - set(profiles[row].values):
            for _ in range(3):
                answer = {field: cases.value(rng, cases.FIELDS[field], AS_OF)}
                asked = profile_from_json(profiles[row].as_json() | answer, vocabulary(), AS_OF)
                after = evaluate(applicable_condition(program.policies[policy]), facts_on(asked, AS_OF), vocabulary())
                assert after.truth is not Truth.YES or field in found[policy, row]


def test_samples_with_findings(population):
    program, profiles, sinks, findings = population
    samples = sinks["sample"].findings(program, lambda row: profiles[row])
    for policy in range(len(program.policies)):
        eligible = [r for r in range(len(profiles)) if findings[policy, r].truth is Truth.YES]
        assert len(samples.get(policy, [])) == min(3, len(eligible))
        assert all(finding == findings[policy, row] and row in eligible for row, finding in samples.get(policy, []))
