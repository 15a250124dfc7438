"""An operator passes on what the next party answers as it came: an answer byte for byte, a refusal as that party's."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from mynumber.codes.errors import ProtocolError
from mynumber.exchange.running import routes
from mynumber.exchange.running.node import Node
from mynumber.exchange.view import settling
from mynumber.exchange.view.peers import KeysChange
from mynumber.oversight import store as supervisor_store
from mynumber.plumbing import canonical, config, server
from mynumber.plumbing.canonical import Json
from mynumber.plumbing.client import PeerClient, PeerDown
from mynumber.plumbing.config import NodeConfig
from mynumber.plumbing.errors import NotFinished
from tests.keeper import town

ANSWER: Json = {"bundle": [1, {"z": "\u3042"}], "a": "x" * 100}


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    """A party that answers `last`, refuses `law`, is not `ready`, and passes each of them on as `to-...`."""
    place = town.settle(tmp_path / "supervisor", supervisor_store.SCHEMA, party="supervisor", keys={})
    path = place.configure(role="supervisor", party="supervisor")
    with town.opened(config.load(path, NodeConfig), place) as opened:
        opened.peers.learn({"supervisor": f"https://127.0.0.1:{place.port}"})
        _offer(opened)
        yield opened


def _offer(node: Node) -> None:
    async def changing(_peer: str, _body: Json) -> Json:
        raise NotFinished(settling.KEYS_CHANGE, "a key changes", hint=settling.HINT)

    async def garbage(_peer: str, _body: Json) -> bytes:
        return b"<html>gateway error</html>"

    async def last(_peer: str, _body: Json) -> Json:
        return ANSWER

    async def law(_peer: str, _body: Json) -> Json:
        raise ProtocolError("LAW_REFUSED", row="link-107")

    async def ready(_peer: str, _body: Json) -> Json:
        raise NotFinished("BUSY", "not now", hint="later")

    def passed_on(name: str) -> Callable[[str, Json], Awaitable[bytes]]:
        return lambda _peer, body: node.peers.relay("supervisor", name, body)

    for name, call in (("last", last), ("law", law), ("ready", ready), ("changing", changing), ("garbage", garbage)):
        routes.add_call(node, name, call)
        routes.add_call(node, f"to-{name}", passed_on(name))


def play(node: Node, scene: Callable[[PeerClient], Awaitable[None]]) -> None:
    """Play a scene with a client of the node's own while it listens."""

    async def played() -> None:
        port = node.config.peer.port
        listener = server.Listener(node.app, host="127.0.0.1", port=port, context=node.peer_context())
        await listener.start()
        try:
            await scene(await node.peers._pool("supervisor"))
        finally:
            await node.peers.close()
            await listener.stop()

    asyncio.run(played())


def test_an_answer_comes_back_byte_for_byte(node: Node) -> None:
    async def scene(client: PeerClient) -> None:
        straight, passed_on = [await client.post(f"/v1/{name}", b"{}") for name in ("last", "to-last")]
        assert straight.body == passed_on.body == canonical.encode(ANSWER)
        assert straight.status == passed_on.status == 200

    play(node, scene)


def test_a_refusal_is_raised_as_the_partys_own(node: Node) -> None:
    async def scene(client: PeerClient) -> None:
        straight, passed_on = [await client.post(f"/v1/{name}", b"{}") for name in ("law", "to-law")]
        assert straight.body == passed_on.body == canonical.encode({"error": "LAW_REFUSED", "row": "link-107"})
        assert straight.status == passed_on.status == 403
        with pytest.raises(ProtocolError, match="LAW_REFUSED"):
            await node.peers.relay("supervisor", "to-law", {})

    play(node, scene)


def test_who_is_not_ready_is_named_and_refuses_nothing(node: Node) -> None:
    async def scene(client: PeerClient) -> None:
        passed_on = await client.post("/v1/to-ready", b"{}")
        assert passed_on.body == canonical.encode({"error": "PEER_DOWN", "party": "supervisor"})
        assert passed_on.status == 503
        with pytest.raises(PeerDown, match="it answers 503"):
            await node.peers.relay("supervisor", "ready", {})

    play(node, scene)


def test_that_a_key_changes_is_told_with_what_to_do(node: Node) -> None:
    async def scene(client: PeerClient) -> None:
        straight = await client.post("/v1/changing", b"{}")
        assert (straight.status, straight.body) == (503, canonical.encode({"error": "KEYS_CHANGE"}))
        with pytest.raises(KeysChange) as told:
            await node.peers.call("supervisor", "changing", {})
        assert told.value.code == "KEYS_CHANGE"
        assert "changes in this minute" in told.value.message
        assert "does not answer" not in told.value.message
        assert told.value.hint == "ask again in a minute"

    play(node, scene)


def test_who_passed_garbage_on_unread_is_not_blamed(node: Node) -> None:
    async def scene(_client: PeerClient) -> None:
        with pytest.raises(PeerDown, match=r"^supervisor does not answer"):
            await node.peers.call("supervisor", "garbage", {})
        with pytest.raises(PeerDown, match=r"^no answer came through supervisor") as told:
            await node.peers.call("supervisor", "to-garbage", {}, hops=3)
        assert (told.value.code, told.value.peer) == ("PEER_DOWN", "supervisor")

    play(node, scene)


def test_who_is_down_is_named_by_the_word_of_the_one_before(node: Node) -> None:
    async def scene(_client: PeerClient) -> None:
        with pytest.raises(PeerDown, match="supervisor says so") as told:
            await node.peers.call("supervisor", "to-ready", {}, hops=2)
        assert told.value.peer == "supervisor"

    play(node, scene)
