"""Invented persons, and what an office asks about them."""

import os
from collections.abc import Sequence

import msgspec

from mynumber.acquisition.basic import Basic
from mynumber.acquisition.messages import Entry, Request
from mynumber.number.my_number import MyNumber
from mynumber.plumbing.database import Store
from mynumber.register import residents
from mynumber.register.residents import Person
from mynumber.register.store import Seals

NOW = 1_790_000_000  # the time of the vectors' world


def persons(count: int, start: int = 0) -> list[Person]:
    """Return persons whom nothing but the house tells apart."""
    return [
        Person(name="花房咲", kana="ハナブササキ", birth="1988-02-29", sex="female", address=f"甲野市灯1-{i}")
        for i in range(start, start + count)
    ]


def registered(store: Store, seals: Seals, count: int) -> list[MyNumber]:
    """Register persons and return their numbers."""
    with store.writing() as connection:
        return list(residents.register(connection, seals, persons(count)).numbers)


def asking(numbers: Sequence[MyNumber], *, lost: bool = False, record_epoch: int = 2, start: int = 0) -> Request:
    """Return an office's request for these persons, under new acquisition numbers."""
    people = persons(len(numbers), start)
    entries = [Entry(os.urandom(16), number, plain(person)) for number, person in zip(numbers, people, strict=True)]
    return Request("link-107", record_epoch, lost, tuple(entries))


def plain(person: Person) -> Basic:
    """Return the basic data as an office holds them."""
    members = msgspec.structs.asdict(person)
    del members["household"]
    return Basic(**members)
