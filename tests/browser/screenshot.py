"""Save a picture of the result page: ``python -m tests.browser.screenshot OUT.png``."""

from __future__ import annotations

import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser.server import AS_OF, CHROMIUM, INSTALL, chromium, served

_SIZE = {"width": 1100, "height": 1000}


def take(out: Path) -> None:
    """Fill in the form for a software company of twelve people in Yangpu and save the top of its results."""
    with served() as site, sync_playwright() as playwright:
        browser = chromium(playwright)
        page = browser.new_page(base_url=site, viewport=_SIZE, locale="zh-CN")
        page.goto("/match?subject=enterprise")
        page.locator("#f-registered_region").fill("上海市杨浦区")
        page.locator("#f-founded_on").fill("2024-05-01")
        page.locator("#f-employees").fill("12")
        page.locator("#f-annual_revenue").fill("300万")
        page.locator("#f-industry").select_option("I65")
        page.locator("#q-certifications").get_by_label("科技型中小企业", exact=True).check()
        page.locator("#f-as_of").fill(AS_OF.isoformat())
        page.get_by_role("button", name="看结果").click()
        page.locator("#eligible article summary").first.click()
        page.screenshot(path=out)
        browser.close()


if __name__ == "__main__":
    if CHROMIUM is None:
        sys.exit(f"needs Chromium: {INSTALL}")
    if len(sys.argv) != 2:
        sys.exit("usage: python -m tests.browser.screenshot OUT.png")
    take(Path(sys.argv[1]))
