"""What the keeper keeps: every released request, who is enrolled (as HMACs), sealed rows, and nothing it could read.

A request hash is kept for ever, so that no request is released twice. Rows lie under locators that only a tag finds;
the tag itself is never written.

The last four tables belong to `replicas.py`: which portals hold a copy, what is still owed to each, and which locators
replicas of a restored store hold.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Column, Connection, Index, LargeBinary, Text, bindparam, insert, select, update

from mynumber.codes.permit.release import KnownRelease, Released
from mynumber.codes.records.forms import Released as ReleasedCounts
from mynumber.exchange.log.records import Record
from mynumber.exchange.running import node, reporting
from mynumber.plumbing import canonical, database
from mynumber.plumbing.statements import Prepared, Value

SCHEMA = node.schema()

RELEASES = database.table(
    "releases",
    SCHEMA.metadata,
    Column("request", LargeBinary, primary_key=True, comment="hash of the request"),
    Column("permit", LargeBinary, nullable=False, unique=True, comment="hash of the permit"),
    Column("kind", Text, nullable=False, comment="exchange, enrol, self or read"),
    Column("to", Text, nullable=False, comment="whose answer it waits for"),
    Column("count", database.Int, nullable=False, comment="entries of the request"),
    Column("issued", database.Int, nullable=False, comment="unix time of the first endorsement"),
    Column(
        "release",
        LargeBinary,
        nullable=False,
        comment="the signed release with the keeper's shares; the ciphertexts that they open are not here",
    ),
    purpose="every released request, so that none is released twice",
)
MEMBERS = database.table(
    "members",
    SCHEMA.metadata,
    Column(
        "member",
        LargeBinary,
        primary_key=True,
        comment="keyed hash of a tag that stands for a person as one office asks about him",
        info={"equivalent": "NE06"},
    ),
    purpose="which record tags were enrolled, as keyed hashes; the tags themselves are nowhere",
)
COUNTERS = database.table(
    "counters",
    SCHEMA.metadata,
    Column(
        "series",
        LargeBinary,
        primary_key=True,
        comment="keyed hash of a seed that only the tag gives",
        info={"equivalent": "NE06"},
    ),
    Column("next", database.Int, nullable=False, comment="number of the next row"),
    purpose="where each series of rows goes on",
)
ROWS = database.table(
    "rows",
    SCHEMA.metadata,
    Column(
        "locator",
        LargeBinary,
        primary_key=True,
        comment="where the row lies, made from the tag and a running number",
        info={"equivalent": "NE06"},
    ),
    Column(
        "year", database.Int, nullable=False, comment="fiscal year of the record, after which it is deleted in time"
    ),
    Column("sealed", LargeBinary, nullable=False, comment="the record, sealed under a key that only the tag gives"),
    purpose="records of exchanges (Act art. 23) that only the tag opens",
)
HIDDEN = database.table(
    "hidden",
    SCHEMA.metadata,
    Column("permit", LargeBinary, primary_key=True, comment="hash of the permit"),
    Column("entry", database.Int, primary_key=True, autoincrement=False, comment="place in the request's list"),
    Column(
        "year", database.Int, nullable=False, comment="fiscal year of the record, after which it is deleted in time"
    ),
    Column(
        "sealed",
        LargeBinary,
        nullable=False,
        comment="the record and a seed from the tag, sealed to the supervisor",
        info={"equivalent": "NE08"},
    ),
    Column(
        "mac",
        LargeBinary,
        nullable=False,
        comment="keyed hash of both, by which a disclosed record is known again",
        info={"equivalent": "NE06"},
    ),
    Column("disclosed", database.Int, nullable=False, comment="1 once it stands among the open records"),
    purpose="records that the person may not see yet; only the supervisor opens them",
)
OUTCOMES = database.table(
    "outcomes",
    SCHEMA.metadata,
    Column("locator", LargeBinary, primary_key=True, comment="where the outcome lies, made from the permit"),
    Column(
        "year", database.Int, nullable=False, comment="fiscal year of the record, after which it is deleted in time"
    ),
    Column("sealed", LargeBinary, nullable=False, comment="the signed outcome, sealed under a key from the permit"),
    purpose="when and how a provider answered, as it signed it",
)
Index("rows_by_year", ROWS.c.year)
Index("outcomes_by_year", OUTCOMES.c.year)
REFUSALS = database.table(
    "refusals",
    SCHEMA.metadata,
    Column("message_hash", LargeBinary, primary_key=True, comment="hash of the refused bundle"),
    Column("peer", Text, primary_key=True, comment="who handed it in"),
    Column("at", database.Int, nullable=False, comment="unix time of the refusal"),
    Column("code", Text, nullable=False, comment="code of the refusal"),
    purpose="requests refused because a tag was never enrolled",
)
COUNTS = database.table(
    "counts",
    SCHEMA.metadata,
    Column("month", Text, primary_key=True, comment="month in Japan"),
    Column("agency", Text, primary_key=True, comment="office that asked"),
    Column("kind", Text, primary_key=True, comment="exchange, enrol, self or read"),
    Column("released", database.Int, nullable=False, comment="entries that were released"),
    Column("refused", database.Int, nullable=False, comment="entries that were refused"),
    Column("rows", database.Int, nullable=False, comment="entries recorded as rows"),
    Column("hidden", database.Int, nullable=False, comment="entries recorded as hidden rows"),
    purpose="entries by month, office and kind, for the supervisor",
)
REPLICAS = database.table(
    "replicas",
    SCHEMA.metadata,
    Column("portal", Text, primary_key=True, comment="portal to which everything is owed that it has not answered"),
    purpose="which portals hold a copy of rows and outcomes",
)
OWED = database.table(
    "owed",
    SCHEMA.metadata,
    Column("portal", Text, primary_key=True, comment="portal that has not answered yet"),
    Column("sort", Text, primary_key=True, comment="row or outcome"),
    Column(
        "locator",
        LargeBinary,
        primary_key=True,
        comment="where the row or outcome lies",
        info={"equivalent": "NE06"},
    ),
    purpose="what each portal still has to get",
)
ELSEWHERE = database.table(
    "elsewhere",
    SCHEMA.metadata,
    Column(
        "locator",
        LargeBinary,
        primary_key=True,
        comment="where a row lies in a replica but not here",
        info={"equivalent": "NE06"},
    ),
    purpose="locators that a restored keeper passes over",
)
RELEARNT = database.table(
    "relearnt",
    SCHEMA.metadata,
    Column(
        "restored",
        database.Int,
        primary_key=True,
        autoincrement=False,
        comment="unix time at which the store came back",
    ),
    purpose="for which restorations the lists of all replicas were loaded",
)


@dataclass(frozen=True, slots=True)
class Permitted:
    """What is known of a released permit: whose answer it waits for, and of how many entries."""

    kind: str
    to: str
    count: int
    issued: int


@dataclass(frozen=True, slots=True)
class HiddenRow:
    """A row that only the supervisor opens; `mac` is by what the keeper knows it again."""

    permit: bytes
    entry: int
    year: int
    sealed: bytes
    mac: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Entries to add to the counts of one month, agency and kind."""

    issued: int
    agency: str
    kind: str
    released: int = 0
    refused: int = 0
    rows: int = 0
    hidden: int = 0


