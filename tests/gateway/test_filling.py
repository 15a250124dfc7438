"""Who gets a number for a new record epoch: everybody of whom a code is here, once, and again where it may help."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert, select, update

from mynumber.gateway.acquiring import filling
from mynumber.gateway.store import ACQUISITIONS, FILLINGS, SCHEMA
from mynumber.plumbing import database

EPOCH = 2


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    """An office's store with two codes, one on its way, and one person who was not matched."""
    url = database.store_url("gateway.db", tmp_path)
    database.create(url, SCHEMA.metadata, SCHEMA.version)
    store = database.Store(url, SCHEMA.metadata, SCHEMA.version)
    with store.writing() as opened:
        for person, state in (("r0", "stored"), ("r1", "stored"), ("r2", "accepted"), ("r3", "no-match")):
            add(opened, person, state, at=10)
        yield opened
    store.close()


def add(connection: Connection, person: str, state: str, *, at: int) -> None:
    row = {"acq": os.urandom(16), "person": person, "ground": f"link-{person}", "lost": 0, "state": state, "at": at}
    connection.execute(insert(ACQUISITIONS).values(row))


def numbered(connection: Connection) -> list[tuple[str, str, str, int]]:
    """Return (person, ground, state, epoch) of every number that fills."""
    columns = (ACQUISITIONS.c.person, ACQUISITIONS.c.ground, ACQUISITIONS.c.state, FILLINGS.c.record_epoch)
    query = select(*columns).join(FILLINGS, FILLINGS.c.acq == ACQUISITIONS.c.acq)
    return sorted((row[0], row[1], row[2], row[3]) for row in connection.execute(query))


def comes_to(connection: Connection, person: str, state: str, *, at: int) -> None:
    """Let a person's open number come to an end."""
    open_one = (ACQUISITIONS.c.person == person, ACQUISITIONS.c.state.in_(("waiting", "accepted")))
    connection.execute(update(ACQUISITIONS).where(*open_one).values(state=state, at=at))


def fill(connection: Connection, epoch: int, at: int) -> int:
    return filling.fill(connection, filling.due(connection, epoch), epoch, at)


def test_everybody_with_a_code_gets_one_number_on_the_same_ground(connection: Connection) -> None:
    assert fill(connection, EPOCH, 20) == 2
    assert fill(connection, EPOCH, 21) == 0
    assert numbered(connection) == [("r0", "link-r0", "waiting", EPOCH), ("r1", "link-r1", "waiting", EPOCH)]
    assert filling.unfilled(connection, EPOCH) == ["r0", "r1"]


def test_a_newcomer_is_filled_once_its_code_is_here(connection: Connection) -> None:
    fill(connection, EPOCH, 20)
    comes_to(connection, "r2", "stored", at=30)
    assert fill(connection, EPOCH, 31) == 1
    for person in ("r0", "r1", "r2"):
        comes_to(connection, person, "stored", at=40)
    assert filling.unfilled(connection, EPOCH) == []
    assert fill(connection, EPOCH, 41) == 0


def test_who_was_not_matched_is_asked_again_when_handed_in_anew(connection: Connection) -> None:
    fill(connection, EPOCH, 20)
    comes_to(connection, "r0", "no-match", at=30)
    comes_to(connection, "r1", "already-acquired", at=30)
    assert fill(connection, EPOCH, 31) == 0
    assert filling.unfilled(connection, EPOCH) == ["r0"]
    add(connection, "r0", "stored", at=50)
    assert fill(connection, EPOCH, 51) == 1
    comes_to(connection, "r0", "stored", at=60)
    assert filling.unfilled(connection, EPOCH) == []


def test_a_later_epoch_is_filled_anew(connection: Connection) -> None:
    fill(connection, EPOCH, 20)
    for person in ("r0", "r1"):
        comes_to(connection, person, "stored", at=30)
    assert fill(connection, EPOCH + 1, 40) == 2
    assert len(numbered(connection)) == 4


def test_who_got_a_number_since_it_was_looked_at_gets_no_other(connection: Connection) -> None:
    due = filling.due(connection, EPOCH)
    assert due == ["r0", "r1"]
    add(connection, "r0", "waiting", at=15)
    assert filling.fill(connection, due, EPOCH, 20) == 1
    assert numbered(connection) == [("r1", "link-r1", "waiting", EPOCH)]
