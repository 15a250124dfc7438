"""Forms that must reach another party, later if it is away: stored with the step they belong to, sent until answered.

A form may arrive twice; its effect there happens once. If we crash between sending and noting it, it is sent again. A
form that is refused is sent again too, after pauses that grow to an hour, and holds up no other.
"""

import asyncio
from dataclasses import dataclass
from functools import partial

from sqlalchemy import Connection, select, update

from mynumber.codes.errors import ProtocolError
from mynumber.exchange.node import Node
from mynumber.gateway.store import OUTBOX
from mynumber.plumbing import canonical, logs
from mynumber.plumbing.client import PeerDown

_IDLE_SECONDS = 2.0
_BATCH = 64
_FIRST_PAUSE = 4
_LONGEST_PAUSE = 3600


@dataclass(frozen=True, slots=True)
class _Due:
    """A form whose time has come; `refused` is how often it was refused."""

    id: int
    party: str
    body: bytes
    refused: int


async def deliver(node: Node, woken: asyncio.Event) -> None:
    """Deliver until cancelled; `woken` is set when there is something new."""
    while True:
        woken.clear()
        for form in await node.store.read(partial(_due, now=node.clock.now())):
            try:
                await node.peers.call(form.party, "form", canonical.decode(form.body))
            except PeerDown:
                break
            except ProtocolError as problem:
                # Kept: a refusal of what we signed is a finding for people, and may pass (a newer directory).
                logs.info("form.refused", peer=form.party, code=problem.code)
                pause = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2**form.refused)
                await _note(node, form, refused=form.refused + 1, next_try=node.clock.now() + pause)
                continue
            await _note(node, form, delivered=node.clock.now())
        try:
            async with asyncio.timeout(_IDLE_SECONDS):
                await woken.wait()
        except TimeoutError:
            continue


def _due(connection: Connection, *, now: int) -> list[_Due]:
    """Return the forms to be sent, those that were never refused first, so that no other holds them up."""
    columns = OUTBOX.c
    query = select(columns.id, columns.party, columns.body, columns.refused)
    due = query.where(columns.delivered.is_(None), columns.next_try <= now)
    rows = connection.execute(due.order_by(columns.next_try, columns.id).limit(_BATCH))
    return [_Due(row.id, row.party, bytes(row.body), row.refused) for row in rows]


async def _note(node: Node, form: _Due, **values: int) -> None:
    change = update(OUTBOX).where(OUTBOX.c.id == form.id).values(values)
    await node.store.write(lambda connection: connection.execute(change))
