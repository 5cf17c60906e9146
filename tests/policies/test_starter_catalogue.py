"""Every entry of the starter catalogue against the vocabularies and against the facts it holds."""

import json
from pathlib import Path

import pytest

from policies.catalogue import Catalogue
from policies.condition import leaves
from policies.validate import LINKABLE_SOURCES, policy_issues
from policies.vocabulary import Vocabulary


def test_no_entry_has_an_issue(catalogue: Catalogue, words: Vocabulary) -> None:
    issues = [f"{i.where}: {i.message.en}" for policy in catalogue for i in policy_issues(policy, words, catalogue.by_id)]
    assert issues == []


def test_every_entry_says_what_a_user_needs(catalogue: Catalogue) -> None:
    for policy in catalogue:
        assert policy.title.en, policy.id
        assert policy.summary is not None, policy.id
        assert policy.summary.en, policy.id
        assert policy.issuers, policy.id
        assert policy.benefits, policy.id
        assert policy.evidence, policy.id
        assert policy.source is not None, policy.id
        assert policy.application.how is not None or policy.application.window == "closed", policy.id
        assert policy.source.url is None or policy.source.kind in LINKABLE_SOURCES, policy.id
        for leaf in leaves(policy.conditions):
            assert leaf.evidence is not None, policy.id
            assert not leaf.declared or leaf.value_en, f"{policy.id}: {leaf.value} has no English"


def test_at_least_three_quarters_of_the_conditions_are_modelled(catalogue: Catalogue) -> None:
    stated = [
        leaf for policy in catalogue for leaf in leaves(policy.conditions) if leaf.evidence and leaf.evidence.basis != "scope"
    ]
    modelled = [leaf for leaf in stated if not leaf.declared]
    assert len(stated) > 450
    assert len(modelled) / len(stated) >= 0.75


def test_levels(catalogue: Catalogue) -> None:
    levels = [policy.level for policy in catalogue]
    assert {name: levels.count(name) for name in sorted(set(levels))} == {"district": 24, "municipal": 76, "national": 36}


def test_exclusions_are_mutual_or_explained(catalogue: Catalogue) -> None:
    for policy in catalogue:
        for other in policy.exclusive_with:
            assert other in catalogue.by_id, f"{policy.id} excludes {other}"


@pytest.fixture(scope="module")
def facts(shared: Path) -> dict[str, dict[str, object]]:
    lines = (shared / "facts" / "schemes.jsonl").read_text(encoding="utf-8").splitlines()
    return {row["id"]: row for row in map(json.loads, lines)}


def test_all_schemes_of_the_facts_are_there_under_their_ids(facts: dict[str, dict[str, object]], catalogue: Catalogue) -> None:
    assert set(facts) == set(catalogue.by_id)


def test_plain_facts_carry_over(facts: dict[str, dict[str, object]], catalogue: Catalogue) -> None:
    for policy in catalogue:
        fact = facts[policy.id]
        dates = tuple(date.text if date else None for date in (policy.issued, policy.effective_from, policy.effective_to))
        assert dates == (fact["issued"], fact["effective_from"], fact["effective_to"]), policy.id
        assert policy.title.zh == fact["title_zh"], policy.id
        assert policy.level == fact["level"], policy.id
        assert policy.status == fact["status_asof_2026_11"], policy.id
        assert policy.instrument == fact["instrument"], policy.id
        assert policy.confidence == fact["confidence"], policy.id
        wanted = {(r["kind"], r["id"]) for r in fact["relations"] if r["id"]}  # type: ignore[attr-defined]
        assert {(r.kind, r.policy) for r in policy.relations} == wanted, policy.id
        assert set(policy.exclusive_with) == {x for x in fact["exclusive_with"] if x in catalogue.by_id}, policy.id  # type: ignore[attr-defined]


def test_every_figure_of_the_facts_is_in_the_benefits(facts: dict[str, dict[str, object]], catalogue: Catalogue) -> None:
    for policy in catalogue:
        benefit = facts[policy.id]["benefit"]
        amounts = {x for b in policy.benefits for x in (b.amount_yuan, b.cap_yuan) if x is not None}
        rates = {b.rate for b in policy.benefits if b.rate is not None}
        for key in ("amount_min_yuan", "amount_max_yuan"):
            if benefit[key] is not None:  # type: ignore[index]
                assert benefit[key] in amounts, f"{policy.id}: {key} {benefit[key]} not in {amounts}"  # type: ignore[index]
        if benefit["rate"] is not None:  # type: ignore[index]
            assert benefit["rate"] in rates, f"{policy.id}: rate {benefit['rate']} not in {rates}"  # type: ignore[index]


def test_no_sentence_was_copied(facts: dict[str, dict[str, object]], catalogue: Catalogue) -> None:
    for line in catalogue.to_jsonl().splitlines():
        fact = facts[json.loads(line)["id"]]
        prose = [fact["apply_how_zh"], fact["notes"], fact["evidence"], fact["benefit"]["text_zh"]]  # type: ignore[index]
        prose += [condition["text_zh"] for condition in fact["conditions"]]  # type: ignore[attr-defined]
        assert [text for text in prose if text and len(text) >= 16 and text in line] == []
