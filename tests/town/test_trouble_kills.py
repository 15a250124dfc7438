"""Killed at any time while exchanges are in flight, everything ends, and what happened is in everybody's books once.

MYNUMBER_KILLS sets how many kills there are (`make trouble`: 200); the test run has time for a few.
"""

import os
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field

import pytest

from mynumber.plumbing.canonical import b64
from mynumber.plumbing.errors import NotFinished
from mynumber.world.people.residents import Resident
from mynumber.world.story.stage import Entry, Stage, until
from tests.town.conftest import Served
from tests.town.trouble import ITEM, SECONDS, askable, ended, inquiries, once_everywhere

KILLS = int(os.environ.get("MYNUMBER_KILLS", "30"))
IN_FLIGHT = 16
VICTIMS = ("operator-1", "operator-2", "keeper", "city-a", "pension", "supervisor", "register")


@pytest.fixture
def stage(served: Served) -> Stage:
    return served.stage


@dataclass
class Crowd:
    """So many askers at work at once; each opens a case, asks once in it, and begins again when it has ended."""

    stage: Stage
    cases: list[str] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def ask(self, person: Resident) -> int:
        """Ask until it is over; return how many inquiries this made."""
        made = 0
        while not self.over.is_set():
            with suppress(NotFinished):
                case = self.stage.open_case("hanako", "link-107", [person], "among kills")
                self.cases.append(case)
                self._insist(case, person)
                made += 1
        return made

    def _insist(self, case: str, person: Resident) -> None:
        """Ask again only if nothing was stored, and wait for the end however often the gateway dies."""
        while not inquiries(self.stage, case) and not self.over.is_set():
            with suppress(NotFinished):
                self.stage.ask(case, "pension", [Entry(person, (ITEM,))])
            time.sleep(0.1)
        while not ended(self.stage, case) and not self.over.is_set():
            time.sleep(0.1)

    def in_flight(self) -> int:
        """Return how many inquiries have no end now."""
        return self.stage.evidence.count("city-a", "inquiries", "state = 'pending'")


def test_killed_at_any_time_everything_ends_and_happens_once(stage: Stage) -> None:
    dice = random.SystemRandom()
    rows, released = (stage.evidence.count("keeper", table) for table in ("rows", "releases"))
    crowd, killed, in_flight = Crowd(stage), [], []
    with ThreadPoolExecutor(IN_FLIGHT) as pool:
        asking = [pool.submit(crowd.ask, person) for person in askable(stage)[:IN_FLIGHT]]
        try:
            until(lambda: crowd.in_flight() > IN_FLIGHT // 2, seconds=SECONDS, what="a busy town")
            for _ in range(KILLS):
                in_flight.append(crowd.in_flight())
                killed.append(dice.choice(VICTIMS))
                stage.processes.kill(killed[-1])
                # Nobody waits until it is up again: the next one may die meanwhile, or the same one while it starts.
                stage.processes.launch(killed[-1])
                time.sleep(dice.uniform(0, 0.6))
            stage.processes.wait_ready()
        finally:
            crowd.over.set()
        assert sum(each.result(SECONDS) for each in asking) > 0
    asked = [case for case in crowd.cases if inquiries(stage, case)]
    # A message serves for 300 s; whoever asked among very many kills may have to wait until it is over.
    until(lambda: all(ended(stage, case) for case in asked), seconds=400, what=f"the end after {killed}")
    assert len(asked) >= IN_FLIGHT
    answered = [case for case in asked if see(stage, case)]
    assert len(answered) > len(asked) // 2
    # One row of one entry for each release, whether its asker came through or not.
    gained = stage.evidence.count("keeper", "releases") - released
    assert stage.evidence.count("keeper", "rows") - rows == gained >= len(answered), killed
    assert sum(map(bool, in_flight)) > KILLS // 2, f"too few inquiries were in flight: {in_flight}"
    assert stage.evidence.count("supervisor", "findings") == 0


def see(stage: Stage, case: str) -> bool:
    """See that an inquiry has one end which everybody's books agree with; True if it was answered."""
    [(state, request, permit)] = inquiries(stage, case)
    if state == "answered":
        once_everywhere(stage, case)
        return True
    assert state == "refused"
    assert isinstance(request, bytes)
    refusal = stage.evidence.rows("city-a", 'SELECT refusal FROM inquiries WHERE "case" = ?', (case,))[0][0]
    assert '"NOT_FRESH"' in str(refusal) or '"PERMIT_EXPIRED"' in str(refusal), refusal
    if isinstance(permit, bytes):
        assert stage.evidence.records_of(b64(permit), "city-a", "pension")["keeper"] == 1
    return False


def test_what_is_killed_between_two_questions_is_asked_again_under_another_name(stage: Stage) -> None:
    """An officer whose answer was lost asks again: it is another inquiry, and both are recorded."""
    person = stage.cast.recipient
    case = stage.open_case("hanako", "link-107", [person], "asked twice")
    first, second = (stage.ask(case, "pension", [Entry(person, (ITEM,))]) for _ in range(2))
    assert first.permit != second.permit
    for shown in (first, second):
        assert stage.evidence.records_of(shown.permit, "city-a", "pension") == {"keeper": 1, "city-a": 1, "pension": 1}
