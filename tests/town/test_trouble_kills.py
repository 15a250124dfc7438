"""Killed at any time while exchanges are in flight, everything ends, and what happened is in everybody's books once.

MYNUMBER_KILLS sets how many kills there are (`make trouble`: 200); the test run has time for a few.
"""

import os
import random
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from mynumber.exchange.context import Conditions
from mynumber.plumbing.errors import NotFinished
from mynumber.world.offices.desk import LAST_YEAR
from mynumber.world.people.residents import Resident
from mynumber.world.story.stage import Entry, Stage, until
from mynumber.world.town.boot import HIDDEN
from tests.town.trouble import (
    ITEM,
    SECONDS,
    acquired,
    agree,
    askable,
    at_rest,
    ended,
    findings,
    hand_in,
    inquiries,
    unknown_to,
)

KILLS = int(os.environ.get("MYNUMBER_KILLS", "30"))
IN_FLIGHT = 16
NEWCOMERS = 12


@dataclass(frozen=True)
class Question:
    """Who asks whom for what; with an article the record is hidden from the person for a time."""

    office: str
    officer: str
    procedure: str
    provider: str
    item: str
    conditions: Conditions = field(default_factory=Conditions)
    undisclosed: str = ""


QUESTIONS = (
    Question("city-a", "hanako", "link-107", "pension", ITEM),
    Question("city-a", "hanako", "link-106", "accounts", "public_benefit_account/recipient"),
    Question("city-a", "jiro", "link-42", "pension", ITEM, undisclosed=HIDDEN["link-42"]),
    Question("city-b", "yuki", "link-106", "city-a", "local_tax/recipient", Conditions(fiscal_year=LAST_YEAR)),
    Question("tax", "kaoru", "link-82", "accounts", "public_benefit_account/applicant"),
)


@dataclass(frozen=True)
class Case:
    """A case in which one question is asked once."""

    id: str
    question: Question


@dataclass
class Crowd:
    """So many askers at work at once; each opens a case, asks once in it, and begins again when it has ended."""

    stage: Stage
    cases: list[Case] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def ask(self, number: int) -> int:
        """Ask until it is over; return how many inquiries this made."""
        made, question = 0, QUESTIONS[number % len(QUESTIONS)]
        known = askable(self.stage, question.office, question.provider)
        person = known[number % len(known)]
        while not self.over.is_set():
            with suppress(NotFinished):
                told = self.stage.open_case(
                    question.officer, question.procedure, [person], "among kills", office=question.office
                )
                self.cases.append(Case(told, question))
                self._insist(self.cases[-1], person)
                made += 1
            time.sleep(0.05)
        return made

    def _insist(self, case: Case, person: Resident) -> None:
        """Ask again only if nothing was stored, and wait for the end however often the gateway dies."""
        asked = case.question
        while not inquiries(self.stage, case.id, asked.office) and not self.over.is_set():
            with suppress(NotFinished):
                self.stage.ask(
                    case.id,
                    asked.provider,
                    [Entry(person, (asked.item,))],
                    officer=asked.officer,
                    office=asked.office,
                    conditions=asked.conditions,
                    undisclosed=asked.undisclosed,
                )
            time.sleep(0.1)
        while not ended(self.stage, case.id, asked.office) and not self.over.is_set():
            time.sleep(0.1)

    def enrol(self) -> list[Resident]:
        """Hand new persons in at city-b, one after the other; return whom."""
        handed_in: list[Resident] = []
        for person in unknown_to(self.stage, "city-b")[:NEWCOMERS]:
            if self.over.is_set():
                break
            hand_in(self.stage, "city-b", person)
            handed_in.append(person)
            until(lambda: self.over.is_set() or self._got_codes(handed_in), seconds=400, what="a newcomer's code")
        return handed_in

    def _got_codes(self, persons: list[Resident]) -> bool:
        return all(acquired(self.stage, "city-b", person) == ["stored"] for person in persons)

    def in_flight(self) -> int:
        """Return how many inquiries have no end now."""
        offices = [office.name for office in self.stage.town.offices]
        return sum(self.stage.evidence.count(office, "inquiries", "state = 'pending'") for office in offices)


