"""A network in memory with all its secrets, on which the steps of a run can be played without a process or a store.

It is made by the functions of a real ceremony and played by those of the vector runner; nothing of it is kept.
"""

import os
from dataclasses import dataclass
from functools import reduce

from mynumber.codes import group, hashing, jws, law_table
from mynumber.codes.group import Point
from mynumber.codes.keys import AgencyKeys, AnyKeys, KeeperKeys, OperatorKeys, RegisterKeys, SupervisorKeys
from mynumber.codes.law_table import Row
from mynumber.codes.names import agency_name, record_name
from mynumber.codes.parties import drafting, handing_in
from mynumber.codes.parties.directory import Anchor, load_directory
from mynumber.codes.parties.drafting import Desk, Parties
from mynumber.codes.parties.handing_in import Vouching
from mynumber.codes.vectors.format import (
    AgencySecrets,
    Hex,
    KeeperSecrets,
    OperatorSecrets,
    RegisterSecrets,
    SupervisorSecrets,
    World,
)
from mynumber.codes.vectors.stage import Stage

NETWORK = "bench"
ASKER, PROVIDER = "asker", "provider"
PROCEDURE, ITEM = "procedure", "item"


@dataclass(frozen=True, slots=True)
class _Keys:
    operators: tuple[OperatorKeys, ...]
    keeper: KeeperKeys
    register: RegisterKeys
    supervisor: SupervisorKeys
    agencies: tuple[AgencyKeys, ...]

    def signing(self) -> dict[str, Hex]:
        parties: tuple[AnyKeys, ...] = (*self.operators, self.keeper, self.register, self.supervisor, *self.agencies)
        return {keys.id: Hex(keys.sign) for keys in parties}


@dataclass(frozen=True, slots=True)
class Played:
    """A stage and the persons on it: for each the asker's code and the tag that the keeper enrolled."""

    stage: Stage
    codes: tuple[Point, ...]
    tags: tuple[Hex, ...]


def played(persons: int, now: int) -> Played:
    """Return a new network of two operators and so many persons whom both offices know."""
    keys = _Keys(
        operators=tuple(OperatorKeys.make(f"operator-{j}", os.urandom(OperatorKeys.RAW)) for j in (1, 2)),
        keeper=KeeperKeys.make("keeper", os.urandom(KeeperKeys.RAW)),
        register=RegisterKeys.make("register", os.urandom(RegisterKeys.RAW)),
        supervisor=SupervisorKeys.make("supervisor", os.urandom(SupervisorKeys.RAW)),
        agencies=tuple(AgencyKeys.make(party, os.urandom(AgencyKeys.RAW)) for party in (ASKER, PROVIDER)),
    )
    points = [hashing.h2g("person", os.urandom(32)) for _ in range(persons)]
    under = {name: _product(keys, name) for name in (agency_name(ASKER, 1), record_name(ASKER, 1))}
    codes, tags = ([group.mul(factor, point) for point in points] for factor in under.values())
    return Played(_stage(keys, now), tuple(codes), tuple(map(Hex, tags)))


def _product(keys: _Keys, name: str) -> group.Scalar:
    """Return what exists nowhere in a real network: the product of all operators' factors."""
    return reduce(group.times, (operator.factor(NETWORK, name) for operator in keys.operators))


def _stage(keys: _Keys, now: int) -> Stage:
    anchors = tuple(Anchor(operator.id, jws.public_key(operator.sign)) for operator in keys.operators)
    directory = _directory(keys, anchors, now)
    rows = (Row(kind="exchange", from_="office", to="office", procedure=PROCEDURE, items=(ITEM,), hide=""),)
    law = law_table.Body(v=1, network=NETWORK, from_=now - 3600, roles={"office": (ASKER, PROVIDER)}, rows=rows)
    world = World(
        n=len(keys.operators),
        network=NETWORK,
        now=now,
        anchors=tuple((anchor.id, Hex(anchor.sign)) for anchor in anchors),
        directory=directory,
        directory_hash=Hex(),
        laws=(law_table.sign_law(law, (keys.supervisor.id, keys.supervisor.sign)),),
        law_hashes=(),
        signing=keys.signing(),
        operators=tuple(OperatorSecrets(o.id, Hex(o.seed), Hex(o.layer), Hex(o.sign)) for o in keys.operators),
        keeper=KeeperSecrets(keys.keeper.id, Hex(keys.keeper.y), Hex(keys.keeper.x), Hex(keys.keeper.sign)),
        register=RegisterSecrets(Hex(keys.register.secret)),
        supervisor=SupervisorSecrets(Hex(keys.supervisor.seal)),
        agencies={agency.id: AgencySecrets(Hex(agency.y), Hex(agency.wrap)) for agency in keys.agencies},
        runs=(),
    )
    return Stage(world, load_directory(directory, network=NETWORK, anchors=anchors, now=now, last=None))


def _directory(keys: _Keys, anchors: tuple[Anchor, ...], now: int) -> object:
    def vouching(party: str) -> Vouching:
        return Vouching(NETWORK, f"org-{party}", os.urandom(32))

    offices = [handing_in.agency_entry(agency, vouching(agency.id)) for agency in keys.agencies]
    parties = Parties(
        operators=tuple(handing_in.operator_entry(operator, vouching(operator.id)) for operator in keys.operators),
        keeper=handing_in.keeper_entry(keys.keeper, vouching("keeper")),
        register=handing_in.register_entry(keys.register, vouching("register")),
        supervisor=handing_in.supervisor_entry(keys.supervisor, vouching("supervisor")),
        agencies=tuple(drafting.listing(office, epochs=[1], records=[1]) for office in offices),
    )
    drafted = drafting.draft(drafting.first_term(NETWORK, now), parties)
    committed = [drafting.commit(operator, drafted, os.urandom(32)) for operator in keys.operators]
    signed = drafting.assemble(drafted, committed)
    for operator in keys.operators:
        signed = drafting.sign_as_operator(operator, signed, Desk(NETWORK, anchors, now, None)).jws
    return signed
