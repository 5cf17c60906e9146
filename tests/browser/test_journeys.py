"""What a newcomer does, by clicks and keys."""

from __future__ import annotations

import re
from typing import NamedTuple

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Opened

pytestmark = pytest.mark.browser

LANGUAGES = ("zh", "en")
WITHOUT_SCRIPTS = {"java_script_enabled": False}


def _fill_in_firm(page: Page) -> None:
    page.locator("#f-registered_region").fill("上海市杨浦区")
    page.locator("#f-founded_on").fill("2024-05-01")
    page.locator("#f-employees").fill("12")
    page.locator("#f-annual_revenue").fill("300万")
    page.locator("#q-certifications").get_by_label("科技型中小企业", exact=True).check()


@pytest.mark.parametrize("options", [{}, WITHOUT_SCRIPTS], ids=["scripts on", "scripts off"])
def test_a_company_finds_its_policies(opened: Opened, options: dict[str, bool]) -> None:
    page = opened("/", **options)
    page.get_by_role("link", name="我有企业或其他组织").click()
    expect(page).to_have_url(re.compile("subject=enterprise"))
    _fill_in_firm(page)
    page.get_by_role("button", name="看结果").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("匹配结果")
    before = page.locator("#eligible article").count()
    undecided = page.locator("#unknown article").count()
    assert before > 5
    assert undecided > 5
    page.locator(".next #f-industry").select_option("I65")
    page.get_by_role("button", name="更新结果").click()
    assert page.locator("#unknown article").count() < undecided, "the answer decided something"
    page.get_by_role("button", name="修改答案").click()
    expect(page.locator("#f-employees")).to_have_value("12")
    page.get_by_role("button", name="看结果").click()
    card = page.locator("#eligible article").first
    title = card.get_by_role("link").inner_text()
    card.locator("summary").click()
    expect(card.locator(".tree li").first).to_be_visible()
    card.get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    expect(page.get_by_role("heading", name="出处")).to_be_visible()


def test_a_person_finds_policies_in_english(opened: Opened) -> None:
    page = opened("/")
    page.get_by_role("link", name="English").click()
    page.get_by_role("link", name="I ask for myself").click()
    page.locator("#f-birth_date").fill("2000-02-29")
    page.locator("#f-education").select_option("bachelor")
    page.locator("#f-hukou_region").fill("上海市杨浦区")
    page.get_by_role("button", name="Show results").click()
    expect(page.locator("#eligible h2")).to_contain_text("You can apply")
    page.get_by_text("Your facts").click()
    expect(page.locator(".facts dl")).to_contain_text("26")
    page.locator("#not_eligible > details > summary").click()
    reason = page.locator("#not_eligible article .reasons li").first
    expect(reason).to_be_visible()
    page.locator("#unknown article h3 a").first.click()
    expect(page.get_by_role("heading", name="Who can apply")).to_be_visible()
    page.get_by_role("link", name="All policies").click()
    page.get_by_label("title contains").fill("loan")
    page.get_by_role("button", name="Filter").click()
    expect(page).to_have_url(re.compile("words=loan"))
    expect(page.locator(".list li").first).to_be_visible()
    assert page.locator(".list li").count() < 30
    titles = page.locator(".list li > a").all_inner_texts()
    assert all("loan" in title.lower() for title in titles), titles


def test_enter_shows_the_results_and_the_language_switch_keeps_the_answers(opened: Opened) -> None:
    page = opened("/match?subject=enterprise", **WITHOUT_SCRIPTS)
    page.locator("#f-employees").fill("12")
    page.get_by_role("button", name="English").click()
    expect(page.locator("#f-employees")).to_have_value("12")
    page.locator("#f-employees").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Results")
    page.get_by_role("button", name="中文").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("匹配结果")
    page.get_by_role("button", name="修改答案").click()
    expect(page.locator("#f-employees")).to_have_value("12")


def test_a_wrong_answer_is_said_beside_its_field(opened: Opened) -> None:
    page = opened("/match?subject=enterprise")
    _fill_in_firm(page)
    page.locator("#f-employees").fill("十二三")
    page.get_by_role("button", name="看结果").click()
    expect(page.get_by_role("alert")).to_contain_text("从业人数")
    page.get_by_role("alert").get_by_role("link").click()
    field, message = page.locator("#f-employees"), page.locator("#e-employees")
    expect(message).to_be_in_viewport()
    expect(field).to_have_attribute("aria-describedby", "e-employees")
    above, below = message.bounding_box(), field.bounding_box()
    assert above is not None
    assert below is not None
    assert 0 < below["y"] - above["y"] < 80
    expect(field).to_have_value("十二三")
    expect(page.locator("#f-annual_revenue")).to_have_value("300万")
    field.fill("12")
    page.get_by_role("button", name="看结果").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("匹配结果")


