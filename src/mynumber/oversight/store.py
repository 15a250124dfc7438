"""What the supervisor keeps: its acts, the parties' counts as they signed them, log checkpoints it verified, findings.

Acts and findings are only ever added to. Nothing here names a person.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import (
    Column,
    Connection,
    LargeBinary,
    Row,
    Text,
    UniqueConstraint,
    delete,
    insert,
    select,
    update,
)

from mynumber.exchange.running import node
from mynumber.exchange.view.state import Block
from mynumber.plumbing import database

SCHEMA = node.schema(journal=False)

ACTS = database.table(
    "acts",
    SCHEMA.metadata,
    Column("number", database.Int, primary_key=True, comment="running number"),
    Column("at", database.Int, nullable=False, comment="unix time of the act"),
    Column("act", Text, nullable=False, comment="block or unblock"),
    Column("party", Text, nullable=False, comment="institution that is blocked, empty for all"),
    Column("procedure", Text, nullable=False, comment="procedure that is blocked, empty for all"),
    Column("item", Text, nullable=False, comment="item that is blocked, empty for all"),
    Column("article", Text, nullable=False, comment="article on which the act rests"),
    Column("reason", Text, nullable=False, comment="why, in the supervisor's words; it names no person"),
    purpose="what the supervisor ordered: blocks and their ends",
)
COUNTS = database.table(
    "counts",
    SCHEMA.metadata,
    Column("party", Text, primary_key=True, comment="institution that counted"),
    Column("month", Text, primary_key=True, comment="month in Japan"),
    Column("at", database.Int, nullable=False, comment="unix time at which they came"),
    Column("form", LargeBinary, nullable=False, comment="the counts as they were signed"),
    purpose="entries by month as each party signed them",
)
LOGS = database.table(
    "logs",
    SCHEMA.metadata,
    Column("party", Text, primary_key=True, comment="institution whose log it is"),
    Column("origin", Text, nullable=False, comment="name of the log"),
    Column("size", database.Int, nullable=False, comment="number of leaves"),
    Column("root", LargeBinary, nullable=False, comment="root hash"),
    Column("note", LargeBinary, nullable=False, comment="the signed checkpoint"),
    Column("changed", database.Int, nullable=False, comment="unix time at which the log grew last"),
    Column("up_since", database.Int, nullable=False, comment="unix time since which it answers, 0 while it does not"),
    purpose="every party's transparency log as last verified",
)
LEAVES = database.table(
    "leaves",
    SCHEMA.metadata,
    Column("party", Text, primary_key=True, comment="institution whose log it is"),
    Column("place", database.Int, primary_key=True, autoincrement=False, comment="place in the log"),
    Column("leaf", LargeBinary, nullable=False, comment="hash of the leaf, which says nothing about the record"),
    purpose="what every party's log has committed to, to see whether the records are still there",
)
EDGES = database.table(
    "edges",
    SCHEMA.metadata,
    Column("party", Text, primary_key=True, comment="institution whose log it is"),
    Column("size", database.Int, nullable=False, comment="number of leaves that are kept"),
    Column("hashes", LargeBinary, nullable=False, comment="right edge of the tree over them"),
    purpose="from where each log's tree is verified on",
)
QUIET = database.table(
    "quiet",
    SCHEMA.metadata,
    Column("at", database.Int, primary_key=True, autoincrement=False, comment="unix time"),
    purpose="when all was quiet last, so that counts can be compared",
)
HIDDEN = database.table(
    "hidden",
    SCHEMA.metadata,
    Column("permit", LargeBinary, primary_key=True, comment="hash of the permit"),
    Column("entry", database.Int, primary_key=True, autoincrement=False, comment="place in the request's list"),
    Column(
        "year", database.Int, nullable=False, comment="fiscal year of the record, after which it is deleted in time"
    ),
    Column("issued", database.Int, nullable=False, comment="unix time of the first endorsement"),
    Column("due", database.Int, nullable=False, comment="unix time from which it is disclosed"),
    Column(
        "sealed",
        LargeBinary,
        comment="the record and a seed from the tag, sealed to the supervisor; none once it is disclosed",
        info={"equivalent": "NE08"},
    ),
    Column("disclosed", database.Int, nullable=False, comment="unix time at which the keeper had it back, else 0"),
    Column("next_try", database.Int, nullable=False, comment="unix time before which a refused one is not sent again"),
    purpose="records that the person may not see yet (Act art. 23(2))",
)
HIDDEN_ACTS = database.table(
    "hidden_acts",
    SCHEMA.metadata,
    Column("number", database.Int, primary_key=True, comment="running number"),
    Column("at", database.Int, nullable=False, comment="unix time of the act"),
    Column("act", Text, nullable=False, comment="disclose or extend"),
    Column("permit", LargeBinary, nullable=False, comment="hash of the permit"),
    Column("entry", database.Int, nullable=False, comment="place in the request's list"),
    Column("due", database.Int, nullable=False, comment="unix time from which it is disclosed since then"),
    Column("article", Text, nullable=False, comment="article on which the act rests"),
    purpose="what the supervisor's staff decided about hidden records, kept for ever",
)
FINDINGS = database.table(
    "findings",
    SCHEMA.metadata,
    Column("number", database.Int, primary_key=True, comment="running number"),
    Column("at", database.Int, nullable=False, comment="unix time at which it was found"),
    Column("kind", Text, nullable=False, comment="kind of the finding"),
    Column("party", Text, nullable=False, comment="institution that it is about"),
    Column("subject", Text, nullable=False, comment="what tells it from others of its kind"),
    Column("detail", Text, nullable=False, comment="what does not agree; it names no person"),
    Column("evidence", LargeBinary, nullable=False, comment="the signed papers that show it"),
    purpose="what does not agree, kept for ever",
)
FINDINGS.append_constraint(UniqueConstraint("kind", "party", "subject"))


@dataclass(frozen=True, slots=True)
class Log:
    """A party's log as last verified; `changed` is when it last grew, `up_since` 0 while it does not answer."""

    party: str
    origin: str
    size: int
    root: bytes
    note: bytes
    changed: int
    up_since: int


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong, with whom; the same `subject` of the same kind and party is found once."""

    kind: str
    party: str
    subject: str
    detail: str
    evidence: bytes = b""


def add_act(connection: Connection, act: str, block: Block, at: int) -> int:
    """Add an act (`block` or `unblock`) and return its number."""
    row = {"at": at, "act": act, "party": block.party, "procedure": block.procedure, "item": block.item}
    done = connection.execute(insert(ACTS).values(**row, article=block.article, reason=block.reason))
    key = done.inserted_primary_key
    assert key is not None  # noqa: S101  # one row was inserted
    return int(key[0])


def blocks(connection: Connection) -> tuple[Block, ...]:
    """Return what is blocked: of every target whose last act is a block, that block, in the order of the acts."""
    standing: dict[tuple[str, str, str], Block] = {}
    for row in connection.execute(select(ACTS).order_by(ACTS.c.number)):
        target = (row.party, row.procedure, row.item)
        standing.pop(target, None)
        if row.act == "block":
            party, procedure, item = target
            standing[target] = Block(
                party=party, procedure=procedure, item=item, article=row.article, reason=row.reason
            )
    return tuple(standing.values())


def put_counts(connection: Connection, party: str, month: str, *, at: int, form: bytes) -> None:
    """Keep a party's counts of a month as it signed them; the newest replaces."""
    put = database.upsert(connection, COUNTS).values(party=party, month=month, at=at, form=form)
    connection.execute(put.on_conflict_do_update(index_elements=["party", "month"], set_={"at": at, "form": form}))


