"""How a party tells the supervisor its counts: newest replaces, only when changed, at most every five seconds."""

import asyncio
from collections.abc import Callable
from typing import Final

from mynumber.codes.errors import ProtocolError
from mynumber.exchange.node import Loop, Node
from mynumber.plumbing import logs
from mynumber.plumbing.canonical import Json
from mynumber.plumbing.client import PeerDown
from mynumber.plumbing.clock import in_japan

SECONDS: Final = 5.0
_LATE_SECONDS: Final = 900


def month_of(seconds: int) -> str:
    """Return `YYYY-MM` in Japan of a unix time."""
    return in_japan(seconds).strftime("%Y-%m")


def reporter(node: Node, form: Callable[[str], Json]) -> Loop:
    """Return the loop that sends `form(month)`, a signed form made in a thread, to the supervisor when it changed."""

    async def report() -> None:
        sent: dict[str, Json] = {}
        while True:
            now = node.clock.now()
            # The month before too while it is fresh, so that its last seconds are told.
            for month in sorted({month_of(now - _LATE_SECONDS), month_of(now)}):
                current = await asyncio.to_thread(form, month)
                if node.view.standing is not None and current != sent.get(month) and await _told(node, current):
                    sent[month] = current
            await asyncio.sleep(SECONDS)

    return report


async def _told(node: Node, form: Json) -> bool:
    """Send a form once; False if it has to be tried again."""
    try:
        await node.peers.call(node.view.directory.body.supervisor.id, "form", form)
    except (PeerDown, ProtocolError) as problem:
        logs.info("counts.unsent", code=problem.code)
        return False
    return True
