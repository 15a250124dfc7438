"""The books of all parties of a town laid side by side: whatever cannot be true of one town is said in words.

Operators' rulings, the keeper's releases, rows, outcomes and counts, what offices asked and answered, the portal's
copies, every log with its leaves, what the supervisor keeps of them. The test holds the keys of all parties together,
which nobody else does, and so finds for every permit and entry its one row.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

from mynumber.codes.records import hidden, rows
from mynumber.exchange.running import reporting
from mynumber.plumbing.canonical import b64
from mynumber.tlog import checkpoint, note, tree
from mynumber.tlog.tree import Frontier
from mynumber.world.town.evidence import Evidence
from mynumber.world.town.layout import Town
from tests.town.persons import Tag, tags

OPERATORS = ("operator-1", "operator-2")
RECORDED = ("exchange", "self")
EVENT = {"exchange": "answered", "self": "answered", "enrol": "acquired"}


@dataclass(frozen=True)
class About:
    """What every party must say alike of one request."""

    kind: str
    from_: str
    to: str
    procedure: str
    items: tuple[str, ...]
    count: int

    @property
    def agency(self) -> str:
        """In whose counts it stands."""
        return self.to if self.kind == "enrol" else self.from_


@dataclass(frozen=True)
class Entry:
    """A record of a log."""

    party: str
    event: str
    request: str
    permit: str
    about: About


@dataclass(frozen=True)
class Release:
    """What the keeper's table says of a release."""

    permit: str
    kind: str
    to: str
    count: int
    issued: int


class Books:
    """Everything as it lies in the stores now."""

    def __init__(self, town: Town) -> None:
        """Look into the stores of this town."""
        self.town, self.look = town, Evidence(town.folder)
        self.offices = [office.name for office in town.offices]
        self.loggers = (*OPERATORS, "keeper", *self.offices)

    @cached_property
    def entries(self) -> list[Entry]:
        """Return the records of all logs."""
        return [each for party in self.loggers for each in self._entries(party)]

    def _entries(self, party: str) -> Iterator[Entry]:
        for (record,) in self.look.rows(party, 'SELECT record FROM log_entries ORDER BY "index"'):
            said = json.loads(bytes(raw(record)))
            items, count = tuple(said["items"]), said["count"]
            about = About(said["kind"], said["from"], said["to"], said["procedure"], items, count)
            yield Entry(party, said["event"], said["request"], said["permit"], about)

    def said(self, event: str, party: str = "") -> dict[str, Entry]:
        """Return the records of an event by request, of one party or of all."""
        return {each.request: each for each in self.entries if each.event == event and party in ("", each.party)}

    @cached_property
    def releases(self) -> dict[str, Release]:
        """Return what the keeper released, by request."""
        found = self.look.rows("keeper", 'SELECT request, permit, kind, "to", count, issued FROM releases')
        return {
            b64(raw(request)): Release(b64(raw(permit)), str(kind), str(to), number(count), number(issued))
            for request, permit, kind, to, count, issued in found
        }

    @cached_property
    def released(self) -> dict[str, Entry]:
        """Return the keeper's records of releases, by permit."""
        return {each.permit: each for each in self.said("released").values()}

    def requests(self, party: str, query: str) -> Counter[str]:
        """Return how often each request stands in a table."""
        return Counter(b64(raw(row[0])) for row in self.look.rows(party, query))

    @cached_property
    def tags(self) -> list[Tag]:
        """Return the tags of everybody at every office, which no party of the town can list."""
        return list(tags(self.town))


def raw(value: object) -> bytes:
    """Return a value of a column of bytes."""
    assert isinstance(value, bytes)
    return value


def number(value: object) -> int:
    """Return a value of a column of numbers."""
    assert isinstance(value, int)
    return value


