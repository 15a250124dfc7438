"""Records reach every portal, whole, in an order that tells nothing, through kills; a restored keeper asks first."""

import asyncio
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection, delete, func, select

from mynumber.codes.records import hidden, rows
from mynumber.codes.records.forms import Outcome
from mynumber.exchange.running.node import Node
from mynumber.exchange.setup import Party
from mynumber.keeper import replicas, replicating, store
from mynumber.keeper import setup as keeper_setup
from mynumber.keeper.config import KeeperConfig
from mynumber.keeper.releasing import Keeper
from mynumber.network import store as operator_store
from mynumber.plumbing import canonical, config
from mynumber.plumbing.config import NodeConfig
from mynumber.plumbing.errors import NotFinished
from tests.keeper import replica, town
from tests.keeper.conftest import at_work, settled
from tests.keeper.processes import Client
from tests.keeper.processes import serving as serving_room
from tests.keeper.test_outcomes import NOT, OK, hand_in, outcome
from tests.keeper.test_releasing import ask, enrol, released
from tests.keeper.town import Institution, full_bundle, run


@pytest.fixture
def portal(tmp_path: Path) -> Institution:
    """The portal's folder."""
    return replica.settled(tmp_path)


@pytest.fixture
def client(tmp_path: Path, portal: Institution) -> Client:
    """The keeper as the portal sees it."""
    return Client(tmp_path / "caller", "keeper", {"portal": portal.port})


Round = Callable[[], None]


@contextmanager
def rounds(node: Node, portal: Institution) -> Iterator[asyncio.Runner]:
    """Let the keeper's open store reach the portal."""
    node.peers.learn({"portal": f"https://127.0.0.1:{portal.port}"})
    with asyncio.Runner() as runner:
        yield runner
        runner.run(node.peers.close())


def owed(node: Node) -> int:
    with node.store.reading() as connection:
        return connection.execute(select(func.count()).select_from(store.OWED)).scalar_one()


def mine(node: Node, table: str = "rows") -> set[tuple[int, bytes, bytes]]:
    with node.store.reading() as connection:
        query = f"SELECT year, locator, sealed FROM {table}"
        return {(row[0], row[1], row[2]) for row in connection.exec_driver_sql(query)}


def write_rows(node: Node, count: int, *, year: int = 2026) -> list[bytes]:
    """Write rows as a release does, in one series; return their locators in the order of writing."""
    locators = [os.urandom(16) for _ in range(count)]
    with node.store.writing() as connection:
        for locator in locators:
            store.put_row(connection, locator, year=year, sealed=os.urandom(1040))
            replicas.owe(connection, "row", locator)
    return locators


def test_rows_and_outcomes_reach_the_portal_and_open_there(
    node: Node, keeper: Keeper, portal: Institution, client: Client
) -> None:
    passage, _ = released(keeper, "batch")
    hand_in(keeper, outcome("batch", OK, NOT, OK), "pension")
    with replica.serving(portal, client), rounds(node, portal) as runner:
        runner.run(replicating.replicate_once(node))
        assert owed(node) == 0
        # What is written from now on is owed too.
        released(keeper, "cross-epoch")
        assert owed(node) == 1
        runner.run(replicating.replicate_once(node))
    kept = replica.held(portal)
    assert set(kept) == mine(node)
    assert len(kept) == 4
    lying = {locator: sealed for _, locator, sealed in kept}
    reading = rows.read_series(
        rows.open_series(passage.tags[0], 2026), lambda locator: [lying[locator]] if locator in lying else []
    )
    assert [number for number, _ in reading.found] == [0, 1]
    ((_, _, sealed),) = replica.held(portal, "replica_outcomes")
    permit = passage.permit_hash
    signer = node.view.directory.signer("pension")
    said: Outcome = hidden.check_outcome(hidden.open_outcome(permit, sealed), permit, signer, "demo")
    assert said.results == (OK, NOT, OK)


def test_a_new_portal_gets_everything_in_an_order_that_tells_nothing(
    node: Node, portal: Institution, client: Client
) -> None:
    written = write_rows(node, 700)
    assert owed(node) == 0  # nobody was known yet
    with replica.serving(portal, client), rounds(node, portal) as runner:
        runner.run(replicating.replicate_once(node))
        assert set(replica.held(portal)) == mine(node)
        arrived = [locator for _, locator, _ in replica.held(portal)]
        assert arrived == sorted(written) != written
        # A second round has nothing to send, and the same again would change nothing.
        with node.store.writing() as connection:
            connection.execute(store.REPLICAS.delete())
        runner.run(replicating.replicate_once(node))
        assert len(replica.held(portal)) == 700