_PATHS = {
    "start": "/",
    "policies": "/policies",
    "policy": "/policies/n-cit-small-low-profit",
    "search": "/search?q=想开个小咖啡店",
    "office": "/office",
    "office overlaps": "/office/overlaps",
    "office pair": "/office/pair/m-stable-refund/n-unemp-refund",
    "office gaps": "/office/gaps",
    "office simulate": "/office/simulate?policy=m-startup-loan-pre",
    "office report": "/office/report",
}
_ALIKE = ".card:nth-of-type(n+5), .list > li:nth-child(n+12), tbody > tr:nth-child(n+15), svg > g:nth-of-type(n+30)"
"""Cards and rows beyond the first ones, which hold nothing new for the accessibility check."""
_WIDE = """[...document.querySelectorAll('body *')].filter(one => one.getBoundingClientRect().right > 361)
    .slice(0, 3).map(one => one.outerHTML.slice(0, 120))"""


def _visit(page: Page, name: str) -> None:
    """Bring the page to one of the states that are looked at."""
    page.goto(_PATHS.get(name, "/match?subject=enterprise"))
    if name in ("form", "errors", "results"):
        _open_all(page)
        page.locator("#f-registered_region").fill("上海市杨浦区")
        page.locator("#f-employees").fill("x" if name == "errors" else "12")
        page.locator("#f-founded_on").fill("2030-01-01" if name == "errors" else "2024-05-01")
    if name in ("errors", "results"):
        page.locator("form button[type=submit]").click()
        expect(page.locator("#eligible" if name == "results" else "[role=alert]")).to_be_visible()
    _open_all(page)


def _open_all(page: Page) -> None:
    """Unfold everything; of the cards of a group, all alike, the first three."""
    page.evaluate("document.querySelectorAll('details:not(.card details)').forEach(one => one.open = true)")
    page.evaluate("document.querySelectorAll('.card:nth-of-type(-n+3) details').forEach(one => one.open = true)")


STATES = (*_PATHS, "form", "errors", "results")


class Looked(NamedTuple):
    """What was seen of one page on a narrow phone."""

    width: int
    wide: list[str]
    barriers: list[tuple[str, list[str]]]


@pytest.fixture(scope="module", params=LANGUAGES)
def walk(request: pytest.FixtureRequest, browser: Browser, site: str) -> dict[str, Looked]:
    """Every page in every state, looked at on a phone of 360 pixels, with the accessibility checker's findings."""
    context = browser.new_context(base_url=site, viewport={"width": 360, "height": 740}, device_scale_factor=2)
    context.add_cookies([{"name": "language", "value": request.param, "url": site}])
    page, axe, found = context.new_page(), Axe(), {}
    for state in STATES:
        _visit(page, state)
        width = page.evaluate("document.documentElement.scrollWidth")
        wide = page.evaluate(_WIDE)
        page.evaluate("alike => document.querySelectorAll(alike).forEach(one => one.remove())", _ALIKE)
        answer = axe.run(page, options={"resultTypes": ["violations"]}).response
        assert answer["passes"], "the checker ran"
        barriers = [
            (one["id"], [f"{node['html'][:160]} | {node['failureSummary'][:200]}" for node in one["nodes"][:3]])
            for one in answer["violations"]
            if one["impact"] in ("serious", "critical")
        ]
        found[state] = Looked(width, wide, barriers)
    context.close()
    return found


def test_nothing_stands_out_of_a_narrow_phone(walk: dict[str, Looked]) -> None:
    assert {state: seen.wide for state, seen in walk.items() if seen.width > 360} == {}
    assert set(walk) == set(STATES)


def test_no_serious_barrier_on_any_page(walk: dict[str, Looked]) -> None:
    assert {state: seen.barriers for state, seen in walk.items() if seen.barriers} == {}


def test_the_keyboard_reaches_the_content(opened: Opened) -> None:
    page = opened("/")
    skip = page.locator("a.skip")
    expect(skip).not_to_be_in_viewport()
    page.keyboard.press("Tab")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("#main$"))
    page.keyboard.press("Tab")
    expect(page.get_by_role("search").get_by_role("textbox")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.locator("main a").first).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("subject=enterprise"))


@pytest.mark.parametrize("path", ["/", "/match?subject=enterprise", "/policies"])
def test_every_stop_of_the_tab_key_is_visible(opened: Opened, path: str) -> None:
    page = opened(path)
    look = """() => {
        const e = document.activeElement, s = getComputedStyle(e), b = e.getBoundingClientRect();
        return [e.tagName, s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2,
                b.width > 0 && b.right > 0];
    }"""
    stops = set()
    for _ in range(25):
        page.keyboard.press("Tab")
        tag, outlined, on_page = page.evaluate(look)
        if tag == "BODY":
            break
        assert outlined, tag
        assert on_page, tag
        stops.add(tag)
    assert "A" in stops
    assert path == "/" or stops >= {"A", "INPUT", "SELECT"}
