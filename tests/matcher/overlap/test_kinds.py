"""Kinds of pairs, their reasons in words, contradictions, gaps."""

from __future__ import annotations

import pytest

from evaluation.overlap.pairs import evaluate_overlap, fit_kinds, gold_pairs, gold_schemes
from matcher.overlap.contradictions import contradictions
from matcher.overlap.gaps import find_gaps
from matcher.overlap.kinds import KINDS, TWICE, Kinds
from matcher.overlap.numbers import FEATURES, kinds_model
from matcher.overlap.report import gaps_json, survey_json
from matcher.overlap.survey import clause_rows, survey
from matcher.population.file import Population
from policies.catalogue import Catalogue
from policies.codec import policy_from_json
from policies.schema import Policy
from policies.vocabulary import Vocabulary
from tests.conftest import TODAY

pytest.importorskip("pyarrow", reason="pip install 'policymatch[office]'")
pytest.importorskip("sklearn", reason="pip install 'policymatch[office]'")


@pytest.fixture(scope="session")
def kinds(catalogue: Catalogue, words: Vocabulary) -> Kinds:
    return Kinds(catalogue, words, TODAY)


@pytest.mark.parametrize(
    ("first", "second", "kind", "reason_zh", "reason_en"),
    [
        (
            "m-stable-refund",
            "n-unemp-refund",
            "duplicate",
            "符合“上海市失业保险稳岗返还”的，都符合“失业保险稳岗返还（国家口径）”。",
            "Same purpose: job stability.",
        ),
        ("n-hnte-15", "y-hnte-award", "stacks", "一项认定的资格是另一项的申请条件。", "One grants what the other asks for."),
        ("m-affordable-rental", "m-public-rental", "exclusive", "用途相同：住房保障。", "Same purpose: housing."),
        ("m-super-postdoc", "n-boxin", "same_purpose", "支持方式相同：人才计划与个人奖励。", "Same instrument: talent award."),
        ("m-patent-subsidy", "m-hukou-grad", "harmless", None, None),
    ],
)
def test_golden_reasons(kinds: Kinds, first: str, second: str, kind: str, reason_zh: str | None, reason_en: str | None) -> None:
    pair = kinds.pair(first, second)
    assert pair.kind == kind
    if reason_zh:
        assert reason_zh in [text.zh for text in pair.reasons]
        assert reason_en in [text.en for text in pair.reasons]


def test_the_kind_does_not_depend_on_the_order(kinds: Kinds) -> None:
    for first, second in list(kinds.candidates())[:150]:
        assert kinds.pair(first, second).kind == kinds.pair(second, first).kind


def test_labelled_pairs_are_sound(words: Vocabulary) -> None:
    pairs, known = gold_pairs(), {policy.id for policy in gold_schemes()}
    assert len(pairs) >= 250
    assert len({frozenset((pair.first, pair.second)) for pair in pairs}) == len(pairs)
    assert {name for pair in pairs for name in (pair.first, pair.second)} <= known
    held = {name for name in known if any(name in (p.first, p.second) and p.part == "development" for p in pairs)}
    assert held  # schemes of the development part


def test_the_method_beats_text_similarity(words: Vocabulary) -> None:
    found = evaluate_overlap(words)
    for part, kind, recall, precision in (
        ("development", 0.82, 0.93, 0.82),
        ("held_out", 0.8, 0.95, 0.8),
        ("held_out_later", 0.84, 0.93, 0.8),
    ):
        full, text = found[part]["full"], found[part]["text_similarity_alone"]
        assert full["kind_accuracy"] >= kind
        assert full["paid_twice_recall"] >= recall
        assert full["paid_twice_precision"] >= precision
        assert full["kind_accuracy"] > text["kind_accuracy"] + 0.2


def test_the_shipped_model_is_the_fitted_one(words: Vocabulary) -> None:
    fitted = fit_kinds(gold_schemes(), [pair for pair in gold_pairs() if pair.part == "development"], words)
    assert fitted.features == kinds_model().features == FEATURES
    assert set(fitted.kinds) == set(KINDS)
    for ours, shipped in zip(fitted.weights, kinds_model().weights, strict=True):
        assert ours == pytest.approx(shipped, abs=0.02)


def test_numbers_are_bounded_and_do_not_depend_on_the_order(kinds: Kinds) -> None:
    for first, second in list(kinds.candidates())[:80]:
        numbers = kinds.numbers(first, second)
        assert len(numbers) == len(FEATURES)
        assert all(0 <= number <= 2 for number in numbers)
        assert numbers == pytest.approx(kinds.numbers(second, first))


