"""Statements that run for every message: written with SQLAlchemy like all others, put into words once.

Making a statement anew and handing it through SQLAlchemy costs thirty times what the driver needs to run it. A
`Prepared` keeps its text for each kind of store and goes to the driver straight, inside the transaction of the
connection that it is given; its failures are the exceptions that SQLAlchemy would raise.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeAlias, TypeVar

from sqlalchemy import Connection, Table, insert
from sqlalchemy.engine.interfaces import DBAPICursor, Dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import ClauseElement

Value: TypeAlias = bytes | str | int | None
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class _Words:
    """A statement as one kind of store takes it: its text, the values in order, those that it says itself."""

    text: str
    names: tuple[str, ...]
    said: Mapping[str, Value]

    def values(self, given: Mapping[str, Value]) -> tuple[Value, ...]:
        """Return the values in the order of the text; a name that nobody gave fails."""
        said = self.said
        return tuple(given[name] if name in given else said[name] for name in self.names)


class Prepared(Generic[R]):
    """One statement whose values are named by `bindparam`, of an INSERT by its columns; R is the type of its rows."""

    def __init__(self, statement: ClauseElement, *, columns: Sequence[str] | None = None) -> None:
        """Keep the statement; `columns` are those that an INSERT gives, all of them if it is None."""
        self._statement, self._columns = statement, columns
        self._words: dict[str, _Words] = {}

    @classmethod
    def insert(cls, table: Table, *columns: str) -> "Prepared[tuple[()]]":
        """Return the INSERT of a row with these columns, all of the table's if none is named."""
        return Prepared(insert(table), columns=columns or [column.name for column in table.columns])

    def first(self, connection: Connection, **values: Value) -> R | None:
        """Return the first row, None if there is none."""
        cursor = self._run(connection, values)
        row: R | None = cursor.fetchone()
        cursor.close()
        return row

    def all(self, connection: Connection, **values: Value) -> Sequence[R]:
        """Return every row."""
        return self._run(connection, values).fetchall()

    def run(self, connection: Connection, **values: Value) -> int:
        """Run it; return how many rows it changed."""
        return self._run(connection, values).rowcount

    def run_all(self, connection: Connection, rows: Iterable[Mapping[str, Value]]) -> None:
        """Run it once for each row."""
        words = self._in_words(connection.dialect)
        cursor = connection.connection.cursor()
        try:
            cursor.executemany(words.text, [words.values(row) for row in rows])
        except connection.dialect.loaded_dbapi.Error as problem:
            raise _as_raised(connection, words.text, problem) from problem

    def _run(self, connection: Connection, values: Mapping[str, Value]) -> DBAPICursor:
        words = self._words.get(connection.dialect.name) or self._in_words(connection.dialect)
        cursor = connection.connection.cursor()
        try:
            cursor.execute(words.text, words.values(values))
        except connection.dialect.loaded_dbapi.Error as problem:
            raise _as_raised(connection, words.text, problem) from problem
        return cursor

    def _in_words(self, dialect: Dialect) -> _Words:
        known = self._words.get(dialect.name)
        if known is None:
            compiled = self._statement.compile(dialect=dialect, column_keys=self._columns)
            assert isinstance(compiled, SQLCompiler)  # noqa: S101  # statements are, DDL is not
            said = {name: value for name, value in compiled.params.items() if isinstance(value, bytes | str | int)}
            known = self._words[dialect.name] = _Words(compiled.string, tuple(compiled.positiontup or ()), said)
        return known


def _as_raised(connection: Connection, text: str, problem: Exception) -> DBAPIError | Exception:
    """Return the exception that SQLAlchemy raises for one of the driver; values stay out of it."""
    base = connection.dialect.loaded_dbapi.Error
    raised = DBAPIError.instance(text, None, problem, base, hide_parameters=True, dialect=connection.dialect)
    return raised if isinstance(raised, Exception) else problem