def differences(town: Town) -> list[str]:
    """Return everything in the books that cannot be true of one town at rest."""
    books = Books(town)
    looks: tuple[Callable[[Books], Iterable[str]], ...] = (
        ends,
        one_record,
        leaves,
        the_same_words,
        the_way,
        offices,
        one_row,
        outcomes,
        copies,
        counts,
        codes,
    )
    return [said for look in looks for said in look(books)]


def ends(books: Books) -> Iterator[str]:
    """Nothing is under way: no inquiry, acquisition, enrolment, outcome or copy."""
    unfinished = (
        *((office, "inquiries", "state NOT IN ('answered', 'refused')") for office in books.offices),
        *((office, "acquisitions", "state IN ('waiting', 'accepted')") for office in books.offices),
        *((office, "outbox", "delivered IS NULL") for office in books.offices),
        ("register", "enrolments", "1"),
        ("register", "acquisitions", "state <> 'held'"),
        ("keeper", "owed", "1"),
    )
    for party, table, where in unfinished:
        for each in range(books.look.count(party, table, where)):
            yield f"{party}: one of {table} has no end ({each + 1})"


def one_record(books: Books) -> Iterator[str]:
    """Every step that stands in a table has one record in its party's log, and every record its step."""
    tables = [
        *((party, "endorsed", "SELECT request FROM requests") for party in OPERATORS),
        *((party, "refused", "SELECT request FROM refusals") for party in OPERATORS),
        ("keeper", "released", "SELECT request FROM releases"),
    ]
    for office in books.offices:
        tables.append((office, "asked", "SELECT request FROM inquiries WHERE permit IS NOT NULL"))
        tables.append((office, "answered", "SELECT request FROM answered WHERE kind <> 'enrol'"))
        tables.append((office, "acquired", "SELECT request FROM answered WHERE kind = 'enrol'"))
    for party, event, query in tables:
        logged = Counter(each.request for each in books.entries if (each.party, each.event) == (party, event))
        kept = books.requests(party, query)
        for request in sorted({*logged, *kept}):
            if (logged[request], kept[request]) != (1, 1):
                yield f"{party}: {event}: {request} stands not once each in log and tables"


def leaves(books: Books) -> Iterator[str]:
    """Each log's tree is made of its records, its checkpoint covers all, and the supervisor keeps the same leaves."""
    for party in books.loggers:
        kept = books.look.rows(party, 'SELECT salt, record FROM log_entries ORDER BY "index"')
        made = [tree.commitment(raw(salt), raw(record)) for salt, record in kept]
        nodes = books.look.rows(party, 'SELECT hash FROM log_nodes WHERE level = 0 ORDER BY "index"')
        hashes = [tree.leaf_hash(entry) for entry in made]
        if [raw(node[0]) for node in nodes] != hashes:
            yield f"{party}: its leaves are not those of its records"
        signed = books.look.rows(party, "SELECT note FROM log_checkpoint")
        head = tree.extend(Frontier(), made).frontier.head()
        if signed and checkpoint.parse_checkpoint(note.parse_note(raw(signed[0][0])).text).head != head:
            yield f"{party}: its checkpoint is not that of its records"
        seen = books.look.rows("supervisor", "SELECT leaf FROM leaves WHERE party = ? ORDER BY place", (party,))
        if [raw(leaf[0]) for leaf in seen] != hashes:
            yield f"{party}: the supervisor keeps other leaves than its own"


def the_same_words(books: Books) -> Iterator[str]:
    """All parties say the same of a request: of what kind, who asked whom for what, how many, under which permit."""
    first: dict[str, Entry] = {}
    permits: dict[str, str] = {}
    for each in books.entries:
        if each.about != first.setdefault(each.request, each).about:
            yield f"{each.party} and {first[each.request].party} say different things of {each.request}"
        if each.permit and each.permit != permits.setdefault(each.request, each.permit):
            yield f"{each.party} has another permit of {each.request}"