def test_a_portal_that_is_away_is_owed_everything_and_holds_up_nobody(
    node: Node, keeper: Keeper, portal: Institution, client: Client
) -> None:
    with rounds(node, portal) as runner:
        runner.run(replicating.replicate_once(node))
        released(keeper, "batch")
        runner.run(replicating.replicate_once(node))
        assert owed(node) == 3
        with replica.serving(portal, client):
            runner.run(replicating.replicate_once(node))
    assert (owed(node), set(replica.held(portal))) == (0, mine(node))


def test_a_batch_fits_a_body(node: Node) -> None:
    with node.store.writing() as connection:
        replicas.admit(connection, ["portal"])
        for _ in range(12):
            locator = os.urandom(16)
            store.put_outcome(connection, locator, year=2026, sealed=os.urandom(16 + 200 * 1024))
            replicas.owe(connection, "outcome", locator)
    write_rows(node, 300)
    sent = 0
    with node.store.writing() as connection:
        while batch := replicas.owed(connection, "portal"):
            assert len(canonical.encode(batch.body())) < 3 * 1024 * 1024
            sent += len(batch.rows) + len(batch.outcomes)
            replicas.settle(connection, "portal", batch)
    assert sent == 312


def test_a_portal_that_lost_its_replica_is_owed_everything_again(node: Node) -> None:
    with node.store.writing() as connection:
        replicas.admit(connection, ["portal"])
    write_rows(node, 3)
    with node.store.writing() as connection:
        connection.execute(delete(store.REPLICAS))
        replicas.admit(connection, ["portal"])
        replicas.admit(connection, ["portal"])
    assert owed(node) == 3


def test_what_is_written_while_records_travel_waits_for_the_next_gathering(
    node: Node, portal: Institution, client: Client
) -> None:
    with rounds(node, portal) as runner, replica.serving(portal, client):
        runner.run(replicating.replicate_once(node))
        write_rows(node, 1)
        settle = replicas.settle

        def busy(connection: Connection, party: str, batch: replicas.Batch) -> None:
            settle(connection, party, batch)
            locator = os.urandom(16)
            store.put_row(connection, locator, year=2026, sealed=os.urandom(1040))
            replicas.owe(connection, "row", locator)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(replicas, "settle", busy)
            runner.run(replicating.replicate_once(node))
        assert owed(node) == 1
        runner.run(replicating.replicate_once(node))
    assert owed(node) == 0


def test_what_is_of_the_eighth_year_before_the_running_one_goes(node: Node) -> None:
    with node.store.writing() as connection:
        replicas.admit(connection, ["portal"])
        for year in (2022, 2023):
            store.put_outcome(connection, os.urandom(16), year=year, sealed=bytes(1040))
            store.hide(connection, store.HiddenRow(os.urandom(32), 0, year, b"", b""))
    for year in (2022, 2023):
        write_rows(node, 2, year=year)
    with node.store.writing() as connection:
        assert replicas.expire(connection, 2029) == 0
        assert replicas.expire(connection, 2030) == 4
        assert replicas.expire(connection, 2030) == 0
    assert {year for year, _, _ in mine(node) | mine(node, "outcomes")} == {2023}
    assert owed(node) == 2


# A restored keeper.


