"""How an office gets its codes (Act art. 21-2; PROTOCOL.md section 10, enrolment).

  1. Take what a department hands in: references with number and basic data into the vault, and beside the reference a
     random acquisition number and the ground.
  2. Send batches of 64 to the register, again until it answers; what it refuses is not sent again, but of a batch that
     holds a bad entry the others are. A number that was accepted and of which nothing was heard for an hour goes once
     more (docs/spec/register.md, section 2); in a store that was restored, as a new one, declared lost.
  3. The register brings the released bundle; believe nobody, open the codes.
  4. Store codes, what became of each number, and the answer in one transaction; a code that another reference holds
     already is refused, and both references are kept for a person to look at (progress.py).

If we crash before 4 the bundle comes again; after it the stored answer is the answer.
"""

import asyncio
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from sqlalchemy import Connection, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from mynumber.acquisition import messages, office
from mynumber.acquisition.office import ACQ_SIZE, Kept, VaultRow
from mynumber.codes import wire
from mynumber.codes.errors import ProtocolError
from mynumber.codes.keys import AgencyKeys, signer
from mynumber.codes.permit.arrived import arrived
from mynumber.codes.permit.receive import Brought, Received, Receiver, StoredAnswer, Used, receive
from mynumber.codes.permit.request import Enrol
from mynumber.codes.records import forms
from mynumber.exchange.log.records import record_of
from mynumber.exchange.running import reporting
from mynumber.exchange.running.node import Node
from mynumber.exchange.running.own_keys import Own
from mynumber.exchange.running.turns import on_bundle
from mynumber.gateway.acquiring import filling
from mynumber.gateway.acquiring.persons import Wrapping
from mynumber.gateway.acquiring.vault import Vault
from mynumber.gateway.store import ACQUISITIONS, ANSWERED, DOUBLES, FILLINGS, OPEN
from mynumber.plumbing import canonical, faults, logs
from mynumber.plumbing.canonical import Json
from mynumber.plumbing.client import PeerDown

_IDLE_SECONDS = 2.0
_UNHEARD_SECONDS = 3600
_FILL_SECONDS = 10.0  # everybody is looked at each time
_OF_ONE_ENTRY = frozenset(["REPLAYED", "BAD_ENCODING"])  # other refusals are about the office, the ground or the epoch


