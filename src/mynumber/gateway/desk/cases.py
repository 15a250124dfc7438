"""Who may do what at this office, and who looked at what: officers, rights, cases, looks, shields, refusals.

  1. An officer works with a right for the procedure, in an open case, on the persons of that case (Act art. 12).
  2. Who grants rights holds none, so that nobody can give access to himself unseen.
  3. Every look is one row, in the transaction that reads or before what was read leaves.
  4. Every refusal is one row, and every change of officers, rights and shields is one act (acts.py).

Steps run inside a transaction of the caller and raise; a crash inside one leaves neither the act nor its row.
"""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from mynumber.gateway.config import GatewayConfig
from mynumber.gateway.desk import acts
from mynumber.gateway.desk.acts import Act
from mynumber.gateway.store import (
    ACQUISITIONS,
    ANSWERED,
    CASE_PERSONS,
    CASES,
    ERASABLE,
    INQUIRIES,
    LOOKS,
    OFFICERS,
    PERSONS,
    REFUSALS,
    RIGHTS,
    SHIELDS,
)
from mynumber.plumbing.errors import Conflict, NotFound, Refused
from mynumber.plumbing.sealing import Column
from mynumber.plumbing.statements import Prepared, Value

ADMIN = "admin"
ACQUISITION = "acquisition"
"""The right to hand in persons whose codes the office is to acquire."""

LOCAL = frozenset({"NO_RIGHT", "NO_CASE", "UNKNOWN_PERSON", "CODE_NOT_ACQUIRED"})
"""The refusals of this office towards its own officers; each leaves one row."""

MOST_LOOKS = 1000


@dataclass(frozen=True, slots=True)
class Case:
    """A case as the one who works on it sees it; `reason` and `persons` stay out of logs."""

    id: str
    procedure: str
    reason: str = field(repr=False)
    opened_by: str
    department: str
    persons: tuple[str, ...] = field(repr=False)
    opened: int
    closed: int | None


@dataclass(frozen=True, slots=True)
class Look:
    """One look: what was looked at; `case`, `inquiry` and `person` as far as there is one."""

    what: str
    case: str = ""
    inquiry: str = ""
    person: str = field(default="", repr=False)


# What runs for every inquiry.
_RIGHTS_OF: Prepared[tuple[str]] = Prepared(select(RIGHTS.c.procedure).where(RIGHTS.c.officer == bindparam("officer")))
_THIS_OFFICER = OFFICERS.c.name == bindparam("officer")
_HERE: Prepared[tuple[str]] = Prepared(select(OFFICERS.c.name).where(_THIS_OFFICER, OFFICERS.c.removed.is_(None)))
_DEPARTMENT: Prepared[tuple[str]] = Prepared(select(OFFICERS.c.department).where(_THIS_OFFICER))
_CASE: Prepared[tuple[str, bytes, str, int, int | None]] = Prepared(
    select(CASES.c.procedure, CASES.c.reason, CASES.c.opened_by, CASES.c.opened, CASES.c.closed).where(
        CASES.c.id == bindparam("case")
    )
)
_PERSONS_OF: Prepared[tuple[str]] = Prepared(
    select(CASE_PERSONS.c.person).where(CASE_PERSONS.c.case == bindparam("case")).order_by(CASE_PERSONS.c.person)
)
_LOOK = Prepared.insert(LOOKS, "at", "officer", "what", "case", "inquiry", "person")


# Officers and their rights.


def add_officer(connection: Connection, act: Act, name: str, department: str) -> None:
    """Add an officer, or raise Conflict: a certificate cannot be taken back, so a name is given once and for ever."""
    if _department_of(connection, name) is not None:
        raise Conflict("OFFICER_EXISTS", f"the office has or had an officer {name}", hint="choose another name")
    connection.execute(insert(OFFICERS).values(name=name, department=department, added=act.at))
    acts.note(connection, act, "officer-added", officer=name)


def remove_officer(connection: Connection, act: Act, name: str) -> None:
    """Let an officer be none any more and take all rights back; the name and what was done under it stay."""
    if name == ADMIN:
        raise Conflict("NO_RIGHT", "who adds and removes officers stays", hint="remove another officer")
    _require_officer(connection, name)
    for procedure in sorted(_procedures_of(connection, name)):
        revoke(connection, act, name, procedure)
    connection.execute(update(OFFICERS).where(OFFICERS.c.name == name).values(removed=act.at))
    acts.note(connection, act, "officer-removed", officer=name)


def found_office(connection: Connection, at: int) -> None:
    """Write down the first officer, who adds the others, unless that is done."""
    if _department_of(connection, ADMIN) is None:
        add_officer(connection, Act("", at), ADMIN, "")


def check_officer(connection: Connection, name: str) -> None:
    """Raise NO_RIGHT unless the holder of a certificate is an officer of this office, and was not removed."""
    if not _works_here(connection, name):
        raise Refused("NO_RIGHT", "this office has no such officer", hint="ask the office's admin to add you")


