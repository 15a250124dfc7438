"""What a citizen does, in the system's Chromium without scripts, as wide as a telephone."""

import csv
import io
import json
import re
from datetime import datetime
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.portal.pages.desk import history
from tests.portal.pages.serving import Site, text_of


def sign_in(page: Page, site: Site, language: str = "ja") -> Page:
    """Sign in as a person does: read the code, run the command, paste its line."""
    page.goto(site.address(f"{language}/"))
    page.locator("main button").click()
    page.locator("#text").fill(text_of(page.locator(".nonce").inner_text()))
    page.locator("main button").click()
    expect(page).to_have_url(site.address(f"{language}/exchanges"))
    return page


@pytest.fixture
def page(plain: BrowserContext) -> Page:
    return plain.new_page()


def test_signing_in_with_the_keyboard_alone(page: Page, site: Site) -> None:
    page.goto(site.address("ja/"))
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("本文へ移動")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("ログインを始める")
    page.keyboard.press("Enter")
    expect(page.locator("#text")).to_be_visible()
    page.locator("#main").focus()
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_attribute("id", "text")
    page.keyboard.insert_text(text_of(page.locator(".nonce").inner_text()))
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("ログインする")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("あなたの情報のやりとり")


def test_what_has_the_focus_is_seen_and_lies_under_nothing(page: Page, site: Site) -> None:
    sign_in(page, site)
    for _ in range(12):
        page.keyboard.press("Tab")
        focus = page.locator(":focus")
        shown = focus.evaluate("e => [getComputedStyle(e).outlineStyle, getComputedStyle(e).outlineWidth]")
        assert shown == ["solid", "4px"]


