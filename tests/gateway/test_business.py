"""A mapping only reads the department's own database, gives values that an answer can carry, and ends."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from mynumber.exchange.context import Conditions
from mynumber.gateway.answering import business
from mynumber.gateway.answering.business import Business
from mynumber.plumbing.errors import NotFinished, WrongUse

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
    held = Business(path, {"item": "SELECT amount FROM held WHERE ref = :person"})
    assert held.look_up("a-1", ("item", "other"), Conditions()) == {"item": [{"amount": 5}], "other": []}
    assert held.look_up(None, ("item",), Conditions()) == {"item": []}


def test_an_office_that_answers_nothing_needs_no_database(tmp_path: Path) -> None:
    held = Business(tmp_path / "business.db", {})
    assert held.look_up("a-1", ("item",), Conditions()) == {"item": []}
    with pytest.raises(NotFinished):
        Business(tmp_path / "business.db", {"item": "SELECT 1"})


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
    with pytest.raises(WrongUse, match="item"):
        Business(path, {"item": query.format(evil=evil)})
    assert not evil.exists()


def test_a_query_that_does_not_end_is_ended(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(business, "QUERY_SECONDS", 0.2)
    held = Business(path, {"item": ENDLESS})
    with pytest.raises(NotFinished, match="does not answer"):
        held.look_up("a-1", ("item",), Conditions())


@pytest.mark.parametrize("value", ["x'00ff'", "1e999", "-1e999"])
def test_a_value_that_no_answer_can_carry_is_named(path: Path, value: str) -> None:
    held = Business(path, {"item": f"SELECT {value} AS v FROM held WHERE ref = :person"})
    with pytest.raises(NotFinished, match="no answer can carry"):
        held.look_up("a-1", ("item",), Conditions())
