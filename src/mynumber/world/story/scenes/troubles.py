"""The scenes in which somebody cheats, or a machine dies in the middle of the work."""

import json
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from mynumber.codes.parties.entries import Role
from mynumber.gateway.asking.inquiries import Seals
from mynumber.gateway.desk import api
from mynumber.oversight.report import Report, report
from mynumber.plumbing import canonical, keyfiles
from mynumber.plumbing.canonical import Json, b64
from mynumber.plumbing.client import Answer
from mynumber.plumbing.clock import Clock
from mynumber.world.people.residents import Resident
from mynumber.world.story.stage import Entry, Stage, Step, until
from mynumber.world.town.strangers import Stranger

# Far more than a healthy machine needs; a busy one gets the time.
_OUTAGE_SECONDS = 120.0


def replay(stage: Stage) -> Step:
    """The pension service gets the same bundle again, then altered, then from another party."""
    inquiry = stage.inquiries["lawful"]
    body = sent_to_provider(stage, inquiry)
    before = stage.evidence.count("pension", "answered")
    stored = stage.evidence.rows(
        "pension", "SELECT answer FROM answered WHERE request = ?", (_request(stage, inquiry),)
    )
    city_a, city_b = Stranger.with_keys_of(stage.town, "city-a"), Stranger.with_keys_of(stage.town, "city-b")
    again = city_a.post("pension", "/v1/inquire", canonical.encode(body))
    altered = city_a.post("pension", "/v1/inquire", canonical.encode(_altered(body)))
    by_another = city_b.post("pension", "/v1/inquire", canonical.encode(body))
    told = [_error(altered), _error(by_another)]
    rows = stage.evidence.count("pension", "answered") - before
    same = again.status == 200 and [(again.body,)] == stored
    ok = same and told == ["PERMIT_MISMATCH", "PERMIT_MISMATCH"] and rows == 0
    answer = "the stored answer, byte for byte" if same else str(again.status)
    detail = f"again: {answer}; altered: {told[0]}; by city-b: {told[1]}; {rows} new rows at pension"
    return Step("replay", "", ok, detail, ("5-3",))


def outage(stage: Stage) -> Step:
    """Operator 2 is killed while inquiries run: nothing is permitted meanwhile, and each ends with one record."""
    persons = _known_everywhere(stage)[:6]
    case = stage.open_case("hanako", "link-107", persons, "child allowance: yearly review")
    before = stage.evidence.count("keeper", "releases")
    with ThreadPoolExecutor(len(persons)) as pool:
        # The first half is stored by operator 2 and gets no further: it stands still before it sends.
        stage.processes.restart("operator-2", faults={"operator.send.before": "hang"})
        first = _ask_all(stage, pool, case, persons[:3])
        until(
            lambda: _standing_at(stage, case, "operator-2") == 3,
            seconds=_OUTAGE_SECONDS,
            what="three requests at operator 2",
        )
        stage.processes.kill("operator-2")
        # The second half comes as far as operator 1.
        second = _ask_all(stage, pool, case, persons[3:])
        until(
            lambda: _standing_at(stage, case, "operator-1") == 6,
            seconds=_OUTAGE_SECONDS,
            what="six requests at operator 1",
        )
        until(
            lambda: _waiting(stage, case) == 6, seconds=_OUTAGE_SECONDS, what="six inquiries that wait for operator 2"
        )
        meanwhile = (
            _standing_at(stage, case, "operator-2"),
            _standing_at(stage, case, "keeper"),
            stage.evidence.count("keeper", "releases") - before,
        )
        stage.processes.restart("operator-2", faults={})
        until(lambda: _ended(stage, case) == 6, seconds=_OUTAGE_SECONDS, what="the end of all six inquiries")
        states = {future.result().id for future in (*first, *second)}
    permits = [b64(bytes(row[0])) for row in _inquiries(stage, case, "permit") if isinstance(row[0], bytes)]
    records = [stage.evidence.records_of(permit, "city-a", "pension") for permit in permits]
    each_once = len(permits) == 6 and all(set(record.values()) == {1} for record in records)
    ok = meanwhile == (3, 0, 0) and each_once and len(states) == 6
    detail = (
        f"while it was down: 6 at operator-1, {meanwhile[0]} at operator-2, {meanwhile[1]} at the keeper, "
        f"{meanwhile[2]} permitted, all pending for operator-2; afterwards: {len(permits)} permits, "
        f"one record each at keeper, city-a and pension"
    )
    return Step("outage", "", ok, detail)


