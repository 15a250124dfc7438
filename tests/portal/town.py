"""A small town with a portal: real processes of one network, five invented persons, a card of each.

City A and the pension service know all five. City A asks about some of them; what the portal shows to each of them is
what tests look at.
"""

import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec

from mynumber.card import folder as card_folder
from mynumber.card.folder import Card
from mynumber.exchange.ceremony import authority, delivery, signing
from mynumber.exchange.setup import HAND_IN, Party
from mynumber.gateway import setup as gateway
from mynumber.gateway.desk import api
from mynumber.gateway.desk.client import OfficeClient
from mynumber.keeper import setup as keeper
from mynumber.network import setup as operator
from mynumber.oversight import setup as supervisor
from mynumber.pki import certificates, nodes
from mynumber.plumbing import keyfiles
from mynumber.plumbing.clock import Clock
from mynumber.portal import setup as portal
from mynumber.register import setup as register
from mynumber.register.citizens import handing_out
from mynumber.register.citizens.handing_out import Holder, NewCard
from mynumber.world.offices.known import Holding
from mynumber.world.people.residents import generate
from mynumber.world.town import populate
from mynumber.world.town.boot import VISITOR, free_ports
from mynumber.world.town.layout import Institution, Town, write_town
from mynumber.world.town.populate import People, Post
from mynumber.world.town.processes import Processes

NETWORK = "demo"
OPERATORS = ("operator-1", "operator-2")
OFFICES = ("city-a", "pension")
NAMES = ("register", *OPERATORS, "keeper", "supervisor", *OFFICES, "portal")
ROLES = {"municipality": ["city-a"], "jps": ["pension"], "portal": ["portal"]}
PERSONS = 5
_SELECT = "SELECT kind, monthly_amount FROM pension WHERE ref = :person"
MAPPING = {"pension/recipient": _SELECT, "pension": _SELECT}
_POSTS = (
    Post("city-a", "clerk", "", ("acquisition",)),
    Post("city-a", "hanako", "", ("link-107",)),
    Post("pension", "clerk", "", ("acquisition",)),
)


