"""The load: so many inquiries in flight at once, each followed by the next as soon as it is answered.

Promises that only what was answered is counted, with the time from the first byte sent to the last byte read; anything
but the expected answer breaks the bench off, because a speed at which things fail is none.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mynumber.plumbing.client import Answer, PeerClient
from mynumber.plumbing.errors import OwnFault


@dataclass(frozen=True, slots=True)
class Load:
    """What to send where; `good` tells whether an answer is the expected one."""

    path: str
    bodies: Sequence[bytes]
    good: Callable[[Answer], bool]


@dataclass(frozen=True, slots=True)
class Driven:
    """What came of it: the seconds each took, and the seconds from the first send to the last answer."""

    took: tuple[float, ...]
    seconds: float

    @property
    def count(self) -> int:
        """Return how many were answered."""
        return len(self.took)

    @property
    def rate(self) -> float:
        """Return how many were answered in a second."""
        return self.count / self.seconds


async def drive(client: PeerClient, load: Load, *, in_flight: int, seconds: float) -> Driven:
    """Keep `in_flight` requests under way for so many seconds, then let them end."""
    took: list[float] = []
    begun = time.monotonic()

    async def follow(body: bytes) -> None:
        while True:
            sent = time.monotonic()
            answer = await client.post(load.path, body)
            if not load.good(answer):
                raise _unexpected(answer)
            now = time.monotonic()
            took.append(now - sent)
            if now - begun >= seconds:
                return

    await asyncio.gather(*(follow(load.bodies[index % len(load.bodies)]) for index in range(in_flight)))
    return Driven(tuple(took), time.monotonic() - begun)


def _unexpected(answer: Answer) -> OwnFault:
    said = answer.body[:300].decode("utf-8", "replace")
    return OwnFault("BENCH_BROKEN", f"an answer is not the expected one ({answer.status}): {said}")
