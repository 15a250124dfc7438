"""What a city holds: resident register, inhabitant tax, child allowance, public assistance.

Promises that who moved in last year has tax rows here for this year only, and who left or died last year for last year
only; known persons of whom nothing is held: who has no work has no tax row.
"""

from mynumber.world.offices.desk import LAST_YEAR, THIS_YEAR, Desk, Row, identity
from mynumber.world.people.residents import Resident


def resident_record(desk: Desk, person: Resident) -> list[Row]:
    """Return the entry of the basic resident register."""
    return [
        {
            **identity(person),
            "household": person.household,
            "household_size": desk.household_sizes[person.household],
            "relation_to_head": person.relation,
            "lives_with_parents": "yes" if person.parents else "no",
            "status": "moved_out" if desk.gone(person) else "deceased" if person.died_on else "resident",
            "resident_since": desk.since(person),
            "moved_out_on": person.moved_on if desk.gone(person) else None,
            "died_on": None if desk.gone(person) else person.died_on or None,
        }
    ]


def local_tax(desk: Desk, person: Resident) -> list[Row]:
    """Tax of a year is levied where a person lived on its first of January; moves and deaths happened last year."""
    here = (
        [LAST_YEAR]
        if desk.gone(person) or person.died_on
        else [THIS_YEAR]
        if person.moved_on
        else [LAST_YEAR, THIS_YEAR]
    )
    return [
        {"fiscal_year": year, **_assessment(desk, person)}
        for year in here
        if person.work != "none" and person.birth < f"{year}-01-01"
    ]


def _assessment(desk: Desk, person: Resident) -> Row:
    if person.work == "pupil":
        small = desk.amount(100_000, 380_000)
        return {"income_total": small, "deductions": 0, "municipal_inhabitant_tax": 0, "dependant": "yes"}
    return {
        "income_total": desk.amount(1_800_000, 8_900_000),
        "deductions": desk.amount(430_000, 1_700_000),
        "municipal_inhabitant_tax": desk.amount(100_000, 420_000),
        "dependant": "no",
    }


def child_allowance(desk: Desk, person: Resident) -> list[Row]:
    """Return an allowance for each child, paid to the head of the household."""
    if person.relation != "head":
        return []
    children = [desk.residents[index] for index in person.children]
    return [
        {
            "child_ref": desk.refs[child.index],
            "child_name": child.name,
            "monthly_amount": desk.amount(100_000, 240_000),
            "paid_from": max(child.birth, desk.since(person)),
            "paid_to": person.moved_on if desk.gone(person) else None,
        }
        for child in children
        if child.work == "pupil"
    ]


def public_assistance(desk: Desk, person: Resident) -> list[Row]:
    """Return the running assistance of who has no work."""
    if person.work != "none" or desk.gone(person):
        return []
    return [{"kind": "livelihood", **desk.running(100_000, 240_000)}]
