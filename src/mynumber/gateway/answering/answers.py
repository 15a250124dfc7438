"""How an office answers another office's inquiry (PROTOCOL.md section 9, provider; section 10, exchange).

  1. Believe nobody: verify request, every step, every endorsement, release and context (F1 to F6).
  2. A known request with the same permit gets the stored answer (F2a). Whoever is withheld closes that exit too: the
     act erases the stored answers, and a repeat is checked and answered anew, as things stand now.
  3. Open the codes, find whose they are; unknown, withheld and not-acquired are one class (Act art. 22; DV shields).
  4. Read, for each entry, only that entry's items from the department's own database. A citizen who asks about herself
     through the portal (`self`) asks for bare items; no officer exists, and who is withheld stays not available.
  5. Seal the answer to the asker, sign it.
  6. Store request, permit, answer, record, log leaf and the outcome to be sent in one transaction (art. 23), unless an
     act of the desk came between 3 and here: then begin again, because somebody may be withheld now.
  7. Answer. The outbox tells the keeper the outcome, later if it is away.

If we crash before 6 nothing happened and the asker repeats; after it F2a gives the same answer.
"""

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

from sqlalchemy import Connection, bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from mynumber.codes import wire
from mynumber.codes.errors import ProtocolError
from mynumber.codes.group import Point
from mynumber.codes.keys import AgencyKeys
from mynumber.codes.permit import answers, request, request_checks
from mynumber.codes.permit.answers import Result
from mynumber.codes.permit.arrived import arrived
from mynumber.codes.permit.receive import Brought, Received, Receiver, StoredAnswer, Used, receive
from mynumber.codes.permit.request import Exchange, Request
from mynumber.codes.records import forms
from mynumber.exchange import context as contexts
from mynumber.exchange.context import Entry
from mynumber.exchange.log.records import Event, Record, record_of
from mynumber.exchange.running import reporting
from mynumber.exchange.running.node import Node
from mynumber.exchange.running.own_keys import Own
from mynumber.exchange.running.turns import on_bundle
from mynumber.gateway.acquiring.persons import Wrapping
from mynumber.gateway.answering.business import Business, Wanted
from mynumber.gateway.desk import acts
from mynumber.gateway.store import ANSWERED, OUTBOX, REFUSALS
from mynumber.plumbing import canonical, faults
from mynumber.plumbing.canonical import Json
from mynumber.plumbing.sealing import Column
from mynumber.plumbing.statements import Prepared, Value
from mynumber.plumbing.working import work

# What runs for every inquiry.
_USED: Prepared[tuple[bytes, bytes | None, int]] = Prepared(
    select(ANSWERED.c.permit, ANSWERED.c.answer, ANSWERED.c.expires).where(ANSWERED.c.request == bindparam("request"))
)
_KEEP = Prepared.insert(ANSWERED)
_ANEW: Prepared[tuple[()]] = Prepared(
    update(ANSWERED)
    .where(ANSWERED.c.request == bindparam("of"), ANSWERED.c.answer.is_(None))
    .values(answer=bindparam("again"))
)
_SEND = Prepared.insert(OUTBOX, "party", "body", "created", "refused", "next_try")


@dataclass(frozen=True)
class _Checked:
    """A bundle behind F6, and what its context asks for each entry."""

    received: Received
    said: Sequence[Entry]
    context: bytes = field(repr=False)
    keys: AgencyKeys = field(repr=False)
    now: int
    anew: bool


@dataclass(frozen=True)
class _Prepared:
    """Everything that step 6 stores and step 7 sends."""

    received: Received
    answer: Json
    outcome: Json
    context: bytes = field(repr=False)
    provided: int
    act: int
    """The desk's newest act when persons were looked up."""
    anew: bool
    """Whether this was answered before, and that answer erased."""


class _ActedError(Exception):
    """The desk did something since persons were looked up."""


