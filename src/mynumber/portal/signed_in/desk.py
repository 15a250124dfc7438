"""The desk behind `Citizens`: from a pasted sign-in to a history and to one's own data.

Every step is the citizen's own: without a session that a card began at the register nothing is asked, and what is
found is shown to that session and kept nowhere. If we crash, everybody is signed out.
"""

import asyncio
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from mynumber.codes import wire
from mynumber.codes.errors import ProtocolError
from mynumber.codes.parties.directory import Directory
from mynumber.codes.permit.answers import Result
from mynumber.codes.wire import B16, Count
from mynumber.exchange.running.node import Node
from mynumber.plumbing import faults
from mynumber.plumbing.canonical import Json, b64
from mynumber.plumbing.client import PeerDown
from mynumber.plumbing.errors import Refused
from mynumber.portal import replica
from mynumber.portal.citizens import AnswerState, Citizens, History, OwnAnswer, Session
from mynumber.portal.config import PortalConfig
from mynumber.portal.signed_in import orders, reading
from mynumber.portal.signed_in.beginnings import Beginnings
from mynumber.portal.signed_in.orders import Asked, Orders, Present, Released, Tags
from mynumber.portal.signed_in.providers import Providers
from mynumber.portal.signed_in.reading import Shelf
from mynumber.portal.signed_in.sessions import Sessions, Visit

T = TypeVar("T")

_ITEMS_AT_ONCE = 256
_FORGET_SECONDS = 5.0


class _Nonce(wire.Payload, frozen=True):
    nonce: B16


class _Begun(wire.Payload, frozen=True):
    session: B16
    until: Count


