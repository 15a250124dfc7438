"""Whom each office of the town knows, and the office's own database with what it knows.

Promises the same databases for the same residents and seed. An office's reference says nothing about the person and
nothing about the reference at another office; every amount and every canary occurs once in the whole town, so that a
wrong column, row or office shows itself.

  city-a   its residents. Who moved in last year has tax rows here for this year only.
  city-b   its residents and who moved away to city-a, with the tax of last year.
  pension  adults, but not public servants, whom a mutual aid association insures.

Known persons of whom nothing is held: who has no work has no tax row, who draws no pension no pension row.
"""

import sqlite3
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TypeAlias

from mynumber.plumbing.errors import Conflict
from mynumber.world.offices.tables import tables
from mynumber.world.people.residents import TOWN_YEAR, Resident, day, dice

THIS_YEAR = TOWN_YEAR  # fiscal years
LAST_YEAR = TOWN_YEAR - 1

Value: TypeAlias = str | int | None
Row: TypeAlias = dict[str, Value]


@dataclass(frozen=True, slots=True)
class Office:
    """An office of the town. `roles` are those of law/roles.csv; a reference is `prefix` and so many digits."""

    id: str
    name: str
    roles: tuple[str, ...]
    prefix: str
    digits: int


OFFICES: Mapping[str, Office] = {
    office.id: office
    for office in (
        Office("city-a", "甲野市", ("municipality", "welfare_office"), "a-", 6),
        Office("city-b", "乙原市", ("municipality", "welfare_office"), "b", 8),
        Office("pension", "見本年金機構", ("jps",), "p-", 9),
    )
}


@dataclass(frozen=True, slots=True)
class Holding:
    """An office knows a person (`Resident.index`) under a reference of its own."""

    person: int
    ref: str


Holdings: TypeAlias = Mapping[str, tuple[Holding, ...]]


def holdings(residents: Sequence[Resident], seed: int) -> Holdings:
    """Return for each office whom it knows, in an order and under references that say nothing."""
    found = {}
    for office in OFFICES.values():
        rng = dice(seed, f"references of {office.id}")
        known = [person.index for person in residents if _knows(office.id, person)]
        rng.shuffle(known)
        numbers = rng.sample(range(10**office.digits), len(known))
        found[office.id] = tuple(
            Holding(person, f"{office.prefix}{number:0{office.digits}d}")
            for person, number in zip(known, numbers, strict=True)
        )
    return found


def _knows(office: str, person: Resident) -> bool:
    if office == "pension":
        return person.work not in {"pupil", "public_servant"}
    return office in {person.city, person.moved_from}


def write_business(path: Path, office: str, residents: Sequence[Resident], seed: int) -> None:
    """Make the office's database at `path` (mode 0600); Conflict if a file is there.

    The file has no write-ahead log: it is written once and then only read. A crash here leaves a file without rows in a
    town that was never finished.
    """
    try:
        path.touch(mode=0o600, exist_ok=False)
    except FileExistsError as problem:
        raise Conflict(
            "STORE_EXISTS", "the office has a database already", hint="choose another directory"
        ) from problem
    desk = _Desk(office, residents, seed)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        for table in tables(office):
            connection.execute(table.create())
            connection.executemany(table.insert(), desk.rows(table.name))
        connection.execute("COMMIT")


class _Desk:
    """One office at work: invents the rows of its tables."""

    def __init__(self, office: str, residents: Sequence[Resident], seed: int) -> None:
        self.office = office
        self.residents = residents
        known = holdings(residents, seed)[office]
        self.refs = {holding.person: holding.ref for holding in known}
        self.people = [residents[holding.person] for holding in known]
        self.rng = dice(seed, f"business of {office}")
        self.household_sizes = Counter(person.household for person in self.people)
        self.decided: dict[int, list[Row]] = {}  # pensions by person
        self._amounts: set[int] = set()
        self._arrivals: dict[str, str] = {}

    def rows(self, table: str) -> list[Row]:
        """Return the rows of a table, each with the person's reference and name and a canary of its own."""
        return [
            {
                "ref": self.refs[person.index],
                "name": person.name,
                "canary": f"CANARY-{self.office}-{table}-{self.rng.randbytes(12).hex()}",
                **row,
            }
            for person in self.people
            for row in _WRITERS[table](self, person)
        ]

    def amount(self, low: int, high: int) -> int:
        """Return an amount that occurs nowhere else in the town: each office has a remainder of its own."""
        first = low + (list(OFFICES).index(self.office) - low) % len(OFFICES)
        while (amount := self.rng.randrange(first, high, len(OFFICES))) in self._amounts:
            pass
        self._amounts.add(amount)
        return amount

    def gone(self, person: Resident) -> bool:
        """Say whether the person has left this municipality."""
        return person.city != self.office

    def since(self, person: Resident) -> str:
        """Return the first day of the person in this municipality."""
        if person.moved_on and not self.gone(person):
            return person.moved_on
        arrival = self._arrivals.setdefault(person.household, day(self.rng, TOWN_YEAR - 25, TOWN_YEAR - 18))
        return max(person.birth, arrival)


