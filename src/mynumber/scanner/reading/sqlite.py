"""SQLite databases: promises every column of every table, and that no lock can disturb.

A small one is read from a copy in memory, a large one where it lies.
"""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from urllib.parse import quote

from mynumber.scanner.finds import Location, Unread
from mynumber.scanner.reading.cells import column_part
from mynumber.scanner.reading.parts import CannotRead, Part

_LARGEST = 1 << 16
_HEAD = 100
_CODES = (16, 20, 28, 32, 48, 64)


def parts_of(path: str, content: memoryview) -> Iterator[Part | Unread]:
    """Yield one part a column of a database in memory; what is damaged in one table hides no other."""
    with closing(sqlite3.connect(":memory:")) as database:
        try:
            database.deserialize(content)
        except sqlite3.Error as problem:
            yield Unread(path, _broken(problem))
            return
        yield from _tables(path, database, content, len(content))


def parts_of_file(path: str, file: str) -> Iterator[Part | Unread]:
    """Yield one part a column of a database in a file, as if nobody could change it: its journal is not read."""
    with open(file, "rb") as stream:
        head = stream.read(_HEAD)
        size = os.fstat(stream.fileno()).st_size
    with closing(sqlite3.connect(f"file:{quote(os.fsencode(file))}?mode=ro&immutable=1", uri=True)) as database:
        yield from _tables(path, database, memoryview(head), size)


def _tables(path: str, database: sqlite3.Connection, head: memoryview, size: int) -> Iterator[Part | Unread]:
    try:
        database.text_factory = lambda value: value.decode("utf-8", "replace")
        if _pages(head) > size:
            yield Unread(path, "a database that was cut off")
        tables = database.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").fetchall()
        for (table,) in tables:
            yield from _columns(path, database, table)
    except sqlite3.Error as problem:
        yield Unread(path, _broken(problem))


def _pages(content: memoryview) -> int:
    """Return how many bytes the database says it has; it says so truly where two counters agree."""
    size = int.from_bytes(content[16:18])
    # A page of 65536 bytes is written as 1.
    size = _LARGEST if size == 1 else size
    return size * int.from_bytes(content[28:32]) if content[24:28] == content[92:96] else 0


def _columns(path: str, database: sqlite3.Connection, table: str) -> Iterator[Part | Unread]:
    quoted = table.replace('"', '""')
    try:
        for column in [row[1] for row in database.execute(f'PRAGMA table_xinfo("{quoted}")')]:
            name = column.replace('"', '""')
            cells = _cells(database, f'"{name}" FROM "{quoted}"')
            yield column_part(path, column, cells, _at(f"{table}.{column}"))
    except sqlite3.Error as problem:
        yield Unread(path, _broken(problem))


def _cells(database: sqlite3.Connection, what: str) -> Iterator[tuple[int, str]]:
    try:
        try:
            rows = database.execute(f"SELECT rowid, {what}")
        except sqlite3.OperationalError:
            # A table without rowid, or a view of a module: its rows are counted.
            rows = database.execute(f"SELECT row_number() OVER (), {what}")
        yield from ((row, _text(value)) for row, value in rows if value is not None)
    except sqlite3.Error as problem:
        raise CannotRead(_broken(problem)) from problem


def _broken(problem: sqlite3.Error) -> str:
    return f"database: {type(problem).__name__}"


def _at(column: str) -> Callable[[int], Location]:
    return lambda row: Location(key=f"{column}[{row}]")


def _text(value: object) -> str:
    if not isinstance(value, bytes):
        return str(value)
    if len(value) in _CODES:
        # Short bytes that are no text may be codes or digests; in hex they stay what they are.
        try:
            return value.decode("utf-8")
        except UnicodeDecodeError:
            return value.hex()
    return value.decode("utf-8", "replace")