def check_admin(officer: str) -> None:
    """Raise NO_RIGHT unless the officer is the one who grants rights."""
    if officer != ADMIN:
        raise Refused("NO_RIGHT", f"only {ADMIN} may do this", hint=f"ask the office's {ADMIN}")


def check_right(connection: Connection, officer: str, procedure: str) -> None:
    """Raise NO_RIGHT unless the officer holds the right for a procedure."""
    if officer == ADMIN:
        # Whatever stands in the table: who grants rights uses none.
        raise Refused("NO_RIGHT", "who grants rights uses none", hint="act as another officer")
    if procedure not in _procedures_of(connection, officer):
        grant = f"mynumber rights grant --as DIR/officers/{ADMIN} --officer {officer} --procedure {procedure}"
        raise Refused("NO_RIGHT", f"you hold no right for {procedure}", hint=f"ask the office's {ADMIN}: {grant}")


def grant(connection: Connection, act: Act, officer: str, procedure: str) -> None:
    """Grant a right; the same again changes nothing."""
    if officer in (ADMIN, act.officer):
        raise Conflict("NO_RIGHT", "who grants rights holds none", hint="grant it to another officer")
    _require_officer(connection, officer)
    if procedure not in _procedures_of(connection, officer):
        row = {"officer": officer, "procedure": procedure, "granted_by": act.officer, "at": act.at}
        connection.execute(insert(RIGHTS).values(row))
        acts.note(connection, act, "right-granted", officer=officer, procedure=procedure)


def revoke(connection: Connection, act: Act, officer: str, procedure: str) -> None:
    """Take a right back, or raise NotFound."""
    gone = delete(RIGHTS).where(RIGHTS.c.officer == officer, RIGHTS.c.procedure == procedure)
    if connection.execute(gone).rowcount == 0:
        hint = f"mynumber rights list --as DIR/officers/{ADMIN}"
        raise NotFound("UNKNOWN_RIGHT", f"{officer} holds no right for {procedure}", hint=hint)
    acts.note(connection, act, "right-revoked", officer=officer, procedure=procedure)


def rights(connection: Connection, officer: str | None) -> list[dict[str, object]]:
    """Return an officer's rights, or everybody's."""
    query = select(RIGHTS).order_by(RIGHTS.c.officer, RIGHTS.c.procedure)
    if officer is not None:
        query = query.where(RIGHTS.c.officer == officer)
    return [dict(row._mapping) for row in connection.execute(query)]


def _procedures_of(connection: Connection, officer: str) -> frozenset[str]:
    return frozenset(procedure for (procedure,) in _RIGHTS_OF.all(connection, officer=officer))


def _works_here(connection: Connection, name: str) -> bool:
    return _HERE.first(connection, officer=name) is not None


def _require_officer(connection: Connection, name: str) -> None:
    if not _works_here(connection, name):
        hint = f"mynumber officer add --as DIR/officers/{ADMIN} --name {name}"
        raise NotFound("UNKNOWN_OFFICER", "the office has no such officer", hint=hint)


def _department_of(connection: Connection, officer: str) -> str | None:
    """Return the department of who is or was an officer, which may be empty; None for nobody."""
    found = _DEPARTMENT.first(connection, officer=officer)
    return None if found is None else found[0]


# Cases.


@dataclass(frozen=True, slots=True)
class Cases:
    """The cases of one office; `reasons` is the key of their sealed column."""

    settings: GatewayConfig
    reasons: Column

    def open(self, connection: Connection, act: Act, procedure: str, persons: Sequence[str], reason: str) -> str:
        """Open a case and return its id."""
        check_right(connection, act.officer, procedure)
        case = secrets.token_hex(8)
        row = {"id": case, "procedure": procedure, "opened_by": act.officer, "opened": act.at}
        connection.execute(insert(CASES).values(row | {"reason": self.reasons.seal(reason.encode())}))
        connection.execute(insert(CASE_PERSONS), [{"case": case, "person": person} for person in persons])
        note_looks(connection, act, [Look("case-opened", case)])
        return case

    def find(self, connection: Connection, case: str) -> Case:
        """Return a case, or raise NO_CASE; who may see it is not asked here."""
        row = _CASE.first(connection, case=case)
        if row is None:
            raise NotFound("NO_CASE", "no such case here", hint="mynumber case list --as DIR/officers/YOU")
        procedure, reason, opened_by, opened, closed = row
        return Case(
            id=case,
            procedure=procedure,
            reason=self.reasons.open(reason).decode(),
            opened_by=opened_by,
            department=self.department(connection, opened_by, procedure),
            persons=tuple(person for (person,) in _PERSONS_OF.all(connection, case=case)),
            opened=opened,
            closed=closed,
        )

    def department(self, connection: Connection, officer: str, procedure: str) -> str:
        """Return the officer's own department, else the one in charge of the procedure."""
        return _department_of(connection, officer) or self.settings.department(procedure)