def test_a_restored_keeper_numbers_nothing_before_it_has_asked_every_replica(
    place: Institution, portal: Institution, client: Client, tmp_path: Path
) -> None:
    with town.opened(opening(place), place) as node:
        enrol(at_work(node), run("single"))
    backup = tmp_path / "backup.db"
    shutil.copy(place.folder / "data.db", backup)
    with replica.serving(portal, client):
        with town.opened(opening(place), place) as node, rounds(node, portal) as runner:
            ask(at_work(node), full_bundle(run("single")))
            runner.run(replicating.replicate_once(node))
        for path in place.folder.glob("data.db*"):
            path.unlink()
        shutil.copy(backup, place.folder / "data.db")
    with town.opened(opening(place), place) as node, rounds(node, portal) as runner:
        keeper = at_work(node, run("single").issued - 300)
        # The portal is away: nothing is numbered, and enrolment goes on.
        assert runner.run(replicating.relearn_once(node)) is False
        assert replicating.missing(node) is not None
        with pytest.raises(NotFinished, match="asks all replicas first"):
            ask(keeper, full_bundle(run("cross-epoch")))
        assert ask(keeper, full_bundle(run("enrol")))
        with replica.serving(portal, client):
            assert runner.run(replicating.relearn_once(node)) is True
            assert replicating.missing(node) is None
            ask(keeper, full_bundle(run("cross-epoch")))
            runner.run(replicating.replicate_once(node))
    lying = {locator: sealed for _, locator, sealed in replica.held(portal)}
    reading = rows.read_series(
        rows.open_series(run("single").tags[0], 2026), lambda locator: [lying[locator]] if locator in lying else []
    )
    # Number 0 is of before, number 1 of after: without the lists both would have been 0.
    assert [(number, bytes(row.permit)) for number, row in reading.found] == [
        (0, run("single").permit_hash),
        (1, run("cross-epoch").permit_hash),
    ]


def test_a_restoration_is_relearnt_once_and_a_later_one_again(node: Node) -> None:
    with node.store.writing() as connection:
        assert replicas.relearnt(connection, None)
        assert not replicas.relearnt(connection, 1000)
        replicas.relearn(connection, [bytes(16)], 1000)
        assert replicas.relearnt(connection, 1000)
        assert not replicas.relearnt(connection, 1001)
        assert store.taken(connection, bytes(16))


def opening(place: Institution) -> NodeConfig:
    return config.load(place.configure(role="keeper", party="keeper"), NodeConfig)


def test_the_configuration_of_init_is_read_as_it_was_meant(tmp_path: Path) -> None:
    party = Party(role="keeper", id="keeper", organisation="org", network="demo", port=4000)
    keeper_setup.init(tmp_path / "keeper", party)
    assert config.load(tmp_path / "keeper" / "config.toml", KeeperConfig).replicate_every_s == 2


# Processes that are killed.


class Three:
    """Keeper, portal and the operator that says where everybody lives, in folders of their own."""

    def __init__(self, folder: Path) -> None:
        ports = {"op-1": town.free_port()}
        secrets = town.world().operators[0]
        keys: dict[str, bytes] = {"seed.key": secrets.seed, "layer.key": secrets.layer, "sign.key": secrets.sign}
        keys["log.key"] = town.random_key()
        operator = town.settle(folder / "op-1", operator_store.SCHEMA, party="op-1", keys=keys, operators=ports)
        self.operator = Institution(operator.folder, operator.schema, ports["op-1"])
        self.keeper = settled(folder, ports)
        self.portal = replica.settled(folder, ports)
        ports |= {"keeper": self.keeper.port, "portal": self.portal.port}
        urls = {party: f"https://127.0.0.1:{port}" for party, port in ports.items()}
        (self.operator.folder / "addresses.json").write_bytes(canonical.encode(urls))
        directory = canonical.encode(town.as_json(town.world().directory))
        (self.operator.folder / "directory.json").write_bytes(directory)
        self.client = Client(folder / "caller", "ward-a", ports)
        with town.opened(opening(self.keeper), self.keeper) as node:
            released(at_work(node), "batch")

    @contextmanager
    def operating(self) -> Iterator[None]:
        path = self.operator.configure(role="operator", party="op-1")
        with serving_room("network", path, self.operator.port, self.client, begun="/addresses.json"):
            yield

    @contextmanager
    def keeping(self) -> Iterator[None]:
        with serving_room("keeper", self.configured(), self.keeper.port, self.client, begun="/log/vkey"):
            yield

    def keep_until_killed(self, point: str) -> int:
        """Run the keeper until it ends by itself; it may end before anybody has spoken to it."""
        program = "import sys, pathlib; from mynumber.keeper.app import serve; serve(pathlib.Path(sys.argv[1]))"
        path = str(self.configured(f'"{point}" = "kill"'))
        return subprocess.run([sys.executable, "-c", program, path], check=False, timeout=30).returncode

    def configured(self, faults: str = "") -> Path:
        tables = "replicate_every_s = 1"
        return self.keeper.configure(role="keeper", party="keeper", faults=faults, tables=tables)

    def owed(self) -> int:
        with closing(sqlite3.connect(self.keeper.folder / "data.db")) as connection:
            found: int = connection.execute("SELECT count(*) FROM owed").fetchone()[0]
            return found


