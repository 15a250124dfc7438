"""O6: a store that is older than its folder refuses what it may have forgotten; a new one does not."""

import shutil
from pathlib import Path

import pytest

from mynumber.exchange.log import restoring
from mynumber.exchange.running.node import Node
from mynumber.keeper import replicas
from mynumber.keeper.releasing import Keeper
from mynumber.plumbing import config
from mynumber.plumbing.config import NodeConfig
from tests.keeper import town
from tests.keeper.conftest import at_work
from tests.keeper.test_releasing import ask, enrol, refused, sizes
from tests.keeper.town import Institution, full_bundle, run


def export(node: Node) -> None:
    """Export the log as the process does."""
    (node.folder / "log").mkdir(exist_ok=True)
    with node.store.reading() as connection:
        (node.folder / "log" / "checkpoint").write_bytes(node.journal.checkpoint(connection))


def restored_at(node: Node, configured: int) -> int | None:
    """Look as `serve` does."""
    place = restoring.Place(node.folder, node.store, node.journal, node.schema.restorations)
    return restoring.restored_at(place, now=node.clock.now(), configured=configured)


def opened_again(place: Institution) -> NodeConfig:
    return config.load(place.configure(role="keeper", party="keeper"), NodeConfig)


def test_a_new_store_and_a_whole_one_are_not_restored(node: Node, keeper: Keeper) -> None:
    assert restored_at(node, 0) is None
    enrol(keeper, run("single"))
    ask(keeper, full_bundle(run("single")))
    assert restored_at(node, 0) is None
    export(node)
    assert restored_at(node, 0) is None


def test_an_older_store_is_found_out_and_stays_known(place: Institution, tmp_path: Path) -> None:
    backup = tmp_path / "backup.db"
    shutil.copy(place.folder / "data.db", backup)
    with town.opened(opened_again(place), place) as node:
        keeper = at_work(node)
        enrol(keeper, run("single"))
        ask(keeper, full_bundle(run("single")))
        export(node)
    for path in place.folder.glob("data.db*"):
        path.unlink()
    shutil.copy(backup, place.folder / "data.db")
    with town.opened(opened_again(place), place) as node:
        at = restored_at(node, 0)
        assert at is not None
        assert abs(at - town.NOW) < 30
        keeper = at_work(node, at)
        enrol(keeper, run("single"))
        before = sizes(node)
        assert refused(keeper, full_bundle(run("single"))) == "PERMIT_EXPIRED"
        assert sizes(node) == before
        export(node)
    with town.opened(opened_again(place), place, now=town.NOW + 100) as node:
        assert restored_at(node, 0) == at


def test_what_was_issued_well_behind_the_restored_start_is_released(node: Node) -> None:
    keeper = at_work(node, run("single").issued - 300)
    node.store.write_now(lambda connection: replicas.relearn(connection, [], run("single").issued - 300))
    enrol(keeper, run("single"))
    assert ask(keeper, full_bundle(run("single")))


@pytest.mark.parametrize("data", [b"", b"no checkpoint"])
def test_an_export_that_cannot_be_read_counts_as_restored(node: Node, data: bytes) -> None:
    export(node)
    (node.folder / "log" / "checkpoint").write_bytes(data)
    assert restored_at(node, 0) is not None


def test_the_configuration_speaks_for_a_folder_restored_as_a_whole(node: Node) -> None:
    assert restored_at(node, town.NOW - 5) == town.NOW - 5
    node.store.write_now(lambda connection: node.schema.restorations.note(connection, town.NOW))
    assert restored_at(node, town.NOW - 5) == town.NOW
