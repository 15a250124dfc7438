"""How a citizen signs in at a portal (PROTOCOL.md section 10, Portal, steps 1 and 2).

  1. `login` {} gives a nonce, for this portal, once, for 120 s.
  2. `login` {nonce, certificate, signature}: use the nonce up, verify certificate and signature ourselves, look up
     whose card it is; give a session for this portal only.
  3. Record that a sign-in was asked for and what became of it, without saying whose.

The portal is believed in nothing: it cannot make a signature, and one made for another portal or nonce does not verify.
If we crash anywhere, nonce and session are gone and the citizen signs in again.
"""

import asyncio
import os
from dataclasses import dataclass
from typing import Final

from cryptography import x509
from sqlalchemy import Connection, insert

from mynumber.codes import wire
from mynumber.codes.errors import ProtocolError
from mynumber.codes.parties.directory import Directory
from mynumber.codes.permit import portal
from mynumber.codes.wire import B16, Blob, Count
from mynumber.exchange.rate import Rate
from mynumber.exchange.running.node import Node
from mynumber.pki import citizens
from mynumber.pki.identity import BadCertificate
from mynumber.plumbing import faults
from mynumber.plumbing.canonical import Json, b64
from mynumber.register.citizens import cards
from mynumber.register.citizens.sessions import Sessions
from mynumber.register.store import SIGN_INS

SESSION_BYTES = 16


class Login(wire.Payload, frozen=True, omit_defaults=True):
    """Nothing, for a nonce; or what a card made for one: certificate in DER, signature over T(`login`, ...)."""

    nonce: B16 | None = None
    certificate: Blob | None = None
    signature: Blob | None = None


class Begun(wire.Payload, frozen=True, omit_defaults=True):
    """A nonce for one sign-in within 120 s; or a session and its end in unix seconds."""

    nonce: B16 | None = None
    session: B16 | None = None
    until: Count | None = None


DESCRIBED: Final = ("Sign a citizen in at a portal: first a nonce, then what the card made for it.", Login, Begun)


def require_portal(directory: Directory, peer: str) -> None:
    """Raise ROLE_CONFLICT for everybody but a portal."""
    if directory.role_of(peer) != "agency" or not directory.agency(peer).portal:
        raise ProtocolError("ROLE_CONFLICT")


@dataclass(frozen=True)
class Logins:
    """Where portals bring what citizens' cards made; `root` is the CA of the cards."""

    node: Node
    root: x509.Certificate
    sessions: Sessions
    rate: Rate

    async def login(self, peer: str, body: Json) -> Json:
        """Give a nonce for an empty body, a session for what a card made."""
        require_portal(self.node.view.directory, peer)
        if body == {}:
            return self._nonce(peer)
        shape = wire.members(body, "nonce", "certificate", "signature")
        nonce = wire.blob(shape["nonce"], portal.NONCE_BYTES)
        certificate, signature = wire.blob(shape["certificate"]), wire.blob(shape["signature"])
        try:
            answer = await self._session(peer, nonce, certificate, signature)
        except ProtocolError as refused:
            # Of a nonce that was never given nothing is kept, or strangers could fill the store.
            if refused.code != "NOT_FRESH":
                await self._record(peer, refused.code)
            raise
        await self._record(peer, "ok")
        return answer

    def _nonce(self, peer: str) -> Json:
        # (1) A nonce.
        now = self.node.clock.now()
        self.rate.take(peer, 1, now)
        nonce = os.urandom(portal.NONCE_BYTES)
        self.sessions.offer(nonce, peer, now)
        return {"nonce": b64(nonce)}

    async def _session(self, peer: str, nonce: bytes, certificate: bytes, signature: bytes) -> Json:
        # (2) Once, whatever comes of it: who guesses must begin anew each time.
        now = self.node.clock.now()
        self.sessions.use(nonce, peer, now)
        signed = portal.sign_in_input(self.node.config.network, peer, nonce)
        try:
            holder = citizens.holder_of(certificate, self.root, now=now)
            await asyncio.to_thread(citizens.check_signature, holder.public_key, signature, signed)
            resident = await self.node.store.read(lambda c: cards.resident_of(c, holder.serial, now=now))
        except BadCertificate as problem:
            raise ProtocolError("BAD_SIGNATURE") from problem
        session = os.urandom(SESSION_BYTES)
        return {"session": b64(session), "until": self.sessions.begin(session, peer, resident, now)}

    async def _record(self, peer: str, result: str) -> None:
        # (3) A record.
        at = self.node.clock.now()

        def keep(connection: Connection) -> None:
            record(connection, at, peer, event="login", result=result)
            faults.point("register.login.commit.before")

        await self.node.store.write(keep)
        await faults.reach("register.login.commit.after")


def record(connection: Connection, at: int, portal_id: str, *, event: str, result: str) -> None:
    """Keep that a portal claimed a citizen's presence, and what it was told."""
    connection.execute(insert(SIGN_INS).values(at=at, portal=portal_id, event=event, result=result))
