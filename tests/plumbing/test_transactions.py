"""Transactions on kept connections: all or nothing, whichever way a statement takes to the driver."""

import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from sqlalchemy import Column, Connection, MetaData, create_engine, insert, select, text
from sqlalchemy.exc import IntegrityError

from mynumber.plumbing import database
from mynumber.plumbing.statements import Prepared
from mynumber.plumbing.transactions import Transactions

METADATA = MetaData()
NUMBERS = database.table("numbers", METADATA, Column("number", database.Int, primary_key=True))
PUT = Prepared.insert(NUMBERS)


def straight(connection: Connection, number: int) -> None:
    PUT.run(connection, number=number)


def through_sqlalchemy(connection: Connection, number: int) -> None:
    connection.execute(insert(NUMBERS).values(number=number))


WAYS = pytest.mark.parametrize("put", [straight, through_sqlalchemy])
Put = Callable[[Connection, int], None]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    database.create(database.store_url("data.db", tmp_path), METADATA, 1)
    return tmp_path / "data.db"


@pytest.fixture
def store(path: Path) -> Iterator[database.Store]:
    opened = database.Store(database.store_url(path.name, path.parent), METADATA, 1)
    yield opened
    opened.close()


def seen(path: Path) -> list[int]:
    """What another process sees."""
    with closing(sqlite3.connect(path)) as other:
        return [number for (number,) in other.execute("SELECT number FROM numbers ORDER BY number")]


@WAYS
def test_a_transaction_is_there_for_others_at_its_end_and_not_before(
    store: database.Store, path: Path, put: Put
) -> None:
    for number in (1, 2, 3):
        with store.writing() as connection:
            put(connection, number)
            assert number not in seen(path)
        assert number in seen(path)


@WAYS
def test_what_raises_leaves_nothing_and_the_next_begins_anew(store: database.Store, path: Path, put: Put) -> None:
    def twice() -> None:
        with store.writing() as connection:
            put(connection, 1)
            put(connection, 1)

    with pytest.raises(IntegrityError):
        twice()
    with store.writing() as connection:
        put(connection, 2)
    assert seen(path) == [2]


@WAYS
def test_a_reader_sees_one_moment_and_the_next_one_sees_what_came_since(store: database.Store, put: Put) -> None:
    numbers = select(NUMBERS.c.number)
    with store.reading() as reader:
        assert reader.execute(numbers).all() == []
        with store.writing() as connection:
            put(connection, 1)
        assert reader.execute(numbers).all() == []
    with store.reading() as reader:
        assert reader.execute(numbers).all() == [(1,)]


def test_a_connection_is_one_users_and_then_the_next_ones(path: Path) -> None:
    engine = create_engine(f"sqlite:///{path}")
    transactions = Transactions(engine, "BEGIN")
    with transactions.one() as first, transactions.one() as second:
        assert first is not second
    with transactions.one() as again:
        assert again in (first, second)
        assert again.execute(text("SELECT count(*) FROM numbers")).scalar() == 0
    transactions.close()
    assert first.closed
    assert second.closed
    engine.dispose()


def test_many_may_read_at_once_and_who_waits_for_no_one_gets_a_connection(store: database.Store) -> None:
    with ExitStack() as held:
        for _ in range(40):
            held.enter_context(store.reading())
        with store.writing() as connection:
            straight(connection, 1)


def test_connections_are_let_go_while_another_thread_takes_the_last_one(path: Path) -> None:
    engine = create_engine(f"sqlite:///{path}")
    transactions, before, lines = Transactions(engine, "BEGIN"), sys.gettrace(), iter(range(1000))
    with transactions.one():
        pass
    with ExitStack() as taken:

        def come_between(_frame: FrameType, event: str, _given: object) -> Any:  # noqa: ANN401  # as typeshed has it
            # Behind the first line of `close`, as a thread may that runs beside it.
            if event == "line" and next(lines) == 1:
                taken.enter_context(transactions.one())
            return come_between

        sys.settrace(lambda frame, *_: come_between if frame.f_code is Transactions.close.__code__ else None)
        try:
            transactions.close()
        finally:
            sys.settrace(before)
    transactions.close()
    engine.dispose()
