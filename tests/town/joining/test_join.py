"""An office enters a running network, keys of every kind change, an office leaves; nobody stops, and all go on asking.

The tests of this file tell one story in one town and follow each other.
"""

import re
import ssl
from collections.abc import Iterator

import pytest
from click.testing import CliRunner

from mynumber.cli.main import main
from mynumber.exchange import setup
from tests.town.joining import small
from tests.town.joining.small import INCOME, PENSION, SPACING, Small, Traffic, town, until


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Small]:
    """The town."""
    with town(tmp_path_factory.mktemp("small") / "town") as made:
        yield made


@pytest.fixture
def traffic(place: Small) -> Iterator[Traffic]:
    """City A asks the pension service all the time."""
    with Traffic(place).on() as asking:
        yield asking


@pytest.fixture(autouse=True)
def _nobody_stops(place: Small) -> Iterator[None]:
    """No process ends but those that a test starts again itself."""
    before = {name: process.pid for name, process in place.processes.items()}
    yield
    assert all(small.alive(process) for process in place.processes.values())
    after = {name: process.pid for name, process in place.processes.items()}
    changed = {name for name in before if after.get(name) != before[name]}
    assert changed <= {"city-a", "pension", "keeper"}


def waiting(place: Small, name: str) -> list[str]:
    """Return what `join check` says is still to be done, without figures that change."""
    done = place.json("join", "check", "--dir", place.place(name), status=3)
    return [f"{one['subject']}: {re.split('[0-9]', one['said'])[0].strip()}" for one in done["lines"] if not one["ok"]]


def test_an_office_enters_while_the_others_work(place: Small, traffic: Traffic) -> None:
    with traffic.flowing():
        place.init("city-c")
        assert place.change(place.now() + 5, hand_ins=["city-c"]) == 2
        place.step("finish", place.place("city-c"))
        place.start("city-c")
        waits = place.run("join", "check", "--dir", place.place("city-c"), status=3)
        assert "no directory lists city-c yet" in waits
        config = place.place("supervisor") / "config.toml"
        text = config.read_text(encoding="utf-8")
        config.write_text(text.replace('"municipality" = ["city-a"]', '"municipality" = ["city-a", "city-c"]'))
        place.wait_ready()
        assert place.version() == 2
        until(lambda: waiting(place, "city-c") == ["law table: we hold municipality; begins in"], 60)
    traffic.accounted()
    place.move(place.now() + 400)
    assert "WAIT" not in place.run("join", "check", "--dir", place.place("city-c"))


def test_the_new_office_gets_its_codes_and_asks_and_answers(place: Small, traffic: Traffic) -> None:
    with traffic.flowing():
        place.staff("city-c", ("link-107", "link-106"), small.load(place))
        asked, given = place.ask("city-c", "pension", PENSION, "r2"), place.ask("city-a", "city-c", INCOME, "r3")
    assert (asked.said, asked.amount) == ("data", 60_002)
    assert (given.said, given.amount) == ("data", 3_000_003)
    traffic.accounted()


CHANGED = {
    "operator-1": ("layer", "sign"),
    "keeper": ("transport", "release"),
    "city-a": ("transport",),
    "pension": ("transport",),
    "operator-2": ("certificate",),
    "register": ("sign",),
    "supervisor": ("sign", "seal"),
}


def asked(place: Small, version: int, office: str = "city-a", ref: str = "r1") -> None:
    """Ask the pension service, and be told, in a message that names this version of the directory."""
    told = place.ask(office, "pension", PENSION, ref)
    assert (told.said, told.amount) == ("data", 60_000 + int(ref[1:]))
    assert place.named_by(office, told.id) == version


def test_keys_change_under_the_directory_that_a_message_names(place: Small, traffic: Traffic) -> None:
    with traffic.flowing():
        change_keys(place)
    # Every kind at once, and nobody waits: those who sign an inquiry keep their signing keys.
    traffic.accounted()
    # The register's messages are signed with its next key, and the office believes them.
    place.acquire("city-c", small.load(place)[:1], "link-107", "--lost")