@dataclass(frozen=True)
class SmallTown:
    """The town at work."""

    town: Town
    processes: Processes
    public_port: int
    desks: dict[tuple[str, str], OfficeClient]
    people: People

    @property
    def url(self) -> str:
        """Where browsers reach the portal."""
        return f"https://127.0.0.1:{self.public_port}"

    def card(self, person: int) -> Card:
        """Return a person's card."""
        return card_folder.load(self.town.folder / "cards" / str(person))

    def mynumber(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the command as a citizen does."""
        command = [sys.executable, "-P", "-m", "mynumber", *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)

    def history(self, person: int) -> dict[str, list[dict[str, object]]]:
        """Return what `mynumber history` shows to a person."""
        done = self.mynumber("history", "--card", str(self.card(person).folder), "--json")
        assert done.returncode == 0, done.stdout + done.stderr
        shown: dict[str, list[dict[str, object]]] = json.loads(done.stdout)
        return shown

    def ask(self, person: int) -> api.ShownInquiry:
        """Let city A ask the pension service about a person."""
        desk = self.desks["city-a", "hanako"]
        about = f"c-{person}"
        case = desk.call("POST", "/cases", api.CaseId, api.NewCase("link-107", (about,), "child allowance")).case
        entries = (api.NewEntry(about, ("pension/recipient",)),)
        return desk.call("POST", "/inquiries", api.ShownInquiry, api.NewInquiry(case, "pension", entries))

    def new_card(self, person: int, name: str) -> Card:
        """Have another card made for a person."""
        make_cards(self.town, self.people, [(person, name)])
        return card_folder.load(self.town.folder / "cards" / name)


@contextmanager
def running(folder: Path) -> Iterator[SmallTown]:
    """Make the town, let it work and stop it at the end."""
    port, *ports = free_ports(len(NAMES) + len(OFFICES) + 1)
    town = _town(folder, ports)
    residents = generate(50, 7)[:PERSONS]
    for each in town.institutions:
        _make(each, port)
    _hold_ceremony(town)
    numbers = populate.issue_numbers(town, residents)
    holdings = {name: tuple(Holding(at, f"{name[0]}-{at}") for at in range(PERSONS)) for name in OFFICES}
    people = People(residents, numbers, holdings)
    make_cards(town, people, [(person, str(person)) for person in range(PERSONS)])
    with Processes(town) as processes:
        processes.start()
        desks = populate.appoint(town, _POSTS)
        populate.acquire(desks, people, progress=lambda _done, _all: None)
        yield SmallTown(town, processes, port, desks, people)


def _town(folder: Path, ports: Sequence[int]) -> Town:
    free = iter(ports)
    roles = {"city-a": "gateway", "pension": "gateway", **dict.fromkeys(OPERATORS, "operator")}
    institutions = [
        Institution(name, roles.get(name, name), f"org-{name}", folder / name, next(free), None)
        if name not in OFFICES
        else Institution(name, "gateway", name, folder / name, next(free), next(free))
        for name in NAMES
    ]
    return Town(folder, NETWORK, 7, PERSONS, tuple(institutions))


def _make(each: Institution, public_port: int) -> None:
    party = Party(role=each.role, id=each.name, organisation=each.organisation, network=NETWORK, port=each.port)
    if each.role == "supervisor":
        supervisor.init(each.folder, party, roles=ROLES)
    elif each.role == "portal":
        portal.init(each.folder, party, portal.Public(port=public_port))
    elif each.office_port is not None:
        mapping = MAPPING if each.name == "pension" else {}
        gateway.init(each.folder, party, gateway.Office(port=each.office_port, mapping=mapping))
        _write_business(each.folder / "business.db")
    else:
        {"register": register.init, "operator": operator.init, "keeper": keeper.init}[each.role](each.folder, party)


def _write_business(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE pension (ref TEXT, kind TEXT, monthly_amount INTEGER) STRICT")
        rows = [(f"p-{person}", "old-age", 60_000 + person) for person in range(PERSONS)]
        connection.executemany("INSERT INTO pension VALUES (?, ?, ?)", rows)


def _hold_ceremony(town: Town) -> None:
    now = Clock().now()
    folders = [each.folder for each in town.institutions]
    authority.certify(town.ceremony, NETWORK, [folder / HAND_IN for folder in folders], now=now)
    signing.draft(town.ceremony, now=now)
    for name in OPERATORS:
        signing.commit(town.ceremony, town.institution(name).folder)
    for name in OPERATORS:
        signing.sign(town.ceremony, town.institution(name).folder, now=now)
    for folder in folders:
        delivery.finish(town.ceremony, folder, now=now)
    key = ec.generate_private_key(ec.SECP256R1())
    keyfiles.write_secret(town.visitor / "node.key", certificates.key_pem(key))
    request = nodes.make_csr(key, NETWORK, VISITOR)
    (town.visitor / "node.crt").write_bytes(authority.issue(town.ceremony, request, now=now))
    (town.visitor / authority.ROOT).write_bytes((town.ceremony / authority.ROOT).read_bytes())
    write_town(town, {})


def make_cards(town: Town, people: People, wanted: Sequence[tuple[int, str]]) -> None:
    """Have cards made: (person, name of the folder)."""
    new = []
    for person, name in wanted:
        resident = people.residents[person]
        basic = {member: getattr(resident, member) for member in ("name", "kana", "birth", "sex", "address")}
        holder = msgspec.convert(basic | {"number": people.numbers[person]}, Holder)
        new.append(NewCard(holder, town.folder / "cards" / name, card_folder.new_pin()))
    handing_out.hand_out(town.institution("register").config, town.institution("portal").config, new)


def move_clock(town: SmallTown, name: str, seconds: int) -> None:
    """Start an institution again with its clock moved."""
    town.processes.restart(name, faults={}, offset_s=seconds)
