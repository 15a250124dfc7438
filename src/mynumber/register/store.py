"""What the register keeps: persons under seal, who holds a code, and what is on its way.

Roots, numbers and basic data are sealed, each column under keys of its own, and found by keyed indexes. A person's
root is random and is derived from nothing, so that no number leads to a code.
"""

from dataclasses import dataclass, field

from sqlalchemy import (
    Column,
    Connection,
    ForeignKey,
    Index,
    LargeBinary,
    Text,
    UniqueConstraint,
    insert,
    select,
    update,
)

from mynumber.exchange.running import node, reporting
from mynumber.plumbing import database, sealing
from mynumber.plumbing.database import Int

SCHEMA = node.schema(journal=False)
_METADATA = SCHEMA.metadata

# Uniqueness of numbers is on the 11-digit body (Order art. 6); a row is never deleted, so a number is never reused.
RESIDENTS = database.table(
    "residents",
    _METADATA,
    Column("id", Int, primary_key=True, comment="running number inside the register"),
    Column(
        "number_index",
        LargeBinary,
        nullable=False,
        unique=True,
        comment="keyed hash of the number, to find it and never issue it twice",
        info={"equivalent": "NE06"},
    ),
    Column(
        "person_index",
        LargeBinary,
        nullable=False,
        unique=True,
        comment="keyed hash of name, birth, sex and address, to find a person",
    ),
    Column(
        "root",
        LargeBinary,
        nullable=False,
        comment="random root of the person's codes, sealed; it stands for the person in every code",
        info={"equivalent": "NE15"},
    ),
    Column("number", LargeBinary, nullable=False, comment="My Number, sealed", info={"equivalent": "NE08"}),
    Column("person", LargeBinary, nullable=False, comment="name, reading, birth, sex, address and household, sealed"),
    purpose="the basic resident register's persons with their numbers, every value under seal (Act arts. 7, 8)",
)
# One office's acquisition of one code: waiting -> sent (in the office's enrolment) -> held ("A holds a code").
ACQUISITIONS = database.table(
    "acquisitions",
    _METADATA,
    Column("id", Int, primary_key=True, comment="running number"),
    Column("agency", Text, nullable=False, comment="office that acquires"),
    Column("acq", LargeBinary, nullable=False, comment="acquisition number, used once", info={"equivalent": "NE04"}),
    Column(
        "resident",
        Int,
        ForeignKey("residents.id"),
        nullable=False,
        comment="the person's running number inside the register",
    ),
    Column("record_epoch", Int, nullable=False, comment="epoch of the office's record tags"),
    Column("ground", Text, nullable=False, comment="linkage row on which the acquisition rests"),
    Column("asked", Int, nullable=False, comment="unix time of the request"),
    Column(
        "digest",
        LargeBinary,
        nullable=False,
        comment="keyed hash of the entry as it was asked, number or basic data included",
        info={"equivalent": "NE06"},
    ),
    Column("state", Text, nullable=False, comment="waiting, sent or held"),
    UniqueConstraint("agency", "acq"),
    purpose="which office holds, or waits for, a code for which person (Act art. 21-2)",
)
Index("acquisitions_by_state", ACQUISITIONS.c.state, ACQUISITIONS.c.agency)
Index("acquisitions_by_resident", ACQUISITIONS.c.resident, ACQUISITIONS.c.agency)
# At most one enrolment an office is on its way; permit, expires and bundle are there once it came back.
ENROLMENTS = database.table(
    "enrolments",
    _METADATA,
    Column("agency", Text, primary_key=True, comment="office that acquires"),
    Column("created", Int, nullable=False, comment="unix time at which the message was made"),
    Column(
        "message",
        LargeBinary,
        nullable=False,
        comment="the persons' points, encrypted for the office and the keeper",
        info={"equivalent": "NE08"},
    ),
    Column("permit", LargeBinary, comment="hash of the permit"),
    Column("expires", Int, comment="unix time at which the permit ends"),
    Column("bundle", LargeBinary, comment="the converted codes, encrypted for the office", info={"equivalent": "NE08"}),
    purpose="the one enrolment an office has on its way",
)
# Three of the four data agreed: for a person to look into, nothing is linked. Neither number nor data are kept, because
# nobody can be shown them yet.
REVIEWS = database.table(
    "reviews",
    _METADATA,
    Column("id", Int, primary_key=True, comment="running number"),
    Column("agency", Text, nullable=False, comment="office that asked"),
    Column(
        "resident",
        Int,
        ForeignKey("residents.id"),
        nullable=False,
        comment="the person's running number inside the register",
    ),
    Column("differs", Text, nullable=False, comment="which of the four data differs"),
    Column("ground", Text, nullable=False, comment="linkage row on which the acquisition rests"),
    Column("asked", Int, nullable=False, comment="unix time of the request"),
    UniqueConstraint("agency", "resident", "ground", "differs"),
    purpose="persons of whom three of the four data agreed, for an official to look into",
)
REFUSALS = database.table(
    "refusals",
    _METADATA,
    Column(
        "digest",
        LargeBinary,
        primary_key=True,
        comment="keyed hash of office and request, numbers or basic data included",
        info={"equivalent": "NE06"},
    ),
    Column("agency", Text, nullable=False, comment="office that asked"),
    Column("code", Text, nullable=False, comment="code of the refusal"),
    Column("ground", Text, nullable=False, comment="linkage row that was named"),
    Column("count", Int, nullable=False, comment="entries of the request"),
    Column("at", Int, nullable=False, comment="unix time of the refusal"),
    purpose="acquisitions that the law refused",
)
# Entries by office, month in Japan and what became of them, for the supervisor.
COUNTS = database.table(
    "counts",
    _METADATA,
    Column("month", Text, primary_key=True, comment="month in Japan"),
    Column("agency", Text, primary_key=True, comment="office that asked"),
    Column("result", Text, primary_key=True, comment="what became of them"),
    Column("count", Int, nullable=False, comment="entries"),
    purpose="entries by month, office and result, for the supervisor",
)
# A person has one card that counts; a new one revokes the others.
CARDS = database.table(
    "cards",
    _METADATA,
    Column("serial", Text, primary_key=True, comment="serial number of the card's certificate, random, hexadecimal"),
    Column(
        "resident",
        Int,
        ForeignKey("residents.id"),
        nullable=False,
        comment="the person's running number inside the register",
    ),
    Column("made", Int, nullable=False, comment="unix time at which the card was made"),
    Column("not_after", Int, nullable=False, comment="unix time at which the certificate ends"),
    Column("revoked", Int, comment="unix time of the revocation, NULL while the card counts"),
    purpose="whose card a certificate belongs to; the certificate itself names nobody",
)
Index("cards_by_resident", CARDS.c.resident)
SIGN_INS = database.table(
    "sign_ins",
    _METADATA,
    Column("id", Int, primary_key=True, comment="running number"),
    Column("at", Int, nullable=False, comment="unix time"),
    Column("portal", Text, nullable=False, comment="portal that asked"),
    Column("event", Text, nullable=False, comment="login, or the kind of an order: read, self"),
    Column("result", Text, nullable=False, comment="ok, or the code of the refusal"),
    purpose="how often a portal claimed that a citizen was present; who it was is not kept",
)
Index("sign_ins_by_time", SIGN_INS.c.at)