def test_a_broken_text_is_told_where_it_was_pasted(page: Page, site: Site) -> None:
    page.goto(site.address("en/"))
    page.locator("main button").click()
    page.locator("#text").fill("not it")
    page.locator("main button").click()
    expect(page).to_have_title(re.compile("^Error: Sign in"))
    expect(page.get_by_role("alert")).to_contain_text("cut off")
    expect(page.locator("#text")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#text")).to_have_accessible_description(re.compile("cut off"))
    page.get_by_role("link", name="Go to the field for the text").click()
    page.locator("#text").fill(text_of(page.locator(".nonce").inner_text()))
    page.locator("main button").click()
    expect(page).to_have_url(site.address("en/exchanges"))


def test_the_list_says_who_asked_whom_for_what_and_what_is_missing(page: Page, site: Site) -> None:
    sign_in(page, site)
    table = page.get_by_role("table")
    expect(table.get_by_role("row")).to_have_count(7)
    first = table.get_by_role("row").nth(1)
    for text in (
        "2026年9月21日 23:13",
        "甲野市",
        "年金機構",
        "児童手当・旧特例給付の支給",
        "年金給付関係情報",
        "回答あり",
    ):
        expect(first).to_contain_text(text)
    missing = page.get_by_role("region", name="見つからない記録があります")
    expect(missing.get_by_role("listitem")).to_have_text(["乙川市が求めた記録のうち、2025年度の3番目"])
    coming = page.get_by_role("region", name="まだ届いていない記録があります")
    expect(coming.get_by_role("listitem")).to_have_text(["国税庁が求めた記録のうち、2026年度の1番目"])
    expect(page.get_by_role("heading", name="読めない記録が1件あります")).to_be_visible()
    expect(page.get_by_text("23:43まで")).to_be_visible()


def test_a_table_stays_a_table_on_a_telephone(page: Page, site: Site) -> None:
    sign_in(page, site, "en")
    assert page.get_by_role("columnheader").count() == 6
    assert page.get_by_role("rowheader").count() == 6
    assert page.get_by_role("cell").count() == 30


def test_narrowing_the_list(page: Page, site: Site) -> None:
    sign_in(page, site, "en")
    page.get_by_label("Year").select_option("2025")
    page.get_by_label("Office").select_option("Pension Service")
    page.get_by_role("button", name="Show").click()
    expect(page).to_have_url(site.address("en/exchanges?year=2025&office=pension"))
    expect(page.get_by_role("status")).to_have_text("1 of 6 records fits your choice.")
    expect(page.get_by_label("Year")).to_have_value("2025")
    page.get_by_role("link", name="日本語").click()
    expect(page.get_by_role("status")).to_have_text("6件のうち、条件に合う1件を表示しています。")
    page.get_by_role("link", name="すべての記録に戻す").click()
    expect(page.get_by_role("status")).to_have_text("6件あります。")


def test_one_exchange_step_by_step_and_its_receipt(page: Page, site: Site) -> None:
    sign_in(page, site)
    page.get_by_role("link", name="2026年9月21日 23:13").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("甲野市が年金機構に求めた情報")
    expect(page.locator(".steps > li")).to_have_count(5)
    expect(page.locator(".steps .proof dt")).to_have_text(["これを示すもの"] * 5)
    expect(page.locator(".steps .limit dt")).to_have_text(["このページでは確かめられないこと"] * 5)
    with page.expect_download() as waiting:
        page.get_by_role("link", name="控えを保存する（JSON）").click()
    receipt = json.loads(Path(waiting.value.path()).read_text(encoding="utf-8"))
    assert receipt["record"]["to"] == "pension"
    assert receipt["outcome"]["signatures"]


SHAPE = {"requested_at", "provided_at", "from", "to", "procedure", "items", "outcome", "permit"}


def download(page: Page, link: str) -> tuple[str, bytes]:
    """Save what a link gives: (name, bytes)."""
    with page.expect_download() as waiting:
        page.get_by_role("link", name=link).click()
    return waiting.value.suggested_filename, Path(waiting.value.path()).read_bytes()


def shown_rows(page: Page) -> list[list[str]]:
    """Return the cells of the list as they are read."""
    rows = page.get_by_role("table").get_by_role("row").all()[1:]
    return [[cell.inner_text() for cell in row.locator("th, td").all()] for row in rows]


@pytest.mark.parametrize(
    ("language", "links"),
    [("en", ("File for programs (JSON)", "File for spreadsheets (CSV)")), ("ja", ("JSON", "CSV"))],
)
def test_both_files_say_what_the_page_shows(page: Page, site: Site, language: str, links: tuple[str, str]) -> None:
    sign_in(page, site, language)
    page.goto(site.address(f"{language}/exchanges?office=pension"))
    rows = shown_rows(page)
    assert len(rows) == 3
    name, data = download(page, links[0])
    saved = json.loads(data)
    assert (name, set(saved)) == ("exchanges.json", {"exchanges", "gaps", "unreadable"})
    assert all(set(one) == SHAPE | {"names"} for one in saved["exchanges"])
    name, data = download(page, links[1])
    head, *table = csv.reader(io.StringIO(data.decode("utf-8-sig")))
    assert (name, len(head), len(table)) == ("exchanges.csv", 13, 3)
    for row, one, cells in zip(rows, saved["exchanges"], table, strict=True):
        names = one["names"]
        told = "".join(row)
        for text in (names["from"], names["to"], names["procedure"], *names["items"], names["outcome"]):
            assert text in told, (text, told)
        assert cells[2:8] == [one["from"], names["from"], one["to"], names["to"], one["procedure"], names["procedure"]]
        assert cells[8:10] == [";".join(one["items"]), "; ".join(names["items"])]
        assert cells[10:] == [one["outcome"], names["outcome"], one["permit"]]
        assert datetime.fromisoformat(cells[0]).timestamp() == one["requested_at"]
        assert cells[1] == "" or datetime.fromisoformat(cells[1]).timestamp() == one["provided_at"]


def test_the_list_is_saved_as_it_was_chosen(page: Page, site: Site) -> None:
    sign_in(page, site, "en")
    page.goto(site.address("en/exchanges?year=2025"))
    with page.expect_download() as waiting:
        page.get_by_role("link", name="File for spreadsheets (CSV)").click()
    assert waiting.value.suggested_filename == "exchanges.csv"
    assert len(Path(waiting.value.path()).read_bytes().splitlines()) == 3


def ask(page: Page, site: Site, *items: str) -> None:
    page.goto(site.address("en/own"))
    page.get_by_role("combobox", name="Office").select_option("City A")
    page.get_by_role("button", name="Next").click()
    for item in items:
        page.get_by_label(item).check()
    page.get_by_role("button", name="Ask").click()


def test_own_information_is_asked_for_and_shown(page: Page, site: Site) -> None:
    sign_in(page, site, "en")
    ask(page, site, "Local tax information", "Resident record information")
    expect(page.get_by_role("heading", level=1)).to_have_text("Answer of City A")
    expect(page.get_by_role("row", name="tax 121500")).to_be_visible()
    expect(page.get_by_text("The office holds nothing of this kind about you.")).to_be_visible()


@pytest.mark.parametrize(
    ("state", "told"),
    [
        ("nothing-held", "City A holds nothing of this kind about you."),
        ("not-available", "every reason looks the same"),
        ("pending", "City A has not answered yet."),
    ],
)
def test_what_an_office_does_not_show_is_said(page: Page, site: Site, state: str, told: str) -> None:
    sign_in(page, site, "en")
    site.desk.state = state  # type: ignore[assignment]
    ask(page, site, "Local tax information")
    expect(page.get_by_role("status")).to_contain_text(told)
    expect(page.get_by_role("table")).to_have_count(0)


def test_what_is_pending_is_asked_for_again_with_the_same_choice(page: Page, site: Site) -> None:
    sign_in(page, site, "en")
    site.desk.state = "pending"
    ask(page, site, "Local tax information")
    site.desk.state = "data"
    page.get_by_role("button", name="Ask again").click()
    expect(page.get_by_role("row", name="tax 121500")).to_be_visible()


def test_where_somebody_on_the_way_is_away_the_same_can_be_asked_again(page: Page, site: Site) -> None:
    sign_in(page, site, "en")
    page.goto(site.address("en/own?office=city-a"))
    page.get_by_label("Local tax information").check()
    site.desk.down = True
    page.get_by_role("button", name="Ask").click()
    expect(page.get_by_role("status")).to_contain_text("City A has not answered yet.")
    expect(page.get_by_text("it is the same request and one record")).to_be_visible()
    site.desk.down = False
    page.get_by_role("button", name="Ask again").click()
    expect(page.get_by_role("row", name="tax 121500")).to_be_visible()


def test_choosing_nothing_is_told(page: Page, site: Site) -> None:
    sign_in(page, site, "en")
    ask(page, site)
    expect(page.get_by_role("alert")).to_contain_text("Choose at least one kind of information.")
    expect(page.get_by_role("group")).to_have_accessible_description("Choose at least one kind of information.")


def test_signing_out_leaves_nothing_to_go_back_to(page: Page, site: Site) -> None:
    sign_in(page, site)
    page.get_by_role("button", name="ログアウト").click()
    expect(page.get_by_role("status")).to_contain_text("ログアウトしました")
    page.go_back()
    expect(page.get_by_role("table")).to_have_count(0)
    assert site.desk.sessions == set()


def test_an_empty_history_says_so(page: Page, site: Site) -> None:
    site.desk.shown = history()
    sign_in(page, site)
    expect(page.get_by_role("status")).to_have_text("あなたの情報のやりとりは、まだありません。")
    expect(page.get_by_text("途中に抜けている番号はありませんでした。")).to_be_visible()
