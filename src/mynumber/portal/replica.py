"""The portal's copy of the keeper's sealed records (PROTOCOL.md section 11), which it cannot open without a tag.

Promises that only the keeper adds to it and only the keeper is told what is in it, that the same blob again changes
nothing, that up to four different blobs under one locator are kept for readers who open all, and that what is of the
eighth fiscal year before the running one is erased. What arrived is stored before it is acknowledged; if we crash in
between, the keeper sends it again.
"""

import asyncio
import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Annotated, Final, TypeAlias

import msgspec
from sqlalchemy import Column, Connection, Index, LargeBinary, Table, delete, insert, select

from mynumber.codes import wire
from mynumber.codes.errors import ProtocolError
from mynumber.codes.records import rows
from mynumber.codes.wire import B16, Blob
from mynumber.exchange.running import routes
from mynumber.exchange.running.node import Node
from mynumber.plumbing import canonical, database, faults, logs
from mynumber.plumbing.canonical import Json
from mynumber.portal.store import SCHEMA

WITH_REPLICA: Final = SCHEMA
"""The portal's schema with the tables of its replica, for who makes a store."""

MOST_BLOBS: Final = 4
KEPT_YEARS: Final = 8
_MOST_ENTRIES: Final = 2048
_TAG: Final = 16
_PADDED: Final = 1024
_MOST_BYTES: Final = 256 * 1024 + _TAG  # the largest outcome: 4096 results, signed and padded
_EXPIRE_SECONDS: Final = 3600.0


def _table(name: str, purpose: str, *columns: Column[object]) -> Table:
    made = database.table(
        name,
        SCHEMA.metadata,
        *columns,
        Column("digest", LargeBinary, primary_key=True, comment="hash of the sealed bytes"),
        Column(
            "year", database.Int, nullable=False, comment="fiscal year of the record, after which it is deleted in time"
        ),
        purpose=purpose,
    )
    Index(f"{name}_by_year", made.c.year)
    return made


ROWS = _table(
    "replica_rows",
    "the keeper's records of exchanges (Act art. 23), which only a signed-in citizen's tag finds and opens",
    Column(
        "locator",
        LargeBinary,
        primary_key=True,
        comment="where the row lies, made from the tag and a running number",
        info={"equivalent": "NE06"},
    ),
    Column("sealed", LargeBinary, nullable=False, comment="the record, sealed under a key that only the tag gives"),
)
OUTCOMES = _table(
    "replica_outcomes",
    "when and how providers answered, as they signed it",
    Column("locator", LargeBinary, primary_key=True, comment="where the outcome lies, made from the permit"),
    Column("sealed", LargeBinary, nullable=False, comment="the signed outcome, sealed under a key from the permit"),
)

Year: TypeAlias = Annotated[int, msgspec.Meta(ge=2000, le=9999)]
Sealed: TypeAlias = tuple[Year, B16, Blob]
_List: TypeAlias = Annotated[tuple[Sealed, ...], msgspec.Meta(max_length=_MOST_ENTRIES)]


class Replicate(wire.Payload, frozen=True):
    """The body of `replicate`: (fiscal year, locator, sealed) of rows and of outcomes."""

    rows: _List
    outcomes: _List


def add_replica(node: Node) -> None:
    """Answer `replicate` and `locators`, and erase what is too old; `init` must have made the tables."""
    routes.add_call(node, "replicate", lambda peer, body: replicate(node, peer, body))
    routes.add_call(node, "locators", lambda peer, body: locators(node, peer, body))
    node.loops.append(lambda: _expire(node))


async def replicate(node: Node, peer: str, body: Json) -> Json:
    """Keep what the keeper sends, all of it or nothing."""
    _require_keeper(node, peer)
    sent = await asyncio.to_thread(_read, body)
    oldest = rows.fiscal_year(node.clock.now()) - KEPT_YEARS + 1

    def keep(connection: Connection) -> None:
        _keep(connection, ROWS, sent.rows, oldest)
        _keep(connection, OUTCOMES, sent.outcomes, oldest)
        faults.point("portal.replicated.before")

    await node.store.write(keep)
    await faults.reach("portal.replicated.after")
    return {}


