"""Killed at every point of a citizen's way, the town loses nothing, does nothing twice, and tells her what to do.

A register or a portal that dies has signed her out, because a list of who is signed in is written nowhere. What it had
asked in her name by then stays on record as asked; she sees it, and asks again.
"""

import os
import random
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from mynumber.plumbing import faults
from mynumber.world.story.stage import Stage, until
from tests.town.citizens import OFFICE, Citizen, gained, own_permits, settled
from tests.town.trouble import SECONDS

OPERATOR = ("operator.commit.before", "operator.commit.after", "operator.send.before")
ORDER = ("register.order.commit.before", "register.order.commit.after")
KILLS = int(os.environ.get("MYNUMBER_KILLS", "12"))
VICTIMS = ("register", "portal", "operator-1", "operator-2", "keeper", OFFICE)
TOLD = {"PEER_DOWN", "PORTAL_DOWN", "SIGNED_OUT", "NOT_SIGNED_IN", "NOT_READY", "pending"}


@dataclass(frozen=True)
class Way:
    """A process that dies at each of these points on the way of one step; what there is of it afterwards."""

    name: str
    points: tuple[str, ...]
    times: int = 1
    """How often the step has been done for the network when she comes through."""

    def __str__(self) -> str:
        return f"{self.name}-{self.points[0].rpartition('.')[0]}"


SIGNING_IN = (
    Way("register", ("register.login.commit.before", "register.login.commit.after")),
    Way("portal", ("portal.session.after",)),
)
READING = (
    Way("register", ORDER),
    Way("portal", ("portal.order.before", "portal.send.before", "portal.read.after"), times=2),
    Way("operator-1", OPERATOR),
    Way("operator-2", OPERATOR),
)
ASKING = (
    Way("register", ORDER),
    Way("portal", ("portal.order.before", "portal.send.before", "portal.permit.after", "portal.answer.after"), times=3),
    Way("operator-1", OPERATOR),
    Way("operator-2", OPERATOR),
    Way("keeper", ("keeper.commit.before", "keeper.commit.after")),
    Way(OFFICE, ("gateway.answer.commit.before", "gateway.answer.commit.after")),
)
COPYING = (
    Way("keeper", ("keeper.replicated.before", "keeper.replicated.after")),
    Way("portal", ("portal.replicated.before", "portal.replicated.after")),
)


def test_every_point_of_her_own_way_has_its_death_here() -> None:
    here = {point for way in (*SIGNING_IN, *READING, *ASKING, *COPYING) for point in way.points}
    own = {point for point in faults.known() if point.startswith(("portal.", "register.login.", "register.order."))}
    assert here <= faults.known()
    assert own - here == set()
    assert len(own) >= 11


def dying(stage: Stage, way: Way, act: Callable[[], object]) -> None:
    """Do something while a process dies at one point after the other; each death is seen."""
    arms = [*({point: "kill"} for point in way.points), {}]
    with ThreadPoolExecutor(1) as pool:
        try:
            stage.processes.restart(way.name, faults=arms[0])  # type: ignore[arg-type]
            doing = pool.submit(act)
            for armed in arms[1:]:
                assert stage.processes.wait_ended(way.name, SECONDS) == -9
                stage.processes.restart(way.name, faults=armed, wait=not armed)  # type: ignore[arg-type]
            doing.result(SECONDS)
        except BaseException:
            stage.processes.restart(way.name, faults={})
            raise


def signed_out_by(way: Way) -> int:
    """Return how often she had to sign in."""
    return 1 + (len(way.points) if way.name in ("register", "portal") else 0)


@pytest.mark.parametrize("way", SIGNING_IN, ids=str)
def test_signing_in(stage: Stage, way: Way) -> None:
    her, logins = Citizen(stage, "recipient"), stage.evidence.count("register", "sign_ins", "event = 'login'")
    dying(stage, way, her.sign_in)
    assert (her.signed_in, set(her.told) - TOLD) == (1, set())
    # Of a death before the commit there is no record; of one behind it, of a sign-in whose answer nobody got.
    assert stage.evidence.count("register", "sign_ins", "event = 'login'") == logins + 2
    assert her.history()
    her.sign_out()