def change_keys(place: Small) -> None:
    """Change keys of every kind in one version, and look at each moment which ones serve."""
    before = {name: place.keys(name) for name in CHANGED}
    shown = certificate(place, "operator-2")
    for name, kinds in CHANGED.items():
        for kind in kinds:
            place.run("join", "rotate", kind, "--dir", place.place(name))
            place.run("join", "rotate", kind, "--dir", place.place(name))  # done twice, it changes nothing more
    begins = place.next_version()
    version = place.change(begins, hand_ins=list(CHANGED))
    # Everybody has to know an operator's next key; nobody takes a directory that it does not believe.
    place.step("finish", *(place.place(name) for name in place.processes))
    asked(place, version - 1)
    # The directory has begun, and a sender still names the one before: what is asked is opened with the old secrets.
    place.move(begins + 2, version)
    assert place.version() == version
    asked(place, version - 1)
    kept = (name for name in CHANGED if name != "operator-2")  # a certificate's key is in its place at once
    assert all(set(before[name].items()) <= set(place.keys(name).items()) for name in kept)
    # A minute later messages name it, and are opened with the new ones.
    place.move(begins + 65, version)
    asked(place, version)
    # The one before counts no longer: its secrets are gone.
    place.move(begins + SPACING + 5)
    until(lambda: not any("next" in name for party in CHANGED for name in place.keys(party)), 60)
    for name, kinds in CHANGED.items():
        changed = {"node.key" if kind == "certificate" else f"{kind}.key" for kind in kinds}
        after = place.keys(name)
        assert {file for file in after if after[file] != before[name][file]} == changed
    asked(place, version)
    assert certificate(place, "operator-2") != shown
    # Directory, law table and certificates are verified anew here, with what everybody is to believe by now.
    place.move(place.now() + 400)
    assert "WAIT" not in place.run("join", "check", "--dir", place.place("city-a"))


def certificate(place: Small, name: str) -> str:
    """Return the certificate that an institution shows now."""
    return ssl.get_server_certificate(("127.0.0.1", place.ports[name]))


def test_a_signing_key_changes_with_the_word_of_the_one_before(place: Small, traffic: Traffic) -> None:
    # The pension service answers and dies before it has told the keeper, under the key that is about to change.
    place.restart("pension", "gateway.answer.commit.after")
    place.ask("city-a", "pension", PENSION)
    place.wait_dead("pension")
    told = outcomes(place)
    changing = ("pension", "keeper", "city-a")
    for name in changing:
        place.run("join", "rotate", "sign", "--dir", place.place(name))
    begins = place.next_version()
    version = place.change(begins, hand_ins=changing)
    place.move(begins + 2, version)
    place.restart("pension")
    place.wait_ready(version)
    with traffic.flowing():
        # The network takes no message under a directory that names another signing key of a party: wait a minute.
        assert place.ask("city-a", "pension", PENSION).said == "KEYS_CHANGE"
        # What was signed before stands: it is about a permit of that time.
        until(lambda: outcomes(place) == told + 1, 60)
        place.move(begins + 65, version)
        asked(place, version)
    traffic.accounted("KEYS_CHANGE")


def outcomes(place: Small) -> int:
    """Return how many outcomes the keeper has."""
    return int(place.rows("keeper", "SELECT count(*) FROM outcomes")[0][0])


def test_the_codes_of_an_office_go_over_to_a_new_epoch(place: Small, traffic: Traffic) -> None:
    blobs = place.rows("pension", "SELECT person, hex(blob) FROM persons ORDER BY person")
    begins = place.next_version()
    version = place.change(begins, "--new-codes", "pension")
    backup = place.copy("pension")
    assert place.run("join", "rotate", "codes", "--dir", place.place("pension"), status=3) == ""
    # Killed before the codes are carried over it has the old ones, and killed behind it the new ones.
    place.move(begins + 2, version)
    place.restart("pension", "gateway.rotation.commit.before")
    place.set_clock(begins + 65)
    place.wait_dead("pension")
    assert epochs(place) == {1}
    place.restart("pension", "gateway.rotation.commit.after")
    until(lambda: epochs(place) == {2}, 60)
    place.wait_dead("pension")
    place.restart("pension")
    place.wait_ready(version)
    assert {row[1] for row in place.rows("pension", "SELECT person, hex(blob) FROM persons")}.isdisjoint(
        {row[1] for row in blobs}
    )
    # Others still name the old epoch; what is opened is carried over.
    asked(place, version)
    # A store that comes back from before is carried over again; the operators have not stopped meanwhile.
    place.restore("pension", backup)
    until(lambda: epochs(place) == {2}, 60)
    place.move(place.now() + 400)
    place.run("join", "rotate", "codes", "--dir", place.place("pension"))
    begins = place.next_version()
    with traffic.flowing():
        version = place.change(begins, hand_ins=["pension"])
        place.move(begins + 2, version)
        asked(place, version - 1)
        place.move(begins + 65, version)
        asked(place, version)
    traffic.accounted()
    assert place.rows("pension", "SELECT old, new FROM rotations") == [(1, 2)]
    place.move(begins + SPACING + 5)
    until(lambda: place.rows("pension", "SELECT old FROM rotations") == [], 60)
    asked(place, version)


def epochs(place: Small) -> set[int]:
    """Return the epochs in which the pension service keeps its codes."""
    return {row[0] for row in place.rows("pension", "SELECT DISTINCT epoch FROM persons")}


