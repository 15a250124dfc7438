"""Transactions on connections that stay open, one user at a time.

Promises what SQLAlchemy's own `begin` promises: all of a transaction or nothing. Taking a connection out of a pool,
beginning and giving it back cost several times what a look by key takes, so here a connection is kept between
transactions, and a transaction is two statements. One in which anything failed is given back to SQLAlchemy, which
takes back what was done on it.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, text

from mynumber.plumbing.statements import Prepared


class Transactions:
    """All transactions of one sort: `begin` is the statement that each begins with."""

    def __init__(self, engine: Engine, begin: str) -> None:
        """Prepare; connections are opened when needed."""
        self._engine = engine
        self._begin: Prepared[tuple[()]] = Prepared(text(begin))
        self._idle: list[Connection] = []  # append and pop are atomic, so threads need no lock

    @contextmanager
    def one(self) -> Iterator[Connection]:
        """Run a transaction: committed at the end, taken back if anything is raised."""
        connection = self._taken()
        try:
            self._begin.run(connection)
            yield connection
            # A statement that went through SQLAlchemy has made it believe that the transaction is its own.
            (connection if connection.in_transaction() else connection.connection).commit()
        except BaseException:
            connection.close()
            raise
        self._idle.append(connection)

    def _taken(self) -> Connection:
        kept = self._kept()
        return self._engine.connect() if kept is None else kept

    def _kept(self) -> Connection | None:
        # Not looked at before: between a look and the taking another thread may take it.
        try:
            return self._idle.pop()
        except IndexError:
            return None

    def close(self) -> None:
        """Close the connections that nobody uses."""
        while (connection := self._kept()) is not None:
            connection.invalidate()
            connection.close()
