"""Whether the store in this folder is the one that was there last, or an older copy (PROTOCOL.md O6).

A party whose store came back from a backup may have forgotten what it endorsed, released or answered. It refuses what
was created (operators) or issued (keeper, receivers) before the start of the restored store + 300 s, so that nothing it
forgot can happen twice.

The log that the process exports is never larger than the log in its store. So an export that is larger, or that cannot
be read, says that the store is older than the folder. A store that `init` made has no export beside it: it is new.

A party that keeps no log (register, portal, supervisor) has a mark instead: a number in the store that grows soon after
the store changed, and beside it in `log/served`, never the larger one.
"""

import asyncio
import contextlib
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import Column, Connection, MetaData, Table, func, select

from mynumber.exchange.log.journal import Journal
from mynumber.plumbing import database, durable, logs
from mynumber.plumbing.database import Store
from mynumber.tlog import checkpoint, note

MARK: Final = "served"
_MARK_SECONDS: Final = 1.0


class Restorations:
    """When a party's store was found to be restored; `metadata` is the party's own schema, `marked` one without log."""

    def __init__(self, metadata: MetaData, *, marked: bool) -> None:
        """Declare the tables in a schema."""
        self._served = _served(metadata) if marked else None
        self._restored = database.table(
            "restored",
            metadata,
            Column(
                "at",
                database.Int,
                primary_key=True,
                autoincrement=False,
                comment="unix time of the first start after it",
            ),
            purpose="when the store came back from a backup; requests of before are refused",
        )

    def note(self, connection: Connection, at: int) -> None:
        """Note that the store was found to be older than the folder it lies in."""
        connection.execute(database.upsert(connection, self._restored).values(at=at).on_conflict_do_nothing())

    def last(self, connection: Connection) -> int | None:
        """Return when the store was last found to be restored."""
        found: int | None = connection.execute(select(func.max(self._restored.c.at))).scalar()
        return found

    def mark(self, connection: Connection) -> int:
        """Return the mark of a store without a log, 0 where it never changed or is of before there were marks."""
        assert self._served is not None  # noqa: S101  # a store without a log declared it
        self._served.create(connection, checkfirst=True)
        found: int | None = connection.execute(select(func.max(self._served.c.number))).scalar()
        return found or 0


def _served(metadata: MetaData) -> Table:
    return database.table(
        MARK,
        metadata,
        Column("number", database.Int, primary_key=True, autoincrement=False, comment="how often it changed"),
        purpose="by what this store is known to be no older than the folder it lies in",
    )


@dataclass(frozen=True, slots=True)
class Place:
    """Where to look: the folder's export, the log in the store, and what was noted before."""

    folder: Path
    store: Store
    journal: Journal | None
    restorations: Restorations


def restored_at(place: Place, *, now: int, configured: int) -> int | None:
    """Return when the store was first served after it was restored, None for one that never was.

    `configured` is what the operator says of a folder that was restored as a whole, which nothing in it can show.
    """
    log, journal = place.folder / "log", place.journal
    exported = _marked(log / MARK) if journal is None else _exported(log / "checkpoint")

    def look(connection: Connection) -> int | None:
        kept = place.restorations.mark(connection) if journal is None else journal.size(connection)
        if exported is None or exported > kept:
            # Noted in the store, because the next export hides the difference from the next start.
            place.restorations.note(connection, now)
            logs.info("store.restored", state="refusing what was issued before")
        return place.restorations.last(connection)

    noted = place.store.write_now(look) or 0
    return max(noted, configured) or None


def _exported(path: Path) -> int | None:
    """Return the size of the exported log, 0 if nothing was exported, None if it cannot be read."""
    try:
        return checkpoint.parse_checkpoint(note.parse_note(path.read_bytes()).text).head.size
    except FileNotFoundError:
        return 0
    except note.BadNote:
        return None


def _marked(path: Path) -> int | None:
    """Return the exported mark, 0 if nothing was exported, None if it cannot be read."""
    try:
        text = path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return 0
    except (OSError, UnicodeDecodeError):
        return None
    return int(text) if text.isdecimal() and len(text) < 16 else None


async def keep_mark(path: Path, folder: Path) -> None:
    """Let the mark of the store at `path` grow whenever the store changed, until cancelled; the export follows it.

    A crash between both leaves the export behind the store, which says nothing; the next change sets it right.
    """
    await asyncio.to_thread(folder.mkdir, exist_ok=True)
    with contextlib.closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as own:
        seen = -1
        while True:
            # A store in trouble, or a full disk, is told by the store itself; it changes nothing meanwhile.
            with contextlib.suppress(sqlite3.Error, OSError):
                # Grows when another connection commits, in whichever process, and not by our own commits.
                (version,) = await asyncio.to_thread(_one, own, "PRAGMA data_version")
                if version != seen:
                    number = await asyncio.to_thread(_grow, own)
                    await asyncio.to_thread(durable.put, folder / MARK, f"{number}\n".encode("ascii"))
                    seen = version
            await asyncio.sleep(_MARK_SECONDS)


def _one(own: sqlite3.Connection, query: str) -> tuple[int]:
    found: tuple[int] = own.execute(query).fetchone()
    return found


def _grow(own: sqlite3.Connection) -> int:
    own.execute("BEGIN IMMEDIATE")
    try:
        (number,) = _one(own, "SELECT coalesce(max(number), 0) + 1 FROM served")
        own.execute("DELETE FROM served")
        own.execute("INSERT INTO served VALUES (?)", (number,))
    except BaseException:
        own.execute("ROLLBACK")
        raise
    own.execute("COMMIT")
    return number
