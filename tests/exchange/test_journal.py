"""The log goes on from what the store holds, never from what this process remembers of a step that was undone."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, select

from mynumber.exchange.log.records import Record
from mynumber.exchange.running import node
from mynumber.exchange.running.node import Schema
from mynumber.plumbing import database
from mynumber.plumbing.database import Store
from mynumber.tlog import checkpoint, note, tree

SEED = bytes(range(32))


@pytest.fixture(scope="module")
def schema() -> Schema:
    made = node.schema()
    assert made.journal is not None
    made.journal.open("test", "party", SEED)
    return made


@pytest.fixture
def store(tmp_path: Path, schema: Schema) -> Iterator[Store]:
    url = database.store_url("data.db", tmp_path)
    database.create(url, schema.metadata, schema.version)
    opened = Store(url, schema.metadata, schema.version)
    yield opened
    opened.close()


def record(at: int) -> Record:
    return Record(
        network="test",
        party="party",
        event="asked",
        request="r",
        permit="",
        kind="exchange",
        from_="a",
        to="b",
        procedure="p",
        items=("i",),
        count=1,
        at=at,
    )


def appending(schema: Schema, *at: int) -> Callable[[Connection], int]:
    journal = schema.journal
    assert journal is not None
    return lambda connection: journal.append(connection, [record(each) for each in at])


def check(schema: Schema, store: Store, size: int) -> None:
    """Compute the whole tree anew from the entries and compare it with the signed checkpoint and every node."""
    assert schema.journal is not None
    tables = schema.metadata.tables
    with store.reading() as connection:
        entries = connection.execute(select(tables["log_entries"]).order_by(tables["log_entries"].c.index)).all()
        nodes = {
            (level, index): bytes(hash_) for level, index, hash_ in connection.execute(select(tables["log_nodes"]))
        }
        signed = schema.journal.checkpoint(connection)
    leaves = [tree.commitment(bytes(entry.salt), bytes(entry.record)) for entry in entries]
    grown = tree.extend(tree.Frontier(), leaves)
    assert len(leaves) == size
    assert checkpoint.open_checkpoint(signed, note.parse_vkey(schema.journal.vkey)).head == grown.frontier.head()
    assert nodes == {(each.level, each.index): each.hash for each in grown.nodes}


def test_entries_follow_each_other_one_by_one_and_in_one_step(schema: Schema, store: Store) -> None:
    for at in range(5):
        assert store.write_now(appending(schema, at)) == at
        check(schema, store, at + 1)
    assert store.write_now(appending(schema, 5, 6, 7)) == 5
    check(schema, store, 8)


def test_what_a_step_wrote_that_was_undone_is_forgotten(schema: Schema, store: Store) -> None:
    def undone(connection: Connection) -> None:
        appending(schema, 100, 101)(connection)
        raise ValueError

    store.write_now(appending(schema, 1))
    for size in (2, 3, 4):
        with pytest.raises(ValueError, match=r"^$"):
            store.write_now(undone)
        store.write_now(appending(schema, size))
        check(schema, store, size)


def test_a_store_that_was_replaced_goes_on_from_its_own_entries(schema: Schema, store: Store, tmp_path: Path) -> None:
    url = database.store_url("other.db", tmp_path)
    database.create(url, schema.metadata, schema.version)
    other = Store(url, schema.metadata, schema.version)
    store.write_now(appending(schema, 1, 2, 3))
    other.write_now(appending(schema, 4))
    store.write_now(appending(schema, 5))
    check(schema, other, 1)
    check(schema, store, 4)
    other.close()