def check_inquiry(connection: Connection, officer: str, case: Case, persons: Iterable[str]) -> None:
    """Raise unless the officer may ask about these persons in this case (FLOWS section 5, 1)."""
    check_right(connection, officer, case.procedure)
    _check_open(case)
    if not set(persons) <= set(case.persons):
        # Somebody outside the case and somebody the office does not know look alike.
        raise NotFound("UNKNOWN_PERSON", "a person of this inquiry is not in the case", hint="open a case for them")


def see_case(connection: Connection, act: Act, case: Case) -> None:
    """Let the officer see a case."""
    check_right(connection, act.officer, case.procedure)
    note_looks(connection, act, [Look("case-seen", case.id)])


def see_inquiry(connection: Connection, act: Act, procedure: str, looks: Iterable[Look]) -> None:
    """Let the officer see what came of an inquiry."""
    check_right(connection, act.officer, procedure)
    note_looks(connection, act, looks)


def close_case(connection: Connection, act: Act, case: Case) -> None:
    """Close a case; nothing can be asked in it afterwards."""
    check_right(connection, act.officer, case.procedure)
    _check_open(case)
    connection.execute(update(CASES).where(CASES.c.id == case.id).values(closed=act.at))
    note_looks(connection, act, [Look("case-closed", case.id)])


def list_cases(connection: Connection, officer: str) -> list[dict[str, object]]:
    """Return the cases of the officer's procedures, without reasons and persons: a list is no look at a person."""
    counts = select(CASE_PERSONS.c.case, func.count().label("count")).group_by(CASE_PERSONS.c.case).subquery()
    shown = (CASES.c.id, CASES.c.procedure, CASES.c.opened_by, CASES.c.opened, CASES.c.closed, counts.c.count)
    query = select(*shown).join(counts, counts.c.case == CASES.c.id).order_by(CASES.c.opened, CASES.c.id)
    own = CASES.c.procedure.in_(_procedures_of(connection, officer))
    return [dict(row._mapping) for row in connection.execute(query.where(own))]


def case_of(connection: Connection, inquiry: str) -> tuple[str, str]:
    """Return (case, procedure) of an inquiry, or raise NotFound."""
    query = select(INQUIRIES.c.case, INQUIRIES.c.procedure).where(INQUIRIES.c.id == inquiry)
    row = connection.execute(query).first()
    if row is None:
        raise NotFound("UNKNOWN_INQUIRY", "no such inquiry here", hint="check its id")
    return row.case, row.procedure


def _check_open(case: Case) -> None:
    if case.closed is not None:
        raise Conflict("NO_CASE", "the case is closed", hint="open another one")


# Looks, refusals, shields.


def note_looks(connection: Connection, act: Act, looks: Iterable[Look]) -> None:
    """Write down looks, before what was looked at leaves."""
    rows: list[dict[str, Value]] = [
        {
            "at": act.at,
            "officer": act.officer,
            "what": look.what,
            "case": look.case,
            "inquiry": look.inquiry,
            "person": look.person,
        }
        for look in looks
    ]
    _LOOK.run_all(connection, rows)


def looks_after(connection: Connection, last: int) -> list[dict[str, object]]:
    """Return at most MOST_LOOKS looks, the oldest first, that stand behind the look `last`."""
    query = select(LOOKS).where(LOOKS.c.id > last).order_by(LOOKS.c.id).limit(MOST_LOOKS)
    return [dict(row._mapping) for row in connection.execute(query)]


def note_refusal(connection: Connection, act: Act, code: str, procedure: str) -> None:
    """Write down what an officer was refused."""
    connection.execute(insert(REFUSALS).values(at=act.at, asker=act.officer, code=code, procedure=procedure))


def shield(connection: Connection, act: Act, person: str) -> None:
    """Withhold a person: other offices get what they get for somebody unknown. The same again changes nothing.

    A reference that nobody has would withhold nobody and look like a shield, so it is refused. Answers that a repeat
    could still fetch are erased, whoever they are about, because that is written nowhere; each repeat is answered anew.
    """
    if not _holds(connection, person):
        raise NotFound("UNKNOWN_PERSON", "the office holds no such person", hint="check the reference")
    if connection.execute(select(SHIELDS.c.person).where(SHIELDS.c.person == person)).first() is None:
        connection.execute(insert(SHIELDS).values(person=person, set_by=act.officer, at=act.at))
        connection.execute(update(ANSWERED).where(ERASABLE).values(answer=None))
        acts.note(connection, act, "shield-set", person=person)


def unshield(connection: Connection, act: Act, person: str) -> None:
    """End the withholding of a person, or raise NotFound."""
    if connection.execute(delete(SHIELDS).where(SHIELDS.c.person == person)).rowcount == 0:
        raise NotFound("UNKNOWN_PERSON", "this person is not withheld", hint="check the reference")
    acts.note(connection, act, "shield-lifted", person=person)


def _holds(connection: Connection, person: str) -> bool:
    """Tell whether the office has a code for a person, or once handed the person in."""
    places = (select(table.c.person).where(table.c.person == person) for table in (PERSONS, ACQUISITIONS))
    return any(connection.execute(query.limit(1)).first() is not None for query in places)
