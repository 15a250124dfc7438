"""Killed at every point and at any time, the town loses nothing and does nothing twice."""

import random
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from mynumber.codes.parties.entries import Role
from mynumber.gateway.desk import api
from mynumber.oversight import reconciling
from mynumber.plumbing import faults
from mynumber.plumbing.canonical import b64
from mynumber.plumbing.errors import NotFinished
from mynumber.world.people.residents import Resident
from mynumber.world.story import troubles
from mynumber.world.story.stage import Entry, Stage, until
from mynumber.world.town import populate
from mynumber.world.town.evidence import Value
from tests.town.conftest import Served

ITEM = "pension/recipient"
SECONDS = 60.0
RELEASING = ("operator-1", "operator-2", "keeper")
EVENTS = {
    "operator-1": "endorsed",
    "operator-2": "endorsed",
    "keeper": "released",
    "city-a": "asked",
    "pension": "answered",
}
AT_AN_INQUIRY = (
    ("city-a", "gateway.ask.commit.after"),
    ("operator-1", "operator.commit.before"),
    ("operator-1", "operator.commit.after"),
    ("operator-1", "operator.send.before"),
    ("operator-2", "operator.commit.before"),
    ("operator-2", "operator.commit.after"),
    ("keeper", "keeper.commit.before"),
    ("keeper", "keeper.commit.after"),
    ("city-a", "gateway.permit.commit.before"),
    ("city-a", "gateway.permit.commit.after"),
    ("pension", "gateway.answer.commit.before"),
    ("pension", "gateway.answer.commit.after"),
    ("city-a", "gateway.result.commit.before"),
)
AT_AN_ACQUISITION = (
    ("register", "register.commit.before"),
    ("register", "register.commit.after"),
    ("city-b", "gateway.enrolled.commit.before"),
    ("city-b", "gateway.enrolled.commit.after"),
)
KILLS, INQUIRIES = 10, 12
VICTIMS = ("operator-1", "operator-2", "keeper", "city-a", "pension", "supervisor", "register")

Rows = Sequence[tuple[Value, ...]]


@pytest.fixture
def stage(served: Served) -> Stage:
    return served.stage


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(INQUIRIES) as made:
        yield made


def test_every_fault_point_has_its_death_in_a_test() -> None:
    here = {point for _, point in (*AT_AN_INQUIRY, *AT_AN_ACQUISITION)}
    assert here < faults.known()
    # Those of replicas, rotations and readings die beside the tests of their rooms.
    tests = "".join(path.read_text(encoding="utf-8") for path in Path(__file__).parents[1].rglob("*.py"))
    assert [point for point in sorted(faults.known()) if point not in tests] == []


@contextmanager
def armed(stage: Stage, name: str, point: str) -> Iterator[None]:
    """Let a process die at a point, start it again without, and see that it died there."""
    stage.processes.kill(name)
    stage.processes.restart(name, faults={point: "kill"})
    try:
        yield
        assert stage.processes.wait_ended(name, SECONDS) == -9
    finally:
        stage.processes.restart(name, faults={})


def askable(stage: Stage) -> list[Resident]:
    """Return persons whom both city-a and the pension service know."""
    refs = stage.cast.refs
    return [person for person in stage.people.residents if {person.index} <= set(refs["city-a"]) & set(refs["pension"])]


def inquiries(stage: Stage, case: str) -> Rows:
    return stage.evidence.rows("city-a", 'SELECT state, request, permit FROM inquiries WHERE "case" = ?', (case,))


def once_everywhere(stage: Stage, case: str) -> None:
    """See that the one inquiry of a case was answered, with one record at everybody's."""
    [(state, request, permit)] = inquiries(stage, case)
    assert state == "answered"
    assert isinstance(request, bytes)
    assert isinstance(permit, bytes)
    assert stage.evidence.records_of(b64(permit), "city-a", "pension") == {"keeper": 1, "city-a": 1, "pension": 1}
    assert all(stage.evidence.has_request(party, request) for party in RELEASING)
    pattern = b64(request).encode()
    for party, event in EVENTS.items():
        records = stage.evidence.rows(party, "SELECT record FROM log_entries WHERE instr(record, ?) > 0", (pattern,))
        assert [f'"event":"{event}"'.encode() in bytes(row[0]) for row in records if isinstance(row[0], bytes)] == [
            True
        ]


def insist(stage: Stage, case: str, person: Resident) -> None:
    """Ask once in a case, as a department's system that must come through: again only if nothing was stored."""
    deadline = time.monotonic() + SECONDS
    while not inquiries(stage, case) and time.monotonic() < deadline:
        with suppress(NotFinished):
            stage.ask(case, "pension", [Entry(person, (ITEM,))])
        time.sleep(0.1)


def ended(stage: Stage, case: str) -> bool:
    return [row[0] for row in inquiries(stage, case)] not in ([], ["pending"])


@pytest.mark.parametrize(("name", "point"), AT_AN_INQUIRY)
def test_an_inquiry_survives_a_death_at_this_point(
    stage: Stage, pool: ThreadPoolExecutor, name: str, point: str
) -> None:
    person = stage.cast.recipient
    case = stage.open_case("hanako", "link-107", [person], f"died at {point}")
    rows = stage.evidence.count("keeper", "rows")
    with armed(stage, name, point):
        asking = pool.submit(insist, stage, case, person)
    until(lambda: ended(stage, case), seconds=SECONDS, what="the end of the inquiry")
    asking.result(SECONDS)
    once_everywhere(stage, case)
    assert stage.evidence.count("keeper", "rows") == rows + 1
    assert stage.evidence.count("supervisor", "findings") == 0


