"""A log that grows is followed; one that shrinks, forks, is not signed or cannot prove its growth is found out."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import MetaData

from mynumber.exchange.log.journal import Journal
from mynumber.exchange.log.records import Record
from mynumber.oversight.logs import watching
from mynumber.oversight.logs.watching import Suspect
from mynumber.oversight.store import Log
from mynumber.plumbing import canonical, database
from mynumber.plumbing.errors import WrongUse
from mynumber.tlog import note
from mynumber.tlog.note import NoteKey
from tests.keeper import town


class Party:
    """A party's log in a store of its own."""

    def __init__(self, path: Path, seed: bytes) -> None:
        metadata = MetaData()
        self.journal = Journal(metadata)
        url = database.store_url(str(path), path.parent)
        database.create(url, metadata, 1)
        self.store = database.Store(url, metadata, 1)
        self.journal.open("demo", "op-1", seed)

    def grow(self, count: int) -> "Party":
        for at in range(count):
            self.store.write_now(lambda connection, at=at: self.journal.append(connection, [_record(at)]))  # type: ignore[misc]
        return self

    def checkpoint(self) -> bytes:
        with self.store.reading() as connection:
            return self.journal.checkpoint(connection)

    def proof(self, old: int, new: int) -> bytes:
        with self.store.reading() as connection:
            hashes = self.journal.consistency(connection, old, new)
        return json.dumps({"hashes": [canonical.b64(each) for each in hashes]}).encode()

    @property
    def key(self) -> NoteKey:
        return note.parse_vkey(self.journal.vkey)


def _record(at: int) -> Record:
    return Record(
        network="demo",
        party="op-1",
        event="endorsed",
        request="",
        permit="",
        kind="exchange",
        from_="ward-a",
        to="pension",
        procedure="link-1",
        items=("x",),
        count=1,
        at=at,
    )


@pytest.fixture
def parties(tmp_path: Path) -> Iterator[tuple[Party, Party]]:
    """A party, and another store under the same log key: what the party would be if it had forked."""
    seed = town.random_key()
    pair = (Party(tmp_path / "a.db", seed), Party(tmp_path / "b.db", seed))
    yield pair
    for each in pair:
        each.store.close()


def seen(party: Party) -> Log:
    """Return the party's log as verified now."""
    data = party.checkpoint()
    head = watching.checked(None, data, party.key)
    return Log("op-1", party.key.name, head.size, head.root, data, 1, 1)


def suspect(last: Log | None, party: Party, key: NoteKey | None = None, data: bytes | None = None) -> str:
    with pytest.raises(Suspect) as caught:
        watching.checked(last, party.checkpoint() if data is None else data, key or party.key)
    return caught.value.kind


def test_a_growing_log_is_followed_from_nothing(parties: tuple[Party, Party]) -> None:
    party, _ = parties
    last = seen(party)
    assert last.size == 0
    for size in (1, 2, 5, 8):
        head = watching.checked(last, party.grow(size - last.size).checkpoint(), party.key)
        assert head.size == size
        if last.size:
            watching.check_growth(last, head, party.proof(last.size, size))
        last = seen(party)
    assert watching.checked(last, party.checkpoint(), party.key).size == 8


def test_a_log_that_takes_entries_back_is_found_out(parties: tuple[Party, Party]) -> None:
    party, other = parties
    last = seen(party.grow(3))
    assert suspect(last, other.grow(2)) == "log-shrunk"


def test_another_log_of_the_same_size_is_found_out(parties: tuple[Party, Party]) -> None:
    party, other = parties
    assert suspect(seen(party.grow(3)), other.grow(3)) == "log-forked"


def test_another_log_that_grew_is_found_out_by_its_proof(parties: tuple[Party, Party]) -> None:
    party, other = parties
    last = seen(party.grow(3))
    head = watching.checked(last, other.grow(5).checkpoint(), party.key)
    for proof in (other.proof(3, 5), other.proof(2, 5), b'{"hashes":[]}', b"{}", b"no json", b'{"hashes":["?"]}'):
        with pytest.raises(Suspect) as caught:
            watching.check_growth(last, head, proof)
        assert caught.value.kind == "log-forked"


def test_what_the_key_did_not_sign_is_found_out(parties: tuple[Party, Party], tmp_path: Path) -> None:
    party, _ = parties
    stranger = note.note_key("demo/op-1/log", town.random_key())
    text = party.grow(2).checkpoint()
    assert suspect(None, party, key=stranger) == "log-unsigned"
    assert suspect(None, party, data=text.replace(b"\n2\n", b"\n3\n")) == "log-unsigned"
    assert suspect(None, party, data=b"") == "log-unsigned"


def hand_in(folder: Path, keys: dict[str, str]) -> None:
    (folder / watching.FILE).write_text(json.dumps(keys), encoding="ascii")


def vkey(party: str) -> str:
    return note.note_key(f"demo/{party}/log", town.random_key()).vkey()


def test_the_keys_are_those_handed_in_each_of_its_own_log(tmp_path: Path) -> None:
    hand_in(tmp_path, {"op-1": vkey("op-1"), "keeper": vkey("keeper")})
    assert set(watching.keys_of(tmp_path, "demo")) == {"op-1", "keeper"}


@pytest.mark.parametrize(
    "keys", [{"op-1": vkey("op-2")}, {"op-1": "demo/op-1/log+00000000+AAAA"}, {"Op 1": vkey("op-1")}]
)
def test_a_key_of_another_log_is_refused(tmp_path: Path, keys: dict[str, str]) -> None:
    hand_in(tmp_path, keys)
    with pytest.raises(WrongUse):
        watching.keys_of(tmp_path, "demo")


def test_without_the_keys_the_supervisor_says_so(tmp_path: Path) -> None:
    with pytest.raises(WrongUse):
        watching.keys_of(tmp_path, "demo")
