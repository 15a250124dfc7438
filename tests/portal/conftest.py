"""One small town for all tests of the portal that need a network."""

from collections.abc import Iterator

import pytest

from tests.portal import town
from tests.portal.town import SmallTown


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallTown]:
    """The town, at work."""
    with town.running(tmp_path_factory.mktemp("small")) as running:
        yield running
