"""Signing in at the portal over its public door: what a card made, once, here, in this browser; and nothing else."""

import http.client
import json
import ssl
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from cryptography import x509

from mynumber.card import folder as card_folder
from mynumber.card import signing, visiting
from mynumber.card.folder import Card
from mynumber.card.visiting import Visit
from mynumber.codes.permit import portal as portals
from mynumber.exchange import signing_in
from mynumber.pki import citizens
from mynumber.plumbing.errors import MyNumberError
from mynumber.register.citizens.cards import Authority
from tests.portal.town import SmallTown
from tests.register.cards import forged


def pin_of(card: Card) -> str:
    return card_folder.pin_of(card, None)


def begun(small: SmallTown, person: int = 0) -> tuple[Visit, Card, bytes]:
    """Begin a sign-in in a browser of its own: (browser, card, nonce)."""
    card = small.card(person)
    visit = Visit(card)
    shown = visit.call("POST", "/api/nonce", {})
    assert isinstance(shown, dict)
    assert (shown["portal"], shown["expires_in"]) == ("portal", 120)
    return visit, card, signing_in.read_nonce(str(shown["nonce"]))


def sign_in(visit: Visit, text: str) -> object:
    return visit.call("POST", "/api/sign-in", {"text": text})


def code_of(act: Callable[[], object]) -> str:
    with pytest.raises(MyNumberError) as caught:
        act()
    return caught.value.code


def test_the_cookie_is_for_this_host_alone_and_no_script_reads_it(small: SmallTown) -> None:
    visit, card, nonce = begun(small)
    sign_in(visit, signing.sign_in(card, nonce, pin_of(card)))
    cookie = visit._cookies["__Host-session"]
    assert (cookie["secure"], cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, True, "Strict", "/")
    assert (cookie["domain"], len(cookie.value) >= 43) == ("", True)
    assert visit.call("GET", "/api/history") == {"exchanges": small.history(0)["exchanges"], "gaps": []}


def test_a_forged_signature_opens_nothing(small: SmallTown) -> None:
    visit, card, nonce = begun(small)
    other = small.card(1)
    key = card_folder.unlock(other, pin_of(other))
    signature = citizens.sign(key, portals.sign_in_input("demo", "portal", nonce))
    text = signing_in.write(nonce, card.certificate, signature)
    assert code_of(lambda: sign_in(visit, text)) == "NOT_SIGNED_IN"
    assert code_of(lambda: visit.call("GET", "/api/history")) == "SIGNED_OUT"


def test_a_card_of_another_authority_opens_nothing(small: SmallTown) -> None:
    visit, card, nonce = begun(small)
    real = x509.load_der_x509_certificate(card.certificate)
    authority = Authority.of(small.town.institution("register").folder, "demo")
    false = forged(authority, real.serial_number, int(real.not_valid_before_utc.timestamp()) + 3600)
    text = signing_in.write(nonce, false.der, false.sign(nonce))
    assert code_of(lambda: sign_in(visit, text)) == "NOT_SIGNED_IN"


def test_a_nonce_signs_in_once(small: SmallTown) -> None:
    visit, card, nonce = begun(small)
    text, kept = signing.sign_in(card, nonce, pin_of(card)), visit._cookies["__Host-nonce"].value
    sign_in(visit, text)
    visit._cookies["__Host-nonce"] = kept
    assert code_of(lambda: sign_in(visit, text)) == "NOT_SIGNED_IN"


def test_what_was_made_for_another_portal_opens_nothing_here(small: SmallTown) -> None:
    visit, card, nonce = begun(small)
    key = card_folder.unlock(card, pin_of(card))
    signature = citizens.sign(key, portals.sign_in_input("demo", "portal-2", nonce))
    assert code_of(lambda: sign_in(visit, signing_in.write(nonce, card.certificate, signature))) == "NOT_SIGNED_IN"


def test_a_text_made_for_another_browser_is_refused(small: SmallTown) -> None:
    _, card, nonce = begun(small)
    visit, _, _ = begun(small, 1)
    text = signing.sign_in(card, nonce, pin_of(card))
    assert code_of(lambda: sign_in(visit, text)) == "OTHER_NONCE"
    assert code_of(lambda: sign_in(Visit(card), text)) == "OTHER_NONCE"


def test_only_our_own_pages_change_anything(small: SmallTown, monkeypatch: pytest.MonkeyPatch) -> None:
    visit, card, nonce = begun(small)
    text = signing.sign_in(card, nonce, pin_of(card))
    for origin in ("https://evil.example", "null", small.url.replace("https", "http")):
        monkeypatch.setattr(visit, "origin", origin)
        assert code_of(lambda: sign_in(visit, text)) == "OTHER_ORIGIN"
    monkeypatch.setattr(visit, "origin", small.url)
    sign_in(visit, text)
    monkeypatch.setattr(visit, "origin", "https://evil.example")
    for path, body in (("/api/sign-out", {}), ("/api/own", {"office": "pension", "items": ["pension"]})):
        assert code_of(lambda path=path, body=body: visit.call("POST", path, body)) == "OTHER_ORIGIN"  # type: ignore[misc]
    assert visit.call("GET", "/api/offices")