def unknown_to(stage: Stage, office: str) -> list[Resident]:
    """Return persons whom an office does not hold yet, and who play no part in the story."""
    held = {str(row[0]) for row in stage.evidence.rows(office, "SELECT person FROM acquisitions")}
    known = set(stage.cast.refs[office]) | {stage.cast.stranger.index}
    return [each for each in stage.people.residents if each.index not in known and new_ref(each) not in held]


def new_ref(person: Resident) -> str:
    return f"b-new-{person.index}"


@pytest.mark.parametrize(("name", "point"), AT_AN_ACQUISITION)
def test_an_acquisition_survives_a_death_at_this_point(stage: Stage, name: str, point: str) -> None:
    person = unknown_to(stage, "city-b")[0]
    ref, before = new_ref(person), enrolled(stage)
    body = api.NewPersons(
        ground=populate.GROUNDS["city-b"], persons=(populate.new_person(stage.people, person.index, ref),)
    )
    with armed(stage, name, point):
        stage.desk("city-b", "clerk").call("POST", "/persons", api.Accepted, body)
    until(lambda: states(stage, ref) == ["stored"], seconds=SECONDS, what="the code of the new person")
    until(lambda: held(stage) == before["held"] + 1, seconds=SECONDS, what="the note at the register")
    assert enrolled(stage) == {party: count + 1 for party, count in before.items()}
    assert stage.evidence.count("supervisor", "findings") == 0


def states(stage: Stage, ref: str) -> list[Value]:
    return [row[0] for row in stage.evidence.rows("city-b", "SELECT state FROM acquisitions WHERE person = ?", (ref,))]


def held(stage: Stage) -> int:
    return stage.evidence.count("register", "acquisitions", "state = 'held'")


def enrolled(stage: Stage) -> dict[str, int]:
    """Return what there is of enrolments: messages at operators and keeper, members, codes, answers, notes."""
    kind = "kind = 'enrol'"
    return {
        "operator-1": stage.evidence.count("operator-1", "requests", kind),
        "operator-2": stage.evidence.count("operator-2", "requests", kind),
        "keeper": stage.evidence.count("keeper", "releases", kind),
        "members": stage.evidence.count("keeper", "members"),
        "codes": stage.evidence.count("city-b", "persons"),
        "answers": stage.evidence.count("city-b", "answered", kind),
        "held": held(stage),
    }


def test_killed_at_any_time_everything_ends_and_happens_once(stage: Stage, pool: ThreadPoolExecutor) -> None:
    dice = random.SystemRandom()
    persons = askable(stage)[:INQUIRIES]
    cases = [stage.open_case("hanako", "link-107", [person], "among kills") for person in persons]
    rows = stage.evidence.count("keeper", "rows")
    todo = list(zip(cases, persons, strict=True))
    asking = [pool.submit(insist, stage, *todo.pop()) for _ in range(INQUIRIES - KILLS)]
    killed, in_flight = [], []
    for _ in range(KILLS):
        asking.append(pool.submit(insist, stage, *todo.pop()))
        time.sleep(dice.uniform(0, 0.5))
        in_flight.append(len(asking) - sum(ended(stage, case) for case in cases))
        killed.append(dice.choice(VICTIMS))
        stage.processes.kill(killed[-1])
        # Nobody waits until it is up again: the next one may die meanwhile, or the same one while it starts.
        stage.processes.launch(killed[-1])
    stage.processes.wait_ready()
    until(lambda: all(ended(stage, case) for case in cases), seconds=SECONDS, what=f"the end after {killed}")
    for future in asking:
        future.result(SECONDS)
    for case in cases:
        once_everywhere(stage, case)
    assert stage.evidence.count("keeper", "rows") == rows + INQUIRIES, killed
    assert sum(map(bool, in_flight)) > KILLS // 2, f"too few inquiries were in flight: {in_flight}"


def test_afterwards_all_books_agree(stage: Stage) -> None:
    assert troubles.supervision(stage).ok
    until(lambda: disagreements(stage) == [], seconds=SECONDS, what="books that agree")
    outbox = [stage.evidence.count(office, "outbox", "delivered IS NULL") for office in ("city-b", "pension")]
    assert outbox == [0, 0]
    answered = sum(stage.evidence.count(office, "answered", "kind = 'exchange'") for office in ("city-b", "pension"))
    assert stage.evidence.count("keeper", "outcomes") == answered
    assert stage.evidence.count("supervisor", "findings") == 0


def disagreements(stage: Stage) -> list[reconciling.Disagreement]:
    """Return what the supervisor would find in the counts it has now."""
    roles: dict[str, Role] = {"operator-1": "operator", "operator-2": "operator", "keeper": "keeper"}
    roles |= {"city-a": "agency", "city-b": "agency", "pension": "agency"}
    kept = stage.evidence.rows("supervisor", "SELECT party, form FROM counts ORDER BY month")
    forms = {str(party): form for party, form in kept if isinstance(form, bytes)}
    assert set(forms) == set(roles)
    return reconciling.disagreements(reconciling.open_books(roles, forms))
