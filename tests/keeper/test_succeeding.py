"""A new keeper has everything of the one before, and cannot be served before it has."""

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import select

from mynumber.exchange import setup
from mynumber.exchange.running import serving
from mynumber.exchange.setup import CONFIG, Party
from mynumber.keeper import setup as keeper
from mynumber.keeper import store, succeeding
from mynumber.keeper.config import KeeperConfig
from mynumber.plumbing import config, database
from mynumber.plumbing.config import NodeConfig
from mynumber.plumbing.errors import Conflict, WrongUse
from tests.keeper import town
from tests.keeper.conftest import at_work, settled
from tests.keeper.test_releasing import released

TABLES = (store.RELEASES, store.MEMBERS, store.COUNTERS, store.ROWS, store.COUNTS)


@pytest.fixture
def before(tmp_path: Path) -> Path:
    """A keeper that has enrolled and released."""
    place = settled(tmp_path)
    with town.opened(config.load(place.configure(role="keeper", party="keeper"), NodeConfig), place) as node:
        released(at_work(node), "single")
    return place.folder


@pytest.fixture
def after(tmp_path: Path) -> Path:
    """A keeper that is to take over."""
    folder = tmp_path / "keeper-2"
    party = Party(role="keeper", id="keeper-2", organisation="org-new", network="demo", port=4001)
    keeper.init(folder, party, successor=True)
    return folder


def held(folder: Path) -> list[object]:
    """Return what lies in a keeper's tables."""
    settings = config.load(folder / CONFIG, KeeperConfig)
    url = database.store_url(settings.store, folder)
    opened = database.Store(url, store.SCHEMA.metadata, store.SCHEMA.version)
    try:
        with opened.reading() as connection:
            return [sorted(map(tuple, connection.execute(select(table)))) for table in TABLES]
    finally:
        opened.close()


def test_everything_that_was_kept_comes_over_once(before: Path, after: Path) -> None:
    with pytest.raises(WrongUse, match="has not taken over"):
        succeeding.require_taken_over(after)
    assert succeeding.succeed(before, after) == 1
    assert held(after) == held(before)
    assert all(held(after))
    succeeding.require_taken_over(after)
    assert (after / "keys" / "members.key").read_bytes() == (before / "keys" / "members.key").read_bytes()
    assert (after / "keys" / "log.key").read_bytes() != (before / "keys" / "log.key").read_bytes()
    with pytest.raises(Conflict, match="has taken over"):
        succeeding.succeed(before, after)


def test_nobody_takes_over_from_a_keeper_that_is_served_or_from_another_party(before: Path, after: Path) -> None:
    with serving.taken(config.load(before / CONFIG, KeeperConfig), before), pytest.raises(WrongUse, match="serves"):
        succeeding.succeed(before, after)
    with pytest.raises(WrongUse, match="from another of its network"):
        succeeding.succeed(after, after)
    assert held(after) == [[]] * len(TABLES)


def test_a_death_behind_the_commit_is_made_up_for(before: Path, after: Path) -> None:
    setup.set_test_town(after / CONFIG, faults={"keeper.succeeded.commit.after": "kill"})
    command = [sys.executable, "-m", "mynumber", "join", "succeed", "--from", str(before), "--dir", str(after)]
    assert subprocess.run(command, capture_output=True, check=False).returncode == -9
    with pytest.raises(WrongUse, match="has not taken over"):
        succeeding.require_taken_over(after)
    setup.set_test_town(after / CONFIG, faults={})
    succeeding.succeed(before, after)
    assert held(after) == held(before)


def test_no_table_of_the_keeper_is_forgotten() -> None:
    stays = {"key_marks", "papers", "restored", "log_checkpoint", "log_entries", "log_nodes", "schema_version"}
    handed_over = {table.name for table in succeeding.HANDED_OVER}
    assert handed_over | stays >= set(store.SCHEMA.metadata.tables) >= handed_over
    assert not handed_over & stays
