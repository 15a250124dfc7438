"""The keeper as a process: killed before its commit nothing exists, killed after it the same release comes again."""

import sqlite3
import subprocess
from pathlib import Path

import pytest

from mynumber.codes.errors import ProtocolError
from mynumber.plumbing import canonical, config
from mynumber.plumbing.canonical import Json
from mynumber.plumbing.client import PeerDown
from mynumber.plumbing.config import NodeConfig
from tests.keeper import town
from tests.keeper.conftest import at_work
from tests.keeper.processes import Client, serving
from tests.keeper.test_releasing import enrol
from tests.keeper.town import Institution, full_bundle, run


@pytest.fixture
def operator(place: Institution, tmp_path: Path) -> Client:
    return Client(tmp_path / "op-2", "op-2", {"keeper": place.port})


def enrolled(place: Institution, faults: str = "") -> Path:
    """Configure the keeper and enrol the persons of the passage; return config.toml."""
    path = place.configure(role="keeper", party="keeper", faults=faults)
    with town.opened(config.load(path, NodeConfig), place) as node:
        enrol(at_work(node), run("single"))
    return path


def release(client: Client) -> Json:
    return client.use(lambda peers: peers.call("keeper", "release", full_bundle(run("single"))))


def rows_of(place: Institution) -> tuple[int, int, int]:
    with sqlite3.connect(place.folder / "data.db") as connection:
        counted = [connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in ("releases", "rows")]
        return counted[0], counted[1], connection.execute("SELECT count(*) FROM log_entries").fetchone()[0]


def ended(process: subprocess.Popen[bytes]) -> int:
    return process.wait(timeout=20)


def test_killed_before_the_commit_there_is_nothing_and_the_repeat_is_released(
    place: Institution, operator: Client
) -> None:
    path = enrolled(place, '"keeper.commit.before" = "kill"')
    with serving("keeper", path, place.port, operator) as process:
        with pytest.raises(PeerDown):
            release(operator)
        assert ended(process) == -9
    assert rows_of(place) == (0, 0, 0)
    path = place.configure(role="keeper", party="keeper")
    with serving("keeper", path, place.port, operator):
        assert release(operator)
    assert rows_of(place) == (1, 1, 1)


def test_killed_after_the_commit_the_same_release_comes_again(place: Institution, operator: Client) -> None:
    path = enrolled(place, '"keeper.commit.after" = "kill"')
    with serving("keeper", path, place.port, operator) as process:
        with pytest.raises(PeerDown):
            release(operator)
        assert ended(process) == -9
    assert rows_of(place) == (1, 1, 1)
    path = place.configure(role="keeper", party="keeper")
    with serving("keeper", path, place.port, operator):
        first = release(operator)
        assert canonical.encode(release(operator)) == canonical.encode(first)
    assert rows_of(place) == (1, 1, 1)


def test_only_the_last_operator_is_served_over_the_wire(place: Institution, tmp_path: Path, operator: Client) -> None:
    path = enrolled(place)
    office = Client(tmp_path / "ward-a", "ward-a", {"keeper": place.port})
    with serving("keeper", path, place.port, operator):
        with pytest.raises(ProtocolError, match="PERMIT_MISMATCH"):
            release(office)
        assert release(operator)
