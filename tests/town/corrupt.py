"""Whoever holds the keys of institutions of the town and knows the protocol, but obeys neither law nor software.

What is made here differs from an honest message only in what its maker must not do.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field

from msgspec import structs

from mynumber.codes import at_rest, jws, law_table, wire
from mynumber.codes.convert.endorse import Endorsed, endorse
from mynumber.codes.group import Point, secret_scalar
from mynumber.codes.hashing import hash_points
from mynumber.codes.keys import AgencyKeys, KeeperKeys, OperatorKeys, signer
from mynumber.codes.law_table import LawTable, LawTables, Question
from mynumber.codes.parties.directory import Directory, load_directory
from mynumber.codes.parties.standing import Standing
from mynumber.codes.permit import steps
from mynumber.codes.permit.arrived import arrived
from mynumber.codes.permit.release import release
from mynumber.codes.permit.request import Message
from mynumber.codes.wire import B32
from mynumber.exchange.context import Conditions
from mynumber.exchange.view import anchors
from mynumber.gateway.asking import drafts
from mynumber.gateway.asking.inquiries import Wanted
from mynumber.gateway.desk.cases import Case
from mynumber.plumbing import canonical, keyfiles
from mynumber.plumbing.canonical import Json, b64
from mynumber.plumbing.clock import Clock
from mynumber.world.town.evidence import Evidence
from mynumber.world.town.layout import Town


class Lawless(LawTable):
    """A table in whose name everything goes; it bears the name of the real one."""

    def check(self, question: Question) -> None:
        """Allow it."""


@dataclass(frozen=True)
class Asked:
    """A message and the context that goes with it."""

    message: Message
    context: bytes = field(repr=False)

    @property
    def bundle(self) -> Json:
        """The bundle as operator 1 gets it."""
        return {"message": self.message.json, "steps": [], "endorsements": []}


@dataclass(frozen=True)
class Corrupt:
    """The keys of the town in one hand."""

    town: Town
    evidence: Evidence

    @property
    def directory(self) -> Directory:
        """The directory that everybody stands on."""
        folder = self.town.institution("operator-1").folder
        network = anchors.load(folder)
        value = canonical.decode((folder / "directory.json").read_bytes())
        return load_directory(value, network=network.network, anchors=network.anchors, now=None, last=None)

    @property
    def law(self) -> LawTable:
        """The law table in force, as operator 1 keeps it."""
        query = "SELECT body FROM papers WHERE kind = 'law' ORDER BY \"order\" DESC LIMIT 1"
        [(body,)] = self.evidence.rows("operator-1", query)
        assert isinstance(body, bytes)
        directory = self.directory
        supervisor = directory.signer(directory.body.supervisor.id)
        return law_table.load_law(canonical.decode(body), self.town.network, supervisor)

    @property
    def lawless(self) -> LawTable:
        """What a corrupt operator uses in place of the law."""
        real = self.law
        return Lawless(real.hash, real.jws, real.body, {}, frozenset())

    def key(self, party: str, name: str) -> bytes:
        """Return a secret of an institution."""
        return keyfiles.read_secret(self.town.institution(party).folder / "keys" / name)

    def agency(self, office: str) -> AgencyKeys:
        """Return an office's keys."""
        transport = secret_scalar(self.key(office, "transport.key"))
        return AgencyKeys(office, transport, self.key(office, "wrap.key"), self.key(office, "sign.key"))

    def operator(self, name: str) -> OperatorKeys:
        """Return an operator's keys."""
        layer = secret_scalar(self.key(name, "layer.key"))
        return OperatorKeys(name, self.key(name, "seed.key"), layer, self.key(name, "sign.key"))

    def keeper(self) -> KeeperKeys:
        """Return the keeper's keys."""
        y, x = (secret_scalar(self.key("keeper", name)) for name in ("transport.key", "release.key"))
        return KeeperKeys("keeper", y, x, self.key("keeper", "sign.key"), self.key("keeper", "members.key"))

    def ask(self, provider: str, procedure: str, entries: Sequence[tuple[str, str]]) -> Asked:
        """Return what city-a would ask about (reference, item), without its desk and without sending it."""
        keys = self.agency("city-a")
        case = Case("no-case", procedure, "none", "hanako", "none", (), 0, None)
        wanted = tuple(Wanted(ref, (item,), Conditions()) for ref, item in entries)
        codes = [self.code(keys, ref) for ref, _ in entries]
        asker = drafts.Asker("hanako", "none", case)
        draft = drafts.write(asker, provider, wanted, codes, keys=keys, directory=self.directory, now=Clock().now())
        return Asked(draft.message, draft.context)

    def code(self, keys: AgencyKeys, ref: str) -> Point:
        """Return a code that an office holds."""
        [(epoch, blob)] = self.evidence.rows(keys.id, "SELECT epoch, blob FROM persons WHERE person = ?", (ref,))
        assert isinstance(epoch, int)
        assert isinstance(blob, bytes)
        return at_rest.unwrap(keys.wrap, keys.id, epoch, blob)

    def endorse(self, operator: str, bundle: Json, law: LawTable) -> Endorsed:
        """Return an operator's endorsement by a table of one's choice; nothing is stored."""
        return endorse(
            arrived(bundle, released=False),
            me=self.operator(operator),
            standing=Standing(self.directory),
            laws=LawTables.of([law]),
            now=Clock().now(),
            rand=os.urandom(32),
            known=lambda _: None,
            extra=lambda _: None,
        )

    def release(self, bundle: Json) -> Json:
        """Return the keeper's release without a record."""
        released = release(
            arrived(bundle, released=False),
            me=self.keeper(),
            standing=Standing(self.directory),
            now=Clock().now(),
            rand=os.urandom(32),
            known=lambda _: None,
            is_member=lambda _domain, _tag: True,
        )
        return released.bundle

    def with_legs(self, endorsed: Endorsed, legs: Sequence[bytes], *, signed: bool) -> Json:
        """Return operator 1's bundle with other outputs, endorsed anew if `signed`."""
        step = structs.replace(legs_of(endorsed), legs=tuple(b64(leg) for leg in legs))
        endorsement = endorsed.endorsement
        if signed:
            out = tuple(B32(hash_points(leg)) for leg in legs)
            claimed = structs.replace(steps.read_endorsement(endorsement), out=out)
            endorsement = jws.sign(claimed, steps.TYP, [signer(self.operator("operator-1"))])
        message = steps.open_bundle(endorsed.bundle, released=False).message
        return {"message": message, "steps": [wire.plain(step)], "endorsements": [endorsement]}


def legs_of(endorsed: Endorsed) -> steps.StepBody:
    """Return a step of one's own, opened."""
    return wire.read(endorsed.step, steps.StepBody)