def the_way(books: Books) -> Iterator[str]:
    """Who took a step found the steps before it done: operator 1, operator 2, keeper, then asker and provider."""
    passed = [books.said("endorsed", party) for party in OPERATORS] + [books.said("released")]
    for before, after in pairwise(passed):
        for request, entry in after.items():
            # A read ends at the last operator.
            if request not in before:
                yield f"{entry.party}: {request} was not ruled on by the party before it"
    for event in ("asked", "answered", "acquired"):
        for request, entry in books.said(event).items():
            release = books.releases.get(request)
            if release is None or release.permit != entry.permit:
                yield f"{entry.party}: {event} {request} without its release"
            elif (release.kind, release.to, release.count) != (entry.about.kind, entry.about.to, entry.about.count):
                yield f"the keeper's release of {request} says other things than {entry.party}"


def offices(books: Books) -> Iterator[str]:
    """What an asker holds as answered its provider has answered, and what was answered its asker knows of."""
    answered = {request: each for request, each in books.said("answered").items() if each.about.kind == "exchange"}
    asked: dict[str, tuple[str, str, str]] = {}
    for office in books.offices:
        query = "SELECT request, state, provider, refusal FROM inquiries"
        for digest, state, provider, refusal in books.look.rows(office, query):
            request = b64(raw(digest))
            asked[request] = (office, str(state), str(refusal))
            found = answered.get(request)
            if state == "answered" and (found is None or found.party != provider):
                yield f"{office}: {request} is answered, but not by {provider!r}"
    for request, entry in answered.items():
        asker, ended, why = asked.get(request, ("", "", ""))
        # A permit may end before the answer is fetched: then the provider's answer is there, and nobody has it.
        if asker != entry.about.from_ or not (ended == "answered" or "PERMIT_EXPIRED" in why):
            yield f"{entry.party}: {request} was answered to nobody: {asker or 'no inquiry'} {ended} {why}"


def one_row(books: Books) -> Iterator[str]:
    """Every entry of a release has one row, which its person's tag finds, or one hidden row; and no row is besides."""
    found, opened = Counter[tuple[str, int]](), 0
    for agency, reading in readings(books):
        opened += len(reading.found) + len(reading.bad)
        if reading.missing or reading.bad:
            yield f"keeper: a series of {agency} has numbers missing {reading.missing} or bad {reading.bad}"
        for _, row in reading.found:
            found[b64(row.permit), row.entry] += 1
            if not says_its_release(books, row):
                yield f"keeper: a row of permit {b64(row.permit)} says other things than its release"
    if opened != (lying := books.look.count("keeper", "rows")):
        yield f"keeper: {lying - opened} rows are found by nobody's tag"
    for permit, entry in books.look.rows("keeper", "SELECT permit, entry FROM hidden WHERE disclosed = 0"):
        found[b64(raw(permit)), number(entry)] += 1
    wanted = Counter(
        (release.permit, entry)
        for release in books.releases.values()
        if release.kind in RECORDED
        for entry in range(release.count)
    )
    for permit, entry in sorted({*found, *wanted}):
        if (found[permit, entry], wanted[permit, entry]) != (1, 1):
            yield f"keeper: entry {entry} of permit {permit} has not one row"
    theirs = books.look.rows("supervisor", "SELECT permit, entry FROM hidden ORDER BY permit, entry")
    if theirs != books.look.rows("keeper", "SELECT permit, entry FROM hidden ORDER BY permit, entry"):
        yield "supervisor: it keeps other hidden rows than the keeper"


def readings(books: Books) -> Iterator[tuple[str, rows.Reading]]:
    """Read every series of everybody as the person's own reader would."""
    lying = {raw(at): raw(sealed) for at, sealed in books.look.rows("keeper", "SELECT locator, sealed FROM rows")}
    years = {rows.fiscal_year(release.issued) for release in books.releases.values()}
    for tag in books.tags:
        for year in years:
            for series in (rows.open_series(tag.tag, year), rows.hidden_series(tag.tag, year)):
                yield tag.agency, rows.read_series(series, lambda at: [lying[at]] if at in lying else [])


