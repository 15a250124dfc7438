"""The department's own database: read through the configured mapping, never copied, never written.

A query sees `:person` (the office's own reference) and the conditions of the inquiry as bound parameters; what it was
not asked for is null. The connection is read-only, so a mapping that tries to write fails, and so does one that does
not bind `:person`: it would give everybody's rows. A condition that a query does not bind cannot be kept, so under it
nothing is answered: an answer about all years must not look like one about the year that was asked for.
"""

import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from mynumber.exchange.context import Conditions
from mynumber.gateway.items import correction
from mynumber.plumbing.canonical import Json
from mynumber.plumbing.errors import NotFinished, WrongUse

NOBODY = ""
QUERY_SECONDS = 10.0
_STEPS = 10_000  # of SQLite's machine between two looks at the clock
_READING = frozenset([sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE])
_ENDLESS = (float("inf"), float("-inf"))
_CONDITIONS = ("fiscal_year", "from", "to")


class Wanted(NamedTuple):
    """What is looked for: whose rows (None is nobody), of which items, under which conditions."""

    person: str | None
    items: tuple[str, ...]
    conditions: Conditions


class Business:
    """A department's database behind a mapping from items to queries."""

    def __init__(self, path: Path, mapping: Mapping[str, str]) -> None:
        """Check that the database can be read and every query of the mapping is understood by it.

        An office that answers nothing, because its mapping is empty, needs no database.
        """
        self._path, self._mapping = path, mapping
        self._bound: dict[str, frozenset[str]] = {}
        if not mapping:
            return
        for item in mapping:
            if (hint := correction(item)) is not None:
                raise WrongUse("BAD_MAPPING", f"[mapping] has an item that does not exist: {item}", hint=hint)
        with self._reading() as connection:
            for item, query in mapping.items():
                try:
                    connection.execute(f"EXPLAIN {query}", _parameters(NOBODY, Conditions()))
                except sqlite3.Error as problem:
                    raise WrongUse(
                        "BAD_MAPPING", f"the query of {item} fails: {problem}", hint="correct [mapping] in config.toml"
                    ) from problem
                if not _binds(connection, query, "person"):
                    # It would give everybody's rows to whoever asks about one person.
                    hint = "select that person's rows alone, such as WHERE ref = :person"
                    raise WrongUse("BAD_MAPPING", f"the query of {item} does not bind :person", hint=hint)
                self._bound[item] = frozenset(name for name in _CONDITIONS if _binds(connection, query, name))

    def takes(self, items: tuple[str, ...], conditions: Conditions) -> bool:
        """Tell whether the query of each of these items, as far as it has one, binds every condition that is set."""
        given = {name for name, value in _parameters(NOBODY, conditions).items() if value is not None} - {"person"}
        return all(given <= self._bound[item] for item in items if item in self._bound)

    def look_up(self, wanted: Sequence[Wanted]) -> list[dict[str, Json]]:
        """Return for each the rows of each item: column -> value, in the query's order; empty where nothing is held.

        For nobody (None) the same queries run, so that an unknown person costs what a known one costs.
        """
        if not any(item in self._mapping for each in wanted for item in each.items):
            return [{item: [] for item in each.items} for each in wanted]
        # Opening costs as much as a dozen queries, so all entries of an inquiry are read through one connection.
        with self._reading() as connection:
            return [self._held(connection, each) for each in wanted]

    def _held(self, connection: sqlite3.Connection, wanted: Wanted) -> dict[str, Json]:
        _give_time(connection)
        parameters = _parameters(NOBODY if wanted.person is None else wanted.person, wanted.conditions)
        return {
            item: _rows(connection, self._mapping[item], parameters) if item in self._mapping else []
            for item in wanted.items
        }

    def trouble(self) -> str | None:
        """Say why the database cannot be read and what to do, None if it can or if nothing is answered from it."""
        if not self._mapping:
            return None
        try:
            with self._reading() as connection:
                connection.execute("SELECT 1 FROM sqlite_schema LIMIT 1")
        except NotFinished as problem:
            return f"{problem.message}; {problem.hint}"
        except sqlite3.Error:
            return f"{self._path.name} is no database that can be read; restore it"
        return None

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        try:
            connection = sqlite3.connect(f"file:{self._path}?mode=ro", uri=True)
        except sqlite3.Error as problem:
            raise NotFinished(
                "NO_BUSINESS_DATA",
                f"{self._path.name} cannot be read",
                hint="check that the file exists and this process may read it and its folder",
            ) from problem
        try:
            connection.execute("PRAGMA query_only=ON")
            # From here on: SELECTs over this file's own tables, and not for ever.
            connection.set_authorizer(_only_reading)
            _give_time(connection)
            yield connection
        finally:
            connection.close()


def _binds(connection: sqlite3.Connection, query: str, name: str) -> bool:
    """Tell whether a query needs a parameter: it cannot run where that one alone is missing."""
    parameters = _parameters(NOBODY, Conditions())
    del parameters[name]
    try:
        connection.execute(f"EXPLAIN {query}", parameters)
    except sqlite3.Error:
        return True
    return False


def _give_time(connection: sqlite3.Connection) -> None:
    """From now on the queries of one entry may run so long."""
    deadline = time.monotonic() + QUERY_SECONDS
    connection.set_progress_handler(lambda: time.monotonic() > deadline, _STEPS)


def _only_reading(action: int, *_details: str | None) -> int:
    """Allow what a SELECT does; ATTACH, PRAGMA and everything that writes are denied when a query is prepared."""
    return sqlite3.SQLITE_OK if action in _READING else sqlite3.SQLITE_DENY


def _parameters(person: str, conditions: Conditions) -> dict[str, str | int | None]:
    return {
        "person": person,
        "fiscal_year": conditions.fiscal_year,
        "from": conditions.from_,
        "to": conditions.to,
    }


def _rows(connection: sqlite3.Connection, query: str, parameters: dict[str, str | int | None]) -> Json:
    try:
        cursor = connection.execute(query, parameters)
        names = [column[0] for column in cursor.description]
        rows = cursor.fetchall()
    except sqlite3.Error as problem:
        raise NotFinished(
            "NO_BUSINESS_DATA", "the department's database does not answer", hint="try again"
        ) from problem
    if any(isinstance(value, bytes) or value in _ENDLESS for row in rows for value in row):
        hint = "select finite numbers and text in [mapping]"
        raise NotFinished("BAD_MAPPING", "a query gives values that no answer can carry", hint=hint)
    return [dict(zip(names, row, strict=True)) for row in rows]
