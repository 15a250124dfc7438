"""One office at work: it invents what its tables hold, person by person.

Promises the same rows for the same residents and seed. Every amount that is answered (six digits or more), every
certificate, account number and canary occurs once in the whole town, so that a wrong column, row or office shows
itself, and so does a leak.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import TypeAlias

from mynumber.world.offices.known import OFFICES, holdings
from mynumber.world.people.residents import TOWN_YEAR, Resident, day, dice

THIS_YEAR = TOWN_YEAR  # fiscal years
LAST_YEAR = TOWN_YEAR - 1

Value: TypeAlias = str | int | None
Row: TypeAlias = dict[str, Value]


class Desk:
    """One office at work: invents the rows of its tables."""

    def __init__(self, office: str, residents: Sequence[Resident], seed: int) -> None:
        self.office = office
        self.residents = residents
        known = holdings(residents, seed)[office]
        self.refs = {holding.person: holding.ref for holding in known}
        self.people = [residents[holding.person] for holding in known]
        self.rng = dice(seed, f"business of {office}")
        self._certificates = dice(seed, f"certificates of {office}")
        self.household_sizes = Counter(person.household for person in self.people)
        self.decided: dict[int, list[Row]] = {}  # pensions by person
        self._amounts: set[int] = set()
        self._accounts: set[str] = set()
        self._arrivals: dict[str, str] = {}

    def rows(self, table: str, written: Callable[["Desk", Resident], list[Row]]) -> list[Row]:
        """Return the rows of a table, each with the reference and name, and a canary and certificate of its own."""
        return [
            {
                "ref": self.refs[person.index],
                "name": person.name,
                "canary": f"CANARY-{self.office}-{table}-{self.rng.randbytes(12).hex()}",
                "certificate": f"cert-{self._certificates.randbytes(10).hex()}",
                **row,
            }
            for person in self.people
            for row in written(self, person)
        ]

    def amount(self, low: int, high: int) -> int:
        """Return an amount that occurs nowhere else in the town: each office has a remainder of its own."""
        first = low + (list(OFFICES).index(self.office) - low) % len(OFFICES)
        while (amount := self.rng.randrange(first, high, len(OFFICES))) in self._amounts:
            pass
        self._amounts.add(amount)
        return amount

    def account_number(self) -> str:
        """Return an account number that no other account of the town has."""
        while (number := f"{self.rng.randrange(10**7):07d}") in self._accounts:
            pass
        self._accounts.add(number)
        return number

    def gone(self, person: Resident) -> bool:
        """Say whether the person has left this municipality."""
        return person.city != self.office

    def since(self, person: Resident) -> str:
        """Return the first day of the person in this municipality."""
        if person.moved_on and not self.gone(person):
            return person.moved_on
        arrival = self._arrivals.setdefault(person.household, day(self.rng, TOWN_YEAR - 25, TOWN_YEAR - 18))
        return max(person.birth, arrival)

    def running(self, low: int, high: int) -> Row:
        """Return a monthly benefit that began some years ago and runs."""
        first = day(self.rng, TOWN_YEAR - 4, TOWN_YEAR - 2)
        return {"monthly_amount": self.amount(low, high), "paid_from": f"{first[:7]}-01", "paid_to": None}


def identity(person: Resident) -> Row:
    """Return the columns that say who a person is, beside the name."""
    return {"kana": person.kana, "birth": person.birth, "sex": person.sex, "address": person.address}
