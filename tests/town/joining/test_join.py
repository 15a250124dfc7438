"""An office enters a running network, keys of every kind change, an office leaves; nobody stops, and all go on asking.

The tests of this file tell one story in one town and follow each other.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.town.joining import small
from tests.town.joining.small import OPERATORS, SPACING, Small, Traffic, answered, town, until


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
        until(lambda: "city-c" in str(place.rows("supervisor", LAW)), 20)
        place.wait_ready()
        assert place.version() == 2
    assert traffic.told
    assert all(map(answered, traffic.told))
    told = place.run("join", "check", "--dir", place.place("city-c"), status=3)
    assert [line for line in told.splitlines() if line.startswith("WAIT")] == [
        line for line in told.splitlines() if "law table: we hold municipality; begins in" in line
    ]
    place.move(place.now() + 400)
    assert "WAIT" not in place.run("join", "check", "--dir", place.place("city-c"))


LAW = "SELECT CAST(body AS TEXT) FROM papers WHERE kind = 'law'"


def test_the_new_office_gets_its_codes_and_asks_and_answers(place: Small, traffic: Traffic) -> None:
    with traffic.flowing():
        place.staff("city-c", ("link-107", "link-106"), small.load(place))
        asked, given = place.pension_of("city-c", "r2"), place.income_of("city-a", "city-c", "r3")
    assert asked["entries"][0]["data"] == {"pension/recipient": [{"kind": "old-age", "monthly_amount": 60_002}]}
    assert given["entries"][0]["data"] == {"local_tax/recipient": [{"fiscal_year": 2025, "income_total": 3_000_003}]}
    assert all(map(answered, traffic.told))
