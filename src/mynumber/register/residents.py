"""Persons and their numbers: `register` promises one number a person and never one number twice.

A number is 11 digits of the operating system's randomness and a check digit (Order art. 6: derived without regularity,
and unlike every other ever issued). Two spellings of the same four basic data are one person.
"""

import os
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec
from sqlalchemy import Connection, insert, select

from mynumber.acquisition import basic
from mynumber.acquisition.basic import Basic
from mynumber.number.my_number import MyNumber, from_body
from mynumber.plumbing.errors import Conflict
from mynumber.register.store import RESIDENTS, Seals

ROOT_SIZE = 32
_BODIES = 10**11


class Person(Basic, frozen=True):
    """A person as the municipality reports one; `household` is its own mark and may be empty."""

    household: basic.Reading = ""


@dataclass(frozen=True, slots=True)
class Resident:
    """A registered person, for comparing."""

    id: int
    basic: Basic = field(repr=False)


@dataclass(frozen=True, slots=True)
class Registered:
    """The numbers of a batch of persons in its order, and how many of them were issued just now."""

    numbers: tuple[MyNumber, ...]
    issued: int


def register(
    connection: Connection,
    seals: Seals,
    persons: Sequence[Person],
    *,
    draw: Callable[[int], int] = secrets.randbelow,
) -> Registered:
    """Make sure that each person has a number. The same person twice in one batch is a Conflict.

    `draw(n)` gives a random integer below n; it is the operating system's everywhere but in tests.
    """
    indexes = [seals.person.index(basic.identity(person)) for person in persons]
    if len(set(indexes)) != len(indexes):
        raise Conflict("DUPLICATE_PERSON", "a person stands twice in one batch", hint="correct the file")
    known = _numbers(connection, seals, indexes)
    new = [(index, person) for index, person in zip(indexes, persons, strict=True) if index not in known]
    if new:
        issued = _unused(connection, seals, len(new), draw)
        rows = [_row(seals, number, index, person) for number, (index, person) in zip(issued, new, strict=True)]
        connection.execute(insert(RESIDENTS), rows)
        known |= {index: number for number, (index, _) in zip(issued, new, strict=True)}
    return Registered(tuple(known[index] for index in indexes), len(new))


def _numbers(connection: Connection, seals: Seals, indexes: Sequence[bytes]) -> dict[bytes, MyNumber]:
    columns = RESIDENTS.c
    query = select(columns.person_index, columns.number).where(columns.person_index.in_(indexes))
    found = connection.execute(query)
    return {bytes(row.person_index): MyNumber(seals.number.open(bytes(row.number)).decode()) for row in found}


def _unused(connection: Connection, seals: Seals, count: int, draw: Callable[[int], int]) -> list[MyNumber]:
    """Return `count` numbers that nobody has; the transaction is a writing one, so nobody gets them meanwhile."""
    drawn: dict[bytes, MyNumber] = {}
    while len(drawn) < count:
        # The body of zeros is left out: its number passes the formula and is never issued.
        number = from_body(f"{1 + draw(_BODIES - 1):011d}")
        index = number_index(seals, number)
        if connection.execute(select(RESIDENTS.c.id).where(RESIDENTS.c.number_index == index)).first() is None:
            drawn[index] = number
    return list(drawn.values())


def _row(seals: Seals, number: MyNumber, index: bytes, person: Person) -> dict[str, bytes]:
    return {
        "number_index": number_index(seals, number),
        "person_index": index,
        "root": seals.root.seal(os.urandom(ROOT_SIZE)),
        "number": seals.number.seal(number.digits().encode()),
        "person": seals.person.seal(msgspec.json.encode(person)),
    }


def number_index(seals: Seals, number: MyNumber) -> bytes:
    """Return the keyed index of a number's body."""
    return seals.number.index(number.digits()[:11].encode())


def by_number(connection: Connection, seals: Seals, numbers: Sequence[MyNumber]) -> Mapping[MyNumber, Resident]:
    """Return the persons who have these numbers; a number that nobody has is not in it."""
    indexes = {number_index(seals, number): number for number in numbers}
    columns = RESIDENTS.c
    query = select(columns.id, columns.number_index, columns.person).where(columns.number_index.in_(indexes))
    return {
        indexes[bytes(row.number_index)]: Resident(int(row.id), _open(seals, bytes(row.person)))
        for row in connection.execute(query)
    }


def _open(seals: Seals, sealed: bytes) -> Person:
    return msgspec.json.decode(seals.person.open(sealed), type=Person)
