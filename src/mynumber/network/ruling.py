"""How an operator rules on one inquiry and converts it.

Enters:  an inquiry whose sender has proved who it is, with every step before ours.
Leaves:  our step and endorsement, or a refusal; a record in either case.
Must never see: a My Number, a code, a name, or the answer itself.

  1. Give the stored answer to what was ruled on before.
  2. Verify the request and every earlier step (PROTOCOL.md O1-O3).
  3. Ask the law whether this inquirer may have these items for this procedure (Act art. 19(8), 21(2)), and the state
     whether an unpublished assessment or a stop switch forbids it (Act art. 28(6)).
  4. Convert both ciphertexts without opening them, prove it, sign the endorsement.
  5. Store ruling, endorsement and log entry in one transaction (art. 23).
  6. Send.

If we crash before 5, nothing happened and the sender repeats; between 5 and 6, the log shows an inquiry that was
never answered, which is true. The reverse order could leave a conversion that was never recorded.
"""

import os
from dataclasses import dataclass

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from mynumber.codes.convert.endorse import Endorsed, Known, endorse
from mynumber.codes.errors import ProtocolError
from mynumber.codes.keys import OperatorKeys
from mynumber.codes.permit import request, request_checks
from mynumber.codes.permit.arrived import arrived
from mynumber.codes.permit.request import Request
from mynumber.exchange.log.records import Event, Record, record_of
from mynumber.exchange.rate import Rate
from mynumber.exchange.running.node import Node
from mynumber.exchange.running.own_keys import Own
from mynumber.exchange.running.turns import on_bundle
from mynumber.network import store
from mynumber.plumbing import faults
from mynumber.plumbing.canonical import Json
from mynumber.plumbing.errors import NotFinished


@dataclass(frozen=True)
class Operator:
    """One operator at work."""

    node: Node
    own: Own[OperatorKeys]
    rate: Rate

    async def convert(self, peer: str, bundle: Json) -> Json | bytes:
        """Rule on a bundle and hand it on; return what the next party answered, unread."""
        try:
            endorsed = await self._endorsed(peer, bundle)
        except ProtocolError as refused:
            await self._record_refusal(peer, bundle, refused)
            raise
        # (6) Send. What we send is what we stored.
        await faults.reach("operator.send.before")
        operators = self.node.view.directory.operators
        behind = operators[operators.index(self.own.id) + 1 :]
        if behind:
            return await self.node.peers.relay(behind[0], "convert", endorsed.bundle, hops=len(behind) + 1)
        if endorsed.request.kind == "read":
            return endorsed.bundle
        return await self.node.peers.relay(self.node.view.directory.body.keeper.id, "release", endorsed.bundle)

    async def _endorsed(self, peer: str, bundle: Json) -> Endorsed:
        endorsed = await on_bundle(bundle, self._rule, peer, bundle)
        if not endorsed.fresh:
            return endorsed
        try:
            await self.node.store.write(lambda connection: self._keep(connection, endorsed))
        except IntegrityError:
            # The same message arrived twice at once and the other was stored first: its answer is the answer.
            again = await on_bundle(bundle, self._rule, peer, bundle)
            if again.fresh:
                raise
            return again
        await faults.reach("operator.commit.after")
        return endorsed

    def _rule(self, peer: str, bundle: Json) -> Endorsed:
        """Steps 1 to 4, in a worker thread."""
        came, found = arrived(bundle, released=False), dict[bytes, Known | None]()
        if (claimed := came.claimed) is not None:
            self._check_caller(peer, claimed)
            # (1) What was refused before is refused again without a second record, whatever stands around it now.
            with self.node.store.reading() as connection:
                refused = store.refusal(connection, claimed.hash, peer)
                found[claimed.hash] = store.find(connection, claimed.hash)
            if refused is not None:
                raise ProtocolError(refused[0], row=refused[1] or None)
        # (2) to (4), in the order of O1 to O5.
        return endorse(
            came,
            me=self.own.current if claimed is None else self.own.named(claimed.body.dir),
            standing=self.node.view.required(),
            laws=self.node.view.laws,
            now=self.node.clock.now(),
            rand=os.urandom(32),
            known=lambda digest: found[digest] if digest in found else self._known(digest),
            extra=self._rest_of_law,
            restored=self.node.restored,
        )

    def _known(self, request_hash: bytes) -> Known | None:
        with self.node.store.reading() as connection:
            return store.find(connection, request_hash)

    def _rest_of_law(self, asked: Request) -> None:
        """R7 beside the table: blocks and assessments, then the rate."""
        self.node.view.check_state(request_checks.question(asked))
        agency = asked.to if asked.kind == "enrol" else asked.from_
        try:
            self.rate.take(agency, asked.count, self.node.clock.now())
        except NotFinished as busy:
            raise ProtocolError("LAW_REFUSED", row=asked.procedure or None) from busy

    def _check_caller(self, peer: str, claimed: Request) -> None:
        """`convert` comes from the sender at operator 1, from the operator before at every other."""
        directory = self.node.view.directory
        position = directory.operators.index(self.own.id)
        if position > 0:
            expected = directory.operators[position - 1]
        else:
            expected = directory.body.register.id if claimed.kind == "enrol" else claimed.from_
        if peer != expected:
            raise ProtocolError("PERMIT_MISMATCH")

    def _keep(self, connection: Connection, endorsed: Endorsed) -> None:
        # (5) A crash before the commit leaves nothing; after it, the same bytes get this very answer again.
        faults.point("operator.commit.before")
        store.keep(connection, endorsed)
        self.node.journal.append(connection, [self._record(endorsed.request, "endorsed", at=endorsed.issued)])

    async def _record_refusal(self, peer: str, bundle: Json, refused: ProtocolError) -> None:
        """Record a legal refusal once; malformed or repeated input leaves no row."""
        asked = request.peek(bundle) if refused.code == "LAW_REFUSED" else None
        if asked is None:
            return
        at = self.node.clock.now()
        record = self._record(asked, "refused", at=at, error=refused.code, row=refused.row or "")

        def keep(connection: Connection) -> None:
            if store.refusal(connection, asked.hash, peer) is None:
                store.refuse(connection, record, asked.hash, peer)
                self.node.journal.append(connection, [record])

        await self.node.store.write(keep)

    def _record(self, asked: Request, event: Event, *, at: int, error: str = "", row: str = "") -> Record:
        network, party = self.node.config.network, self.own.id
        return record_of(asked, event, network=network, party=party, at=at, error=error, row=row)
