"""A reviewer's way through a draft: from the number to its words, then the decision."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from api.settings import Settings
from policies.queue import ReviewQueue
from tests.browser.server import served
from tests.policies.drafts import CHANGED, LATER, NOW, named, read

pytestmark = pytest.mark.browser
SIZES = {"phone": {"width": 360, "height": 740}, "wide": {"width": 1280, "height": 800}}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("review")
    queue = ReviewQueue(made / "q.sqlite")
    read(queue, made)
    queue.decide(named(queue, "房租补贴").id, "accepted", "核对无误", NOW)
    read(queue, made, CHANGED, now=LATER)
    return made


@pytest.fixture(scope="module")
def reviewing(folder: Path) -> Iterator[str]:
    with served(Settings(review_queue=folder / "q.sqlite")) as address:
        yield address


def _opened(browser: Browser, site: str, language: str, size: str, *, scripts: bool = True) -> Page:
    context = browser.new_context(
        base_url=site,
        viewport=SIZES[size],
        java_script_enabled=scripts,
        reduced_motion="reduce",  # type: ignore[arg-type]
    )
    context.add_cookies([{"name": "language", "value": language, "url": site}])
    context.set_default_timeout(10_000)
    return context.new_page()


@pytest.mark.parametrize("size", list(SIZES))
@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_pages_fit_and_have_no_serious_barrier(
    browser: Browser, reviewing: str, folder: Path, language: str, size: str
) -> None:
    page = _opened(browser, reviewing, language, size)
    queue = ReviewQueue(folder / "q.sqlite")
    for path in ("/review", "/review?state=all", *(f"/review/{draft.id}" for draft in queue.drafts(None))):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= SIZES[size]["width"], path
        answer = Axe().run(page, options={"resultTypes": ["violations"]}).response
        assert answer["passes"]
        found = [
            (one["id"], [node["html"][:160] for node in one["nodes"][:3]])
            for one in answer["violations"]
            if one["impact"] in ("serious", "critical")
        ]
        assert found == [], path
    text, tree = page.locator(".source").bounding_box(), page.locator(".extracted").bounding_box()
    assert text is not None
    assert tree is not None
    if size == "wide":
        assert tree["x"] >= text["x"] + text["width"], "side by side"
    else:
        assert tree["y"] >= text["y"] + text["height"], "one below the other"
    page.context.close()


@pytest.mark.parametrize("size", list(SIZES))
def test_a_draft_is_read_compared_and_accepted_without_scripts(browser: Browser, reviewing: str, folder: Path, size: str) -> None:
    page = _opened(browser, reviewing, "zh", size, scripts=False)
    page.goto("/")
    page.get_by_role("link", name="审核").click()
    page.locator(".list").get_by_role("link", name="房租补贴" if size == "wide" else "一次性创业补贴").click()
    expect(page.locator(".changes li")).not_to_have_count(0)
    number = page.locator("a.number").last
    target = number.get_attribute("href")
    number.click()
    expect(page).to_have_url(re.compile(f"{target}$"))
    expect(page.locator(str(target))).to_be_in_viewport()
    page.locator(f"{target} > a.back").click()
    expect(page.locator(str(target).replace("#m", "#i"))).to_be_in_viewport()
    page.get_by_label("备注").fill("核对无误")
    page.get_by_role("button", name="采纳").click()
    expect(page.get_by_role("status")).to_contain_text("已采纳")
    assert (folder / "q-catalogue.jsonl").exists()
    page.context.close()
