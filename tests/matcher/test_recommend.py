"""Recommendations over the starter catalogue: order, dates, score parts, speed."""

import dataclasses
import datetime as dt
import time

import pytest

from matcher.applicability import deadline_after
from matcher.profile import Profile, profile_from_json
from matcher.recommend import Recommendation, Recommender, recommend
from matcher.report import recommendations_json
from matcher.rules import missing, to_confirm
from matcher.sentences import declared_text
from matcher.truth import Truth
from policies.catalogue import Catalogue
from policies.schema import PartialDate
from policies.vocabulary import Vocabulary
from tests.conftest import TODAY

FIRM = {
    "subject_type": "enterprise", "registered_region": "310110", "industry": "I65", "employees": 12, "founded_on": "2024-05-01",
    "certifications": ["科技型中小企业"], "annual_revenue": 3_000_000, "rd_expense": 600_000, "has_bad_credit": False,
}  # fmt: skip


@pytest.fixture(scope="module")
def firm(words: Vocabulary) -> Profile:
    return profile_from_json(FIRM, words, TODAY)


def test_every_policy_is_in_the_list_once(catalogue: Catalogue, firm: Profile, words: Vocabulary) -> None:
    found = recommend(catalogue, firm, TODAY, words)
    assert sorted(item.policy.id for item in found.items) == sorted(policy.id for policy in catalogue)


def test_verdict_first_then_score(catalogue: Catalogue, firm: Profile, words: Vocabulary) -> None:
    items = recommend(catalogue, firm, TODAY, words, query="房租").items
    keys = [(item.truth, item.score) for item in items]
    assert keys == sorted(keys, key=lambda key: (-key[0], -key[1]))
    assert {item.truth for item in items} == set(Truth)
    for item in items:
        assert item.score == pytest.approx(sum(part.points for part in item.score_parts))
        assert all(part.text.zh and part.text.en for part in item.score_parts)


def test_a_wish_moves_up_within_a_verdict_and_hides_nothing(catalogue: Catalogue, firm: Profile, words: Vocabulary) -> None:
    plain = recommend(catalogue, firm, TODAY, words)
    wished = recommend(catalogue, firm, TODAY, words, query="科技创新券")
    assert [i.truth for i in plain.items] == [i.truth for i in wished.items]

    def place(found: object, policy_id: str) -> int:
        return [item.policy.id for item in found.items].index(policy_id)  # type: ignore[attr-defined]

    assert place(wished, "m-innovation-voucher") < place(plain, "m-innovation-voucher")


def alone(policy_id: str, day: dt.date, catalogue: Catalogue, words: Vocabulary, **fields: object) -> Recommendation:
    """The recommendation of one policy on a day."""
    one = Catalogue((catalogue.by_id[policy_id],))
    return recommend(one, profile_from_json(fields, words, day), day, words).items[0]


def test_an_expired_policy_is_no_with_its_reason(catalogue: Catalogue, words: Vocabulary) -> None:
    def failed(year: int) -> tuple[str, ...]:  # in force in 2023 only
        return alone("m-absorb-2000", dt.date(year, 12, 31), catalogue, words, subject_type="enterprise").failed

    assert failed(2026)[0] == "as_of"
    assert "as_of" not in failed(2023)
    assert "as_of" in failed(2022)


def test_a_doubtful_policy_is_to_be_confirmed(catalogue: Catalogue, words: Vocabulary) -> None:
    found = alone("y-talent-newdeal-old", TODAY, catalogue, words)  # no dates, probably superseded
    assert any("是否仍在执行" in text.zh for text in found.confirm)


def test_the_program_and_the_evaluator_agree_on_every_policy(catalogue: Catalogue, words: Vocabulary) -> None:
    profiles = [FIRM, {}, {"subject_type": "individual", "birth_date": "1995-02-28", "groups": ["海归"], "is_founder": True}]
    for data in profiles:
        for item in recommend(catalogue, profile_from_json(data, words, TODAY), TODAY, words).items:
            assert item.truth is item.finding.truth, item.policy.id
            assert set(item.missing) == set(missing(item.finding)), item.policy.id
            texts = [declared_text(f.node, positive=f.positive) for f in to_confirm(item.finding)]  # type: ignore[arg-type]
            assert list(item.confirm) == texts, item.policy.id


def test_partial_dates_count_to_their_end(catalogue: Catalogue) -> None:
    policy = dataclasses.replace(catalogue.policies[0], effective_from=PartialDate("2024-03"), effective_to=PartialDate("2026"))
    assert not policy.begins_after(dt.date(2024, 3, 1))
    assert policy.begins_after(dt.date(2024, 2, 29))
    assert not policy.expired_on(dt.date(2026, 12, 31))
    assert policy.expired_on(dt.date(2027, 1, 1))
    assert deadline_after(policy, TODAY) == dt.date(2026, 12, 31)
    assert deadline_after(policy, dt.date(2027, 1, 1)) is None


def test_deciding_fields_count_schemes(catalogue: Catalogue, words: Vocabulary) -> None:
    asked = Recommender(catalogue, TODAY, words)
    empty = asked.deciding_fields(profile_from_json({}, words, TODAY))
    assert max(empty.values()) <= len(catalogue)
    assert "subject_type" in empty
    assert "other" not in empty
    answered = asked.deciding_fields(profile_from_json({"subject_type": "enterprise"}, words, TODAY))
    assert "subject_type" not in answered
    assert list(answered.values()) == sorted(answered.values(), reverse=True)


@pytest.mark.parametrize("region", ["440106", "330100"])
def test_nobody_elsewhere_gets_a_local_scheme(region: str, catalogue: Catalogue, words: Vocabulary) -> None:
    for subject in ("enterprise", "individual"):
        places = ("registered_region", "work_region", "hukou_region", "school_region", "social_insurance_region")
        profile = profile_from_json(
            {"subject_type": subject, **dict.fromkeys(places, region), "residence_permits": []}, words, TODAY
        )
        found = recommend(catalogue, profile, TODAY, words)
        eligible = [item.policy.id for item in found.items if item.truth is Truth.YES and item.policy.level != "national"]
        abroad = {"y-yrd-voucher", "m-haiju"}  # the Yangtze delta voucher and a worldwide competition
        assert set(eligible) <= abroad


def test_speed(catalogue: Catalogue, firm: Profile, words: Vocabulary) -> None:
    recommend(catalogue, firm, TODAY, words)
    best = float("inf")
    for _ in range(5):
        began = time.process_time()
        found = recommend(catalogue, firm, TODAY, words)
        recommendations_json(found, words)
        best = min(best, time.process_time() - began)
    assert best < 0.050  # the promise: 136 policies with findings and sentences in under 50 ms
