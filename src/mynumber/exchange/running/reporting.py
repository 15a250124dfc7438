"""How a party tells the supervisor its counts: newest replaces, only when changed, at most every five seconds.

The month before is told as well, until its last counts have arrived: whoever was away when it ended tells it later.
Every ten minutes both are told again: a supervisor whose store came back from a backup has forgotten some.
"""

import asyncio
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Final

from mynumber.codes.errors import ProtocolError
from mynumber.exchange.running import own_keys
from mynumber.exchange.running.node import Loop, Node
from mynumber.plumbing import logs
from mynumber.plumbing.canonical import Json
from mynumber.plumbing.client import PeerDown
from mynumber.plumbing.clock import in_japan

SECONDS: Final = 5.0
AGAIN_SECONDS: Final = 600.0
SETTLED_SECONDS: Final = 900
"""So long after a month nothing is counted in it any more: a permit ends 600 s after it was issued."""


def month_of(seconds: int) -> str:
    """Return `YYYY-MM` in Japan of a unix time."""
    return in_japan(seconds).strftime("%Y-%m")


def month_before(seconds: int) -> str:
    """Return `YYYY-MM` of the month before the one that a unix time lies in."""
    return (in_japan(seconds).replace(day=1) - timedelta(days=1)).strftime("%Y-%m")


def settled(seconds: int) -> bool:
    """Tell whether nothing is counted in the month before any more."""
    return month_of(seconds - SETTLED_SECONDS) == month_of(seconds)


def reporter(node: Node, form: Callable[[str], Json]) -> Loop:
    """Return the loop that sends `form(month)`, a signed form made in a thread, to the supervisor when it changed."""

    async def report() -> None:
        unsent = logs.OnChange("counts.unsent")
        sent: dict[str, Json] = {}
        closed, begun = "", time.monotonic()  # the month whose last counts have arrived
        while True:
            if time.monotonic() - begun >= AGAIN_SECONDS:
                sent, closed, begun = {}, "", time.monotonic()
            if node.view.standing is None or not own_keys.is_listed(node):
                await asyncio.sleep(SECONDS)
                continue
            now = node.clock.now()
            for month in sorted({month_before(now), month_of(now)} - {closed}):
                current = await asyncio.to_thread(form, month)
                if current != sent.get(month) and not await _told(node, current, unsent):
                    continue
                sent[month] = current
                if month == month_before(now) and settled(now):
                    closed = month
            await asyncio.sleep(SECONDS)

    return report


async def _told(node: Node, form: Json, unsent: logs.OnChange) -> bool:
    """Send a form once; False if it has to be tried again."""
    try:
        await node.peers.call(node.view.directory.body.supervisor.id, "form", form)
    except (PeerDown, ProtocolError) as problem:
        unsent.waits(problem.code)
        return False
    unsent.goes_on()
    return True