def _resident_record(desk: _Desk, person: Resident) -> list[Row]:
    return [
        {
            **_identity(person),
            "household": person.household,
            "household_size": desk.household_sizes[person.household],
            "relation_to_head": person.relation,
            "lives_with_parents": "yes" if person.parents else "no",
            "status": "moved_out" if desk.gone(person) else "resident",
            "resident_since": desk.since(person),
            "moved_out_on": person.moved_on if desk.gone(person) else None,
        }
    ]


def _identity(person: Resident) -> Row:
    return {"kana": person.kana, "birth": person.birth, "sex": person.sex, "address": person.address}


def _local_tax(desk: _Desk, person: Resident) -> list[Row]:
    """Tax of a year is levied where a person lived on its first of January; moves happened during last year."""
    here = [LAST_YEAR] if desk.gone(person) else [THIS_YEAR] if person.moved_on else [LAST_YEAR, THIS_YEAR]
    return [
        {"fiscal_year": year, **_assessment(desk, person)}
        for year in here
        if person.work != "none" and person.birth < f"{year}-01-01"
    ]


def _assessment(desk: _Desk, person: Resident) -> Row:
    if person.work == "pupil":
        small = desk.amount(1_000, 99_000)
        return {"income_total": small, "deductions": 0, "municipal_inhabitant_tax": 0, "dependant": "yes"}
    return {
        "income_total": desk.amount(1_800_000, 8_900_000),
        "deductions": desk.amount(430_000, 1_700_000),
        "municipal_inhabitant_tax": desk.amount(100_000, 420_000),
        "dependant": "no",
    }


def _child_allowance(desk: _Desk, person: Resident) -> list[Row]:
    if person.relation != "head":
        return []
    children = [desk.residents[index] for index in person.children]
    return [
        {
            "child_ref": desk.refs[child.index],
            "child_name": child.name,
            "monthly_amount": desk.amount(10_000, 40_000),
            "paid_from": max(child.birth, desk.since(person)),
            "paid_to": person.moved_on if desk.gone(person) else None,
        }
        for child in children
        if child.work == "pupil"
    ]


def _welfare(desk: _Desk, person: Resident) -> list[Row]:
    if person.work != "none" or desk.gone(person):
        return []
    return [{"kind": "livelihood", **_running(desk, 60_000, 150_000)}]


def _insured(_: _Desk, person: Resident) -> list[Row]:
    return [{**_identity(person), "insured_category": 2 if person.work == "employee" else 1}]


def _pension(desk: _Desk, person: Resident) -> list[Row]:
    if person.work == "retired":
        desk.decided[person.index] = _old_age(desk, person)
    elif brings_up_alone(person, desk.residents):
        desk.decided[person.index] = [{"kind": "survivor", **_running(desk, 80_000, 160_000)}]
    return desk.decided.get(person.index, [])


def _old_age(desk: _Desk, person: Resident) -> list[Row]:
    at_60, at_65 = (f"{person.birth_year + age}-{person.birth[5:7]}-01" for age in (60, 65))
    day_before = (date.fromisoformat(at_65) - timedelta(days=1)).isoformat()
    early: Row = {"kind": "old_age_special", "monthly_amount": desk.amount(50_000, 120_000)}
    late: Row = {"kind": "old_age", "monthly_amount": desk.amount(120_000, 250_000)}
    return [{**early, "paid_from": at_60, "paid_to": day_before}, {**late, "paid_from": at_65, "paid_to": None}]


def _payments(desk: _Desk, person: Resident) -> list[Row]:
    return [
        {"kind": pension["kind"], "paid_month": f"{TOWN_YEAR}-{month:02d}", "amount": desk.amount(100_000, 500_000)}
        for pension in desk.decided.get(person.index, [])
        if pension["paid_to"] is None
        for month in (2, 4)
    ]


def _running(desk: _Desk, low: int, high: int) -> Row:
    first = day(desk.rng, TOWN_YEAR - 4, TOWN_YEAR - 2)
    return {"monthly_amount": desk.amount(low, high), "paid_from": f"{first[:7]}-01", "paid_to": None}


def brings_up_alone(person: Resident, residents: Sequence[Resident]) -> bool:
    """Say whether the person alone brings up a child; in this town that is always a widowed parent with a pension."""
    return any(
        residents[child].work == "pupil" and residents[child].parents == (person.index,) for child in person.children
    )


_WRITERS: Mapping[str, Callable[[_Desk, Resident], list[Row]]] = {
    "resident_record": _resident_record,
    "local_tax": _local_tax,
    "child_allowance": _child_allowance,
    "welfare": _welfare,
    "insured": _insured,
    "pension": _pension,
    "payments": _payments,
}