def until(look: Callable[[], bool], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not look():
        assert time.monotonic() < end, "it did not come in time"
        time.sleep(0.1)


@pytest.mark.parametrize(("point", "still"), [("keeper.replicated.before", 3), ("keeper.replicated.after", 0)])
def test_a_keeper_killed_while_it_notes_an_answer_sends_again_and_nothing_comes_twice(
    tmp_path: Path, point: str, still: int
) -> None:
    three = Three(tmp_path)
    with three.operating(), replica.serving(three.portal, three.client):
        assert three.keep_until_killed(point) == -9
        assert (three.owed(), len(replica.held(three.portal))) == (still, 3)
        with three.keeping():
            until(lambda: three.owed() == 0)
        assert len(replica.held(three.portal)) == 3


@pytest.mark.parametrize(("point", "kept"), [("portal.replicated.before", 0), ("portal.replicated.after", 3)])
def test_a_portal_killed_at_its_commit_gets_it_again(tmp_path: Path, point: str, kept: int) -> None:
    three = Three(tmp_path)
    with three.operating():
        faults = f'"{point}" = "kill"'
        with replica.serving(three.portal, three.client, faults=faults) as process, three.keeping():
            assert process.wait(timeout=20) == -9
            assert (three.owed(), len(replica.held(three.portal))) == (3, kept)
        with replica.serving(three.portal, three.client), three.keeping():
            until(lambda: three.owed() == 0)
    assert len(replica.held(three.portal)) == 3


def test_a_portal_that_lost_rows_which_it_answered_gets_everything_again(
    node: Node, keeper: Keeper, portal: Institution, client: Client
) -> None:
    released(keeper, "batch")
    hand_in(keeper, outcome("batch", OK, NOT, OK), "pension")
    with rounds(node, portal) as runner:
        with replica.serving(portal, client):
            runner.run(replicating.replicate_once(node))
        rows_there, outcomes_there = set(replica.held(portal)), replica.held(portal, "replica_outcomes")
        with closing(sqlite3.connect(portal.folder / "data.db")) as theirs, theirs:
            theirs.execute("DELETE FROM replica_rows WHERE rowid = (SELECT max(rowid) FROM replica_rows)")
            theirs.execute("DELETE FROM replica_outcomes")
        # Nobody can be asked, and nothing is owed.
        assert not runner.run(replicating.look_after_once(node, "portal"))
        assert owed(node) == 0
        with replica.serving(portal, client):
            assert runner.run(replicating.look_after_once(node, "portal"))
            runner.run(replicating.replicate_once(node))
            assert (set(replica.held(portal)), replica.held(portal, "replica_outcomes")) == (rows_there, outcomes_there)
            # One that holds everything is owed nothing; what is owed and not there yet is not lost.
            write_rows(node, 3)
            assert owed(node) == 3
            assert runner.run(replicating.look_after_once(node, "portal"))
            assert owed(node) == 3


def test_what_a_portal_answers_while_it_is_asked_what_it_holds_is_not_lost(
    node: Node, portal: Institution, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask_for_locators = replicating._locators

    async def list_then_replicate(asker: Node, party: str) -> Iterable[bytes]:
        found = await ask_for_locators(asker, party)
        write_rows(asker, 2)
        await replicating.replicate_once(asker)
        return found

    with rounds(node, portal) as runner, replica.serving(portal, client):
        write_rows(node, 3)
        runner.run(replicating.replicate_once(node))
        monkeypatch.setattr(replicating, "_locators", list_then_replicate)
        assert runner.run(replicating.look_after_once(node, "portal"))
        assert len(replica.held(portal)) == 5
        with node.store.reading() as connection:
            assert replicas.strangers(connection, ["portal"]) == []


def test_rows_that_are_too_old_to_be_kept_are_not_lost(node: Node, portal: Institution, client: Client) -> None:
    """A portal may erase them before the keeper does."""
    with rounds(node, portal) as runner, replica.serving(portal, client):
        write_rows(node, 3)
        runner.run(replicating.replicate_once(node))
        write_rows(node, 1, year=2026 - replicas.KEPT_YEARS)
        with node.store.writing() as connection:
            connection.execute(delete(store.OWED))
        assert runner.run(replicating.look_after_once(node, "portal"))
        with node.store.reading() as connection:
            assert replicas.strangers(connection, ["portal"]) == []
