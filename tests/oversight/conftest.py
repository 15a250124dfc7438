"""The supervisor of the vectors' network in a folder of its own, with the law for its wards and its pension office."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mynumber.exchange.running.node import Node
from mynumber.oversight import store
from mynumber.oversight.config import OversightConfig
from mynumber.plumbing import config
from tests.keeper import town
from tests.keeper.town import Institution

ROLES = """
[roles]
municipality = ["ward-a", "ward-c"]
jps = ["pension"]
"""


@pytest.fixture
def place(tmp_path: Path) -> Institution:
    """The supervisor's folder; it holds a signing and a seal key, and none that could open a code."""
    secrets = town.world()
    keys: dict[str, bytes] = {"sign.key": secrets.signing["supervisor"], "seal.key": secrets.supervisor.seal}
    return town.settle(tmp_path / "supervisor", store.SCHEMA, party="supervisor", keys=keys)


@pytest.fixture
def settings(place: Institution) -> OversightConfig:
    """Its configuration."""
    return config.load(place.configure(role="supervisor", party="supervisor", tables=ROLES), OversightConfig)


@pytest.fixture
def node(place: Institution, settings: OversightConfig) -> Iterator[Node]:
    """Its open store, without a listener."""
    with town.opened(settings, place) as opened:
        yield opened