@dataclass(frozen=True, slots=True)
class Seals:
    """The keys of every sealed or indexed column, from the register's store key."""

    root: sealing.Column = field(repr=False)
    number: sealing.Column = field(repr=False)
    person: sealing.Column = field(repr=False)
    asked: sealing.Column = field(repr=False)
    refused: sealing.Column = field(repr=False)

    @classmethod
    def of(cls, key: bytes) -> "Seals":
        """Return the keys under a store key of 32 bytes."""
        return cls(
            root=sealing.column(key, "residents", "root"),
            number=sealing.column(key, "residents", "number"),
            person=sealing.column(key, "residents", "person"),
            asked=sealing.column(key, "acquisitions", "digest"),
            refused=sealing.column(key, "refusals", "digest"),
        )


def count(connection: Connection, agency: str, result: str, entries: int, *, now: int) -> None:
    """Add entries to the running month's count."""
    key = {"month": reporting.month_of(now), "agency": agency, "result": result}
    same = [COUNTS.c[name] == value for name, value in key.items()]
    added = update(COUNTS).where(*same).values(count=COUNTS.c.count + entries)
    if entries and connection.execute(added).rowcount == 0:
        connection.execute(insert(COUNTS).values(**key, count=entries))


def counts(connection: Connection, month: str) -> list[tuple[str, str, int]]:
    """Return (office, result, entries) of a month."""
    columns = COUNTS.c
    query = select(columns.agency, columns.result, columns.count).where(columns.month == month)
    return [(row[0], row[1], int(row[2])) for row in connection.execute(query.order_by(columns.agency, columns.result))]


def refuse(
    connection: Connection, digest: bytes, agency: str, *, code: str, ground: str, entries: int, at: int
) -> None:
    """Keep one record of a legal refusal; the same request again leaves no second one."""
    if connection.execute(select(REFUSALS.c.at).where(REFUSALS.c.digest == digest)).first() is None:
        row = {"digest": digest, "agency": agency, "code": code, "ground": ground, "count": entries, "at": at}
        connection.execute(insert(REFUSALS).values(row))
