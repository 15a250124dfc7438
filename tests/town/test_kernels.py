"""A town works on either kernel of the group: the other tests of this folder on the accelerator, this on libsodium."""

from pathlib import Path

import pytest

from mynumber.world.bench import exchange, staging
from mynumber.world.bench.exchange import Extent
from tests.town.conftest import Served

SHORT = Extent(rounds=1, seconds=0.3, in_flight=(1,), batches_in_flight=1)
NAMES = ("mynumber_ristretto", "libsodium")


def loaded(pid: int) -> list[bool]:
    """Return which of both libraries a process has in its memory."""
    maps = Path(f"/proc/{pid}/maps").read_text(encoding="utf-8")
    return [name in maps for name in NAMES]


def test_the_towns_processes_have_loaded_the_accelerator(served: Served) -> None:
    assert [loaded(each["pid"]) for each in served.processes.listed()] == [[True, True]] * 11


def test_a_town_without_it_asks_and_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MYNUMBER_GROUP", "libsodium")
    with staging.own_town() as town:
        assert [loaded(pid) for pid in town.pids.values()] == [[False, True]] * 11
        # Breaks off where an exchange that was counted does not lie in every store.
        exchange.measure(town, SHORT, lambda _what: None)
        assert all(counted["single"] > 0 for counted in exchange.recorded_exchanges(town.evidence).values())
