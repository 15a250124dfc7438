"""Whose clock is off is said with both times, whoever it is."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from mynumber.exchange.running import clocks
from mynumber.exchange.running.node import Node
from mynumber.keeper import store as keeper_store
from mynumber.oversight import store as supervisor_store
from mynumber.plumbing import config, server
from mynumber.plumbing.clock import Clock
from mynumber.plumbing.config import NodeConfig
from tests.keeper import town

NOW = 1_790_000_000


def off(**times: int) -> tuple[str, bool | None] | None:
    found = clocks.judge({party.replace("_", "-"): NOW + seconds for party, seconds in times.items()}, NOW)
    return None if found is None else (found.party, found.ours)


def test_a_clock_is_off_beyond_what_is_allowed_and_rounding() -> None:
    assert off() is None
    assert off(operator_1=32, operator_2=-32, keeper=0) is None
    assert off(operator_1=33, operator_2=0, keeper=1) == ("operator-1", False)
    assert off(operator_1=0, operator_2=0, keeper=-40) == ("keeper", False)
    assert off(operator_1=40) == ("operator-1", None), "nobody else was heard who could tell"


def test_what_most_agree_on_is_believed_against_our_own() -> None:
    found = clocks.judge({"operator-1": NOW + 40, "operator-2": NOW + 41, "keeper": NOW + 40}, NOW)
    assert found is not None
    assert found.ours
    assert found.hint() == "set this machine's clock by a time service; 30 s are allowed"
    assert "40 s apart" in found.sentence()


def test_both_times_are_said() -> None:
    found = clocks.judge({"operator-1": NOW + 60, "operator-2": NOW, "keeper": NOW}, NOW)
    assert found is not None
    assert found.sentence() == "it is 2026-09-21 23:14:20 at operator-1 and 2026-09-21 23:13:20 here, 60 s apart"
    assert found.hint() == "set the clock of operator-1 by a time service; 30 s are allowed"


@pytest.fixture
def keeper(tmp_path: Path) -> Iterator[Node]:
    place = town.settle(tmp_path / "keeper", keeper_store.SCHEMA, party="keeper", keys={"log.key": town.random_key()})
    path = place.configure(role="keeper", party="keeper")
    with town.opened(config.load(path, NodeConfig), place) as node:
        yield node


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Node]:
    place = town.settle(tmp_path / "supervisor", supervisor_store.SCHEMA, party="supervisor", keys={})
    path = place.configure(role="supervisor", party="supervisor")
    with town.opened(config.load(path, NodeConfig), place) as node:
        yield node


def test_health_says_what_a_restored_store_refuses_and_for_how_long(keeper: Node) -> None:
    port = town.free_port()
    keeper.peers.learn({"keeper": f"https://127.0.0.1:{port}"})

    async def warnings() -> list[str]:
        told: list[str] = json.loads((await keeper.peers.look("keeper", "/health")).body)["warnings"]
        return told

    async def scene() -> None:
        listener = server.Listener(keeper.app, host="127.0.0.1", port=port, context=keeper.peer_context())
        await listener.start()
        try:
            assert await warnings() == []
            keeper.restored = keeper.clock.now() - 100
            [told] = await warnings()
            assert "came back from a backup" in told
            assert "wait 200 s" in told or "wait 199 s" in told
            keeper.restored = keeper.clock.now() - 301
            assert await warnings() == []
        finally:
            await keeper.peers.close()
            await listener.stop()

    asyncio.run(scene())


@pytest.mark.parametrize(("offset", "named"), [(0, None), (40, "supervisor"), (-40, "supervisor")])
def test_a_peer_says_its_own_time(keeper: Node, supervisor: Node, offset: int, named: str | None) -> None:
    port = town.free_port()
    keeper.peers.learn({"supervisor": f"https://127.0.0.1:{port}"})
    supervisor.clock = Clock(keeper.clock.offset_s + offset)

    async def scene() -> clocks.Off | None:
        context = supervisor.peer_context()
        listener = server.Listener(supervisor.app, host="127.0.0.1", port=port, context=context)
        await listener.start()
        try:
            return await clocks.ask(keeper, ["supervisor", "keeper", "operator-1"])
        finally:
            await keeper.peers.close()
            await listener.stop()

    found = asyncio.run(scene())
    assert (None if found is None else found.party) == named
    if found is not None:
        assert abs(found.there - found.here - offset) <= 1
        assert clocks.heard(keeper) == found
