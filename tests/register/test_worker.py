"""The enrolments at work: what is sent when, what is repeated, what is let go, and what a crash leaves."""

import asyncio
import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from mynumber.acquisition.messages import Request
from mynumber.codes.errors import ProtocolError
from mynumber.codes.permit.request import Enrol, open_message, read_body
from mynumber.plumbing import logs
from mynumber.plumbing.clock import Clock
from mynumber.plumbing.database import Store
from mynumber.register import enrolling, enrolments, matching
from mynumber.register import worker as workers
from mynumber.register.matching import Asked
from mynumber.register.store import ACQUISITIONS, Seals
from mynumber.register.worker import Worker
from tests.register.people import asking, registered
from tests.register.town import OFFICES, Office, Town

AT_WARD_A = ("ward-a", "enrolled")


def accept(worker: Worker, town: Town, request: Request, agency: str = "ward-a") -> list[bytes]:
    """Let an office ask and keep its open numbers."""
    with worker.node.store.writing() as connection:
        results = matching.decide(connection, worker.seals, Asked(agency, request, town.clock.now()))
    assert set(results) == {"accepted"}
    numbers = [entry.acq for entry in request.entries]
    town.offices.setdefault(agency, Office()).refs |= {acq: acq.hex() for acq in numbers}
    worker.wake()
    return numbers


def states(worker: Worker) -> list[str]:
    with worker.node.store.reading() as connection:
        return sorted(connection.execute(select(ACQUISITIONS.c.state)).scalars())


def run(worker: Worker, until: Callable[[], bool]) -> None:
    """Let the worker work until something is so, at most 60 seconds."""

    async def main() -> None:
        task = asyncio.create_task(worker.work())
        async with asyncio.timeout(60):
            while not until() and not task.done():  # noqa: ASYNC110  # what is waited for is in the store
                await asyncio.sleep(0.02)
        await asyncio.sleep(0.05)  # a commit is seen in the store before its writer has told the worker
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    worker._woken = asyncio.Event()
    asyncio.run(main())


def step(worker: Worker, agency: str = "ward-a") -> workers.Taken:
    return asyncio.run(worker._step(agency))


def later(worker: Worker, town: Town, seconds: int) -> None:
    town.clock = worker.node.clock = Clock(town.clock.offset_s + seconds)


def test_every_office_gets_its_own_codes_for_everybody_it_asked_for(
    store: Store, seals: Seals, worker: Worker, town: Town
) -> None:
    numbers = registered(store, seals, 70)
    for agency in OFFICES:
        for batch in (numbers[:64], numbers[64:]):
            accept(worker, town, asking(batch, start=0 if batch[0] == numbers[0] else 64), agency)
    run(worker, lambda: states(worker) == ["held"] * 210)
    for agency in OFFICES:
        assert len(set(town.offices[agency].codes.values())) == 70
    assert not set(town.offices["ward-a"].codes.values()) & set(town.offices["ward-c"].codes.values())
    assert len(town.calls) == 12, "two batches for each of three offices, one call to the network and one to the office"


def test_a_batch_stands_in_random_order(store: Store, seals: Seals, worker: Worker, town: Town) -> None:
    asked = accept(worker, town, asking(registered(store, seals, 20)))
    assert step(worker) == "prepared"
    with store.reading() as connection:
        enrolment = enrolments.current(connection, "ward-a")
    assert enrolment is not None
    sent = list(enrolling.numbers(enrolment.message))
    assert sent != asked
    assert sorted(sent) == sorted(asked)


def test_the_office_is_brought_nothing_but_the_bundle(store: Store, seals: Seals, worker: Worker, town: Town) -> None:
    accept(worker, town, asking(registered(store, seals, 1)))
    run(worker, lambda: states(worker) == ["held"])
    (bundle,) = town.bundles
    assert isinstance(bundle, dict)
    assert set(bundle) == {"message", "steps", "endorsements", "release"}
    body = read_body(open_message(bundle["message"]))
    assert isinstance(body, Enrol)
    assert body.to == "ward-a"


def test_nothing_is_done_when_nothing_waits(worker: Worker, town: Town) -> None:
    assert step(worker) == "none"
    assert town.calls == []


