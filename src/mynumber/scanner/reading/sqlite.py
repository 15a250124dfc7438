"""SQLite databases: promises every column of every table, in a copy in memory that no lock or journal can disturb."""

import sqlite3
from collections.abc import Callable, Iterator

from mynumber.scanner.finds import Location, Unread
from mynumber.scanner.reading.cells import column_part
from mynumber.scanner.reading.parts import Part

_CODES = (16, 20, 28, 32, 48, 64)


def parts_of(path: str, content: memoryview) -> Iterator[Part | Unread]:
    """Yield one part a column."""
    database = sqlite3.connect(":memory:")
    try:
        database.deserialize(content)
        database.text_factory = lambda value: value.decode("utf-8", "replace")
        tables = database.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").fetchall()
        for (table,) in tables:
            quoted = table.replace('"', '""')
            for column in [row[1] for row in database.execute(f'PRAGMA table_info("{quoted}")')]:
                name = column.replace('"', '""')
                values = database.execute(f'SELECT rowid, "{name}" FROM "{quoted}"')  # noqa: S608
                cells = ((row, _text(value)) for row, value in values if value is not None)
                yield column_part(path, column, cells, _at(f"{table}.{column}"))
    except sqlite3.Error as problem:
        yield Unread(path, f"database: {type(problem).__name__}")
    finally:
        database.close()


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
