"""What an operator keeps: requests it endorsed, refusals, and nothing about persons.

The bundle holds ciphertexts that nobody opens alone; message and legs are erased at created + 660 (O6), while the
request's hash and the endorsement stay.
"""

from sqlalchemy import Column, Connection, Index, LargeBinary, Text, bindparam, func, insert, select, update

from mynumber.codes.convert.endorse import Endorsed, Known
from mynumber.codes.law_table import Kind
from mynumber.exchange.log.records import Record
from mynumber.exchange.running import node, reporting
from mynumber.plumbing import canonical, database
from mynumber.plumbing.statements import Prepared

SCHEMA = node.schema()
ERASE_AFTER = 660

REQUESTS = database.table(
    "requests",
    SCHEMA.metadata,
    Column("request", LargeBinary, primary_key=True, comment="hash of the request"),
    Column("message_hash", LargeBinary, nullable=False, comment="hash of the sender's message"),
    Column("created", database.Int, nullable=False, comment="unix time at which the sender made it"),
    Column("issued", database.Int, nullable=False, comment="unix time of the first endorsement"),
    Column("month", Text, nullable=False, comment="month of `issued` in Japan"),
    Column("kind", Text, nullable=False, comment="exchange, enrol, self or read"),
    Column("agency", Text, nullable=False, comment="office whose request it is"),
    Column("count", database.Int, nullable=False, comment="entries of the request"),
    Column(
        "bundle",
        LargeBinary,
        comment="the converted codes, encrypted under keys that no operator holds; erased 660 seconds after `created`",
        info={"equivalent": "NE08"},
    ),
    Column("endorsement", LargeBinary, nullable=False, comment="this operator's signed ruling"),
    purpose="requests that this operator endorsed, so that each is ruled on once (Act art. 23)",
)
Index("requests_by_month", *(REQUESTS.c[name] for name in ("month", "agency", "kind", "count")))
Index("requests_with_bundle", REQUESTS.c.created, sqlite_where=REQUESTS.c.bundle.is_not(None))
REFUSALS = database.table(
    "refusals",
    SCHEMA.metadata,
    Column("request", LargeBinary, primary_key=True, comment="hash of the request"),
    Column("peer", Text, primary_key=True, comment="who handed it in"),
    Column("at", database.Int, nullable=False, comment="unix time of the refusal"),
    Column("code", Text, nullable=False, comment="code of the refusal"),
    Column("row", Text, nullable=False, comment="linkage row that was asked for"),
    Column("kind", Text, nullable=False, comment="exchange, enrol, self or read"),
    Column("from", Text, nullable=False, comment="inquirer"),
    Column("to", Text, nullable=False, comment="provider"),
    Column("procedure", Text, nullable=False, comment="procedure that was named"),
    Column("items", Text, nullable=False, comment="items that were asked for"),
    Column("count", database.Int, nullable=False, comment="entries of the request"),
    purpose="requests that the law refused, one row each",
)

# What runs for every request.
_FIND: Prepared[tuple[bytes, bytes | None]] = Prepared(
    select(REQUESTS.c.message_hash, REQUESTS.c.bundle).where(REQUESTS.c.request == bindparam("request"))
)
_KEEP = Prepared.insert(REQUESTS)
_REFUSAL: Prepared[tuple[str, str]] = Prepared(
    select(REFUSALS.c.code, REFUSALS.c.row).where(
        REFUSALS.c.request == bindparam("request"), REFUSALS.c.peer == bindparam("peer")
    )
)
_RULED: Prepared[tuple[bytes]] = Prepared(select(REQUESTS.c.request).where(REQUESTS.c.request == bindparam("request")))
_REFUSED: Prepared[tuple[bytes]] = Prepared(
    select(REFUSALS.c.request).where(REFUSALS.c.request == bindparam("request")).limit(1)
)


def find(connection: Connection, request: bytes) -> Known | None:
    """Return what is kept of a request hash; its bundle is None once erased."""
    row = _FIND.first(connection, request=request)
    if row is None:
        return None
    message_hash, bundle = row
    return Known(message_hash, None if bundle is None else canonical.decode(bundle))


def keep(connection: Connection, endorsed: Endorsed) -> None:
    """Write an endorsed request; its hash is unique, so a second writer of the same request fails."""
    request = endorsed.request
    _KEEP.run(
        connection,
        request=request.hash,
        message_hash=endorsed.message_hash,
        created=request.created,
        issued=endorsed.issued,
        month=reporting.month_of(endorsed.issued),
        kind=request.kind,
        agency=request.to if request.kind == "enrol" else request.from_,
        count=request.count,
        bundle=canonical.encode(endorsed.bundle),
        endorsement=canonical.encode(endorsed.endorsement),
    )


def refusal(connection: Connection, request: bytes, peer: str) -> tuple[str, str] | None:
    """Return (code, row) with which this request of this party was refused before."""
    return _REFUSAL.first(connection, request=request, peer=peer)


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


def stands(connection: Connection, record: Record) -> bool:
    """Tell whether the ruling that a record of the log speaks of is still here."""
    query = _REFUSED if record.event == "refused" else _RULED
    return query.first(connection, request=canonical.unb64(record.request)) is not None


def subjects(connection: Connection) -> list[tuple[bytes, bytes]]:
    """Return every request that was ruled on; an operator knows no permit, which is made by all of them."""
    tables = (REQUESTS, REFUSALS)
    return [(bytes(row.request), b"") for table in tables for row in connection.execute(select(table.c.request))]
