"""The comparison of all parties' books finds what is wrong in any of them: each thing is planted and named."""

import shutil
import sqlite3
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from mynumber.plumbing.errors import NotFinished
from mynumber.world.story.stage import until
from mynumber.world.town.layout import Town
from tests.town.books import differences
from tests.town.conftest import Served

SECONDS = 60.0


@pytest.fixture(scope="module")
def town(served: Served) -> Town:
    """The town, as soon as what is sent in the background has arrived."""
    with suppress(NotFinished):
        until(lambda: differences(served.town) == [], seconds=SECONDS, what="books that agree", every=1)
    return served.town


def copied(town: Town, folder: Path) -> Town:
    """Copy the stores and keys of every institution while they are served."""
    places = []
    for each in town.institutions:
        place = folder / each.name
        shutil.copytree(each.folder / "keys", place / "keys")
        for store in each.folder.glob("*.db"):
            with closing(sqlite3.connect(store)) as theirs, closing(sqlite3.connect(place / store.name)) as mine:
                theirs.backup(mine)
        places.append(replace(each, folder=place))
    return replace(town, folder=folder, institutions=tuple(places))


def change(town: Town, party: str, query: str) -> None:
    """Change a copied store; exactly one row must have been meant."""
    store = next(path for name in ("gateway.db", "data.db") if (path := town.folder / party / name).is_file())
    with closing(sqlite3.connect(store)) as connection, connection:
        connection.execute("PRAGMA foreign_keys = OFF")
        assert connection.execute(query).rowcount == 1, query


def test_the_books_of_the_town_agree(town: Town) -> None:
    assert differences(town) == []


FIRST = "rowid = (SELECT min(rowid) FROM {})"
PLANTED = (
    ("city-a", f"UPDATE inquiries SET state = 'pending' WHERE {FIRST}", "inquiries", "city-a: 1 of inquiries have no"),
    ("operator-1", f"DELETE FROM requests WHERE {FIRST}", "requests", "operator-1: endorsed: "),
    ("operator-2", f"DELETE FROM log_entries WHERE {FIRST}", "log_entries", "operator-2: endorsed: "),
    ("keeper", f"DELETE FROM releases WHERE {FIRST}", "releases", "keeper: released: "),
    ("keeper", f"DELETE FROM rows WHERE {FIRST}", "rows", "keeper: permits and entries without one row each"),
    ("keeper", f"UPDATE rows SET locator = zeroblob(16) WHERE {FIRST}", "rows", "found by somebody's tag"),
    ("keeper", f"DELETE FROM outcomes WHERE {FIRST}", "outcomes", "outcomes of"),
    ("keeper", f"UPDATE counts SET released = released + 1 WHERE {FIRST}", "counts", "counts are not those"),
    ("keeper", f"DELETE FROM members WHERE {FIRST}", "members", "whose codes are held not all are members"),
    (
        "pension",
        "DELETE FROM answered WHERE rowid = (SELECT min(rowid) FROM answered WHERE kind <> 'enrol')",
        "",
        "answered: ",
    ),
    ("city-b", f"UPDATE outbox SET delivered = NULL WHERE {FIRST}", "outbox", "city-b: 1 of outbox have no end"),
    ("portal", f"DELETE FROM replica_rows WHERE {FIRST}", "replica_rows", "portal: 1 rows are missing"),
    ("supervisor", f"DELETE FROM leaves WHERE {FIRST}", "leaves", "which are not its"),
    ("register", f"DELETE FROM acquisitions WHERE {FIRST}", "acquisitions", "codes without note"),
    ("tax", f"DELETE FROM persons WHERE {FIRST}", "persons", "tax: "),
)


@pytest.mark.parametrize(("party", "query", "table", "said"), PLANTED)
def test_what_is_wrong_in_one_book_is_said(
    town: Town, tmp_path: Path, party: str, query: str, table: str, said: str
) -> None:
    copy = copied(town, tmp_path)
    assert differences(copy) == []
    change(copy, party, query.format(table))
    assert [each for each in differences(copy) if said in each], differences(copy)
