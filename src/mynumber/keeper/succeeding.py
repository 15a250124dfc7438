"""How a new keeper takes over from the one before (PROTOCOL.md section 12): h, members, counters and rows go to it.

A new keeper is another party: another id, other keys, a log of its own. What makes it the keeper of the same records is
the key h, under which members and series are known, and everything that the one before has stored.

  1. Both are stopped: who is served is refused.
  2. Copy what the store before holds into the new one, in one transaction; log, papers and marks stay behind.
  3. Write the key h; without it the new keeper does not begin.

If we crash before 3, the new keeper has no h and cannot be served; the step is repeated and copies everything anew.
"""

from contextlib import ExitStack
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Table, delete, insert, select

from mynumber.exchange import setup
from mynumber.exchange.running import own_keys, serving
from mynumber.keeper import store
from mynumber.keeper.config import KeeperConfig
from mynumber.plumbing import config, database, faults, keyfiles
from mynumber.plumbing.errors import Conflict, WrongUse

MEMBERS: Final = "members"
HANDED_OVER: Final = (
    *(store.RELEASES, store.MEMBERS, store.COUNTERS, store.ROWS, store.HIDDEN, store.OUTCOMES, store.REFUSALS),
    *(store.COUNTS, store.REPLICAS, store.OWED, store.ELSEWHERE, store.RELEARNT),
)
"""Everything that the keeper before stored; its log, its papers and its marks are its own."""
_AT_ONCE: Final = 1000


def succeed(before: Path, folder: Path) -> int:
    """Take over from the keeper of `before` as the one of `folder`; return how many releases came over."""
    old, new = (config.load(each / setup.CONFIG, KeeperConfig) for each in (before, folder))
    if old.role != "keeper" or new.role != "keeper" or old.network != new.network or old.id == new.id:
        raise WrongUse("NO_SUCCESSOR", "a keeper takes over from another of its network", hint="correct the folders")
    if own_keys.settled(folder, MEMBERS).exists():
        raise Conflict("TAKEN_OVER", f"{new.id} has taken over, or was made to begin a network", hint="serve it")
    with ExitStack() as held:
        # (1) Nobody serves either.
        held.enter_context(serving.taken(old, before))
        held.enter_context(serving.taken(new, folder))
        faults.arm(new.faults)
        # (2) What is stored.
        count = _copy(_opened(old, before), _opened(new, folder))
        faults.point("keeper.succeeded.commit.after")
        # (3) The key.
        keyfiles.write_secret(
            own_keys.settled(folder, MEMBERS), keyfiles.read_secret(own_keys.settled(before, MEMBERS))
        )
    return count


def require_taken_over(folder: Path) -> None:
    """Raise WrongUse for a successor that has no h yet: it would know nobody and refuse everybody, on the record."""
    if not own_keys.settled(folder, MEMBERS).exists():
        hint = "`mynumber join succeed`, once the keeper before is stopped"
        raise WrongUse("NOT_TAKEN_OVER", "this keeper has not taken over from the one before", hint=hint)


def _opened(settings: KeeperConfig, folder: Path) -> database.Store:
    return database.Store(database.store_url(settings.store, folder), store.SCHEMA.metadata, store.SCHEMA.version)


def _copy(old: database.Store, new: database.Store) -> int:
    try:
        with old.reading() as source, new.writing() as target:
            counts = [_copy_table(source, target, table) for table in HANDED_OVER]
            return counts[0]
    finally:
        old.close()
        new.close()


def _copy_table(source: Connection, target: Connection, table: Table) -> int:
    """Copy a table in place of what an earlier attempt left; return how many rows it has."""
    target.execute(delete(table))
    count = 0
    for rows in source.execute(select(table)).mappings().partitions(_AT_ONCE):
        target.execute(insert(table), [dict(row) for row in rows])
        count += len(rows)
    return count
