"""A running network's ceremony: what may follow a hand-in, what a next version says, and what no operator signs."""

import dataclasses
import json
import runpy
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from mynumber.cli.main import main
from mynumber.codes.errors import ProtocolError
from mynumber.codes.parties import succession
from mynumber.codes.parties.directory import Directory, load_directory
from mynumber.codes.parties.succession import Changes
from mynumber.exchange.ceremony import authority, delivery, renewing, signing
from mynumber.exchange.ceremony.renewing import Epochs
from mynumber.exchange.ceremony.signing import History
from mynumber.exchange.running import own_keys
from mynumber.exchange.setup import HAND_IN, Party
from mynumber.exchange.view import anchors
from mynumber.pki import certificates
from mynumber.plumbing import canonical, keyfiles
from mynumber.plumbing.errors import Conflict, WrongUse
from mynumber.portal import setup as portal
from tests.boot.network import NETWORK, NOW, OPERATORS, PARTIES, boot, init

BEGINS = NOW + 10
TOP = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def _held(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("held")
    boot(folder)
    return folder


@pytest.fixture
def held(_held: Path, tmp_path: Path) -> Path:
    """A network after its first ceremony, to be changed by one test."""
    return Path(shutil.copytree(_held, tmp_path / "town"))


def standing(folder: Path) -> Directory:
    """Return the newest directory that every operator signed."""
    trusted = signing.believed(folder / "ceremony", anchors.load(folder / "operator-1")).anchors
    return signing.signed_directory(folder / "ceremony", trusted, now=NOW)


def history(folder: Path) -> History:
    """Return what an operator knows that stands on the newest directory."""
    last = standing(folder)
    return History(last, frozenset(party for party, _ in last.body.roles()))


def certify(folder: Path, *names: str) -> None:
    """Take hand-ins."""
    authority.certify(folder / "ceremony", NETWORK, [folder / name / HAND_IN for name in names], now=NOW)


def change(folder: Path, *handed: str, changes: Changes | None = None, known: History | None = None) -> Directory:
    """Go through a ceremony and return the directory that came of it."""
    ceremony, known = folder / "ceremony", known or history(folder)
    if handed:
        certify(folder, *handed)
    begins = known.last.body.not_before + 4320 + 10 if known.last else BEGINS
    signing.draft(ceremony, now=NOW, begins=begins, changes=changes)
    for step in OPERATORS:
        signing.commit(ceremony, folder / step)
    for step in OPERATORS:
        signing.sign(ceremony, folder / step, now=NOW, history=known)
    return standing(folder)


def test_an_office_stands_behind_the_old_ones_with_its_first_epochs(held: Path) -> None:
    before = standing(held)
    init(held, "ward", role="gateway")
    after = change(held, "ward")
    assert (after.body.version, after.body.prev) == (2, before.hash)
    assert [agency.id for agency in after.body.agencies] == ["city-a", "pension", "ward"]
    assert list(after.agency("ward").epochs) == list(after.agency("ward").records) == ["1"]
    assert after.agency("city-a").epochs["1"].k == before.agency("city-a").epochs["1"].k
    assert succession.differences(before.body, after.body) == ["ward of org-ward is new"]
    found = delivery.finish(held / "ceremony", held / "ward", now=NOW)
    assert found.hash == after.hash
    assert anchors.load(held / "ward") == anchors.load(held / "keeper")


@pytest.mark.parametrize("name", ["operator-3", "keeper-2"])
def test_nobody_but_offices_enters(held: Path, name: str) -> None:
    init(held, name)
    certify(held, name)
    with pytest.raises(WrongUse, match="only offices"):
        signing.draft(held / "ceremony", now=NOW, begins=BEGINS)


def test_a_draft_is_made_anew_until_somebody_signs(held: Path) -> None:
    ceremony, known = held / "ceremony", history(held)
    signing.draft(ceremony, now=NOW, begins=BEGINS)
    signing.commit(ceremony, held / "operator-1")
    init(held, "ward", role="gateway")
    certify(held, "ward")
    drafted = signing.draft(ceremony, now=NOW, begins=BEGINS)
    assert (drafted.version, len(drafted.agencies), signing.progress(ceremony).committed) == (2, 3, ())
    for name in OPERATORS:
        signing.commit(ceremony, held / name)
    signing.sign(ceremony, held / "operator-1", now=NOW, history=known)
    with pytest.raises(Conflict, match="drafted already"):
        signing.draft(ceremony, now=NOW, begins=BEGINS)


def test_without_the_table_saying_otherwise_it_begins_in_ten_minutes(held: Path) -> None:
    assert signing.draft(held / "ceremony", now=NOW).not_before == NOW + 600


def forgotten(known: History) -> History:
    """An operator that never accepted version 1."""
    return History(None, known.listed)


def listed_before(known: History) -> History:
    """An operator that remembers the new id from a version long ago."""
    return History(known.last, known.listed | {"ward"})


@pytest.mark.parametrize("known", [forgotten, listed_before])
def test_an_operator_signs_by_what_its_own_store_remembers(held: Path, known: Callable[[History], History]) -> None:
    init(held, "ward", role="gateway")
    with pytest.raises(ProtocolError):
        change(held, "ward", known=known(history(held)))


def test_another_directory_before_is_not_followed(held: Path) -> None:
    known = history(held)
    assert known.last is not None
    aside = History(dataclasses.replace(known.last, hash=bytes(32)), known.listed)
    with pytest.raises(ProtocolError, match="STALE_DIRECTORY"):
        change(held, known=aside)


def test_a_closed_office_stays_closed_until_it_is_opened_again(held: Path) -> None:
    closed = change(held, changes=Changes(closed=frozenset({"pension"})))
    assert succession.is_closed(closed.agency("pension"))
    assert list(closed.agency("pension").records) == ["1"]
    after = change(held)
    assert succession.is_closed(after.agency("pension"))
    again = change(held, changes=Changes(reopened=frozenset({"pension"})))
    assert list(again.agency("pension").epochs) == ["1"]
    assert succession.differences(after.body, again.body) == ["pension comes back"]


def test_who_is_named_wrongly_is_not_closed(held: Path) -> None:
    for name in ("keeper", "nobody"):
        with pytest.raises(WrongUse, match="no office"):
            signing.draft(held / "ceremony", now=NOW, begins=BEGINS, changes=Changes(closed=frozenset({name})))


def test_a_code_epoch_is_listed_then_used_and_then_the_old_one_goes(held: Path) -> None:
    both = change(held, changes=Changes(rotated=frozenset({"city-a"})))
    assert (sorted(both.agency("city-a").epochs), both.agency("city-a").epoch) == (["1", "2"], 1)
    with pytest.raises(WrongUse, match="2 code epochs"):
        signing.draft(held / "ceremony", now=NOW, begins=NOW + 9000, changes=Changes(rotated=frozenset({"city-a"})))
    who = renewing.require(held / "city-a", "codes")
    renewing.hand_in_anew(held / "city-a", who, Epochs(code=2))
    used = change(held, "city-a")
    assert (sorted(used.agency("city-a").epochs), used.agency("city-a").epoch) == (["2"], 2)


def test_a_record_epoch_is_listed_then_used_and_the_old_one_stays(held: Path) -> None:
    before = standing(held)
    both = change(held, changes=Changes(refilled=frozenset({"city-a"})))
    assert (sorted(both.agency("city-a").records), both.agency("city-a").record_epoch) == (["1", "2"], 1)
    assert succession.differences(before.body, both.body) == ["city-a has the record epochs 1, 2"]
    with pytest.raises(WrongUse, match="is to fill record epoch 2"):
        signing.draft(held / "ceremony", now=NOW, begins=NOW + 9000, changes=Changes(refilled=frozenset({"city-a"})))
    who = renewing.require(held / "city-a", "records")
    renewing.hand_in_anew(held / "city-a", who, Epochs(record=2))
    used = change(held, "city-a")
    assert (sorted(used.agency("city-a").records), used.agency("city-a").record_epoch) == (["1", "2"], 2)
    assert succession.differences(both.body, used.body) == ["city-a uses record epoch 2"]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("operator-1", "layer"),
        ("operator-2", "sign"),
        ("keeper", "release"),
        ("keeper", "sign"),
        ("register", "sign"),
        ("supervisor", "sign"),
        ("supervisor", "seal"),
        ("pension", "transport"),
        ("pension", "sign"),
    ],
)
def test_a_key_changes_with_the_word_of_its_party(held: Path, name: str, kind: str) -> None:
    before, folder = standing(held), held / name
    settled = own_keys.settled(folder, kind).read_bytes()
    renewing.renew(folder, kind)
    entry = (folder / HAND_IN / "entry.json").read_bytes()
    renewing.renew(folder, kind)
    assert (folder / HAND_IN / "entry.json").read_bytes() == entry
    after = change(held, name)
    word = {"sign": "signing"}.get(kind, kind)
    assert succession.differences(before.body, after.body) == [f"{name} changes its {word} key"]
    assert own_keys.settled(folder, kind).read_bytes() == settled
    assert own_keys.held(folder, kind)[0] == settled
    own_keys.replace(folder, kind)
    assert own_keys.held(folder, kind) != (settled,)
    assert len(own_keys.held(folder, kind)) == 1


