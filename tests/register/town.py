"""A network around the register in one process: operators, keeper and offices of the vectors, with real cryptography.

`Town` stands where the calls to other parties leave the register, so that a party can be down, refuse, or lose its
answer after it did its work. Everything that the parties compute is computed by `codes` as in their own rooms.
"""

import json
import os
import time
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from mynumber.acquisition import office
from mynumber.codes.convert.endorse import Endorsed, Known, endorse
from mynumber.codes.group import Point, Scalar
from mynumber.codes.keys import KeeperKeys, OperatorKeys, RegisterKeys
from mynumber.codes.law_table import Body, LawTables, Row, load_law, sign_law
from mynumber.codes.parties.directory import Anchor, Directory, load_directory
from mynumber.codes.parties.standing import Standing
from mynumber.codes.permit.arrived import arrived
from mynumber.codes.permit.receive import Brought, Receiver, StoredAnswer, Used, receive
from mynumber.codes.permit.release import KnownRelease, release
from mynumber.codes.permit.request import Enrol
from mynumber.codes.records import forms
from mynumber.codes.records.forms import Acquired
from mynumber.codes.wire import B32
from mynumber.exchange.running.node import Node
from mynumber.exchange.view.anchors import Network
from mynumber.exchange.view.peers import NodeFiles, Peers
from mynumber.exchange.view.view import View
from mynumber.plumbing.canonical import Json
from mynumber.plumbing.client import PeerDown
from mynumber.plumbing.clock import Clock
from mynumber.plumbing.config import Listen
from mynumber.plumbing.database import Store
from mynumber.register.config import RegisterConfig
from mynumber.register.store import SCHEMA
from tests.register.people import NOW

OFFICES = ("ward-a", "ward-c", "pension")
_FILE = Path(__file__).parents[2] / "vectors" / "codes.json"


@dataclass(frozen=True)
class World:
    """The first world of the vectors: a directory, two operators, keeper, register and the offices' secrets."""

    directory: Directory
    laws: LawTables
    operators: tuple[OperatorKeys, ...]
    keeper: KeeperKeys
    register: RegisterKeys
    transport: dict[str, Scalar]
    signing: dict[str, bytes]


@cache
def world() -> World:
    """Return the world, read once."""
    read = json.loads(_FILE.read_text())["worlds"][0]
    anchors = [Anchor(name, bytes.fromhex(key)) for name, key in read["anchors"]]
    directory = load_directory(read["directory"], network=read["network"], anchors=anchors, now=NOW, last=None)
    supervisor = directory.signer(directory.body.supervisor.id)
    signing = {party: bytes.fromhex(key) for party, key in read["signing"].items()}
    operators = [(one["id"], *(bytes.fromhex(one[k]) for k in ("seed", "layer", "sign"))) for one in read["operators"]]
    keeper = {name: bytes.fromhex(read["keeper"][name]) for name in ("y", "x", "sign")}
    return World(
        directory=directory,
        laws=LawTables.of([load_law(_law(supervisor[0], signing), read["network"], supervisor)]),
        operators=tuple(OperatorKeys(name, seed, Scalar(layer), sign) for name, seed, layer, sign in operators),
        keeper=KeeperKeys("keeper", Scalar(keeper["y"]), Scalar(keeper["x"]), keeper["sign"], bytes(32)),
        register=RegisterKeys("register", bytes.fromhex(read["register"]["secret"]), signing["register"]),
        transport={party: Scalar(bytes.fromhex(one["y"])) for party, one in read["agencies"].items()},
        signing=signing,
    )


def _law(supervisor: str, signing: dict[str, bytes]) -> Json:
    """Return a table in which every office has a role."""
    row = Row(kind="exchange", from_="office", to="office", procedure="link-107", items=("pension",), hide="")
    body = Body(v=1, network="demo", from_=NOW - 3600, roles={"office": OFFICES}, rows=(row,))
    return sign_law(body, (supervisor, signing[supervisor]))


@dataclass
class Office:
    """What an office keeps of its acquisitions."""

    refs: dict[bytes, str] = field(default_factory=dict)
    codes: dict[str, Point] = field(default_factory=dict)
    answered: dict[bytes, Used] = field(default_factory=dict)


