"""A browser for each file, and a site of its own for each test."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, expect, sync_playwright

from tests.portal.pages.desk import Desk
from tests.portal.pages.serving import Site, browser_of, serving

# A busy machine is no failure.
expect.set_options(timeout=30_000)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The system's Chromium; while it is open no other loop can run in this thread, so it ends with the file."""
    with sync_playwright() as playwright:
        browser = browser_of(playwright)
        yield browser
        browser.close()


@pytest.fixture
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The pages over a desk that holds every sort of record."""
    with serving(tmp_path_factory.mktemp("portal"), Desk()) as site:
        yield site


@pytest.fixture
def plain(browser: Browser) -> Iterator[BrowserContext]:
    """A browser without scripts, as wide as a telephone."""
    context = browser.new_context(
        ignore_https_errors=True, java_script_enabled=False, viewport={"width": 360, "height": 740}, locale="ja"
    )
    context.set_default_timeout(90_000)
    yield context
    context.close()
