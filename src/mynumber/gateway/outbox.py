"""Forms that must reach another party, later if it is away: stored with the step they belong to, sent until answered.

A form may arrive twice; its effect there happens once. If we crash between sending and noting it, it is sent again.
"""

import asyncio

from sqlalchemy import Connection, select, update

from mynumber.codes.errors import ProtocolError
from mynumber.exchange.node import Node
from mynumber.gateway.store import OUTBOX
from mynumber.plumbing import canonical, logs
from mynumber.plumbing.client import PeerDown

_IDLE_SECONDS = 2.0
_BATCH = 64


async def deliver(node: Node, woken: asyncio.Event) -> None:
    """Deliver until cancelled; `woken` is set when there is something new."""
    while True:
        woken.clear()
        for number, party, body in await node.store.read(_undelivered):
            try:
                await node.peers.call(party, "form", canonical.decode(body))
            except PeerDown:
                break
            except ProtocolError as refused:
                # Kept: a refusal of what we signed is a finding for people, and may pass (a newer directory).
                logs.info("form.refused", peer=party, code=refused.code)
                continue
            await _note(node, number)
        try:
            async with asyncio.timeout(_IDLE_SECONDS):
                await woken.wait()
        except TimeoutError:
            continue


def _undelivered(connection: Connection) -> list[tuple[int, str, bytes]]:
    query = select(OUTBOX.c.id, OUTBOX.c.party, OUTBOX.c.body).where(OUTBOX.c.delivered.is_(None))
    rows = connection.execute(query.order_by(OUTBOX.c.id).limit(_BATCH))
    return [(row.id, row.party, bytes(row.body)) for row in rows]


async def _note(node: Node, number: int) -> None:
    now = node.clock.now()
    change = update(OUTBOX).where(OUTBOX.c.id == number).values(delivered=now)
    await node.store.write(lambda connection: connection.execute(change))
