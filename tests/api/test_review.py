"""The review pages as HTML: only where a queue is set, decisions only from this site, everything escaped and linked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from api.pages.marked import MAX_SHOWN, Numbered, pieces, window
from api.pages.review import ROWS, catalogue_beside
from policies.catalogue import load_catalogue
from policies.queue import Draft, ReviewQueue
from tests.api.conftest import AS_OF, TestClient, create_app
from tests.api.conftest import Settings as MadeSettings
from tests.api.test_pages import HOSTILE, LANGUAGES, _check_addresses, _page
from tests.policies.drafts import CHANGED, LATER, NOW, named, read
from tests.policies.sample import TEXT

OWN = {"origin": "http://testserver", "sec-fetch-site": "same-origin"}


@pytest.fixture
def queue(tmp_path: Path) -> ReviewQueue:
    made = ReviewQueue(tmp_path / "q.sqlite")
    read(made, tmp_path)
    return made


@pytest.fixture
def reviewing(queue: ReviewQueue, tmp_path: Path) -> Iterator[TestClient]:
    app = create_app(MadeSettings(review_queue=tmp_path / "q.sqlite"), today=lambda: AS_OF)
    with TestClient(app, raise_server_exceptions=False, cookies={}) as found:
        yield found


def _decide(client: TestClient, draft: Draft, decision: str = "accepted", headers: dict[str, str] | None = None, **more: str):
    sent = OWN if headers is None else headers
    return client.post(f"/review/{draft.id}", data={"decision": decision, **more}, headers=sent, follow_redirects=False)


@pytest.mark.parametrize("path", ["/review", "/review/d-1"])
def test_without_the_setting_there_are_no_such_pages(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404
    assert client.post(path, data={"decision": "accepted"}, headers=OWN).status_code == 404
    assert "/review" not in client.get("/").text


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_list(reviewing: TestClient, queue: ReviewQueue, language: str) -> None:
    page = _page(reviewing.get("/review", headers={"cookie": f"language={language}"}))
    _check_addresses(page)
    assert page.one("html").get("lang").startswith(language)
    links = [a.get("href") for a in page.all("a") if any(e.get("class") == "list" for e in a.within())]
    assert links == [f"/review/{draft.id}" for draft in queue.drafts()]
    assert ("可核" if language == "zh" else "modelled") in page.one("main").text
    for state in ("open", "changed", "accepted", "rejected", "gone", "all", "unheard-of"):
        _check_addresses(_page(reviewing.get("/review", params={"state": state})))
    assert reviewing.get("/review?page=0").status_code == 422
    assert len(_page(reviewing.get(f"/review?page={ROWS}")).all("li")) == 0


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_leaf_and_benefit_leads_to_its_words_and_back(reviewing: TestClient, queue: ReviewQueue, language: str) -> None:
    for draft in queue.drafts():
        page = _page(reviewing.get(f"/review/{draft.id}", headers={"cookie": f"language={language}"}))
        _check_addresses(page)
        text = queue.draft(draft.id).text
        source = next(e for e in page.all("div", class_="text"))
        shown = source.text
        for back in page.all("a", class_="back"):
            shown = shown.replace(back.text, "", 1) if back.text in shown else shown
        assert len(shown) == len(text)
        numbers = page.all("a", class_="number")
        assert numbers
        quotes = [item["quote"] for item in (*_leaves(draft.content["conditions"]), *draft.content["benefits"])]
        assert len(numbers) == len(quotes)
        for link, quote in zip(numbers, quotes, strict=True):
            mark = page.by_id(link.get("href")[1:])
            assert mark.tag == "mark"
            letters = "".join(c for c in mark.text if not c.isdigit())
            assert letters.startswith("".join(c for c in quote if not c.isdigit())[:5])
            page.by_id(link.get("href").replace("#m", "i"))
        assert all(page.by_id(a.get("href")[1:]) for a in page.all("a", class_="back"))


def _leaves(node: dict) -> list[dict]:  # type: ignore[type-arg]
    if "field" in node:
        return [node]
    return [leaf for child in node.get("all") or node.get("any") or [node["not"]] for leaf in _leaves(child)]


def test_hostile_documents_are_shown_as_text(reviewing: TestClient, queue: ReviewQueue, tmp_path: Path) -> None:
    read(
        queue,
        tmp_path,
        TEXT.replace("为鼓励青年创业", HOSTILE).replace("一、一次性创业补贴", f"一、一次性{HOSTILE}补贴"),
        "hostile.txt",
    )
    for draft in queue.drafts():
        answer = reviewing.get(f"/review/{draft.id}")
        page = _page(answer)
        _check_addresses(page)
        assert not page.all("script")
        assert not page.all("img")
        assert "49" not in answer.text.split("7*7")[0][-3:]
    _check_addresses(_page(reviewing.get("/review")))


def test_accepting_publishes_beside_the_queue(reviewing: TestClient, queue: ReviewQueue, tmp_path: Path) -> None:
    draft = named(queue, "房租补贴")
    answer = _decide(reviewing, draft, note="核对无误")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/review/{draft.id}?done=accepted")
    page = _page(reviewing.get(answer.headers["location"]))
    assert "已采纳" in page.one("div", role="status").text
    assert page.one("textarea").text == "核对无误"
    catalogue = load_catalogue(catalogue_beside(tmp_path / "q.sqlite"))
    assert [policy.title.zh for policy in catalogue] == ["房租补贴"]
    assert _decide(reviewing, draft, "rejected").status_code == 303
    assert len(load_catalogue(catalogue_beside(tmp_path / "q.sqlite"))) == 0
    assert _decide(reviewing, draft, "waiting").status_code == 303
    assert queue.draft(draft.id).state == "waiting"


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example", "sec-fetch-site": "cross-site"},
        {"origin": "https://evil.example"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site", "origin": "http://testserver"},
        {"sec-fetch-site": "none"},
        {"origin": "null"},
        {"origin": "http://testserver.evil.example"},
        {"origin": "http://testserver:81"},
        {},
    ],
)
def test_another_site_cannot_press_the_buttons(reviewing: TestClient, queue: ReviewQueue, headers: dict[str, str]) -> None:
    draft = queue.drafts()[0]
    answer = _decide(reviewing, draft, headers=headers)
    assert answer.status_code == 403
    assert answer.json()["status"] == 403
    assert queue.draft(draft.id).state == "waiting"


@pytest.mark.parametrize("headers", [{"origin": "http://testserver"}, {"sec-fetch-site": "same-origin"}, OWN])
def test_the_own_site_can(reviewing: TestClient, queue: ReviewQueue, headers: dict[str, str]) -> None:
    assert _decide(reviewing, queue.drafts()[0], "rejected", headers).status_code == 303


@pytest.mark.parametrize(("decision", "note", "status"), [("perhaps", "", 422), ("", "", 422), ("accepted", "x" * 1001, 422)])
def test_wrong_decisions_are_told(reviewing: TestClient, queue: ReviewQueue, decision: str, note: str, status: int) -> None:
    draft = queue.drafts()[0]
    assert _decide(reviewing, draft, decision, note=note).status_code == status
    assert queue.draft(draft.id).state == "waiting"


def test_an_unknown_draft_and_a_missing_queue(reviewing: TestClient, tmp_path: Path) -> None:
    assert reviewing.get("/review/d-nothing").status_code == 404
    assert reviewing.post("/review/d-nothing", data={"decision": "accepted"}, headers=OWN).status_code == 404
    (tmp_path / "q.sqlite").unlink()
    answer = reviewing.get("/review")
    assert (answer.status_code, "ingest" in answer.json()["detail"]) == (404, True)
    assert not (tmp_path / "q.sqlite").exists()


def test_a_damaged_queue_is_told_without_its_inner_words(reviewing: TestClient, tmp_path: Path) -> None:
    (tmp_path / "q.sqlite").write_bytes(b"not a database at all" * 100)
    for answer in (
        reviewing.get("/review"),
        reviewing.get("/review/d-1"),
        reviewing.post("/review/d-1", data={"decision": "rejected"}, headers=OWN),
    ):
        assert answer.status_code == 500
        assert "POLICYMATCH_REVIEW_QUEUE" in answer.json()["detail"]
        assert "database" not in answer.text


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_changed_reading_stands_beside_the_confirmed_one(
    reviewing: TestClient, queue: ReviewQueue, tmp_path: Path, language: str
) -> None:
    first = named(queue, "房租补贴")
    _decide(reviewing, first)
    read(queue, tmp_path, CHANGED, now=LATER)
    beside = named(queue, "房租补贴", "changed")
    page = _page(reviewing.get(f"/review/{beside.id}", headers={"cookie": f"language={language}"}))
    assert page.all("a", href=f"/review/{first.id}")
    listed = page.one("section", class_="panel changes").text
    assert ("2万元" in listed and "3万元" in listed) if language == "zh" else "20,000" in listed
    gone = _page(reviewing.get("/review?state=gone"))
    assert "就业奖励" in gone.one("main").text
    assert queue.draft(first.id).state == "accepted"


def test_a_region_is_asked_for_where_none_was_read(reviewing: TestClient, queue: ReviewQueue, tmp_path: Path) -> None:
    text = (
        TEXT.replace("上海市杨浦区", "某单位").replace("杨浦区", "").replace("杨人社规〔2025〕3号\n", "").replace("本区", "当地")
    )
    read(queue, tmp_path, text, "nowhere.txt", NOW)
    draft = next(d for d in queue.drafts() if d.document.get("region") is None)
    assert _page(reviewing.get(f"/review/{draft.id}")).all("input", name="region")
    page = _page(_decide(reviewing, draft, note="看过"), 422)
    assert "还不能采纳" in page.one("div", role="alert").text
    assert page.one("textarea").text == "看过"
    assert _decide(reviewing, draft, region="310110").status_code == 303


def test_a_replaced_draft_has_no_buttons(reviewing: TestClient, queue: ReviewQueue, tmp_path: Path) -> None:
    first = named(queue, "房租补贴")
    read(queue, tmp_path, CHANGED, now=LATER)
    assert not _page(reviewing.get(f"/review/{first.id}")).all("form")
    assert "替代" in _page(_decide(reviewing, first), 422).one("div", role="alert").text


def _shown(text: str, *spans: tuple[int, int], begin: int = 0, end: int | None = None) -> str:
    found = pieces(text, [Numbered(n, *span) for n, span in enumerate(spans, 1)], begin, end)
    words = {
        "open": lambda p: f"<{p.number}{'!' if p.first else ''}>",
        "close": lambda p: f"</{p.number}>",
        "text": lambda p: p.text,
    }
    return "".join(words[piece.kind](piece) for piece in found)


@pytest.mark.parametrize(
    ("spans", "shown"),
    [
        ([], "abcdef"),
        ([(1, 3)], "a<1!>bc</1>def"),
        ([(0, 6), (1, 2)], "<1!>a<2!>b</2>cdef</1>"),
        ([(1, 3), (1, 3)], "a<1!><2!>bc</2></1>def"),
        ([(1, 2), (1, 4)], "a<2!><1!>b</1>cd</2>ef"),
        ([(0, 3), (2, 5)], "<1!>ab<2!>c</2></1><2>de</2>f"),
        ([(0, 2), (2, 4)], "<1!>ab</1><2!>cd</2>ef"),
        ([(0, 4), (1, 5), (2, 6)], "<1!>a<2!>b<3!>cd</3></2></1><2><3>e</3></2><3>f</3>"),
        ([(2, 2), (5, 9)], "abcdef"),
    ],
)
def test_overlapping_spans_nest(spans: list[tuple[int, int]], shown: str) -> None:
    assert _shown("abcdef", *spans) == shown


def test_only_a_part_of_a_long_document_is_shown() -> None:
    text = "x" * (MAX_SHOWN * 4)
    begin, end = window(text, [Numbered(1, 99_000, 99_010)], (100_000, 100_500))
    assert (begin, end) == (97_000, 102_500)
    assert window("short", [], (0, 5)) == (0, 5)
    begin, end = window(text, [Numbered(1, 0, 5)], (200_000, 240_000))
    assert end - begin <= MAX_SHOWN + 4_000
    assert _shown("abcdef", (0, 2), (3, 4), begin=3, end=5) == "<2!>d</2>e"
