"""How the register decides on one request of an office (Act art. 21-2; MIC Order 85/2014 art. 44(2)).

  1. The office may ask: an agency with codes, a record epoch that is listed, a ground that is a row of the table.
  2. An acquisition number that was accepted before gets the same answer, and nothing happens again.
  3. The number finds the person, and all four basic data agree; otherwise `no-match`, whatever the reason is.
     Three of four are noted, without what was asked, for a person to look into; nothing is ever linked from there.
  4. A person whose code the office holds, or is about to get, is `already-acquired`, unless it declared the loss.
  5. What is left is accepted and waits for its enrolment.

Steps 2 to 5 are one transaction. A crash before its commit leaves nothing and the office repeats; after it, 2 answers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, insert, select

from mynumber.acquisition.basic import differing
from mynumber.acquisition.messages import Entry, Request, Result, write_entry
from mynumber.codes.errors import ProtocolError
from mynumber.codes.parties.directory import Directory
from mynumber.law import wire as law
from mynumber.number.my_number import MyNumber
from mynumber.plumbing import canonical, faults
from mynumber.register import residents
from mynumber.register.residents import Resident
from mynumber.register.store import ACQUISITIONS, REVIEWS, Seals, count


def check_asker(directory: Directory, agency: str, request: Request) -> None:
    """Step 1: raise ROLE_CONFLICT, UNKNOWN_EPOCH or LAW_REFUSED."""
    if directory.role_of(agency) != "agency" or directory.agency(agency).portal:
        raise ProtocolError("ROLE_CONFLICT")
    entry = directory.agency(agency)
    listed = str(request.record_epoch) in entry.records and request.record_epoch >= entry.record_epoch
    if entry.epoch == 0 or not listed:
        raise ProtocolError("UNKNOWN_EPOCH")
    # My Number Act art. 21-2: for the procedures of the linkage table. Whether the office has a role in one is ruled on
    # by the operators, who hold the signed table with the roles' members (R7).
    if law.row_of(request.procedure) is None:
        raise ProtocolError("LAW_REFUSED", row=request.procedure)


@dataclass(frozen=True, slots=True)
class Asked:
    """A request of one office at one time."""

    agency: str
    request: Request = field(repr=False)
    at: int


def decide(connection: Connection, seals: Seals, asked: Asked) -> tuple[Result, ...]:
    """Steps 2 to 5: return one result an entry, or raise REPLAYED if a number was used for another entry."""
    entries = asked.request.entries
    digests = {entry.acq: _digest(seals, asked.request, entry) for entry in entries}
    # (2) Accepted before.
    before = _accepted(connection, asked.agency, digests)
    if any(before[acq] != digests[acq] for acq in before):
        raise ProtocolError("REPLAYED")
    new = [entry for entry in entries if entry.acq not in before]
    # (3) The person.
    found = residents.by_number(connection, seals, [entry.number for entry in new])
    matched = {entry.acq: found[entry.number] for entry in new if _agrees(entry, found)}
    _note_near(connection, asked, [entry for entry in new if entry.acq not in matched], found)
    # (4) Already acquired.
    taken = set() if asked.request.lost else _taken(connection, asked, matched)
    results: dict[bytes, Result] = dict.fromkeys(before, "accepted")
    rows = []
    for entry in new:
        person = matched.get(entry.acq)
        if person is None:
            results[entry.acq] = "no-match"
        elif person.id in taken:
            results[entry.acq] = "already-acquired"
        else:
            # (5) Accepted; a second file for the same person in this batch is not.
            results[entry.acq] = "accepted"
            taken.add(person.id)
            rows.append(_row(asked, entry, person, digests[entry.acq]))
    if rows:
        connection.execute(insert(ACQUISITIONS), rows)
    fresh = [results[entry.acq] for entry in new]
    for result in sorted(set(fresh)):
        count(connection, asked.agency, result, fresh.count(result), now=asked.at)
    faults.point("register.accepted.before")
    return tuple(results[entry.acq] for entry in entries)


def _digest(seals: Seals, request: Request, entry: Entry) -> bytes:
    about = [request.procedure, request.record_epoch, request.lost, write_entry(entry)]
    return seals.asked.index(canonical.encode(about))


def _accepted(connection: Connection, agency: str, digests: Mapping[bytes, bytes]) -> dict[bytes, bytes]:
    columns = ACQUISITIONS.c
    query = select(columns.acq, columns.digest).where(columns.agency == agency, columns.acq.in_(list(digests)))
    return {bytes(row.acq): bytes(row.digest) for row in connection.execute(query)}


def _agrees(entry: Entry, found: Mapping[MyNumber, Resident]) -> bool:
    person = found.get(entry.number)
    return person is not None and not differing(entry.basic, person.basic)


def _note_near(
    connection: Connection, asked: Asked, entries: Sequence[Entry], found: Mapping[MyNumber, Resident]
) -> None:
    """Note of whom just one datum differs: each person and datum once for an office and ground."""
    near: set[tuple[int, str]] = set()
    for entry in entries:
        person = found.get(entry.number)
        differs = () if person is None else differing(entry.basic, person.basic)
        if person is not None and len(differs) == 1:
            near.add((person.id, differs[0]))
    agency, ground, columns = asked.agency, asked.request.procedure, REVIEWS.c
    persons = {resident for resident, _ in near}
    same = (columns.agency == agency, columns.ground == ground, columns.resident.in_(persons))
    query = select(columns.resident, columns.differs).where(*same)
    known = {(int(row.resident), str(row.differs)) for row in connection.execute(query)}
    about = {"agency": agency, "ground": ground, "asked": asked.at}
    rows = [{"resident": resident, "differs": differs, **about} for resident, differs in sorted(near - known)]
    if rows:
        connection.execute(insert(REVIEWS), rows)


def _taken(connection: Connection, asked: Asked, matched: Mapping[bytes, Resident]) -> set[int]:
    columns = ACQUISITIONS.c
    query = select(columns.resident).where(
        columns.agency == asked.agency,
        columns.record_epoch == asked.request.record_epoch,
        columns.resident.in_({person.id for person in matched.values()}),
    )
    return {int(row.resident) for row in connection.execute(query)}


def _row(asked: Asked, entry: Entry, person: Resident, digest: bytes) -> dict[str, object]:
    return {
        "agency": asked.agency,
        "acq": entry.acq,
        "resident": person.id,
        "record_epoch": asked.request.record_epoch,
        "ground": asked.request.procedure,
        "asked": asked.at,
        "digest": digest,
        "state": "waiting",
    }