# What runs for every request and every entry.
_FIND: Prepared[tuple[bytes, bytes]] = Prepared(
    select(RELEASES.c.permit, RELEASES.c.release).where(RELEASES.c.request == bindparam("request"))
)
_STANDS: Prepared[tuple[bytes]] = Prepared(select(RELEASES.c.request).where(RELEASES.c.request == bindparam("request")))
_KEEP = Prepared.insert(RELEASES)
_PERMITTED: Prepared[tuple[str, str, int, int]] = Prepared(
    select(RELEASES.c.kind, RELEASES.c.to, RELEASES.c.count, RELEASES.c.issued).where(
        RELEASES.c.permit == bindparam("permit")
    )
)
_MEMBER: Prepared[tuple[bytes]] = Prepared(select(MEMBERS.c.member).where(MEMBERS.c.member == bindparam("member")))
_NEXT: Prepared[tuple[int]] = Prepared(select(COUNTERS.c.next).where(COUNTERS.c.series == bindparam("series")))
_SET_NEXT: Prepared[tuple[()]] = Prepared(
    update(COUNTERS).where(COUNTERS.c.series == bindparam("of")).values(next=bindparam("number"))
)
_PUT_NEXT = Prepared.insert(COUNTERS)
_TAKEN: tuple[Prepared[tuple[bytes]], ...] = tuple(
    Prepared(select(table.c.locator).where(table.c.locator == bindparam("locator"))) for table in (ROWS, ELSEWHERE)
)
_PUT_ROW, _PUT_OUTCOME = Prepared.insert(ROWS), Prepared.insert(OUTCOMES)
_OUTCOME: Prepared[tuple[bytes]] = Prepared(select(OUTCOMES.c.sealed).where(OUTCOMES.c.locator == bindparam("locator")))
_REFUSAL: Prepared[tuple[str]] = Prepared(
    select(REFUSALS.c.code).where(
        REFUSALS.c.message_hash == bindparam("message_hash"), REFUSALS.c.peer == bindparam("peer")
    )
)
_ADDED = ("released", "refused", "rows", "hidden")
_GROW: Prepared[tuple[()]] = Prepared(
    update(COUNTS)
    .where(*(COUNTS.c[name] == bindparam(f"this_{name}") for name in ("month", "agency", "kind")))
    .values({name: COUNTS.c[name] + bindparam(f"this_{name}") for name in _ADDED})
)
_PUT_COUNTS = Prepared.insert(COUNTS)