def test_places_that_do_not_meet_and_stated_exclusions_are_not_left_to_the_model(kinds: Kinds) -> None:
    for first, second in list(kinds.candidates())[:300]:
        pair = kinds.pair(first, second)
        if not pair.facts.nested:
            assert (pair.kind, pair.probability) == ("harmless", 1.0)
        elif pair.facts.stated:
            assert pair.kind in ("exclusive", "duplicate")


def test_hardly_a_pair_paid_twice_is_missed_before_it_is_judged(words: Vocabulary) -> None:
    kinds = Kinds(gold_schemes(), words, TODAY)
    looked_at = {frozenset(pair) for pair in kinds.candidates()}
    twice = [pair for pair in gold_pairs() if pair.kind in TWICE]
    missed = [pair for pair in twice if frozenset((pair.first, pair.second)) not in looked_at]
    assert len(missed) / len(twice) <= 0.06


def test_a_survey_says_what_its_population_is(catalogue: Catalogue, people: Population, words: Vocabulary) -> None:
    found = survey(catalogue, people, TODAY, words)
    body = survey_json(found)
    assert "不是真实企业或个人的统计" in body["notice"]["zh"]
    assert body["overlaps"][0]["kind"] == "duplicate"
    assert all(one["reasons"] for one in body["overlaps"])
    assert max(len(cluster["schemes"]) for cluster in body["clusters"]) >= 4
    rows = clause_rows(catalogue.by_id["m-stable-refund"], catalogue.by_id["n-unemp-refund"], words)
    assert any(row.same and row.field == "insured_months" for row in rows)


def scheme(name: str, title: str, conditions: list, **more: object) -> Policy:
    base = {"id": name, "title": title, "level": "district", "region": "310110", "issuers": ["甲局"], "instrument": "grant"}
    return policy_from_json({**base, "audience": "enterprise", "conditions": {"all": conditions}, **more})


def test_contradictions(words: Vocabulary) -> None:
    def ask(field: str, op: str, value: object = None) -> dict:
        return {"field": field, "op": op, "value": value}

    award = [{"kind": "lump_sum", "amount_yuan": 10000.0}]
    more = [{"kind": "lump_sum", "amount_yuan": 20000.0}]
    policies = [
        scheme("a", "首次创业补贴", [ask("employees", "<=", 50)], benefits=award, effective_to="2026-12-31"),
        scheme("b", "首次创业补贴办法", [ask("employees", "<=", 100)], benefits=more, effective_to="2027-12-31"),
        scheme("c", "研发费用补助", [ask("employees", ">", 100), ask("employees", "<", 20), ask("is_listed", "is_false")]),
        scheme("d", "专利资助", [ask("age", "<=", 35), ask("age", "<=", 40)]),
        scheme("e", "高企奖励", [ask("is_listed", "is_true")], relations=[{"kind": "requires", "policy": "f"}]),
        scheme("f", "文化创意扶持", [ask("is_listed", "is_false")]),
    ]
    found = contradictions(policies, words, TODAY)
    kinds = {(one.kind, one.schemes): one for one in found}
    assert ("threshold", ("a", "b")) in kinds
    assert ("amount", ("a", "b")) in kinds
    assert ("dates", ("a", "b")) in kinds
    assert [text.zh for text in kinds["dead", ("c",)].reasons] == ["从业人数超过 100 人", "从业人数低于 20 人"]
    assert "年龄不超过 40 周岁" in kinds["idle", ("d",)].reasons[0].zh
    assert ("forbids", ("e", "f")) in kinds


def test_gaps_find_those_whom_nothing_serves(words: Vocabulary, people: Population) -> None:
    policies = [
        scheme("a", "首次创业补贴", [{"field": "employees", "op": ">", "value": 10}]),
        scheme("p", "青年人才计划", [], kind="commitment"),
    ]
    found = find_gaps(policies, people, TODAY, words)
    firms = [gap for gap in found.segments if gap.subject == "enterprise"]
    assert firms[0].mean == 0
    assert firms[0].unserved == 1
    assert "从业人数不超过 10 人" in firms[0].words.zh
    assert found.commitments == ("p",)
    assert found.matrix == {("grant", "district"): ("a",)}
    assert gaps_json(found)["notice"]["zh"]
