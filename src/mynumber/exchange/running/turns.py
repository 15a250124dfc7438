"""Who checks a bundle: short ones in turn, in the threads for work; a long list beside them.

The largest list takes seconds, and a single inquiry must not wait behind it for a thread of which there may be one.
"""

import asyncio
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from mynumber.plumbing.canonical import Json
from mynumber.plumbing.working import work

P = ParamSpec("P")
T = TypeVar("T")

LONG = 64
"""Entries from which a list is long; it takes as long as some dozen single ones."""
_ENTRY_CHARACTERS = 128


async def on_bundle(bundle: Json, step: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run a step that checks `bundle`, which nobody believes yet, in a thread of its own or in its turn."""
    message = bundle.get("message") if isinstance(bundle, dict) else None
    listed = message.get("list") if isinstance(message, dict) else None
    long = isinstance(listed, str) and len(listed) > LONG * _ENTRY_CHARACTERS
    return await (asyncio.to_thread if long else work)(step, *args, **kwargs)
