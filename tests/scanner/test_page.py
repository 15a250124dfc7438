"""The page of a scan in a real browser: for everybody, on every screen, by keyboard, without a script."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from mynumber.scanner.finds import Find, Location, Unread
from mynumber.scanner.judging import Confidence
from mynumber.scanner.reporting.page import page
from mynumber.scanner.reporting.summing import Summary
from tests.portal.pages.serving import browser_of
from tests.portal.pages.test_pages_access import violations
from tests.scanner.test_cli import NUMBER

LABELLED = "2 of 2 distinct values here pass the check digit, label 個人番号"
REVERSED = "400 values are My Numbers regularly converted: the digits stand in reverse order"
FINDS: list[Find | Unread] = [
    Find("人事/名簿.csv", Location(line=2, column=4), "my_number", Confidence.CERTAIN, LABELLED, NUMBER, in_table=True),
    Find(
        "人事/a.csv", Location(line=2, column=4), "converted", Confidence.CERTAIN, REVERSED, NUMBER, 400, in_table=True
    ),
    Find("a.xlsx", Location(sheet="職員", cell="B2"), "my_number", Confidence.LIKELY, LABELLED, NUMBER, in_table=True),
    Find("経理/" + "とても長い名前" * 9 + ".txt", Location(page=3), "my_number", Confidence.POSSIBLE, "", NUMBER),
    Unread("b.pdf", "no text on page 2"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = browser_of(playwright)
        yield browser
        browser.close()


def html(lang: str, results: list[Find | Unread]) -> str:
    summary = Summary()
    for one in results:
        summary.take(one)
    return page(iter(results), summary, lang, reveal=False)


@pytest.mark.parametrize("lang", ["ja", "en"])
@pytest.mark.parametrize("width", [320, 360, 1280])
@pytest.mark.parametrize("results", [FINDS, []])
def test_axe_finds_nothing_and_nothing_is_wider_than_the_screen(
    browser: Browser, lang: str, width: int, results: list[Find | Unread]
) -> None:
    shown = browser.new_page(viewport={"width": width, "height": 740})
    shown.set_default_timeout(90_000)
    shown.set_content(html(lang, results))
    assert shown.evaluate("document.documentElement.scrollWidth") <= width
    assert violations(shown) == []
    shown.evaluate("document.querySelector('main').insertAdjacentHTML('beforeend', '<img src=x>')")
    assert violations(shown) != []
    shown.close()


def test_the_keyboard_reaches_the_tables_and_leads_to_the_law(browser: Browser, tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(html("ja", FINDS), encoding="utf-8")
    context = browser.new_context(java_script_enabled=False, viewport={"width": 360, "height": 740})
    shown = context.new_page()
    shown.set_default_timeout(90_000)
    shown.goto((tmp_path / "page.html").as_uri())
    shown.keyboard.press("Tab")
    assert shown.get_by_role("region", name="検出した場所").evaluate("one => one === document.activeElement")
    shown.keyboard.press("Tab")
    shown.keyboard.press("Enter")
    assert shown.url.endswith("#my_number-shown")
    assert "番号法第2条" in shown.locator("#my_number-shown").inner_text()
    context.close()


def test_charts_by_confidence_kind_and_folder_need_no_script(browser: Browser) -> None:
    shown = browser.new_page(viewport={"width": 1280, "height": 740})
    shown.set_default_timeout(90_000)
    shown.set_content(html("en", FINDS))
    charts = shown.locator(".chart")
    told = [charts.nth(at).locator("th, td:last-child").all_inner_texts() for at in range(charts.count())]
    assert told == [
        ["certain", "2", "likely", "1", "possible", "1"],
        ["My Number, narrow meaning", "3", "Regularly transformed number", "1"],
        ["人事", "2", ".", "1", "経理", "1"],
    ]
    widths = [one.bounding_box() for one in charts.first.locator(".bar").all()]
    assert [round(one["width"] / widths[0]["width"], 1) for one in widths if one and widths[0]] == [1.0, 0.5, 0.5]
    shown.close()
