"""The kernel counts what the other engines count, and the generator is the same for the same seed."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from matcher.program import Counts, compile_program
from policies.vocabulary import vocabulary

pa = pytest.importorskip("pyarrow", reason="pip install 'policymatch[bulk]'")

from evaluation.bulk.generator import generate_policies, generate_profiles  # noqa: E402 - needs pyarrow
from evaluation.bulk.plain import PlainData  # noqa: E402
from tests.matcher.program.test_oracle import backends  # noqa: E402

AS_OF = dt.date(2026, 11, 23)
POLICIES, PROFILES = 80, 20_011


@pytest.fixture(scope="module")
def batch():
    return generate_profiles(PROFILES, 3, vocabulary(), AS_OF)


@pytest.fixture(scope="module")
def policies():
    return generate_policies(POLICIES, 3, vocabulary())


@pytest.fixture(scope="module")
def data(batch, policies):
    return PlainData(batch, policies, AS_OF, vocabulary())


def counts(batch, policies, backend: str) -> np.ndarray:
    sink = Counts()
    compile_program(policies, AS_OF, vocabulary()).match_batch(batch, sink, backend=backend)
    return sink.result[:, :2]


def test_the_same_seed_gives_the_same_data(batch, policies):
    assert generate_profiles(PROFILES, 3, vocabulary(), AS_OF).equals(batch)
    assert generate_policies(POLICIES, 3, vocabulary()) == policies
    assert generate_policies(POLICIES, 4, vocabulary()) != policies


@pytest.mark.parametrize("backend", backends())
def test_counts_are_those_of_duckdb(backend, batch, policies, data):
    pytest.importorskip("duckdb", reason="pip install 'policymatch[bench]'")
    from evaluation.bulk.peers import run_duckdb

    expected = run_duckdb(data, POLICIES, 1).counts
    assert np.array_equal(counts(batch, policies, backend), expected)
    assert (expected.sum(axis=0) > PROFILES).all(), "a test in which nobody is eligible or undecided shows nothing"


@pytest.mark.parametrize("same_input", [True, False])
def test_counts_are_those_of_polars(same_input, batch, policies, data):
    pytest.importorskip("polars", reason="pip install 'policymatch[bench]'")
    from evaluation.bulk.peer_polars import run_polars

    found = run_polars(data, batch if same_input else None, 1).counts
    assert np.array_equal(counts(batch, policies, "numpy"), found)


def test_the_report(monkeypatch):
    for module in ("polars", "duckdb", "datalogic_py", "numba"):
        pytest.importorskip(module, reason="pip install 'policymatch[bench,fast]'")
    from evaluation.bulk.run import Sizes, evaluate_bulk

    sizes = Sizes(30, 3_000, 40, 20, 3, 50, 1, 3)
    found = evaluate_bulk(sizes, AS_OF, vocabulary(), lambda line: None)
    assert set(found["ratio_to_polars"]) == {"numba", "numpy"}
    assert found["counts_equal"] == {"polars": True, "polars_prepared": True, "duckdb": True}
    assert found["machine"]["cores"]