@dataclass
class Acquiring:
    """The code acquisition of one office."""

    node: Node
    own: Own[AgencyKeys]
    wrapping: Wrapping
    vault: Vault
    _woken: asyncio.Event = field(default_factory=asyncio.Event)
    _filled_at: float = float("-inf")
    _delayed: logs.OnChange = field(default_factory=lambda: logs.OnChange("acquisition.delayed"))

    async def hand_in(self, ground: str, rows: Sequence[VaultRow], *, lost: bool = False) -> int:
        """Take persons for whom codes are wanted; return how many are new here.

        `lost` declares that the office lost the codes of these persons, so that even who has one is new.
        """
        refs = [row.ref for row in rows]
        known = await self.node.store.read(lambda connection: _under_way(connection, refs, lost=lost))
        new = [row for row in rows if row.ref not in known]
        if not new:
            return 0
        # (1) The vault first: a crash in between leaves rows that are handed in again.
        await self.vault.put(new)
        now = self.node.clock.now()
        numbered = office.number_rows(new, os.urandom(ACQ_SIZE * len(new)))
        about = {"ground": ground, "lost": int(lost), "state": "waiting", "at": now}
        waiting = [{"acq": acq, "person": row.ref, **about} for acq, row in numbered.items()]
        await faults.reach("gateway.handed.commit.before")
        taken = await self.node.store.write(lambda connection: _take(connection, waiting, lost=lost))
        await faults.reach("gateway.handed.commit.after")
        self._woken.set()
        return taken

    async def progress(self) -> dict[str, int]:
        """Return how many acquisitions are in each state."""
        query = select(ACQUISITIONS.c.state, func.count()).group_by(ACQUISITIONS.c.state)
        rows = await self.node.store.read(lambda connection: list(connection.execute(query)))
        return {row[0]: int(row[1]) for row in rows}

    async def run(self) -> None:
        """(2) Send what waits to the register, until cancelled."""
        while True:
            self._woken.clear()
            await self.node.store.write(partial(_renew, now=self.node.clock.now(), restored=self.node.restored))
            await self.node.store.write(partial(_take_back, now=self.node.clock.now()))
            await self._fill()
            while self.node.view.standing is not None and await self._send_batch():
                continue
            try:
                async with asyncio.timeout(_IDLE_SECONDS):
                    await self._woken.wait()
            except TimeoutError:
                continue

    async def _fill(self) -> None:
        """Have everybody enrolled in a record epoch that a directory lists beside the one in use."""
        standing, me = self.node.view.standing, self.own.id
        entry = None if standing is None or standing.current.role_of(me) is None else standing.current.agency(me)
        epoch, now = None if entry is None else filling.to_fill(entry), asyncio.get_running_loop().time()
        if epoch is not None and now > self._filled_at + _FILL_SECONDS:
            self._filled_at, count = now, 0
            due = await self.node.store.read(partial(filling.due, epoch=epoch))
            for start in range(0, len(due), filling.AT_ONCE):
                some, at = due[start : start + filling.AT_ONCE], self.node.clock.now()
                count += await self.node.store.write(partial(filling.fill, persons=some, epoch=epoch, now=at))
            if count:
                logs.info("records.filling", count=count)

    async def _send_batch(self) -> bool:
        """Send one batch; False if there is none or the register does not answer now."""
        batch = await self.node.store.read(_waiting)
        if batch is None:
            return False
        rows = {row.ref: row for row in await self.vault.get(list(batch.persons.values()))}
        numbered = {acq: rows[person] for acq, person in batch.persons.items() if person in rows}
        await self._note(dict.fromkeys(batch.persons.keys() - numbered.keys(), "no-number"))
        directory = self.node.view.directory
        epoch = batch.record_epoch or directory.agency(self.own.id).record_epoch
        for numbers in office.batches(numbered, ground=batch.ground, record_epoch=epoch, lost=batch.lost):
            try:
                body = messages.write_request(numbers)
                answer = await self.node.peers.post(directory.body.register.id, messages.PATH, body)
                await self._note(office.match(numbers, answer))
                self._delayed.goes_on()
            except PeerDown as problem:
                self._delayed.waits(problem.code)
                return False
            except ProtocolError as refusal:
                if refusal.code == "UNKNOWN_EPOCH" and directory.agency(self.own.id).epochs:
                    # The register stands on another directory for some seconds, which names another record epoch.
                    logs.info("acquisition.delayed", code=refusal.code)
                    return False
                await self._refused(numbers, refusal)
        return True

    async def _refused(self, request: messages.Request, refusal: ProtocolError) -> None:
        """The same bytes would be refused again; of a batch that is refused for one entry the others go by halves."""
        count = len(request.entries)
        logs.info("acquisition.refused", code=refusal.code, count=count)
        if count == 1 or refusal.code not in _OF_ONE_ENTRY:
            refused = (entry.acq for entry in request.entries)
            await self._note(dict.fromkeys(refused, _word(refusal.code)))
            return
        for part in (request.entries[: count // 2], request.entries[count // 2 :]):
            half = replace(request, entries=part)
            try:
                register = self.node.view.directory.body.register.id
                answer = await self.node.peers.post(register, messages.PATH, messages.write_request(half))
                await self._note(office.match(half, answer))
            except ProtocolError as again:
                await self._refused(half, again)

    async def _note(self, results: Mapping[bytes, str]) -> None:
        now = self.node.clock.now()

        def step(connection: Connection) -> None:
            for acq, result in results.items():
                # The bundle may be faster than this answer: what is stored already stays stored.
                waiting = (ACQUISITIONS.c.acq == acq, ACQUISITIONS.c.state == "waiting")
                connection.execute(update(ACQUISITIONS).where(*waiting).values(state=result, at=now))
            faults.point("gateway.noted.commit.before")

        await self.node.store.write(step)
        await faults.reach("gateway.noted.commit.after")

    async def enrolled(self, peer: str, bundle: Json) -> Json:
        """Answer a released bundle of the register with what became of each code."""
        # (3) F1 to F6.
        received = await on_bundle(bundle, self._receive, peer, bundle)
        if isinstance(received, StoredAnswer):
            return received.answer
        try:
            answer = await self.node.store.write(lambda connection: self._keep(connection, received))
        except (IntegrityError, ProtocolError):
            # The same bundle arrived twice at once; what was stored first is the answer to both.
            again = await on_bundle(bundle, self._receive, peer, bundle)
            if isinstance(again, StoredAnswer):
                return again.answer
            raise
        await faults.reach("gateway.enrolled.commit.after")
        return answer

    def _receive(self, peer: str, bundle: Json) -> Received | StoredAnswer:
        view, came = self.node.view, arrived(bundle, released=True)
        keys = self.own.current if came.claimed is None else self.own.named(came.claimed.body.dir)
        # One transaction for F2a and F6: between two, the same bundle may be stored by another call, and its numbers
        # would be neither used nor open.
        with self.node.store.reading() as connection:
            return receive(
                came,
                Brought(peer),
                me=Receiver(keys.id, "agency", keys.y, view.required(), view.laws),
                now=self.node.clock.now(),
                used=partial(_used, connection),
                outstanding=_Open(connection),
                extra=lambda _: None,
                restored=self.node.restored,
            )

    def _keep(self, connection: Connection, received: Received) -> Json:
        # (4) One transaction; before its commit nothing happened, after it F2a gives this answer.
        faults.point("gateway.enrolled.commit.before")
        asked, body, now = received.request, received.request.body, self.node.clock.now()
        assert isinstance(body, Enrol)  # noqa: S101  # F2: the kind of an agency
        numbers = [bytes(acq) for acq in body.acq]
        refs = _open_numbers(connection, numbers)
        if len(refs) < len(numbers):
            # F6 again: one was closed since the bundle was read.
            raise ProtocolError("ACQUISITION_UNKNOWN")
        opened = list(zip(numbers, received.opened[0], strict=True))
        receipts = office.sort_codes(opened, refs, lambda code: self.wrapping.holder(connection, body.to_epoch, code))
        for receipt in receipts:
            if isinstance(receipt, Kept):
                self.wrapping.store(connection, receipt.ref, body.to_epoch, receipt.code)
            elif receipt.other:
                connection.execute(insert(DOUBLES).values(acq=receipt.acq, other=receipt.other))
            state = "stored" if isinstance(receipt, Kept) else _word(receipt.error)
            change = update(ACQUISITIONS).where(ACQUISITIONS.c.acq == receipt.acq)
            connection.execute(change.values(state=state, at=now))
        acquired = forms.Acquired(
            v=1,
            network=self.node.config.network,
            permit=wire.B32(received.permit_hash),
            results=office.results(receipts),
        )
        answer = forms.sign_form(acquired, signer(self.own.named(body.dir)))
        connection.execute(insert(ANSWERED).values(self._row(received, answer, now)))
        network, party = self.node.config.network, self.own.id
        record = record_of(asked, "acquired", network=network, party=party, at=now, permit=received.permit_hash)
        self.node.journal.append(connection, [record])
        return answer

    def _row(self, received: Received, answer: Json, now: int) -> dict[str, object]:
        return {
            "request": received.request_hash,
            "permit": received.permit_hash,
            "kind": "enrol",
            "from": self.node.view.directory.body.register.id,
            "procedure": "",
            "items": "[]",
            "count": received.request.count,
            "issued": received.issued,
            "month": reporting.month_of(received.issued),
            "expires": received.expires,
            "provided": now,
            "answer": canonical.encode(answer),
        }


def _word(code: str) -> str:
    """Return the state that an error's code is written as."""
    return code.lower().replace("_", "-")


def _used(connection: Connection, request_hash: bytes) -> Used | None:
    query = select(ANSWERED.c.permit, ANSWERED.c.answer).where(ANSWERED.c.request == request_hash)
    row = connection.execute(query).first()
    return None if row is None else Used(bytes(row.permit), canonical.decode(bytes(row.answer)))


def _under_way(connection: Connection, refs: Sequence[str], *, lost: bool) -> set[str]:
    """Return for which of these persons a number is open or, unless it was lost, a code is here."""
    done = OPEN if lost else (*OPEN, "stored")
    query = select(ACQUISITIONS.c.person, ACQUISITIONS.c.state).where(ACQUISITIONS.c.person.in_(refs))
    return {str(row.person) for row in connection.execute(query) if row.state in done}


def _take(connection: Connection, rows: Sequence[Mapping[str, object]], *, lost: bool) -> int:
    """Store new numbers; who got one since the first look, by another hand, is left out."""
    known = _under_way(connection, [str(row["person"]) for row in rows], lost=lost)
    new = [row for row in rows if row["person"] not in known]
    if new:
        connection.execute(insert(ACQUISITIONS), new)
    return len(new)


def _renew(connection: Connection, *, now: int, restored: int | None) -> None:
    """Ask anew for codes that a restored store may have forgotten: they came after the backup, and come once only.

    The register has brought them and holds their numbers as done, so the old numbers would be accepted for ever. The
    codes are lost, which is what the office declares.
    """
    if restored is None:
        return
    columns = ACQUISITIONS.c
    unheard = (columns.state == "accepted", columns.at < min(restored, now - _UNHEARD_SECONDS))
    for acq in connection.execute(select(columns.acq).where(*unheard)).scalars().all():
        new = {"acq": os.urandom(ACQ_SIZE), "lost": 1, "state": "waiting", "at": now}
        connection.execute(update(ACQUISITIONS).where(columns.acq == acq).values(new))
        connection.execute(update(FILLINGS).where(FILLINGS.c.acq == acq).values(acq=new["acq"]))


def _take_back(connection: Connection, *, now: int) -> None:
    """Let accepted numbers wait again of which nothing was heard for too long."""
    unheard = (ACQUISITIONS.c.state == "accepted", ACQUISITIONS.c.at < now - _UNHEARD_SECONDS)
    connection.execute(update(ACQUISITIONS).where(*unheard).values(state="waiting", at=now))


@dataclass(frozen=True, slots=True)
class _Batch:
    """What waits under one ground, all lost or none; `persons` is acquisition number -> reference.

    `record_epoch` is one that is being filled, 0 for the one in use.
    """

    ground: str
    lost: bool
    record_epoch: int
    persons: Mapping[bytes, str]


def _waiting(connection: Connection) -> _Batch | None:
    """Return a batch that waits, with the oldest in it."""
    columns = ACQUISITIONS.c
    epoch = func.coalesce(FILLINGS.c.record_epoch, 0)
    query = select(columns.acq, columns.person, columns.ground, columns.lost, epoch.label("epoch"))
    waiting = query.outerjoin(FILLINGS, FILLINGS.c.acq == columns.acq).where(columns.state == "waiting")
    oldest_first = waiting.order_by(columns.at)
    first = connection.execute(oldest_first.limit(1)).first()
    if first is None:
        return None
    same = (columns.ground == first.ground, columns.lost == first.lost, epoch == first.epoch)
    rows = connection.execute(oldest_first.where(*same).limit(messages.MAX_ENTRIES))
    return _Batch(first.ground, bool(first.lost), int(first.epoch), {bytes(row.acq): str(row.person) for row in rows})


def _open_numbers(connection: Connection, numbers: Sequence[bytes]) -> dict[bytes, str]:
    """Return those of these numbers that are open, and whose they are."""
    columns = ACQUISITIONS.c
    query = select(columns.acq, columns.person, columns.state).where(columns.acq.in_(numbers))
    return {bytes(row.acq): str(row.person) for row in connection.execute(query) if row.state in OPEN}


@dataclass(frozen=True, slots=True)
class _Open:
    """All open numbers, each looked up when it is asked for: a bundle has 64 at most."""

    connection: Connection

    def __contains__(self, number: object) -> bool:
        return isinstance(number, bytes) and bool(_open_numbers(self.connection, [number]))
