"""Killed at every point, the town loses nothing and does nothing twice."""

import ast
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from mynumber.codes.parties.entries import Role
from mynumber.gateway.desk import api
from mynumber.oversight import reconciling
from mynumber.plumbing import faults
from mynumber.world.people.residents import Resident
from mynumber.world.story.scenes import troubles
from mynumber.world.story.stage import Stage, until
from mynumber.world.town import populate
from mynumber.world.town.evidence import Value
from tests.town.conftest import Served
from tests.town.trouble import SECONDS, answered_once, insist

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


@pytest.fixture
def stage(served: Served) -> Stage:
    return served.stage


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as made:
        yield made


def test_every_fault_point_has_its_death_in_a_test() -> None:
    here = {point for _, point in (*AT_AN_INQUIRY, *AT_AN_ACQUISITION)}
    assert here < faults.known()
    # Those of citizens, replicas, rotations and readings die elsewhere; a word in a comment is no death.
    tests = [path.read_text(encoding="utf-8") for path in Path(__file__).parents[1].rglob("*.py")]
    parsed = [node for text in tests if "kill" in text for node in ast.walk(ast.parse(text))]
    armed = {node.value for node in parsed if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    assert sorted(faults.known() - armed) == []


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


@pytest.mark.parametrize(("name", "point"), AT_AN_INQUIRY)
def test_an_inquiry_survives_a_death_at_this_point(
    stage: Stage, pool: ThreadPoolExecutor, name: str, point: str
) -> None:
    person = stage.cast.recipient
    case = stage.open_case("hanako", "link-107", [person], f"died at {point}")
    rows = stage.evidence.count("keeper", "rows")
    with armed(stage, name, point):
        asking = pool.submit(insist, stage, case, person)
    answered_once(stage, case)
    asking.result(SECONDS)
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


def test_afterwards_all_books_agree(stage: Stage) -> None:
    assert troubles.supervision(stage).ok
    until(lambda: disagreements(stage) == [], seconds=SECONDS, what="books that agree")
    offices = [office.name for office in stage.town.offices]
    assert [stage.evidence.count(office, "outbox", "delivered IS NULL") for office in offices] == [0] * len(offices)
    answered = sum(stage.evidence.count(office, "answered", "kind <> 'enrol'") for office in offices)
    assert stage.evidence.count("keeper", "outcomes") == answered
    assert stage.evidence.count("supervisor", "findings") == 0


def disagreements(stage: Stage) -> list[reconciling.Disagreement]:
    """Return what the supervisor would find in the counts it has now."""
    roles: dict[str, Role] = {"operator-1": "operator", "operator-2": "operator", "keeper": "keeper"}
    roles |= dict.fromkeys((office.name for office in stage.town.offices), "agency")
    kept = stage.evidence.rows("supervisor", "SELECT party, form FROM counts ORDER BY month")
    forms = {str(party): form for party, form in kept if isinstance(form, bytes)}
    assert set(forms) == set(roles)
    return reconciling.disagreements(reconciling.open_books(roles, forms))
