"""Checks of bundles take turns, and a long list holds up nobody."""

import asyncio
import threading

from mynumber.exchange.running.turns import LONG, on_bundle
from mynumber.plumbing.canonical import Json
from mynumber.plumbing.working import THREADS, work

SECONDS = 20


def bundle(entries: int) -> Json:
    return {"message": {"list": "A" * 128 * entries}}


def test_a_long_list_is_checked_beside_those_that_take_turns() -> None:
    free, told = threading.Event(), list[str]()

    async def crowd() -> None:
        taken = [asyncio.create_task(work(free.wait, SECONDS)) for _ in range(THREADS)]
        short = asyncio.create_task(on_bundle(bundle(LONG), told.append, "short"))
        await asyncio.sleep(0)  # all of them are handed in
        await on_bundle(bundle(LONG + 1), told.append, "long")
        told.append("free")
        free.set()
        await asyncio.gather(*taken, short)

    asyncio.run(crowd())
    assert told == ["long", "free", "short"]


def test_what_is_no_bundle_is_for_the_check_to_refuse() -> None:
    malformed: list[Json] = [None, [], {}, {"message": None}, {"message": {"list": 1}}]
    for one in malformed:
        assert asyncio.run(on_bundle(one, lambda: "checked")) == "checked"