def find(connection: Connection, request: bytes) -> KnownRelease | None:
    """Return permit hash and release of a request hash that was released before."""
    row = _FIND.first(connection, request=request)
    return None if row is None else KnownRelease(row[0], canonical.decode(row[1]))


def keep(connection: Connection, released: Released) -> None:
    """Write a release; request and permit are unique, so a second writer of the same request fails."""
    request = released.request
    row: dict[str, Value] = {
        "request": request.hash,
        "permit": released.permit_hash,
        "kind": request.kind,
        "to": request.to,
        "count": request.count,
        "issued": released.issued,
        "release": canonical.encode(released.release),
    }
    _KEEP.run(connection, **row)


def permitted(connection: Connection, permit: bytes) -> Permitted | None:
    """Return what is known of a released permit."""
    row = _PERMITTED.first(connection, permit=permit)
    return None if row is None else Permitted(*row)


def enrol(connection: Connection, members: Sequence[bytes]) -> None:
    """Add members; one that is there already (the register enrols again) changes nothing."""
    rows = [{"member": member} for member in members]
    connection.execute(database.upsert(connection, MEMBERS).on_conflict_do_nothing(), rows)


def is_member(connection: Connection, member: bytes) -> bool:
    """Tell whether this HMAC was enrolled."""
    return _MEMBER.first(connection, member=member) is not None


def next_number(connection: Connection, series: bytes) -> int:
    """Return the number from which a series goes on."""
    found = _NEXT.first(connection, series=series)
    return 0 if found is None else found[0]


def set_next(connection: Connection, series: bytes, number: int) -> None:
    """Let a series go on from `number`."""
    if _SET_NEXT.run(connection, of=series, number=number) == 0:
        _PUT_NEXT.run(connection, series=series, next=number)


def taken(connection: Connection, locator: bytes) -> bool:
    """Tell whether a row lies under this locator, here or in a replica that outlived a restored store."""
    return any(taken.first(connection, locator=locator) is not None for taken in _TAKEN)


def put_row(connection: Connection, locator: bytes, *, year: int, sealed: bytes) -> None:
    """Write a row; the locator is unique."""
    _PUT_ROW.run(connection, locator=locator, year=year, sealed=sealed)


