"""Codes at rest: which of the office's own references stands for which code, and who is withheld.

A code lies wrapped (PROTOCOL.md section 12) beside an HMAC over the reference and the blob, so that two persons' codes
cannot be swapped in the file unnoticed. The wrapped code is also the index by which an opened code is found.
"""

import hmac
from dataclasses import dataclass, field

from sqlalchemy import Connection, bindparam, delete, insert, select

from mynumber.codes import at_rest
from mynumber.codes.errors import ProtocolError
from mynumber.codes.group import GENERATOR, Point
from mynumber.gateway.store import PERSONS, ROTATIONS, SHIELDS
from mynumber.plumbing.statements import Prepared

KEY_SIZE = 64

# What runs for every entry of every inquiry.
_EPOCH = PERSONS.c.epoch == bindparam("epoch")
_CARRIED: Prepared[tuple[int, bytes]] = Prepared(
    select(ROTATIONS.c.new, ROTATIONS.c.product).where(ROTATIONS.c.old == bindparam("old"))
)
_CODE: Prepared[tuple[bytes, bytes]] = Prepared(
    select(PERSONS.c.blob, PERSONS.c.guard).where(PERSONS.c.person == bindparam("person"), _EPOCH)
)
_PERSON: Prepared[tuple[str, bytes]] = Prepared(
    select(PERSONS.c.person, PERSONS.c.guard).where(_EPOCH, PERSONS.c.blob == bindparam("blob"))
)
_SHIELD: Prepared[tuple[str]] = Prepared(select(SHIELDS.c.person).where(SHIELDS.c.person == bindparam("person")))


@dataclass(frozen=True, slots=True)
class Wrapping:
    """The office's keys for codes at rest."""

    agency: str
    key: bytes = field(repr=False)

    @property
    def _beside(self) -> bytes:
        return hmac.digest(self.key, b"beside", "sha256")

    def blob(self, epoch: int, code: Point) -> bytes:
        """Return the wrapped code."""
        return at_rest.wrap(self.key, self.agency, epoch, code)

    def opens(self, connection: Connection) -> bool:
        """Tell whether the wrap key has its size and opens the codes that are here, judged by one of them."""
        row = connection.execute(select(PERSONS.c.epoch, PERSONS.c.blob).limit(1)).first()
        try:
            return len(self.key) == KEY_SIZE and (
                row is None or bool(at_rest.unwrap(self.key, self.agency, row.epoch, bytes(row.blob)))
            )
        except ProtocolError:
            return False

    def epoch(self, connection: Connection, listed: int) -> int:
        """Return in which epoch the codes are kept here, where a directory still names `listed`."""
        carried = _CARRIED.first(connection, old=listed)
        return listed if carried is None else carried[0]

    def carried(self, connection: Connection, epoch: int, code: Point) -> tuple[int, Point]:
        """Return a code in the epoch in which codes are kept here; one of an older epoch is carried over."""
        row = _CARRIED.first(connection, old=epoch)
        if row is None:
            return epoch, code
        new, kept = row
        return new, at_rest.carry(at_rest.unwrap_product(self.key, self.agency, epoch, kept), code)

    def holder(self, connection: Connection, epoch: int, code: Point) -> str | None:
        """Return under which reference the office holds a code, withheld or not."""
        epoch, code = self.carried(connection, epoch, code)
        query = select(PERSONS.c.person).where(PERSONS.c.epoch == epoch, PERSONS.c.blob == self.blob(epoch, code))
        found = connection.execute(query).scalar()
        return None if found is None else str(found)

    def store(self, connection: Connection, person: str, epoch: int, code: Point) -> None:
        """Keep a person's code in place of an older one, in the epoch in which codes are kept here."""
        self.put(connection, person, *self.carried(connection, epoch, code))

    def put(self, connection: Connection, person: str, epoch: int, code: Point) -> None:
        """Keep a person's code in place of an older one of the same epoch."""
        blob = self.blob(epoch, code)
        connection.execute(delete(PERSONS).where(PERSONS.c.person == person, PERSONS.c.epoch == epoch))
        guard = at_rest.beside(self._beside, person.encode(), blob)
        connection.execute(insert(PERSONS).values(person=person, epoch=epoch, blob=blob, guard=guard))

    def code_of(self, connection: Connection, person: str, epoch: int) -> Point | None:
        """Return a person's code, None if the office has not acquired it."""
        row = _CODE.first(connection, person=person, epoch=epoch)
        if row is None:
            return None
        blob, guard = row
        at_rest.check_beside(self._beside, person.encode(), blob, guard)
        return at_rest.unwrap(self.key, self.agency, epoch, blob)

    def person_of(self, connection: Connection, epoch: int, code: Point | None) -> str | None:
        """Return whose code this is, None if it is nobody's here or the person is withheld.

        Unknown and withheld take the same queries, so that neither the answer nor its cost tells them apart.
        """
        epoch, kept = self.carried(connection, epoch, code or GENERATOR)
        blob = self.blob(epoch, Point(bytes(32)) if code is None else kept)
        row = _PERSON.first(connection, epoch=epoch, blob=blob)
        person, guard = ("", b"") if row is None else row
        withheld = _SHIELD.first(connection, person=person)
        if row is None or withheld is not None:
            return None
        at_rest.check_beside(self._beside, person.encode(), blob, guard)
        return person