async def locators(node: Node, peer: str, body: Json) -> Json:
    """Tell a restored keeper under which locators rows lie here, in the order of the locators."""
    wire.members(body)
    _require_keeper(node, peer)

    def listed(connection: Connection) -> list[Json]:
        found = connection.execute(select(ROWS.c.locator).distinct().order_by(ROWS.c.locator))
        return [canonical.b64(bytes(row.locator)) for row in found]

    return {"locators": await node.store.read(listed)}


def blobs(connection: Connection, locator: bytes) -> list[bytes]:
    """Return every sealed row under a locator; a reader opens all."""
    return _under(connection, ROWS, locator)


def blobs_under(connection: Connection, wanted: Sequence[bytes]) -> dict[bytes, list[bytes]]:
    """Return every sealed row under those of some hundred locators that are there, in one look."""
    found: dict[bytes, list[bytes]] = {}
    query = select(ROWS.c.locator, ROWS.c.sealed).where(ROWS.c.locator.in_(wanted)).order_by(ROWS.c.digest)
    for row in connection.execute(query):
        found.setdefault(bytes(row.locator), []).append(bytes(row.sealed))
    return found


def outcomes(connection: Connection, locator: bytes) -> list[bytes]:
    """Return every sealed outcome under a locator; a reader opens all."""
    return _under(connection, OUTCOMES, locator)


def expire(connection: Connection, running: int) -> int:
    """Erase what is of the eighth fiscal year before the running one, or older; return how much went.

    SQLite overwrites what is deleted (`secure_delete`, set for every store).
    """
    gone = [connection.execute(delete(table).where(table.c.year <= running - KEPT_YEARS)) for table in (ROWS, OUTCOMES)]
    return sum(done.rowcount for done in gone)


async def _expire(node: Node) -> None:
    while True:
        running = rows.fiscal_year(node.clock.now())
        gone = await node.store.write(lambda connection: expire(connection, running))  # noqa: B023  # awaited here
        if gone:
            logs.info("records.expired", count=gone)
        await asyncio.sleep(_EXPIRE_SECONDS)


def _require_keeper(node: Node, peer: str) -> None:
    if node.view.directory.role_of(peer) != "keeper":
        raise ProtocolError("PERMIT_MISMATCH")


def _read(body: Json) -> Replicate:
    sent = wire.read(body, Replicate)
    for _, _, sealed in (*sent.rows, *sent.outcomes):
        # Padded to a multiple of 1024, and sealed under a tag of 16 bytes.
        if not _PADDED + _TAG <= len(sealed) <= _MOST_BYTES or (len(sealed) - _TAG) % _PADDED:
            raise ProtocolError("BAD_ENCODING")
    return sent


def _keep(connection: Connection, table: Table, sent: Iterable[Sealed], oldest: int) -> None:
    """Add what is new; behind the fourth blob under a locator nothing more is kept, and nothing is ever replaced."""
    fresh = {(bytes(locator), hashlib.sha256(sealed).digest()): (year, sealed) for year, locator, sealed in sent}
    lying = _lying(connection, table, {locator for locator, _ in fresh})
    count = Counter(locator for locator, _ in lying)
    new = []
    for (locator, digest), (year, sealed) in fresh.items():
        if year >= oldest and (locator, digest) not in lying and count[locator] < MOST_BLOBS:
            count[locator] += 1
            new.append({"locator": locator, "digest": digest, "year": year, "sealed": bytes(sealed)})
    if new:
        connection.execute(insert(table), new)


def _lying(connection: Connection, table: Table, wanted: Iterable[bytes]) -> set[tuple[bytes, bytes]]:
    query = select(table.c.locator, table.c.digest).where(table.c.locator.in_(list(wanted)))
    return {(bytes(row.locator), bytes(row.digest)) for row in connection.execute(query)}


def _under(connection: Connection, table: Table, locator: bytes) -> list[bytes]:
    query = select(table.c.sealed).where(table.c.locator == locator).order_by(table.c.digest)
    return [bytes(row.sealed) for row in connection.execute(query)]
