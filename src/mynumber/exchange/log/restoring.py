"""Whether the store in this folder is the one that was there last, or an older copy (PROTOCOL.md O6).

A party whose store came back from a backup may have forgotten what it endorsed, released or answered. It refuses what
was created (operators) or issued (keeper, receivers) before the start of the restored store + 300 s, so that nothing it
forgot can happen twice.

The log that the process exports is never larger than the log in its store. So an export that is larger, or that cannot
be read, says that the store is older than the folder. A store that `init` made has no export beside it: it is new.
"""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Column, Connection, MetaData, func, select

from mynumber.exchange.log.journal import Journal
from mynumber.plumbing import database, logs
from mynumber.plumbing.database import Store
from mynumber.tlog import checkpoint, note


class Restorations:
    """When a party's store was found to be restored; `metadata` is the party's own schema."""

    def __init__(self, metadata: MetaData) -> None:
        """Declare the table in a schema."""
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


@dataclass(frozen=True, slots=True)
class Place:
    """Where to look: the folder's export, the log in the store, and what was noted before."""

    folder: Path
    store: Store
    journal: Journal
    restorations: Restorations


def restored_at(place: Place, *, now: int, configured: int) -> int | None:
    """Return when the store was first served after it was restored, None for one that never was.

    `configured` is what the operator says of a folder that was restored as a whole, which nothing in it can show.
    """
    exported = _exported(place.folder / "log" / "checkpoint")

    def look(connection: Connection) -> int | None:
        if exported is None or exported > place.journal.size(connection):
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