def counts(connection: Connection, month: str) -> dict[str, tuple[int, bytes]]:
    """Return (when it came, signed form) of every party for a month."""
    found = connection.execute(select(COUNTS).where(COUNTS.c.month == month))
    return {row.party: (row.at, bytes(row.form)) for row in found}


def note_quiet(connection: Connection, at: int) -> None:
    """Note that all was quiet, or that we began to look; only the last time is kept."""
    connection.execute(delete(QUIET))
    connection.execute(insert(QUIET).values(at=at))


def last_quiet(connection: Connection) -> int | None:
    """Return when all was quiet last, None before we began to look."""
    found: int | None = connection.execute(select(QUIET.c.at)).scalar()
    return found


def logs(connection: Connection) -> tuple[Log, ...]:
    """Return every log as last verified."""
    return tuple(_log(row) for row in connection.execute(select(LOGS).order_by(LOGS.c.party)))


def _log(row: Row[tuple[object, ...]]) -> Log:
    return Log(row.party, row.origin, row.size, bytes(row.root), bytes(row.note), row.changed, row.up_since)


def put_log(connection: Connection, seen: Log) -> None:
    """Keep a log as verified now."""
    values = {"origin": seen.origin, "size": seen.size, "root": seen.root, "note": seen.note}
    values |= {"changed": seen.changed, "up_since": seen.up_since}
    put = database.upsert(connection, LOGS).values(party=seen.party, **values)
    connection.execute(put.on_conflict_do_update(index_elements=["party"], set_=values))


def look_anew(connection: Connection) -> None:
    """Take no log for one that answers: whoever was away knows of nobody that he was there meanwhile."""
    connection.execute(update(LOGS).values(up_since=0))


def find(connection: Connection, findings: Sequence[Finding], at: int) -> None:
    """Keep findings for ever; one that is known already changes nothing."""
    for each in findings:
        values = {"kind": each.kind, "party": each.party, "subject": each.subject}
        put = database.upsert(connection, FINDINGS).values(**values, detail=each.detail, evidence=each.evidence, at=at)
        connection.execute(put.on_conflict_do_nothing())


def findings(connection: Connection) -> tuple[tuple[int, Finding], ...]:
    """Return (when, what) of every finding, the oldest first."""
    found = connection.execute(select(FINDINGS).order_by(FINDINGS.c.number))
    return tuple((row.at, Finding(row.kind, row.party, row.subject, row.detail, bytes(row.evidence))) for row in found)
