"""Every page for everybody: axe-core finds nothing in either language, and nothing is wider than the screen."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.portal.pages.serving import Site
from tests.portal.pages.test_pages_flows import sign_in

AXE = Path(__file__).resolve().parents[3] / ".venv" / "axe" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
PATHS = (
    "exchanges",
    "exchanges/x0.0",
    "exchanges/x2.0",
    "exchanges/x3.0",
    "exchanges/x5.0",
    "own",
    "own?office=city-a",
)
WIDTHS = (360, 1280)
# A page at 200 or 400 % is a page on a screen of half or a quarter the width; 767 and 768 lie beside the break.
ENLARGED = (320, 640, 767, 768)


@pytest.fixture
def scripted(browser: Browser) -> Iterator[BrowserContext]:
    """A browser in which axe can run; the pages have no script of their own."""
    context = browser.new_context(ignore_https_errors=True)
    context.set_default_timeout(90_000)
    yield context
    context.close()


def violations(page: Page) -> list[str]:
    """Return what axe finds on the page that is shown."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    asked = json.dumps({"runOnly": {"type": "tag", "values": RULES}})
    found = page.evaluate(f"() => axe.run(document, {asked})")
    return [f"{one['id']}: {node['html']}" for one in found["violations"] for node in one["nodes"]]


def wider_than_screen(page: Page) -> int:
    """Return by how many pixels the page is wider than its window."""
    return int(page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth"))


def check(page: Page) -> None:
    """Fail if the page shuts anybody out, on a telephone or on a wide screen."""
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 740})
        assert violations(page) == [], (page.url, width)
    for width in (*WIDTHS, *ENLARGED):
        page.set_viewport_size({"width": width, "height": 740})
        assert wider_than_screen(page) <= 0, (page.url, width)
    assert page.locator("h1").count() == 1
    levels = page.evaluate("() => [...document.querySelectorAll('h1,h2,h3,h4')].map(h => +h.tagName[1])")
    first = levels.index(1)
    assert all(after - before <= 1 for before, after in zip(levels[first:], levels[first + 1 :], strict=False)), levels


@pytest.mark.parametrize("language", ["ja", "en"])
def test_no_page_shuts_anybody_out(scripted: BrowserContext, site: Site, language: str) -> None:
    page = scripted.new_page()
    for path in ("", "?why=ended", "about", "nowhere"):
        page.goto(site.address(f"{language}/{path}"))
        check(page)
    page.locator("main a").first.click()
    page.locator("main button").click()
    check(page)
    page.locator("#text").fill("not it")
    page.locator("main button").click()
    check(page)
    sign_in(page, site, language)
    for path in PATHS:
        page.goto(site.address(f"{language}/{path}"))
        check(page)


@pytest.mark.parametrize("language", ["ja", "en"])
def test_no_answer_shuts_anybody_out(scripted: BrowserContext, site: Site, language: str) -> None:
    page = sign_in(scripted.new_page(), site, language)
    for state in ("data", "nothing-held", "not-available", "pending"):
        site.desk.state = state
        page.goto(site.address(f"{language}/own?office=city-a"))
        for box in page.locator("input[type=checkbox]").all()[:2]:
            box.check()
        page.locator("fieldset + p button").click()
        check(page)
    page.goto(site.address(f"{language}/own?office=city-a"))
    page.locator("fieldset + p button").click()
    check(page)
    site.desk.down = True
    page.goto(site.address(f"{language}/exchanges"))
    check(page)


def test_what_shuts_people_out_is_found(scripted: BrowserContext, site: Site) -> None:
    page = scripted.new_page()
    page.goto(site.address("en/"))
    page.locator("main button").click()
    page.evaluate("() => document.querySelector('label').replaceWith('Text')")
    page.evaluate("() => { document.querySelector('.lead').style.color = '#bbb' }")
    found = " ".join(violations(page))
    assert "color-contrast" in found
    assert "label" in found
    page.evaluate("() => { document.querySelector('.lead').style.width = '3000px' }")
    page.evaluate("() => { document.querySelector('.lead').style.maxWidth = 'none' }")
    assert wider_than_screen(page) > 0
