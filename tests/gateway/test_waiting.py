"""What an officer sees who waits for an inquiry is stored together with the look, or not shown."""

import asyncio
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from mynumber.codes.permit.answers import Result
from mynumber.gateway.asking.sending import Asking
from mynumber.gateway.desk import cases as desk
from mynumber.gateway.desk.acts import Act
from tests.gateway import running
from tests.gateway.running import Office
from tests.gateway.test_office import ENTRY, looks, refused


@contextmanager
def pursuing(office: Office) -> Iterator[Asking]:
    """Let the office pursue its inquiries, though nobody answers here."""
    owners = (getattr(loop, "__self__", None) for loop in office.node.loops)
    asking = next(owner for owner in owners if isinstance(owner, Asking))

    async def begin() -> asyncio.Task[None]:
        return asyncio.create_task(asking.resume())

    async def end() -> None:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    task = office.run(begin)
    try:
        yield asking
    finally:
        office.run(end)


def waited_for(asking: Asking) -> tuple[str, asyncio.Event]:
    """Return the one inquiry that somebody waits for, and what ends the waiting."""
    deadline = time.monotonic() + 30
    while not (found := [(inquiry, end.reached) for inquiry, end in asking._ends.items() if end.see]):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return found[0]


@pytest.mark.parametrize("keeps_right", [True, False])
def test_who_waits_sees_results_that_were_stored_with_the_look_unless_the_right_is_gone(
    tmp_path: Path, *, keeps_right: bool
) -> None:
    with running.make(tmp_path).listening() as office, pursuing(office) as asking, ThreadPoolExecutor() as pool:
        office.hire("mari", "link-107")
        office.give_code("r1")
        case = office.open_case("r1", who="mari")
        body = {"case": case, "provider": "pension", "entries": [ENTRY]}
        asked = pool.submit(office.call, "POST", "/inquiries", body, who="mari")
        inquiry, reached = waited_for(asking)
        made = [*looks(office)]
        if not keeps_right:
            office.node.store.write_now(lambda c: desk.revoke(c, Act("admin", 1), "mari", "link-107"))
        office.run(lambda: asking._end(inquiry, [Result(available=True, data={"pension/recipient": []})]))
        seen = ("mari", "data-seen", case, inquiry, "r1")
        assert looks(office) == ([*made, seen] if keeps_right else made)
        office._loop.call_soon_threadsafe(reached.set)
        answer = asked.result(30)
        assert (answer.status, answer.value.get("state"), answer.value.get("code")) == (
            (200, "answered", None) if keeps_right else (403, None, "NO_RIGHT")
        )
        assert looks(office) == ([*made, seen] if keeps_right else made)
        assert refused(office) == ([] if keeps_right else [("mari", "NO_RIGHT", "link-107")])
