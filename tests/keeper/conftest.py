"""The keeper of the vectors' network in a folder of its own."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from mynumber.exchange.running.node import Node
from mynumber.keeper import store
from mynumber.keeper.app import keys_of
from mynumber.keeper.releasing import Keeper
from mynumber.plumbing import config
from mynumber.plumbing.config import NodeConfig
from tests.keeper import town
from tests.keeper.town import Institution


@pytest.fixture
def place(tmp_path: Path) -> Institution:
    """The keeper's folder."""
    return settled(tmp_path)


def settled(folder: Path, operators: Mapping[str, int] | None = None) -> Institution:
    """Make the keeper's folder inside another; `operators` are the ports at which it asks for addresses."""
    secrets = town.world().keeper
    mine: dict[str, bytes] = {"members.key": town.random_key(), "log.key": town.random_key()}
    keys = {**mine, "transport.key": secrets.y, "release.key": secrets.x, "sign.key": secrets.sign}
    return town.settle(folder / "keeper", store.SCHEMA, party="keeper", keys=keys, operators=operators)


@pytest.fixture
def node(place: Institution) -> Iterator[Node]:
    """The keeper's open store, without a listener."""
    settings = config.load(place.configure(role="keeper", party="keeper"), NodeConfig)
    with town.opened(settings, place) as opened:
        yield opened


@pytest.fixture
def keeper(node: Node) -> Keeper:
    """The keeper at work on a new store."""
    return at_work(node)


def at_work(node: Node, restored: int | None = None) -> Keeper:
    """Return a keeper with the keys of a node's folder."""
    node.restored = restored
    return Keeper(node, keys_of(node), node.key("members.key"))
