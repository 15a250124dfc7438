"""Which of two secrets fits: the one that the named directory lists, as long as a message may name it."""

import asyncio
import dataclasses
import gc
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from mynumber.codes.keys import KeeperKeys, scalar_from
from mynumber.codes.parties import handing_in
from mynumber.codes.parties.directory import Directory
from mynumber.codes.parties.standing import Standing
from mynumber.exchange.running import own_keys
from mynumber.exchange.running.node import Node
from mynumber.exchange.running.own_keys import Own
from mynumber.keeper.app import keys_of
from mynumber.plumbing import config, keyfiles
from mynumber.plumbing.clock import Clock
from mynumber.plumbing.config import NodeConfig
from mynumber.plumbing.errors import NotFinished, WrongUse
from tests.codes.ceremony import Town, raw
from tests.keeper import town
from tests.keeper.conftest import settled

TOWN = Town.of()
NEXT = dataclasses.replace(TOWN.keeper, y=scalar_from(raw("next", 64)))
FIRST = TOWN.first()
SECOND = TOWN.second(
    dataclasses.replace(
        TOWN.parties(),
        keeper=handing_in.keeper_entry(NEXT, dataclasses.replace(TOWN.vouching("keeper"), serial=2)),
    )
)
BEGINS = SECOND.body.not_before


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    """A keeper whose folder holds the secret in use and the next one, and which stands on the second directory."""
    place = settled(tmp_path)
    settings = config.load(place.configure(role="keeper", party="keeper"), NodeConfig)
    with town.opened(settings, place) as opened:
        for name, secret in (("transport", TOWN.keeper.y), ("release", TOWN.keeper.x), ("sign", TOWN.keeper.sign)):
            own_keys.settled(opened.folder, name).unlink()
            keyfiles.write_secret(own_keys.settled(opened.folder, name), secret)
        keyfiles.write_secret(own_keys.following(opened.folder, "transport"), NEXT.y)
        opened.view.standing = Standing(FIRST).accept(SECOND)
        yield opened


def test_a_message_is_opened_with_the_secret_of_the_directory_it_names(node: Node) -> None:
    own = keys_of(node)
    assert own.named(FIRST.hash).y == TOWN.keeper.y
    assert own.named(SECOND.hash).y == own.current.y == NEXT.y
    assert own.named(bytes(32)).y == NEXT.y
    assert own.named(FIRST.hash).x == own.current.x == TOWN.keeper.x


def test_a_secret_that_no_directory_lists_is_nobodys(node: Node) -> None:
    path = own_keys.following(node.folder, "transport")
    path.unlink()
    keyfiles.write_secret(path, scalar_from(raw("foreign", 64)))
    own = keys_of(node)
    assert own.named(FIRST.hash).y == TOWN.keeper.y
    with pytest.raises(WrongUse, match="not this party's own"):
        own.check()


def test_a_settled_secret_is_in_memory_no_more_and_messages_of_before_are_still_told_no(node: Node) -> None:
    def everywhere() -> list[KeeperKeys]:
        return [each for each in gc.get_objects() if isinstance(each, KeeperKeys) and each.y == TOWN.keeper.y]

    def held() -> list[KeeperKeys]:
        return [each for each in everywhere() if not any(each is other for other in others)]

    async def settle(own: Own[KeeperKeys]) -> None:
        settling = asyncio.create_task(own.settle())
        for _ in range(2000):
            await asyncio.sleep(0.01)
            if not own._made:
                break
        settling.cancel()

    others = everywhere()
    own = keys_of(node)
    assert own.named(FIRST.hash).y == TOWN.keeper.y
    assert held() != []
    node.clock = Clock(BEGINS + 4330 - int(time.time()))
    asyncio.run(settle(own))
    gc.collect()
    assert held() == []
    assert not own_keys.following(node.folder, "transport").exists()
    # Which key opens it does not matter: R3 refuses what names the directory before.
    assert own.named(FIRST.hash).y == NEXT.y


def over(node: Node, after: int) -> bool:
    """Tell whether the old transport secret has had its time, so long after the second directory's beginning."""
    node.clock = Clock(BEGINS + after - int(time.time()))
    own = keys_of(node)
    return next(own.is_over(each) for each in own.secrets if each.name == "transport")


@pytest.mark.parametrize(("after", "expected"), [(0, False), (4319, False), (4330, True)])
def test_the_old_secret_stays_as_long_as_the_directory_before_counts(node: Node, after: int, *, expected: bool) -> None:
    assert over(node, after) is expected


@pytest.mark.parametrize("after", [0, 10_000])
def test_a_secret_that_is_not_listed_yet_takes_no_place(node: Node, after: int) -> None:
    node.view.standing = Standing(FIRST)
    assert not over(node, after)


def test_the_next_secret_takes_the_place_and_the_old_bytes_go(node: Node) -> None:
    own, path = keys_of(node), own_keys.settled(node.folder, "transport")
    beside = path.with_name("same-file")
    beside.hardlink_to(path)
    own_keys.replace(node.folder, "transport")
    assert own_keys.held(node.folder, "transport") == (NEXT.y,)
    # The blocks of the old file, which another name still shows here, hold nothing any more.
    assert beside.read_bytes() == bytes(32)
    assert own.current.y == NEXT.y


def test_a_party_that_no_directory_lists_yet_waits(node: Node) -> None:
    assert own_keys.missing(node) is None
    stranger = Own(node, (), lambda _: KeeperKeys)
    node.config = NodeConfig(role="keeper", id="keeper-2", organisation="x", network="demo", peer=node.config.peer)
    assert own_keys.missing(node) == "a directory that lists keeper-2"
    with pytest.raises(NotFinished):
        stranger.of(listed(SECOND))


def listed(directory: Directory) -> Directory:
    """Return the directory; it lists the keeper and no second one."""
    assert directory.signing_key("keeper-2") is None
    return directory
