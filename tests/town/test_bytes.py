"""A byte search through the town after its story: who must not see a thing has no byte of it, in no form.

Every test that finds nothing has something planted that it finds, searched by the same code in the same run.
"""

import asyncio
import json
import shutil
import sqlite3
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path

import pytest

from mynumber.gateway.acquiring.vault import Vault
from mynumber.plumbing import canonical, keyfiles, tap
from mynumber.plumbing.canonical import Json, b64
from mynumber.world.search import haystack, needles
from mynumber.world.search.haystack import Piece
from mynumber.world.search.search import Hit, Needle, Search, forms
from tests.town.conftest import Served

# Everybody who runs the network, watches it, or shows citizens what came of it.
NETWORK = ("operator-1", "operator-2", "keeper", "supervisor", "portal")
WITHOUT_LOG = ("supervisor", "portal")
OFFICES = ("city-a", "city-b", "pension", "tax", "accounts")
ASKERS, ANSWERERS = ("city-a", "city-b", "tax"), ("city-a", "city-b", "pension", "accounts")
ASKED = ("gateway.db: inquiries.message", "gateway.db: inquiries.bundle")
ANSWERED = ("gateway.db: answered.answer", "gateway.db: outbox.body")
PERSONAL = {"number", "name", "kana", "address"}
WINDOW = 16


@dataclass
class Searched:
    """What a search looked through and what it found."""

    bytes: int = 0
    pieces: set[str] = field(default_factory=set)
    hits: list[tuple[str, Hit]] = field(default_factory=list)

    @property
    def kinds(self) -> set[str]:
        return {hit.kind for _, hit in self.hits}

    @property
    def places(self) -> Counter[tuple[str, str]]:
        return Counter((where, hit.kind) for where, hit in self.hits)


@pytest.fixture(scope="module")
def search(served: Served) -> Search:
    """The search for everything that the town has; it must have something of each kind."""
    made = Search(needles.of_town(served.town))
    counted = Counter(needle.kind for needle in made.needles)
    wanted = {f"{kind} {office}" for kind in ("ref", "code", "wrapped code", "canary", "amount") for office in OFFICES}
    wanted |= {f"certificate {office}" for office in ANSWERERS}
    cases = {f"{kind} {office}" for kind in ("case", "reason") for office in ASKERS}
    assert set(counted) == {*PERSONAL, *wanted, *cases, "department", "told"}
    assert counted["number"] == len(served.people.numbers)
    assert counted["code city-b"] == counted["wrapped code city-b"] == len(served.people.holdings["city-b"])
    assert len(made.needles) > 500
    # A name like `taro` is found anywhere by chance; whose case it is stands beside it in the context.
    assert {needle.kind for needle, _ in made.left_out} == {"officer"}
    return made


def look(search: Search, pieces: Iterable[Piece]) -> Searched:
    """Search pieces and say how much was searched."""
    done = Searched()
    for piece in pieces:
        done.bytes += len(piece.data)
        done.pieces.add(piece.where)
        done.hits += [(piece.where, hit) for hit in search.scan(piece.data)]
    figures = f"{done.bytes} bytes, {len(search.needles)} needles in {len(search.patterns)} forms"
    sys.stdout.write(f"{figures}: {len(done.hits)} hits\n")
    assert done.bytes > 0
    assert search.needles
    return done


def at_rest(pieces: Iterable[Piece]) -> list[Piece]:
    """Leave out what passed through a process, which only a test town writes down (test_wiretap.py)."""
    return [piece for piece in pieces if tap.FOLDER not in f"journal/{piece.where}"]


def everything(folder: Path) -> Iterator[Piece]:
    """Return all files of an institution and all values of its stores."""
    yield from at_rest(haystack.files(folder))
    for store in sorted(folder.glob("*.db")):
        yield from haystack.columns(store)


@pytest.mark.parametrize("party", NETWORK)
def test_who_runs_or_watches_the_network_has_nothing_of_anybody(served: Served, search: Search, party: str) -> None:
    folder = served.town.institution(party).folder
    done = look(search, everything(folder))
    assert {"data.db", "data.db-wal", "journal/serve.log", "journal/process.log"} <= done.pieces
    assert party in WITHOUT_LOG or {"log/checkpoint", "data.db: log_entries.record"} <= done.pieces
    assert done.bytes > 50_000
    assert done.hits == []


@pytest.mark.parametrize("office", OFFICES)
def test_what_went_through_the_network_says_nothing_of_anybody(served: Served, search: Search, office: str) -> None:
    folder = served.town.institution(office).folder
    pieces = {piece.where: piece for piece in haystack.columns(folder / "gateway.db")}
    assert look(search, [pieces[where] for where in (*ASKED, *ANSWERED)]).hits == []
    expected = (ASKED if office in ASKERS else ()) + (ANSWERED if office in ANSWERERS else ())
    assert all(pieces[where].data for where in expected)


def plants(search: Search) -> dict[bytes, Needle]:
    """Return one needle of each kind in all its forms: pattern -> needle."""
    chosen = {needle.kind: needle for needle in search.needles}
    return {pattern: needle for needle in chosen.values() for pattern in forms(needle).values()}


