"""What the pension service, the tax agency and the account register hold.

Promises that known persons exist of whom an office holds nothing: who draws no pension has no pension row, who died has
no account any more. Old age is the only age at which somebody retires.
"""

from datetime import date, timedelta

from mynumber.world.offices.desk import LAST_YEAR, Desk, Row, identity
from mynumber.world.people.residents import TOWN_YEAR, Resident, brings_up_alone, day

# Invented: no financial institution has a code that begins with 99.
_INSTITUTIONS = ("9901", "9902", "9903", "9904")


def insured(_: Desk, person: Resident) -> list[Row]:
    """Return the insurance record."""
    return [{**identity(person), "insured_category": 2 if person.work == "employee" else 1}]


def pensions(desk: Desk, person: Resident) -> list[Row]:
    """Return the decided pensions: of the old, and of who alone brings up a child."""
    if person.work == "retired":
        desk.decided[person.index] = _old_age(desk, person)
    elif brings_up_alone(person, desk.residents):
        desk.decided[person.index] = [{"kind": "survivor", **desk.running(100_000, 180_000)}]
    return desk.decided.get(person.index, [])


def _old_age(desk: Desk, person: Resident) -> list[Row]:
    at_60, at_65 = (f"{person.birth_year + age}-{person.birth[5:7]}-01" for age in (60, 65))
    day_before = (date.fromisoformat(at_65) - timedelta(days=1)).isoformat()
    early: Row = {"kind": "old_age_special", "monthly_amount": desk.amount(100_000, 150_000)}
    late: Row = {"kind": "old_age", "monthly_amount": desk.amount(120_000, 250_000)}
    return [
        {**early, "paid_from": at_60, "paid_to": day_before},
        {**late, "paid_from": at_65, "paid_to": person.died_on or None},
    ]


def payments(desk: Desk, person: Resident) -> list[Row]:
    """Return this year's payments of running pensions."""
    return [
        {"kind": pension["kind"], "paid_month": f"{TOWN_YEAR}-{month:02d}", "amount": desk.amount(100_000, 500_000)}
        for pension in desk.decided.get(person.index, [])
        if pension["paid_to"] is None
        for month in (2, 4)
    ]


def taxpayers(_: Desk, person: Resident) -> list[Row]:
    """Return the taxpayer's record."""
    return [{**identity(person), "filing": "withheld" if person.work == "public_servant" else "return"}]


def returns(desk: Desk, person: Resident) -> list[Row]:
    """Return last year's income tax; who retired or left gets a part of what was withheld back."""
    tax = desk.amount(60_000, 900_000)
    back = desk.amount(1_000, 50_000) if person.work == "retired" or person.moved_from else 0
    return [
        {
            "tax_year": LAST_YEAR,
            "taxable_income": desk.amount(1_000_000, 9_000_000),
            "income_tax": tax,
            "refund_due": back,
            "filed_on": f"{TOWN_YEAR}-03-{desk.rng.randint(1, 15):02d}",
        }
    ]


def registered(_: Desk, person: Resident) -> list[Row]:
    """Return who registered an account, whether or not it is there now."""
    return [identity(person)]


def accounts(desk: Desk, person: Resident) -> list[Row]:
    """Return the account for public benefits; it ends with the person's death."""
    if person.died_on:
        return []
    return [
        {
            "institution_code": desk.rng.choice(_INSTITUTIONS),
            "branch_code": f"{desk.rng.randrange(1000):03d}",
            "account_kind": "ordinary",
            "account_number": desk.account_number(),
            "registered_on": day(desk.rng, TOWN_YEAR - 4, TOWN_YEAR - 2),
        }
    ]
