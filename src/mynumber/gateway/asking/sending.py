"""How an office asks another (PROTOCOL.md section 10, exchange; FLOWS section 5).

  1. Build the message: codes encrypted for provider and keeper, in random order, context salted and hashed.
  2. Store id, message, context and reply secret; only then send.
  3. Send the message to operator 1; the bundle comes back from the keeper with the release.
  4. Check that the bundle is ours (sender's checks); store permit, bundle and log leaf.
  5. Send bundle and context to the provider, directly.
  6. Open the answer (A1 to A5); store results and end, with the look of the officer who waits for them.

A party that does not answer leaves the inquiry pending with its name; the same bytes are repeated until created + 300,
towards the provider until `expires`, across restarts. If we crash before 2 nothing exists; after it, the next start
repeats the same message, and every party gives its stored answer.
"""

import asyncio
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from sqlalchemy import Connection

from mynumber.codes import wire
from mynumber.codes.errors import ProtocolError
from mynumber.codes.keys import AgencyKeys
from mynumber.codes.permit import answers, request, sender
from mynumber.codes.permit.request import Exchange, view
from mynumber.exchange import context as contexts
from mynumber.exchange.context import Conditions
from mynumber.exchange.log.records import record_of
from mynumber.exchange.running import clocks, turns
from mynumber.exchange.running.node import Node
from mynumber.exchange.running.own_keys import Own
from mynumber.exchange.view import settling
from mynumber.gateway.acquiring.persons import Wrapping
from mynumber.gateway.asking import drafts, inquiries, refusals
from mynumber.gateway.asking.drafts import Asker
from mynumber.gateway.asking.inquiries import Draft, Inquiry, Seals, Wanted
from mynumber.gateway.desk.cases import Case
from mynumber.plumbing import faults, logs
from mynumber.plumbing.canonical import Json, b64
from mynumber.plumbing.client import PeerDown
from mynumber.plumbing.working import work

__all__ = ["Asking", "Wanted"]

MESSAGE_LIFE = 300
_RETRY_SECONDS = (0.3, 0.6, 1.0, 2.0)

Shown: TypeAlias = dict[str, object]
"""An inquiry as officers see it."""
See: TypeAlias = Callable[[Connection, Shown], bool]
"""Writes down that an officer sees the inquiry; False if he may not."""


class _ProviderRefusedError(ProtocolError):
    """The provider refused; what we refuse of its answer is another thing."""


@dataclass
class _End:
    """The end of an inquiry that is under way: `see` is of who waits for it, `shown` what he may be shown by then."""

    reached: asyncio.Event = field(default_factory=asyncio.Event)
    see: See | None = None
    shown: Shown | None = None


