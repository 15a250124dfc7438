"""Whose clock is off: what every peer says the time is, beside our own (PROTOCOL.md section 2: clocks within 30 s).

Every answer of a party carries its own time in the header `Date`, from the party that the certificate proves. The time
that most agree on is believed; who is further from it than allowed is named, with both times, in health and where an
inquiry ended because somebody's clock found it out of date.
"""

import asyncio
import statistics
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from email.utils import formatdate
from functools import lru_cache
from typing import Final

from aiohttp import web

from mynumber.exchange.running.node import Node
from mynumber.plumbing.client import PeerDown
from mynumber.plumbing.clock import in_japan

ALLOWED_SECONDS: Final = 30
_ROUNDING: Final = 2  # a header says whole seconds, and an answer is under way for a while
_RECENT_SECONDS: Final = 300.0


@dataclass(frozen=True, slots=True)
class Off:
    """A party whose clock is off: its time and the time of ours at the same moment.

    `ours` says whether it is we who are off; None if nobody else was heard who could tell.
    """

    party: str
    there: int
    here: int
    ours: bool | None

    def sentence(self) -> str:
        """Say both times."""
        apart = abs(self.there - self.here)
        return f"it is {_time(self.there)} at {self.party} and {_time(self.here)} here, {apart} s apart"

    def hint(self) -> str:
        """Say whose clock to set."""
        whose = "this machine's clock" if self.ours else f"the clock of {self.party}"
        if self.ours is None:
            whose = "the one of both clocks that is wrong"
        return f"set {whose} by a time service; {ALLOWED_SECONDS} s are allowed"


def show(node: Node) -> None:
    """Let every answer of the peer listener carry the party's own time, which test towns may have moved."""

    async def date(_request: web.Request, response: web.StreamResponse) -> None:
        response.headers["Date"] = _header(node.clock.now())

    node.app.on_response_prepare.append(date)


@lru_cache(maxsize=1)
def _header(seconds: int) -> str:
    return formatdate(seconds, usegmt=True)


async def ask(node: Node, parties: Iterable[str]) -> Off | None:
    """Ask parties for the time, now; return the one whose clock is off most, or None."""
    named = sorted(set(parties) - {node.config.id})
    await asyncio.gather(*(_ask(node, party) for party in named))
    return heard(node, named)


async def _ask(node: Node, party: str) -> None:
    try:
        await node.peers.fetch(party, "/health")
    except PeerDown:
        return  # who does not answer has no time to tell; who is not ready has told it


def heard(node: Node, parties: Iterable[str] | None = None) -> Off | None:
    """Return the party whose clock is off most by what it last said, we ourselves among them, or None."""
    now, times = node.clock.now(), node.peers.clocks(_RECENT_SECONDS)
    chosen = times.keys() if parties is None else parties
    return judge({party: times[party] for party in chosen if party in times}, now)


def judge(times: Mapping[str, int], now: int) -> Off | None:
    """Return who of `times` (party -> its time) and us is off most, if anybody is further off than allowed."""
    if not times:
        return None
    believed = statistics.median_low([now, *times.values()]) if len(times) > 1 else now
    limit = ALLOWED_SECONDS + _ROUNDING
    if abs(now - believed) > limit:
        nearest = min(times, key=lambda party: abs(times[party] - believed))
        return Off(nearest, times[nearest], now, ours=True)
    furthest = max(times, key=lambda party: abs(times[party] - believed))
    off = abs(times[furthest] - believed) > limit
    return Off(furthest, times[furthest], now, ours=False if len(times) > 1 else None) if off else None


def _time(seconds: int) -> str:
    return in_japan(seconds).strftime("%Y-%m-%d %H:%M:%S")
