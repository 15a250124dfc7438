"""The model town comes into being: its institutions, each in a folder of its own, and one ceremony for all of them.

Promises that the town is made by the functions that `mynumber init` and `mynumber ceremony` call, so that nothing in it
is unlike a real network but its people.

  1. Find ports.
  2. Make every institution; give each office its own database.
  3. Hold the ceremony in town/ceremony.
  4. Put what belongs to no institution into town/: the root certificate, a visitor without rights, town.toml.

A crash leaves a folder that is refused the next time: a town is made once.
"""

import random
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec

from mynumber.exchange import setup
from mynumber.exchange.ceremony import authority, delivery, signing
from mynumber.exchange.setup import HAND_IN, Party
from mynumber.gateway import setup as gateway
from mynumber.gateway.config import File
from mynumber.keeper import setup as keeper
from mynumber.network import setup as operator
from mynumber.oversight import setup as supervisor
from mynumber.pki import certificates, nodes
from mynumber.plumbing import keyfiles
from mynumber.plumbing.clock import Clock
from mynumber.plumbing.errors import WrongUse
from mynumber.plumbing.faults import Fault
from mynumber.portal import setup as portal
from mynumber.portal.config import Language
from mynumber.register import setup as register
from mynumber.world.offices.business import write_business
from mynumber.world.offices.items import mapping
from mynumber.world.offices.known import OFFICES
from mynumber.world.people.residents import generate
from mynumber.world.town.layout import Institution, Town, write_town

VISITOR = "visitor"

# Name, role and who runs it; an office is an organisation of its own.
_OTHERS = (
    ("register", "register", "j-lis"),
    ("operator-1", "operator", "org-one"),
    ("operator-2", "operator", "org-two"),
    ("keeper", "keeper", "org-records"),
    ("supervisor", "supervisor", "ppc"),
    ("portal", "portal", "org-citizens"),
)
_DEPARTMENTS = {
    "municipality": {"link-106": "こども課", "link-107": "こども課", "link-42": "福祉課"},
    "nta": {"link-82": "還付課"},
}
HIDDEN = {"link-42": "425AC0000000027 Art.23(2)"}
"""The procedure whose inquiries may be kept from the person for a time, and the article."""
HIDDEN_LONGEST_S = 14 * 86_400
"""How long at most: twelve months would be behind the last day of the town's directory, which lives 31 days."""