def test_signed_out_is_out(small: SmallTown) -> None:
    with visiting.signed_in(small.card(0), pin_of(small.card(0))) as visit:
        key = visit._cookies["__Host-session"].value
        assert visit.call("GET", "/api/offices")
    again = Visit(small.card(0))
    again._cookies["__Host-session"] = key
    for path in ("/api/history", "/api/offices"):
        assert code_of(lambda path=path: again.call("GET", path)) == "SIGNED_OUT"  # type: ignore[misc]
    again._cookies["__Host-session"] = "A" * 43
    assert code_of(lambda: again.call("GET", "/api/history")) == "SIGNED_OUT"


def test_who_signs_in_anew_has_left_the_session_before(small: SmallTown) -> None:
    visit, card, nonce = begun(small)
    sign_in(visit, signing.sign_in(card, nonce, pin_of(card)))
    before = visit._cookies["__Host-session"].value
    nonce = signing_in.read_nonce(str(dict(visit.call("POST", "/api/nonce", {}))["nonce"]))  # type: ignore[arg-type]
    sign_in(visit, signing.sign_in(card, nonce, pin_of(card)))
    assert visit._cookies["__Host-session"].value != before
    assert visit.call("GET", "/api/offices")
    again = Visit(card)
    again._cookies["__Host-session"] = before
    assert code_of(lambda: again.call("GET", "/api/offices")) == "SIGNED_OUT"


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("/api/sign-in", {"text": "AAAA"}, "BAD_SIGN_IN"),
        ("/api/sign-in", {"text": "ä" * 10}, "BAD_SIGN_IN"),
        ("/api/sign-in", {"text": "A" * 20_000}, "BAD_SIGN_IN"),
        ("/api/sign-in", {"text": 5}, "BAD_BODY"),
        ("/api/sign-in", {}, "BAD_BODY"),
        ("/api/nonce", {"more": 1}, "BAD_BODY"),
        ("/api/own", {"office": "pension", "items": ["pension"]}, "SIGNED_OUT"),
        ("/api/nothing", {}, "NO_SUCH_ROUTE"),
    ],
)
def test_malformed_calls_are_named(small: SmallTown, path: str, body: dict[str, object], code: str) -> None:
    visit = Visit(small.card(0))
    assert code_of(lambda: visit.call("POST", path, body)) == code  # type: ignore[arg-type]
    assert visit.call("POST", "/api/sign-out", {}) == {}


def test_a_member_that_stands_twice_is_no_body(small: SmallTown) -> None:
    where = urlsplit(small.url)
    context = ssl._create_unverified_context()  # whom it speaks to is another test's matter
    for body in (b'{"text":"AAAA","text":"AAAA"}', b'{"text":"AAAA"}'):
        connection = http.client.HTTPSConnection(where.hostname or "", where.port, context=context, timeout=20)
        connection.request(
            "POST", "/api/sign-in", body, {"Content-Type": "application/json", "Origin": small.url.rstrip("/")}
        )
        code = json.loads(connection.getresponse().read())["code"]
        connection.close()
        assert code == ("BAD_BODY" if body.count(b"text") > 1 else "BAD_SIGN_IN")


def test_a_new_card_ends_the_old_one(small: SmallTown) -> None:
    old = small.new_card(2, "old")
    new = small.new_card(2, "new")
    done = small.mynumber("history", "--card", str(old.folder), "--json")
    assert (done.returncode, json.loads(done.stdout)["error"]["code"]) == (1, "NOT_SIGNED_IN")
    assert small.mynumber("history", "--card", str(new.folder), "--json").returncode == 0


def test_a_forgery_of_the_portal_is_not_spoken_to(small: SmallTown, tmp_path: Path) -> None:
    card = small.card(0)
    other = tmp_path / "card"
    other.mkdir()
    for path in card.folder.iterdir():
        (other / path.name).write_bytes(path.read_bytes())
        (other / path.name).chmod(0o600)
    (other / "portal.crt").write_bytes((small.town.institution("pension").folder / "office.crt").read_bytes())
    done = small.mynumber("history", "--card", str(other), "--json")
    assert (done.returncode, json.loads(done.stdout)["error"]["code"]) == (1, "NOT_THE_PORTAL")


def test_a_wrong_pin_never_reaches_the_portal(small: SmallTown) -> None:
    done = small.mynumber("history", "--card", str(small.card(0).folder), "--pin", "none", "--json")
    assert (done.returncode, json.loads(done.stdout)["error"]["code"]) == (1, "WRONG_PIN")


def test_nothing_of_a_session_lies_at_the_portal(small: SmallTown) -> None:
    with visiting.signed_in(small.card(0), pin_of(small.card(0))) as visit:
        visit.call("GET", "/api/history")
        key = visit._cookies["__Host-session"].value.encode()
        serial = f"{x509.load_der_x509_certificate(small.card(0).certificate).serial_number:x}".encode()
        folder = small.town.institution("portal").folder
        data = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
        register = b"".join(path.read_bytes() for path in folder.parent.rglob("register/data.db*"))
    assert len(data) > 10_000
    assert (key in data, serial in data) == (False, False)
    assert (key in data + key, serial in register) == (True, True)
