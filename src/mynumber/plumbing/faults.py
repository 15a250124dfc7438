"""Fault points: places where a test town lets a process die or stand still, off unless configured.

`[faults]` in a configuration maps a point's name to `kill` (the process ends itself with SIGKILL, as if the power went)
or `hang` (the step stands still until the process is ended from outside). Without that table `point` does nothing.
"""

import asyncio
import os
import signal
import threading
from collections.abc import Mapping
from typing import Literal, TypeAlias

Fault: TypeAlias = Literal["kill", "hang"]

_armed: dict[str, Fault] = {}


def arm(faults: Mapping[str, Fault]) -> None:
    """Replace what is armed in this process."""
    _armed.clear()
    _armed.update(faults)


def point(name: str) -> None:
    """Stop here if `name` is armed. Called from worker threads, never from the event loop."""
    fault = _armed.get(name)
    if fault == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    elif fault == "hang":
        threading.Event().wait()


async def reach(name: str) -> None:
    """Stop here if `name` is armed, from the event loop: a process that stands still goes on listening."""
    if name in _armed:
        await asyncio.to_thread(point, name)
