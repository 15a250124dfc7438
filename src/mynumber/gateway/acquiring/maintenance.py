"""What the office's own people do to its codes from the command line, beside the running gateway or in its place.

`carried` and `filled` look how far a change of epochs is; the gateway goes on meanwhile. `rewrap` changes the key under
which codes lie at rest; it needs the folder for itself, for a second or two:

  1. Make the next wrap key, or take up the one that a crash left.
  2. Wrap every code and every kept product under it, in one transaction.
  3. Let it take the place of the one before, whose bytes are overwritten.

If we crash before the commit of 2 the old key opens everything, after it the next one does; the step is repeated.
"""

import os
from pathlib import Path

from sqlalchemy import Connection, select

from mynumber.exchange import setup
from mynumber.exchange.running import own_keys, serving
from mynumber.exchange.view import past
from mynumber.gateway.acquiring import filling, rotation
from mynumber.gateway.acquiring.persons import KEY_SIZE, Wrapping
from mynumber.gateway.config import GatewayConfig
from mynumber.gateway.store import ROTATIONS, SCHEMA
from mynumber.plumbing import config, database, faults, keyfiles
from mynumber.plumbing.errors import NotFinished

_WRAP = "wrap"


def carried(folder: Path, epoch: int) -> int:
    """Return to which epoch the codes of `epoch` were carried, or raise NotFinished."""
    settings = config.load(folder / setup.CONFIG, GatewayConfig)
    store = database.Store(database.store_url(settings.store, folder), SCHEMA.metadata, SCHEMA.version)
    try:
        with store.reading() as connection:
            new = connection.execute(select(ROTATIONS.c.new).where(ROTATIONS.c.old == epoch)).scalar()
    finally:
        store.close()
    if new is None:
        hint = "first `mynumber ceremony directory --new-codes`; the gateway carries its codes when that one has begun"
        raise NotFinished("NOT_CARRIED", f"the codes of epoch {epoch} are not carried over yet", hint=hint)
    return int(new)


def filled(folder: Path) -> int:
    """Return the record epoch in which everybody is enrolled by now, for the office to use, or raise NotFinished."""
    settings = config.load(folder / setup.CONFIG, GatewayConfig)
    store = database.Store(database.store_url(settings.store, folder), SCHEMA.metadata, SCHEMA.version)
    try:
        with store.reading() as connection:
            kept = SCHEMA.papers.newest(connection, "directory")
            listed = [each for paper in kept for each in past.body_of(paper).agencies if each.id == settings.id]
            epoch = filling.to_fill(listed[0]) if listed else None
            left = [] if epoch is None else filling.unfilled(connection, epoch)
    finally:
        store.close()
    if epoch is None:
        hint = "first `mynumber ceremony directory --new-records`; the gateway fills it when that one has begun"
        raise NotFinished("NOT_LISTED", "no directory lists a record epoch to fill", hint=hint)
    if left:
        hint = f"such as {left[0]}: wait, or see `mynumber acquire` if the data of the person have changed"
        raise NotFinished("NOT_FILLED", f"{len(left)} persons are not in record epoch {epoch} yet", hint=hint)
    return epoch


def rewrap(folder: Path) -> int:
    """Change the key of the codes at rest of an office that is not served; return how many codes there are."""
    settings = config.load(folder / setup.CONFIG, GatewayConfig)
    with serving.taken(settings, folder):
        faults.arm(settings.faults)
        # (1) The next key.
        path = own_keys.following(folder, _WRAP)
        if not path.exists():
            keyfiles.write_secret(path, os.urandom(KEY_SIZE))
        before, after = (Wrapping(settings.id, key) for key in own_keys.held(folder, _WRAP))
        store = database.Store(database.store_url(settings.store, folder), SCHEMA.metadata, SCHEMA.version)
        try:
            # (2) Everything that is wrapped.
            with store.writing() as connection:
                count = _rewrap(connection, before, after)
            faults.point("gateway.rewrap.commit.after")
        finally:
            store.close()
        # (3) The next key is the one.
        own_keys.replace(folder, _WRAP)
    return count


def _rewrap(connection: Connection, before: Wrapping, after: Wrapping) -> int:
    if before.opens(connection):
        return rotation.rewrap(connection, before, after)
    # The commit of an earlier call stands; its last step is made up for.
    own_keys.require("wrap.key", fits=after.opens(connection))
    return 0
