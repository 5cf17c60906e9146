"""The policy office's pages, exports and JSON: they render, escape, and say what the population is."""

from __future__ import annotations

import datetime as dt
import io
import json
import re
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api import office as office_module
from api.app import create_app
from api.errors import ProblemError
from api.office import Office
from api.settings import Settings
from policies.catalogue import starter_catalogue
from tests.conftest import TODAY

pytest.importorskip("pyarrow", reason="pip install 'policymatch[office]'")
pytest.importorskip("sklearn", reason="pip install 'policymatch[office]'")
pytest.importorskip("openpyxl", reason="pip install 'policymatch[office]'")

PAGES = (
    "/office",
    "/office/overlaps",
    "/office/gaps",
    "/office/simulate",
    "/office/report",
    "/office/pair/n-hnte-15/y-hnte-award",
)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    """A server whose catalogue holds one scheme with a hostile title."""
    office_module.POPULATION_SIZE = 1_500  # type: ignore[misc]
    hostile = {
        "id": "y-hostile",
        "title": '首次创业补贴<script>alert("x")</script>',
        "level": "district",
        "region": "310110",
        "issuers": ["<b>局</b>"],
        "instrument": "grant",
        "audience": "enterprise",
        "conditions": {"all": [{"field": "employees", "op": "<=", "value": 50}, {"field": "other", "op": "==", "value": "<i>"}]},
        "benefits": [{"kind": "lump_sum", "amount_yuan": 8000}],
    }
    path: Path = tmp_path_factory.mktemp("catalogue") / "c.jsonl"
    path.write_text(starter_catalogue().to_jsonl() + json.dumps(hostile, ensure_ascii=False) + "\n", encoding="utf-8")
    return TestClient(create_app(Settings(catalogue=path), lambda: TODAY))


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_pages_render_with_the_notice(client: TestClient, path: str, language: str) -> None:
    answer = client.get(path, headers={"cookie": f"language={language}"})
    assert answer.status_code == 200
    assert ("不是真实企业" if language == "zh" else "no statistics of real firms") in answer.text
    assert "<script" not in answer.text
    assert not re.search(r"\sstyle=", answer.text)  # the content policy forbids inline styles


def test_every_drawing_has_its_table(client: TestClient) -> None:
    for path in ("/office", "/office/gaps", "/office/pair/n-hnte-15/y-hnte-award"):
        text = client.get(path).text
        assert "<svg" in text
        assert text.count("<svg") <= text.count("<table")


def test_hostile_words_are_escaped(client: TestClient) -> None:
    text = client.get("/office/pair/y-hostile/m-first-startup-subsidy").text
    assert "&lt;script&gt;" in text
    assert "<i>" not in text
    assert "<b>" not in client.get("/office/overlaps").text


def test_a_pair_of_unknown_or_equal_schemes(client: TestClient) -> None:
    assert client.get("/office/pair/nobody/y-hostile").status_code == 404
    assert client.get("/office/pair/y-hostile/y-hostile").status_code == 404


def test_a_changed_figure(client: TestClient) -> None:
    form = {"policy": "y-hostile", "all[0]": "5000", "benefit.0.amount_yuan": "1万"}
    text = client.post("/office/simulate", data=form).text
    assert "新增符合" in text
    assert "<svg" in text
    assert "10000" in text
    scenario = re.search(r"<pre>(.*?)</pre>", text, re.DOTALL)
    assert scenario
    body = scenario[1].replace("&#34;", '"')
    saved = client.post("/office/scenario.json", data={"scenario": body})
    assert saved.json()["edits"][0]["value"] == 5000
    again = client.post("/api/v1/simulate", json={"scenario": saved.json()})
    assert again.json()["changes"][0]["winners"] > 0


