"""Whether the store in this folder is the one that was there last, or an older copy (PROTOCOL.md O6).

A keeper whose store came back from a backup may have forgotten releases. It refuses what was issued before the start
of the restored store + 300 s, so that nothing it forgot can be released twice.

The log that the process exports is never larger than the log in its store. So an export that is larger, or that cannot
be read, says that the store is older than the folder. A store that `init` made has no export beside it: it is new.
"""

from pathlib import Path

from sqlalchemy import Connection

from mynumber.exchange.node import Node
from mynumber.keeper import store
from mynumber.plumbing import logs
from mynumber.tlog import checkpoint, note


def restored_at(node: Node, configured: int) -> int | None:
    """Return when the store was first served after it was restored, None for one that never was.

    `configured` is what the operator says of a folder that was restored as a whole, which nothing in it can show.
    """
    exported = _exported(node.folder / "log" / "checkpoint")
    now = node.clock.now()

    def look(connection: Connection) -> int | None:
        if exported is None or exported > node.journal.size(connection):
            # Noted in the store, because the next export hides the difference from the next start.
            store.note_restored(connection, now)
            logs.info("store.restored", state="refusing what was issued before")
        return store.restored(connection)

    noted = node.store.write_now(look) or 0
    return max(noted, configured) or None


def _exported(path: Path) -> int | None:
    """Return the size of the exported log, 0 if nothing was exported, None if it cannot be read."""
    try:
        return checkpoint.parse_checkpoint(note.parse_note(path.read_bytes()).text).head.size
    except FileNotFoundError:
        return 0
    except note.BadNote:
        return None
