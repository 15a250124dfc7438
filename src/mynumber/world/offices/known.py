"""The offices of the town, whom each knows, and under which reference.

Promises that an office's reference says nothing about the person and nothing about the reference at another office.

  city-a    its residents, also who died there.
  city-b    its residents and who moved away last year, to city-a or abroad.
  pension   adults, but not public servants, whom a mutual aid association insures.
  tax       adults with an income.
  accounts  who has registered an account for public benefits: most adults and some children.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from mynumber.world.people.residents import Resident, dice

# A person who has registered an account for public benefits lives in a household of such persons.
_WITHOUT_ACCOUNT = 5  # one household in so many


@dataclass(frozen=True, slots=True)
class Office:
    """An office of the town. `roles` are those of law/roles.csv; a reference is `prefix` and so many digits.

    `subjects` is how many persons the modelled office would know: the town has only as many as a laptop bears.
    """

    id: str
    name: str
    name_en: str
    roles: tuple[str, ...]
    prefix: str
    digits: int
    subjects: int


OFFICES: Mapping[str, Office] = {
    office.id: office
    for office in (
        Office("city-a", "甲野市", "City A", ("municipality", "welfare_office"), "a-", 6, 80_000),
        Office("city-b", "乙原市", "City B", ("municipality", "welfare_office"), "b", 8, 300_000),
        Office("pension", "見本年金機構", "Specimen Pension Service", ("jps",), "p-", 9, 67_000_000),
        Office("tax", "見本国税庁", "Specimen Tax Agency", ("nta",), "t-", 10, 55_000_000),
        Office("accounts", "見本口座登録庁", "Specimen Account Register", ("pm_digital",), "k", 7, 60_000_000),
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
    if office == "tax":
        return person.work not in {"pupil", "none"}
    if office == "accounts":
        return int(person.household[-4:], 16) % _WITHOUT_ACCOUNT != 0 or person.moved_from != ""
    return office in {person.city, person.moved_from}
