"""Statements put into words once: the rows and exceptions of SQLAlchemy, undone with their step."""

from pathlib import Path

import pytest
from sqlalchemy import Column, LargeBinary, MetaData, Text, bindparam, select, update
from sqlalchemy.exc import IntegrityError

from mynumber.plumbing import database
from mynumber.plumbing.database import Store
from mynumber.plumbing.statements import Prepared

METADATA = MetaData()
THINGS = database.table(
    "things",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("count", database.Int, nullable=False),
    Column("blob", LargeBinary),
)
PUT = Prepared.insert(THINGS)
FIND: Prepared[tuple[int, bytes | None]] = Prepared(
    select(THINGS.c.count, THINGS.c.blob).where(THINGS.c.name == bindparam("name"))
)
SMALL: Prepared[tuple[str]] = Prepared(select(THINGS.c.name).where(THINGS.c.count < 3).order_by(THINGS.c.name))
GROW: Prepared[tuple[()]] = Prepared(update(THINGS).values(count=THINGS.c.count + bindparam("by")))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    url = database.store_url("data.db", tmp_path)
    database.create(url, METADATA, 1)
    return Store(url, METADATA, 1)


def test_what_is_written_is_found(store: Store) -> None:
    store.write_now(lambda c: PUT.run(c, name="a", count=1, blob=b"\0x"))
    store.write_now(lambda c: PUT.run_all(c, [{"name": name, "count": 2, "blob": None} for name in "cb"]))
    with store.reading() as connection:
        assert FIND.first(connection, name="a") == (1, b"\0x")
        assert FIND.first(connection, name="b") == (2, None)
        assert FIND.first(connection, name="z") is None
        assert SMALL.all(connection) == [("a",), ("b",), ("c",)]
    assert store.write_now(lambda c: GROW.run(c, by=2)) == 3
    with store.reading() as connection:
        assert SMALL.all(connection) == []
    store.close()


def test_a_second_row_is_the_error_that_callers_know_and_shows_no_value(store: Store) -> None:
    store.write_now(lambda c: PUT.run(c, name="a", count=1, blob=b"secret"))
    with pytest.raises(IntegrityError) as raised:
        store.write_now(lambda c: PUT.run(c, name="a", count=9, blob=b"secret"))
    assert "secret" not in str(raised.value)
    with pytest.raises(IntegrityError):
        store.write_now(lambda c: PUT.run_all(c, [{"name": "a", "count": 9, "blob": None}]))
    store.close()


def test_a_step_that_fails_leaves_nothing_and_the_next_one_stays(store: Store) -> None:
    def broken(connection: object) -> None:
        store_row(connection)
        raise ValueError

    def store_row(connection: object) -> None:
        PUT.run(connection, name="x", count=1, blob=None)  # type: ignore[arg-type]

    with pytest.raises(ValueError, match=r"^$"):
        store.write_now(broken)
    store.write_now(lambda c: PUT.run(c, name="y", count=1, blob=None))
    with store.reading() as connection:
        assert SMALL.all(connection) == [("y",)]
    store.close()


def test_a_value_that_nobody_gives_fails(store: Store) -> None:
    with store.reading() as connection, pytest.raises(KeyError):
        FIND.first(connection)
    store.close()