@dataclass(frozen=True)
class Answering:
    """The provider's side of one office."""

    node: Node
    own: Own[AgencyKeys]
    wrapping: Wrapping
    business: Business
    contexts: Column
    woken: asyncio.Event
    """Set when the outbox has something to deliver."""

    async def inquire(self, peer: str, body: Json) -> Json:
        """Answer {bundle, context} with {answer, sealed}."""
        shape = wire.members(body, "bundle", "context")
        brought = Brought(peer, wire.blob(shape["context"]))
        try:
            prepared = await self._prepare(shape["bundle"], brought)
        except ProtocolError as refused:
            await self._record_refusal(peer, shape["bundle"], refused)
            raise
        if isinstance(prepared, StoredAnswer):
            return prepared.answer
        try:
            await self._store(prepared)
        except (IntegrityError, _ActedError):
            # The same bundle arrived twice at once, and what was stored first is the answer to both; or somebody is
            # withheld since we looked.
            again = await self._prepare(shape["bundle"], brought)
            if isinstance(again, StoredAnswer):
                return again.answer
            await self._store(again)
            return again.answer
        return prepared.answer

    async def _store(self, prepared: _Prepared) -> None:
        await self.node.store.write(lambda connection: self._keep(connection, prepared))
        await faults.reach("gateway.answer.commit.after")
        self.woken.set()

    async def _prepare(self, bundle: Json, brought: Brought) -> _Prepared | StoredAnswer:
        """Steps 1 to 5; the department's database may let us wait, and then nothing but its own inquiries waits."""
        checked = await on_bundle(bundle, self._check, bundle, brought)
        if isinstance(checked, StoredAnswer):
            return checked
        # (3), (4) Whose codes, and what is held.
        results, act = await asyncio.to_thread(self._results, checked.received, checked.said)
        return await work(self._sealed, checked, results, act)

    def _check(self, bundle: Json, brought: Brought) -> _Checked | StoredAnswer:
        view, now, came = self.node.view, self.node.clock.now(), arrived(bundle, released=True)
        keys = self.own.current if came.claimed is None else self.own.named(came.claimed.body.dir)
        check = partial(
            receive,
            came,
            brought,
            me=Receiver(keys.id, "provider", keys.y, view.required(), view.laws),
            now=now,
            outstanding=(),
            extra=lambda asked: view.check_state(request_checks.question(asked)),
            restored=self.node.restored,
        )
        # (1), (2) F1 to F6.
        received = check(used=self._used)
        anew = isinstance(received, StoredAnswer) and received.answer is None
        if anew:
            received = check(used=lambda _: None)
        if isinstance(received, StoredAnswer):
            return received
        said = self._said(received.request, brought.context)
        # Whoever the persons are: a condition that cannot be kept is refused before anybody is looked for.
        if not all(self.business.takes(entry.items, entry.conditions) for entry in said):
            raise ProtocolError("PERMIT_MISMATCH")
        return _Checked(received, said, brought.context, keys, now, anew)

    def _sealed(self, checked: _Checked, results: Sequence[Result], act: int) -> _Prepared:
        # (5) Seal and sign.
        received, keys = checked.received, checked.keys
        ask = received.request.body
        assert isinstance(ask, Exchange | request.SelfRequest)  # noqa: S101  # F2: the kinds of a provider
        permit, signer = received.permit_hash, (keys.id, keys.sign)
        sealed = answers.seal_answer(bytes(ask.reply_key), results, permit=permit, provider=keys.id)
        signed = answers.sign_answer(sealed, permit=permit, network=self.node.config.network, signer=signer)
        outcome = forms.Outcome(
            v=1,
            network=self.node.config.network,
            permit=wire.B32(permit),
            provided=checked.now,
            results=tuple("ok" if result.available else "not-available" for result in results),
        )
        answer: Json = {"answer": signed, "sealed": canonical.b64(sealed)}
        signed_outcome = forms.sign_form(outcome, signer)
        return _Prepared(received, answer, signed_outcome, checked.context, checked.now, act, checked.anew)

    def _said(self, asked: Request, context: bytes) -> tuple[Entry, ...]:
        if asked.kind == "self":
            return contexts.read_own(context, items=asked.items).entries
        return contexts.read(context, count=asked.count, items=asked.items).entries

    def _results(self, received: Received, said: Sequence[Entry]) -> tuple[list[Result], int]:
        ask = received.request.body
        assert isinstance(ask, Exchange | request.SelfRequest)  # noqa: S101  # F2: the kinds of a provider
        persons, act = self._persons(received.opened[0], ask.to_epoch)
        wanted = [Wanted(person, entry.items, entry.conditions) for person, entry in zip(persons, said, strict=True)]
        results = [
            Result(available=False) if each.person is None else Result(available=True, data=data)
            for each, data in zip(wanted, self.business.look_up(wanted), strict=True)
        ]
        return results, act

    def _persons(self, opened: Sequence[Point | None], epoch: int) -> tuple[list[str | None], int]:
        with self.node.store.reading() as connection:
            persons = [self.wrapping.person_of(connection, epoch, code) for code in opened]
            return persons, acts.newest(connection)

    def _used(self, request_hash: bytes) -> Used | None:
        with self.node.store.reading() as connection:
            row = _USED.first(connection, request=request_hash)
        if row is None:
            return None
        permit, answer, expires = row
        if answer is not None:
            return Used(permit, canonical.decode(answer))
        if expires < self.node.clock.now():
            # The time in which a repeat may ask is over and the answer is erased.
            raise ProtocolError("PERMIT_EXPIRED")
        # Erased before its time, because somebody is withheld since.
        return Used(permit, None)

    def _keep(self, connection: Connection, prepared: _Prepared) -> None:
        # (6) F7: one insert of request, permit and answer, with the record, the log leaf and the outcome to be sent.
        faults.point("gateway.answer.commit.before")
        received = prepared.received
        asked, answer = received.request, canonical.encode(prepared.answer)
        if acts.newest(connection) != prepared.act:
            raise _ActedError
        if prepared.anew:
            # Record, leaf and outcome stand as they were: the first answer may have arrived, and nobody can know.
            if _ANEW.run(connection, of=asked.hash, again=answer) == 0:
                raise _ActedError
            return
        row: dict[str, Value] = {
            "request": asked.hash,
            "permit": received.permit_hash,
            "kind": asked.kind,
            "from": asked.from_,
            "procedure": asked.procedure,
            "items": canonical.encode(list(asked.items)).decode("ascii"),
            "count": asked.count,
            "issued": received.issued,
            "month": reporting.month_of(received.issued),
            "expires": received.expires,
            "provided": prepared.provided,
            "context": self.contexts.seal(prepared.context),
            "answer": answer,
        }
        _KEEP.run(connection, **row)
        record = self._record(asked, "answered", permit=received.permit_hash, at=prepared.provided)
        self.node.journal.append(connection, [record])
        keeper, body = self.node.view.directory.body.keeper.id, canonical.encode(prepared.outcome)
        _SEND.run(connection, party=keeper, body=body, created=prepared.provided, refused=0, next_try=0)

    async def _record_refusal(self, peer: str, bundle: Json, refused: ProtocolError) -> None:
        """Record a legal refusal once; anything else leaves no row."""
        asked = request.peek(bundle) if refused.code == "LAW_REFUSED" else None
        if asked is None:
            return
        digest = hashlib.sha256(peer.encode() + asked.hash).digest()
        record = self._record(asked, "refused", at=self.node.clock.now(), error=refused.code, row=refused.row or "")

        def keep(connection: Connection) -> None:
            if connection.execute(select(REFUSALS.c.id).where(REFUSALS.c.digest == digest)).first() is None:
                row = {"at": record.at, "asker": peer, "code": record.error, "procedure": record.procedure}
                connection.execute(insert(REFUSALS).values(row | {"digest": digest}))
                self.node.journal.append(connection, [record])

        await self.node.store.write(keep)

    def _record(
        self, asked: Request, event: Event, *, at: int, permit: bytes | None = None, error: str = "", row: str = ""
    ) -> Record:
        network, party = self.node.config.network, self.own.id
        return record_of(asked, event, network=network, party=party, at=at, permit=permit, error=error, row=row)