def says_its_release(books: Books, row: rows.Row) -> bool:
    """Tell whether a row says what the keeper's log says of the release under its permit."""
    release = books.released.get(b64(row.permit))
    said = None if release is None else replace(release.about, count=0)
    return said == About(row.kind, row.from_, row.to, row.procedure, row.items, 0)


def outcomes(books: Books) -> Iterator[str]:
    """The keeper has what each provider signed of what it answered, for each permit once, and nothing besides."""
    kept = {raw(at): raw(sealed) for at, sealed in books.look.rows("keeper", "SELECT locator, sealed FROM outcomes")}
    sent: list[bytes] = []
    for office in books.offices:
        bodies = {json.dumps(json.loads(raw(row[0]))) for row in books.look.rows(office, "SELECT body FROM outbox")}
        query = "SELECT permit FROM answered WHERE kind <> 'enrol'"
        for permit in (raw(row[0]) for row in books.look.rows(office, query)):
            sent.append(hidden.outcome_locator(permit))
            sealed = kept.get(sent[-1])
            if sealed is None or json.dumps(hidden.open_outcome(permit, sealed)) not in bodies:
                yield f"{office}: the keeper has no outcome of permit {b64(permit)}, or another one"
    if Counter(sent) != Counter(kept.keys()):
        yield f"keeper: {len(kept) - len(sent)} outcomes more than answers"


def copies(books: Books) -> Iterator[str]:
    """The portal has every row and every outcome as the keeper has it."""
    for table in ("rows", "outcomes"):
        mine = set(books.look.rows("keeper", f"SELECT locator, sealed FROM {table}"))
        theirs = set(books.look.rows("portal", f"SELECT locator, sealed FROM replica_{table}"))
        if mine != theirs:
            yield f"portal: {len(mine - theirs)} {table} are missing and {len(theirs - mine)} are too many"


def counts(books: Books) -> Iterator[str]:
    """The keeper's counts are those of its releases and rows."""
    about, made = books.said("released"), Counter[tuple[str, str, str]]()
    for request, release in books.releases.items():
        said = about.get(request)
        if said is not None:
            made[reporting.month_of(release.issued), said.about.agency, release.kind] += release.count
    query = "SELECT month, agency, kind, released, rows, hidden FROM counts WHERE released > 0"
    found = books.look.rows("keeper", query)
    if {(str(m), str(a), str(k)): number(released) for m, a, k, released, *_ in found} != dict(made):
        yield "keeper: its counts are not those of its releases"
    written = sum(number(row[4]) for row in found), sum(number(row[5]) for row in found)
    covered = books.look.count("keeper", "hidden")
    if written != (books.look.count("keeper", "rows") - books.look.count("keeper", "hidden", "disclosed = 1"), covered):
        yield "keeper: its counts are not those of its rows"


def codes(books: Books) -> Iterator[str]:
    """Who holds a code is noted once at the register, with the same number at the office, and is a member once."""
    members = {raw(row[0]) for row in books.look.rows("keeper", "SELECT member FROM members")}
    for office in books.offices:
        noted = Counter(
            raw(row[0])
            for row in books.look.rows("register", "SELECT acq FROM acquisitions WHERE agency = ?", (office,))
        )
        stored = Counter(
            raw(row[0]) for row in books.look.rows(office, "SELECT acq FROM acquisitions WHERE state = 'stored'")
        )
        if noted != stored:
            without_code, without_note = (noted - stored).total(), (stored - noted).total()
            yield f"{office}: {without_code} notes without code, {without_note} codes without note"
        persons = books.look.count(office, "persons")
        if persons != sum(stored.values()):
            yield f"{office}: {persons - stored.total()} codes more than acquisitions"
    held = [tag for tag in books.tags if tag.held]
    if len({tag.member for tag in held} & members) != len(held):
        yield "keeper: not everybody whose code is held is a member"
