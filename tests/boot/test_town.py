"""The model town on disk: made once, the same institutions each time, nothing of one in another's folder."""

import socket
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from mynumber.codes.parties import directory as directories
from mynumber.exchange.view import anchors
from mynumber.gateway.config import GatewayConfig
from mynumber.oversight.config import OversightConfig
from mynumber.plumbing import canonical, config
from mynumber.plumbing.clock import Clock
from mynumber.plumbing.config import NodeConfig
from mynumber.plumbing.errors import WrongUse
from mynumber.world.offices.items import mapping
from mynumber.world.offices.known import holdings
from mynumber.world.people.residents import generate
from mynumber.world.town.boot import TownSpec, build_town
from mynumber.world.town.layout import Town, read_town

ROLES = {
    "register": "register",
    "operator-1": "operator",
    "operator-2": "operator",
    "keeper": "keeper",
    "supervisor": "supervisor",
    "city-a": "gateway",
    "city-b": "gateway",
    "pension": "gateway",
    "portal": "portal",
    "tax": "gateway",
    "accounts": "gateway",
}
SPEC = TownSpec(
    residents=50, seed=7, faults={"operator-1": {"operator.commit.before": "kill"}}, offsets={"keeper": -20}
)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Town:
    """A town that nothing was started in."""
    return build_town(tmp_path_factory.mktemp("town"), SPEC)


def test_the_town_has_its_institutions_and_a_folder_for_each(town: Town) -> None:
    assert {each.name: each.role for each in town.institutions} == ROLES
    assert {path.name for path in town.folder.iterdir()} == {*ROLES, "town"}
    for each in town.institutions:
        read = config.load(each.config, GatewayConfig if each.role == "gateway" else _Common)
        assert (read.id, read.role, read.organisation) == (each.name, each.role, each.organisation)
        assert (read.peer.port, read.peer.url) == (each.port, each.url)
        assert [path for path in each.databases if not path.is_file()] == []


class _Common(NodeConfig, frozen=True, kw_only=True, forbid_unknown_fields=False):
    pass


def test_no_two_listeners_have_one_port(town: Town) -> None:
    ports = [port for each in town.institutions for port in each.ports]
    assert len(set(ports)) == len(ports) == 17


def test_organisations_are_apart_as_the_directory_wants_them(town: Town) -> None:
    organisations = [each.organisation for each in town.institutions]
    assert len(set(organisations)) == len(ROLES)


@pytest.mark.parametrize("name", ["operator-1", "supervisor", "city-b"])
def test_the_towns_directory_is_accepted(town: Town, name: str) -> None:
    trusted = anchors.load(town.folder / name)
    value = canonical.decode((town.folder / "operator-2" / "directory.json").read_bytes())
    found = directories.load_directory(
        value, network=town.network, anchors=trusted.anchors, now=Clock().now(), last=None
    )
    assert {party for party, _ in found.body.roles()} == set(ROLES)


def test_offices_hold_their_roles_their_queries_and_their_sizes(town: Town) -> None:
    roles = config.load(town.institution("supervisor").config, OversightConfig).roles
    cities = ("city-a", "city-b")
    assert roles == {
        "portal": ("portal",),
        "municipality": cities,
        "welfare_office": cities,
        "jps": ("pension",),
        "nta": ("tax",),
        "pm_digital": ("accounts",),
    }
    for office in (*cities, "pension", "tax", "accounts"):
        read = config.load(town.institution(office).config, GatewayConfig)
        assert read.mapping == mapping(office)
        assert sorted(item for file in read.files.values() for item in file.items) == sorted(read.mapping)
        assert read.files
        assert all(file.subjects >= 80_000 for file in read.files.values())
    sizes = config.load(town.institution("city-b").config, GatewayConfig).files.values()
    assert {file.subjects for file in sizes} == {300_000}


def test_each_office_has_its_own_people_in_its_own_database(town: Town) -> None:
    known = holdings(generate(SPEC.residents, SPEC.seed), SPEC.seed)
    tables = {
        "city-a": "resident_record",
        "city-b": "resident_record",
        "pension": "insured",
        "tax": "taxpayer",
        "accounts": "registered",
    }
    for office, table in tables.items():
        path = town.institution(office).folder / "business.db"
        assert path.stat().st_mode & 0o777 == 0o600
        with closing(sqlite3.connect(path)) as connection:
            refs = {row[0] for row in connection.execute(f"SELECT ref FROM {table}")}
        assert refs == {holding.ref for holding in known[office]}


def test_faults_and_clocks_are_set_where_the_town_wants_them(town: Town) -> None:
    read = {each.name: config.load(each.config, _Common) for each in town.institutions}
    assert {name: each.faults for name, each in read.items() if each.faults} == SPEC.faults
    assert {name: each.clock.offset_s for name, each in read.items() if each.clock.offset_s} == SPEC.offsets


def test_the_visitors_certificate_is_valid_and_its_party_unknown(town: Town) -> None:
    place = town.visitor
    verify = ("openssl", "verify", "-purpose", "sslclient", "-CAfile", str(town.folder / "town" / "ca" / "network.crt"))
    done = subprocess.run([*verify, str(place / "node.crt")], capture_output=True, text=True, check=False)
    assert done.stdout.endswith("OK\n"), done.stderr
    assert (place / "node.key").stat().st_mode & 0o777 == 0o600
    addresses = (town.institution("operator-1").folder / "addresses.json").read_text(encoding="ascii")
    assert "visitor" not in addresses


def test_the_town_is_read_back_as_it_was_made(town: Town) -> None:
    assert read_town(town.folder) == town


def test_a_folder_without_a_town_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WrongUse):
        read_town(tmp_path)


def test_a_town_is_made_once(town: Town) -> None:
    before = town.institution("keeper").config.read_bytes()
    with pytest.raises(WrongUse, match="not an empty folder"):
        build_town(town.folder, SPEC)
    assert town.institution("keeper").config.read_bytes() == before


def test_ports_count_up_from_the_base_and_busy_ones_are_refused(tmp_path: Path, town: Town) -> None:
    base = max(each.port for each in town.institutions) + 1  # free a moment ago, far from clients' ports
    made = build_town(tmp_path / "a", TownSpec(residents=20, base_port=base))
    ports = [port for each in made.institutions for port in each.ports]
    assert ports == list(range(base, base + 17))
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", base + 3))
        taken.listen()
        with pytest.raises(WrongUse) as caught:
            build_town(tmp_path / "b", TownSpec(residents=20, base_port=base))
    assert caught.value.code == "PORT_BUSY"
    assert not (tmp_path / "b").exists()


@pytest.mark.parametrize("base", [65_530, 65_535, 70_000])
def test_ports_end_at_65535(tmp_path: Path, base: int) -> None:
    with pytest.raises(WrongUse, match="not all free"):
        build_town(tmp_path / "a", TownSpec(residents=20, base_port=base))


def test_a_fault_of_nobody_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WrongUse, match="operator-9"):
        build_town(tmp_path / "a", TownSpec(residents=20, faults={"operator-9": {}}))
    assert not (tmp_path / "a").exists()