def test_a_portal_changes_its_keys_as_an_office_does(held: Path) -> None:
    party = Party(role="portal", id="portal", organisation="org-portal", network=NETWORK, port=4003)
    portal.init(held / "portal", party, portal.Public(port=4004, host="127.0.0.1"))
    before = change(held, "portal")
    for kind in ("transport", "sign"):
        renewing.renew(held / "portal", kind)
    after = change(held, "portal")
    said = ["portal changes its signing key", "portal changes its transport key"]
    assert succession.differences(before.body, after.body) == said
    assert after.agency("portal").portal


def test_another_keeper_takes_the_place_and_none_comes_back(held: Path) -> None:
    before = standing(held)
    init(held, "keeper-2")
    with pytest.raises(WrongUse, match="no keeper keeper-2 has handed in"):
        signing.draft(held / "ceremony", now=NOW, begins=BEGINS, changes=Changes(keeper="keeper-2"))
    after = change(held, "keeper-2", changes=Changes(keeper="keeper-2"))
    assert (after.body.keeper.id, after.role_of("keeper")) == ("keeper-2", None)
    said = ["keeper-2 of org-keeper-2 is new", "keeper-2 keeps the records in the place of keeper"]
    assert succession.differences(before.body, after.body) == said
    # The one of before has handed in for ever, and is not drafted again unless somebody wants it; then nobody signs.
    assert change(held).body.keeper.id == "keeper-2"
    listed = frozenset({"keeper", "keeper-2", *(party for party, _ in after.body.roles())})
    with pytest.raises((ProtocolError, WrongUse)):
        change(held, changes=Changes(keeper="keeper"), known=History(standing(held), listed))


