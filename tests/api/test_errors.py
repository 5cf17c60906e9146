"""Bad input: one error body, a status that says whose fault it is, and a server that lives on."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import httpx2
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.settings import Settings

RECOMMEND, CHECK = "/api/v1/recommend", "/api/v1/check"
JSON = {"content-type": "application/json"}


class Answer(NamedTuple):
    """A problem answer, its shape checked."""

    status: int
    detail: str
    errors: list[dict[str, Any]]


def _problem(answer: httpx2.Response) -> Answer:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    body = answer.json()
    assert set(body) == {"type", "title", "status", "detail", "errors"}
    assert body["status"] == answer.status_code
    assert "Traceback" not in answer.text
    return Answer(body["status"], body["detail"], body["errors"])


def _post(client: TestClient, body: bytes | str, path: str = RECOMMEND, **headers: str) -> Answer:
    content = body.encode() if isinstance(body, str) else body
    return _problem(client.post(path, content=content, headers={**JSON, **headers}))


@pytest.fixture(autouse=True)
def lives_on(client: TestClient) -> Iterator[None]:
    """After every bad request the server answers a good one."""
    yield
    assert client.post(CHECK, json={"profile": {}, "schemes": []}).json() == []


def test_the_error_body_is_pinned(client: TestClient) -> None:
    answer = client.post(RECOMMEND, json={"profile": {"employes": 12}})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == {
        "type": "about:blank",
        "title": "内容有误 / Invalid content",
        "status": 422,
        "detail": "没有“employes”这个字段，是不是 employees（从业人数）？ / "
        "there is no field 'employes'; did you mean employees?",
        "errors": [
            {
                "field": "employes",
                "value": 12,
                "message_zh": "没有“employes”这个字段，是不是 employees（从业人数）？",
                "message": "there is no field 'employes'; did you mean employees?",
                "suggestions": answer.json()["errors"][0]["suggestions"],
            }
        ],
    }
    assert answer.json()["errors"][0]["suggestions"][0] == "employees"


WRONG_PROFILES = {
    "unknown field in Chinese": ({"从业人数": 3}, "从业人数", "从业人数"),
    "text for a number": ({"employees": "twelve"}, "employees", "twelve"),
    "number in quotes": ({"employees": "12"}, "employees", "12"),
    "yes for a number": ({"employees": True}, "employees", "true"),
    "number for a yes": ({"is_listed": 1}, "is_listed", "1"),
    "text for a set": ({"certifications": "高新技术企业"}, "certifications", "高新技术企业"),
    "numbers in a set": ({"certifications": [1]}, "certifications", "[1]"),
    "object for a term": ({"gender": {"a": 1}}, "gender", "{"),
    "unknown term": ({"education": "wizard"}, "education", "wizard"),
    "empty term": ({"education": ""}, "education", '""'),
    "unknown region": ({"registered_region": "亚特兰蒂斯"}, "registered_region", "亚特兰蒂斯"),
    "region of another country's code": ({"registered_region": "999999"}, "registered_region", "999999"),
    "unknown industry": ({"industry": "Z99"}, "industry", "Z99"),
    "negative headcount": ({"employees": -1}, "employees", "-1"),
    "huge headcount": ({"employees": 10**30}, "employees", "1000000"),
    "ratio over one": ({"layoff_rate": 5}, "layoff_rate", "5"),
    "born in the future": ({"birth_date": "2026-11-24"}, "birth_date", "2026-11-24"),
    "founded in the future": ({"founded_on": "2030-01-01"}, "founded_on", "2030-01-01"),
    "born long ago": ({"birth_date": "1815-12-10"}, "birth_date", "1815"),
    "no day of the calendar": ({"birth_date": "2001-02-29"}, "birth_date", "2001-02-29"),
    "date in another form": ({"birth_date": "29.02.2000"}, "birth_date", "29.02.2000"),
    "nested profile": ({"employees": {"value": 3}}, "employees", "value"),
    "empty name": ({"": 1}, "", "''"),
}


@pytest.mark.parametrize("case", WRONG_PROFILES.values(), ids=WRONG_PROFILES.keys())
def test_a_wrong_fact_is_named_with_its_value(client: TestClient, case: tuple[dict[str, Any], str, str]) -> None:
    profile, field, shown = case
    found = _post(client, json.dumps({"profile": profile}))
    assert found.status == 422
    assert [error["field"] for error in found.errors] == [field]
    assert shown in found.errors[0]["message"]
    assert found.errors[0]["message_zh"] != found.errors[0]["message"]


def test_all_errors_come_at_once(client: TestClient) -> None:
    wrong = {"employees": -3, "birth_date": "2030-01-01", "gendr": "male", "registered_region": "310110", "is_listed": "yes"}
    found = _post(client, json.dumps({"profile": wrong}))
    assert [error["field"] for error in found.errors] == ["employees", "birth_date", "gendr", "is_listed"]
    assert found.errors[2]["suggestions"][0] == "gender"
    assert "4" in found.detail


BROKEN_JSON = {
    "comma": ('{"profile": {\n  "employees": 12,\n}}', 400, "line 3, column 1"),
    "nothing": ("", 400, "line 1, column 1"),
    "cut off": ('{"profile": {"employees": 1', 400, "line 1, column 28"),
    "single quotes": ("{'profile': {}}", 400, "line 1, column 2"),
    "NaN": ('{"profile": {"employees": NaN}}', 400, "null"),
    "Infinity": ('{"profile": {"employees": Infinity}}', 400, "null"),
    "minus Infinity": ('{"profile": {}, "top": -Infinity}', 400, "null"),
    "number out of range": ('{"profile": {"employees": 1e999}}', 400, "null"),
    "number of 5000 digits": ('{"profile": {"employees": ' + "1" * 5000 + "}}", 400, "digits"),
    "half a surrogate pair as a name": ('{"profile": {"\\ud800": 1}}', 400, "surrogate"),
    "half a surrogate pair as a value": ('{"profile": {"gender": "\\udfff"}}', 400, "surrogate"),
    "deep": ('{"profile": ' + "[" * 100_000 + "]" * 100_000 + "}", 400, "nested too deeply"),
    "less deep": ('{"profile": {"employees": ' + '{"a":' * 900 + "1" + "}" * 900 + "}}", 422, "employees"),
    "invalid UTF-8": (b'{"profile": {"gender": "\xff\xfe"}}', 400, "UTF-8"),
    "GB18030": ('{"profile": {"registered_region": "上海市杨浦区"}}'.encode("gb18030"), 400, "UTF-8"),
    "NUL": (b'{"profile": {}}\x00', 400, "line 1, column 16"),
    "list": ("[]", 422, "JSON object"),
    "text": ('"profile"', 422, "JSON object"),
    "null": ("null", 422, "JSON object"),
    "no profile": ("{}", 422, "profile"),
    "profile null": ('{"profile": null}', 422, "profile"),
    "profile a list": ('{"profile": [1]}', 422, "profile"),
    "unknown keys": ('{"profile": {}, "limit": 3, "asof": "x"}', 422, "asof, limit"),
    "top zero": ('{"profile": {}, "top": 0}', 422, "top"),
    "top a text": ('{"profile": {}, "top": "3"}', 422, "top"),
    "top true": ('{"profile": {}, "top": true}', 422, "top"),
    "top a fraction": ('{"profile": {}, "top": 1.5}', 422, "top"),
    "query a number": ('{"profile": {}, "query": 3}', 422, "query"),
    "query too long": (json.dumps({"profile": {}, "query": "租" * 501}), 422, "query"),
    "as_of a number": ('{"profile": {}, "as_of": 20261123}', 422, "as_of"),
    "as_of empty": ('{"profile": {}, "as_of": ""}', 422, "as_of"),
    "as_of words": ('{"profile": {}, "as_of": "tomorrow"}', 422, "tomorrow"),
    "as_of no day": ('{"profile": {}, "as_of": "2026-02-30"}', 422, "2026-02-30"),
    "as_of a week": ('{"profile": {}, "as_of": "2026-W48-1"}', 422, "2026-W48-1"),
    "as_of without hyphens": ('{"profile": {}, "as_of": "20261123"}', 422, "20261123"),
    "as_of far": ('{"profile": {"graduated_on": "2020-01-01"}, "as_of": "9999-12-31"}', 422, "9999-12-31"),
    "as_of early": ('{"profile": {}, "as_of": "0001-01-01"}', 422, "0001-01-01"),
    "thousands of fields": (json.dumps({"profile": {f"employes{n}": n for n in range(30_000)}}), 422, "500"),
}


@pytest.mark.parametrize("case", BROKEN_JSON.values(), ids=BROKEN_JSON.keys())
def test_a_wrong_body_is_refused(client: TestClient, case: tuple[str | bytes, int, str]) -> None:
    body, status, said = case
    found = _post(client, body)
    assert found.status == status
    assert said in found.detail
    assert " / " in found.detail, "in both languages"


def test_thousands_of_unknown_fields_are_refused_before_names_are_compared(client: TestClient) -> None:
    answer = client.post(RECOMMEND, json={"profile": {f"employes{n}": n for n in range(30_000)}})
    assert float(answer.headers["server-timing"].split("dur=")[1]) < 1500


WRONG_SCHEMES: dict[str, tuple[object, str]] = {
    "missing": (None, "schemes"),
    "a text": ("x", "schemes"),
    "not objects": ([5], "scheme 1"),
    "no conditions": ([{"name": "a"}], "scheme 1"),
    "list for a tree": ([{"name": "a", "conditions": []}], "scheme 1"),
    "unknown operator": ([{"name": "a", "conditions": {"field": "age", "op": "~", "value": 3}}], "scheme 1"),
    "value of the wrong type": ([{"name": "a", "conditions": {"field": "age", "op": "<=", "value": "x"}}], "a"),
    "unknown field": ([{"name": "a", "conditions": {"field": "agge", "op": "<=", "value": 3}}], "age"),
    "half a catalogue entry": ([{"id": "a", "title": {"zh": "甲"}}], "scheme 1"),
}


@pytest.mark.parametrize("case", WRONG_SCHEMES.values(), ids=WRONG_SCHEMES.keys())
def test_wrong_schemes_are_named(client: TestClient, case: tuple[object, str]) -> None:
    schemes, said = case
    found = _post(client, json.dumps({"profile": {}, "schemes": schemes}), CHECK)
    assert found.status == 422
    assert said in found.detail
    assert [error["field"] for error in found.errors] == ["schemes"]


def test_a_very_deep_condition_is_refused(client: TestClient) -> None:
    deep = '{"not":' * 900 + '{"field":"age","op":"<=","value":3}' + "}" * 900
    assert _post(client, '{"profile":{},"schemes":[{"name":"a","conditions":' + deep + "}]}", CHECK).status == 422


def test_a_scheme_with_an_id_only_is_named(client: TestClient) -> None:
    assert _post(client, '{"profile": {}, "schemes": [{"id": "a"}]}', CHECK).status == 422


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=a", ""])
def test_another_content_type_is_refused(client: TestClient, kind: str) -> None:
    assert _post(client, '{"profile": {}}', **{"content-type": kind}).status == 415


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "Application/JSON", "application/ld+json"])
def test_json_by_another_name_is_taken(client: TestClient, kind: str) -> None:
    assert (
        client.post(RECOMMEND, content=b'\xef\xbb\xbf{"profile": {}, "top": 1}', headers={"content-type": kind}).status_code
        == 200
    )


@pytest.mark.parametrize("path", [RECOMMEND, CHECK, "/results", "/match"])
def test_a_declared_50_mb_body_is_refused_unread(client: TestClient, path: str) -> None:
    found = _post(client, b" " * 50_000_000, path)
    assert found.status == 413
    assert f"{Settings().max_body_bytes:,}" in found.detail


@pytest.mark.parametrize(
    ("path", "kind"), [(RECOMMEND, "application/json"), ("/results", "application/x-www-form-urlencoded")], ids=["api", "page"]
)
def test_a_streamed_50_mb_body_is_refused_when_the_limit_is_passed(app: FastAPI, path: str, kind: str) -> None:
    sent = 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(800):
            sent += 65_536
            yield b"a" * 65_536

    async def send() -> httpx2.Response:
        transport = httpx2.ASGITransport(app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.post(path, content=body(), headers={"content-type": kind})

    with ThreadPoolExecutor(1) as pool:  # a thread of its own: another test's event loop may run in this one
        found = _problem(pool.submit(asyncio.run, send()).result())
    assert found.status == 413
    assert sent <= Settings().max_body_bytes + 2 * 65_536, "the rest was never asked for"


def test_a_body_just_under_the_limit_is_read(client: TestClient) -> None:
    padded = b'{"profile": {}, "top": 1}'.ljust(Settings().max_body_bytes)
    assert client.post(RECOMMEND, content=padded, headers=JSON).status_code == 200
    assert _post(client, padded + b" ").status == 413


ADDRESSES = {
    "unknown policy": ("GET", "/api/v1/policies/nothing-here", 404, "nothing-here"),
    "policy id too long": ("GET", "/api/v1/policies/" + "a" * 101, 422, "errors"),
    "hostile policy id": ("GET", "/api/v1/policies/..%2F..%2Fetc%2Fpasswd", 404, ""),
    "unknown address": ("GET", "/api/v1/nothing", 404, "/api/v1/nothing"),
    "old version": ("POST", "/api/v0/recommend", 404, "/api/v0/recommend"),
    "page that is not there": ("GET", "/nothing", 404, "/nothing"),
    "static file that is not there": ("GET", "/static/nothing.css", 404, "/static/nothing.css"),
    "out of the static folder": ("GET", "/static/%2e%2e/routes.py", 404, ""),
    "GET of recommend": ("GET", RECOMMEND, 405, "GET"),
    "DELETE of policies": ("DELETE", "/api/v1/policies", 405, "DELETE"),
    "PUT of a page": ("PUT", "/results", 405, "PUT"),
    "unknown level": ("GET", "/api/v1/policies?level=moon", 422, "moon"),
    "unknown audience": ("GET", "/api/v1/policies?audience=cats", 422, "enterprise"),
    "unknown instrument": ("GET", "/api/v1/policies?instrument=", 422, "subsidy"),
    "unknown language": ("GET", "/language/tlh", 404, "tlh"),
}


@pytest.mark.parametrize("case", ADDRESSES.values(), ids=ADDRESSES.keys())
def test_a_wrong_address_is_a_problem_too(client: TestClient, case: tuple[str, str, int, str]) -> None:
    method, path, status, said = case
    answer = client.request(method, path)
    found = _problem(answer)
    assert found.status == status
    assert said in found.detail
    assert ("allow" in answer.headers) is (status == 405)


@pytest.mark.parametrize(
    ("path", "send"),
    [(RECOMMEND, {"json": {"profile": {}}}), ("/results", {"data": {"subject_type": "enterprise"}})],
    ids=["api", "page"],
)
def test_a_crash_tells_nothing_and_is_logged(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, path: str, send: dict[str, Any]
) -> None:
    def crash(*_: object, **__: object) -> None:
        raise RuntimeError("secret /etc/policymatch")

    monkeypatch.setattr("matcher.recommend.Recommender.recommend", crash)
    with caplog.at_level(logging.ERROR, "policymatch"):
        answer = client.post(path, **send)
        page = client.post(path, **send, headers={"accept": "text/html"})
    monkeypatch.undo()
    assert _problem(answer).status == 500
    for one in (answer, page):
        assert one.status_code == 500
        assert "secret" not in one.text
        assert "RuntimeError" not in one.text
        assert one.headers["x-content-type-options"] == "nosniff"
    assert page.headers["content-type"].startswith("text/html" if path == "/results" else "application/problem+json")
    assert "secret" in caplog.text


@pytest.mark.parametrize("path", ["/nothing", "/language/tlh", "/policies?words=" + "a" * 101])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_visitor_sees_an_error_as_a_page(client: TestClient, path: str, language: str) -> None:
    headers = {"accept": "text/html,application/xhtml+xml", "cookie": f"language={language}"}
    answer = client.get(path, headers=headers)
    assert answer.status_code in (404, 422)
    assert answer.headers["content-type"].startswith("text/html")
    assert 'href="/"' in answer.text
    assert ("回到首页" in answer.text) is (language == "zh")


def test_the_interface_answers_a_browser_in_json(client: TestClient) -> None:
    assert _problem(client.get("/api/v1/nothing", headers={"accept": "text/html"})).status == 404


@pytest.mark.parametrize("path", ["/results", "/match"])
@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"broken", "multipart/form-data; boundary=a"),
        (b"x", "multipart/form-data"),
        ("&".join(f"a{n}=1" for n in range(3000)).encode(), "application/x-www-form-urlencoded"),
    ],
    ids=["no parts", "no boundary", "too many fields"],
)
def test_a_broken_form_is_a_problem(client: TestClient, path: str, body: bytes, kind: str) -> None:
    answer = client.post(path, content=body, headers={"content-type": kind})
    assert _problem(answer).status == 400


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [("OPTIONS", "/api/v1/search", "GET, POST"), ("POST", "/api/v1/health", "GET"), ("GET", "/api/v1/recommend", "POST")],
)
def test_an_unsupported_method_names_all_that_are(client: TestClient, method: str, path: str, allowed: str) -> None:
    found = client.request(method, path)
    assert (found.status_code, found.headers["allow"]) == (405, allowed)


@pytest.mark.parametrize("name", ["level", "instrument", "department", "group", "as_of"])
def test_a_filter_too_long_is_refused(client: TestClient, name: str) -> None:
    found = client.post("/api/v1/search", json={"text": "贷款", name: "x" * 101})
    assert found.status_code == 422
    assert found.json()["errors"][0]["field"] == name
