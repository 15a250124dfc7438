"""A town that is too small for the batches of a bench is told so, before anything is asked in it."""

from pathlib import Path

import pytest

from mynumber.plumbing.errors import NotFinished, WrongUse
from mynumber.world.bench import exchange, staging
from mynumber.world.town import boot
from mynumber.world.town.boot import TownSpec


def test_a_small_town_is_wrong_use_and_a_stopped_one_not_finished(tmp_path: Path) -> None:
    town = boot.build_town(tmp_path / "town", TownSpec(residents=50))
    staged = staging._staged(town, {})
    assert 0 < len(staged.persons) < exchange.BATCH
    with pytest.raises(WrongUse, match="a batch takes 64"):
        staged.open_cases(1, exchange.BATCH)
    with pytest.raises(NotFinished, match="does not run"):
        staging.running_town(town.folder)