def test_a_hand_in_that_the_old_key_does_not_vouch_for_is_refused(held: Path, tmp_path: Path) -> None:
    renewing.renew(held / "pension", "transport")
    path = held / "pension" / HAND_IN / "entry.json"
    value = json.loads(path.read_bytes())
    impostor = init(tmp_path / "elsewhere", "pension")
    stranger = json.loads((impostor / HAND_IN / "entry.json").read_bytes())
    # The greater serial of the true one, with keys of another: nobody who holds the old key said so.
    path.write_text(json.dumps({**stranger, "serial": value["serial"]}, sort_keys=True, separators=(",", ":")))
    with pytest.raises(Conflict, match="does not follow"):
        certify(held, "pension")


def test_a_certificate_changes_without_a_directory(held: Path) -> None:
    folder = held / "keeper"
    old = (folder / "node.crt").read_bytes()
    renewing.renew(folder, "certificate")
    next_key = certificates.load_key(own_keys.following(folder, "node").read_bytes())
    certify(held, "keeper")
    delivery.finish(held / "ceremony", folder, now=NOW)
    assert (folder / "node.crt").read_bytes() != old
    key = certificates.load_key(keyfiles.read_secret(own_keys.settled(folder, "node")))
    shown = certificates.load_certificate((folder / "node.crt").read_bytes())
    assert key.public_key() == next_key.public_key() == shown.public_key()
    assert not own_keys.following(folder, "node").exists()
    delivery.finish(held / "ceremony", folder, now=NOW)


