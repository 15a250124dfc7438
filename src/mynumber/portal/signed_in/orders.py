"""How the portal asks for a citizen (PROTOCOL.md section 10, Portal, steps 3 and 4).

  1. Have the register write what the citizen ordered.
  2. Countersign it if it is that order and nothing else (C1 to C6).
  3. Send it to operator 1; check that what comes back is our own message with a whole permit.
  4. `read`: verify every step and open the tags (F1 to F7). `self`: send bundle and context to the office, open the
     answer (A1 to A5).

An order, its request and what comes of it are in memory only. Each order gets one request, which is signed once, here,
and kept with its context and reply secret before it is sent: whoever asks for the same again after a lost answer sends
these very bytes until created + 300, the bundle to the office until the permit expires, and only then another request.
If we crash, session and order are gone together and nobody can bring the request back. A row "asked" may be left, which
is true.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias, TypeVar

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from mynumber.codes import wire
from mynumber.codes.errors import ProtocolError
from mynumber.codes.group import Point
from mynumber.codes.hashing import h
from mynumber.codes.keys import AgencyKeys
from mynumber.codes.parties.directory import Directory
from mynumber.codes.permit import answers, portal, request, sender
from mynumber.codes.permit.answers import Result
from mynumber.codes.permit.arrived import arrived
from mynumber.codes.permit.portal import Order, ReadOrder, SelfOrder
from mynumber.codes.permit.receive import Brought, Received, Receiver, receive
from mynumber.codes.permit.request import Domain, Message
from mynumber.codes.permit.sender import Permit
from mynumber.exchange import context as contexts
from mynumber.exchange.context import Conditions, Entry, OwnContext
from mynumber.exchange.running.node import Node
from mynumber.exchange.running.own_keys import Own
from mynumber.exchange.view.peers import KeysChange
from mynumber.plumbing import faults
from mynumber.plumbing.canonical import Json, b64
from mynumber.plumbing.client import PeerDown
from mynumber.plumbing.errors import Refused
from mynumber.plumbing.working import work

T = TypeVar("T")
Tags: TypeAlias = Mapping[tuple[str, int], Point]
"""(agency, record epoch) -> the person's record tag there."""

MESSAGE_LIFE = 300
"""A message serves so long; past that nobody takes it and another one is made."""
WAIT_SECONDS = 10.0
_PAUSE_SECONDS = 0.5
_MOST_DOMAINS = 256


@dataclass(frozen=True, slots=True)
class Present:
    """A citizen's session at the register: its name, and when it ends."""

    session: bytes = field(repr=False)
    until: int


Reads: TypeAlias = MutableMapping[tuple[bytes, int], Message]
"""(hash of the directory, number of the run) -> the read of its domains that may have been sent."""


@dataclass(frozen=True, slots=True)
class Released:
    """What the network gave for a request: the permit and the bundle that goes to the office."""

    permit: Permit
    bundle: Json = field(repr=False)


@dataclass(slots=True)
class Asked:
    """A request about oneself, from its countersignature to its answer; `released` is None until the network did."""

    office: str
    message: Message = field(repr=False)
    created: int
    context: bytes = field(repr=False)
    reply_secret: bytes = field(repr=False)
    released: Released | None = None

    def over(self, now: int) -> bool:
        """Tell whether these bytes serve no more."""
        return now > (self.created + MESSAGE_LIFE if self.released is None else self.released.permit.expires)


def signed_out() -> Refused:
    """Return what a citizen is told whose session is no more."""
    return Refused("SIGNED_OUT", "nobody is signed in here", hint="sign in again")


