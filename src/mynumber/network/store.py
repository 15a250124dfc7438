"""What an operator keeps: requests it endorsed, refusals, and nothing about persons.

The bundle holds ciphertexts that nobody opens alone; message and legs are erased at created + 660 (O6), while the
request's hash and the endorsement stay.
"""

from sqlalchemy import Column, Connection, Index, LargeBinary, Text, func, insert, select, update

from mynumber.codes.convert.endorse import Endorsed, Known
from mynumber.codes.law_table import Kind
from mynumber.exchange import node, reporting
from mynumber.exchange.records import Record
from mynumber.plumbing import canonical, database

SCHEMA = node.schema()
ERASE_AFTER = 660

REQUESTS = database.table(
    "requests",
    SCHEMA.metadata,
    Column("request", LargeBinary, primary_key=True),
    Column("message_hash", LargeBinary, nullable=False),
    Column("created", database.Int, nullable=False),
    Column("issued", database.Int, nullable=False),
    Column("month", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("agency", Text, nullable=False),
    Column("count", database.Int, nullable=False),
    Column("bundle", LargeBinary),
    Column("endorsement", LargeBinary, nullable=False),
)
Index("requests_by_month", *(REQUESTS.c[name] for name in ("month", "agency", "kind", "count")))
Index("requests_with_bundle", REQUESTS.c.created, sqlite_where=REQUESTS.c.bundle.is_not(None))
REFUSALS = database.table(
    "refusals",
    SCHEMA.metadata,
    Column("request", LargeBinary, primary_key=True),
    Column("peer", Text, primary_key=True),
    Column("at", database.Int, nullable=False),
    Column("code", Text, nullable=False),
    Column("row", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("from", Text, nullable=False),
    Column("to", Text, nullable=False),
    Column("procedure", Text, nullable=False),
    Column("items", Text, nullable=False),
    Column("count", database.Int, nullable=False),
)


def find(connection: Connection, request: bytes) -> Known | None:
    """Return what is kept of a request hash; its bundle is None once erased."""
    query = select(REQUESTS.c.message_hash, REQUESTS.c.bundle).where(REQUESTS.c.request == request)
    row = connection.execute(query).first()
    if row is None:
        return None
    return Known(bytes(row.message_hash), None if row.bundle is None else canonical.decode(bytes(row.bundle)))


def keep(connection: Connection, endorsed: Endorsed) -> None:
    """Write an endorsed request; its hash is unique, so a second writer of the same request fails."""
    request = endorsed.request
    row = {
        "request": request.hash,
        "message_hash": endorsed.message_hash,
        "created": request.created,
        "issued": endorsed.issued,
        "month": reporting.month_of(endorsed.issued),
        "kind": request.kind,
        "agency": request.to if request.kind == "enrol" else request.from_,
        "count": request.count,
        "bundle": canonical.encode(endorsed.bundle),
        "endorsement": canonical.encode(endorsed.endorsement),
    }
    connection.execute(insert(REQUESTS).values(row))


def refusal(connection: Connection, request: bytes, peer: str) -> tuple[str, str] | None:
    """Return (code, row) with which this request of this party was refused before."""
    query = select(REFUSALS.c.code, REFUSALS.c.row)
    found = connection.execute(query.where(REFUSALS.c.request == request, REFUSALS.c.peer == peer)).first()
    return None if found is None else (found.code, found.row)


def refuse(connection: Connection, record: Record, request: bytes, peer: str) -> None:
    """Write a legal refusal; a second one of the same request of the same party fails."""
    row = {
        "request": request,
        "peer": peer,
        "at": record.at,
        "code": record.error,
        "row": record.row,
        "kind": record.kind,
        "from": record.from_,
        "to": record.to,
        "procedure": record.procedure,
        "items": canonical.encode(list(record.items)).decode("ascii"),
        "count": record.count,
    }
    connection.execute(insert(REFUSALS).values(row))


def erase(connection: Connection, now: int) -> None:
    """Erase message and legs whose time is over (O6)."""
    old = REQUESTS.c.created < now - ERASE_AFTER
    connection.execute(update(REQUESTS).where(old, REQUESTS.c.bundle.is_not(None)).values(bundle=None))


def counts(connection: Connection, month: str) -> list[tuple[str, Kind, int]]:
    """Return (agency, kind, entries endorsed) of a month."""
    query = select(REQUESTS.c.agency, REQUESTS.c.kind, func.sum(REQUESTS.c.count)).where(REQUESTS.c.month == month)
    grouped = query.group_by(REQUESTS.c.agency, REQUESTS.c.kind).order_by(REQUESTS.c.agency, REQUESTS.c.kind)
    return [(row[0], row[1], int(row[2])) for row in connection.execute(grouped)]