@pytest.mark.parametrize(("name", "kind"), [("register", "layer"), ("city-a", "layer"), ("operator-1", "seal")])
def test_what_a_role_cannot_change_is_said(held: Path, name: str, kind: str) -> None:
    done = CliRunner().invoke(main, ["join", "rotate", kind, "--dir", str(held / name)])
    assert done.exit_code == 2
    assert "it can change:" in done.stderr


def test_an_operator_is_believed_under_its_next_key_from_that_version_on(held: Path) -> None:
    before, old = standing(held), anchors.load(held / "keeper")
    renewing.renew(held / "operator-1", "sign")
    after = change(held, "operator-1")
    told = CliRunner().invoke(main, ["ceremony", "status", "--dir", str(held / "ceremony")]).stdout
    assert "everybody, because" in told
    for name in PARTIES:
        delivery.finish(held / "ceremony", held / name, now=NOW)
        delivery.finish(held / "ceremony", held / name, now=NOW)
        believed = anchors.load(held / name)
        assert believed.believed(1) == old.anchors != believed.believed(2) == believed.anchors
    for directory in (before, after):
        version = anchors.version_of(directory.jws)
        load_directory(directory.jws, network=NETWORK, anchors=believed.believed(version), now=None, last=None)
    with pytest.raises(ProtocolError, match="BAD_SIGNATURE"):
        load_directory(after.jws, network=NETWORK, anchors=old.anchors, now=None, last=None)
    # Who enters later meets the operators as they are then.
    init(held, "ward", role="gateway")
    change(held, "ward")
    for _ in range(2):
        delivery.finish(held / "ceremony", held / "ward", now=NOW)
        assert anchors.load(held / "ward") == believed


