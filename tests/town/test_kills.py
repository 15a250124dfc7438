"""Killed at every point, the town loses nothing and does nothing twice."""

import ast
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from mynumber.codes.parties.entries import Role
from mynumber.oversight import reconciling
from mynumber.plumbing import faults
from mynumber.world.story.scenes import troubles
from mynumber.world.story.stage import Stage, until
from tests.town.trouble import SECONDS, acquired, agree, answered_once, hand_in, insist, unknown_to

AT_AN_INQUIRY = (
    ("city-a", "gateway.ask.commit.after"),
    ("operator-1", "operator.commit.before"),
    ("operator-1", "operator.commit.after"),
    ("operator-1", "operator.send.before"),
    ("operator-2", "operator.commit.before"),
    ("operator-2", "operator.commit.after"),
    ("operator-2", "operator.send.before"),
    ("keeper", "keeper.commit.before"),
    ("keeper", "keeper.commit.after"),
    ("city-a", "gateway.permit.commit.before"),
    ("city-a", "gateway.permit.commit.after"),
    ("pension", "gateway.answer.commit.before"),
    ("pension", "gateway.answer.commit.after"),
    ("city-a", "gateway.result.commit.before"),
)
AT_AN_ACQUISITION = (
    ("city-b", "gateway.handed.commit.before"),
    ("city-b", "gateway.handed.commit.after"),
    ("register", "register.accepted.before"),
    ("register", "register.accepted.after"),
    ("city-b", "gateway.noted.commit.before"),
    ("city-b", "gateway.noted.commit.after"),
    ("register", "register.commit.before"),
    ("register", "register.commit.after"),
    ("operator-1", "operator.commit.before"),
    ("operator-1", "operator.commit.after"),
    ("operator-1", "operator.send.before"),
    ("operator-2", "operator.commit.before"),
    ("operator-2", "operator.commit.after"),
    ("operator-2", "operator.send.before"),
    ("keeper", "keeper.commit.before"),
    ("keeper", "keeper.commit.after"),
    ("register", "register.returned.before"),
    ("register", "register.returned.after"),
    ("city-b", "gateway.enrolled.commit.before"),
    ("city-b", "gateway.enrolled.commit.after"),
    ("register", "register.finished.before"),
    ("register", "register.finished.after"),
)


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


@pytest.mark.usefixtures("before")
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


@pytest.mark.parametrize(("name", "point"), AT_AN_ACQUISITION)
def test_an_acquisition_survives_a_death_at_this_point(
    stage: Stage, pool: ThreadPoolExecutor, name: str, point: str
) -> None:
    person, before = unknown_to(stage, "city-b")[0], enrolled(stage)
    with armed(stage, name, point):
        # Who handed the person in repeats it if no answer came, as after every broken connection.
        handing_in = pool.submit(hand_in, stage, "city-b", person)
    handing_in.result(SECONDS)
    until(lambda: acquired(stage, "city-b", person) == ["stored"], seconds=SECONDS, what="the new person's code")
    until(lambda: held(stage) == before["held"] + 1, seconds=SECONDS, what="the note at the register")
    assert enrolled(stage) == {party: count + 1 for party, count in before.items()}
    assert stage.evidence.count("supervisor", "findings") == 0


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


def test_afterwards_all_books_agree(stage: Stage, before: frozenset[str]) -> None:
    assert troubles.supervision(stage).ok
    until(lambda: disagreements(stage) == [], seconds=SECONDS, what="counts that agree")
    agree(stage, before)
    assert stage.evidence.count("supervisor", "findings") == 0


def disagreements(stage: Stage) -> list[reconciling.Disagreement]:
    """Return what the supervisor would find in the counts it has now."""
    roles: dict[str, Role] = {"operator-1": "operator", "operator-2": "operator", "keeper": "keeper"}
    roles |= dict.fromkeys((office.name for office in stage.town.offices), "agency")
    kept = stage.evidence.rows("supervisor", "SELECT party, form FROM counts ORDER BY month")
    forms = {str(party): form for party, form in kept if isinstance(form, bytes)}
    assert set(forms) == set(roles)
    return reconciling.disagreements(reconciling.open_books(roles, forms))