def test_the_same_message_is_repeated_while_the_network_is_down(
    store: Store, seals: Seals, worker: Worker, town: Town
) -> None:
    accept(worker, town, asking(registered(store, seals, 1)))
    town.down = {"op-1"}
    run(worker, lambda: len(town.calls) >= 2)
    with store.reading() as connection:
        before = enrolments.current(connection, "ward-a")
    town.down = set()
    run(worker, lambda: states(worker) == ["held"])
    assert before is not None
    assert isinstance(town.bundles[0], dict)
    assert town.bundles[0]["message"] == before.message.json


@pytest.mark.parametrize(("seconds", "repeated"), [(290, True), (310, False)])
def test_a_message_serves_300_seconds(
    store: Store, seals: Seals, worker: Worker, town: Town, seconds: int, repeated: bool
) -> None:
    accept(worker, town, asking(registered(store, seals, 1)))
    assert step(worker) == "prepared"
    with store.reading() as connection:
        before = enrolments.current(connection, "ward-a")
    later(worker, town, seconds)
    run(worker, lambda: states(worker) == ["held"])
    assert before is not None
    assert isinstance(town.bundles[0], dict)
    assert (town.bundles[0]["message"] == before.message.json) is repeated
    assert [call for _, call in town.calls].count("convert") == 1, "an old message is let go, not sent to be refused"


def test_an_answer_lost_behind_the_keeper_is_fetched_again(
    store: Store, seals: Seals, worker: Worker, town: Town
) -> None:
    accept(worker, town, asking(registered(store, seals, 1)))
    town.loses_answers = {"op-1"}
    run(worker, lambda: len(town.calls) >= 1)
    town.loses_answers = set()
    run(worker, lambda: states(worker) == ["held"])
    assert [call for _, call in town.calls].count("convert") >= 2


def test_a_refused_message_is_not_repeated(store: Store, seals: Seals, worker: Worker, town: Town) -> None:
    accept(worker, town, asking(registered(store, seals, 1)))
    town.refusing = {"op-1": ProtocolError("LAW_REFUSED")}
    assert step(worker) == "prepared"
    with pytest.raises(ProtocolError, match="LAW_REFUSED"):
        step(worker)
    assert states(worker) == ["waiting"]
    town.refusing = {}
    run(worker, lambda: states(worker) == ["held"])


def test_a_bundle_is_brought_again_until_the_office_answers(
    store: Store, seals: Seals, worker: Worker, town: Town
) -> None:
    accept(worker, town, asking(registered(store, seals, 1)))
    town.loses_answers = {"ward-a"}
    run(worker, lambda: len(town.bundles) >= 2)
    assert states(worker) == ["sent"], "no note without the office's signed word"
    town.loses_answers = set()
    run(worker, lambda: states(worker) == ["held"])
    assert [call for _, call in town.calls].count("convert") == 1
    assert all(bundle == town.bundles[0] for bundle in town.bundles)


@pytest.mark.parametrize(("seconds", "converts"), [(3500, 1), (3700, 2)])
def test_a_bundle_serves_until_it_expires(
    store: Store, seals: Seals, worker: Worker, town: Town, seconds: int, converts: int
) -> None:
    accept(worker, town, asking(registered(store, seals, 1)))
    assert [step(worker), step(worker)] == ["prepared", "moved"]
    later(worker, town, seconds)
    run(worker, lambda: states(worker) == ["held"])
    assert [call for _, call in town.calls].count("convert") == converts


def test_one_office_that_is_down_does_not_hold_up_another(
    store: Store, seals: Seals, worker: Worker, town: Town
) -> None:
    numbers = registered(store, seals, 1)
    for agency in ("ward-a", "ward-c"):
        accept(worker, town, asking(numbers), agency)
    town.down = {"ward-a"}
    run(worker, lambda: states(worker) == ["held", "sent"])
    assert list(town.offices["ward-c"].codes) != []


def test_an_error_that_nobody_foresaw_at_one_office_does_not_hold_up_another(
    store: Store, seals: Seals, worker: Worker, town: Town
) -> None:
    numbers = registered(store, seals, 1)
    for agency in ("ward-a", "ward-c"):
        accept(worker, town, asking(numbers), agency)
    town.refusing = {"ward-a": LookupError("ours")}
    run(worker, lambda: states(worker) == ["held", "sent"] and town.calls.count(AT_WARD_A) >= 2)
    town.refusing = {}
    run(worker, lambda: states(worker) == ["held", "held"])


