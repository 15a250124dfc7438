"""What each office's own database holds.

Promises a meaning for every column and a purpose for every table. What of it may ever leave stands in items.py.
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
    "status": (_TEXT, "resident, moved_out or deceased"),
    "resident_since": (_TEXT, "first day in this municipality"),
    "moved_out_on": (_MAYBE, "day of leaving this municipality"),
    "died_on": (_MAYBE, "day of death"),
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
    "filing": (_TEXT, "return, or withheld by the employer"),
    "tax_year": (_INTEGER, "year of the income"),
    "taxable_income": (_INTEGER, "taxable income of the year, yen"),
    "income_tax": (_INTEGER, "income tax of the year, yen"),
    "refund_due": (_INTEGER, "amount to be paid back, yen"),
    "filed_on": (_TEXT, "day of the return"),
    "institution_code": (_TEXT, "code of the financial institution"),
    "branch_code": (_TEXT, "code of the branch"),
    "account_kind": (_TEXT, "kind of account"),
    "account_number": (_TEXT, "account number"),
    "registered_on": (_TEXT, "day on which the account was registered"),
    "certificate": (_TEXT, "number of the certificate on which this row is told; no other row of the town has it"),
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
        " status resident_since moved_out_on died_on certificate",
    ),
    _table(
        "local_tax",
        "assessment of the inhabitant tax",
        "fiscal_year income_total deductions municipal_inhabitant_tax dependant certificate",
        "ref fiscal_year",
    ),
    _table(
        "child_allowance",
        "payment of child allowance; name and ref are the applicant's",
        "child_ref child_name monthly_amount paid_from paid_to certificate",
        "ref child_ref",
    ),
    _table("public_assistance", "public assistance", "kind monthly_amount paid_from paid_to certificate"),
)

_PENSION_SERVICE = (
    _table("insured", "insurance record", "kana birth sex address insured_category"),
    _table("pension", "decided pensions", "kind monthly_amount paid_from paid_to certificate", "ref kind"),
    _table("payments", "payments of pensions", "kind paid_month amount", "ref kind paid_month"),
)

_TAX_AGENCY = (
    _table("taxpayer", "record of taxpayers", "kana birth sex address filing"),
    _table(
        "national_tax",
        "assessment of income tax and refunds",
        "tax_year taxable_income income_tax refund_due filed_on",
        "ref tax_year",
    ),
)

_ACCOUNT_REGISTER = (
    _table("registered", "who registered an account for public benefits", "kana birth sex address"),
    _table(
        "account",
        "accounts for public benefits",
        "institution_code branch_code account_kind account_number registered_on certificate",
    ),
)

_TABLES = {
    "city-a": _MUNICIPALITY,
    "city-b": _MUNICIPALITY,
    "pension": _PENSION_SERVICE,
    "tax": _TAX_AGENCY,
    "accounts": _ACCOUNT_REGISTER,
}


def tables(office: str) -> tuple[Table, ...]:
    """Return the tables of the office's own database."""
    return _TABLES[office]
