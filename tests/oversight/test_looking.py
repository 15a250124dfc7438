"""The supervisor at a log that is served: it follows, bears a silence, and finds out who withholds a proof."""

import asyncio
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from mynumber.exchange.running.node import Node
from mynumber.oversight import store
from mynumber.oversight.logs import holding, watching
from mynumber.oversight.store import Log
from mynumber.plumbing import canonical, config
from mynumber.plumbing.config import NodeConfig
from mynumber.tlog import note
from tests.keeper import town
from tests.keeper.conftest import at_work, settled
from tests.keeper.processes import Client, serving
from tests.keeper.test_releasing import enrol
from tests.keeper.town import Institution, full_bundle, run


@pytest.fixture
def keeper(tmp_path: Path) -> Institution:
    """A keeper whose log is empty and who knows the persons of two passages."""
    place = settled(tmp_path)
    path = place.configure(role="keeper", party="keeper")
    with town.opened(config.load(path, NodeConfig), place) as opened:
        enrol(at_work(opened), run("cross-epoch"))
    return place


@pytest.fixture
def operator(tmp_path: Path, keeper: Institution) -> Client:
    return Client(tmp_path / "op-2", "op-2", {"keeper": keeper.port})


@pytest.fixture
def served(keeper: Institution, operator: Client) -> Iterator[Institution]:
    with serving("keeper", keeper.folder / "config.toml", keeper.port, operator):
        yield keeper


Look = Callable[[], tuple[Log | None, list[str]]]


@pytest.fixture
def runner(node: Node) -> Iterator[asyncio.Runner]:
    """The event loop in which the supervisor's connections live."""
    with asyncio.Runner() as runner:
        yield runner
        runner.run(node.peers.close())


@pytest.fixture
def look(node: Node, keeper: Institution, runner: asyncio.Runner) -> Look:
    """Look once and return the log as verified last, and the kinds of what was found."""
    seed = (keeper.folder / "keys" / "log.key").read_bytes()
    keys = {"keeper": note.note_key("demo/keeper/log", seed)}
    without_proof: Counter[str] = Counter()
    node.peers.learn({"keeper": f"https://127.0.0.1:{keeper.port}"})

    def once() -> tuple[Log | None, list[str]]:
        runner.run(watching.look(node, keys, without_proof))
        with node.store.reading() as connection:
            logs, found = store.logs(connection), store.findings(connection)
        return (logs[0] if logs else None), [finding.kind for _, finding in found]

    return once


def release(operator: Client, name: str) -> None:
    operator.use(lambda peers: peers.call("keeper", "release", full_bundle(run(name))))


def test_a_growing_log_is_followed_and_a_silent_one_is_down(keeper: Institution, operator: Client, look: Look) -> None:
    assert look() == (None, [])
    with serving("keeper", keeper.folder / "config.toml", keeper.port, operator):
        sizes = []
        for name in ("single", "cross-epoch"):
            log, _ = look()
            assert log is not None
            sizes.append(log.size)
            release(operator, name)
        log, found = look()
        assert log is not None
        assert ([*sizes, log.size], found) == ([0, 1, 2], [])
        assert log.up_since > 0
    down, found = look()
    assert down is not None
    assert (down.size, down.up_since, found) == (2, 0, [])


def test_a_log_that_owes_a_proof_for_too_long_is_found_out(served: Institution, operator: Client, look: Look) -> None:
    release(operator, "single")
    before, _ = look()
    release(operator, "cross-epoch")
    with sqlite3.connect(served.folder / "data.db") as connection:
        connection.execute("DELETE FROM log_nodes")
    assert [look() for _ in range(4)] == [(before, [])] * 4
    assert look() == (before, ["log-unproved"])
    assert look() == (before, ["log-unproved"])


def test_a_row_that_the_keeper_deleted_is_missed_in_its_year(
    node: Node, keeper: Institution, operator: Client, look: Look, runner: asyncio.Runner
) -> None:
    with serving("keeper", keeper.folder / "config.toml", keeper.port, operator):
        release(operator, "single")
        release(operator, "cross-epoch")
        log, _ = look()
        assert log is not None
        assert hold(node, log, runner) == []
        with closing(sqlite3.connect(keeper.folder / "data.db")) as theirs, theirs:
            theirs.execute("DELETE FROM rows WHERE rowid = (SELECT min(rowid) FROM rows)")
        assert hold(node, log, runner) == [("rows-missing", "keeper", "rows of fiscal year 2026")]
        # A release that is deleted is named by its place, with request and permit.
        with closing(sqlite3.connect(keeper.folder / "data.db")) as theirs, theirs:
            theirs.execute("DELETE FROM releases WHERE permit = ?", (run("single").permit_hash,))
        assert hold(node, log, runner)[1:] == [("record-lost", "keeper", "log index 0")]
    with node.store.reading() as connection:
        (named,) = holding.named(found for _, found in store.findings(connection))
    assert isinstance(named, dict)
    assert named["permit"] == canonical.b64(run("single").permit_hash)
    assert named["request"] == canonical.b64(run("single").request_hash)


def test_a_hidden_row_that_the_keeper_deleted_before_it_was_seen_is_missed_in_its_year(
    node: Node, keeper: Institution, operator: Client, look: Look, runner: asyncio.Runner
) -> None:
    with serving("keeper", keeper.folder / "config.toml", keeper.port, operator):
        release(operator, "hidden")
        log, _ = look()
        assert log is not None
        assert hold(node, log, runner) == []
        with closing(sqlite3.connect(keeper.folder / "data.db")) as theirs, theirs:
            theirs.execute("DELETE FROM hidden")
        assert hold(node, log, runner) == [("rows-missing", "keeper", "hidden rows of fiscal year 2026")]


def hold(node: Node, log: Log, runner: asyncio.Runner) -> list[tuple[str, str, str]]:
    """Look once at what the keeper holds; return what was ever found."""
    runner.run(holding.look(node, log, {}))
    with node.store.reading() as connection:
        return [(each.kind, each.party, each.subject) for _, each in store.findings(connection)]
