"""What lies in a folder: whose it is, which stores it has, and what SQLite says that each of them holds.

Promises to change nothing, not even a file beside a store: a store that nobody has open is read as it lies there.
"""

import sqlite3
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from mynumber.exchange.setup import CONFIG
from mynumber.plumbing import database
from mynumber.plumbing.errors import NotFinished, WrongUse
from mynumber.world.inventory import declared
from mynumber.world.inventory.declared import Tables

_MAGIC = b"SQLite format 3\0"
_ASK = "PRAGMA query_only = ON"


@dataclass(frozen=True, slots=True)
class Owner:
    """An institution and what it is declared to hold, by store."""

    name: str
    role: str
    folder: Path
    stores: Mapping[Path, Tables]


@dataclass(frozen=True, slots=True)
class Held:
    """One table as it lies in a store."""

    name: str
    columns: tuple[str, ...]
    rows: int


def owners(folder: Path) -> tuple[Owner, ...]:
    """Return the institution of a folder, or all of a town's folder; WrongUse if there is none."""
    folder = folder.resolve()
    places = [folder, *sorted(path for path in folder.iterdir() if path.is_dir())] if folder.is_dir() else []
    found = tuple(_owner(place) for place in places if (place / CONFIG).is_file())
    if not found:
        raise WrongUse(
            "NO_INSTITUTION", f"{folder} has no institution", hint="name a town's or an institution's folder"
        )
    return found


def _owner(folder: Path) -> Owner:
    try:
        said = tomllib.loads((folder / CONFIG).read_text(encoding="utf-8"))
        name, role = str(said["id"]), str(said["role"])
    except (OSError, ValueError, KeyError) as problem:
        raise WrongUse("BAD_CONFIG", f"{folder / CONFIG} cannot be read", hint="correct it") from problem

    def store(member: str, usual: str) -> Path:
        return Path(database.store_url(str(said.get(member, usual)), folder).database or "")

    if role != "gateway":
        return Owner(name, role, folder, {store("store", "data.db"): declared.main_store(role)})
    stores = {
        store("store", "gateway.db"): declared.main_store(role),
        store("vault", "vault.db"): declared.vault_store(),
        store("business", "business.db"): declared.business_store(name),
    }
    return Owner(name, role, folder, stores)


def strays(owner: Owner) -> tuple[Path, ...]:
    """Return every SQLite file in an owner's folder that none of its stores is."""
    return tuple(path for path in sorted(owner.folder.rglob("*")) if _is_sqlite(path) and path not in owner.stores)


def _is_sqlite(path: Path) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(len(_MAGIC)) == _MAGIC


@contextmanager
def reading(store: Path) -> Iterator[sqlite3.Connection]:
    """Open a store to read it, with what its write-ahead log has; NotFinished if it cannot be read."""
    # A store that a process has open has its write-ahead log beside it; without one nothing would be missed.
    mode = "mode=ro" if store.with_name(f"{store.name}-wal").exists() else "mode=ro&immutable=1"
    try:
        with closing(sqlite3.connect(f"{store.as_uri()}?{mode}", uri=True, timeout=10)) as connection:
            connection.execute(_ASK)
            yield connection
    except sqlite3.Error as problem:
        raise NotFinished("UNREADABLE", f"{store} cannot be read", hint="check its rights, then repeat") from problem


def held(connection: sqlite3.Connection) -> tuple[Held, ...]:
    """Return every table of a store, SQLite's own and hidden columns included."""
    names = [row[0] for row in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")]
    return tuple(_held(connection, name) for name in ("sqlite_schema", *names))


def others(connection: sqlite3.Connection) -> tuple[str, ...]:
    """Return what could show or copy values without being a table: views and triggers."""
    query = "SELECT type || ' ' || name FROM sqlite_schema WHERE type NOT IN ('table', 'index') ORDER BY name"
    return tuple(row[0] for row in connection.execute(query))


def _held(connection: sqlite3.Connection, table: str) -> Held:
    columns = tuple(row[0] for row in connection.execute("SELECT name FROM pragma_table_xinfo(?)", (table,)))
    quoted = table.replace('"', '""')
    return Held(table, columns, int(connection.execute(f'SELECT count(*) FROM "{quoted}"').fetchone()[0]))  # noqa: S608