@pytest.mark.parametrize("way", READING, ids=str)
def test_reading(stage: Stage, way: Way) -> None:
    her = Citizen(stage, "recipient")
    seen, before = her.history(), gained(stage)
    her.sign_out()
    her.signed_in, shown = 0, list[list[dict[str, object]]]()
    dying(stage, way, lambda: shown.append(her.history()))
    assert (her.signed_in, set(her.told) - TOLD) == (signed_out_by(way), set())
    assert [settled(each, seen) for each in shown] == [settled(seen, seen)]
    assert gained(stage) == before | {"reads": before["reads"] + way.times}
    her.sign_out()


@pytest.mark.parametrize("way", ASKING, ids=str)
def test_asking_for_her_own(stage: Stage, way: Way) -> None:
    her = Citizen(stage, "recipient")
    known, before = own_permits(her.history()), gained(stage)
    her.sign_out()
    her.signed_in, told = 0, list[dict[str, object]]()
    dying(stage, way, lambda: told.append(her.own()))
    assert (her.signed_in, set(her.told) - TOLD) == (signed_out_by(way), set())
    assert told[0]["state"] == "data"
    after = {name: count + way.times for name, count in before.items() if name not in ("reads", "answers")}
    # The portal that died behind the permit never asked the office.
    answers = before["answers"] + way.times - (way.name == "portal")
    assert gained(stage) == after | {"reads": before["reads"], "answers": answers}
    until(lambda: len(own_permits(her.history())) == len(known) + way.times, seconds=SECONDS, what="all on her page")
    assert told[0]["permit"] in set(own_permits(her.history())) - set(known)
    her.sign_out()


@pytest.mark.parametrize("way", COPYING, ids=str)
def test_a_record_that_is_copied_to_the_portal(stage: Stage, way: Way) -> None:
    her = Citizen(stage, "recipient")
    known, told = own_permits(her.history()), list[dict[str, object]]()
    dying(stage, way, lambda: told.append(her.own()))
    until(lambda: set(own_permits(her.history())) >= {told[0]["permit"]}, seconds=SECONDS, what="her record")
    new = [permit for permit in own_permits(her.history()) if permit not in known]
    assert new.count(str(told[0]["permit"])) == 1
    assert set(her.told) - TOLD == set()
    her.sign_out()


def crowd(stage: Stage, citizens: Sequence[Citizen], kills: int) -> list[str]:
    """Let everybody ask and read again and again while processes are killed; return who was killed."""
    dice, killed = random.SystemRandom(), list[str]()

    def ask(her: Citizen, told: list[str]) -> list[str]:
        while not her.over.is_set():
            answer = her.own()
            if answer["state"] != "pending":
                told.append(str(answer["permit"]))
            her.history()
        return told

    with ThreadPoolExecutor(len(citizens)) as pool:
        asking = [pool.submit(ask, her, []) for her in citizens]
        try:
            for _ in range(kills):
                time.sleep(dice.uniform(0.2, 1.5))
                killed.append(dice.choice(VICTIMS))
                stage.processes.kill(killed[-1])
                stage.processes.launch(killed[-1])
            stage.processes.wait_ready()
            time.sleep(2)
        finally:
            for her in citizens:
                her.over.set()
        for her, each in zip(citizens, asking, strict=True):
            told = each.result(2 * SECONDS)
            assert told, (her.name, killed)
            until(lambda: set(told) <= set(own_permits(her.history())), seconds=SECONDS, what=f"{her.name}'s records")  # noqa: B023
    return killed


def test_killed_at_any_time_every_record_is_on_the_page_of_one_citizen_once(stage: Stage) -> None:
    citizens = [Citizen(stage, name) for name in ("recipient", "child", "applicant", "shielded")]
    known, before = [own_permits(her.history()) for her in citizens], gained(stage)
    killed = crowd(stage, citizens, KILLS)
    assert {code for her in citizens for code in her.told} - TOLD == set(), killed

    def new() -> list[str]:
        return [
            permit
            for her, old in zip(citizens, known, strict=True)
            for permit in own_permits(her.history())
            if permit not in old
        ]

    rows = gained(stage)["rows"] - before["rows"]
    until(lambda: len(new()) == rows, seconds=SECONDS, what=f"{rows} records on the pages after {killed}")
    assert len(set(new())) == rows > len(citizens)
    assert gained(stage)["releases"] - before["releases"] == rows
    assert gained(stage)["answers"] - before["answers"] <= rows
    for her in citizens:
        her.sign_out()
    assert stage.evidence.count("supervisor", "findings") == 0