def test_a_new_record_epoch_is_filled_and_then_used(place: Small, traffic: Traffic) -> None:
    members = place.rows("keeper", "SELECT count(*) FROM members")[0][0]
    assert place.run("join", "rotate", "records", "--dir", place.place("city-a"), status=3) == ""
    begins = place.next_version()
    version = place.change(begins, "--new-records", "city-a")
    with traffic.flowing():
        place.move(begins + 65, version)
        # One comes while it is filled: in the epoch in use first, then in the new one.
        place.acquire("city-a", small.load(place)[:1], "link-107", "--lost")
        until(lambda: filled(place) == small.PERSONS, 60)
        place.run("join", "rotate", "records", "--dir", place.place("city-a"))
        begins = place.next_version()
        version = place.change(begins, hand_ins=["city-a"])
        place.move(begins + 65, version)
        for i in range(small.PERSONS):
            asked(place, version, ref=f"r{i}")
    traffic.accounted()
    assert place.rows("keeper", "SELECT count(*) FROM members")[0][0] == members + small.PERSONS


def filled(place: Small) -> int:
    """Return how many persons city A has enrolled in a record epoch that is being filled."""
    query = "SELECT count(DISTINCT person) FROM fillings JOIN acquisitions USING (acq) WHERE state = 'stored'"
    return int(place.rows("city-a", query)[0][0])


def test_the_key_of_codes_at_rest_changes_while_its_office_stands_still(place: Small) -> None:
    folder = place.place("city-a")
    refused = CliRunner().invoke(main, ["join", "rotate", "wrap", "--dir", str(folder)])
    assert (refused.exit_code, "ALREADY_SERVED" in refused.stderr) == (2, True)
    before, blobs = place.keys("city-a"), place.rows("city-a", "SELECT hex(blob) FROM persons")
    place.stop("city-a")
    assert "6 codes" in place.run("join", "rotate", "wrap", "--dir", folder)
    place.start("city-a")
    place.wait_ready()
    assert before["wrap.key"] != place.keys("city-a")["wrap.key"]
    assert not set(blobs) & set(place.rows("city-a", "SELECT hex(blob) FROM persons"))
    assert place.ask("city-a", "pension", PENSION).said == "data"


def test_another_keeper_takes_over_all_that_was_kept(place: Small, traffic: Traffic) -> None:
    place.ports["keeper-2"] = small.free_port()
    where = ("--port", str(place.ports["keeper-2"]), "--organisation", "org-new")
    place.run("init", "keeper", "--dir", place.place("keeper-2"), "--successor", *where)
    setup.set_test_town(place.place("keeper-2") / "config.toml", faults={}, clock_file=place.folder / "clock")
    begins = place.next_version()
    version = place.change(begins, "--keeper", "keeper-2", hand_ins=["keeper-2"])
    place.step("finish", place.place("keeper-2"))
    asked(place, version - 1)
    kept = {table: place.rows("keeper", f"SELECT * FROM {table} ORDER BY 1") for table in ("rows", "members")}
    with traffic.flowing():
        with place.still():
            place.set_clock(begins + 2)
            place.stop("keeper")
            said = place.run("join", "succeed", "--from", place.place("keeper"), "--dir", place.place("keeper-2"))
            assert "releases came over" in said
            place.start("keeper-2")
            place.wait_ready(version)
        assert place.ask("city-a", "pension", PENSION).said == "KEYS_CHANGE"
        place.move(begins + 65, version)
        asked(place, version)
    traffic.accounted("KEYS_CHANGE")
    # Everybody is a member still, and what was recorded goes on where it stood.
    for i in range(small.PERSONS):
        asked(place, version, ref=f"r{i}")
    after = {table: place.rows("keeper-2", f"SELECT * FROM {table} ORDER BY 1") for table in kept}
    assert after["members"] == kept["members"]
    assert len(after["rows"]) > len(kept["rows"])
    assert set(kept["rows"]) < set(after["rows"])


def test_an_office_leaves_and_what_it_did_stays_readable(place: Small, traffic: Traffic) -> None:
    old = place.ask("city-c", "pension", PENSION, "r4")
    assert old.said == "data"
    begins = place.next_version()
    version = place.change(begins, "--close", "city-c")
    place.move(begins + 65, version)
    with traffic.flowing():
        assert place.ask("city-c", "pension", PENSION).said == "LEFT_NETWORK"
        assert place.ask("city-a", "city-c", INCOME).said == "PROVIDER_LEFT"
        read = place.json("inquiry", old.id, "--as", place.officer("city-c"))
    assert read["entries"][0]["data"] == {"pension/recipient": old.rows}
    traffic.accounted()
    # It stays closed in the versions after this one, and may come back.
    begins = place.next_version()
    version = place.change(begins)
    place.move(begins + 65, version)
    assert place.ask("city-c", "pension", PENSION).said == "LEFT_NETWORK"
    begins = place.next_version()
    version = place.change(begins, "--reopen", "city-c")
    place.move(begins + 65, version)
    assert place.ask("city-c", "pension", PENSION).said == "data"
