"""Persons and numbers: one each, never two, random roots, and nothing personal in the open."""

from pathlib import Path

import msgspec
import pytest
from sqlalchemy import select

from mynumber.plumbing.database import Store
from mynumber.plumbing.errors import Conflict
from mynumber.register import residents
from mynumber.register.residents import Person
from mynumber.register.store import RESIDENTS, Seals
from tests.register.people import persons, registered


def test_every_person_gets_a_valid_number_of_his_own(store: Store, seals: Seals) -> None:
    numbers = registered(store, seals, 50)
    assert len({number.digits()[:11] for number in numbers}) == 50
    with store.reading() as connection:
        found = residents.by_number(connection, seals, numbers)
    assert [found[number].basic for number in numbers] == persons(50)


def test_numbers_come_from_the_whole_range(store: Store, seals: Seals) -> None:
    firsts = {number.digits()[0] for number in registered(store, seals, 200)}
    assert len(firsts) == 10


def test_who_is_registered_keeps_the_number_whatever_the_spelling(store: Store, seals: Seals) -> None:
    first = registered(store, seals, 2)
    again = [msgspec.structs.replace(person, name="花房　咲", household="h-9") for person in persons(3)]
    with store.writing() as connection:
        found = residents.register(connection, seals, again)
    assert found.numbers[:2] == tuple(first)
    assert found.issued == 1


def test_the_same_person_twice_in_a_batch_is_refused(store: Store, seals: Seals) -> None:
    with pytest.raises(Conflict, match="twice"), store.writing() as connection:
        residents.register(connection, seals, [*persons(2), persons(1)[0]])
    with store.reading() as connection:
        assert connection.execute(select(RESIDENTS.c.id)).all() == []


def test_a_number_that_somebody_has_is_drawn_again(store: Store, seals: Seals) -> None:
    drawn = iter([4, 4, 4, 9])  # a die that falls on one side, as a broken source might
    with store.writing() as connection:
        first = residents.register(connection, seals, persons(1), draw=lambda _: next(drawn))
    with store.writing() as connection:
        both = residents.register(connection, seals, persons(2), draw=lambda _: next(drawn))
    assert [number.digits()[:11] for number in both.numbers] == ["00000000005", "00000000010"]
    assert both.numbers[0] == first.numbers[0]


def test_a_number_drawn_twice_in_a_batch_is_drawn_again(store: Store, seals: Seals) -> None:
    drawn = iter([4, 4, 4, 9])
    with store.writing() as connection:
        found = residents.register(connection, seals, persons(2), draw=lambda _: next(drawn))
    assert [number.digits()[:11] for number in found.numbers] == ["00000000005", "00000000010"]


def test_every_body_but_that_of_zeros_can_be_drawn(store: Store, seals: Seals) -> None:
    with store.writing() as connection:
        first = residents.register(connection, seals, persons(1), draw=lambda _: 0)
        last = residents.register(connection, seals, persons(1, start=1), draw=lambda bound: bound - 1)
    assert [found.numbers[0].digits()[:11] for found in (first, last)] == ["00000000001", "99999999999"]


def test_roots_are_random_and_not_derived(tmp_path: Path, store: Store, seals: Seals) -> None:
    """The same person with the same number under the same key has another root in another store."""
    registered(store, seals, 2)
    with store.reading() as connection:
        roots = [seals.root.open(bytes(root)) for root in connection.execute(select(RESIDENTS.c.root)).scalars()]
    assert len(set(roots)) == 2
    assert all(len(root) == 32 for root in roots)


def test_the_store_shows_no_number_and_no_person(tmp_path: Path, store: Store, seals: Seals) -> None:
    numbers = registered(store, seals, 3)
    stored = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert len(stored) > 4096
    for needle in ("花房".encode(), b"1988-02-29", *(number.digits().encode() for number in numbers)):
        assert needle not in stored


def test_a_repr_shows_no_person(store: Store, seals: Seals) -> None:
    numbers = registered(store, seals, 1)
    with store.reading() as connection:
        found = residents.by_number(connection, seals, numbers)
    shown = repr((found, persons(1), seals))
    assert "花房" not in shown
    assert numbers[0].digits() not in shown
    assert isinstance(found[numbers[0]].basic, Person)
