"""Whole passages through a small network: every party plays its part with its own keys; stores are empty."""

from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass
from functools import cache, reduce

from mynumber.codes import group, hashing, law_table
from mynumber.codes.convert.endorse import Endorsed, Known, endorse
from mynumber.codes.group import Point
from mynumber.codes.keys import AgencyKeys
from mynumber.codes.law_table import LawTables, Row, load_law
from mynumber.codes.parties.directory import Directory
from mynumber.codes.parties.standing import Standing
from mynumber.codes.permit.arrived import arrived
from mynumber.codes.permit.receive import Brought, Received, Receiver, Role, StoredAnswer, Used, receive
from mynumber.codes.permit.release import KnownRelease, Released, release
from mynumber.codes.permit.request import NO_LIST, Body, Domain, Enrol, Exchange, Message, Read, Request, SelfRequest
from mynumber.codes.permit.sender import Encryption, build
from mynumber.codes.wire import B16, B32
from mynumber.plumbing.canonical import Json
from tests.codes.ceremony import NOW, Town, raw

CONTEXT = b'{"case":"c"}'
HIDE = "art-1"
ITEMS = ("item-a", "item-b")


def nothing_more(asked: Request) -> None:
    """Assessments, rates and blocks: none."""


@dataclass(frozen=True)
class Stage:
    """A network with one directory and one law table; persons are numbered."""

    town: Town
    directory: Directory

    def __repr__(self) -> str:
        return f"<{self.n} operators, {self.directory.hash.hex()[:8]}>"

    @property
    def standing(self) -> Standing:
        return Standing(self.directory)

    @property
    def asker(self) -> str:
        return next(iter(self.town.agencies))

    @property
    def provider(self) -> str:
        return list(self.town.agencies)[1]

    @property
    def n(self) -> int:
        return len(self.town.operators)

    @property
    def laws(self) -> LawTables:
        supervisor = self.directory.signer(self.town.supervisor.id)
        return LawTables.of([load_law(law_of(self.town, self.directory), self.directory.network, supervisor)])

    def point(self, person: int) -> Point:
        return hashing.h2g("person", raw(f"person/{person}", 32))

    def under(self, name: str, person: int) -> Point:
        """Return a code or tag as nobody in the network computes it: all factors at once."""
        factors = [one.factor(self.directory.network, name) for one in self.town.operators]
        return group.mul(reduce(group.times, factors), self.point(person))

    def code(self, agency: str, person: int, epoch: int = 1) -> Point:
        return self.under(f"agency/{agency}/{epoch}", person)

    def tag(self, agency: str, person: int) -> Point:
        return self.under(f"record/{agency}/{self.directory.agency(agency).record_epoch}", person)

    # Bodies.

    def exchange(self, count: int = 1, label: str = "x", **changed: object) -> Exchange:
        way = {"from_": self.asker, "to": self.provider, "from_epoch": 1, "to_epoch": 1}
        members = {**self._common(count, label), **way}
        return Exchange(**{**members, **ask(label), "kind": "exchange", "undisclosed": "", **changed})  # type: ignore[arg-type]

    def self_request(self, label: str = "s", **changed: object) -> SelfRequest:
        members = {**self._common(1, label), "from_": self.town.portal.id, "to": self.provider, "to_epoch": 1}
        asked = {**ask(label), "items": ITEMS[:1]}
        return SelfRequest(**{**members, **asked, "kind": "self", **changed})  # type: ignore[arg-type]

    def enrol(self, count: int = 1, label: str = "e", **changed: object) -> Enrol:
        acq = tuple(B16(raw(f"acq/{label}/{i}", 16)) for i in range(count))
        members = {**self._common(count, label), "to": self.asker, "to_epoch": 1, "record_epoch": 1, "acq": acq}
        return Enrol(**{**members, "kind": "enrol", **changed})  # type: ignore[arg-type]

    def read(self, label: str = "r", **changed: object) -> Read:
        domains = tuple(Domain(agency=agency, epoch=epoch) for agency, epoch in self.directory.domains)
        members = {**self._common(1, label), "from_": self.town.portal.id, "domains": domains}
        return Read(**{**members, "kind": "read", **changed})  # type: ignore[arg-type]

    def _common(self, count: int, label: str) -> dict[str, object]:
        return {
            "v": 1,
            "network": self.directory.network,
            "dir": B32(self.directory.hash),
            "id": B16(raw(f"id/{label}", 16)),
            "count": count,
            "created": NOW,
            "list": NO_LIST,
        }

    # Parties.

    def message(self, body: Body, persons: Sequence[int], values: Sequence[Point] | None = None) -> Message:
        """Return the message that its rightful sender makes about persons, by its own codes where it has some."""
        if values is None:
            values = [self.value(body, person) for person in persons]
        if isinstance(body, Exchange):
            keys = self.keys(body.from_)
            secret: bytes = keys.y
            signers = [(keys.id, keys.sign)]
        else:
            secret = self.town.register.secret
            signers = [(self.town.register.id, self.town.register.sign)]
            if not isinstance(body, Enrol):
                signers.append((self.town.portal.id, self.town.portal.sign))
        by = Encryption(secret, raw("rand_enc", 32), raw("rand_input", 32))
        return build(body, values, by, signers=signers, directory=self.directory)

    def value(self, body: Body, person: int) -> Point:
        """Return what the sender encrypts for a person: its own code, or the register's point."""
        if isinstance(body, Exchange):
            return self.code(body.from_, person, body.from_epoch)
        return self.point(person)

    def endorsed(
        self, bundle: Json, index: int, *, now: int = NOW + 1, known: dict[bytes, Known] | None = None
    ) -> Endorsed:
        return endorse(
            arrived(bundle, released=False),
            me=self.town.operators[index],
            standing=self.standing,
            laws=self.laws,
            now=now,
            rand=raw(f"rand_step/{index}/{now}", 32),
            known=(known or {}).get,
            extra=nothing_more,
        )

    def full(self, message: Message, *, now: int = NOW + 1) -> Json:
        """Return the bundle behind all operators."""
        bundle = start(message)
        for index in range(self.n):
            bundle = self.endorsed(bundle, index, now=now).bundle
        return bundle

    def released(
        self,
        bundle: Json,
        *,
        now: int = NOW + 2,
        is_member: Callable[[str, Point], bool] = lambda domain, tag: True,
        known: dict[bytes, KnownRelease] | None = None,
    ) -> Released:
        return release(
            arrived(bundle, released=False),
            me=self.town.keeper,
            standing=self.standing,
            now=now,
            rand=raw("rand_release", 32),
            known=(known or {}).get,
            is_member=is_member,
        )

    def final(self, message: Message) -> Json:
        """Return the bundle as its receiver gets it."""
        full = self.full(message)
        return full if is_read(message) else self.released(full).bundle

    def received(
        self,
        bundle: Json,
        role: Role,
        *,
        me: str | None = None,
        brought: Brought | None = None,
        now: int = NOW + 9,
        used: dict[bytes, Used] | None = None,
        outstanding: Container[bytes] | None = None,
    ) -> Received | StoredAnswer:
        ids = {"provider": self.provider, "agency": self.asker, "portal": self.town.portal.id}
        peers = {"provider": self.asker, "agency": self.town.register.id, "portal": ""}
        keys = self.keys(me or ids[role])
        context = CONTEXT if role == "provider" else b""
        return receive(
            arrived(bundle, released=role != "portal"),
            brought or Brought(peers[role], context),
            me=Receiver(keys.id, role, keys.y, self.standing, self.laws),
            now=now,
            used=(used or {}).get,
            outstanding=Everything() if outstanding is None else outstanding,
            extra=nothing_more,
        )

    def opened(self, bundle: Json, role: Role, **more: Brought | str) -> Received:
        got = self.received(bundle, role, **more)  # type: ignore[arg-type]
        assert isinstance(got, Received)
        return got

    def keys(self, party: str) -> AgencyKeys:
        return self.town.portal if party == self.town.portal.id else self.town.agencies[party]


