"""Forms that must reach another party, later if it is away: stored with the step they belong to, sent until answered.

A form may arrive twice; its effect there happens once. If we crash between sending and noting it, it is sent again. A
form that is refused is sent again too, after pauses that grow to an hour, and holds up no other.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from sqlalchemy import Connection, bindparam, select, update

from mynumber.codes.errors import ProtocolError
from mynumber.exchange.running.node import Node
from mynumber.gateway.store import OUTBOX
from mynumber.plumbing import canonical, logs
from mynumber.plumbing.client import PeerDown
from mynumber.plumbing.statements import Prepared, Value

_IDLE_SECONDS = 2.0
_BATCH = 64
_AT_ONCE = 8
_FIRST_PAUSE = 4
_LONGEST_PAUSE = 3600


@dataclass(frozen=True, slots=True)
class _Due:
    """A form whose time has come; `refused` is how often it was refused."""

    id: int
    party: str
    body: bytes
    refused: int


_DUE: Prepared[tuple[int, str, bytes, int]] = Prepared(
    select(OUTBOX.c.id, OUTBOX.c.party, OUTBOX.c.body, OUTBOX.c.refused)
    .where(OUTBOX.c.delivered.is_(None), OUTBOX.c.next_try <= bindparam("now"))
    .order_by(OUTBOX.c.next_try, OUTBOX.c.id)
    .limit(_BATCH)
)
_NOTE: Prepared[tuple[()]] = Prepared(
    update(OUTBOX)
    .where(OUTBOX.c.id == bindparam("of"))
    .values(refused=bindparam("times"), next_try=bindparam("after"), delivered=bindparam("at"))
)


async def deliver(node: Node, woken: asyncio.Event) -> None:
    """Deliver until cancelled; `woken` is set when there is something new."""
    while True:
        woken.clear()
        due = node.store.look(partial(_due, now=node.clock.now()))
        # The first one alone: where its party is away, the others would only find that out too.
        for start in (0, *range(1, len(due), _AT_ONCE)):
            if not await _send(node, due[start : start + (_AT_ONCE if start else 1)]):
                break
        try:
            async with asyncio.timeout(_IDLE_SECONDS):
                await woken.wait()
        except TimeoutError:
            continue


async def _send(node: Node, forms: Sequence[_Due]) -> bool:
    """Send some forms at once and note in one step what came of them; False if a party was away."""
    came = await asyncio.gather(*(_sent(node, form) for form in forms))
    noted = [each for each in came if each is not None]
    if noted:
        await node.store.write(lambda connection: _NOTE.run_all(connection, noted))
    return len(noted) == len(forms)


async def _sent(node: Node, form: _Due) -> dict[str, Value] | None:
    """Send a form; return what is to be noted of it, None if its party was away."""
    noted: dict[str, Value] = {"of": form.id, "times": form.refused, "after": 0, "at": node.clock.now()}
    try:
        await node.peers.call(_addressee(node, form.party), "form", canonical.decode(form.body))
    except PeerDown:
        return None
    except ProtocolError as problem:
        # Kept: a refusal of what we signed is a finding for people, and may pass (a newer directory).
        logs.info("form.refused", peer=form.party, code=problem.code)
        pause = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2**form.refused)
        return noted | {"times": form.refused + 1, "after": node.clock.now() + pause, "at": None}
    return noted


def _addressee(node: Node, party: str) -> str:
    """Return who is to have a form for `party`: a keeper that another one has succeeded takes no more outcomes."""
    directory = node.view.directory
    return party if directory.role_of(party) is not None else directory.body.keeper.id


def _due(connection: Connection, *, now: int) -> list[_Due]:
    """Return the forms to be sent, those that were never refused first, so that no other holds them up."""
    return [_Due(*row) for row in _DUE.all(connection, now=now)]
