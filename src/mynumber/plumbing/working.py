"""Work of the processor, beside the event loop: checks, conversions and openings that take some milliseconds.

One thread for every two cores this process may use. Threads of one interpreter that all have work take it from each
other at every call into a library and find the caches cold, and so many inquiries at once would all end late instead
of one after another. What waits for a disk or a lock goes to `asyncio.to_thread`, and holds up no work here.
"""

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

THREADS = max(1, len(os.sched_getaffinity(0)) // 2)
_POOL = ThreadPoolExecutor(THREADS, "work")


async def work(step: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run `step` in a thread for work of the processor; return what it returns, raise what it raises."""
    return await asyncio.get_running_loop().run_in_executor(_POOL, partial(step, *args, **kwargs))
