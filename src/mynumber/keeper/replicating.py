"""How records reach every portal, and how a restored keeper learns what it has forgotten (PROTOCOL.md section 11).

  1. Owe everything to a portal that is new in the directory.
  2. Gather for a while, so that what is sent together says little about what was written together.
  3. Send what is owed, by locator, until the portal has answered all of it; then the next while begins.
  4. Note what the portal answered (faults `keeper.replicated.before` and `.after`).

Once after the start and every hour each portal is asked what it holds (`locators`). One that lacks rows which it
answered once, because its store came back from a backup, is owed everything again.

If we crash between 3 and 4, the same is sent again and changes nothing there. A portal that does not answer gets all of
it later and holds up no release.
"""

import asyncio
from collections.abc import Iterable
from typing import Final

from mynumber.codes import wire
from mynumber.codes.errors import ProtocolError
from mynumber.codes.records import rows
from mynumber.codes.wire import B16
from mynumber.exchange.running.node import Node
from mynumber.keeper import replicas
from mynumber.plumbing import faults, logs
from mynumber.plumbing.client import PeerDown

_ANSWER_SECONDS: Final = 1.0
_EXPIRE_SECONDS: Final = 3600.0
_LOOK_AFTER_SECONDS: Final = 3600.0
_ASK_AGAIN_SECONDS: Final = 10.0
_unsent, _unlisted = logs.OnChange("records.unsent"), logs.OnChange("locators.missing")
_LIST_HOPS: Final = 4  # a whole list of locators takes longer than an ordinary answer


class _Held(wire.Payload, frozen=True):
    """The answer to `locators`."""

    locators: tuple[B16, ...]


def portals(node: Node) -> list[str]:
    """Return the portals of the current directory."""
    return [agency.id for agency in node.view.directory.body.agencies if agency.portal]


async def replicate(node: Node, every: int) -> None:
    """Send rows and outcomes to all portals until cancelled."""
    while True:
        if node.view.standing is not None:
            await replicate_once(node)
        # (2) Gather.
        await asyncio.sleep(every)


async def replicate_once(node: Node) -> None:
    """Give every portal all that it is owed now; who does not answer is left for the next time."""
    # (1) New portals.
    named = portals(node)
    if await node.store.read(lambda connection: replicas.strangers(connection, named)):
        await node.store.write(lambda connection: replicas.admit(connection, named))
    await asyncio.gather(*(_send(node, portal) for portal in named))


async def _send(node: Node, portal: str) -> None:
    while batch := await node.store.read(lambda connection: replicas.owed(connection, portal)):
        # (3) Send.
        try:
            answer = await node.peers.call(portal, "replicate", batch.body())
        except (PeerDown, ProtocolError) as problem:
            _unsent.waits(problem.code, peer=portal)
            return
        if answer != {}:
            _unsent.waits("BAD_ENCODING", peer=portal)
            return
        _unsent.goes_on(peer=portal)
        # (4) Note it. What was written meanwhile waits for the next gathering, else it would go one by one as it came.
        await _settle(node, portal, batch)
        if not batch.full:
            return


async def _settle(node: Node, portal: str, batch: replicas.Batch) -> None:
    await faults.reach("keeper.replicated.before")
    await node.store.write(lambda connection: replicas.settle(connection, portal, batch))
    await faults.reach("keeper.replicated.after")
    logs.info("records.sent", peer=portal, count=len(batch.rows) + len(batch.outcomes))


async def relearn(node: Node) -> None:
    """Load the locators of all replicas once after the store came back; until then no row is numbered."""
    while missing(node) is not None:
        if node.view.standing is not None:
            await relearn_once(node)
        await asyncio.sleep(_ANSWER_SECONDS)
    await asyncio.Event().wait()


async def relearn_once(node: Node) -> bool:
    """Ask every replica for all of its locators; False if one did not answer, and then nothing counts."""
    restored = node.restored
    if restored is None:
        return True
    try:
        lists = [await _locators(node, portal) for portal in portals(node)]
    except (PeerDown, ProtocolError) as problem:
        _unlisted.waits(problem.code)
        return False
    _unlisted.goes_on()
    held = {locator for each in lists for locator in each}
    await node.store.write(lambda connection: replicas.relearn(connection, held, restored))
    logs.info("locators.loaded", count=len(held))
    return True


async def _locators(node: Node, portal: str) -> Iterable[bytes]:
    answer = await node.peers.call(portal, "locators", {}, hops=_LIST_HOPS)
    held = await asyncio.to_thread(wire.read, answer, _Held)
    return held.locators


def missing(node: Node) -> str | None:
    """Say what a restored keeper still waits for."""
    with node.store.reading() as connection:
        known = replicas.relearnt(connection, node.restored)
    return None if known else "the locators of every replica, from the portals"


async def look_after(node: Node) -> None:
    """See that every portal still holds what it answered, until cancelled; who does not answer is asked again soon."""
    while True:
        answered = False
        if node.view.standing is not None and missing(node) is None:
            answered = all([await look_after_once(node, portal) for portal in portals(node)])
        await asyncio.sleep(_LOOK_AFTER_SECONDS if answered else _ASK_AGAIN_SECONDS)


async def look_after_once(node: Node, portal: str) -> bool:
    """Owe a portal everything again if it lacks a row that it answered; False if it does not answer."""
    running = rows.fiscal_year(node.clock.now())
    # Looked at first: what the portal answers while it lists is in no list.
    answered = await node.store.read(lambda connection: replicas.answered(connection, portal, running))
    try:
        held = {bytes(locator) for locator in await _locators(node, portal)}
    except (PeerDown, ProtocolError):
        return False
    lost = len(answered - held)
    if lost:
        await node.store.write(lambda connection: replicas.forget(connection, portal))
        logs.info("records.lost", peer=portal, count=lost)
    return True


async def expire(node: Node) -> None:
    """Erase what is too old until cancelled."""
    while True:
        running = rows.fiscal_year(node.clock.now())
        gone = await node.store.write(lambda connection: replicas.expire(connection, running))  # noqa: B023  # awaited
        if gone:
            logs.info("records.expired", count=gone)
        await asyncio.sleep(_EXPIRE_SECONDS)
