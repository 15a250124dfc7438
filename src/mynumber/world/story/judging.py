"""How a scene is judged: what the provider's own tables hold, what the asker was told, who has records of it."""

from collections.abc import Mapping

from mynumber.gateway.desk import api
from mynumber.plumbing.canonical import b64
from mynumber.world.story.stage import Entry, Stage
from mynumber.world.town.evidence import Value

# In the world's own words and not through the mapping that answers.
_TAX = (
    "SELECT fiscal_year, income_total, municipal_inhabitant_tax, certificate"
    " FROM local_tax WHERE ref = ? AND fiscal_year = ?"
)
_RECORD = "SELECT status, resident_since, moved_out_on, household_size, certificate FROM resident_record WHERE ref = ?"
_ACCOUNT = "SELECT institution_code, branch_code, account_kind, account_number, certificate FROM account WHERE ref = ?"
_HELD = {
    "pension/recipient": "SELECT kind, monthly_amount, paid_from, paid_to, certificate FROM pension WHERE ref = ?",
    "local_tax/recipient": _TAX,
    "local_tax/child": (
        "SELECT fiscal_year, dependant, income_total, certificate FROM local_tax WHERE ref = ? AND fiscal_year = ?"
    ),
    "resident_record/recipient": _RECORD,
    "resident_record/child": (
        "SELECT status, relation_to_head, lives_with_parents, certificate FROM resident_record WHERE ref = ?"
    ),
    "public_benefit_account/recipient": _ACCOUNT,
    "public_benefit_account/applicant": _ACCOUNT,
}
_OF_A_YEAR = "local_tax/"

PAID_TO = 3
"""Where a pension's row says until when it is paid."""

Rows = list[list[Value]]


def held(stage: Stage, office: str, entry: Entry, year: int | None = None) -> Rows:
    """Return the rows that the provider holds for an entry, without the names of columns."""
    ref = stage.cast.ref(office, entry.person)
    found: Rows = []
    for item in entry.items:
        bound: tuple[Value, ...] = (ref, year) if item.startswith(_OF_A_YEAR) else (ref,)
        found += [list(row) for row in stage.evidence.rows(office, _HELD[item], bound, store="business.db")]
    return found


def told(shown: api.ShownInquiry) -> list[list[list[str | int | float | None]]]:
    """Return the rows that each entry was told, without the names of columns."""
    return [[list(row.values()) for rows in entry.data.values() for row in rows] for entry in shown.entries]


def classes(shown: api.ShownInquiry) -> list[str]:
    """Return the class of each entry."""
    return [entry.class_ for entry in shown.entries]


def records(stage: Stage, shown: api.ShownInquiry, provider: str, asker: str = "city-a") -> dict[str, int]:
    """Return how many records of an inquiry each of its parties has; none of an inquiry without permit."""
    return stage.evidence.records_of(shown.permit, asker, provider) if shown.permit else {}


def refusal(stage: Stage, shown: api.ShownInquiry, asker: str = "city-a") -> tuple[bool, str]:
    """Return whether operator 1 wrote down one legal refusal and passed nothing on, and the article that was told."""
    request = stage.evidence.request_of(asker, shown.id)
    recorded = stage.evidence.rows("operator-1", "SELECT code FROM refusals WHERE request = ?", (request,))
    passed = [party for party in ("operator-1", "operator-2", "keeper") if stage.evidence.has_request(party, request)]
    article = shown.refusal.article if isinstance(shown.refusal, api.Problem) else ""
    return shown.state == "refused" and recorded == [("LAW_REFUSED",)] and not passed and bool(article), article


def accepted(stage: Stage) -> dict[str, int]:
    """Return how many requests each party stands by."""
    tables = {"operator-1": "requests", "operator-2": "requests", "keeper": "releases", "pension": "answered"}
    return {party: stage.evidence.count(party, table) for party, table in tables.items()}


def log_indexes(stage: Stage, request: bytes) -> dict[str, int | None]:
    """Return where the logs of the network have a request."""
    return {party: stage.evidence.log_index(party, b64(request)) for party in ("operator-1", "operator-2", "keeper")}


def names(counts: Mapping[str, int]) -> str:
    """Return counts in words."""
    return ", ".join(f"{party} {count}" for party, count in counts.items())


def pairs(values: Mapping[str, object]) -> str:
    """Return named values in words."""
    return ", ".join(f"{name} {value}" for name, value in values.items())
