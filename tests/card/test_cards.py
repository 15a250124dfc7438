"""Cards: made for who stands in the register, locked behind a PIN, and naming nobody."""

import json
import stat
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result
from cryptography import x509

from mynumber.card import folder as card_folder
from mynumber.cli.main import main
from mynumber.codes.permit import portal as portals
from mynumber.exchange import signing_in
from mynumber.exchange.setup import Party, set_test_town
from mynumber.pki import citizens
from mynumber.pki.identity import BadCertificate
from mynumber.plumbing import canonical, database
from mynumber.portal import setup as portal
from mynumber.register import setup as register
from mynumber.register.citizens import cards
from mynumber.register.store import SCHEMA
from tests.register.people import persons, plain, registered
from tests.register.seals import seals_of

NONCE = bytes(range(16))


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with a register that knows two persons, a portal, and a file about each person."""
    register.init(tmp_path / "register", party("register", 4001))
    portal.init(tmp_path / "portal", party("portal", 4002), portal.Public(port=4003))
    folder = tmp_path / "register"
    store = database.Store(database.store_url("data.db", folder), SCHEMA.metadata, SCHEMA.version)
    numbers = registered(store, seals_of(folder), 2)
    store.close()
    for place, (number, person) in enumerate(zip(numbers, persons(2), strict=True)):
        members = msgspec.to_builtins(plain(person)) | {"number": number.digits()}
        (tmp_path / f"person-{place}.json").write_text(json.dumps(members), encoding="utf-8")
    return tmp_path


def party(role: str, port: int) -> Party:
    return Party(role=role, id=role, organisation=f"org-{role}", network="demo", port=port)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


def new(place: Path, person: int = 0, name: str = "card", *more: str) -> Result:
    about = str(place / f"person-{person}.json")
    where = ["--register", str(place / "register" / "config.toml"), "--dir", str(place / name)]
    return run("card", "new", *where, "--person", about, *more)


def test_a_card_is_made_by_the_registers_clock_also_where_a_file_moves_it(place: Path) -> None:
    assert new(place).exit_code == 0
    (place / "moved").write_text("864000", encoding="ascii")
    set_test_town(place / "register" / "config.toml", faults={}, clock_file=place / "moved")
    assert new(place, 1, "later").exit_code == 0
    made = [x509.load_der_x509_certificate(card_folder.load(place / name).certificate) for name in ("card", "later")]
    apart = made[1].not_valid_after_utc - made[0].not_valid_after_utc
    assert apart.days in (9, 10)


def test_a_card_signs_what_the_register_can_verify(place: Path) -> None:
    assert new(place).exit_code == 0
    done = run("card", "sign-in", "--card", str(place / "card"), "--nonce", canonical.b64(NONCE), "--json")
    made = signing_in.read(json.loads(done.output)["text"])
    root = cards.Authority.of(place / "register", "demo").root
    holder = citizens.holder_of(
        made.certificate,
        root,
        now=int(x509.load_der_x509_certificate(made.certificate).not_valid_before_utc.timestamp()) + 7200,
    )
    citizens.check_signature(holder.public_key, made.signature, portals.sign_in_input("demo", "portal", NONCE))
    assert made.nonce == NONCE
    other = portals.sign_in_input("demo", "another-portal", NONCE)
    with pytest.raises(BadCertificate):
        citizens.check_signature(holder.public_key, made.signature, other)


def test_the_text_is_one_line_and_stands_alone_on_standard_output(place: Path) -> None:
    new(place)
    done = CliRunner().invoke(main, ["card", "sign-in", "--card", str(place / "card"), "--nonce", canonical.b64(NONCE)])
    assert done.stdout.count("\n") == 1
    assert signing_in.read(done.stdout).nonce == NONCE
    assert "PIN" not in done.stdout


def test_a_wrong_pin_opens_nothing_and_is_not_repeated(place: Path) -> None:
    new(place, 0, "card", "--pin", "4821")
    for wrong in ("0000", "", "48210"):
        done = run("card", "sign-in", "--card", str(place / "card"), "--nonce", canonical.b64(NONCE), "--pin", wrong)
        assert (done.exit_code, done.stdout) == (1, "")
        assert "WRONG_PIN" in done.stderr
        assert not wrong or wrong not in done.stderr
    done = run("card", "sign-in", "--card", str(place / "card"), "--nonce", canonical.b64(NONCE), "--pin", "4821")
    assert done.exit_code == 0


def test_without_a_pin_the_command_says_where_it_looked(place: Path) -> None:
    new(place)
    (place / "card" / "pins.toml").unlink()
    done = run("card", "sign-in", "--card", str(place / "card"), "--nonce", canonical.b64(NONCE))
    assert done.exit_code == 2
    assert "--pin" in done.stderr


def test_nothing_in_a_card_tells_who_it_is_of(place: Path) -> None:
    new(place)
    person = json.loads((place / "person-0.json").read_text(encoding="utf-8"))
    needles = [str(person[name]).encode() for name in ("number", "name", "kana", "address")]
    files = [path for path in (place / "card").iterdir() if path.is_file()]
    assert len(files) == 5
    data = b"".join(path.read_bytes() for path in files)
    assert not any(needle in data for needle in needles)
    planted = data + (place / "person-0.json").read_bytes()
    assert needles[0] in planted
    for name in (card_folder.KEY, card_folder.PINS):
        assert stat.S_IMODE((place / "card" / name).stat().st_mode) == 0o600


@pytest.mark.parametrize("changed", [{"birth": "1988-02-28"}, {"address": "elsewhere"}, {"number": "123456789018"}])
def test_who_is_not_in_the_register_like_this_gets_no_card(place: Path, changed: dict[str, str]) -> None:
    path = place / "person-0.json"
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | changed), encoding="utf-8")
    done = new(place)
    assert done.exit_code == 1
    assert "NO_MATCH" in done.stderr
    assert not (place / "card").exists()
    assert not any(value in done.stderr for value in changed.values())


def test_a_bad_file_is_named_and_not_repeated(place: Path) -> None:
    (place / "person-0.json").write_text('{"number": "1", "name": "Secret Name"}', encoding="utf-8")
    done = new(place)
    assert done.exit_code == 1
    assert "Secret" not in done.stderr


def test_a_card_is_made_once(place: Path) -> None:
    assert new(place).exit_code == 0
    kept = (place / "card" / "card.key").read_bytes()
    assert new(place).exit_code == 1
    assert (place / "card" / "card.key").read_bytes() == kept


def test_every_byte_of_a_card_has_a_purpose_and_anything_else_is_found(place: Path) -> None:
    new(place)
    folder = place / "card"
    done = run("card", "inspect", "--card", str(folder), "--json")
    shown = json.loads(done.output)
    assert (done.exit_code, shown["strange"]) == (0, [])
    assert {one["name"]: one["bytes"] for one in shown["files"]} == {
        path.name: path.stat().st_size for path in folder.iterdir()
    }
    assert all(one["holds"] and one["purpose"] for one in shown["files"])
    (folder / "more").mkdir()
    (folder / "more" / "pension.json").write_text("{}", encoding="ascii")
    done = run("card", "inspect", "--card", str(folder), "--json")
    assert (done.exit_code, json.loads(done.output)["strange"]) == (1, ["more/pension.json"])
    assert run("card", "inspect", "--card", str(place)).exit_code == 2
