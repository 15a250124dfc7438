"""A mapping only reads the department's own database, gives values that an answer can carry, and ends."""

import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from mynumber.exchange.context import Conditions
from mynumber.gateway.answering import business
from mynumber.gateway.answering.business import Business, Wanted
from mynumber.plumbing.errors import NotFinished, WrongUse

ITEM = "pension/recipient"
SOMEBODY = Wanted("a-1", (ITEM,), Conditions())
ENDLESS = (
    "WITH RECURSIVE t(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM t) SELECT max(i) AS m FROM t WHERE :person = :person"
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A database with one row."""
    made = tmp_path / "business.db"
    with closing(sqlite3.connect(made)) as connection:
        connection.execute("CREATE TABLE held (ref TEXT, amount INTEGER)")
        connection.execute("INSERT INTO held VALUES ('a-1', 5)")
        connection.commit()
    return made


def test_a_query_gives_the_rows_of_the_person(path: Path) -> None:
    held = Business(path, {ITEM: "SELECT amount FROM held WHERE ref = :person"})
    wanted = [Wanted("a-1", (ITEM, "other"), Conditions()), Wanted(None, (ITEM,), Conditions())]
    assert held.look_up(wanted) == [{ITEM: [{"amount": 5}], "other": []}, {ITEM: []}]


def test_an_office_that_answers_nothing_needs_no_database(tmp_path: Path) -> None:
    held = Business(tmp_path / "business.db", {})
    assert held.look_up([SOMEBODY]) == [{ITEM: []}]
    with pytest.raises(NotFinished):
        Business(tmp_path / "business.db", {ITEM: "SELECT 1"})


@pytest.mark.parametrize(
    "query",
    [
        "DELETE FROM held WHERE ref = :person",
        "INSERT INTO held VALUES (:person, 1) RETURNING amount",
        "PRAGMA user_version=7",
        "ATTACH DATABASE '{evil}' AS e",
        "SELECT nothing FROM held",
    ],
)
def test_a_query_that_is_no_reading_is_refused_at_the_start(path: Path, query: str) -> None:
    evil = path.with_name("evil.db")
    with pytest.raises(WrongUse, match=ITEM):
        Business(path, {ITEM: query.format(evil=evil)})
    assert not evil.exists()


@pytest.mark.parametrize(
    "query",
    [
        "SELECT ref, amount FROM held",
        "SELECT amount FROM held WHERE amount = :fiscal_year",
        "SELECT amount, ':person' AS person FROM held -- WHERE ref = :person",
        "SELECT amount FROM held WHERE ref = :personal",
    ],
)
def test_a_query_that_gives_everybodys_rows_is_refused_at_the_start(path: Path, query: str) -> None:
    Business(path, {ITEM: "SELECT amount FROM held WHERE ref = :person"})
    with pytest.raises(WrongUse, match=ITEM) as refused:
        Business(path, {ITEM: query})
    assert (refused.value.code, refused.value.exit_status) == ("BAD_MAPPING", 2)


def test_every_entry_has_the_same_time(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the entries before took is not taken from the next one."""
    # Some milliseconds for each entry; all together take three times what one may.
    slow = "WITH RECURSIVE t(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM t WHERE i < 100000) SELECT max(i) AS m FROM t"
    held = Business(path, {ITEM: f"{slow} WHERE :person = :person"})
    begun = time.monotonic()
    held.look_up([SOMEBODY])
    once = time.monotonic() - begun
    monkeypatch.setattr(business, "QUERY_SECONDS", 10 * once)
    assert held.look_up([SOMEBODY] * 30) == [{ITEM: [{"m": 100_000}]}] * 30


def test_a_query_that_does_not_end_is_ended(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(business, "QUERY_SECONDS", 0.2)
    held = Business(path, {ITEM: ENDLESS})
    with pytest.raises(NotFinished, match="does not answer"):
        held.look_up([SOMEBODY])


@pytest.mark.parametrize("value", ["x'00ff'", "1e999", "-1e999"])
def test_a_value_that_no_answer_can_carry_is_named(path: Path, value: str) -> None:
    held = Business(path, {ITEM: f"SELECT {value} AS v FROM held WHERE ref = :person"})
    with pytest.raises(NotFinished, match="no answer can carry"):
        held.look_up([SOMEBODY])


# Names and conditions.


@pytest.mark.parametrize(
    ("item", "hint"),
    [
        ("pensoin/recipient", "write pension/recipient"),
        ("pension/recipiant", "write pension/recipient"),
        ("local-tax", "write local_tax"),
        ("zzzz", "see `mynumber law table information`"),
    ],
)
def test_an_item_that_does_not_exist_is_refused_at_the_start(path: Path, item: str, hint: str) -> None:
    with pytest.raises(WrongUse, match=item) as refused:
        Business(path, {item: "SELECT 1"})
    assert refused.value.hint == hint


YEAR, PERIOD = Conditions(fiscal_year=2025), Conditions(from_="2025-04-01", to="2026-03-31")


@pytest.mark.parametrize(
    ("query", "taken"),
    [
        ("SELECT amount FROM held WHERE ref = :person", set()),
        ("SELECT amount FROM held WHERE ref = :person AND amount = :fiscal_year", {YEAR}),
        ("SELECT amount FROM held WHERE ref = :person AND amount BETWEEN :from AND :to", {PERIOD}),
        ("SELECT amount FROM held WHERE ref = :person AND amount > :from", set()),
        ("SELECT amount, ':fiscal_year' AS text FROM held WHERE ref = :person", set()),
    ],
)
def test_a_condition_is_taken_if_the_query_binds_it(path: Path, query: str, taken: set[Conditions]) -> None:
    held = Business(path, {ITEM: query})
    assert {each for each in (YEAR, PERIOD) if held.takes((ITEM, "local_tax"), each)} == taken
    assert held.takes((ITEM,), Conditions())


def test_what_is_not_held_is_not_held_under_any_condition(path: Path) -> None:
    assert Business(path, {ITEM: "SELECT amount FROM held WHERE ref = :person"}).takes(("local_tax",), YEAR)


def test_a_database_that_cannot_be_read_is_told_and_recovers(path: Path) -> None:
    held = Business(path, {ITEM: "SELECT amount FROM held WHERE ref = :person"})
    assert held.trouble() is None
    path.rename(path.with_name("away"))
    assert "business.db cannot be read" in (held.trouble() or "")
    path.write_bytes(b"no database" * 1000)
    assert "restore it" in (held.trouble() or "")
    path.with_name("away").rename(path)
    assert held.trouble() is None
