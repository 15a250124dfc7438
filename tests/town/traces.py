"""What an act left behind: rows in the stores of all institutions, and bytes in their journals."""

import base64
import hashlib
import json
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from mynumber.world.town.layout import Town

Place = tuple[str, str]
"""(institution, table)"""
State = tuple[int, str]
"""How many rows, and a digest of them all; empty for a table that changes by itself."""

# These change by themselves: reports that replace the one before, what is erased in time, what is delivered later.
# Of them the rows are counted; of every other table each value is compared.
_MOVING = {
    *(("supervisor", "counts"), ("supervisor", "logs")),
    # The mark that a store moves on by itself, from which it knows later that it was restored.
    *((party, "served") for party in ("register", "portal", "supervisor")),
    *(("operator-1", "requests"), ("operator-2", "requests")),
    *(
        (office, table)
        for office in ("city-a", "city-b", "pension", "tax", "accounts")
        for table in ("answered", "outbox")
    ),
}
# When the supervisor last saw everything stand still, the leaves that it looked at, and what the keeper still owes the
# portal and has brought there: they follow from other rows, later and by themselves.
_UNWATCHED = {
    *(("supervisor", table) for table in ("quiet", "leaves", "edges")),
    *(("keeper", "owed"), ("portal", "replica_rows"), ("portal", "replica_outcomes")),
}
# A code that somebody asked for before may arrive at any time; then it is on its way no longer, and is counted.
_ON_ITS_WAY = ("register", "acquisitions"), ("register", "enrolments")
# A new state of the network comes every ten minutes.
_ROWS = {"papers": "\"papers\" WHERE kind <> 'state'"}


class Stores:
    """The stores of a town, watched from outside; one that nobody wrote to is not read again."""

    def __init__(self, town: Town) -> None:
        """Open every store to read it."""
        paths = [(institution.name, path) for institution in town.institutions for path in institution.databases]
        self._open = [(party, _reader(path)) for party, path in paths]
        self._seen: dict[sqlite3.Connection, tuple[int, dict[Place, State]]] = {}

    def close(self) -> None:
        """Let go of the stores."""
        for _, connection in self._open:
            connection.close()

    def states(self) -> dict[Place, State]:
        """Return for every table of every store how many rows it has, and a digest of them."""
        found: dict[Place, State] = {}
        for party, connection in self._open:
            version = int(connection.execute("PRAGMA data_version").fetchone()[0])
            if self._seen.get(connection, (0,))[0] != version:
                self._seen[connection] = version, _states(connection, party)
            found |= self._seen[connection][1]
        return found

    @contextmanager
    def gain(self, expected: Mapping[Place, int] | None = None) -> Iterator[None]:
        """Fail unless the block adds exactly these rows; a table with 0 may change otherwise, one not named may not."""
        allowed = dict(expected or {})
        before = self.states()
        yield
        after = self.states()
        new = {place: after[place][0] - before[place][0] for place in after if after[place] != before[place]}
        # The log's inner nodes and its checkpoint follow from its entries.
        for party, table in list(new):
            if table in ("log_nodes", "log_checkpoint") and (party, "log_entries") in new:
                del new[party, table]
        if any(new.get(place, 0) < 0 for place in _ON_ITS_WAY):
            for place in (*_ON_ITS_WAY, ("register", "counts")):
                if new.get(place, 0) <= 0:
                    new.pop(place, None)
        assert new == allowed, f"left {new}, expected {allowed}"


def _reader(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=30, isolation_level=None)


def _states(connection: sqlite3.Connection, party: str) -> dict[Place, State]:
    connection.execute("BEGIN")
    try:
        tables = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
        places = [(party, table) for (table,) in tables if (party, table) not in _UNWATCHED]
        return {place: _state(connection, *place) for place in places}
    finally:
        connection.execute("COMMIT")


def _state(connection: sqlite3.Connection, party: str, table: str) -> State:
    source = _ROWS.get(table, f'"{table}"')
    if (party, table) in _MOVING:
        return int(connection.execute(f"SELECT count(*) FROM {source}").fetchone()[0]), ""
    rows = connection.execute(f"SELECT * FROM {source}").fetchall()
    return len(rows), hashlib.sha256(repr(rows).encode("utf-8", "surrogatepass")).hexdigest()


def base64_of(data: bytes) -> str:
    """Return bytes as PEM writes them."""
    return base64.encodebytes(data).decode("ascii").strip()


def journals_tell(town: Town, needles: Collection[str]) -> list[tuple[str, str]]:
    """Return where a journal of the town says what none may say; the tap of a test town is to say all that passes."""
    everything = [each for institution in town.institutions for each in told(institution.folder / "journal", needles)]
    return [(file, needle) for file, needle in everything if not file.startswith("tap/")]


def told(folder: Path, needles: Iterable[str]) -> list[tuple[str, str]]:
    """Return (file, needle) for every text that stands in a file below a folder, as UTF-8 or as an escape of it."""
    spelled = [
        (needle, spelling)
        for needle in needles
        for spelling in {
            *(needle.encode(), json.dumps(needle)[1:-1].encode("ascii")),
            # A text of bytes, as a traceback shows it.
            repr(needle.encode())[2:-1].encode("ascii"),
        }
    ]
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    assert files, f"{folder} holds nothing to search"
    return [
        (str(path.relative_to(folder)), needle)
        for path in files
        for data in [path.read_bytes()]
        for needle, spelling in spelled
        if spelling in data
    ]