NAMES: Mapping[str, Mapping[Language, str]] = {
    "portal": {"ja": "見本ポータル", "en": "Specimen Portal"},
    **{office.id: {"ja": office.name, "en": office.name_en} for office in OFFICES.values()},
}
"""How the portal's pages name who asks and who answers."""
# Files of an office from which nothing may be asked, beside those that its items name.
_FURTHER_FILES = {"tax": ("national_tax",)}
# Below the ports that systems hand out to clients, so that no connection takes one before its listener is up.
_PORTS = range(10_000, 30_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class TownSpec:
    """What a town is to be: its people, its ports, and what goes wrong in it, by institution."""

    residents: int = 200
    seed: int = 1
    network: str = "demo"
    base_port: int | None = None
    faults: Mapping[str, Mapping[str, Fault]] = field(default_factory=dict)
    offsets: Mapping[str, int] = field(default_factory=dict)
    tapped: bool = False
    """Whether every process writes down what it receives and sends."""


def build_town(folder: Path, spec: TownSpec) -> Town:
    """Make the town in an absent or empty folder; nothing runs yet."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise WrongUse("NOT_EMPTY", f"{folder} is not an empty folder", hint="choose another, or --resume the town")
    residents = generate(spec.residents, spec.seed)
    # (1) Ports.
    town = Town(folder.resolve(), spec.network, spec.seed, spec.residents, _institutions(folder.resolve(), spec))
    # (2) Institutions.
    for institution in town.institutions:
        _make(town, institution)
        if institution.role == "gateway":
            write_business(institution.folder / "business.db", institution.name, residents, spec.seed)
        setup.set_test_town(
            institution.config,
            faults=spec.faults.get(institution.name, {}),
            offset_s=spec.offsets.get(institution.name, 0),
            tapped=spec.tapped,
        )
    # (3) The ceremony.
    _hold_ceremony(town)
    # (4) What belongs to no institution.
    _admit_visitor(town)
    write_town(town, {})
    return town


def _institutions(folder: Path, spec: TownSpec) -> tuple[Institution, ...]:
    known = (*_OTHERS, *((office, "gateway", office) for office in OFFICES))
    unknown = (set(spec.faults) | set(spec.offsets)) - {name for name, _, _ in known}
    if unknown:
        raise WrongUse("NO_SUCH_INSTITUTION", f"the town has no {', '.join(sorted(unknown))}", hint="see DOORS")
    second = {"gateway": "office_port", "portal": "public_port"}
    ports = iter(free_ports(len(known) + sum(role in second for _, role, _ in known), spec.base_port))
    return tuple(
        Institution(name, role, organisation, folder / name, next(ports))
        if role not in second
        else Institution(name, role, organisation, folder / name, next(ports), **{second[role]: next(ports)})
        for name, role, organisation in known
    )


def free_ports(count: int, base: int | None = None) -> Sequence[int]:
    """Return so many free ports: from `base` upwards, else anywhere."""
    if base is not None:
        wanted = range(base, base + count)
        if not all(_is_free(port) for port in wanted):
            raise WrongUse("PORT_BUSY", f"ports {base} to {wanted[-1]} are not all free", hint="choose --base-port")
        return wanted
    # Drawn at random, because several towns may begin at once; nothing secret hangs on it.
    candidates = random.SystemRandom().sample(_PORTS, 50 * count)
    return [port for port in candidates if _is_free(port)][:count]


def require_ports(town: Town) -> None:
    """Raise WrongUse if a port of a stopped town is taken by somebody else."""
    ports = [port for each in town.institutions for port in each.ports]
    busy = [port for port in ports if not _is_free(port)]
    if busy:
        hint = "end what listens there; a resumed town needs the ports its directory names"
        raise WrongUse("PORT_BUSY", f"port {busy[0]} of this town is taken", hint=hint)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError):
            return False
    return True


def _make(town: Town, institution: Institution) -> None:
    name, folder = institution.name, institution.folder
    party = Party(
        role=institution.role,
        id=name,
        organisation=institution.organisation,
        network=town.network,
        port=institution.port,
    )
    if institution.role == "supervisor":
        supervisor.init(folder, party, roles=_roles(), hide=HIDDEN, hidden_longest_s=HIDDEN_LONGEST_S)
    elif institution.public_port is not None:
        # All citizens of a town come from one address.
        portal.init(folder, party, portal.Public(port=institution.public_port, of_one=600, names=NAMES))
    elif institution.office_port is not None:
        gateway.init(folder, party, _office(name, institution.office_port))
    else:
        {"register": register.init, "operator": operator.init, "keeper": keeper.init}[institution.role](folder, party)


def _roles() -> dict[str, list[str]]:
    roles = sorted({role for office in OFFICES.values() for role in office.roles})
    return {"portal": ["portal"]} | {
        role: [office.id for office in OFFICES.values() if role in office.roles] for role in roles
    }


def _office(name: str, port: int) -> gateway.Office:
    office, queries = OFFICES[name], mapping(name)
    kinds = {item.partition("/")[0] for item in queries}
    files = {
        kind: File(
            subjects=office.subjects,
            staff_500_or_more=office.subjects >= 300_000,
            items=tuple(item for item in queries if item.partition("/")[0] == kind),
        )
        for kind in sorted(kinds.union(_FURTHER_FILES.get(name, ())))
    }
    departments = {row: named for role in office.roles for row, named in _DEPARTMENTS.get(role, {}).items()}
    return gateway.Office(port=port, name=office.name, departments=departments, mapping=queries, files=files)


def _hold_ceremony(town: Town) -> None:
    now = Clock().now()
    folders = [institution.folder for institution in town.institutions]
    operators = [institution.folder for institution in town.institutions if institution.role == "operator"]
    authority.certify(town.ceremony, town.network, [folder / HAND_IN for folder in folders], now=now)
    signing.draft(town.ceremony, now=now)
    for folder in operators:
        signing.commit(town.ceremony, folder)
    for folder in operators:
        signing.sign(town.ceremony, folder, now=now)
    for folder in folders:
        delivery.finish(town.ceremony, folder, now=now)


def _admit_visitor(town: Town) -> None:
    """Make a valid certificate of a party that no directory names, to try what such a party is told."""
    key = ec.generate_private_key(ec.SECP256R1())
    root = (town.ceremony / authority.ROOT).read_bytes()
    place = town.visitor
    keyfiles.write_secret(place / "node.key", certificates.key_pem(key))
    request = nodes.make_csr(key, town.network, VISITOR)
    (place / "node.crt").write_bytes(authority.issue(town.ceremony, request, now=Clock().now()))
    for path in (place / authority.ROOT, place.parent / authority.ROOT):
        path.write_bytes(root)
