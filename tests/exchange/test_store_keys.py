"""A store knows the keys it is written under, and does not begin under others."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection

from mynumber.exchange.running import node
from mynumber.plumbing import database
from mynumber.plumbing.database import Store
from mynumber.plumbing.errors import WrongUse

SCHEMA = node.schema()
KEY, OTHER = os.urandom(32), os.urandom(32)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    url = database.store_url("data.db", tmp_path)
    database.create(url, SCHEMA.metadata, 1)
    opened = Store(url, SCHEMA.metadata, 1)
    yield opened
    opened.close()


def check(store: Store, name: str, key: bytes) -> None:
    store.write_now(lambda connection: SCHEMA.key_marks.check(connection, name, key))


def test_the_same_key_is_known_again_and_another_refused(store: Store, tmp_path: Path) -> None:
    for _ in range(2):
        check(store, "store.key", KEY)
    check(store, "members.key", OTHER)
    with pytest.raises(WrongUse, match=r"keys/store\.key is not the key of this store"):
        check(store, "store.key", OTHER)
    check(store, "store.key", KEY)
    data = (tmp_path / "data.db").read_bytes() + (tmp_path / "data.db-wal").read_bytes()
    assert b"store.key" in data
    assert KEY not in data


def test_a_store_without_marks_takes_the_key_it_has(store: Store) -> None:
    def drop(connection: Connection) -> None:
        connection.exec_driver_sql("DROP TABLE key_marks")

    store.write_now(drop)
    check(store, "store.key", KEY)
    with pytest.raises(WrongUse):
        check(store, "store.key", OTHER)
