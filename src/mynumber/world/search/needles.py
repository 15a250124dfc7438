"""Everything of a town that some places must not hold, for a search through stores and wires.

Promises every number, name, reading, address, reference, code, wrapped code and canary of the town, every reason,
case, department and officer that an office's context may name, and everything that an office answers:

  certificate   of each row that an answer may carry; each answered row has its own
  told          column and value of each of its values, as JSON writes them with and without a blank, and as Python does
  amount        each value of six digits or more of a business database, in yen or the number of an account, alone

Only the world can collect them: it reads town/people.jsonl and borrows each office's store key for the reasons.
"""

import json
from collections.abc import Iterator

from mynumber.gateway.asking.inquiries import Seals
from mynumber.plumbing import keyfiles
from mynumber.plumbing.canonical import unb64
from mynumber.world.offices import items
from mynumber.world.offices.tables import tables
from mynumber.world.search.search import SHORTEST_ALONE, Needle
from mynumber.world.town.evidence import Evidence, Value
from mynumber.world.town.layout import Institution, Town

_ASKED = "fiscal_year"
"""The one answered column whose value the asker names in the question."""


def of_town(town: Town) -> tuple[Needle, ...]:
    """Return the needles of a town after its story, each once."""
    evidence = Evidence(town.folder)
    found = set(_people(town))
    for office in town.offices:
        found |= {*_canaries(evidence, office), *_desk(evidence, office), *_wrapped(evidence, office)}
        found |= {*_told(evidence, office), *_amounts(evidence, office)}
    return tuple(sorted(found))


def _people(town: Town) -> Iterator[Needle]:
    for line in (town.folder / "town" / "people.jsonl").read_text(encoding="utf-8").splitlines():
        person = json.loads(line)
        for kind in ("number", "name", "kana", "address"):
            yield Needle(kind, person[kind])
        for office, held in person["held_by"].items():
            yield Needle(f"ref {office}", held["ref"])
            yield Needle(f"code {office}", unb64(held["code"], 32))


def _canaries(evidence: Evidence, office: Institution) -> Iterator[Needle]:
    def rows(query: str) -> list[tuple[Value, ...]]:
        return evidence.rows(office.name, query, store="business.db")

    for (table,) in rows("SELECT name FROM sqlite_schema WHERE type = 'table'"):
        for (canary,) in rows(f'SELECT canary FROM "{table!s}"'):  # noqa: S608 (the name is the file's own)
            yield Needle(f"canary {office.name}", str(canary))


def _told(evidence: Evidence, office: Institution) -> Iterator[Needle]:
    for table, columns in items.told(office.name).items():
        query = f"SELECT {', '.join(columns)} FROM {table}"  # noqa: S608 (names stand in items.py)
        for row in evidence.rows(office.name, query, store="business.db"):
            for column, value in zip(columns, row, strict=True):
                if column == "certificate":
                    yield Needle(f"certificate {office.name}", str(value))
                elif column != _ASKED and value is not None:
                    written = json.dumps(value, ensure_ascii=False)
                    for spelled in (f'"{column}":{written}', f'"{column}": {written}', f"'{column}': {value!r}"):
                        yield Needle("told", spelled)


def _amounts(evidence: Evidence, office: Institution) -> Iterator[Needle]:
    for table in tables(office.name):
        query = f"SELECT * FROM {table.name}"  # noqa: S608 (the name stands in tables.py)
        for row in evidence.rows(office.name, query, store="business.db"):
            for value in row:
                if str(value).isdecimal() and len(str(value)) >= SHORTEST_ALONE:
                    yield Needle(f"amount {office.name}", str(value), alone=True)


def _wrapped(evidence: Evidence, office: Institution) -> Iterator[Needle]:
    for (blob,) in evidence.rows(office.name, "SELECT blob FROM persons"):
        if isinstance(blob, bytes):
            yield Needle(f"wrapped code {office.name}", blob)


def _desk(evidence: Evidence, office: Institution) -> Iterator[Needle]:
    seals = Seals.under(keyfiles.read_secret(office.folder / "keys" / "store.key"))
    for case, reason in evidence.rows(office.name, "SELECT id, reason FROM cases"):
        yield Needle(f"case {office.name}", str(case))
        if isinstance(reason, bytes):
            yield Needle(f"reason {office.name}", seals.reason.open(reason).decode())
    for name, department in evidence.rows(office.name, "SELECT name, department FROM officers"):
        yield Needle("officer", str(name))
        if department:
            yield Needle("department", str(department))