@pytest.mark.parametrize(("name", "kind"), [("operator-1", "sign"), ("operator-1", "layer"), ("pension", "sign")])
@pytest.mark.parametrize("lasting", [0, 1])
def test_who_died_while_handing_in_anew_repeats_it(
    held: Path, name: str, kind: str, lasting: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The power goes when so many files of the hand-in are new, and of the next one only half is written."""
    name_it, written = Path.replace, list[str]()

    def dying(unnamed: Path, path: Path) -> Path:
        written.append(path.name)
        if len(written) <= lasting:
            return name_it(unnamed, path)
        unnamed.write_bytes(unnamed.read_bytes()[: unnamed.stat().st_size // 2])
        raise InterruptedError

    monkeypatch.setattr(Path, "replace", dying)
    with suppress(InterruptedError):
        renewing.renew(held / name, kind)
    monkeypatch.undo()
    assert written
    renewing.renew(held / name, kind)
    changed = {"sign": "signing"}.get(kind, kind)
    assert succession.differences(standing(held).body, change(held, name).body) == [f"{name} changes its {changed} key"]


@pytest.mark.parametrize("lasting", range(4))
def test_a_hand_in_is_taken_again_after_a_crash(held: Path, lasting: int, monkeypatch: pytest.MonkeyPatch) -> None:
    renewing.renew(held / "operator-1", "sign")
    copy, copied = shutil.copyfile, list[str]()

    def dying(source: Path, place: Path) -> None:
        copied.append(source.name)
        if len(copied) > lasting:
            raise InterruptedError
        copy(source, place)

    monkeypatch.setattr(shutil, "copyfile", dying)
    with pytest.raises(InterruptedError):
        certify(held, "operator-1")
    monkeypatch.undo()
    assert change(held, "operator-1").body.version == 2


def stands_on(program: Any, served: Directory) -> bool:  # noqa: ANN401  # the program stands in no package
    """Tell whether the program of docs/operators takes this directory, and asks for the law table then."""
    program.call = lambda _party, path: {"/addresses.json": {}, "/directory/current": served.jws}[path]
    program.now = lambda: served.body.not_before
    with pytest.raises(KeyError, match="/law/current"):
        program.papers()
    return bool(program.standing.current.hash == served.hash)


def test_an_own_program_believes_an_operator_under_both_keys_too(held: Path) -> None:
    provider = runpy.run_path(str(TOP / "docs" / "operators" / "own_gateway.py"))["Provider"]
    running, before = provider(held / "city-a", held / "own.db"), standing(held)
    assert stands_on(running, before)
    renewing.renew(held / "operator-1", "sign")
    after = change(held, "operator-1")
    delivery.finish(held / "ceremony", held / "city-a", now=NOW)
    begun = provider(held / "city-a", held / "own.db")
    assert all(stands_on(program, served) for served in (before, after) for program in (begun, running))


def test_an_operator_without_the_word_of_its_key_before_is_nobody(held: Path) -> None:
    renewing.renew(held / "operator-1", "sign")
    path = held / "operator-1" / HAND_IN / "anchor.json"
    anchor = json.loads(path.read_bytes())
    for told in ({}, {"vouched": canonical.b64(bytes(64))}):
        said = {name: value for name, value in anchor.items() if name != "vouched"} | told
        path.write_bytes(canonical.encode(said))
        with pytest.raises(Conflict, match="does not follow"):
            certify(held, "operator-1")
    # Whoever holds the ceremony's folder may put a hand-in there; no party takes what the key before did not sign.
    path.write_bytes(canonical.encode(anchor))
    change(held, "operator-1")
    lie = held / "ceremony" / "directories" / "2" / "handover.json"
    found = json.loads(lie.read_bytes())
    unsaid = {**found["operators"][0], "vouched": canonical.b64(bytes(64))}
    # Of another version the key before would count for longer, or the next one too soon.
    for lied in ({**found, "operators": [unsaid]}, {**found, "version": 3}, {**found, "version": 1}):
        lie.write_bytes(canonical.encode(lied))
        with pytest.raises(ProtocolError, match="BAD_ENTRY"):
            delivery.finish(held / "ceremony", held / "keeper", now=NOW)
        assert anchors.load(held / "keeper").earlier == ()


def test_the_status_says_whose_step_is_next(held: Path) -> None:
    def next_step() -> str:
        done = CliRunner().invoke(main, ["ceremony", "status", "--dir", str(held / "ceremony"), "--json"])
        assert done.exit_code == 0, done.output
        return str(json.loads(done.stdout)["next"])

    known = history(held)
    assert next_step().startswith("ceremony finish")
    signing.draft(held / "ceremony", now=NOW, begins=BEGINS)
    assert next_step() == "ceremony commit, by operator-1, operator-2"
    signing.commit(held / "ceremony", held / "operator-2")
    assert next_step() == "ceremony commit, by operator-1"
    signing.commit(held / "ceremony", held / "operator-1")
    for name in OPERATORS:
        assert next_step() == f"ceremony sign, by {name}"
        signing.sign(held / "ceremony", held / name, now=NOW, history=known)
    assert next_step().startswith("ceremony finish")


def test_every_party_takes_the_next_directory_by_the_anchors_it_has(held: Path) -> None:
    change(held)
    for name in PARTIES:
        before = anchors.load(held / name)
        assert delivery.finish(held / "ceremony", held / name, now=NOW).body.version == 2
        assert anchors.load(held / name) == before


def test_the_network_is_named_once(tmp_path: Path) -> None:
    def certificate(name: str, *options: str) -> int:
        hand_in = init(tmp_path, name, network="north") / HAND_IN
        arguments = ["ceremony", "certificate", "--dir", str(tmp_path / "ceremony"), *options, str(hand_in)]
        return CliRunner().invoke(main, arguments).exit_code

    assert certificate("keeper", "--network", "north") == 0
    assert certificate("pension") == 0
    assert authority.network_of(tmp_path / "ceremony") == "north"