def hide(connection: Connection, row: HiddenRow) -> None:
    """Write a hidden row."""
    values = {"permit": row.permit, "entry": row.entry, "year": row.year, "sealed": row.sealed, "mac": row.mac}
    connection.execute(insert(HIDDEN).values(**values, disclosed=0))


def hidden(connection: Connection) -> list[tuple[bytes, int, bytes]]:
    """Return (permit, entry, sealed) of every hidden row that was not disclosed."""
    query = select(HIDDEN.c.permit, HIDDEN.c.entry, HIDDEN.c.sealed).where(HIDDEN.c.disclosed == 0)
    return [(bytes(row.permit), row.entry, bytes(row.sealed)) for row in connection.execute(query)]


def hidden_row(connection: Connection, permit: bytes, entry: int) -> tuple[HiddenRow, bool] | None:
    """Return a hidden row and whether it was disclosed."""
    query = select(HIDDEN).where(HIDDEN.c.permit == permit, HIDDEN.c.entry == entry)
    row = connection.execute(query).first()
    if row is None:
        return None
    return HiddenRow(permit, entry, row.year, bytes(row.sealed), bytes(row.mac)), bool(row.disclosed)


def mark_disclosed(connection: Connection, permit: bytes, entry: int) -> None:
    """Note that a hidden row now stands in its open series."""
    connection.execute(update(HIDDEN).where(HIDDEN.c.permit == permit, HIDDEN.c.entry == entry).values(disclosed=1))


def outcome(connection: Connection, locator: bytes) -> bytes | None:
    """Return the sealed outcome under a locator."""
    found = _OUTCOME.first(connection, locator=locator)
    return None if found is None else found[0]


def put_outcome(connection: Connection, locator: bytes, *, year: int, sealed: bytes) -> None:
    """Write an outcome; the locator is unique."""
    _PUT_OUTCOME.run(connection, locator=locator, year=year, sealed=sealed)


def refusal(connection: Connection, message_hash: bytes, peer: str) -> str | None:
    """Return the code with which the same bytes of the same party were refused before."""
    found = _REFUSAL.first(connection, message_hash=message_hash, peer=peer)
    return None if found is None else found[0]


def refuse(connection: Connection, message_hash: bytes, peer: str, *, at: int, code: str) -> None:
    """Write a legal refusal; a second one of the same bytes of the same party fails."""
    connection.execute(insert(REFUSALS).values(message_hash=message_hash, peer=peer, at=at, code=code))


def add(connection: Connection, tally: Tally) -> None:
    """Add entries to the counts of the month in which their permit was issued."""
    added: dict[str, Value] = {name: getattr(tally, name) for name in _ADDED}
    key: dict[str, Value] = {"month": reporting.month_of(tally.issued), "agency": tally.agency, "kind": tally.kind}
    if _GROW.run(connection, **{f"this_{name}": value for name, value in (key | added).items()}) == 0:
        _PUT_COUNTS.run(connection, **key, **added)


def counts(connection: Connection, month: str) -> tuple[ReleasedCounts, ...]:
    """Return the counts of a month, by agency and kind."""
    query = select(COUNTS).where(COUNTS.c.month == month).order_by(COUNTS.c.agency, COUNTS.c.kind)
    return tuple(
        ReleasedCounts(
            agency=row.agency,
            kind=row.kind,
            released=row.released,
            refused=row.refused,
            rows=row.rows,
            hidden=row.hidden,
        )
        for row in connection.execute(query)
    )


def stands(connection: Connection, record: Record) -> bool:
    """Tell whether the release that a record of the log speaks of is still here; refusals are known by their bytes."""
    if record.event != "released":
        return True
    return _STANDS.first(connection, request=canonical.unb64(record.request)) is not None


def subjects(connection: Connection) -> list[tuple[bytes, bytes]]:
    """Return request and permit of every release."""
    found = connection.execute(select(RELEASES.c.request, RELEASES.c.permit))
    return [(bytes(row.request), bytes(row.permit)) for row in found]