@dataclass(frozen=True)
class Orders:
    """Orders of citizens on their way through register, operators, keeper and office."""

    node: Node
    own: Own[AgencyKeys]

    async def tags(self, present: Present, directory: Directory, reads: Reads) -> Tags:
        """Return the person's tags in every record domain of a directory; `reads` keeps what was sent for them."""
        found: dict[tuple[str, int], Point] = {}
        for number, run in enumerate(_runs(directory.domains)):
            message = await self._read(present, run, reads, (directory.hash, number))
            bundle = await self._converted(message, hops=len(directory.operators))
            received = await work(self._received, message, bundle)
            legs = zip(run, received.opened, strict=True)
            found |= {domain: leg[0] for domain, leg in legs if leg[0] is not None}
        return found

    async def _read(
        self, present: Present, run: Sequence[tuple[str, int]], reads: Reads, place: tuple[bytes, int]
    ) -> Message:
        """Return the read of a run of domains: the one that was kept, as long as it serves, else a new one."""
        kept = reads.get(place)
        if kept is not None and self.node.clock.now() <= request.read_body(kept).created + MESSAGE_LIFE:
            return kept
        domains = tuple(Domain(agency=agency, epoch=epoch) for agency, epoch in run)
        reads[place] = await self._ordered(present, ReadOrder(kind="read", from_=self.own.id, domains=domains))
        return reads[place]

    async def ask(self, present: Present, office: str, procedure: str, items: Sequence[str]) -> Asked:
        """Return a request about oneself that is signed and was not sent yet."""
        reply, directory = X25519PrivateKey.generate(), self._directory()
        entry = Entry(tuple(items), Conditions())
        context = contexts.write(OwnContext(v=1, entries=(entry,)), os.urandom(contexts.SALT_SIZE))
        order = SelfOrder(
            kind="self",
            from_=self.own.id,
            to=office,
            to_epoch=directory.agency(office).epoch,
            procedure=procedure,
            items=tuple(items),
            reply_key=wire.B32(reply.public_key().public_bytes_raw()),
            context=wire.B32(h("context", context)),
        )
        message = await self._ordered(present, order)
        return Asked(office, message, request.read_body(message).created, context, reply.private_bytes_raw())

    async def release(self, asked: Asked) -> Released:
        """Have a request ruled on, recorded and released, unless it was; what is sent are its own bytes each time."""
        if asked.released is None:
            hops = len(self._named(asked.message).operators) + 1
            bundle = await self._converted(asked.message, hops=hops)
            asked.released = Released(self._permit(asked.message, bundle), bundle)
            await faults.reach("portal.permit.after")
        return asked.released

    async def answer(self, asked: Asked, released: Released) -> Result:
        """Return what the office answers, or raise PeerDown if it does not within a few seconds."""
        # (4) Office to portal, directly.
        body: Json = {"bundle": released.bundle, "context": b64(asked.context)}
        answer = await patiently(lambda: self.node.peers.call(asked.office, "inquire", body))
        if self.node.clock.now() > released.permit.expires:
            raise ProtocolError("PERMIT_EXPIRED")
        return await work(self._opened, asked, released, answer)

    def _opened(self, asked: Asked, released: Released, answer: Json) -> Result:
        shape = wire.members(answer, "answer", "sealed")
        about = answers.Asked(
            network=self.node.config.network,
            permit=released.permit.hash,
            provider=self._named(asked.message).signer(asked.office),
            count=1,
            reply_secret=asked.reply_secret,
        )
        (result,) = answers.open_answer(shape["answer"], wire.blob(shape["sealed"]), about)
        return result

    async def _ordered(self, present: Present, order: Order) -> Message:
        """Steps 1 and 2."""
        said = portal.write_order(order)
        body: Json = {"session": b64(present.session), "order": said}
        await faults.reach("portal.order.before")
        register = self.node.view.directory.body.register.id
        try:
            written = await patiently(lambda: self.node.peers.call(register, "order", body))
        except ProtocolError as refused:
            if refused.code == "ORDER_MISMATCH":
                raise signed_out() from refused
            raise
        return await work(self._countersigned, written, portal.Session(present.until, said, None))

    def _countersigned(self, written: Json, session: portal.Session) -> Message:
        standing, now = self.node.view.required(), self.node.clock.now()
        return portal.countersign(written, me=self.own.current, standing=standing, now=now, session=session)

    async def _converted(self, message: Message, *, hops: int) -> Json:
        """Step 3: the same bytes again get the same answer, so a party that is away is waited for."""
        first = self.node.view.directory.operators[0]
        sent: Json = {"message": message.json, "steps": [], "endorsements": []}
        await faults.reach("portal.send.before")
        return await patiently(lambda: self.node.peers.call(first, "convert", sent, hops=hops))

    def _permit(self, message: Message, bundle: Json) -> Permit:
        return sender.check_sender(message, bundle, now=self.node.clock.now(), directory=self._named(message))

    def _received(self, message: Message, bundle: Json) -> Received:
        """Step 4 of `read`, in a worker thread."""
        self._permit(message, bundle)
        keys, view = self.own.named(request.named_directory(message)), self.node.view
        received = receive(
            arrived(bundle, released=False),
            Brought(),
            me=Receiver(keys.id, "portal", keys.y, view.required(), view.laws),
            now=self.node.clock.now(),
            used=lambda _: None,
            outstanding={message.request_hash},
            extra=lambda _: None,
        )
        assert isinstance(received, Received)  # noqa: S101  # nothing was used before
        return received

    def _directory(self) -> Directory:
        return self.node.view.required().choose(self.node.clock.now())

    def _named(self, message: Message) -> Directory:
        return self.node.view.required().named(request.named_directory(message))


def _runs(domains: Sequence[tuple[str, int]]) -> list[Sequence[tuple[str, int]]]:
    """Return all record domains in runs that one request may ask for."""
    return [domains[start : start + _MOST_DOMAINS] for start in range(0, len(domains), _MOST_DOMAINS)]


async def patiently(call: Callable[[], Awaitable[T]]) -> T:
    """Call until there is an answer, for some seconds; then PeerDown of the last attempt.

    That a key changes takes up to a minute, which nobody waits for with a page open: that is told at once.
    """
    end = asyncio.get_running_loop().time() + WAIT_SECONDS
    while True:
        try:
            return await call()
        except KeysChange:
            raise
        except PeerDown:
            if asyncio.get_running_loop().time() > end:
                raise
        await asyncio.sleep(_PAUSE_SECONDS)
