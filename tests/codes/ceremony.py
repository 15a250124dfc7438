"""A small network made by the functions of a real ceremony: keys from a label, hand-ins, draft, commitments."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from mynumber.codes import jws
from mynumber.codes.keys import AgencyKeys, KeeperKeys, OperatorKeys, RegisterKeys, SupervisorKeys
from mynumber.codes.parties import drafting, handing_in
from mynumber.codes.parties.directory import Anchor, Directory, load_directory
from mynumber.codes.parties.drafting import Desk, Parties, Signed, Term
from mynumber.codes.parties.entries import TYP, Body
from mynumber.codes.parties.handing_in import Vouching
from mynumber.plumbing.canonical import Json

NOW = 1_800_000_000
NETWORK = "test"


def raw(label: str, size: int) -> bytes:
    """Return bytes that look random and depend on the label alone."""
    return hashlib.shake_256(label.encode()).digest(size)


@dataclass(frozen=True)
class Town:
    """Every party's secrets, and what they hand in."""

    operators: tuple[OperatorKeys, ...]
    keeper: KeeperKeys
    register: RegisterKeys
    supervisor: SupervisorKeys
    agencies: dict[str, AgencyKeys]
    portal: AgencyKeys
    network: str = NETWORK
    _known: dict[int, Directory] = field(default_factory=dict)

    @classmethod
    def of(cls, n: int = 2, agencies: Sequence[str] = ("ward", "pension"), label: str = "town") -> "Town":
        def secret(party: str, size: int) -> bytes:
            return raw(f"{label}/{party}", size)

        ids = [f"op-{j}" for j in range(1, n + 1)]
        return cls(
            operators=tuple(OperatorKeys.make(one, secret(one, OperatorKeys.RAW)) for one in ids),
            keeper=KeeperKeys.make("keeper", secret("keeper", KeeperKeys.RAW)),
            register=RegisterKeys.make("register", secret("register", RegisterKeys.RAW)),
            supervisor=SupervisorKeys.make("supervisor", secret("supervisor", SupervisorKeys.RAW)),
            agencies={one: AgencyKeys.make(one, secret(one, AgencyKeys.RAW)) for one in agencies},
            portal=AgencyKeys.make("portal", secret("portal", AgencyKeys.RAW)),
        )

    @property
    def anchors(self) -> tuple[Anchor, ...]:
        return tuple(Anchor(one.id, jws.public_key(one.sign)) for one in self.operators)

    def vouching(self, party: str) -> Vouching:
        return Vouching(self.network, f"org-{party}", raw(f"proof/{party}", 32))

    def parties(self) -> Parties:
        offices = [handing_in.agency_entry(keys, self.vouching(one)) for one, keys in self.agencies.items()]
        portal = handing_in.agency_entry(self.portal, self.vouching("portal"), portal=True)
        return Parties(
            operators=tuple(handing_in.operator_entry(one, self.vouching(one.id)) for one in self.operators),
            keeper=handing_in.keeper_entry(self.keeper, self.vouching("keeper")),
            register=handing_in.register_entry(self.register, self.vouching("register")),
            supervisor=handing_in.supervisor_entry(self.supervisor, self.vouching("supervisor")),
            agencies=(
                *(drafting.listing(office, epochs=[1], records=[1]) for office in offices),
                drafting.listing(portal, epochs=[], records=[1]),
            ),
        )

    def assembled(self, body: Body) -> Json:
        made = [drafting.commit(one, body, raw(f"commit/{one.id}", 32)) for one in self.operators]
        return drafting.assemble(body, made)

    def desk(self, now: int | None = NOW, last: Directory | None = None) -> Desk:
        return Desk(self.network, self.anchors, now, last)

    def signed(self, body: Body, desk: Desk | None = None) -> Signed:
        desk = desk or self.desk()
        jws_so_far = self.assembled(body)
        for one in self.operators:
            done = drafting.sign_as_operator(one, jws_so_far, desk)
            jws_so_far = done.jws
        return done

    def forced(self, body: Body) -> Json:
        """Return what colluding operators sign without looking: the draft with commitments, whatever else it says."""
        whole = self.assembled(body)
        for one in self.operators:
            whole = jws.add_signature(whole, TYP, one.id, one.sign)
        return whole

    def forced_as_it_is(self, body: Body) -> Json:
        """Return a payload signed by the operators without looking, commitments as they stand in it."""
        return jws.sign(body, TYP, [(one.id, one.sign) for one in self.operators])

    def load(self, whole: object, now: int | None = NOW, last: Directory | None = None) -> Directory:
        return load_directory(whole, network=self.network, anchors=self.anchors, now=now, last=last)

    def first(self) -> Directory:
        if 1 not in self._known:
            body = drafting.draft(drafting.first_term(self.network, NOW), self.parties())
            self._known[1] = self.load(self.signed(body).jws)
        return self._known[1]

    def second(self, parties: Parties | None = None, *, begins: int = NOW) -> Directory:
        first = self.first()
        body = drafting.draft(drafting.next_term(first, begins), parties or self.parties())
        return self.load(self.signed(body, self.desk(None, first)).jws, None, first)

    def term(self, **changed: int | bytes | str) -> Term:
        return replace(drafting.first_term(self.network, NOW), **changed)  # type: ignore[arg-type]
