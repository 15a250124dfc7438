"""How the register writes a request for a citizen who is present at a portal (PROTOCOL.md section 10, Portal, step 3).

  1. The session counts, is this portal's and is not worn out.
  2. The order is well formed and names this portal as the asker.
  3. Write what the order says and nothing else, about the session's person alone, and sign it.
  4. Record that a request was written, before it leaves; not for whom, and not of whom.

What is signed here is worth nothing until the portal signs it too, and the portal signs only its own order (C4).
"""

import os
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, select

from mynumber.codes import wire
from mynumber.codes.errors import ProtocolError
from mynumber.codes.hashing import h2g
from mynumber.codes.keys import signer
from mynumber.codes.parties.directory import Directory
from mynumber.codes.permit import portal, sender
from mynumber.codes.permit.portal import Made, Order, ReadOrder
from mynumber.codes.permit.request import Message
from mynumber.codes.permit.sender import Encryption
from mynumber.codes.wire import B16
from mynumber.exchange.rate import Rate
from mynumber.exchange.running import calls
from mynumber.exchange.running.node import Node
from mynumber.exchange.view import settling
from mynumber.plumbing import faults
from mynumber.plumbing.canonical import Json
from mynumber.plumbing.working import work
from mynumber.register.citizens import logins
from mynumber.register.citizens.sessions import Sessions
from mynumber.register.enrolling import Keys
from mynumber.register.store import RESIDENTS, Seals


class Ordered(wire.Payload, frozen=True):
    """A session and what its citizen orders: the members of a `read` or `self` request that a portal may choose."""

    session: B16
    order: dict[str, Any]


DESCRIBED: Final = ("Write and sign the request that a citizen ordered at a portal.", Ordered, calls.Message)


@dataclass(frozen=True)
class Orders:
    """Where portals bring the orders of citizens who are signed in; `most` is how many a session is good for."""

    node: Node
    seals: Seals
    keys: Keys
    sessions: Sessions
    rate: Rate
    most: int

    async def order(self, peer: str, body: Json) -> Json:
        """Return the message that an order asks for, signed by the register."""
        logins.require_portal(self.node.view.directory, peer)
        shape = wire.members(body, "session", "order")
        session, now = wire.blob(shape["session"], logins.SESSION_BYTES), self.node.clock.now()
        # (1) The session.
        presence = self.sessions.present(session, peer, now)
        if presence.orders >= self.most:
            raise ProtocolError("ORDER_MISMATCH")
        # (2) The order.
        order = portal.read_order(shape["order"])
        if order.from_ != peer:
            raise ProtocolError("ORDER_MISMATCH")
        parties = (peer,) if isinstance(order, ReadOrder) else (peer, order.to)
        directory = settling.choose(self.node.view.required(), now, self.node.config.id, *parties)
        self.rate.take(peer, 1, now)
        presence.orders += 1
        # (3) Write and sign.
        message = await work(self._write, order, presence.resident, directory, now)
        # (4) Record.
        await self.node.store.write(lambda c: _keep(c, now, peer, order))
        await faults.reach("register.order.commit.after")
        return message.json

    def _write(self, order: Order, resident: int, directory: Directory, now: int) -> Message:
        """Step 3, in a worker thread."""
        body = portal.body_of(order, Made(directory.network, directory.hash, os.urandom(16), now))
        with self.node.store.reading() as connection:
            row = connection.execute(select(RESIDENTS.c.root).where(RESIDENTS.c.id == resident)).one()
        point = h2g("person", self.seals.root.open(bytes(row.root)))
        keys = self.keys(directory)
        by = Encryption(keys.secret, os.urandom(32), os.urandom(32))
        return sender.build(body, [point], by, signers=[signer(keys)], directory=directory)


def _keep(connection: Connection, at: int, peer: str, order: Order) -> None:
    logins.record(connection, at, peer, event=order.kind, result="ok")
    faults.point("register.order.commit.before")
