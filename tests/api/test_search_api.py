"""Search over HTTP and on the page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.settings import Settings
from tests.search_parts import CACHE


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    app = create_app(Settings(cache=CACHE))
    app.state.service.search.get(wait=300)
    with TestClient(app) as made:
        yield made


def test_get_and_post_agree(client: TestClient) -> None:
    got = client.get("/api/v1/search", params={"text": "房租补贴", "top": 3, "level": "district"})
    posted = client.post("/api/v1/search", json={"text": "房租补贴", "top": 3, "level": "district"})
    assert got.status_code == posted.status_code == 200
    assert got.json() == posted.json()
    assert len(got.json()["hits"]) == 3
    assert {hit["summary"]["level"] for hit in got.json()["hits"]} == {"district"}


@pytest.mark.parametrize(
    "body", [{}, {"text": ""}, {"text": "  "}, {"text": 1}, {"text": "x", "top": True}, {"text": "x", "zzz": 1}, {"text": "x" * 501},
             {"text": "x", "as_of": "never"}]
)  # fmt: skip
def test_wrong_bodies_are_problems(client: TestClient, body: dict[str, object]) -> None:
    answer = client.post("/api/v1/search", json=body)
    assert answer.status_code == 422
    assert answer.headers["content-type"].startswith("application/problem+json")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_page_marks_what_was_found(client: TestClient, language: str) -> None:
    client.cookies.set("language", language)
    assert 'action="/search"' in client.get("/").text
    assert client.get("/search").status_code == 200
    page = client.post("/search", data={"text": "创业场地房租补贴"}).text
    assert '<article class="card">' in page
    assert "<mark>" in page or language == "en"
    assert client.post("/search", data={"text": "<script>alert(1)</script>"}).text.count("<script>") == 0


def test_the_page_says_that_nothing_fits(client: TestClient) -> None:
    client.cookies.set("language", "zh")
    page = client.post("/search", data={"text": "我家的猫生病了，附近哪里有宠物医院"}).text
    assert "可能没有正好合适的政策" in page
    assert 'class="reasons"' in page


def test_before_the_index_is_built_words_are_searched(tmp_path: Path) -> None:
    service = create_app(Settings(cache=tmp_path / "empty")).state.service
    service.search._thread = __import__("threading").Thread()  # a build that has not begun
    service.search._thread.start()
    answer = service.search.get().search("贷款", service.today(), top=3)
    assert answer.notice is not None
    assert "正在准备" in answer.notice.zh
    assert answer.hits
