"""Fault points: places where a test town lets a process die or stand still, off unless configured.

`[faults]` in a configuration maps a point's name to `kill` (the process ends itself with SIGKILL, as if the power went)
or `hang` (the step stands still until the process is ended from outside). Without that table `point` does nothing. A
name that no step of the process has would never be reached and look like a step that survived, so `require_known`
refuses it. A point's name begins with the role whose process reaches it.
"""

import asyncio
import difflib
import os
import re
import signal
import threading
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal, TypeAlias

from mynumber.plumbing.errors import WrongUse

Fault: TypeAlias = Literal["kill", "hang"]

_armed: dict[str, Fault] = {}


def known() -> frozenset[str]:
    """Return the points that the program has, read from its own source: a list beside it would fall behind."""
    calls = re.compile(r'faults\.(?:point|reach)\(\s*"([a-z.]+)"')
    sources = Path(__file__).parents[1].rglob("*.py")
    return frozenset(name for path in sources for name in calls.findall(path.read_text(encoding="utf-8")))


def require_known(names: Iterable[str], role: str) -> None:
    """Raise WrongUse for a name that is no point of a process of this role."""
    every = known() if names else frozenset[str]()
    points = frozenset(name for name in every if name.startswith(f"{role}."))
    for name in names:
        if name in every - points:
            hint = f"points are {', '.join(sorted(points))}"
            raise WrongUse("BAD_CONFIG", f"[faults] of the {role} has a point that it never reaches: {name}", hint=hint)
        if name not in points:
            near = difflib.get_close_matches(name, points, n=1, cutoff=0.4)
            hint = f"write {near[0]}" if near else f"points are {', '.join(sorted(points))}"
            raise WrongUse("BAD_CONFIG", f"[faults] has a point that does not exist: {name}", hint=hint)


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