def test_a_duplicate_at_the_office_leaves_no_note(store: Store, seals: Seals, worker: Worker, town: Town) -> None:
    numbers = registered(store, seals, 1)
    accept(worker, town, asking(numbers))
    run(worker, lambda: states(worker) == ["held"])
    accept(worker, town, asking(numbers, lost=True))  # under another file than the one that holds the code
    run(worker, lambda: states(worker) == ["held"])
    assert len(town.offices["ward-a"].codes) == 1


def test_a_number_the_office_forgot_is_found_and_let_go_alone(
    store: Store, seals: Seals, worker: Worker, town: Town
) -> None:
    asked = accept(worker, town, asking(registered(store, seals, 5)))
    del town.offices["ward-a"].refs[asked[3]]
    run(worker, lambda: states(worker) == ["held"] * 4)
    assert set(town.offices["ward-a"].codes) == {acq.hex() for acq in asked if acq != asked[3]}


def test_health_says_why_no_message_can_be_sent(worker: Worker, town: Town) -> None:
    assert worker.missing() is None
    later(worker, town, 40 * 24 * 3600)
    assert worker.missing() is not None
    worker.node.view.standing = None
    assert worker.missing() is None


_CRASHING = """
import sys
from pathlib import Path
from mynumber.plumbing import database, faults
from mynumber.register.store import SCHEMA, Seals
from mynumber.register.worker import Worker
from tests.register import test_worker, town
folder = Path(sys.argv[1])
store = database.Store(database.store_url("data.db", folder), SCHEMA.metadata, SCHEMA.version)
faults.arm({sys.argv[2]: "kill"})
node = town.node_of(folder, store, town.Town(folder))
test_worker.run(Worker(node, Seals.of(bytes(32)), lambda _: town.world().register), lambda: False)
"""


@pytest.mark.parametrize(("point", "left"), [("register.commit.before", "waiting"), ("register.commit.after", "sent")])
def test_a_crash_leaves_all_or_nothing_of_a_message(
    tmp_path: Path, store: Store, worker: Worker, town: Town, point: str, left: str
) -> None:
    worker.seals = Seals.of(bytes(32))
    accept(worker, town, asking(registered(store, worker.seals, 3)))
    crashed = subprocess.run([sys.executable, "-c", _CRASHING, str(tmp_path), point], check=False, timeout=60)
    assert crashed.returncode == -9
    assert states(worker) == [left] * 3
    with store.reading() as connection:
        assert (enrolments.current(connection, "ward-a") is None) is (left == "waiting")
    run(worker, lambda: states(worker) == ["held"] * 3)
    assert len(town.bundles) == 1


def test_pauses_grow_while_a_message_is_refused(store: Store, seals: Seals, worker: Worker, town: Town) -> None:
    """A blocked office must not fill the operators with refusal records."""
    accept(worker, town, asking(registered(store, seals, 1)))
    town.refusing = {"op-1": ProtocolError("LAW_REFUSED")}
    began = time.monotonic()
    run(worker, lambda: len(town.calls) == 3)
    assert time.monotonic() - began >= 0.5 + 1


def test_an_operator_that_is_away_is_told_once_and_not_at_every_attempt(
    store: Store, seals: Seals, worker: Worker, town: Town, tmp_path: Path
) -> None:
    accept(worker, town, asking(registered(store, seals, 1)))
    journal = tmp_path / "journal.log"
    with logs.to_file(journal):
        town.down = {"op-1"}
        run(worker, lambda: len(town.calls) >= 4)
        town.down = set()
        run(worker, lambda: states(worker) == ["held"])
    said = [json.loads(line) for line in journal.read_text(encoding="utf-8").splitlines()]
    waited = [each for each in said if each["event"] == "enrolment.waits"]
    assert [(each["peer"], each.get("code"), each.get("state")) for each in waited] == [
        ("ward-a", "PEER_DOWN", None),
        ("ward-a", None, "over"),
    ]