@contextmanager
def at_work(crowd: Crowd) -> Iterator[list[Resident]]:
    """Let a crowd work until the block ends; the list has those who became known to city-b meanwhile."""
    newcomers: list[Resident] = []
    with ThreadPoolExecutor(IN_FLIGHT + 1) as pool:
        asking = [pool.submit(crowd.ask, number) for number in range(IN_FLIGHT)]
        enrolling = pool.submit(crowd.enrol)
        try:
            until(lambda: crowd.in_flight() > IN_FLIGHT // 2, seconds=SECONDS, what="a busy town")
            yield newcomers
        finally:
            crowd.over.set()
        assert sum(each.result(SECONDS) for each in asking) > 0
        newcomers += enrolling.result(SECONDS)


def test_killed_at_any_time_everything_ends_and_all_books_agree(stage: Stage) -> None:
    victims = [each.name for each in stage.town.institutions]
    before, found = at_rest(stage.town), findings(stage)
    dice, crowd, killed, in_flight = random.SystemRandom(), Crowd(stage), list[str](), list[int]()
    with at_work(crowd) as newcomers:
        for number in range(KILLS):
            in_flight.append(crowd.in_flight())
            # Everybody dies as long as there are kills enough for all.
            killed.append(victims[number] if number < len(victims) else dice.choice(victims))
            stage.processes.kill(killed[-1])
            # Nobody waits until it is up again: the next one may die meanwhile, or the same one while it starts.
            stage.processes.launch(killed[-1])
            time.sleep(dice.uniform(0, 0.6))
        stage.processes.wait_ready()
    asked = [case for case in crowd.cases if inquiries(stage, case.id, case.question.office)]
    # A message serves for 300 s; whoever asked among very many kills may have to wait until it is over.
    until(
        lambda: all(ended(stage, case.id, case.question.office) for case in asked),
        seconds=400,
        what=f"the end after {killed}",
    )
    assert set(killed) == set(victims) or len(victims) > KILLS
    assert sum(map(bool, in_flight)) > KILLS // 2, f"too few inquiries were in flight: {in_flight}"
    assert {case.question for case in asked} == set(QUESTIONS)
    assert sum(see(stage, case) for case in asked) > len(asked) // 2
    until(
        lambda: all(acquired(stage, "city-b", person) == ["stored"] for person in newcomers),
        seconds=700,
        what=f"codes of {len(newcomers)} newcomers after {killed}",
    )
    agree(stage, before)
    assert findings(stage) == found


def see(stage: Stage, case: Case) -> bool:
    """See that a case has one inquiry with one end; True if it was answered, else its time was over."""
    [(state, *_)] = inquiries(stage, case.id, case.question.office)
    if state == "answered":
        return True
    query = 'SELECT refusal FROM inquiries WHERE "case" = ?'
    refusal = str(stage.evidence.rows(case.question.office, query, (case.id,))[0][0])
    assert '"NOT_FRESH"' in refusal or '"PERMIT_EXPIRED"' in refusal, refusal
    return False


def test_what_is_killed_between_two_questions_is_asked_again_under_another_name(stage: Stage) -> None:
    """An officer whose answer was lost asks again: it is another inquiry, and both are recorded."""
    person = stage.cast.recipient
    case = stage.open_case("hanako", "link-107", [person], "asked twice")
    first, second = (stage.ask(case, "pension", [Entry(person, (ITEM,))]) for _ in range(2))
    assert first.permit != second.permit
    for shown in (first, second):
        assert stage.evidence.records_of(shown.permit, "city-a", "pension") == {"keeper": 1, "city-a": 1, "pension": 1}