def test_each_form_of_each_kind_is_found_where_it_is_planted(served: Served, search: Search, tmp_path: Path) -> None:
    folder = tmp_path / "operator-1"
    shutil.copytree(served.town.institution("operator-1").folder, folder)
    planted = plants(search)
    assert len(planted) > 200
    with closing(sqlite3.connect(folder / "data.db", isolation_level=None)) as connection:
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        connection.execute("BEGIN")
        for number, pattern in enumerate(planted):
            # Long enough to leave the page, and at a different distance from every border.
            body = b"." * (2 + number % 7) + pattern + b"." * (5000 if number % 5 == 0 else 3)
            connection.execute("INSERT INTO papers VALUES ('planted', ?, 0, ?)", (number.to_bytes(8, "big"), body))
        connection.execute("COMMIT")
        with (folder / "journal" / "serve.log").open("ab") as log:
            log.write(b"\n".join(planted))
        done = look(search, everything(folder))
    places = {"data.db: papers.body", "data.db-wal", "journal/serve.log"}
    assert {where for where, _ in done.hits} == places
    for place in places:
        assert set(planted) <= {hit.pattern for where, hit in done.hits if where == place}, place
    assert done.kinds == {needle.kind for needle in planted.values()}


def test_what_is_carried_inside_a_message_is_found(served: Served, search: Search, tmp_path: Path) -> None:
    reason = json.dumps({"reason": served.cast.recipient.name}).encode()
    inner: Json = {"context": b64(reason)}
    message: Json = {"steps": [{"payload": b64(canonical.encode(inner))}]}
    with closing(sqlite3.connect(tmp_path / "data.db", isolation_level=None)) as connection:
        connection.execute("CREATE TABLE sent (body)")
        connection.execute("INSERT INTO sent VALUES (?)", (canonical.encode(message),))
    assert look(search, haystack.files(tmp_path)).hits == []
    assert look(search, haystack.columns(tmp_path / "data.db")).kinds == {"name"}


@pytest.mark.parametrize("office", OFFICES)
def test_an_office_has_each_thing_in_its_own_place_only(served: Served, search: Search, office: str) -> None:
    folder = served.town.institution(office).folder

    def kinds(store: str) -> set[str]:
        beside = [piece for piece in haystack.files(folder) if piece.where.startswith(store)]
        return look(search, [*beside, *haystack.columns(folder / store)]).kinds

    # No number, name, reading or address, no code but its own and wrapped, nothing of another office.
    own = {f"ref {office}", f"wrapped code {office}", "department"}
    assert kinds("gateway.db") == own | ({f"case {office}"} if office in ASKERS else set())
    # No number, no code, no wrapped code.
    own = {f"ref {office}", f"canary {office}", f"amount {office}", "name", "kana", "address"}
    assert kinds("business.db") == own | ({f"certificate {office}"} if office in ANSWERERS else set())
    # All of it is sealed.
    assert kinds("vault.db") == set()


@pytest.mark.parametrize("office", OFFICES)
def test_numbers_lie_in_the_vault_and_open_with_the_offices_key_alone(served: Served, office: str) -> None:
    folder = served.town.institution(office).folder
    number_of = dict(enumerate(served.people.numbers))
    held = {holding.ref: number_of[holding.person] for holding in served.people.holdings[office]}
    assert opened(folder / "vault.db", folder / "keys" / "store.key", list(held)) == held
    [other, *_] = [each for each in OFFICES if each != office]
    foreign = served.town.institution(other).folder / "keys" / "store.key"
    assert opened(folder / "vault.db", foreign, list(held)) == {}


def opened(vault: Path, key: Path, refs: list[str]) -> dict[str, str]:
    """Open a vault under a key and return ref -> digits."""
    store = Vault(vault, keyfiles.read_secret(key))
    try:
        rows = asyncio.run(store.get(refs))
    finally:
        store.close()
    return {row.ref: row.number.digits() for row in rows}


def test_the_register_writes_no_number_and_no_name(served: Served, search: Search) -> None:
    folder = served.town.institution("register").folder
    done = look(search, everything(folder))
    assert {"data.db", "data.db: residents.number", "data.db: residents.person"} <= done.pieces
    assert done.hits == []


def test_no_journal_of_any_role_says_anything_of_anybody(served: Served, search: Search) -> None:
    pieces = [
        Piece(f"{each.name}/{piece.where}", piece.data)
        for each in served.town.institutions
        for piece in at_rest(haystack.files(each.folder / "journal"))
    ]
    done = look(search, pieces)
    assert {f"{each.name}/serve.log" for each in served.town.institutions} <= done.pieces
    assert done.hits == []
    line = json.dumps({"event": "call.refused", "why": served.cast.child.name}).encode()
    assert look(search, [*pieces, Piece("planted", line)]).places == {("planted", "name"): 1}


def windows(values: Iterable[bytes]) -> set[bytes]:
    """Return every 16 bytes that lie together in a value."""
    return {value[at : at + WINDOW] for value in values for at in range(len(value) - WINDOW + 1)}


def test_the_vaults_of_two_offices_share_no_sixteen_bytes(served: Served) -> None:
    known = [{holding.person for holding in served.people.holdings[office]} for office in OFFICES]
    assert all(one & other for one, other in combinations(known, 2)), "no two offices know the same person"
    query = "SELECT person, number, basic FROM vault"
    rows = [served.evidence.rows(office, query, store="vault.db") for office in OFFICES]
    values = [[value for row in each for value in row if isinstance(value, bytes)] for each in rows]
    found = [windows(each) for each in values]
    assert all(len(each) > 10_000 for each in found)
    assert {len(one & other) for one, other in combinations(found, 2)} == {0}
    # One number of another office's vault would be seen.
    foreign = values[1][1]
    assert len(windows([*values[0], foreign]) & found[1]) == len(foreign) - WINDOW + 1