@dataclass
class Desk(Citizens):
    """What the portal does for citizens, over its node."""

    node: Node
    settings: PortalConfig
    orders: Orders
    providers: Providers
    beginnings: Beginnings
    sessions: Sessions = field(repr=False)

    @classmethod
    def of(cls, node: Node, settings: PortalConfig, orders: Orders) -> "Desk":
        """Return the desk of a portal, nobody signed in."""
        providers = Providers(settings.network, node.schema.papers)
        beginnings = Beginnings(settings.nonces_a_minute, settings.nonces_of_one_a_minute)
        return cls(node, settings, orders, providers, beginnings, Sessions(settings.most_sessions))

    async def nonce(self, address: str) -> bytes:
        """Return a nonce of the register."""
        self.beginnings.take(address, self.node.clock.now())
        answer = await orders.patiently(lambda: self.node.peers.call(self._register, "login", {}))
        return bytes(wire.read(answer, _Nonce).nonce)

    async def sign_in(self, nonce: bytes, certificate: bytes, signature: bytes) -> Session:
        """Begin a session with what a card made for a nonce."""
        shown: Json = {"nonce": b64(nonce), "certificate": b64(certificate), "signature": b64(signature)}
        try:
            begun = wire.read(await self.node.peers.call(self._register, "login", shown), _Begun)
        except ProtocolError as refused:
            hint = "load the sign-in page again and use your card anew, within two minutes"
            raise Refused("NOT_SIGNED_IN", "the register does not accept this sign-in", hint=hint) from refused
        now = self.node.clock.now()
        until = min(begun.until, now + self.settings.session_s)
        session = self.sessions.begin(Present(bytes(begun.session), begun.until), until, now)
        await faults.reach("portal.session.after")
        return session

    async def history(self, key: str) -> History:
        """Return every exchange about the citizen; the tags are fetched once a session."""
        visit, now = self._visit(key), self.node.clock.now()
        directory = self.node.view.required().choose(now)
        async with visit.turn:
            if visit.tags_of != directory.hash:
                visit.tags = await self._tags(key, visit, directory)
                visit.tags_of = directory.hash
        return await asyncio.to_thread(self._read, visit, now)

    async def _tags(self, key: str, visit: Visit, directory: Directory) -> Tags:
        """Fetch the tags; reads are kept only as long as somebody may still answer them."""
        try:
            tags = await self._unless_ended(key, self.orders.tags(visit.present, directory, visit.reads))
        except ProtocolError:
            visit.reads.clear()
            raise
        visit.reads.clear()
        await faults.reach("portal.read.after")
        return tags

    def _read(self, visit: Visit, now: int) -> History:
        with self.node.store.reading() as connection:
            shelf = Shelf(
                lambda locators: replica.blobs_under(connection, locators),
                lambda locator: replica.outcomes(connection, locator),
            )
            self.providers.refresh(connection, self.node.view.directory.hash)
            return reading.read(visit.tags, shelf, self.providers, now)

    async def offices(self, key: str) -> dict[str, tuple[str, ...]]:
        """Return office -> items, from the `self` rows of the law table in force."""
        self._visit(key)
        found: dict[str, dict[str, None]] = {}
        for office, _, items in self._allowed():
            found.setdefault(office, {}).update(dict.fromkeys(items))
        return {office: tuple(items) for office, items in sorted(found.items())}

    async def own(self, key: str, office: str, items: Sequence[str]) -> OwnAnswer:
        """Ask an office; what has no answer yet is asked again with the same bytes, so that it is one record.

        Without a permit that is PeerDown, with one it is `pending`.
        """
        visit, wanted = self._visit(key), tuple(sorted(set(items)))
        if not 1 <= len(wanted) <= _ITEMS_AT_ONCE:
            raise Refused("NO_ITEMS", "choose what to ask for", hint="mark one item or more")
        procedure = self._procedure(office, wanted)
        async with visit.turn:
            asked = visit.asked.get((office, wanted))
            if asked is None or asked.over(self.node.clock.now()):
                order = self.orders.ask(visit.present, office, procedure, wanted)
                asked = visit.asked[office, wanted] = await self._unless_ended(key, order)
            try:
                released = await self.orders.release(asked)
                result = await self._answer(asked, released)
            except ProtocolError:
                del visit.asked[office, wanted]
                raise
            permit = b64(released.permit.hash)
            if result is None:
                return OwnAnswer(office, wanted, "pending", {}, permit)
            await faults.reach("portal.answer.after")
            del visit.asked[office, wanted]
        return _answered(office, wanted, result, permit)

    async def _answer(self, asked: Asked, released: Released) -> Result | None:
        """Return what the office answers, None if it does not answer now."""
        try:
            return await self.orders.answer(asked, released)
        except PeerDown:
            return None

    async def sign_out(self, key: str) -> None:
        """End the session."""
        self.sessions.end(key)

    async def forget(self) -> None:
        """Let sessions go that are past their end, until cancelled: nobody else may come by for hours."""
        while True:
            self.sessions.forget(self.node.clock.now())
            await asyncio.sleep(_FORGET_SECONDS)

    @property
    def _register(self) -> str:
        return self.node.view.directory.body.register.id

    def _visit(self, key: str) -> Visit:
        return self.sessions.visit(key, self.node.clock.now())

    async def _unless_ended(self, key: str, order: Awaitable[T]) -> T:
        """Return what an order gives; a session that the register does not know any more ends here too."""
        try:
            return await order
        except Refused as refused:
            if refused.code == "SIGNED_OUT":
                self.sessions.end(key)
            raise

    def _allowed(self) -> list[tuple[str, str, tuple[str, ...]]]:
        """Return (office, procedure, items) of the rows that let this portal ask for citizens."""
        law, directory = self.node.view.laws.in_force(self.node.clock.now()).body, self.node.view.directory
        offices = {agency.id for agency in directory.body.agencies if agency.epoch}
        return [
            (party, row.procedure, row.items)
            for row in law.rows
            if row.kind == "self" and self.settings.id in law.roles[row.from_]
            for party in law.roles[row.to]
            if party in offices
        ]

    def _procedure(self, office: str, items: Sequence[str]) -> str:
        """Return the procedure under which an office may be asked; without one the network would refuse it."""
        for party, procedure, allowed in self._allowed():
            if party == office and set(items) <= set(allowed):
                return procedure
        raise ProtocolError("LAW_REFUSED", "this office is not to be asked for this by a citizen")


def _answered(office: str, items: tuple[str, ...], result: Result, permit: str) -> OwnAnswer:
    if not result.available:
        return OwnAnswer(office, items, "not-available", {}, permit)
    data = _rows(result.data, items)
    state: AnswerState = "data" if any(data.values()) else "nothing-held"
    return OwnAnswer(office, items, state, data, permit)


def _rows(data: Json, items: tuple[str, ...]) -> dict[str, list[dict[str, Json]]]:
    """Return item -> rows, or raise BAD_ANSWER unless it is exactly the items asked for, each a list of flat rows."""
    if not isinstance(data, dict) or data.keys() != set(items):
        raise ProtocolError("BAD_ANSWER")
    return {item: [_row(row) for row in _list(data[item])] for item in items}


def _list(value: Json) -> list[Json]:
    if not isinstance(value, list):
        raise ProtocolError("BAD_ANSWER")
    return value


def _row(row: Json) -> dict[str, Json]:
    if not isinstance(row, dict) or any(isinstance(value, list | dict) for value in row.values()):
        raise ProtocolError("BAD_ANSWER")
    return row
