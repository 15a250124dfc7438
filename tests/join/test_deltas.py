"""An operator sends its delta until the office has it, and again: the office's store may come back from a backup."""

import asyncio
from pathlib import Path

import pytest

from mynumber.codes.keys import OperatorKeys
from mynumber.exchange.running.own_keys import Own
from mynumber.network import rotation, store
from mynumber.plumbing import config
from mynumber.plumbing.canonical import Json
from mynumber.plumbing.client import PeerDown
from mynumber.plumbing.config import NodeConfig
from tests.keeper import town
from tests.register.town import Town, world


class Offices(Town):
    """The offices; each is away for the first call and has the delta from the second on."""

    async def call(self, party: str, name: str, body: Json, *, hops: int = 1) -> Json:
        """Take a form."""
        assert name == "form"
        self.calls.append((party, name))
        if self.calls.count((party, name)) == 1:
            raise PeerDown(party, "the connection was refused")
        return {}


def sent(tmp_path: Path, seconds: float) -> dict[str, int]:
    """Return how often each office was told in so many seconds; keys of the first operator of the vectors."""
    mine = world().operators[0]
    keys = {"log.key": town.random_key(), "sign.key": mine.sign, "layer.key": mine.layer, "seed.key": mine.seed}
    place = town.settle(tmp_path / "op", store.SCHEMA, party=mine.id, keys=keys)
    settings = config.load(place.configure(role="operator", party=mine.id), NodeConfig)
    offices = Offices(tmp_path)

    async def deliver() -> None:
        with town.opened(settings, place) as node:
            node.peers = offices
            own: Own[OperatorKeys] = Own(node, (), lambda _: mine)
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(seconds):
                    await rotation.deliver(node, own)

    asyncio.run(deliver())
    return {party: offices.calls.count((party, "form")) for party, _ in offices.calls}


def test_who_does_not_answer_is_told_at_once_again_and_who_answered_only_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotation, "_LOOK_SECONDS", 0.05)
    assert sent(tmp_path, 1.5) == {"ward-a": 2, "ward-c": 2, "pension": 2}


def test_who_answered_is_told_again_after_a_while(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rotation, "_LOOK_SECONDS", 0.05)
    monkeypatch.setattr(rotation, "_AGAIN_SECONDS", 0.5)
    assert min(sent(tmp_path, 2.0).values()) >= 4
