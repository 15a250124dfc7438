"""From card to page in a real town: who asked is seen by the person it was about, and by nobody else.

The portal, the register, both operators, the keeper and two offices are processes; the citizen has a card and the
system's browser without scripts, which trusts the portal's own certificate and no other.
"""

import http.client
import json
import sqlite3
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from mynumber.card.folder import Card
from mynumber.plumbing import canonical
from mynumber.world.town.layout import Town
from tests.portal.town import SmallTown

NEVER_ASKED_ABOUT = 4


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context: BrowserContext = browser.new_context(ignore_https_errors=True, java_script_enabled=False, locale="ja")
    context.set_default_timeout(90_000)
    yield context.new_page()
    context.close()


def sign_in(page: Page, small: SmallTown, card: Card) -> None:
    """Sign in with a card, by the command that the page shows."""
    page.goto(small.url)
    page.locator("main button").click()
    command = page.locator(".command code").inner_text().replace("DIR", str(card.folder))
    done = small.mynumber(*command.split()[1:])
    assert done.returncode == 0, done.stderr
    page.locator("#text").fill(done.stdout)
    page.locator("main button").click()
    expect(page).to_have_url(f"{small.url}/ja/exchanges")


def newest(page: Page, *told: str) -> Locator:
    """Return the newest record, loading the list again until it says this: rows and outcomes come in the background."""
    row = page.get_by_role("row").nth(1)
    end = time.monotonic() + 30
    while time.monotonic() < end:
        shown = row.inner_text() if row.count() else ""
        if all(text in shown for text in told):
            break
        time.sleep(0.5)
        page.reload()
    for text in told:
        expect(row).to_contain_text(text)
    return row


def directory_of(town: Town, digest: str) -> dict[str, list[dict[str, str]]]:
    """Fetch a directory from an operator as the receipt says, with no certificate of the network."""
    where = urlsplit(f"https://127.0.0.1:{town.institution('operator-1').port}")
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # the signatures of the operators count
    connection = http.client.HTTPSConnection(where.hostname or "", where.port, context=context, timeout=20)
    connection.request("GET", f"/directory/{digest}")
    response = connection.getresponse()
    assert response.status == 200
    jws = json.loads(response.read())
    connection.close()
    payload: dict[str, list[dict[str, str]]] = json.loads(canonical.unb64(jws["payload"]))
    return payload


def check_receipt(receipt: Mapping[str, object], town: Town) -> str:
    """Do what the receipt says under how_to_check; return the outcome."""
    record, outcome = receipt["record"], receipt["outcome"]
    assert isinstance(record, dict)
    assert isinstance(outcome, dict)
    entries = directory_of(town, str(receipt["directory"]))["agencies"]
    (sign,) = (entry["sign"] for entry in entries if entry["id"] == record["to"])
    (signature,) = outcome["signatures"]
    signed = f"{signature['protected']}.{outcome['payload']}".encode()
    Ed25519PublicKey.from_public_bytes(canonical.unb64(sign)).verify(canonical.unb64(signature["signature"]), signed)
    said = json.loads(canonical.unb64(outcome["payload"]))
    assert said["permit"] == receipt["permit"] == record["permit"]
    return str(said["results"][receipt["entry"]])


def test_who_asked_is_seen_by_whom_it_was_about_with_a_receipt(page: Page, small: SmallTown) -> None:
    assert small.ask(0).state == "answered"
    sign_in(page, small, small.card(0))
    procedure, item = "児童手当・旧特例給付の支給", "年金給付関係情報（受給者・受給権者）"
    newest(page, "city-a", "pension", procedure, item, "回答あり").get_by_role("link").click()
    expect(page.locator(".steps > li.done")).to_have_count(5)
    with page.expect_download() as waiting:
        page.get_by_role("link", name="控えを保存する（JSON）").click()
    receipt = json.loads(Path(waiting.value.path()).read_text(encoding="utf-8"))
    assert check_receipt(receipt, small.town) == "ok"
    page.get_by_role("button", name="ログアウト").click()
    sign_in(page, small, small.card(NEVER_ASKED_ABOUT))
    expect(page.get_by_role("status")).to_have_text("あなたの情報のやりとりは、まだありません。")


def test_own_information_comes_from_the_office_and_stays_on_record(page: Page, small: SmallTown) -> None:
    sign_in(page, small, small.card(1))
    page.get_by_role("link", name="自分の情報").click()
    page.get_by_role("combobox", name="役所").select_option("pension")
    page.get_by_role("button", name="次へ").click()
    page.get_by_label("年金給付関係情報", exact=True).check()
    page.get_by_role("button", name="たずねる").click()
    expect(page.get_by_role("row", name="monthly_amount 60001")).to_be_visible(timeout=30_000)
    page.get_by_role("link", name="やりとりの記録").click()
    newest(page, "あなた（このサイトから）", "pension", "自分の情報の確認", "回答あり")


def test_an_office_that_holds_nothing_says_so(page: Page, small: SmallTown) -> None:
    with closing(sqlite3.connect(small.town.institution("pension").folder / "business.db")) as business, business:
        business.execute("DELETE FROM pension WHERE ref = 'p-2'")
    sign_in(page, small, small.new_card(2, "pages"))
    page.goto(f"{small.url}/en/own?office=pension")
    page.get_by_label("Pension benefit and premium information", exact=True).check()
    page.get_by_role("button", name="Ask").click()
    expect(page.get_by_role("status")).to_have_text("pension holds nothing of this kind about you.", timeout=30_000)


def test_a_text_for_an_earlier_code_does_not_sign_in(page: Page, small: SmallTown) -> None:
    sign_in(page, small, small.card(0))
    page.get_by_role("button", name="ログアウト").click()
    page.locator("main button").click()
    first = page.locator(".nonce").inner_text()
    text = small.mynumber("card", "sign-in", "--card", str(small.card(0).folder), "--nonce", first).stdout
    page.goto(small.url)
    page.locator("main button").click()
    page.locator("#text").fill(text)
    page.locator("main button").click()
    expect(page.get_by_role("alert")).to_contain_text("前に表示したログイン用コード")
