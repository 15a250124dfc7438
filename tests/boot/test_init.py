"""`mynumber init`: keys that nobody else reads, a configuration that people can read, stores that are new."""

import json
import os
import re
import sqlite3
import stat
import subprocess
import tomllib
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from mynumber.cli.main import main
from mynumber.exchange import setup
from mynumber.exchange.setup import Party
from mynumber.gateway import setup as gateway
from mynumber.gateway.config import File, GatewayConfig
from mynumber.keeper.config import KeeperConfig
from mynumber.network.config import OperatorConfig
from mynumber.oversight import setup as oversight
from mynumber.oversight.config import OversightConfig
from mynumber.plumbing import config
from mynumber.plumbing.config import NodeConfig
from mynumber.plumbing.errors import Conflict, WrongUse
from mynumber.register.config import RegisterConfig
from tests.boot.network import PARTIES, everybody, init

KINDS: dict[str, type[NodeConfig]] = {
    "register": RegisterConfig,
    "operator-1": OperatorConfig,
    "keeper": KeeperConfig,
    "supervisor": OversightConfig,
    "city-a": GatewayConfig,
}
STORES = {"city-a": ["gateway.db", "vault.db"]}
KEYS = {
    "register": {"encryption.key", "citizens-ca.key"},
    "operator-1": {"seed.key", "layer.key", "log.key"},
    "keeper": {"transport.key", "release.key", "members.key", "log.key"},
    "supervisor": {"seal.key"},
    "city-a": {"transport.key", "wrap.key", "office-ca.key", "office.key", "log.key"},
}
EVERYBODYS_KEYS = {"node.key", "sign.key", "store.key"}


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every institution's folder as `init` leaves it."""
    folder = tmp_path_factory.mktemp("init")
    before = os.umask(0)  # modes must not hang on it
    try:
        everybody(folder)
    finally:
        os.umask(before)
    return folder


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("name", KEYS)
def test_keys_are_there_and_for_the_owner_alone(town: Path, name: str) -> None:
    keys = town / name / "keys"
    assert {path.name for path in keys.iterdir()} == EVERYBODYS_KEYS | KEYS[name]
    assert mode(keys) == 0o700
    assert {path.name: mode(path) for path in keys.iterdir()} == dict.fromkeys(EVERYBODYS_KEYS | KEYS[name], 0o600)


def test_every_file_with_a_secret_is_for_the_owner_alone(town: Path) -> None:
    secret = re.compile(rb"PRIVATE KEY")
    found = [path for path in town.rglob("*") if path.is_file() and secret.search(path.read_bytes())]
    assert any(path.parent.name == "admin" for path in found)
    assert {path: mode(path) for path in found} == dict.fromkeys(found, 0o600)


def test_no_two_keys_are_alike(town: Path) -> None:
    keys = [path.read_bytes() for path in town.glob("*/keys/*")]
    assert len(set(keys)) == len(keys) > len(PARTIES) * 3


@pytest.mark.parametrize("name", KEYS)
def test_stores_are_empty_and_for_the_owner_alone(town: Path, name: str) -> None:
    for store in STORES.get(name, ["data.db"]):
        path = town / name / store
        assert mode(path) == 0o600
        with closing(sqlite3.connect(path)) as connection:
            tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
            counts = {table: connection.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0] for table in tables}
        assert counts.pop("schema_version") == 1
        assert len(counts) > 0
        assert set(counts.values()) == {0}


@pytest.mark.parametrize(("name", "kind"), KINDS.items())
def test_the_configuration_is_what_the_room_reads(town: Path, name: str, kind: type[NodeConfig]) -> None:
    read = config.load(town / name / "config.toml", kind)
    assert (read.id, read.organisation, read.network) == (name, f"org-{name}", "demo")
    assert (read.peer.host, read.peer.port, read.peer.url) == ("127.0.0.1", 4001, "https://127.0.0.1:4001")
    assert (read.faults, read.clock.offset_s) == ({}, 0)


@pytest.mark.parametrize(("name", "kind"), KINDS.items())
def test_every_member_that_can_be_set_stands_in_the_configuration(
    town: Path, name: str, kind: type[NodeConfig]
) -> None:
    text = (town / name / "config.toml").read_text(encoding="utf-8")
    written = set(tomllib.loads(text)) | set(re.findall(r"^# \[(\w+)", text, re.MULTILINE))
    assert written == set(kind.__struct_fields__)


