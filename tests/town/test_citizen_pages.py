"""The pages of a served portal, in a town with its real story: both languages, as wide as a telephone, for everybody.

MYNUMBER_SHOTS names a folder in which each page is left as a picture, for who wants to look.
"""

import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from mynumber.portal.config import Language
from mynumber.world.story.stage import Entry, Stage, until
from tests.portal.pages import test_pages_access as access
from tests.portal.pages.serving import browser_of
from tests.portal.pages.test_pages_town import check_receipt
from tests.town.citizens import Citizen
from tests.town.conftest import Served
from tests.town.trouble import ITEM, SECONDS

SHAPE = {"requested_at", "provided_at", "from", "to", "procedure", "items", "outcome", "permit", "names"}
OWN = {"ja": "年金給付関係情報", "en": "Pension benefit and premium information"}
SHOW = {"ja": "表示する", "en": "Show"}
ASK, NEXT, SAVE = (
    {"ja": "たずねる", "en": "Ask"},
    {"ja": "次へ", "en": "Next"},
    {"ja": "控えを", "en": "Save the receipt"},
)


@dataclass(frozen=True)
class Window:
    """A citizen's browser window, on a telephone."""

    page: Page
    served: Served
    language: Language

    def go(self, path: str) -> None:
        """Open a page of the portal in this window's language."""
        port = self.served.town.institution("portal").public_port
        self.page.goto(f"https://127.0.0.1:{port}/{self.language}/{path}")

    def look(self, name: str) -> None:
        """See that the page shuts nobody out; leave a picture of it."""
        access.check(self.page)
        self.page.set_viewport_size({"width": 360, "height": 740})
        if shots := os.environ.get("MYNUMBER_SHOTS"):
            self.page.screenshot(path=Path(shots) / f"{self.language}-{name}.png", full_page=True)

    def saved(self, part: str) -> bytes:
        """Save what a link of the page gives."""
        with self.page.expect_download() as waiting:
            self.page.get_by_role("link", name=part).click()
        return Path(waiting.value.path()).read_bytes()

    def sign_in(self, name: str) -> None:
        """Sign in with a card, by the command that the page shows."""
        self.go("")
        self.look("sign-in")
        self.page.locator("main button").click()
        command = self.page.locator(".command code").inner_text().replace("DIR", str(self.served.town.cards / name))
        argv = [sys.executable, "-P", "-m", "mynumber", *command.split()[1:]]
        done = subprocess.run(argv, capture_output=True, text=True, check=True, timeout=60)
        self.page.locator("#text").fill(done.stdout)
        self.page.locator("main button").click()
        expect(self.page.get_by_role("table")).to_be_visible()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = browser_of(playwright)
        yield browser
        browser.close()


@pytest.fixture(params=["ja", "en"])
def window(browser: Browser, served: Served, request: pytest.FixtureRequest) -> Iterator[Window]:
    """A window in which axe can run; the pages have no script of their own."""
    context = browser.new_context(
        ignore_https_errors=True, viewport={"width": 360, "height": 740}, locale=request.param
    )
    context.set_default_timeout(90_000)
    yield Window(context.new_page(), served, request.param)
    context.close()


def compare(window: Window) -> list[dict[str, object]]:
    """See that both files say what the list shows, row by row; return the exchanges of the JSON file."""
    rows = [row.inner_text() for row in window.page.get_by_role("table").get_by_role("row").all()[1:]]
    exchanges = json.loads(window.saved("JSON"))["exchanges"]
    _, *table = csv.reader(io.StringIO(window.saved("CSV").decode("utf-8-sig")))
    assert len(exchanges) == len(table) >= len(rows) > 0
    for row, one, cells in zip(rows, exchanges, table, strict=False):
        names = one["names"]
        assert set(one) == SHAPE
        asker = names["from"] if one["from"] != "portal" else ""
        for text in (asker, names["to"], names["procedure"], *names["items"], names["outcome"]):
            assert text in row
        assert cells[2:8] == [one["from"], names["from"], one["to"], names["to"], one["procedure"], names["procedure"]]
        # A permit that begins like a formula has an apostrophe before it, as the file promises.
        permit = cells[12].removeprefix("'")
        assert (cells[8], cells[10], permit) == (";".join(one["items"]), one["outcome"], one["permit"])
        assert datetime.fromisoformat(cells[0]).timestamp() == one["requested_at"]
    found: list[dict[str, object]] = exchanges
    return found


def ask_about(stage: Stage) -> str:
    """Let city-a ask about the recipient, wait until she sees the outcome, and return the permit."""
    case = stage.open_case("hanako", "link-107", [stage.cast.recipient], "for her page")
    permit = stage.ask(case, "pension", [Entry(stage.cast.recipient, (ITEM,))]).permit
    her = Citizen(stage, "recipient")
    until(
        lambda: (permit, "ok") in [(one["permit"], one["outcome"]) for one in her.history()],
        seconds=SECONDS,
        what="the exchange on her page",
    )
    her.sign_out()
    return permit


def test_what_happened_is_read_chosen_saved_and_explained(window: Window) -> None:
    permit = ask_about(window.served.stage)
    window.sign_in("recipient")
    window.look("list")
    everything = compare(window)
    window.page.locator("select[name=office]").select_option("pension")
    year = window.page.locator("select[name=year] option").nth(1).get_attribute("value")
    window.page.locator("select[name=year]").select_option(year)
    window.page.locator("form button", has_text=SHOW[window.language]).click()
    window.look("chosen")
    chosen = compare(window)
    assert 0 < len(chosen) < len(everything)
    assert chosen == [one for one in everything if "pension" in (one["from"], one["to"])]
    place = [one["permit"] for one in chosen].index(permit)
    window.page.get_by_role("table").get_by_role("row").nth(place + 1).get_by_role("link").click()
    expect(window.page.locator(".steps > li.done")).to_have_count(5)
    window.look("one")
    receipt = json.loads(window.saved(SAVE[window.language]))
    assert receipt["permit"] == permit
    assert check_receipt(receipt, window.served.town) == "ok"


def test_her_own_information_is_shown(window: Window) -> None:
    window.sign_in("recipient")
    window.go("own")
    window.page.locator("select[name=office]").select_option("pension")
    window.page.get_by_role("button", name=NEXT[window.language]).click()
    window.look("own")
    window.page.get_by_label(OWN[window.language], exact=True).check()
    window.page.get_by_role("button", name=ASK[window.language], exact=True).click()
    expect(window.page.get_by_role("table").first).to_be_visible()
    window.look("answer")
    window.go("about")
    window.look("about")