class Everything:
    """Holds whatever is looked for."""

    def __contains__(self, value: object) -> bool:
        return True


def ask(label: str) -> dict[str, object]:
    context = B32(hashing.h("context", CONTEXT))
    reply_key = B32(raw(f"reply/{label}", 32))
    return {"procedure": "p-1", "items": ITEMS, "reply_key": reply_key, "context": context}


def is_read(message: Message) -> bool:
    value = message.signed.value
    return isinstance(value, dict) and value["kind"] == "read"


def start(message: Message) -> Json:
    return {"message": message.json, "steps": [], "endorsements": []}


def law_of(town: Town, directory: Directory) -> Json:
    """Return the table under which every office may ask every other, and the portal all."""
    rows = (
        Row(kind="exchange", from_="office", to="office", procedure="p-1", items=ITEMS, hide=HIDE),
        Row(kind="self", from_="citizen", to="office", procedure="p-1", items=ITEMS[:1], hide=""),
    )
    roles = {"office": tuple(town.agencies), "citizen": (town.portal.id,)}
    body = law_table.Body(v=1, network=directory.network, from_=NOW - 4320, roles=roles, rows=rows)
    return law_table.sign_law(body, (town.supervisor.id, town.supervisor.sign))


@cache
def stage(n: int = 2, label: str = "town") -> Stage:
    """Return a network of n operators with keys from a label."""
    town = Town.of(n, label=label)
    return Stage(town, town.first())
