"""The pages as HTML: every one in both languages, answers kept, errors beside their field, nothing from outside."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import httpx2
import pytest
from fastapi.testclient import TestClient

from api.pages.words import GROUPS
from tests.api.conftest import AS_OF, starter

LANGUAGES = ("zh", "en")
GET_PAGES = [
    "/",
    "/match",
    "/match?subject=individual",
    "/match?subject=team",
    "/match?subject=unheard-of",
    "/policies",
    "/policies?level=district&instrument=subsidy&words=",
    "/policies?words=zzz",
    "/policies/n-cit-small-low-profit",
]
FIRM = {
    "subject_type": "enterprise",
    "registered_region": "上海市杨浦区",
    "founded_on": "2024-05-01",
    "employees": "12",
    "annual_revenue": "300万",
    "industry": "I65",
    "certifications": ["科技型中小企业"],
}
HOSTILE = "\"><script>alert(1)</script><img src=x onerror=alert(1)>'{{7*7}}"
_ADDRESSES = frozenset({"href", "src", "action", "formaction", "srcset", "poster", "data", "background", "cite"})


class Element:
    """A tag with its attributes, where it stands and the text directly below it or deeper."""

    def __init__(self, tag: str, attributes: dict[str, str], parent: Element | None, texts: list[str]) -> None:
        self.tag, self.attributes, self.parent = tag, attributes, parent
        self._texts, self._start, self._end = texts, len(texts), len(texts)

    def close(self) -> None:
        self._end = len(self._texts)

    @property
    def text(self) -> str:
        return "".join(self._texts[self._start : self._end])

    def get(self, name: str) -> str:
        return self.attributes.get(name, "")

    def within(self) -> Iterator[Element]:
        one = self.parent
        while one is not None:
            yield one
            one = one.parent


class Page(HTMLParser):
    """The elements of a page; wrong nesting and ids that occur twice are faults."""

    EMPTY = frozenset({"meta", "link", "input", "br", "img", "hr"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[Element] = []
        self._open: list[Element] = []
        self._texts: list[str] = []
        self.feed(html)
        self.close()
        assert not self._open, [element.tag for element in self._open]
        ids = [element.get("id") for element in self.elements if "id" in element.attributes]
        assert len(ids) == len(set(ids)), "an id occurs twice"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs}, self._open[-1] if self._open else None, self._texts)
        self.elements.append(element)
        if tag not in self.EMPTY:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self._open, f"</{tag}> closes nothing"
        element = self._open.pop()
        assert element.tag == tag, f"</{tag}> closes another element"
        element.close()

    def handle_data(self, data: str) -> None:
        self._texts.append(data)

    def all(self, tag: str, **attributes: str) -> list[Element]:
        wanted = {name.rstrip("_"): value for name, value in attributes.items()}
        return [e for e in self.elements if e.tag == tag and all(e.attributes.get(n) == v for n, v in wanted.items())]

    def one(self, tag: str, **attributes: str) -> Element:
        found = self.all(tag, **attributes)
        assert len(found) == 1, (tag, attributes, len(found))
        return found[0]

    def by_id(self, name: str) -> Element:
        found = [element for element in self.elements if element.get("id") == name]
        assert found, name
        return found[0]

    def fields(self, form: Element) -> dict[str, list[str]]:
        """What the form sends when nothing in it is changed."""
        sent: dict[str, list[str]] = {}
        for element in self.elements:
            if form not in element.within() or not element.get("name"):
                continue
            if element.tag == "select":
                chosen = [o.get("value") for o in self.all("option") if element in o.within() and "selected" in o.attributes]
                sent.setdefault(element.get("name"), []).extend(chosen or [""])
            elif element.get("type") not in ("radio", "checkbox") or "checked" in element.attributes:
                sent.setdefault(element.get("name"), []).append(element.get("value"))
        return sent


def _page(answer: httpx2.Response, status: int = 200) -> Page:
    assert answer.status_code == status, answer.text[:300]
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return Page(answer.text)


def _results(client: TestClient, language: str = "zh", **answers: Any) -> Page:
    return _page(client.post("/results", data={**FIRM, **answers}, headers={"cookie": f"language={language}"}))


def _group(page: Page, name: str) -> list[Element]:
    section = page.by_id(name)
    return [element for element in page.all("article") if section in element.within()]


def _check_addresses(page: Page, allowed: frozenset[str] = frozenset()) -> None:
    for element in page.elements:
        assert element.tag not in ("script", "iframe", "object", "embed", "style", "base")
        assert not [name for name in element.attributes if name.startswith("on") or name == "style"]
        for name in element.attributes.keys() & _ADDRESSES:
            address = element.get(name)
            outside = bool(address) and not (address.startswith(("/", "#")) and not address.startswith("//"))
            assert not outside or (element.tag == "a" and address in allowed), address


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", GET_PAGES)
def test_every_page_answers_in_its_language(client: TestClient, path: str, language: str) -> None:
    page = _page(client.get(path, headers={"cookie": f"language={language}"}))
    assert page.one("html").get("lang") == {"zh": "zh-CN", "en": "en"}[language]
    _check_addresses(page, frozenset({p.source.url for p in starter() if p.source and p.source.url}))
    assert page.one("h1").text.strip()
    assert page.one("main").get("id") == page.one("a", class_="skip").get("href").removeprefix("#")
    assert ("政策匹配" in page.one("title").text) is (language == "zh")
    labels = {element.get("for") for element in page.all("label")}
    for control in [*page.all("select"), *page.all("input", type="text"), *page.all("input", type="date")]:
        assert control.get("id") in labels or any(element.tag == "label" for element in control.within()), control.attributes
    for element in page.elements:
        for name in element.get("aria-describedby").split():
            page.by_id(name)
    targets = [a.get("href")[1:] for a in page.all("a") if a.get("href").startswith("#")]
    assert all(page.by_id(target) for target in targets)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_policy_has_its_page(client: TestClient, language: str) -> None:
    for policy in starter():
        page = _page(client.get(f"/policies/{policy.id}", headers={"cookie": f"language={language}"}))
        assert page.one("h1").text == policy.title.in_language(language)
        own = policy.source.url if policy.source else None
        _check_addresses(page, frozenset({own} if own else ()))
        outside = [a for a in page.all("a") if a.get("href").startswith("http")]
        assert [a.get("href") for a in outside] == ([own] if own else [])
        assert all("noreferrer" in a.get("rel") for a in outside)
        for issuer in policy.issuers:
            assert issuer in page.one("main").text
        for relation in policy.relations:
            if relation.policy in starter().by_id:
                assert page.all("a", href=f"/policies/{relation.policy}"), relation.policy


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_unknown_policy_is_a_page_with_404(client: TestClient, language: str) -> None:
    page = _page(client.get("/policies/nothing-here", headers={"cookie": f"language={language}"}), 404)
    assert "nothing-here" in page.one("h1").text


def test_the_form_asks_a_subject_only_what_can_matter(client: TestClient) -> None:
    asked = {}
    for subject in ("enterprise", "individual", "team"):
        page = _page(client.get("/match", params={"subject": subject}))
        asked[subject] = set(page.fields(page.one("form")))
        assert page.one("input", name="subject_type").get("value") == subject
        tabs = [a for a in page.all("a") if a.get("aria-current") == "page"]
        assert [tab.get("href") for tab in tabs] == [f"/match?subject={subject}"]
    assert {"registered_region", "founded_on", "employees"} <= asked["enterprise"]
    assert {"birth_date", "education", "hukou_region"} <= asked["individual"]
    assert {"market_share", "rd_staff_ratio"} <= asked["enterprise"] - asked["individual"]
    assert {"owns_local_home", "gender"} <= asked["individual"] - asked["enterprise"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_results_stand_in_three_groups_with_their_titles(client: TestClient, language: str) -> None:
    page = _results(client, language)
    cards = {name: _group(page, name) for name in GROUPS}
    for name, title in GROUPS.items():
        assert any(title.in_language(language) in h2.text for h2 in page.all("h2") if page.by_id(name) in h2.within())
        assert str(len(cards[name])) in page.one("a", href=f"#{name}").text
        assert cards[name]
    assert sum(map(len, cards.values())) == len(starter())
    _check_addresses(page)


def test_results_agree_with_the_interface(client: TestClient) -> None:
    profile = {**FIRM, "employees": 12, "annual_revenue": 3_000_000, "registered_region": "310110"}
    found = client.post("/api/v1/recommend", json={"profile": profile}).json()["recommendations"]
    page = _results(client)
    for name in GROUPS:
        section = page.by_id(name)
        links = [a.get("href") for a in page.all("a") if section in a.within() and a.get("href").startswith("/policies/")]
        assert links == [f"/policies/{one['policy']['id']}" for one in found if one["verdict"] == name]


def test_conditions_carry_their_mark_in_words(client: TestClient) -> None:
    page = _results(client)
    marks = {(mark.text, mark.get("aria-label")) for mark in page.all("span", class_="mark") if mark.get("role") == "img"}
    assert marks == {("✓", "符合"), ("✗", "不符合"), ("?", "未知"), ("!", "须确认")}
    assert any("成立时长 30 个月" in item.text for item in page.all("li")), "the value compared is shown"


def test_expired_policies_are_not_eligible_with_the_reason(client: TestClient) -> None:
    expired = {policy.id for policy in starter() if policy.expired_on(AS_OF)}
    assert expired
    page = _results(client)
    shown = {}
    for card in _group(page, "not_eligible"):
        link = next(a for a in page.all("a") if card in a.within())
        shown[link.get("href").removeprefix("/policies/")] = card
    for name in expired:
        until = starter().by_id[name].effective_to
        assert until is not None
        assert until.last_day().isoformat() in shown[name].text, name
    ended = next(iter(expired))
    assert "已到期" in _page(client.get(f"/policies/{ended}")).one("main").text


def test_the_day_asked_for_decides_what_has_expired(client: TestClient) -> None:
    late = _results(client, as_of="2040-01-01")
    expired = {policy.id for policy in starter() if policy.expired_on(dt.date(2040, 1, 1))}
    assert len(expired) > 20
    links = {a.get("href") for a in late.all("a") if late.by_id("not_eligible") in a.within()}
    assert {f"/policies/{name}" for name in expired} <= links
    assert late.all("input", type="hidden", name="as_of")[0].get("value") == "2040-01-01"


@pytest.mark.parametrize("path", ["/match", "/results"])
def test_hidden_answers_are_carried_along(client: TestClient, path: str) -> None:
    page = _results(client, query="房租", as_of="2026-12-01", received_policies="无")
    form = next(form for form in page.all("form", method="post", action=path))
    carried = page.fields(form)
    wanted = {**FIRM, "query": "房租", "as_of": "2026-12-01", "received_policies": "无"}
    if path == "/results":  # the further questions: none answered yet
        carried = {name: values for name, values in carried.items() if values != [""]}
    else:
        again = _page(client.post(path, data=carried))
        carried = {name: [v for v in values if v] for name, values in again.fields(again.one("form")).items()}
        carried = {name: values for name, values in carried.items() if values}
    got = {name: values[0] if name != "certifications" else values for name, values in carried.items() if name in wanted}
    assert {name: got.get(name) for name in wanted} == (
        wanted | ({"subject_type": got.get("subject_type")} if path == "/results" else {})
    )


def test_a_further_answer_is_added_to_the_others(client: TestClient) -> None:
    page = _results(client)
    form = next(form for form in page.all("form") if any("next" in e.get("class").split() for e in form.within()))
    before = {name: values for name, values in page.fields(form).items() if values != [""]}
    questions = [e.get("name") for e in page.all("input") if form in e.within() and e.get("type") == "radio"]
    again = _page(client.post("/results", data={**before, questions[0]: "true"}))
    following = next(form for form in again.all("form") if any("next" in e.get("class").split() for e in form.within()))
    after = {name: values for name, values in again.fields(following).items() if values != [""]}
    assert after == {**before, questions[0]: ["true"]}


def test_switching_the_subject_keeps_the_answers(client: TestClient) -> None:
    page = _results(client)
    switches = {}
    for form in page.all("form", action="/results"):
        sent = page.fields(form)
        switches.setdefault(sent["subject_type"][0], sent)
    assert set(switches) == {"enterprise", "individual", "team"}
    other = _page(client.post("/results", data=switches["individual"]))
    back = next(sent for form in other.all("form") if (sent := other.fields(form))["subject_type"] == ["enterprise"])
    assert {name: back[name] for name in ("employees", "founded_on", "certifications")} == {
        "employees": ["12"],
        "founded_on": ["2024-05-01"],
        "certifications": ["科技型中小企业"],
    }
    links = [[a.get("href") for a in p.all("a") if p.by_id("eligible") in a.within()] for p in (page, other)]
    assert links[0] != links[1]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_wrong_answer_keeps_the_others_and_is_linked_to_its_field(client: TestClient, language: str) -> None:
    answers = {**FIRM, "employees": "a dozen", "founded_on": "2030-01-01", "query": "贷款", "as_of": "2026-12-01"}
    page = _page(client.post("/results", data=answers, headers={"cookie": f"language={language}"}), 422)
    summary = page.one("div", role="alert")
    links = [a.get("href") for a in page.all("a") if summary in a.within()]
    assert sorted(links) == ["#q-employees", "#q-founded_on"]
    for link in links:
        name = link.removeprefix("#q-")
        question, control = page.by_id(f"q-{name}"), page.by_id(f"f-{name}")
        assert question in control.within()
        assert control.get("aria-invalid") == "true"
        message = page.by_id(control.get("aria-describedby"))
        assert message.text.strip()
        assert message.text.strip() in summary.text
    kept = page.fields(page.one("form"))
    assert {name: kept[name] for name in answers} == {n: v if isinstance(v, list) else [v] for n, v in answers.items()}


@pytest.mark.parametrize("path", ["/results", "/match"])
def test_a_wrong_day_is_said_beside_its_field(client: TestClient, path: str) -> None:
    page = _page(client.post(path, data={**FIRM, "as_of": "9999-12-31"}), 422)
    assert page.by_id("q-as_of") in page.by_id("e-as_of").within()
    assert page.by_id("f-as_of").get("aria-describedby") == "e-as_of"
    assert "9999-12-31" in page.by_id("e-as_of").text
    assert page.by_id("f-as_of").get("value") == AS_OF.isoformat(), "today is offered instead"
    assert page.by_id("f-employees").get("value") == "12"


def test_all_wrong_answers_come_at_once_also_those_without_a_control(client: TestClient) -> None:
    answers = {
        "subject_type": "cat",
        "employees": "-1",
        "nonsense": "1",
        "as_of": "x",
        "certifications": ["无", "科技型中小企业"],
    }
    page = _page(client.post("/results", data=answers), 422)
    summary = page.one("div", role="alert")
    links = [a.get("href") for a in page.all("a") if summary in a.within()]
    assert sorted(links) == ["#q-as_of", "#q-certifications", "#q-employees", "#q-subject_type"]
    assert all(page.by_id(link[1:]) for link in links)
    assert "nonsense" in summary.text


@pytest.mark.parametrize("name", ["query", "employees", "registered_region", "received_policies", "certifications", HOSTILE])
@pytest.mark.parametrize("path", ["/results", "/match"])
def test_hostile_answers_are_shown_as_text(client: TestClient, path: str, name: str) -> None:
    answer = client.post(path, data={**FIRM, name: HOSTILE})
    page = Page(answer.text)
    _check_addresses(page)
    assert not page.all("script")
    assert not page.all("img")
    assert "&#39;49" not in answer.text, "templates do not evaluate answers"
    if name == "query":
        assert HOSTILE in [element.get("value") for element in page.all("input", name="query")]


@pytest.mark.parametrize("path", ["/policies?words=", "/policies/", "/match?subject=", "/policies?level=", "/nothing"])
def test_hostile_addresses_are_shown_as_text(client: TestClient, path: str) -> None:
    from urllib.parse import quote

    answer = client.get(path + quote(HOSTILE, safe=""), headers={"accept": "text/html"})
    page = Page(answer.text)
    _check_addresses(page)
    assert not page.all("script")
    if "words" in path:
        assert page.one("input", name="words").get("value") == HOSTILE


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_language_is_kept_and_leads_back(client: TestClient, language: str) -> None:
    path = "/policies?level=district&words=%E5%88%9B%E4%B8%9A"
    other = next(one for one in LANGUAGES if one != language)
    page = _page(client.get(path, headers={"cookie": f"language={other}"}))
    switch = next(a for a in page.all("a") if a.get("href").startswith("/language/"))
    answer = client.get(switch.get("href"), follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"] == path
    assert all(word in answer.headers["set-cookie"].lower() for word in (f"language={language}", "httponly", "samesite=lax"))
    client.cookies.set("language", language)
    assert _page(client.get(answer.headers["location"])).one("html").get("lang").startswith(language)


@pytest.mark.parametrize(
    "back",
    [
        "//evil.example",
        "https://evil.example",
        "http:/evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
        "/\n/evil.example",
        "evil.example",
        "",
        " //evil.example",
        "/ok\r\nLocation: https://evil.example",
    ],
)
def test_the_language_switch_refuses_addresses_elsewhere(client: TestClient, back: str) -> None:
    answer = client.get("/language/en", params={"back": back}, follow_redirects=False)
    assert answer.status_code == 303
    location = answer.headers["location"]
    assert location == "/" or (location.startswith("/") and location[1:2] not in ("/", "\\", "\t", "\n"))
    assert answer.headers.get_list("location") == [location]
    assert "\n" not in location


def test_an_unknown_language_in_the_cookie_is_ignored(client: TestClient) -> None:
    assert _page(client.get("/", headers={"cookie": "language=tlh"})).one("html").get("lang") == "zh-CN"


@pytest.mark.parametrize("path", [*GET_PAGES, "/api/v1/health", "/nothing", "/static/style.css"])
def test_security_headers_stand_on_every_answer(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "same-origin"
    policy = dict(part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["form-action"] == "'self'"
    assert "script-src" not in policy


@pytest.mark.parametrize(("path", "status"), [("/results", 200), ("/match", 200), ("/results", 422)])
def test_posted_pages_are_not_stored(client: TestClient, path: str, status: int) -> None:
    answer = client.post(path, data={**FIRM, **({"employees": "x"} if status == 422 else {})})
    assert answer.status_code == status
    assert answer.headers["cache-control"] == "no-store"
    assert "cache-control" not in client.get("/").headers


def test_answers_never_stand_in_an_address(client: TestClient) -> None:
    page = _results(client, annual_revenue="7654321")
    for element in page.elements:
        for name in _ADDRESSES:
            assert "7654321" not in element.get(name)
    assert all(form.get("method") == "post" for form in page.all("form"))


def _listed(client: TestClient, **filters: str) -> list[str]:
    page = _page(client.get("/policies", params=filters))
    links = [a.get("href") for a in page.all("a") if any(e.tag == "ul" for e in a.within())]
    return [link.removeprefix("/policies/") for link in links]


def test_the_list_of_policies_is_filtered(client: TestClient) -> None:
    catalogue = starter()
    assert _listed(client) == [policy.id for policy in catalogue]
    one = next(policy for policy in catalogue if policy.level == "district")
    wanted = [p.id for p in catalogue if (p.level, p.instrument) == (one.level, one.instrument)]
    assert _listed(client, level=one.level, instrument=one.instrument) == wanted
    assert _listed(client, words="创业 贷款") == [p.id for p in catalogue if "创业" in p.title.zh and "贷款" in p.title.zh] != []
    assert _listed(client, words="LOAN") == [p.id for p in catalogue if "loan" in f"{p.title.zh} {p.title.en}".lower()] != []
    assert _listed(client, words="zzz") == []
    page = _page(client.get("/policies", params={"level": "district", "words": "创业"}))
    kept = page.fields(page.one("form"))
    assert kept == {"level": ["district"], "instrument": [""], "words": ["创业"]}
    assert "没有符合筛选" in _page(client.get("/policies", params={"words": "zzz"})).one("main").text


def test_static_files_are_served(client: TestClient) -> None:
    sheet = client.get("/static/style.css")
    assert sheet.headers["content-type"].startswith("text/css")
    assert "url(" not in sheet.text, "nothing is fetched from a style sheet"
    assert "@import" not in sheet.text
    assert client.get("/static/icon.svg").headers["content-type"].startswith("image/svg")