class Town(Peers):
    """The other parties; `calls` are (party, call) as they came in, `bundles` what an office was brought."""

    def __init__(self, folder: Path) -> None:
        super().__init__("demo", NodeFiles(folder, folder, folder))
        self.clock = Clock(NOW - int(time.time()))
        self.offices: dict[str, Office] = {}
        self.calls: list[tuple[str, str]] = []
        self.bundles: list[Json] = []
        self.down: set[str] = set()
        self.loses_answers: set[str] = set()
        self.refusing: dict[str, Exception] = {}
        self.keeper_knows_all = False
        self._endorsed: dict[tuple[str, bytes], Known] = {}
        self._released: dict[bytes, KnownRelease] = {}

    async def call(self, party: str, name: str, body: Json, *, hops: int = 1) -> Json:
        """Let a party answer, or not."""
        self.calls.append((party, name))
        if party in self.down:
            raise PeerDown(party, "the connection was refused")
        if party in self.refusing:
            raise self.refusing[party]
        answer = self.convert(body) if name == "convert" else self.enrolled(party, body)
        if party in self.loses_answers:
            raise PeerDown(party, "no answer in time")
        return answer

    def convert(self, bundle: Json) -> Json:
        """The operators in turn, then the keeper."""
        for keys in world().operators:
            bundle = self._endorse(keys, bundle).bundle
        released = release(
            arrived(bundle, released=False),
            me=world().keeper,
            standing=Standing(world().directory),
            now=self.clock.now(),
            rand=os.urandom(32),
            known=self._released.get,
            is_member=lambda _domain, _tag: self.keeper_knows_all,
        )
        self._released[released.request_hash] = KnownRelease(released.permit_hash, released.release)
        return released.bundle

    def _endorse(self, keys: OperatorKeys, bundle: Json) -> Endorsed:
        endorsed = endorse(
            arrived(bundle, released=False),
            me=keys,
            standing=Standing(world().directory),
            laws=world().laws,
            now=self.clock.now(),
            rand=os.urandom(32),
            known=lambda digest: self._endorsed.get((keys.id, digest)),
            extra=lambda _asked: None,
        )
        self._endorsed[keys.id, endorsed.request_hash] = Known(endorsed.message_hash, endorsed.bundle)
        return endorsed

    def enrolled(self, party: str, bundle: Json) -> Json:
        """An office takes a bundle: F1 to F7."""
        at = self.offices[party]
        self.bundles.append(bundle)
        received = receive(
            arrived(bundle, released=True),
            Brought("register"),
            me=Receiver(party, "agency", world().transport[party], Standing(world().directory), LawTables.of(())),
            now=self.clock.now(),
            used=at.answered.get,
            outstanding=at.refs,
            extra=lambda _asked: None,
        )
        if isinstance(received, StoredAnswer):
            return received.answer
        assert isinstance(received.request.body, Enrol)
        opened = list(zip(map(bytes, received.request.body.acq), received.opened[0], strict=True))
        holders = {code: ref for ref, code in at.codes.items()}
        receipts = office.sort_codes(opened, at.refs, holders.get)
        at.codes |= {receipt.ref: receipt.code for receipt in receipts if isinstance(receipt, office.Kept)}
        answer = acquired(party, received.permit_hash, receipts)
        at.answered[received.request_hash] = Used(received.permit_hash, answer)
        return answer


def acquired(party: str, permit: bytes, receipts: tuple[office.Receipt, ...]) -> Json:
    """Return what an office signs about a bundle."""
    form = Acquired(v=1, network="demo", permit=B32(permit), results=office.results(receipts))
    return forms.sign_form(form, (party, world().signing[party]))


def node_of(folder: Path, store: Store, town: Town) -> Node:
    """Return the register's node, standing on the world's directory, with `town` around it."""
    listen = Listen(port=0, url="https://127.0.0.1")
    settings = RegisterConfig(role="register", id="register", organisation="j-lis", network="demo", peer=listen)
    network = Network(network="demo", operators=())
    view = View(network, clock=town.clock, store=store, papers=SCHEMA.papers, peers=town, me="register")
    view.standing = Standing(world().directory)
    return Node(settings, folder, town.clock, SCHEMA, store, town, view)
