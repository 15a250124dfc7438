"""What the store remembers of enrolments: one an office at a time, from its message to the office's answer.

    waiting --begin--> sent --finish--> held, or gone where the office refused
       ^                |
       `----again-------+--abandon--> gone

`begin`, `finish`, `again` and `abandon` move all entries of one enrolment in one transaction. The note "A holds a code"
is a `held` row; only the office's signed `stored` sets it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, Connection, delete, insert, select, update

from mynumber.codes.permit.request import Message, open_message, read_body
from mynumber.codes.records.forms import Acknowledgement
from mynumber.plumbing import canonical, faults
from mynumber.plumbing.canonical import Json
from mynumber.register import enrolling
from mynumber.register.enrolling import Applicant, Target
from mynumber.register.store import ACQUISITIONS, ENROLMENTS, RESIDENTS, Seals, count


@dataclass(frozen=True, slots=True)
class Returned:
    """What came back from the network: the permit's hash and end, and the bundle for the office."""

    permit: bytes
    expires: int
    bundle: Json = field(repr=False)


@dataclass(frozen=True, slots=True)
class Enrolment:
    """An enrolment on its way; `returned` is None until the network answered."""

    agency: str
    created: int
    message: Message = field(repr=False)
    returned: Returned | None


def busy(connection: Connection) -> list[str]:
    """Return the offices for which something is to be done."""
    columns = ACQUISITIONS.c
    query = select(columns.agency).where(columns.state.in_(("waiting", "sent"))).distinct()
    return [row.agency for row in connection.execute(query)]


def waiting(connection: Connection, seals: Seals, agency: str, limit: int) -> tuple[Target, list[Applicant]] | None:
    """Return up to `limit` accepted acquisitions of an office, the oldest first and all for one record epoch."""
    columns = ACQUISITIONS.c
    ours = (columns.agency == agency, columns.state == "waiting")
    oldest = select(columns.record_epoch).where(*ours).order_by(columns.id).limit(1)
    epoch = connection.execute(oldest).scalar()
    if epoch is None:
        return None
    query = (
        select(columns.acq, RESIDENTS.c.root)
        .join(RESIDENTS, RESIDENTS.c.id == columns.resident)
        .where(*ours, columns.record_epoch == epoch)
        .order_by(columns.id)
        .limit(limit)
    )
    found = connection.execute(query)
    applicants = [Applicant(bytes(row.acq), seals.root.open(bytes(row.root))) for row in found]
    return Target(agency, int(epoch)), applicants


def begin(connection: Connection, agency: str, message: Message) -> None:
    """Keep a message before it is sent. A crash before this leaves its entries waiting, after it the same message."""
    created = read_body(message).created
    connection.execute(insert(ENROLMENTS).values(agency=agency, created=created, message=message.text))
    _move(connection, _these(agency, enrolling.numbers(message)), "sent")


def current(connection: Connection, agency: str) -> Enrolment | None:
    """Return the office's enrolment on its way."""
    row = connection.execute(select(ENROLMENTS).where(ENROLMENTS.c.agency == agency)).first()
    if row is None:
        return None
    returned = None
    if row.bundle is not None:
        returned = Returned(bytes(row.permit), int(row.expires), canonical.decode(bytes(row.bundle)))
    return Enrolment(agency, int(row.created), open_message(canonical.decode(bytes(row.message))), returned)


def keep_returned(connection: Connection, agency: str, returned: Returned) -> None:
    """Keep what came back, before it is handed on."""
    values = {"permit": returned.permit, "expires": returned.expires, "bundle": canonical.encode(returned.bundle)}
    connection.execute(update(ENROLMENTS).where(ENROLMENTS.c.agency == agency).values(values))
    faults.point("register.returned.before")


def finish(connection: Connection, enrolment: Enrolment, results: Sequence[Acknowledgement], *, now: int) -> None:
    """Set the note for what the office stored, forget what it refused."""
    given = dict(zip(enrolling.numbers(enrolment.message), results, strict=True))
    stored = [acq for acq, result in given.items() if result == "stored"]
    _replace_notes(connection, enrolment.agency, stored)
    _move(connection, _these(enrolment.agency, stored), "held")
    connection.execute(delete(ACQUISITIONS).where(*_sent(enrolment.agency)))
    _forget(connection, enrolment.agency)
    count(connection, enrolment.agency, "stored", len(stored), now=now)
    count(connection, enrolment.agency, "refused", len(given) - len(stored), now=now)
    faults.point("register.finished.before")


def again(connection: Connection, agency: str) -> None:
    """Let a message that can serve no longer go; its entries wait for a new one."""
    _move(connection, _sent(agency), "waiting")
    _forget(connection, agency)


def abandon(connection: Connection, agency: str, *, now: int) -> None:
    """Let the entries go with their message: the office does not know their numbers any more."""
    gone = connection.execute(delete(ACQUISITIONS).where(*_sent(agency))).rowcount
    _forget(connection, agency)
    count(connection, agency, "abandoned", gone, now=now)


def unlink(connection: Connection, agency: str, acq: bytes) -> bool:
    """Clear the note of a code that the office erased; tell whether there was one."""
    held = (*_these(agency, [acq]), ACQUISITIONS.c.state == "held")
    return connection.execute(delete(ACQUISITIONS).where(*held)).rowcount > 0


def _replace_notes(connection: Connection, agency: str, stored: Sequence[bytes]) -> None:
    """Delete older notes of the same persons and record epoch: the office had lost those codes."""
    columns = ACQUISITIONS.c
    query = select(columns.resident, columns.record_epoch).where(*_these(agency, stored))
    new = {(row.resident, row.record_epoch) for row in connection.execute(query)}
    # Not by state in the query: SQLite would look through everybody of whom the office holds a code.
    theirs = select(columns.id, columns.resident, columns.record_epoch, columns.state).where(
        columns.agency == agency, columns.resident.in_({resident for resident, _ in new})
    )
    rows = [row for row in connection.execute(theirs) if row.state == "held"]
    old = [row.id for row in rows if (row.resident, row.record_epoch) in new]
    if old:
        connection.execute(delete(ACQUISITIONS).where(columns.id.in_(old)))


def _these(agency: str, numbers: Sequence[bytes]) -> tuple[ColumnElement[bool], ...]:
    return ACQUISITIONS.c.agency == agency, ACQUISITIONS.c.acq.in_(numbers)


def _sent(agency: str) -> tuple[ColumnElement[bool], ...]:
    return ACQUISITIONS.c.agency == agency, ACQUISITIONS.c.state == "sent"


def _move(connection: Connection, which: tuple[ColumnElement[bool], ...], state: str) -> None:
    connection.execute(update(ACQUISITIONS).where(*which).values(state=state))


def _forget(connection: Connection, agency: str) -> None:
    connection.execute(delete(ENROLMENTS).where(ENROLMENTS.c.agency == agency))