@dataclass
class Asking:
    """The asker's side of one office."""

    node: Node
    own: Own[AgencyKeys]
    wrapping: Wrapping
    seals: Seals
    explain: Callable[[str, Exchange], dict[str, str]]
    _ends: dict[str, _End] = field(default_factory=dict)
    _tasks: asyncio.TaskGroup | None = None

    async def submit(
        self,
        officer: str,
        department: str,
        case: Case,
        provider: str,
        entries: Sequence[Wanted],
        *,
        within: Callable[[Connection, str], None],
        undisclosed: str = "",
    ) -> str:
        """Store a new inquiry and begin to pursue it; return its id.

        `within` is the desk's: it gets the id, in the transaction that stores the inquiry, and raises if the officer
        may not ask (any more); then nothing is stored and nothing is sent. `undisclosed` is the article by which the
        inquiry is hidden from the person.
        """
        asker = Asker(officer, department, case, undisclosed)
        # (1) Build the message.
        run = work if len(entries) <= turns.LONG else asyncio.to_thread
        draft = await run(self._draft, asker, provider, tuple(entries))
        waiting_for = self.node.view.directory.operators[0]

        def keep(connection: Connection) -> None:
            within(connection, draft.id)
            inquiries.insert_draft(connection, draft, self.seals, waiting_for=waiting_for)

        # (2) Store, only then send.
        await self.node.store.write(keep)
        await faults.reach("gateway.ask.commit.after")
        self._begin(draft.id, inquiries.begun(draft, waiting_for=waiting_for))
        return draft.id

    async def wait(self, inquiry: str, seconds: float, see: See) -> Shown | None:
        """Wait until the inquiry has ended, at most so long; return it if `see` was written down with its results."""
        end = self._ends.get(inquiry)
        if end is None:
            return None
        end.see = see
        try:
            async with asyncio.timeout(seconds):
                await end.reached.wait()
        except TimeoutError:
            end.see = None
        return end.shown

    def view(self, inquiry: str) -> Shown:
        """Return the inquiry as officers see it."""
        return self.node.store.look(lambda connection: inquiries.shown(connection, inquiry, self.seals))

    async def resume(self) -> None:
        """Go on with everything that had no end at the last stop; what runs is ended when this is cancelled."""
        try:
            async with asyncio.TaskGroup() as self._tasks:
                for inquiry in await self.node.store.read(inquiries.pending):
                    self._begin(inquiry)
                await asyncio.Event().wait()
        finally:
            # What was under way is taken up again by the next `resume`, from the store.
            self._tasks = None
            self._ends.clear()

    def _begin(self, inquiry: str, current: Inquiry | None = None) -> None:
        if inquiry not in self._ends and self._tasks is not None:
            self._ends[inquiry] = _End()
            self._tasks.create_task(self._pursue(inquiry, current))

    async def _pursue(self, inquiry: str, current: Inquiry | None) -> None:
        """Go on from `current`, else, and after every failure, from what the store has."""
        attempt = 0
        while not await self._safely(inquiry, current):
            current = None
            await asyncio.sleep(_RETRY_SECONDS[min(attempt, len(_RETRY_SECONDS) - 1)])
            attempt += 1
        self._ends.pop(inquiry).reached.set()

    async def _safely(self, inquiry: str, current: Inquiry | None) -> bool:
        """Do what comes next; True when the inquiry has ended. A fault of ours neither loses it nor ends the others."""
        try:
            try:
                return await self._advance(current or await self._load(inquiry))
            except Exception as problem:  # noqa: BLE001  # it stays pending as long as somebody could answer it
                logs.trouble("inquiry.failed", problem)
                return await self._given_up(inquiry)
        except Exception as problem:  # noqa: BLE001  # the store itself is in trouble: try again
            logs.trouble("inquiry.failed", problem)
            return False

    async def _given_up(self, inquiry: str) -> bool:
        """End an inquiry that only fails here once nobody could answer it any more."""
        now, at = self.node.clock.now(), await self.node.store.read(lambda c: inquiries.last_moment(c, inquiry))
        if now <= at + MESSAGE_LIFE:
            return False
        refusal = {"code": "OUR_FAULT", "message": "this gateway failed on the inquiry", "hint": "see its journal"}
        await self.node.store.write(lambda c: inquiries.set_refused(c, inquiry, refusal=refusal, at=now))
        return True

    async def _advance(self, current: Inquiry) -> bool:
        inquiry = current.id
        try:
            if current.permit is None:
                current = await self._ask_network(current)
            await self._ask_provider(current)
        except PeerDown as problem:
            if problem.peer != current.waiting_for:
                party = problem.peer
                await self.node.store.write(lambda c: inquiries.set_waiting(c, inquiry, party))
            return False
        except _ProviderRefusedError as refused:
            await self._refuse(current, refused.code, conditional=_has_conditions(current))
        except ProtocolError as refused:
            await self._refuse(current, refused.code)
        return True

    async def _load(self, inquiry: str) -> Inquiry:
        return await self.node.store.read(lambda connection: inquiries.load(connection, inquiry, self.seals))

    async def _ask_network(self, current: Inquiry) -> Inquiry:
        # (3) Operators and keeper. An old message is refused by them; past its life we do not even ask.
        if self.node.clock.now() > current.created + MESSAGE_LIFE:
            raise ProtocolError("NOT_FRESH")
        directory = self.node.view.required().named(current.directory)
        operators = directory.operators
        unendorsed: Json = {"message": current.message.json, "steps": [], "endorsements": []}
        bundle = await self.node.peers.call(operators[0], "convert", unendorsed, hops=len(operators) + 1)
        # (4) Ours, whole and released?
        permit = sender.check_sender(current.message, bundle, now=self.node.clock.now(), directory=directory)
        noted = await self.node.store.write(lambda connection: self._permitted(connection, current, permit, bundle))
        await faults.reach("gateway.permit.commit.after")
        if not noted:
            return await self._load(current.id)
        waiting_for = current.provider
        return replace(current, permit=permit.hash, bundle=bundle, expires=permit.expires, waiting_for=waiting_for)

    def _permitted(self, connection: Connection, current: Inquiry, permit: sender.Permit, bundle: Json) -> bool:
        faults.point("gateway.permit.commit.before")
        noted = inquiries.set_permit(connection, current.id, permit, bundle)
        if noted:
            asked = view(current.message, request.read_body(current.message))
            network, party = self.node.config.network, self.own.id
            record = record_of(asked, "asked", network=network, party=party, at=permit.issued, permit=permit.hash)
            self.node.journal.append(connection, [record])
        return noted

    async def _ask_provider(self, current: Inquiry) -> None:
        if current.expires is None or current.permit is None or self.node.clock.now() > current.expires:
            raise ProtocolError("PERMIT_EXPIRED")
        # (5) Office to office.
        body: Json = {"bundle": current.bundle, "context": b64(current.context)}
        try:
            answer = await self.node.peers.call(current.provider, "inquire", body)
        except ProtocolError as refused:
            raise _ProviderRefusedError(refused.code) from refused
        # (6) Open, record.
        results = await work(self._open, current, current.permit, answer)
        await self._end(current.id, results)

    async def _end(self, inquiry: str, results: Sequence[answers.Result]) -> None:
        at, end = self.node.clock.now(), self._ends[inquiry]

        def keep(connection: Connection) -> Shown | None:
            faults.point("gateway.result.commit.before")
            inquiries.set_answered(connection, inquiry, results, at=at, seals=self.seals)
            # Looks first: a crash behind this commit leaves a look at something that nobody saw.
            if (see := end.see) is None:
                return None
            shown = inquiries.shown(connection, inquiry, self.seals)
            return shown if see(connection, shown) else None

        end.shown = await self.node.store.write(keep)

    def _open(self, current: Inquiry, permit: bytes, answer: Json) -> tuple[answers.Result, ...]:
        shape = wire.members(answer, "answer", "sealed")
        asked = answers.Asked(
            network=self.node.config.network,
            permit=permit,
            provider=self.node.view.required().named(current.directory).signer(current.provider),
            count=view(current.message, request.read_body(current.message)).count,
            reply_secret=current.reply_secret,
        )
        results = answers.open_answer(shape["answer"], wire.blob(shape["sealed"]), asked)
        for listed, result in enumerate(results):
            inquiries.check_data(result, current.asked[listed])
        return results

    def _draft(self, asker: Asker, provider: str, entries: tuple[Wanted, ...]) -> Draft:
        now = self.node.clock.now()
        directory = settling.choose(self.node.view.required(), now, self.own.id, provider)
        keys = self.own.of(directory)
        order = list(range(len(entries)))
        secrets.SystemRandom().shuffle(order)
        shuffled = tuple(entries[index] for index in order)
        with self.node.store.reading() as connection:
            epoch = self.wrapping.epoch(connection, directory.agency(keys.id).epoch)
            codes = [self.wrapping.code_of(connection, entry.person, epoch) for entry in shuffled]
        draft = drafts.write(asker, provider, shuffled, codes, keys=keys, directory=directory, now=now, epoch=epoch)
        places = tuple(order.index(index) for index in range(len(entries)))
        return replace(draft, entries=entries, listed=places)

    async def _refuse(self, current: Inquiry, code: str, *, conditional: bool = False) -> None:
        body = request.read_body(current.message)
        assert isinstance(body, Exchange)  # noqa: S101  # we wrote it
        if code == "LAW_REFUSED":
            await self.node.view.refresh_state()
        off = await self._clock_off(current) if code in ("NOT_FRESH", "PERMIT_EXPIRED") else None
        conditional = conditional and code == "PERMIT_MISMATCH"
        refusal = refusals.under_condition() if conditional else self.explain(code, body)
        refusal = refusal if off is None else refusals.clock_off(code, off)
        at = self.node.clock.now()
        await self.node.store.write(lambda c: inquiries.set_refused(c, current.id, refusal=refusal, at=at))

    async def _clock_off(self, current: Inquiry) -> clocks.Off | None:
        directory = self.node.view.directory
        return await clocks.ask(self.node, [*directory.operators, directory.body.keeper.id, current.provider])


def _has_conditions(current: Inquiry) -> bool:
    said = contexts.read(current.context, count=len(current.asked), items=tuple(set().union(*current.asked)))
    return any(entry.conditions != Conditions() for entry in said.entries)
