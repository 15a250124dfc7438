"""The comparison of all parties' books finds what is wrong in any of them: each thing is planted and named."""

import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from mynumber.world.town.layout import Town
from tests.town.books import differences
from tests.town.conftest import Served


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


FIRST = "rowid = (SELECT min(rowid) FROM {})"
PLANTED = (
    (
        "city-a",
        f"UPDATE inquiries SET state = 'pending' WHERE {FIRST}",
        "inquiries",
        "one of inquiries has no end",
    ),
    ("operator-1", f"DELETE FROM requests WHERE {FIRST}", "requests", "operator-1: endorsed: "),
    ("operator-2", f"DELETE FROM log_entries WHERE {FIRST}", "log_entries", "operator-2: endorsed: "),
    ("keeper", f"DELETE FROM releases WHERE {FIRST}", "releases", "keeper: released: "),
    ("keeper", f"DELETE FROM rows WHERE {FIRST}", "rows", "has not one row"),
    ("keeper", f"UPDATE rows SET locator = zeroblob(16) WHERE {FIRST}", "rows", "found by nobody's tag"),
    ("keeper", f"DELETE FROM outcomes WHERE {FIRST}", "outcomes", "outcomes more than answers"),
    ("keeper", f"UPDATE counts SET released = released + 1 WHERE {FIRST}", "counts", "counts are not those"),
    ("keeper", f"DELETE FROM members WHERE {FIRST}", "members", "not everybody whose code is held is a member"),
    (
        "pension",
        "DELETE FROM answered WHERE rowid = (SELECT min(rowid) FROM answered WHERE kind <> 'enrol')",
        "",
        "answered: ",
    ),
    ("city-b", f"UPDATE outbox SET delivered = NULL WHERE {FIRST}", "outbox", "city-b: one of outbox has no end"),
    ("portal", f"DELETE FROM replica_rows WHERE {FIRST}", "replica_rows", "portal: 1 rows are missing"),
    ("supervisor", f"DELETE FROM leaves WHERE {FIRST}", "leaves", "other leaves than its own"),
    ("register", f"DELETE FROM acquisitions WHERE {FIRST}", "acquisitions", "codes without note"),
    ("tax", f"DELETE FROM persons WHERE {FIRST}", "persons", "tax: "),
)


@pytest.mark.parametrize(("party", "query", "table", "said"), PLANTED)
def test_what_is_wrong_in_one_book_is_said(
    served: Served, before: frozenset[str], tmp_path: Path, party: str, query: str, table: str, said: str
) -> None:
    copy = copied(served.town, tmp_path)
    assert [each for each in differences(copy) if each not in before] == []
    change(copy, party, query.format(table))
    found = [each for each in differences(copy) if each not in before]
    assert [each for each in found if said in each], found
