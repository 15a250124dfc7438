"""What of an office's own database may ever leave: for each item of the law one read-only query of one line.

Promises a query for every relation in which the linkage table lets the town's offices ask about local tax, the resident
record, child allowance, public assistance, pensions and the account for public benefits, and one for the bare item,
which the person asks about herself. A query is what stands in the gateway's `[mapping]`. It binds `:person` (the
office's own reference) and the conditions that it needs: `:fiscal_year`, `:from`, `:to`. A condition that the inquiry
leaves out is bound as NULL and limits nothing. No query selects a name, a reading, an address or a canary. Every query
selects the row's certificate, by which an answer is found wherever it must not be.
"""

from collections.abc import Mapping

_OF_YEAR = " AND fiscal_year = coalesce(:fiscal_year, fiscal_year)"
_IN_PERIOD = (
    " AND paid_from <= coalesce(:to, paid_from) AND coalesce(paid_to, '9999-12-31') >= coalesce(:from, paid_from)"
)

# Relations of subject_relations.csv; "" is the bare item.
_LOCAL_TAX = (
    " applicant child dependant disabled_person foreign_national guardian household_member insured_person parent"
    " person_concerned premium_debtor recipient spouse support_obligor taxpayer"
)
_RESIDENT_RECORD = (
    " applicant child disabled_person guardian household_member insured_person parent person_concerned premium_debtor"
    " recipient spouse support_obligor taxpayer"
)
_CHILD_ALLOWANCE = " foreign_national guardian person_concerned recipient spouse"
_PUBLIC_ASSISTANCE = (
    " applicant child disabled_person foreign_national guardian household_member insured_person parent"
    " person_concerned premium_debtor recipient spouse support_obligor taxpayer"
)
_PENSION = " applicant foreign_national guardian household_member insured_person person_concerned recipient spouse"
_ACCOUNT = (
    " applicant child disabled_person foreign_national guardian insured_person parent person_concerned recipient"
    " spouse taxpayer"
)


def _select(columns: str, table: str, further: str = "") -> str:
    return f"SELECT {columns}, certificate FROM {table} WHERE ref = :person{further}"  # noqa: S608 (names stand in this file)


def _items(info: str, relations: str, query: str) -> dict[str, str]:
    return {f"{info}/{relation}" if relation else info: query for relation in relations.split(" ")}


_MUNICIPAL_ITEMS = {
    **_items(
        "local_tax",
        _LOCAL_TAX,
        _select("fiscal_year, income_total, municipal_inhabitant_tax", "local_tax", _OF_YEAR),
    ),
    "local_tax/child": _select("fiscal_year, dependant, income_total", "local_tax", _OF_YEAR),
    "local_tax/household_member": _select("fiscal_year, municipal_inhabitant_tax", "local_tax", _OF_YEAR),
    **_items(
        "resident_record",
        _RESIDENT_RECORD,
        _select("status, resident_since, moved_out_on, household_size", "resident_record"),
    ),
    "resident_record/child": _select("status, relation_to_head, lives_with_parents", "resident_record"),
    **_items(
        "child_allowance",
        _CHILD_ALLOWANCE,
        _select("monthly_amount, paid_from, paid_to", "child_allowance", _IN_PERIOD),
    ),
    **_items(
        "public_assistance",
        _PUBLIC_ASSISTANCE,
        _select("kind, monthly_amount, paid_from, paid_to", "public_assistance", _IN_PERIOD),
    ),
}

_PENSION_ITEMS = _items("pension", _PENSION, _select("kind, monthly_amount, paid_from, paid_to", "pension", _IN_PERIOD))

_ACCOUNT_ITEMS = _items(
    "public_benefit_account",
    _ACCOUNT,
    _select("institution_code, branch_code, account_kind, account_number", "account"),
)

# Nobody may ask the tax agency: no row of the linkage table has it as a provider.
_MAPPINGS: Mapping[str, Mapping[str, str]] = {
    "city-a": _MUNICIPAL_ITEMS,
    "city-b": _MUNICIPAL_ITEMS,
    "pension": _PENSION_ITEMS,
    "tax": {},
    "accounts": _ACCOUNT_ITEMS,
}


def told(office: str) -> dict[str, tuple[str, ...]]:
    """Return table -> columns of it that an answer of the office may carry."""
    found: dict[str, set[str]] = {}
    for query in _MAPPINGS[office].values():
        columns, _, source = query.removeprefix("SELECT ").partition(" FROM ")
        found.setdefault(source.split()[0], set()).update(columns.split(", "))
    return {table: tuple(sorted(columns)) for table, columns in found.items()}


def mapping(office: str) -> dict[str, str]:
    """Return item -> query for every item that the office answers."""
    return dict(_MAPPINGS[office])
