"""The bytes in which a search looks: files as they lie there, and values as they are read.

Promises every byte of every file of a folder, write-ahead logs and journals included, and beside that every value of
every column as one piece, because a file cuts long values in two at the borders of its pages; and whatever a value
carries in base64url inside canonical JSON, to any depth.
"""

import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from mynumber.plumbing import canonical, tap
from mynumber.plumbing.canonical import Json, NotCanonical

_BETWEEN = b"\n\0\n"


@dataclass(frozen=True, slots=True)
class Piece:
    """Bytes and where they come from."""

    where: str
    data: bytes = field(repr=False)


def files(folder: Path) -> Iterator[Piece]:
    """Return every file below a folder, as it lies there now."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield Piece(str(path.relative_to(folder)), path.read_bytes())


def columns(store: Path) -> Iterator[Piece]:
    """Return all values of each column of a store, numbers in decimal, each with everything it carries."""
    with closing(sqlite3.connect(f"{store.resolve().as_uri()}?mode=ro", uri=True, timeout=10)) as connection:
        for table, column in connection.execute(
            "SELECT t.name, c.name FROM sqlite_schema AS t, pragma_table_info(t.name) AS c WHERE t.type = 'table'"
        ).fetchall():
            query = f'SELECT CAST("{column}" AS BLOB) FROM "{table}" WHERE "{column}" IS NOT NULL'  # noqa: S608
            values = [bytes(row[0]) for row in connection.execute(query)]
            yield Piece(
                f"{store.name}: {table}.{column}", _BETWEEN.join(part for value in values for part in unfolded(value))
            )


def tapped(folder: Path, until: int | None = None) -> Iterator[Piece]:
    """Return what an institution received and sent, file by file of its tap, each body with everything it carries.

    `until` leaves out what passed later (unix nanoseconds).
    """
    parts: dict[Path, list[bytes]] = defaultdict(list)
    for message in tap.read(folder):
        if until is None or message.at <= until:
            parts[message.file] += [message.head, *unfolded(message.body)]
    for path, carried in parts.items():
        yield Piece(f"{path.relative_to(folder)}: messages", _BETWEEN.join(carried))


def unfolded(data: bytes) -> Iterator[bytes]:
    """Return the data, and if it is canonical JSON, whatever its strings carry in base64url."""
    yield data
    try:
        value = canonical.decode(data)
    except NotCanonical:
        return
    for text in _strings(value):
        try:
            carried = canonical.unb64(text)
        except NotCanonical:
            continue
        yield from unfolded(carried)


def _strings(value: Json) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for each in value:
            yield from _strings(each)
    elif isinstance(value, dict):
        for each in value.values():
            yield from _strings(each)
