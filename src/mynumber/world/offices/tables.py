"""What each office's own database holds, and which columns of it may ever leave.

Promises a meaning for every column and a purpose for every table, and for each item of the law that an office answers
one read-only query of one line. A query is what stands in the gateway's `[mapping]`. It binds `:person` (the office's
own reference) and the conditions that it needs: `:fiscal_year`, `:from`, `:to`. A condition that the inquiry leaves out
is bound as NULL and limits nothing. No query selects a name, a reading, an address or a canary.

Items and relations: Order 506M60004008009 Art.2 table rows 106 (city asks city) and 107 (city asks pension service).
"""

from collections.abc import Mapping
from dataclasses import dataclass

_TEXT, _INTEGER, _MAYBE = "TEXT NOT NULL", "INTEGER NOT NULL", "TEXT"

COLUMNS: Mapping[str, tuple[str, str]] = {
    "ref": (_TEXT, "this office's own reference of the person"),
    "child_ref": (_TEXT, "this office's own reference of the child"),
    "name": (_TEXT, "name of the person"),
    "kana": (_TEXT, "reading of the name"),
    "child_name": (_TEXT, "name of the child"),
    "birth": (_TEXT, "date of birth"),
    "sex": (_TEXT, "female or male"),
    "address": (_TEXT, "address now"),
    "household": (_TEXT, "household of the resident register"),
    "household_size": (_INTEGER, "persons in the household"),
    "relation_to_head": (_TEXT, "head, spouse, child or parent"),
    "lives_with_parents": (_TEXT, "yes or no"),
    "status": (_TEXT, "resident or moved_out"),
    "resident_since": (_TEXT, "first day in this municipality"),
    "moved_out_on": (_MAYBE, "day of leaving this municipality"),
    "fiscal_year": (_INTEGER, "fiscal year of the tax"),
    "income_total": (_INTEGER, "total income of the year before, yen"),
    "deductions": (_INTEGER, "sum of the deductions, yen"),
    "municipal_inhabitant_tax": (_INTEGER, "municipal inhabitant tax of the year, yen"),
    "dependant": (_TEXT, "yes for a dependant of another taxpayer, else no"),
    "kind": (_TEXT, "kind of benefit"),
    "insured_category": (_INTEGER, "1 self-employed, 2 employed"),
    "monthly_amount": (_INTEGER, "amount a month, yen"),
    "amount": (_INTEGER, "amount paid, yen"),
    "paid_month": (_TEXT, "month of payment"),
    "paid_from": (_TEXT, "first day of the period"),
    "paid_to": (_MAYBE, "last day of the period, NULL while it runs"),
    "canary": (_TEXT, "a mark that no query selects, so that a leak of the row is found by searching for it"),
}


@dataclass(frozen=True, slots=True)
class Table:
    """One table of an office: why the office may hold it, its columns (of COLUMNS) and its key."""

    name: str
    purpose: str
    columns: tuple[str, ...]
    key: tuple[str, ...]

    def create(self) -> str:
        """Return the statement that makes the table."""
        columns = ", ".join(f"{column} {COLUMNS[column][0]}" for column in self.columns)
        return f"CREATE TABLE {self.name} ({columns}, PRIMARY KEY ({', '.join(self.key)})) STRICT"

    def insert(self) -> str:
        """Return the statement that adds one row, given as a value for each column."""
        return f"INSERT INTO {self.name} VALUES ({', '.join(f':{column}' for column in self.columns)})"  # noqa: S608 (names stand in this file)


def _table(name: str, purpose: str, columns: str, key: str = "ref") -> Table:
    return Table(name, purpose, ("ref", "name", *columns.split(), "canary"), tuple(key.split()))


_MUNICIPALITY = (
    _table(
        "resident_record",
        "basic resident register",
        "kana birth sex address household household_size relation_to_head lives_with_parents"
        " status resident_since moved_out_on",
    ),
    _table(
        "local_tax",
        "assessment of the inhabitant tax",
        "fiscal_year income_total deductions municipal_inhabitant_tax dependant",
        "ref fiscal_year",
    ),
    _table(
        "child_allowance",
        "payment of child allowance; name and ref are the applicant's",
        "child_ref child_name monthly_amount paid_from paid_to",
        "ref child_ref",
    ),
    _table("welfare", "public assistance", "kind monthly_amount paid_from paid_to"),
)

_PENSION_SERVICE = (
    _table("insured", "insurance record", "kana birth sex address insured_category"),
    _table("pension", "decided pensions", "kind monthly_amount paid_from paid_to", "ref kind"),
    _table("payments", "payments of pensions", "kind paid_month amount", "ref kind paid_month"),
)

_TABLES = {"city-a": _MUNICIPALITY, "city-b": _MUNICIPALITY, "pension": _PENSION_SERVICE}

_OF_YEAR = "FROM local_tax WHERE ref = :person AND fiscal_year = coalesce(:fiscal_year, fiscal_year)"
_IN_PERIOD = "paid_from <= coalesce(:to, paid_from) AND coalesce(paid_to, '9999-12-31') >= coalesce(:from, paid_from)"

_MUNICIPAL_ITEMS = {
    "local_tax/recipient": f"SELECT fiscal_year, income_total, municipal_inhabitant_tax {_OF_YEAR}",
    "local_tax/child": f"SELECT fiscal_year, dependant, income_total {_OF_YEAR}",
    "local_tax/household_member": f"SELECT fiscal_year, municipal_inhabitant_tax {_OF_YEAR}",
    "resident_record/recipient": (
        "SELECT status, resident_since, moved_out_on, household_size FROM resident_record WHERE ref = :person"
    ),
    "resident_record/child": (
        "SELECT status, relation_to_head, lives_with_parents FROM resident_record WHERE ref = :person"
    ),
}

_PENSION_ITEMS = {
    "pension/recipient": (
        f"SELECT kind, monthly_amount, paid_from, paid_to FROM pension WHERE ref = :person AND {_IN_PERIOD}"  # noqa: S608
    ),
}

_MAPPINGS = {"city-a": _MUNICIPAL_ITEMS, "city-b": _MUNICIPAL_ITEMS, "pension": _PENSION_ITEMS}


def tables(office: str) -> tuple[Table, ...]:
    """Return the tables of the office's own database."""
    return _TABLES[office]


def mapping(office: str) -> dict[str, str]:
    """Return item -> query for every item that the office answers."""
    return dict(_MAPPINGS[office])