def supervision(stage: Stage) -> Step:
    """The supervisor's books: counts of operators, keeper and offices agree, every log only grew."""
    until(lambda: _told_all(stage), seconds=_OUTAGE_SECONDS, what="everybody's last counts at the supervisor")
    books = _books(stage)
    own = {log.party: stage.evidence.count(log.party, "log_entries") for log in books.logs}
    rows, released, own_data = _rows(stage), _released(books, "exchange"), _released(books, "self")
    answered = sum(books.books.answered.values())
    ok = (
        books.clean
        and not books.disagreements
        and {log.party: log.size for log in books.logs} == own
        and set(own) == set(_roles(stage))
        and rows == released + own_data
        and released == answered + _never_answered(stage)
        and answered > 0
    )
    logs = ", ".join(f"{party} {size}" for party, size in own.items())
    detail = (
        f"{len(books.findings)} findings, {len(books.disagreements)} disagreements; exchange entries: {released} "
        f"released, {answered} answered, {released - answered} refused by a provider, {own_data} about oneself, {rows} "
        f"rows; logs verified up to {logs}"
    )
    return Step("supervision", "", ok, detail, ("5-3",))


def _books(stage: Stage) -> Report:
    """Return the supervisor's report as `mynumber oversight report` reads it from its store."""
    with stage.supervisor() as store, store.reading() as connection:
        return report(connection, _roles(stage), Clock().now())


def _roles(stage: Stage) -> dict[str, Role]:
    roles: dict[str, Role] = {"operator": "operator", "keeper": "keeper", "gateway": "agency"}
    return {each.name: roles[each.role] for each in stage.town.institutions if each.role in roles}


def _told_all(stage: Stage) -> bool:
    """Tell whether the supervisor has seen every log to its end and heard everybody's last counts.

    Counts come one after the other, so for some seconds they need not agree; if they never do, the step fails.
    """
    books = _books(stage)
    own = {log.party: stage.evidence.count(log.party, "log_entries") for log in books.logs}
    return (
        set(own) == set(_roles(stage))
        and {log.party: log.size for log in books.logs} == own
        and not books.disagreements
        and _released(books, "exchange") == sum(books.books.answered.values()) + _never_answered(stage)
        and _released(books, "exchange") + _released(books, "self") == _rows(stage)
    )


def _released(books: Report, wanted: str) -> int:
    return sum(each.released for (_, kind), each in books.books.keeper.items() if kind == wanted)


def _never_answered(stage: Stage) -> int:
    """Return how many entries were released and then refused by the provider itself, as the askers know it."""
    query = (
        "SELECT count(*) FROM inquiries JOIN inquiry_entries ON inquiry = id WHERE permit NOTNULL AND state = 'refused'"
    )
    return sum(int(str(stage.evidence.rows(each.name, query)[0][0])) for each in stage.town.offices)


def _rows(stage: Stage) -> int:
    """Return how many records the keeper has, open or still hidden."""
    return stage.evidence.count("keeper", "rows") + stage.evidence.count("keeper", "hidden", "disclosed = 0")


def sent_to_provider(stage: Stage, inquiry: str) -> dict[str, Json]:
    """Return {bundle, context} of an inquiry as city-a sent it; the world borrows city-a's store key for this."""
    key = keyfiles.read_secret(stage.town.institution("city-a").folder / "keys" / "store.key")
    row = stage.evidence.rows("city-a", "SELECT bundle, context FROM inquiries WHERE id = ?", (inquiry,))[0]
    bundle, context = (bytes(value) for value in row if isinstance(value, bytes))
    return {"bundle": canonical.decode(bundle), "context": b64(Seals.under(key).context.open(context))}


def _altered(body: dict[str, Json]) -> Json:
    """Return the body with another reason in its context."""
    context = bytearray(canonical.unb64(body["context"]))
    context[-3] ^= 1
    return {**body, "context": b64(bytes(context))}


def _error(answer: Answer) -> str:
    members = json.loads(answer.body)
    return str(members.get("error", answer.status))


def _request(stage: Stage, inquiry: str) -> bytes:
    return stage.evidence.request_of("city-a", inquiry)


def _known_everywhere(stage: Stage) -> list[Resident]:
    refs = stage.cast.refs
    return [person for person in stage.people.residents if all(person.index in held for held in refs.values())]


def _ask_all(
    stage: Stage, pool: ThreadPoolExecutor, case: str, persons: Sequence[Resident]
) -> list[Future[api.ShownInquiry]]:
    entries = [[Entry(person, ("pension/recipient",))] for person in persons]
    return [pool.submit(stage.ask, case, "pension", entry) for entry in entries]


def _inquiries(stage: Stage, case: str, column: str) -> list[tuple[object, ...]]:
    return list(stage.evidence.rows("city-a", f'SELECT {column} FROM inquiries WHERE "case" = ?', (case,)))  # noqa: S608


def _standing_at(stage: Stage, case: str, party: str) -> int:
    requests = [bytes(row[0]) for row in _inquiries(stage, case, "request") if isinstance(row[0], bytes)]
    return sum(stage.evidence.has_request(party, request) for request in requests)


def _waiting(stage: Stage, case: str) -> int:
    return sum(row == ("pending", "operator-2") for row in _inquiries(stage, case, "state, waiting_for"))


def _ended(stage: Stage, case: str) -> int:
    return sum(row[0] != "pending" for row in _inquiries(stage, case, "state"))