def test_a_condition_left_out_and_another_draft(client: TestClient) -> None:
    page = client.get("/office/simulate?policy=m-startup-loan-pre").text
    names = re.findall(r'name="(remove\.[^"]+)"', page)
    assert len(names) >= 3
    either = {"policy": "m-startup-loan-pre", **{name: "1" for name in names if name.startswith("remove.all[7]")}}
    text = client.post("/office/simulate", data=either).text
    assert "&#34;at&#34;: &#34;all[7]&#34;" in text  # both alternatives left out: the whole condition
    two = {"policy": "m-startup-loan-pre", "remove.all[1]": "1", "remove.all[3]": "1"}
    text = client.post("/office/simulate", data=two).text
    assert text.count(" checked") == 2
    scenario = re.search(r"<pre>(.*?)</pre>", text, re.DOTALL)
    assert scenario
    body = json.loads(scenario[1].replace("&#34;", '"'))
    assert [edit["remove"] for edit in body["edits"]] == [True, True]
    assert [edit["at"] for edit in body["edits"]] == ["all[3]", "all[1]"]  # the last one first
    change = client.post("/api/v1/simulate", json={"scenario": body}).json()["changes"][0]
    assert change["losers"] == 0
    same = client.post("/office/simulate", data={**two, "against": json.dumps(body)})
    assert same.status_code == 200
    assert "新增符合" in same.text
    wrong = client.post("/office/simulate", data={**two, "against": "{]"})
    assert wrong.status_code == 422
    assert 'role="alert"' in wrong.text


@pytest.mark.parametrize("form", [{"policy": "y-hostile", "all[0]": "many"}, {"policy": "y-hostile"}])
def test_a_wrong_figure_is_said(client: TestClient, form: dict) -> None:
    answer = client.post("/office/simulate", data=form)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text


@pytest.mark.parametrize("name", ["overlaps", "gaps", "matrix", "departments", "contradictions"])
def test_tables_can_be_taken_away(client: TestClient, name: str) -> None:
    from openpyxl import load_workbook

    table = client.get(f"/office/export/{name}.csv")
    assert table.content.startswith(b"\xef\xbb\xbf")
    assert "不是真实企业" in table.text.splitlines()[0]
    book = load_workbook(io.BytesIO(client.get(f"/office/export/{name}.xlsx").content))
    assert book[name].max_row > 3
    assert client.get(f"/office/export/{name}.exe").status_code == 404
    assert client.get("/office/export/passwords.csv").status_code == 404


def test_json_says_what_the_population_is(client: TestClient) -> None:
    for path in ("/api/v1/overlaps?top=2", "/api/v1/gaps"):
        body = client.get(path).json()
        assert body["population"]["kind"] == "synthetic"
        assert body["notice"]["zh"]
    assert len(client.get("/api/v1/overlaps?top=2").json()["overlaps"]) == 2


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"scenario": {"edits": []}}, 422),
        ({"scenario": {"edits": [{"policy": "nobody", "add": {}}]}}, 422),
        ({"scenario": {"edits": [{"policy": "y-hostile", "at": "all[0]", "value": 3}]}, "as_of": "soon"}, 422),
        ([], 422),
    ],
)
def test_a_wrong_simulation_is_a_problem(client: TestClient, body: object, status: int) -> None:
    answer = client.post("/api/v1/simulate", json=body)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


def office_of(settings: Settings) -> Office:
    return Office(create_app(settings, today=lambda: TODAY).state.service)


def test_the_office_counts_on_the_population_that_is_set(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("subject_type,registered_region\nenterprise,310110\nenterprise,310115\n", encoding="utf-8")
    office = office_of(Settings(population=path))
    found = office.population(TODAY)
    assert found.size == 2
    assert "合成" not in found.notice.zh
    for wrong, message in ((tmp_path / "nowhere.csv", "无法读取"), (tmp_path / "people.txt", "不认识")):
        wrong.with_suffix(".txt").write_text("x", encoding="utf-8")
        with pytest.raises(ProblemError, match=message):
            office_of(Settings(population=wrong)).population(TODAY)


def test_days_long_not_asked_for_are_dropped() -> None:
    office = office_of(Settings())
    days = [TODAY + dt.timedelta(days=number) for number in range(5)]
    for day in days:
        office._keep("x", day, lambda day=day: day)  # type: ignore[misc]
        office._keep("y", day, lambda: 0)
    assert {day for _, day in office._kept} == set(days[-3:])
    assert office._keep("x", days[-1], lambda: None) == days[-1]
