"""What protects the pages: headers, cookies, forms that are ours, sessions that end, errors that say what to do."""

import http.client
import json
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as member
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urlsplit

import pytest

from mynumber.plumbing.canonical import b64
from tests.portal.pages.desk import Asked, history
from tests.portal.pages.serving import DIRECTORY, NOW, Site, text_of

HTML = {"Content-Type": "application/x-www-form-urlencoded"}
PAGES = ("exchanges", "exchanges/x0.0", "exchanges.json", "exchanges.csv", "exchanges/x0.0/receipt.json", "own")


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: http.client.HTTPMessage
    text: str

    def hidden(self, name: str) -> str:
        """Return the value of a hidden field."""
        found = re.search(rf'name="{name}" value="([^"]*)"', self.text)
        assert found is not None, name
        return found[1]


@dataclass
class Visitor:
    """A browser without a window, that can also lie."""

    site: Site
    cookies: SimpleCookie = member(default_factory=SimpleCookie)

    def ask(
        self, path: str, fields: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Send a request, keep the cookies of the answer, follow nothing."""
        where = urlsplit(self.site.url)
        context = ssl.create_default_context(cafile=str(self.site.certificate))
        connection = http.client.HTTPSConnection(where.hostname or "", where.port, context=context, timeout=20)
        kept = "; ".join(f"{name}={cookie.value}" for name, cookie in self.cookies.items() if cookie.value)
        sent = {**({"Cookie": kept} if kept else {}), **(HTML if fields is not None else {}), **(headers or {})}
        body = None if fields is None else urlencode(fields)
        connection.request("GET" if fields is None else "POST", f"/{path}", body, sent)
        response = connection.getresponse()
        answer = Answer(response.status, response.headers, response.read().decode("utf-8-sig"))
        connection.close()
        for header in answer.headers.get_all("Set-Cookie", []):
            self.cookies.load(header)
        return answer

    def begin(self, language: str = "en") -> Answer:
        """Begin to sign in."""
        return self.ask(f"{language}/begin", {"form": self.ask(f"{language}/").hidden("form")})

    def sign_in(self, language: str = "en", **lies: str) -> Answer:
        """Sign in; `lies` replace fields of the form."""
        page = self.begin(language)
        nonce = page.hidden("nonce")
        fields = {"form": page.hidden("form"), "seal": page.hidden("seal"), "nonce": nonce, "text": text_of(nonce)}
        return self.ask(f"{language}/sign-in", {**fields, **lies})


@pytest.fixture
def visitor(site: Site) -> Visitor:
    return Visitor(site)


@pytest.fixture
def inside(visitor: Visitor) -> Visitor:
    answer = visitor.sign_in()
    assert (answer.status, answer.headers["Location"]) == (303, "/en/exchanges")
    return visitor


# Headers and cookies.


@pytest.mark.parametrize("path", ["", "en/", "ja/about", "ja/nowhere", *(f"en/{path}" for path in PAGES)])
@pytest.mark.parametrize("signed_in", [False, True])
def test_every_answer_carries_the_headers(site: Site, path: str, signed_in: bool) -> None:
    visitor = Visitor(site)
    if signed_in:
        visitor.sign_in()
    headers = visitor.ask(path).headers
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'self';")
    assert "frame-ancestors 'none'" in policy
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_cookies_are_for_this_host_only_and_for_no_script(visitor: Visitor) -> None:
    visitor.sign_in()
    assert set(visitor.cookies) == {"__Host-form", "__Host-session", "__Host-until"}
    for cookie in visitor.cookies.values():
        assert (cookie["secure"], cookie["httponly"], cookie["samesite"], cookie["path"], cookie["domain"]) == (
            *(True, True, "Strict", "/"),
            "",
        )


def test_no_page_holds_a_script_or_names_another_host(inside: Visitor) -> None:
    for path in ("en/exchanges", "ja/exchanges/x0.0", "en/own?office=city-a", "ja/about"):
        text = inside.ask(path).text
        assert not re.search(r"<script|javascript:|\son[a-z]+=|style=|https?://", text), path
        assert inside.cookies["__Host-session"].value not in text
    assert re.search(r"<script|style=", "<p style='x'>"), "the search finds what it looks for"


# Forms.


def test_a_form_without_its_token_does_nothing(inside: Visitor) -> None:
    page = inside.ask("en/own?office=city-a")
    good = {"form": page.hidden("form"), "office": "city-a", "item": "local_tax"}
    assert inside.ask("en/own", good).status == 200
    for form in ("", "x", page.hidden("form")[:-1]):
        assert inside.ask("en/own", {**good, "form": form}).status == 400
    assert inside.ask("en/own", {name: good[name] for name in ("office", "item")}).status == 400
    assert inside.ask("en/sign-out", {"form": "x"}).status == 400
    assert inside.ask("en/exchanges").status == 200, "still signed in"


@pytest.mark.parametrize("came_from", ["cross-site", "same-site", "none"])
def test_a_form_of_another_site_does_nothing(inside: Visitor, came_from: str) -> None:
    page = inside.ask("en/own?office=city-a")
    good = {"form": page.hidden("form"), "office": "city-a", "item": "local_tax"}
    assert inside.ask("en/own", good, {"Sec-Fetch-Site": "same-origin"}).status == 200
    assert inside.ask("en/own", good, {"Sec-Fetch-Site": came_from}).status == 400


def test_a_token_of_another_browser_does_nothing(site: Site) -> None:
    mine, other = Visitor(site), Visitor(site)
    stolen = other.ask("en/").hidden("form")
    assert mine.sign_in(form=stolen).status == 400


def test_a_text_is_worth_nothing_in_another_browser(site: Site) -> None:
    victim, thief = Visitor(site), Visitor(site)
    page = victim.begin()
    nonce = page.hidden("nonce")
    assert thief.sign_in(nonce=nonce, text=text_of(nonce)).status == 400
    assert thief.sign_in(nonce=nonce, seal=page.hidden("seal"), text=text_of(nonce)).status == 400
    fields = {name: page.hidden(name) for name in ("form", "nonce", "seal")}
    assert victim.ask("en/sign-in", {**fields, "text": text_of(nonce)}).status == 303


def test_a_body_that_is_no_form_or_too_long_does_nothing(inside: Visitor) -> None:
    page = inside.ask("en/own?office=city-a")
    good = {"form": page.hidden("form"), "office": "city-a", "item": "local_tax"}
    assert inside.ask("en/own", good, {"Content-Type": "text/plain"}).status == 400
    assert inside.ask("en/own", {**good, "more": "x" * 70_000}).status == 400
    assert inside.ask("en/own", good | {f"f{number}": "" for number in range(1000)}).status == 400
    assert inside.ask("en/own", good, {"Content-Length": "1"}).status == 400
    assert inside.ask("en/own", good, HTML | {"Content-Type": f"{HTML['Content-Type']}; charset=no"}).status == 200


# Sessions.


@pytest.mark.parametrize("path", PAGES)
def test_without_a_session_every_page_leads_to_the_sign_in(visitor: Visitor, path: str) -> None:
    answer = visitor.ask(f"ja/{path}")
    assert (answer.status, answer.headers["Location"]) == (303, "/ja/?why=first")
    assert "ログインしてください" in visitor.ask("ja/?why=first").text


def test_a_session_that_ended_says_so_and_its_cookie_goes(inside: Visitor) -> None:
    inside.site.desk.sessions.clear()
    answer = inside.ask("en/exchanges")
    assert (answer.status, answer.headers["Location"]) == (303, "/en/?why=ended")
    assert not inside.cookies["__Host-session"].value
    assert "Your time on this site has ended" in inside.ask("en/?why=ended").text


def test_signing_out_ends_the_session_itself(inside: Visitor) -> None:
    key = inside.cookies["__Host-session"].value
    form = inside.ask("en/exchanges").hidden("form")
    answer = inside.ask("en/sign-out", {"form": form})
    assert (answer.status, answer.headers["Location"]) == (303, "/en/?why=out")
    assert inside.site.desk.sessions == set()
    inside.cookies["__Host-session"] = key
    assert inside.ask("en/exchanges").status == 303


def test_who_signs_in_anew_is_not_signed_in_twice(visitor: Visitor) -> None:
    page = visitor.begin()
    fields = {name: page.hidden(name) for name in ("form", "nonce", "seal")}
    visitor.sign_in()
    assert visitor.ask("en/sign-in", {**fields, "text": text_of(fields["nonce"])}).status == 303
    assert visitor.site.desk.sessions == {visitor.cookies["__Host-session"].value}


@pytest.mark.parametrize(
    ("language", "told"), [("en-GB,en", "This page does not exist"), ("fr", "ページが見つかりません")]
)
@pytest.mark.parametrize("path", ["fr/", "nowhere", "api/nowhere", "style/other.css"])
def test_a_browser_gets_a_page_where_there_is_nothing_and_a_program_an_object(
    visitor: Visitor, path: str, language: str, told: str
) -> None:
    answer = visitor.ask(path, headers={"Accept": "text/html,*/*;q=0.8", "Accept-Language": language})
    assert (answer.status, answer.headers.get_content_type(), told in answer.text) == (404, "text/html", True)
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    program = visitor.ask(path, headers={"Accept": "application/json"})
    assert (program.status, json.loads(program.text)["code"]) == (404, "NO_SUCH_ROUTE")


# Signing in.


def test_who_only_looks_at_the_page_costs_the_register_nothing(visitor: Visitor) -> None:
    for _ in range(3):
        assert visitor.ask("en/").status == visitor.ask("ja/begin").status == 200
    assert visitor.ask("en/begin", {"form": "not ours"}).status == 400
    assert visitor.site.desk.nonces == []
    visitor.begin()
    assert len(visitor.site.desk.nonces) == 1


@pytest.mark.parametrize(
    ("language", "told"),
    [("en", "There are too many sign-ins at this moment"), ("ja", "ログインが一度に集中しています")],
)
def test_a_crowd_at_the_sign_in_is_told_as_such(visitor: Visitor, language: str, told: str) -> None:
    visitor.site.desk.busy = True
    answer = visitor.begin(language)
    assert (answer.status, told in answer.text) == (503, True)


def test_what_is_wrong_with_a_text_is_told_and_the_code_serves_again(visitor: Visitor) -> None:
    for text, told in (("", "field for the text is empty"), ("abc", "cut off"), ("%%%", "cut off")):
        answer = visitor.sign_in(text=text)
        assert answer.status == 400
        assert told in answer.text
        nonce = answer.hidden("nonce")
        fields = {name: answer.hidden(name) for name in ("form", "nonce", "seal")}
        assert nonce == b64(visitor.site.desk.nonces[-1]), "no other was drawn"
        assert len(visitor.site.desk.nonces) == 1
        assert nonce in re.findall(r'class="nonce">([^<]+)<', answer.text)
        assert visitor.ask("en/sign-in", {**fields, "text": text_of(nonce)}).status == 303
        visitor.cookies = SimpleCookie()


def test_a_text_for_an_earlier_code_gets_a_new_one(visitor: Visitor) -> None:
    earlier = visitor.begin().hidden("nonce")
    answer = visitor.sign_in(text=text_of(earlier))
    assert "made with an earlier code" in answer.text
    assert answer.hidden("nonce") != earlier


def test_a_used_code_gets_a_new_one(visitor: Visitor) -> None:
    page = visitor.begin("ja")
    visitor.site.desk.nonces.clear()
    fields = {name: page.hidden(name) for name in ("form", "nonce", "seal")}
    answer = visitor.ask("ja/sign-in", {**fields, "text": text_of(fields["nonce"])})
    assert answer.status == 400
    assert "鍵を確かめられませんでした" in answer.text
    assert answer.hidden("nonce") != fields["nonce"]
    assert fields["nonce"] not in answer.text


# Errors and languages.


def test_an_error_is_a_page_in_the_language_of_its_path(inside: Visitor) -> None:
    inside.site.desk.down = True
    english, japanese = inside.ask("en/exchanges"), inside.ask("ja/exchanges")
    assert (english.status, japanese.status) == (503, 503)
    assert '<html lang="en">' in english.text
    assert "Wait a minute, then try again." in english.text
    assert "もう一度お試しください" in japanese.text
    assert "PEER_DOWN" in english.text


def test_what_is_not_there_is_not_found(inside: Visitor) -> None:
    for path in ("en/exchanges/x99.0", "en/exchanges/x99.0/receipt.json", "en/nowhere", "ja/exchanges/%2e%2e%2fabout"):
        assert inside.ask(path).status == 404, path
    assert inside.ask("fr/").status == 404
    assert inside.ask("style/pages.css").status == 200
    assert inside.ask("style/..%2Fbase.html").status == 404


def test_what_the_law_refuses_names_the_article(inside: Visitor) -> None:
    form = inside.ask("en/own").hidden("form")
    answer = inside.ask("en/own", {"form": form, "office": "tax", "item": "local_tax"})
    assert answer.status == 403
    assert "My Number Act, Supplementary Provisions, Article 6(3)" in answer.text


def test_a_fault_of_ours_shows_no_more_than_a_code(inside: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = "what must not be seen"
    monkeypatch.setattr(inside.site.desk, "shown", secret)
    answer = inside.ask("en/exchanges")
    assert answer.status == 500
    assert "The fault is ours; you did nothing wrong." in answer.text
    assert "OUR_FAULT" in answer.text
    assert secret not in answer.text


@pytest.mark.parametrize(
    ("wanted", "given"),
    [
        ("", "ja"),
        ("en", "en"),
        ("en-GB,ja;q=0.5", "en"),
        ("ja-JP,en;q=0.5", "ja"),
        ("fr, en;q=0.7", "en"),
        ("fr", "ja"),
    ],
)
def test_the_first_page_is_in_the_browsers_language(visitor: Visitor, wanted: str, given: str) -> None:
    answer = visitor.ask("", headers={"Accept-Language": wanted})
    assert (answer.status, answer.headers["Location"]) == (303, f"/{given}/")


def test_the_other_language_keeps_page_and_choice(inside: Visitor) -> None:
    page = inside.ask("en/exchanges?year=2025&office=city-b")
    assert 'href="/ja/exchanges?year=2025&amp;office=city-b"' in page.text
    assert 'href="/en/exchanges/x1.0"' in inside.ask("ja/exchanges/x1.0").text


def test_what_comes_from_elsewhere_is_text_and_no_markup(inside: Visitor) -> None:
    planted = "<b>x</b>"
    inside.site.desk.shown = history(Asked(planted, planted, planted, (planted,), "pending", undisclosed=planted))
    for path in ("en/exchanges", "en/exchanges?office=%3Cb%3Ex%3C/b%3E", "ja/exchanges/x0.0"):
        text = inside.ask(path).text
        assert "&lt;b&gt;x&lt;/b&gt;" in text, "it is shown"
        assert planted not in text, path


def test_files_are_downloads(inside: Visitor) -> None:
    receipt = inside.ask("en/exchanges/x0.0/receipt.json")
    assert DIRECTORY in receipt.text
    assert json.loads(receipt.text)["made_at"] == NOW
    assert re.fullmatch(r'attachment; filename="receipt-[\w-]{12}-0\.json"', receipt.headers["Content-Disposition"])
    csv = inside.ask("ja/exchanges.csv?year=2025")
    assert csv.headers["Content-Type"].startswith("text/csv")
    assert len(csv.text.splitlines()) == 3
