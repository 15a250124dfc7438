"""How the keeper releases one code leg: no readable code without a record in independent hands.

Enters:  a full bundle from the last operator.
Leaves:  the bundle in code form with our release, or a refusal; a record in either case.
Must never see: a My Number, a code, a name, or the answer itself.

  1. Give the stored answer to what was refused before.
  2. Verify the whole way, open the tags, make the shares (PROTOCOL.md K1 to K5).
  3. Store request hash, members or rows, release, counts and log leaf in one transaction (K6; Act art. 23).
  4. Answer (K7).

If we crash before 3, there is no record and no release, and the last operator repeats; between 3 and 4 there is a row
"asked" of an exchange that was not read yet, which is true, and the repeat gets the very same release.
"""

import hashlib
import os
from dataclasses import dataclass, field

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from mynumber.codes.errors import ProtocolError
from mynumber.codes.group import Point
from mynumber.codes.keys import KeeperKeys
from mynumber.codes.permit import release, request, steps
from mynumber.codes.permit.arrived import arrived
from mynumber.codes.permit.release import KnownRelease, Released
from mynumber.codes.permit.request import Request
from mynumber.exchange.log.records import Event, Record, record_of
from mynumber.exchange.running.node import Node
from mynumber.exchange.running.own_keys import Own
from mynumber.exchange.running.turns import on_bundle
from mynumber.keeper import recording, replicas, store
from mynumber.keeper.store import Tally
from mynumber.plumbing import canonical, faults
from mynumber.plumbing.canonical import Json

# A tag that was never enrolled: the office asks with a code that is not its own (K4). Everything else that is refused
# is malformed, false, late or repeated, and says nothing about anybody's right.
_LEGAL_REFUSAL = "UNKNOWN_TAG"


@dataclass(frozen=True)
class Keeper:
    """The keeper at work."""

    node: Node
    own: Own[KeeperKeys]
    h: bytes = field(repr=False)
    """Under it the keeper knows members and rows again; it never changes."""

    async def release(self, peer: str, bundle: Json) -> Json:
        """Return the bundle in code form with its release, stored before it is returned."""
        try:
            released = await self._released(peer, bundle)
        except ProtocolError as refused:
            await self._record_refusal(peer, bundle, refused)
            raise
        # (4) Answer.
        return released.bundle

    async def _released(self, peer: str, bundle: Json) -> Released:
        released = await on_bundle(bundle, self._open, peer, bundle)
        if not released.fresh:
            return released
        try:
            await self.node.store.write(lambda connection: self._keep(connection, released))
        except IntegrityError:
            # The same request arrived twice at once and the other was stored first: K2 gives that release.
            again = await on_bundle(bundle, self._open, peer, bundle)
            if again.fresh:
                raise
            return again
        await faults.reach("keeper.commit.after")
        return released

    def _open(self, peer: str, bundle: Json) -> Released:
        """Steps 1 and 2, in a worker thread."""
        if peer != self.node.view.directory.operators[-1]:
            raise ProtocolError("PERMIT_MISMATCH")
        came, found = arrived(bundle, released=False), dict[bytes, KnownRelease | None]()
        asked = came.claimed
        # (1) What was refused before is refused again without a second record.
        with self.node.store.reading() as connection:
            refused = store.refusal(connection, _digest(bundle), peer)
            if asked is not None:
                found[asked.hash] = store.find(connection, asked.hash)
        if refused is not None:
            raise ProtocolError(refused)
        # (2) K1 to K5, with the keys that stand in the directory which the request names.
        return release.release(
            came,
            me=self.own.current if asked is None else self.own.named(asked.body.dir),
            standing=self.node.view.required(),
            now=self.node.clock.now(),
            rand=os.urandom(32),
            known=lambda digest: found[digest] if digest in found else self._known(digest),
            is_member=self._is_member,
            restored=self.node.restored,
        )

    def _known(self, request_hash: bytes) -> KnownRelease | None:
        with self.node.store.reading() as connection:
            return store.find(connection, request_hash)

    def _is_member(self, domain: str, tag: Point) -> bool:
        with self.node.store.reading() as connection:
            return store.is_member(connection, release.member(self.h, domain, tag))

    def _keep(self, connection: Connection, released: Released) -> None:
        # (3) A crash before the commit leaves nothing; after it, the same request gets this very release again.
        if released.request.kind != "enrol":
            replicas.require_relearnt(connection, self.node.restored)
        seal = bytes(self.node.view.directory.body.supervisor.seal)
        recording.record(connection, released, h=self.h, seal=seal)
        record = self._record(released.request, "released", permit=released.permit_hash)
        self.node.journal.append(connection, [record])
        faults.point("keeper.commit.before")

    async def _record_refusal(self, peer: str, bundle: Json, refused: ProtocolError) -> None:
        """Record a legal refusal once; it comes behind K1, so what the bundle says is proved."""
        asked = request.peek(bundle) if refused.code == _LEGAL_REFUSAL else None
        if asked is None:
            return
        digest = _digest(bundle)
        endorsements = steps.open_bundle(bundle, released=False).endorsements
        issued = steps.read_endorsement(endorsements[0]).issued
        permit = steps.permit_hash(steps.payloads_of(endorsements) or [])
        record = self._record(asked, "refused", permit=permit, error=refused.code)
        agency = asked.to if asked.kind == "enrol" else asked.from_
        tally = Tally(issued=issued, agency=agency, kind=asked.kind, refused=asked.count)

        def keep(connection: Connection) -> None:
            if store.refusal(connection, digest, peer) is None:
                store.refuse(connection, digest, peer, at=record.at, code=refused.code)
                store.add(connection, tally)
                self.node.journal.append(connection, [record])

        await self.node.store.write(keep)

    def _record(self, asked: Request, event: Event, *, permit: bytes, error: str = "") -> Record:
        network, at = self.node.config.network, self.node.clock.now()
        return record_of(asked, event, network=network, party=self.own.id, at=at, permit=permit, error=error)


def _digest(bundle: Json) -> bytes:
    return hashlib.sha256(canonical.encode(bundle)).digest()
