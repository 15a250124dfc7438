"""How an office's codes go over to a new epoch (PROTOCOL.md section 12): nobody is asked for a single one.

  1. A directory lists the new epoch beside the old one; every operator sends its delta. It is kept in memory only:
     an operator sends it again until we answer.
  2. Check each delta against the commitments of both epochs; with all of them, multiply.
  3. Wait until we ourselves name the directory that lists the new epoch, so that we may ask with the new codes.
  4. Carry every code over and keep the product, wrapped, in one transaction. The old blobs are gone with its commit.
  5. A message may name the old epoch for a while: what it opens to is carried over when it is looked up.
  6. Erase the product 4320 s after the old epoch left the directory.

If we crash before 4 nothing happened and the operators send again; after it, their repeats are answered at once.
"""

import asyncio
from dataclasses import dataclass, field

from sqlalchemy import Connection, delete, insert, select, update

from mynumber.codes import at_rest
from mynumber.codes.errors import ProtocolError
from mynumber.codes.group import Scalar
from mynumber.codes.parties.directory import SPACING_S, Directory
from mynumber.codes.parties.standing import Standing
from mynumber.codes.records import forms
from mynumber.codes.records.forms import Rotation
from mynumber.exchange.running.node import Node
from mynumber.gateway.acquiring.persons import Wrapping
from mynumber.gateway.store import PERSONS, ROTATIONS
from mynumber.plumbing import faults, logs
from mynumber.plumbing.canonical import Json
from mynumber.plumbing.errors import NotFinished

_FORGET_SECONDS = 5.0


@dataclass
class Rotating:
    """The change of code epochs at one office."""

    node: Node
    wrapping: Wrapping
    _deltas: dict[tuple[int, int], dict[str, bytes]] = field(default_factory=dict, repr=False)
    _under_way: asyncio.Lock = field(default_factory=asyncio.Lock, repr=False)

    async def form(self, peer: str, body: Json) -> Json:
        """Take an operator's delta; the answer comes once the codes are carried over."""
        directory = self.node.view.directory
        if directory.role_of(peer) != "operator":
            raise ProtocolError("WRONG_TYPE")
        sent = forms.open_form(Rotation, body, directory.signer(peer), self.node.config.network)
        if sent.agency != self.node.config.id:
            raise ProtocolError("PERMIT_MISMATCH")
        # One at a time: both operators may bring theirs at once.
        async with self._under_way:
            if not await self.node.store.read(lambda connection: _is_carried(connection, sent.old, sent.new)):
                await self._take(peer, sent, directory)
        return {}

    async def _take(self, peer: str, sent: Rotation, directory: Directory) -> None:
        me, change = self.node.config.id, (sent.old, sent.new)
        # (2) Each delta by itself, so that the operator at fault is the one that is refused.
        at_rest.check_delta(directory, me, peer, old=sent.old, new=sent.new, delta=bytes(sent.delta))
        deltas = self._deltas.setdefault(change, {})
        deltas[peer] = bytes(sent.delta)
        # (3) Only from then on do we name the directory that lists the new epoch.
        waits = self.node.view.required().choose(self.node.clock.now()) is not directory
        if waits or deltas.keys() != set(directory.operators):
            raise NotFinished("ROTATION_WAITS", "the other operators' deltas are not here yet", hint="send it again")
        given = [deltas[operator] for operator in directory.operators]
        product = at_rest.rotation(directory, me, old=sent.old, new=sent.new, deltas=given)
        now = self.node.clock.now()
        count = await self.node.store.write(
            lambda connection: carry(connection, self.wrapping, change, product=product, at=now)
        )
        del self._deltas[change]
        logs.info("codes.carried", count=count)
        await faults.reach("gateway.rotation.commit.after")

    async def forget(self) -> None:
        """(6) Erase products that nothing can need any more, until cancelled."""
        while True:
            await self.node.store.write(self._forget)
            await asyncio.sleep(_FORGET_SECONDS)

    def _forget(self, connection: Connection) -> None:
        standing = self.node.view.standing
        if standing is not None:
            _forget(connection, self.node.config.id, standing, self.node.clock.now())


def carry(connection: Connection, wrapping: Wrapping, change: tuple[int, int], *, product: Scalar, at: int) -> int:
    """(4) Carry all codes of one epoch to another and keep the product; return how many there are."""
    faults.point("gateway.rotation.commit.before")
    old, new = change
    persons = [row.person for row in connection.execute(select(PERSONS.c.person).where(PERSONS.c.epoch == old))]
    codes = {person: wrapping.code_of(connection, person, old) for person in persons}
    connection.execute(delete(PERSONS).where(PERSONS.c.epoch == old))
    for person, code in codes.items():
        if code is not None:
            wrapping.put(connection, person, new, at_rest.carry(product, code))
    sealed = at_rest.wrap_product(wrapping.key, wrapping.agency, old, product)
    connection.execute(insert(ROTATIONS).values(old=old, new=new, product=sealed, at=at))
    return len(codes)


def rewrap(connection: Connection, before: Wrapping, after: Wrapping) -> int:
    """Wrap all codes, and the products that are kept, under another key; return how many codes there are."""
    held = [(row.person, row.epoch) for row in connection.execute(select(PERSONS.c.person, PERSONS.c.epoch))]
    codes = {place: before.code_of(connection, *place) for place in held}
    for (person, epoch), code in codes.items():
        if code is not None:
            after.put(connection, person, epoch, code)
    for row in connection.execute(select(ROTATIONS)).all():
        product = at_rest.unwrap_product(before.key, before.agency, row.old, bytes(row.product))
        sealed = at_rest.wrap_product(after.key, after.agency, row.old, product)
        connection.execute(update(ROTATIONS).where(ROTATIONS.c.old == row.old).values(product=sealed))
    return len(codes)


def _is_carried(connection: Connection, old: int, new: int) -> bool:
    query = select(ROTATIONS.c.new).where(ROTATIONS.c.old == old, ROTATIONS.c.new == new)
    return connection.execute(query).first() is not None


def _forget(connection: Connection, agency: str, standing: Standing, now: int) -> None:
    current, before = standing.current, standing.predecessor
    listed = set(current.agency(agency).epochs) if current.signing_key(agency) else set()
    counts = before is not None and now <= current.body.not_before + SPACING_S
    if before is not None and counts and before.signing_key(agency):
        listed |= set(before.agency(agency).epochs)
    for row in connection.execute(select(ROTATIONS.c.old)).all():
        if str(row.old) not in listed:
            connection.execute(delete(ROTATIONS).where(ROTATIONS.c.old == row.old))
