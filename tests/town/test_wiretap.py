"""The wiretap on the told town: nothing where it must not be, everything where it must, each planted form found."""

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from mynumber.cli.main import main
from mynumber.plumbing import canonical, tap
from mynumber.plumbing.canonical import b64
from mynumber.world.inventory import apart, found
from mynumber.world.offices import items
from mynumber.world.search import needles, streams, symbols
from mynumber.world.search.search import Search
from mynumber.world.town import capture
from mynumber.world.town.layout import Town, read_town
from mynumber.world.wiretap import searching
from mynumber.world.wiretap.rights import JOURNAL, PASSED
from mynumber.world.wiretap.searching import Report
from tests.town.conftest import Served

PLACES = {"values of a store", "write-ahead log", "journal", PASSED}


def quiet(_what: str, _done: int, _total: int) -> None:
    """Nobody looks on."""


@pytest.fixture(scope="module")
def report(served: Served, tmp_path_factory: pytest.TempPathFactory) -> Report:
    # What other tests sent to the town afterwards is not what the town passes on.
    story_ended = (served.town.folder / "town" / "people.jsonl").stat().st_mtime_ns
    return searching.search(served.town, tmp_path_factory.mktemp("planted") / "folder", quiet, until=story_ended)


def test_nothing_is_where_it_must_not_be(report: Report) -> None:
    assert report.forbidden == []
    assert report.bytes > 10_000_000
    assert report.needles > 2000


def test_everything_is_where_it_must_be(report: Report) -> None:
    assert report.lacking == []


def test_each_form_of_each_kind_is_found_in_every_haystack(report: Report) -> None:
    assert {each.where for each in report.planted} == PLACES | ({"wire"} if capture.possible() else set())
    assert {(each.planted, each.found) for each in report.planted} == {(report.planted[0].planted,) * 2}
    assert report.planted[0].planted > 800


def test_every_kind_of_symbol_is_looked_for(served: Served) -> None:
    kinds = {needle.kind for needle in {*needles.of_town(served.town), *symbols.of_town(served.town)}}
    offices = {each.name for each in served.town.offices}
    of_offices = ("ref", "code", "wrapped code", "canary", "amount", "tag", "member")
    assert {f"{kind} {office}" for kind in of_offices for office in offices} <= kinds
    # The tax agency answers nothing.
    assert {f"certificate {office}" for office in offices - {"tax"}} | {"told"} <= kinds
    assert {"number", "name", "kana", "address", "root", "point", "department", "reason city-a", "case city-a"} <= kinds


def test_every_party_was_searched_in_every_place(served: Served, report: Report) -> None:
    searched = {(each.institution, each.place) for each in report.searched if each.bytes}
    for each in served.town.institutions:
        wanted = {JOURNAL, PASSED, *(path.name for path in each.databases)}
        assert {place for name, place in searched if name == each.name} >= wanted, each.name
    assert report.not_searched == ([] if capture.possible() else ["wire"])
    assert (report.holds, report.complete) == (True, capture.possible())


def test_every_answered_value_is_looked_for(served: Served) -> None:
    """What the story's first exchange told, as the provider holds it: each value is a needle."""
    looked_for = {needle.value for needle in needles.of_town(served.town)}
    for office in ("city-a", "city-b", "pension", "accounts"):
        for table, columns in items.told(office).items():
            rows = served.evidence.rows(office, f"SELECT {', '.join(columns)} FROM {table}", store="business.db")
            assert rows, (office, table)
            for column, value in ((column, row[at]) for row in rows for at, column in enumerate(columns)):
                # The asker names the year in the question; a date that is not there is told as null.
                if column != "fiscal_year" and value is not None:
                    told = json.dumps({column: value}, ensure_ascii=False)[1:-1]
                    assert {told, str(value)} & looked_for, (office, table, column)
                if column in {"monthly_amount", "income_total", "account_number", "certificate"}:
                    assert str(value) in looked_for, (office, table, column)


def test_what_passed_is_what_the_operators_worked_on(served: Served) -> None:
    passed = list(tap.read(served.town.institution("operator-1").folder))
    lines = {message.head.split()[1] for message in passed if b" " in message.head}
    assert {b"/v1/convert", b"operator-2"} <= lines


def test_all_connections_were_captured_and_are_encrypted(served: Served) -> None:
    assert capture.possible(), "listening on the loopback takes CAP_NET_RAW; run the tests as root"
    heard = [stream for stream in streams.read(served.town.wire) if stream.data()]
    ports = {port for each in served.town.institutions for port in each.ports}
    assert {stream.target for stream in heard} >= {each.port for each in served.town.institutions}
    assert {stream.data()[:2] for stream in heard} == {b"\x16\x03"}
    assert all({stream.source, stream.target} & ports for stream in heard)
    # TLS hides what it carries: a call that every office made is in the taps and nowhere on the wire.
    assert not [stream for stream in heard if b"/v1/" in stream.data()]


@pytest.fixture
def copy(served: Served, tmp_path: Path) -> Town:
    """A copy of a part of the town: an operator, the keeper and an office, without what passed."""
    folder = tmp_path / "town"
    for each in served.town.institutions:
        shutil.copytree(each.folder, folder / each.name, ignore=shutil.ignore_patterns("tap"))
    (folder / "town").mkdir()
    for name in ("town.toml", "people.jsonl"):
        shutil.copy(served.town.folder / "town" / name, folder / "town" / name)
    return read_town(folder)


