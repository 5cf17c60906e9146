"""One server and one browser for all journeys; every request of a page is watched."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.server import CHROMIUM, INSTALL, chromium, served

Opened = Callable[..., Page]


@pytest.fixture(scope="session")
def site() -> Iterator[str]:
    """The address of the running server."""
    with served() as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The browser, closed after its module, as it keeps an event loop running.

    Without Chromium the tests are skipped with the command that installs it.
    """
    if CHROMIUM is None:
        pytest.skip(f"needs Chromium: {INSTALL}")
    with sync_playwright() as playwright:
        found = chromium(playwright)
        yield found
        found.close()


@pytest.fixture
def opened(browser: Browser, site: str) -> Iterator[Opened]:
    """Open a page of the site in a fresh context; no request may leave this machine and nothing may fail."""
    contexts: list[Any] = []
    faults: list[str] = []

    def watch(request: Any) -> None:
        if urlsplit(request.url).hostname != "127.0.0.1":
            faults.append(f"request to {request.url}")

    def answered(response: Any) -> None:
        if response.status >= 400 and response.status != 422:
            faults.append(f"{response.status} {response.url}")

    def open_page(path: str = "/", language: str = "zh", **options: Any) -> Page:
        context = browser.new_context(base_url=site, reduced_motion="reduce", **options)
        context.set_default_timeout(10_000)
        contexts.append(context)
        context.add_cookies([{"name": "language", "value": language, "url": site}])
        context.on("request", watch)
        context.on("response", answered)
        page = context.new_page()
        page.on("console", lambda message: faults.append(message.text) if "Security" in message.text else None)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not faults, faults
