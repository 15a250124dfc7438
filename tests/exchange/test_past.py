"""With which keys a party signed at a time: of the directories that a message of that time may name, and no others."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection

from mynumber.codes import jws
from mynumber.codes.parties import drafting, handing_in
from mynumber.codes.parties.directory import SPACING_S
from mynumber.codes.parties.standing import Standing
from mynumber.exchange.running import node
from mynumber.exchange.view import past, settling
from mynumber.plumbing import canonical, database
from mynumber.plumbing.errors import NotFinished
from tests.codes.ceremony import NOW, Town, raw

TOWN = Town.of()
SCHEMA = node.schema(journal=False)
NEXT = dataclasses.replace(TOWN.agencies["pension"], sign=raw("next", 32))
FIRST = TOWN.first()


def _changed() -> drafting.Parties:
    by = dataclasses.replace(TOWN.vouching("pension"), serial=2, previous=TOWN.agencies["pension"].sign)
    office = drafting.listing(handing_in.agency_entry(NEXT, by), epochs=[1], records=[1])
    parties = TOWN.parties()
    agencies = tuple(office if each.id == "pension" else each for each in parties.agencies)
    return dataclasses.replace(parties, agencies=agencies)


SECOND = TOWN.second(_changed())
OLD, NEW = jws.public_key(TOWN.agencies["pension"].sign), jws.public_key(NEXT.sign)


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    """A store that holds both directories."""
    url = database.store_url("data.db", tmp_path)
    database.create(url, SCHEMA.metadata, 1)
    store = database.Store(url, SCHEMA.metadata, 1)
    with store.writing() as opened:
        for each in (FIRST, SECOND):
            body = canonical.encode(each.jws)
            SCHEMA.papers.put(opened, "directory", each.hash, order=each.body.version, body=body)
        yield opened
    store.close()


@pytest.mark.parametrize(
    ("after", "keys"),
    [
        (-3600, [OLD]),
        (-31, [OLD]),
        (-30, [NEW, OLD]),
        (SPACING_S, [NEW, OLD]),
        (SPACING_S + 1, [NEW]),
        (10 * SPACING_S, [NEW]),
        (-2 * SPACING_S, []),
    ],
)
def test_a_key_counts_for_the_time_of_its_directory(connection: Connection, after: int, keys: list[bytes]) -> None:
    found = past.signers(SCHEMA.papers, connection, "pension", SECOND.body.not_before + after)
    assert found == tuple(("pension", key) for key in keys)
    assert past.signers(SCHEMA.papers, connection, "nobody", SECOND.body.not_before + after) == ()


def test_every_key_that_was_ever_listed_is_known(connection: Connection) -> None:
    assert past.ever(SCHEMA.papers, connection, "pension") == (("pension", NEW), ("pension", OLD))
    assert len(past.ever(SCHEMA.papers, connection, "ward")) == 1


def test_who_asks_in_the_minute_of_a_change_is_told_to_wait() -> None:
    standing = Standing(FIRST).accept(SECOND)
    assert SECOND.body.not_before == NOW
    with pytest.raises(NotFinished, match="pension changes in this minute"):
        settling.choose(standing, NOW + 59, "ward", "pension")
    assert settling.choose(standing, NOW + 59, "ward", "portal") is FIRST
    assert settling.choose(standing, NOW + 60, "ward", "pension") is SECOND
