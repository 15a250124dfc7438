"""An office enters a running network, keys of every kind change, an office leaves; nobody stops, and all go on asking.

The tests of this file tell one story in one town and follow each other.
"""

import re
from collections.abc import Iterator

import pytest

from tests.town.joining import small
from tests.town.joining.small import INCOME, PENSION, Small, Traffic, town, until


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Small]:
    """The town."""
    with town(tmp_path_factory.mktemp("small") / "town") as made:
        yield made


@pytest.fixture(scope="module")
def traffic(place: Small) -> Iterator[Traffic]:
    """City A asks the pension service all the time."""
    with Traffic(place).on() as asking:
        yield asking


@pytest.fixture(autouse=True)
def _nobody_stops(place: Small) -> Iterator[None]:
    """No process ends but those that a test starts again itself."""
    before = {name: process.pid for name, process in place.processes.items()}
    yield
    assert all(small.alive(process) for process in place.processes.values())
    after = {name: process.pid for name, process in place.processes.items()}
    changed = {name for name in before if after.get(name) != before[name]}
    assert changed <= {"city-a"}


def waiting(place: Small, name: str) -> list[str]:
    """Return what `join check` says is still to be done, without figures that change."""
    done = place.json("join", "check", "--dir", place.place(name), status=3)
    return [f"{one['subject']}: {re.split('[0-9]', one['said'])[0].strip()}" for one in done["lines"] if not one["ok"]]


def test_an_office_enters_while_the_others_work(place: Small, traffic: Traffic) -> None:
    with traffic.flowing():
        place.init("city-c")
        assert place.change(place.now() + 5, hand_ins=["city-c"]) == 2
        place.step("finish", place.place("city-c"))
        place.start("city-c")
        waits = place.run("join", "check", "--dir", place.place("city-c"), status=3)
        assert "no directory lists city-c yet" in waits
        config = place.place("supervisor") / "config.toml"
        text = config.read_text(encoding="utf-8")
        config.write_text(text.replace('"municipality" = ["city-a"]', '"municipality" = ["city-a", "city-c"]'))
        place.wait_ready()
        assert place.version() == 2
        until(lambda: waiting(place, "city-c") == ["law table: we hold municipality; begins in"], 20)
    assert {one.said for one in traffic.told} == {"data"}
    place.move(place.now() + 400)
    assert "WAIT" not in place.run("join", "check", "--dir", place.place("city-c"))


def test_the_new_office_gets_its_codes_and_asks_and_answers(place: Small, traffic: Traffic) -> None:
    with traffic.flowing():
        place.staff("city-c", ("link-107", "link-106"), small.load(place))
        asked, given = place.ask("city-c", "pension", PENSION, "r2"), place.ask("city-a", "city-c", INCOME, "r3")
    assert (asked.said, asked.amount) == ("data", 60_002)
    assert (given.said, given.amount) == ("data", 3_000_003)
    assert {one.said for one in traffic.told} == {"data"}
