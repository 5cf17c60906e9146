"""The JSON interface: shapes pinned to the contract, contents checked against the catalogue."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from policies.vocabulary import vocabulary
from tests.api.conftest import AS_OF, FIRM, starter

Ask = Callable[..., dict[str, Any]]

VERDICTS = ("eligible", "unknown", "not_eligible")
PERSON = {"subject_type": "individual", "birth_date": "2000-02-29", "education": "bachelor", "hukou_region": "310110"}
PROFILES = [{}, FIRM, PERSON, {"subject_type": "team"}]


def _leaves(finding: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for kind in ("all", "any"):
        for child in finding.get(kind, ()):
            yield from _leaves(child)
    if "not" in finding:
        yield from _leaves(finding["not"])
    if "field" in finding:
        yield finding


def test_recommend_answers_in_the_shape_of_the_contract(recommended: Ask) -> None:
    found = recommended()
    assert set(found) == {"as_of", "catalogue_version", "counts", "recommendations"}
    assert found["as_of"] == AS_OF.isoformat()
    first = found["recommendations"][0]
    assert {"policy", "verdict", "missing", "failed", "to_confirm", "benefit", "score", "finding"} <= set(first)
    assert {"id", "title", "level", "region", "issuers", "instrument", "audience", "status", "source"} <= set(first["policy"])
    assert set(first["policy"]["title"]) == {"zh", "en"}
    assert set(first["benefit"]) == {"text", "low_yuan", "high_yuan", "credit_yuan", "lines"}


@pytest.mark.parametrize("profile", PROFILES, ids=["nothing known", "firm", "person", "team"])
def test_every_policy_gets_a_verdict_best_first(recommended: Ask, profile: dict[str, Any]) -> None:
    found = recommended(profile)
    items = found["recommendations"]
    assert sorted(item["policy"]["id"] for item in items) == sorted(policy.id for policy in starter())
    assert found["counts"] == {verdict: Counter(item["verdict"] for item in items)[verdict] for verdict in VERDICTS}
    places = [(VERDICTS.index(item["verdict"]), -item["score"]) for item in items]
    assert places == sorted(places)


@pytest.mark.parametrize("profile", PROFILES, ids=["nothing known", "firm", "person", "team"])
def test_score_is_the_sum_of_its_parts(recommended: Ask, profile: dict[str, Any]) -> None:
    for item in recommended(profile, query="房租补贴")["recommendations"]:
        assert item["score"] == pytest.approx(sum(part["points"] for part in item["score_parts"]), abs=0.005), item["policy"][
            "id"
        ]
        assert all(part["text"]["zh"] and part["text"]["en"] for part in item["score_parts"])


@pytest.mark.parametrize("profile", PROFILES, ids=["nothing known", "firm", "person", "team"])
def test_every_no_and_unknown_names_a_field(recommended: Ask, profile: dict[str, Any]) -> None:
    known = set(vocabulary().fields) | {"as_of", "other"}
    for item in recommended(profile)["recommendations"]:
        wanted = {"eligible": (False, False), "unknown": (True, False), "not_eligible": (False, True)}[item["verdict"]]
        assert (bool(item["missing"]), bool(item["failed"])) == wanted, item["policy"]["id"]
        assert set(item["missing"]) | set(item["failed"]) <= known
        assert not set(item["missing"]) & set(profile), "a known fact is not missing"


def test_the_verdict_goes_before_the_score(recommended: Ask) -> None:
    items = recommended(query="海聚英才大赛")["recommendations"]
    places = [(VERDICTS.index(item["verdict"]), -item["score"]) for item in items]
    assert places == sorted(places)
    lowest = min(item["score"] for item in items if item["verdict"] == "eligible")
    assert any(item["score"] > lowest for item in items if item["verdict"] == "unknown"), "else the order shows nothing"


def test_leaves_of_a_finding_say_what_was_compared(recommended: Ask) -> None:
    compared = 0
    for item in recommended()["recommendations"]:
        for leaf in _leaves(item["finding"]):
            assert {"field", "op", "value", "verdict", "satisfied", "actual", "sentence"} <= set(leaf)
            assert leaf["verdict"] in ("yes", "no", "unknown")
            if leaf["field"] == "employees":
                assert leaf["actual"] == 12
                assert "12" in leaf["sentence"]["zh"]
                assert "12" in leaf["sentence"]["en"]
                compared += 1
    assert compared > 5


def test_top_shortens_the_list_and_leaves_the_counts(recommended: Ask) -> None:
    whole, short = recommended(), recommended(top=3)
    assert short["recommendations"] == whole["recommendations"][:3]
    assert short["counts"] == whole["counts"]
    assert sum(short["counts"].values()) == len(starter())
    assert recommended(top=100_000) == whole


def test_query_changes_the_order_within_a_verdict_and_nothing_else(recommended: Ask) -> None:
    plain, wished = recommended(), recommended(query="贷款贴息")
    assert wished["counts"] == plain["counts"]
    verdicts = [{item["policy"]["id"]: item["verdict"] for item in found["recommendations"]} for found in (plain, wished)]
    assert verdicts[0] == verdicts[1]
    orders = [[item["policy"]["id"] for item in found["recommendations"]] for found in (plain, wished)]
    assert orders[0] != orders[1]
    moved = [part for item in wished["recommendations"] for part in item["score_parts"] if part["name"] == "query"]
    assert moved
    assert not [part for item in plain["recommendations"] for part in item["score_parts"] if part["name"] == "query"]


def test_as_of_moves_the_dates_and_the_age(recommended: Ask) -> None:
    later = recommended(as_of="2040-01-01")
    assert later["as_of"] == "2040-01-01"
    verdicts = {item["policy"]["id"]: item for item in later["recommendations"]}
    expired = [policy.id for policy in starter() if policy.expired_on(dt.date(2040, 1, 1))]
    assert len(expired) > 20
    assert all(verdicts[name]["verdict"] == "not_eligible" and "as_of" in verdicts[name]["failed"] for name in expired)
    today = recommended(as_of=AS_OF.isoformat())
    assert today == recommended(), "without a date it is today"
    ages = {
        leaf["actual"] for i in today["recommendations"] for leaf in _leaves(i["finding"]) if leaf["field"].endswith("age_months")
    }
    assert ages == {30}, "1 May 2024 to 23 November 2026"


def test_null_means_unknown_and_changes_nothing(recommended: Ask) -> None:
    assert recommended({**FIRM, "total_assets": None}) == recommended()
    assert recommended(top=None, query=None, as_of=None) == recommended()


def test_more_facts_never_turn_a_verdict_round(recommended: Ask) -> None:
    few = {item["policy"]["id"]: item["verdict"] for item in recommended({"subject_type": "enterprise"})["recommendations"]}
    many = {item["policy"]["id"]: item["verdict"] for item in recommended()["recommendations"]}
    assert all(many[name] == verdict for name, verdict in few.items() if verdict != "unknown")
    assert sum(many[name] != verdict for name, verdict in few.items()) > 10


def test_check_gives_the_verdict_of_each_scheme_in_order(client: TestClient) -> None:
    young = {"all": [{"field": "age", "op": "<=", "value": 35}, {"field": "other", "op": "==", "value": "在库项目"}]}
    schemes = [
        {"name": "青年", "conditions": young},
        {"name": "老年", "conditions": {"field": "age", "op": ">=", "value": 60}},
        {"name": "本区", "conditions": {"any": [{"field": "hukou_region", "op": "within_region", "value": "310110"}]}},
        {"name": "人人", "conditions": {"all": []}},
    ]
    answer = client.post("/api/v1/check", json={"profile": {"birth_date": "1996-11-24"}, "schemes": schemes})
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert [set(one) for one in found] == [{"scheme", "verdict", "missing", "failed", "to_confirm", "finding"}] * 4
    got = [(one["scheme"], one["verdict"], one["missing"], one["failed"], len(one["to_confirm"])) for one in found]
    assert got == [
        ("青年", "eligible", [], [], 1),
        ("老年", "not_eligible", [], ["age"], 0),
        ("本区", "unknown", ["hukou_region"], [], 0),
        ("人人", "eligible", [], [], 0),
    ]
    assert found[1]["finding"]["actual"] == 29, "the birthday is tomorrow"


def test_check_takes_catalogue_entries_with_their_dates(client: TestClient) -> None:
    entry = client.get("/api/v1/policies/n-cit-small-low-profit").json()
    entry = {name: value for name, value in entry.items() if name not in ("requirements", "benefit")}
    verdicts = []
    for day in (AS_OF.isoformat(), "2028-01-01"):
        profile = {"subject_type": "individual"} if day == "2028-01-01" else {"subject_type": "enterprise"}
        found = client.post("/api/v1/check", json={"profile": profile, "schemes": [entry], "as_of": day}).json()[0]
        assert found["scheme"] == "n-cit-small-low-profit"
        verdicts.append((found["verdict"], "as_of" in found["failed"]))
    assert verdicts == [("unknown", False), ("not_eligible", True)]


def test_policies_lists_the_catalogue_and_filters_it(client: TestClient) -> None:
    whole = client.get("/api/v1/policies").json()
    catalogue = starter()
    assert set(whole) == {"catalogue_version", "count", "policies"}
    assert whole["catalogue_version"] == catalogue.version
    assert [one["id"] for one in whole["policies"]] == [policy.id for policy in catalogue]
    assert whole["count"] == len(catalogue)
    one = next(policy for policy in catalogue if policy.level == "district" and policy.audience == "individual")
    params = {"level": one.level, "audience": one.audience, "instrument": one.instrument}
    some = client.get("/api/v1/policies", params=params).json()
    wanted = [p.id for p in catalogue if (p.level, p.audience, p.instrument) == (one.level, one.audience, one.instrument)]
    assert 0 < len(wanted) < len([p for p in catalogue if p.level == one.level])
    assert [one["id"] for one in some["policies"]] == wanted
    assert some["count"] == len(wanted)


def test_one_policy_in_exchange_form_with_words(client: TestClient) -> None:
    from policies.codec import policy_from_json

    for policy in starter():
        answer = client.get(f"/api/v1/policies/{policy.id}")
        assert answer.status_code == 200
        found = answer.json()
        words = {name: found.pop(name) for name in ("requirements", "benefit")}
        assert policy_from_json(found) == policy
        assert words["benefit"]["text"]["zh"]
        assert set(words["requirements"]) & {"all", "any", "text"}


def test_fields_describe_every_field_of_a_profile(client: TestClient) -> None:
    fields = client.get("/api/v1/fields").json()["fields"]
    assert [field["name"] for field in fields] == list(vocabulary().fields)
    for field in fields:
        assert {"name", "subject", "type", "unit", "section"} <= set(field)
        assert field["label"]["zh"]
        assert field["question"]["en"]
    education = next(field for field in fields if field["name"] == "education")
    assert "bachelor" in str(education)


def test_health_names_the_catalogue(client: TestClient) -> None:
    assert client.get("/api/v1/health").json() == {
        "status": "ok",
        "catalogue_version": starter().version,
        "policies": len(starter()),
    }


def test_another_catalogue_is_served_where_the_settings_say_so(tmp_path: Any) -> None:
    from api.app import create_app
    from api.settings import Settings

    path = tmp_path / "two.jsonl"
    path.write_text("".join(starter().to_jsonl().splitlines(keepends=True)[:2]), encoding="utf-8")
    other: FastAPI = create_app(Settings(catalogue=str(path)), today=lambda: AS_OF)
    health = TestClient(other).get("/api/v1/health").json()
    assert health["policies"] == 2
    assert health["catalogue_version"].startswith("two-")
