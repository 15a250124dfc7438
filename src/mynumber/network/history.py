"""What an operator knows when it is asked to sign the next directory: its own store, never the ceremony's folder.

The store holds every directory that this operator accepted, so it tells which one the next must follow and which ids
were listed before and may not come back (PROTOCOL.md section 4). The operator goes on serving meanwhile.
"""

from pathlib import Path

from mynumber.codes import jws, wire
from mynumber.codes.parties import directory as directories
from mynumber.codes.parties import entries
from mynumber.exchange import setup
from mynumber.exchange.ceremony.signing import History
from mynumber.exchange.view import anchors
from mynumber.network.config import OperatorConfig
from mynumber.network.store import SCHEMA
from mynumber.plumbing import canonical, config, database
from mynumber.plumbing.errors import NotFinished

_MOST = 100_000  # versions; a directory a day for centuries


def history(folder: Path) -> History:
    """Return what the operator of `folder` accepted so far; nothing for one that was never served."""
    if not (folder / anchors.FILE).exists():
        return History()
    settings = config.load(folder / setup.CONFIG, OperatorConfig)
    store = database.Store(database.store_url(settings.store, folder), SCHEMA.metadata, SCHEMA.version)
    try:
        with store.reading() as connection:
            kept = SCHEMA.papers.newest(connection, "directory", _MOST)
    finally:
        store.close()
    if not kept:
        raise NotFinished("NOT_SERVED", "this operator has accepted no directory yet", hint="serve it first")
    bodies = [jws.parse(canonical.decode(each), entries.TYP, wire.MAX_LARGE_PAYLOAD).value for each in kept]
    listed = {party for body in bodies for party, _ in wire.read(body, entries.Body).roles()}
    trusted = anchors.load(folder)
    newest = canonical.decode(kept[0])
    believed = trusted.believed(anchors.version_of(newest))
    last = directories.load_directory(newest, network=trusted.network, anchors=believed, now=None, last=None)
    return History(last, frozenset(listed))