def test_a_name_in_an_operators_store_is_found_by_the_command(served: Served, copy: Town) -> None:
    with closing(sqlite3.connect(copy.institution("operator-1").folder / "data.db", isolation_level=None)) as store:
        store.execute("UPDATE papers SET body = ? WHERE kind = 'state'", (served.cast.child.name.encode("utf-16-le"),))
    done = CliRunner().invoke(main, ["drill", "wiretap", "--dir", str(copy.folder), "--json"])
    told = json.loads(done.stdout)
    assert done.exit_code == 1, done.stderr
    assert (told["ok"], told["lacking"]) == (False, [])
    assert [each.partition(" (")[0] for each in told["forbidden"]] == ["operator-1: name in data.db"]
    assert told["not_searched"] == [PASSED, "wire"]
    assert min(told["bytes"], told["needles"]) > 0
    assert served.cast.child.name not in done.stdout + done.stderr


def test_answered_values_are_found_at_operator_keeper_and_portal(served: Served, copy: Town, tmp_path: Path) -> None:
    query = "SELECT monthly_amount, certificate FROM pension WHERE ref = ?"
    ref = served.cast.ref("pension", served.cast.recipient)
    ((amount, certificate),) = served.evidence.rows("pension", query, (ref,), store="business.db")
    carried = b64(canonical.encode({"data": [{"monthly_amount": int(str(amount))}]}))
    for party, value in {"operator-2": amount, "keeper": carried}.items():
        with closing(sqlite3.connect(copy.institution(party).folder / "data.db")) as store, store:
            store.execute("CREATE TABLE stray (value ANY) STRICT")
            store.execute("INSERT INTO stray VALUES (?)", (value,))
    with (copy.institution("portal").folder / "journal" / "serve.log").open("ab") as journal:
        journal.write(str(certificate).encode("utf-16-be"))
    told = searching.search(copy, tmp_path / "planted", quiet)
    # Inside what somebody encoded, six digits are no needle; the same value with its column is.
    found = {each.partition(" (")[0] for each in told.forbidden}
    assert found == {
        "operator-2: amount other in data.db",
        "keeper: told in data.db",
        "portal: certificate other in journal",
    }


def test_a_search_without_taps_is_not_finished(copy: Town) -> None:
    done = CliRunner().invoke(main, ["drill", "wiretap", "--dir", str(copy.folder)])
    assert done.exit_code == 3, done.stderr
    assert "nothing found that must not be found, but NOT SEARCHED: received and sent, wire" in done.stdout
    assert "not searched: received and sent" in done.stderr


def test_a_list_that_is_wrong_about_the_keeper_is_seen(copy: Town, tmp_path: Path) -> None:
    with closing(sqlite3.connect(copy.institution("keeper").folder / "data.db", isolation_level=None)) as store:
        store.execute("PRAGMA secure_delete = ON")
        store.execute("DELETE FROM members")
        store.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        store.execute("VACUUM")
        store.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    told = searching.search(copy, tmp_path / "planted", quiet)
    assert (told.lacking, told.holds) == (["keeper: member other in data.db"], False)


def test_a_town_without_a_story_is_wrong_use(copy: Town) -> None:
    (copy.folder / "town" / "people.jsonl").unlink()
    assert CliRunner().invoke(main, ["drill", "wiretap", "--dir", str(copy.folder)]).exit_code == 2


@pytest.mark.parametrize("name", ["leak", "theft", "weak"])
def test_drills_that_are_not_built_say_so(name: str) -> None:
    done = CliRunner().invoke(main, ["drill", name])
    assert done.exit_code == 2
    assert "not here yet" in done.stderr


def test_no_common_database_exists(served: Served) -> None:
    looked = apart.look(served.town.folder, found.owners(served.town.folder), "en")
    assert (looked.found, looked.two_owners) == (False, ())
    assert looked.persons == len(served.people.numbers) == sum(each.persons for each in looked.holders)
    held = {office: {holding.person for holding in known} for office, known in served.people.holdings.items()}
    for person in looked.people:
        stores = person["stores"]
        assert isinstance(stores, dict)
        owners = {path.partition("/")[0] for path in stores}
        index = int(str(person["person"])) - 1
        assert owners == {"register", *(office for office, known in held.items() if index in known)}
        assert all({"business.db", "gateway.db", "vault.db"} == of(stores, office) for office in owners - {"register"})
    assert {each.path for each in looked.everybody} >= {"register/data.db", "keeper/data.db"}


def of(stores: dict[str, object], owner: str) -> set[str]:
    """Return the stores of one owner."""
    return {path.partition("/")[2] for path in stores if path.startswith(f"{owner}/")}


def test_a_search_knows_how_many_forms_it_has(served: Served, report: Report) -> None:
    looked_for = Search({*needles.of_town(served.town), *symbols.of_town(served.town)})
    assert report.forms == len(looked_for.patterns) > 10 * report.needles
    assert set(report.left_out) == {"officer"}


def test_the_inventory_of_a_running_town_is_complete(served: Served) -> None:
    done = CliRunner().invoke(main, ["inventory", str(served.town.folder), "--json"])
    told = json.loads(done.stdout)
    assert (done.exit_code, told["undeclared"], told["missing"]) == (0, [], [])
    assert {store["path"] for store in told["stores"]} == {
        path.relative_to(served.town.folder).as_posix() for each in served.town.institutions for path in each.databases
    }
