"""Work of the processor: its threads, its results, and what does not wait for it."""

import asyncio
import threading

import pytest

from mynumber.plumbing.working import THREADS, work

SECONDS = 20


def test_work_returns_and_raises_what_the_step_does() -> None:
    assert asyncio.run(work(divmod, 7, 2)) == (3, 1)
    with pytest.raises(ZeroDivisionError):
        asyncio.run(work(divmod, 7, 0))


def test_no_more_work_is_done_at_once_than_there_are_threads_for_it() -> None:
    # Each step waits until one more than may run has come: nobody but the threads for work ends that, after a while.
    meeting = threading.Barrier(THREADS + 1)

    def meet() -> bool:
        try:
            meeting.wait(0.5)
        except threading.BrokenBarrierError:
            return False
        return True

    async def crowd() -> list[bool]:
        return await asyncio.gather(*(work(meet) for _ in range(THREADS + 1)))

    assert asyncio.run(crowd()) == [False] * (THREADS + 1)


def test_what_waits_elsewhere_goes_on_while_all_threads_for_work_are_taken() -> None:
    told = threading.Event()

    async def both() -> list[bool]:
        taken = [asyncio.create_task(work(told.wait, SECONDS)) for _ in range(THREADS)]
        await asyncio.sleep(0)  # all of them are handed in
        await asyncio.to_thread(told.set)
        return await asyncio.gather(*taken)

    assert asyncio.run(both()) == [True] * THREADS