@pytest.mark.parametrize("name", KINDS)
def test_every_member_of_the_configuration_is_explained(town: Path, name: str) -> None:
    lines = (town / name / "config.toml").read_text(encoding="utf-8").splitlines()
    # A member or table stands below a comment, at the latest behind the members of its own table.
    blocks = "\n".join(lines).split("\n\n")
    assert [block for block in blocks if not block.startswith("#")] == []


def test_what_an_office_and_the_supervisor_are_given_stands_in_their_configuration(tmp_path: Path) -> None:
    query = 'SELECT a, "b\\c" FROM t WHERE ref = :person'
    files = {"tax": File(subjects=300_000, staff_500_or_more=True, items=("local_tax",)), "a b": File(subjects=0)}
    office = gateway.Office(
        port=4002, name='甲野"市', departments={"link-107": "こども課"}, mapping={"local_tax/child": query}, files=files
    )
    party = Party(role="gateway", id="city-a", organisation="city-a", network="demo", port=4001)
    gateway.init(tmp_path / "city-a", party, office)
    read = config.load(tmp_path / "city-a" / "config.toml", GatewayConfig)
    assert (read.name, read.mapping, read.files) == ('甲野"市', {"local_tax/child": query}, files)
    assert (read.office.port, read.office.url) == (4002, "https://127.0.0.1:4002")
    assert [read.department(procedure) for procedure in ("link-107", "link-1")] == ["こども課", '甲野"市']
    party = Party(role="supervisor", id="supervisor", organisation="ppc", network="demo", port=4003)
    oversight.init(tmp_path / "supervisor", party, roles={"municipality": ["city-a", "city-b"]})
    supervisor = config.load(tmp_path / "supervisor" / "config.toml", OversightConfig)
    assert supervisor.roles == {"municipality": ("city-a", "city-b")}


def test_faults_and_clock_of_a_test_town_are_replaced_and_nothing_else(tmp_path: Path) -> None:
    path = init(tmp_path, "operator-1") / "config.toml"
    before = path.read_text(encoding="utf-8")
    setup.set_test_town(path, faults={"operator.commit.before": "kill"}, offset_s=-40)
    read = config.load(path, OperatorConfig)
    assert (read.faults, read.clock.offset_s) == ({"operator.commit.before": "kill"}, -40)
    setup.set_test_town(path, faults={"a": "hang"})
    read = config.load(path, OperatorConfig)
    assert (read.faults, read.clock.offset_s) == ({"a": "hang"}, -40)
    setup.set_test_town(path, faults={}, offset_s=0)
    assert path.read_text(encoding="utf-8") == before


def test_a_folder_that_holds_anything_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "keeper").mkdir()
    (tmp_path / "keeper" / "note").write_text("mine", encoding="utf-8")
    with pytest.raises(WrongUse, match="not an empty folder"):
        init(tmp_path, "keeper")
    assert [path.name for path in (tmp_path / "keeper").iterdir()] == ["note"]


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"id": "Keeper"}, "BAD_ID"),
        ({"organisation": "甲野市"}, "BAD_ID"),
        ({"network": ""}, "BAD_ID"),
        ({"url": "http://127.0.0.1:1"}, "BAD_URL"),
        ({"url": "https://甲野市"}, "BAD_URL"),
    ],
)
def test_what_no_directory_could_carry_is_refused_before_a_key_is_made(
    tmp_path: Path, changed: dict[str, str], code: str
) -> None:
    given = {"id": "supervisor", "organisation": "ppc", "network": "demo", "url": "", **changed}
    with pytest.raises(WrongUse) as caught:
        oversight.init(tmp_path / "new", Party(role="supervisor", port=4001, **given))
    assert caught.value.code == code
    assert not (tmp_path / "new").exists()


