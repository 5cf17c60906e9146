"""Merging is a pure function of records and decisions, whatever their order."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from policies.codec import policy_to_line
from policies.decision import DIFFERENT, DUPLICATE, PARENT_LOCAL, VERSION
from policies.merge import Edit, Link, assemble
from policies.precedence import Entry, by_precedence, precedence_rules
from tests.store.entries import entry


def record(origin: str, key: str, **changes: object) -> Entry:
    return Entry(f"{origin}/{key}", "table", origin, f"{origin}的表", "municipal", policy_to_line(entry(key, **changes)))


def test_a_chain_does_not_join_what_a_person_parted() -> None:
    entries = [record("a", "a"), record("b", "b"), record("c", "c")]
    links = [Link("a/a", "b/b", DUPLICATE, 0.9), Link("b/b", "c/c", DUPLICATE, 0.8), Link("a/a", "c/c", DIFFERENT, person=True)]
    assert [one.members for one in assemble(entries, links).policies] == [("a/a", "b/b"), ("c/c",)]


def test_rows_of_one_source_stay_apart_unless_a_person_joins_them() -> None:
    entries = [record("a", "a"), record("a", "b"), record("c", "c")]
    links = [Link("a/a", "c/c", DUPLICATE, 0.9), Link("a/b", "c/c", DUPLICATE, 0.95)]
    assert [one.members for one in assemble(entries, links).policies] == [("a/a",), ("a/b", "c/c")]
    joined = assemble(entries, [*links, Link("a/a", "a/b", DUPLICATE, person=True)])
    assert [one.members for one in joined.policies] == [("a/a", "a/b", "c/c")]


def test_a_national_scheme_and_its_local_detail_are_tied_not_merged() -> None:
    entries = [record("a", "n", level="national", region="100000"), record("b", "m")]
    found = assemble(entries, [Link("a/n", "b/m", PARENT_LOCAL, 0.9)]).policies
    relations = {one.id: one.data["relations"] for one in found}
    assert relations == {
        "m": [{"kind": "local_detail_of", "policy": "n"}],
        "n": [{"kind": "has_local_detail", "policy": "m"}],
    }


def test_versions_without_dates_are_an_issue() -> None:
    assembly = assemble([record("a", "x"), record("b", "y")], [Link("a/x", "b/y", VERSION, 0.9)])
    assert [issue.kind for issue in assembly.issues] == ["versions_without_dates"]


def test_precedence_is_data_and_the_loser_is_shown() -> None:
    assert [rule.name for rule in precedence_rules()] == ["reviewed", "original", "newer", "authority"]
    official = {"source": {"kind": "official", "title": "原文"}}
    old = record("a", "x", benefits=[{"kind": "cap", "cap_yuan": 1000}], issued="2023", **official)
    new = record("b", "y", benefits=[{"kind": "cap", "cap_yuan": 2000}], issued="2025", **official)
    repost = record("c", "z", benefits=[{"kind": "cap", "cap_yuan": 3000}], issued="2026", source={"kind": "mirror"})
    reviewed = record("d", "w", issued="2020", reviewed=True)
    assert [one.uid for one in by_precedence([old, new, repost, reviewed])] == ["d/w", "b/y", "a/x", "c/z"]
    links = [Link("a/x", "b/y", DUPLICATE, 0.9), Link("b/y", "c/z", DUPLICATE, 0.9)]
    assembly = assemble([old, new, repost], links)
    (policy,) = assembly.policies
    assert policy.data["benefits"][0]["cap_yuan"] == 2000
    assert policy.provenance is not None
    assert policy.provenance["benefits"] == "b/y"
    conflict = next(issue for issue in assembly.issues if "benefits" in issue.where)
    assert [text in (conflict.value or "") for text in ("1000", "2000", "3000", "a的表", "b的表", "c的表")] == [True] * 6


def test_relations_lead_to_the_policy_a_record_was_merged_into() -> None:
    entries = [
        record("a", "x"),
        record("b", "y"),
        record("c", "z", relations=[{"kind": "requires", "policy": "y"}], exclusive_with=["y"]),
    ]
    found = {one.id: one.data for one in assemble(entries, [Link("a/x", "b/y", DUPLICATE, 0.9)]).policies}
    assert found["z"]["relations"] == [{"kind": "requires", "policy": "x"}]
    assert found["z"]["exclusive_with"] == ["x"]


@given(st.randoms(use_true_random=False))
def test_no_order_matters(chance: random.Random) -> None:
    numbers = range(12)
    entries = [record(f"s{n % 5}", f"p{n}", issued=f"20{10 + n % 4}", effective_from=f"20{10 + n % 4}-01-01") for n in numbers]
    kinds = (DUPLICATE, DUPLICATE, VERSION, PARENT_LOCAL)
    uids = sorted(one.uid for one in entries)
    links = [
        Link(a, b, chance.choice(kinds), round(chance.random(), 1))
        for a in uids for b in uids if a < b and chance.random() < 0.15
    ]  # fmt: skip
    edits = [Edit(uids[0], "title", "人改的", "x")]
    first = assemble(entries, links, edits)
    for _ in range(3):
        chance.shuffle(entries)
        chance.shuffle(links)
        again = assemble(entries, links, edits)
        assert [one.line for one in again.policies] == [one.line for one in first.policies]
        assert sorted(issue.where for issue in again.issues) == sorted(issue.where for issue in first.issues)
