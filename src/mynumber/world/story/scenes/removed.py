"""The scene of a record that is gone: the supervisor names it.

The supervisor looks at what every party still holds behind its log. For this scene alone a copy of operator 1 lacks one
record and takes its place before a copy of the supervisor; the town's own two never learn of it. Everybody else who
tells the supervisor counts rests meanwhile: what the copy is told, the town's own would miss.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

from mynumber.oversight.logs import leaves
from mynumber.oversight.store import SCHEMA, findings
from mynumber.plumbing import database
from mynumber.plumbing.canonical import b64
from mynumber.plumbing.database import Store
from mynumber.world.story import copies
from mynumber.world.story.stage import Stage, Step, until

_PARTY = "operator-1"
_COPIED = (_PARTY, "supervisor")
_COUNTING = ("operator", "keeper", "gateway")
_KNOWN_SECONDS = 120.0


def deleted_record(stage: Stage) -> Step:
    """Operator 1 deletes the record of one inquiry from its store: the supervisor names it by its place in the log."""
    request = b64(stage.evidence.request_of("city-a", stage.inquiries["lawful"]))
    index = stage.evidence.log_index(_PARTY, request)
    size = stage.evidence.count(_PARTY, "log_entries")
    with stage.supervisor() as store:
        until(lambda: _followed(store) >= size, seconds=_KNOWN_SECONDS, what="operator 1's leaves at the supervisor")
    others = [each.name for each in stage.town.institutions if each.role in _COUNTING and each.name not in _COPIED]
    with copies.of(stage, _COPIED, resting=others) as folder:
        gone = _delete(folder / _PARTY / "data.db", request)
        with closing(_open(folder)) as store, copies.serving(stage, folder, _COPIED):
            until(lambda: bool(_found(store)), seconds=_KNOWN_SECONDS, what="a finding about the deleted record")
            named = _found(store)
    kept = stage.evidence.count("supervisor", "findings")
    ok = gone == 1 and named == [("record-missing", _PARTY, f"log index {index}")] and kept == 0
    said = "; ".join(f"{kind} at {party}, {subject}" for kind, party, subject in named)
    detail = (
        f"in a copy of {_PARTY} {gone} record deleted; the supervisor names {said}; {kept} findings in the town itself"
    )
    return Step("deleted-record", "", ok, detail, ("5-3",))


def _delete(store: Path, request: str) -> int:
    """Delete the record of a request from an operator's store; return how many rows that were."""
    with closing(sqlite3.connect(store)) as connection, connection:
        query = "DELETE FROM log_entries WHERE instr(record, ?) > 0"
        return connection.execute(query, (request.encode("ascii"),)).rowcount


def _open(folder: Path) -> Store:
    return Store(database.store_url("data.db", folder / "supervisor"), SCHEMA.metadata, SCHEMA.version)


def _followed(store: Store) -> int:
    with store.reading() as connection:
        return leaves.counts(connection).get(_PARTY, 0)


def _found(store: Store) -> list[tuple[str, str, str]]:
    with store.reading() as connection:
        return [(found.kind, found.party, found.subject) for _, found in findings(connection)]