def openssl(*arguments: str | Path) -> str:
    done = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def test_the_admin_has_a_certificate_of_the_offices_own_authority(town: Path) -> None:
    office = town / "city-a"
    place = office / "officers" / "admin"
    door = tomllib.loads((place / "gateway.toml").read_text(encoding="utf-8"))
    assert door.pop("office_url") == "https://127.0.0.1:4002"
    assert {name: (place / file).is_file() for name, file in door.items()} == {"ca": 1, "certificate": 1, "key": 1}
    assert mode(place) == 0o700
    chain = openssl("verify", "-purpose", "sslclient", "-CAfile", place / door["ca"], place / door["certificate"])
    assert chain.endswith("OK\n")
    text = openssl("x509", "-in", place / door["certificate"], "-noout", "-ext", "subjectAltName")
    assert "URI:urn:mynumber:demo:city-a:officer:admin\n" in text
    assert openssl("verify", "-CAfile", office / "office-ca.crt", office / "office.crt").endswith("OK\n")


def test_no_other_offices_authority_vouches_for_the_admin(town: Path) -> None:
    certificate = town / "city-a" / "officers" / "admin" / "officer.crt"
    assert "OK" not in openssl("verify", "-CAfile", town / "pension" / "office-ca.crt", certificate)


def test_an_officers_folder_is_written_once(tmp_path: Path) -> None:
    place = tmp_path / "hanako"
    gateway.write_officer(place, url="https://127.0.0.1:1", key=b"key", certificate=b"certificate", authority=b"ca")
    with pytest.raises(Conflict):
        gateway.write_officer(place, url="https://127.0.0.1:1", key=b"other", certificate=b"", authority=b"")
    assert (place / "officer.key").read_bytes() == b"key"


def test_the_command_makes_a_folder_once(tmp_path: Path) -> None:
    arguments = [
        "init",
        "operator",
        "--dir",
        str(tmp_path / "operator-1"),
        "--organisation",
        "org-one",
        "--port",
        "4001",
    ]
    done = CliRunner().invoke(main, [*arguments, "--json"])
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    assert (said["id"], said["role"]) == ("operator-1", "operator")
    assert {path.name for path in Path(said["hand_in"]).iterdir()} == {
        *("entry.json", "node.csr", "url", "vkey", "anchor.json")
    }
    again = CliRunner().invoke(main, [*arguments, "--json"])
    assert (again.exit_code, json.loads(again.stdout)["error"]["code"]) == (2, "NOT_EMPTY")


@pytest.mark.parametrize("arguments", [["keeper", "--office-port", "4002"], ["bank"]])
def test_the_command_refuses_what_makes_no_institution(tmp_path: Path, arguments: list[str]) -> None:
    done = CliRunner().invoke(main, ["init", *arguments, "--dir", str(tmp_path / "new"), "--port", "4001"])
    assert done.exit_code == 2
    assert not (tmp_path / "new").exists()


def test_who_looks_before_the_ceremony_is_told_its_first_step(tmp_path: Path) -> None:
    folder = init(tmp_path, "city-a")
    done = CliRunner().invoke(main, ["join", "check", "--dir", str(folder)])
    assert (done.exit_code, done.stderr) == (3, "")
    first, last = f"bring {folder / 'hand-in'} to `mynumber ceremony certificate`", "`mynumber ceremony finish`"
    assert done.stdout.splitlines() == [
        "WAIT  ceremony: not here yet: network.json, node.crt, network.crt",
        f"      -> {first}; {last} is the last step",
    ]
    # What is there and is none stays an error.
    for name in ("network.json", "node.crt", "network.crt"):
        (folder / name).write_text("{}", encoding="ascii")
    assert CliRunner().invoke(main, ["join", "check", "--dir", str(folder)]).exit_code == 2


@pytest.mark.parametrize("command", [["demo", "--resume"], ["drill", "wiretap"]])
def test_a_folder_without_a_town_is_named_with_the_command_that_makes_one(tmp_path: Path, command: list[str]) -> None:
    done = CliRunner().invoke(main, [*command, "--dir", str(tmp_path / "none")])
    assert done.exit_code == 2
    assert f"{tmp_path / 'none'} holds no town [NO_TOWN]" in done.stderr
    assert f"hint: make one: mynumber demo --dir {tmp_path / 'none'}" in done.stderr


def test_a_place_where_nothing_can_be_made_is_named() -> None:
    done = CliRunner().invoke(main, ["init", "keeper", "--dir", "/proc/x"])
    assert done.exit_code == 2
    assert "/proc/x: No such file or directory [SYSTEM]" in done.stderr
