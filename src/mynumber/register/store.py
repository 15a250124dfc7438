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

from mynumber.exchange import node, reporting
from mynumber.plumbing import database, sealing
from mynumber.plumbing.database import Int

SCHEMA = node.schema(journal=False)
_METADATA = SCHEMA.metadata

# Uniqueness of numbers is on the 11-digit body (Order art. 6); a row is never deleted, so a number is never reused.
RESIDENTS = database.table(
    "residents",
    _METADATA,
    Column("id", Int, primary_key=True),
    Column("number_index", LargeBinary, nullable=False, unique=True),
    Column("person_index", LargeBinary, nullable=False, unique=True),
    Column("root", LargeBinary, nullable=False),  # sealed, 32 bytes
    Column("number", LargeBinary, nullable=False),  # sealed, 12 digits
    Column("person", LargeBinary, nullable=False),  # sealed, JSON
)
# One office's acquisition of one code: waiting -> sent (in the office's enrolment) -> held ("A holds a code").
ACQUISITIONS = database.table(
    "acquisitions",
    _METADATA,
    Column("id", Int, primary_key=True),
    Column("agency", Text, nullable=False),
    Column("acq", LargeBinary, nullable=False),
    Column("resident", Int, ForeignKey("residents.id"), nullable=False),
    Column("record_epoch", Int, nullable=False),
    Column("ground", Text, nullable=False),
    Column("asked", Int, nullable=False),
    Column("digest", LargeBinary, nullable=False),  # keyed, of the entry as it was asked
    Column("state", Text, nullable=False),
    UniqueConstraint("agency", "acq"),
)
Index("acquisitions_by_state", ACQUISITIONS.c.state, ACQUISITIONS.c.agency)
Index("acquisitions_by_resident", ACQUISITIONS.c.resident, ACQUISITIONS.c.agency)
# At most one enrolment an office is on its way; permit, expires and bundle are there once it came back.
ENROLMENTS = database.table(
    "enrolments",
    _METADATA,
    Column("agency", Text, primary_key=True),
    Column("created", Int, nullable=False),
    Column("message", LargeBinary, nullable=False),
    Column("permit", LargeBinary),
    Column("expires", Int),
    Column("bundle", LargeBinary),
)
# Three of the four data agreed: for a person to look into, nothing is linked. Neither number nor data are kept, because
# nobody can be shown them yet.
REVIEWS = database.table(
    "reviews",
    _METADATA,
    Column("id", Int, primary_key=True),
    Column("agency", Text, nullable=False),
    Column("resident", Int, ForeignKey("residents.id"), nullable=False),
    Column("differs", Text, nullable=False),
    Column("ground", Text, nullable=False),
    Column("asked", Int, nullable=False),
    UniqueConstraint("agency", "resident", "ground", "differs"),
)
REFUSALS = database.table(
    "refusals",
    _METADATA,
    Column("digest", LargeBinary, primary_key=True),  # keyed, of office and request
    Column("agency", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("ground", Text, nullable=False),
    Column("count", Int, nullable=False),
    Column("at", Int, nullable=False),
)
# Entries by office, month in Japan and what became of them, for the supervisor.
COUNTS = database.table(
    "counts",
    _METADATA,
    Column("month", Text, primary_key=True),
    Column("agency", Text, primary_key=True),
    Column("result", Text, primary_key=True),
    Column("count", Int, nullable=False),
)


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
