"""What tests of trouble share: who can be asked about, an asker that insists, and what must be true afterwards."""

import json
import time
from collections.abc import Collection, Sequence
from contextlib import suppress

from mynumber.gateway.desk import api
from mynumber.plumbing.canonical import b64
from mynumber.plumbing.client import PeerDown
from mynumber.plumbing.errors import NotFinished
from mynumber.world.people.residents import Resident
from mynumber.world.story.stage import Entry, Stage, until
from mynumber.world.town import populate
from mynumber.world.town.evidence import Value
from mynumber.world.town.layout import Town
from mynumber.world.town.strangers import Stranger
from tests.town.books import differences

ITEM = "pension/recipient"
SECONDS = 60.0
RELEASING = ("operator-1", "operator-2", "keeper")
EVENTS = {
    "operator-1": "endorsed",
    "operator-2": "endorsed",
    "keeper": "released",
    "city-a": "asked",
    "pension": "answered",
}
Rows = Sequence[tuple[Value, ...]]


def askable(stage: Stage, asker: str = "city-a", provider: str = "pension") -> list[Resident]:
    """Return persons whom both offices know."""
    both = set(stage.cast.refs[asker]) & set(stage.cast.refs[provider])
    return [person for person in stage.people.residents if person.index in both]


def inquiries(stage: Stage, case: str, office: str = "city-a") -> Rows:
    return stage.evidence.rows(office, 'SELECT state, request, permit FROM inquiries WHERE "case" = ?', (case,))


def once_everywhere(stage: Stage, case: str) -> None:
    """See that the one inquiry of a case was answered, with one record at everybody's."""
    [(state, request, permit)] = inquiries(stage, case)
    assert state == "answered"
    assert isinstance(request, bytes)
    assert isinstance(permit, bytes)
    assert stage.evidence.records_of(b64(permit), "city-a", "pension") == {"keeper": 1, "city-a": 1, "pension": 1}
    assert all(stage.evidence.has_request(party, request) for party in RELEASING)
    pattern = b64(request).encode()
    for party, event in EVENTS.items():
        records = stage.evidence.rows(party, "SELECT record FROM log_entries WHERE instr(record, ?) > 0", (pattern,))
        assert [f'"event":"{event}"'.encode() in bytes(row[0]) for row in records if isinstance(row[0], bytes)] == [
            True
        ]


def insist(stage: Stage, case: str, person: Resident) -> None:
    """Ask once in a case, as a department's system that must come through: again only if nothing was stored."""
    deadline = time.monotonic() + SECONDS
    while not inquiries(stage, case) and time.monotonic() < deadline:
        with suppress(NotFinished):
            stage.ask(case, "pension", [Entry(person, (ITEM,))])
        time.sleep(0.1)


def ended(stage: Stage, case: str, office: str = "city-a") -> bool:
    return [row[0] for row in inquiries(stage, case, office)] not in ([], ["pending"])


def unknown_to(stage: Stage, office: str) -> list[Resident]:
    """Return persons whom an office does not hold yet, and who play no part in the story."""
    held = {str(row[0]) for row in stage.evidence.rows(office, "SELECT person FROM acquisitions")}
    known = set(stage.cast.refs[office]) | {stage.cast.stranger.index}
    return [each for each in stage.people.residents if each.index not in known and new_ref(each) not in held]


def new_ref(person: Resident) -> str:
    return f"b-new-{person.index}"


def hand_in(stage: Stage, office: str, person: Resident) -> None:
    """Hand a new person in at an office, again until it takes the person or knows it already."""
    new = populate.new_person(stage.people, person.index, new_ref(person))
    body = api.NewPersons(ground=populate.GROUNDS[office], persons=(new,))
    deadline = time.monotonic() + SECONDS
    while not acquired(stage, office, person) and time.monotonic() < deadline:
        with suppress(NotFinished):
            stage.desk(office, "clerk").call("POST", "/persons", api.Accepted, body)
        time.sleep(0.1)


def acquired(stage: Stage, office: str, person: Resident) -> list[Value]:
    """Return the states of an office's acquisitions for a person; it should have one at most."""
    ref = new_ref(person)
    return [row[0] for row in stage.evidence.rows(office, "SELECT state FROM acquisitions WHERE person = ?", (ref,))]


def answered_once(stage: Stage, case: str) -> None:
    """Wait for the end of the one inquiry of a case and see that everybody has one record of it."""
    until(lambda: ended(stage, case), seconds=SECONDS, what="the end of the inquiry")
    once_everywhere(stage, case)


def at_rest(town: Town) -> frozenset[str]:
    """Return what is wrong in the books when what is sent in the background has come: nothing, in a town without liars.

    Tests that forge what an operator or an office would never send leave traces of it, and they come first.
    """
    found = differences(town)
    deadline = time.monotonic() + SECONDS
    while found and time.monotonic() < deadline:
        time.sleep(12)  # longer than any loop that sends, fetches or compares rests
        if (again := differences(town)) == found:
            break
        found = again
    return frozenset(found)


def findings(stage: Stage) -> frozenset[tuple[Value, ...]]:
    """Return what the supervisor ever found; once it has compared the counts of a quiet town, if one comes soon."""
    since = int(time.time())
    with suppress(NotFinished):
        until(
            lambda: stage.evidence.count("supervisor", "quiet", "at >= ?", (since,)) == 1, seconds=SECONDS, what="quiet"
        )
    return frozenset(stage.evidence.rows("supervisor", "SELECT kind, party, subject FROM findings"))


def agree(stage: Stage, before: Collection[str]) -> None:
    """See that nothing else is wrong than before, as soon as what is sent in the background has come."""

    def new() -> list[str]:
        return [each for each in differences(stage.town) if each not in before]

    with suppress(NotFinished):
        until(lambda: new() == [], seconds=SECONDS, what="books that agree", every=1)
    assert new() == []


def health(stage: Stage, name: str) -> tuple[int, dict[str, object]]:
    """Return status and members of a party's health page; 0 if it does not answer."""
    try:
        answer = Stranger.visitor(stage.town).get(name, "/health")
    except PeerDown:
        return 0, {}
    return answer.status, json.loads(answer.body)


def waits_for(stage: Stage, name: str, what: str) -> bool:
    """Tell whether a party is not ready and says why in these words."""
    status, members = health(stage, name)
    return status == 503 and what in json.dumps(members["waiting_for"])


def ready(stage: Stage, name: str) -> bool:
    """Tell whether a party is ready."""
    return health(stage, name)[0] == 200
