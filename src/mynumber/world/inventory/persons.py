"""About whom something stands in which table of which store of a town.

The world, which belongs to no institution, knows everybody's references (town/people.jsonl) and borrows each owner's
store key to find who lies under a seal. Rows that only a record tag finds are not among what is returned: nobody can
say whose they are.
"""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from mynumber.number.my_number import MyNumber
from mynumber.plumbing import keyfiles, sealing
from mynumber.register import residents
from mynumber.register.store import Seals
from mynumber.world.inventory import found
from mynumber.world.inventory.found import Owner

Person = int
"""A person's line in town/people.jsonl, from 1; nothing that is printed says more."""

_REFERENCE = "NE20"


@dataclass(frozen=True, slots=True)
class People:
    """The persons of a town: their numbers, and office by office their references."""

    numbers: Mapping[str, Person]
    refs: Mapping[str, Mapping[str, Person]]


def read(town: Path) -> People:
    """Return the persons of a town; nobody where no file says who they are."""
    file = town / "town" / "people.jsonl"
    numbers: dict[str, Person] = {}
    refs: dict[str, dict[str, Person]] = defaultdict(dict)
    for person, line in enumerate(file.read_text(encoding="utf-8").splitlines() if file.is_file() else [], 1):
        said = json.loads(line)
        numbers[said["number"]] = person
        for office, held in said["held_by"].items():
            refs[office][held["ref"]] = person
    return People(numbers, refs)


def within(owner: Owner, store: Path, people: People) -> Iterator[tuple[Person, str]]:
    """Return (person, table) for everything in a store that can be told to be about a person."""
    refs = people.refs.get(owner.name, {})
    with found.reading(store) as connection:
        there = {(each.name, column) for each in found.held(connection) for column in each.columns}
        for name, table in owner.stores[store].items():
            for column, said in table.columns.items():
                if said.equivalent == _REFERENCE and (name, column) in there:
                    yield from _by_reference(connection, name, column, refs)
        if ("vault", "person") in there:
            yield from _in_vault(connection, owner, refs)
        if ("residents", "number_index") in there:
            tables = [name for name, column in sorted(there) if column == "resident"]
            yield from _in_register(connection, owner, people.numbers, tables)


def _by_reference(
    connection: sqlite3.Connection, table: str, column: str, refs: Mapping[str, Person]
) -> Iterator[tuple[Person, str]]:
    for (ref,) in connection.execute(f'SELECT DISTINCT "{column}" FROM "{table}"'):  # noqa: S608
        if ref in refs:
            yield refs[ref], table


def _in_vault(connection: sqlite3.Connection, owner: Owner, refs: Mapping[str, Person]) -> Iterator[tuple[Person, str]]:
    column = sealing.column(_key(owner), "vault", "person")
    places = {column.index(ref.encode()): person for ref, person in refs.items()}
    for (place,) in connection.execute("SELECT person FROM vault"):
        if place in places:
            yield places[place], "vault"


def _in_register(
    connection: sqlite3.Connection, owner: Owner, numbers: Mapping[str, Person], tables: Iterable[str]
) -> Iterator[tuple[Person, str]]:
    seals = Seals.of(_key(owner))
    places = {residents.number_index(seals, MyNumber(number)): person for number, person in numbers.items()}
    rows = connection.execute("SELECT id, number_index FROM residents").fetchall()
    ids = {number: places[place] for number, place in rows if place in places}
    yield from ((person, "residents") for person in ids.values())
    for table in tables:
        for (number,) in connection.execute(f'SELECT DISTINCT resident FROM "{table}"'):  # noqa: S608
            if number in ids:
                yield ids[number], table


def _key(owner: Owner) -> bytes:
    return keyfiles.read_secret(owner.folder / "keys" / "store.key")
