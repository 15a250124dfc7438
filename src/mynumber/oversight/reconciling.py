"""Whether what operators, keeper and offices count can all be true (FLOWS section 6); nobody is named in a count.

For each agency and kind, in entries of a month:

  endorsed (each operator) >= released                   nothing is released that an operator did not rule on
  released = rows + hidden      (exchange, self)          nothing is released without a record
  recorded at A >= answered at B      (exchange)          nothing is answered that the asker does not admit
  recorded, answered <= released                          nobody reads what was not released

While exchanges are under way the counts are of different moments. So of the running month only what stands when all is
quiet is a finding. Whoever is silent, or never still, could put that off for ever; so the month before is compared
however loud it is, once nothing of it can be under way any more, and the report names who prevents quiet.
In this form agreeing counts are proved, not the contents of what is counted.
"""

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from sqlalchemy import Connection

from mynumber.codes import jws, wire
from mynumber.codes.parties.entries import Role
from mynumber.codes.records.forms import Form, KeeperCounts, OfficeCounts, OperatorCounts, Released
from mynumber.exchange.running import reporting
from mynumber.exchange.running.node import Node
from mynumber.oversight import store
from mynumber.oversight.store import Finding, Log
from mynumber.plumbing import canonical

# Three times the longest pause between two reports of one party.
QUIET_SECONDS: Final = 15
_EACH_SECONDS: Final = 5.0
_TOLD_AGAIN_SECONDS: Final = 86_400
_RECORDED_KINDS: Final = ("exchange", "self")

Line: TypeAlias = tuple[str, str]
"""(agency, kind)"""
Pair: TypeAlias = tuple[str, str, str]
"""(from, to, kind)"""

COUNTS: Final[Mapping[Role, type[OperatorCounts] | type[KeeperCounts] | type[OfficeCounts]]] = {
    "operator": OperatorCounts,
    "keeper": KeeperCounts,
    "agency": OfficeCounts,
}
"""The form in which each role counts; who is not named here has nothing to count."""


@dataclass(frozen=True, slots=True)
class Books:
    """What everybody counts in one month; each party's word is taken for its own side only.

    `keeper` is what the keeper counts, `kept_by` who that is.
    """

    endorsed: Mapping[str, Mapping[Line, int]]
    keeper: Mapping[Line, Released]
    recorded: Mapping[Pair, int] = field(default_factory=dict)
    answered: Mapping[Pair, int] = field(default_factory=dict)
    kept_by: str = field(kw_only=True)

    def lines(self) -> list[Line]:
        """Return every (agency, kind) that somebody counts."""
        endorsed = (line for counts in self.endorsed.values() for line in counts)
        offices = ((asker, kind) for asker, _, kind in (*self.recorded, *self.answered))
        return sorted({*endorsed, *self.keeper, *offices})


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Two counts that cannot both be true; `party` is who counts too little, or the keeper."""

    rule: str
    party: str
    agency: str
    kind: str
    detail: str


@dataclass(frozen=True, slots=True)
class Hindrance:
    """Who keeps the running month from being compared now, and by what."""

    party: str
    why: str


def open_books(roles: Mapping[str, Role], forms: Mapping[str, bytes]) -> Books:
    """Return the books of the forms kept (party -> JWS, verified when it came); who sent none counts nothing."""
    endorsed: dict[str, Mapping[Line, int]] = {party: {} for party, role in roles.items() if role == "operator"}
    keeper: dict[Line, Released] = {}
    recorded: Counter[Pair] = Counter()
    answered: Counter[Pair] = Counter()
    for party, form in forms.items():
        match _read(roles.get(party), form):
            case OperatorCounts(counts=counts):
                endorsed[party] = {(one.agency, one.kind): one.endorsed for one in counts}
            case KeeperCounts(counts=released):
                keeper = {(one.agency, one.kind): one for one in released}
            case OfficeCounts(counts=own):
                recorded.update({(one.from_, one.to, one.kind): one.recorded for one in own if one.from_ == party})
                answered.update({(one.from_, one.to, one.kind): one.answered for one in own if one.to == party})
    kept_by = next(party for party, role in roles.items() if role == "keeper")
    return Books(endorsed, keeper, recorded, answered, kept_by=kept_by)


def _read(role: Role | None, form: bytes) -> Form | None:
    kind = None if role is None else COUNTS.get(role)
    return None if kind is None else wire.read(jws.parse(canonical.decode(form), kind.TYP).value, kind)


def disagreements(books: Books) -> list[Disagreement]:
    """Return every rule that the books break."""
    return [*_beside_the_keeper(books), *_between_offices(books)]


def _beside_the_keeper(books: Books) -> Iterator[Disagreement]:
    for agency, kind in books.lines():
        kept = books.keeper.get((agency, kind))
        released = 0 if kept is None else kept.released
        for operator, counts in books.endorsed.items():
            if counts.get((agency, kind), 0) < released:
                detail = f"{counts.get((agency, kind), 0)} endorsed, {released} released"
                yield Disagreement("endorsed >= released", operator, agency, kind, detail)
        if kept is not None and kind in _RECORDED_KINDS and released != kept.rows + kept.hidden:
            detail = f"{released} released, {kept.rows} rows and {kept.hidden} hidden"
            yield Disagreement("released = rows + hidden", books.kept_by, agency, kind, detail)
        if kind in _RECORDED_KINDS:
            yield from _beyond_release(books, (agency, kind), released)


def _beyond_release(books: Books, line: Line, released: int) -> Iterator[Disagreement]:
    agency, kind = line
    for word, counts in (("recorded", books.recorded), ("answered", books.answered)):
        total = sum(count for (asker, _, of), count in counts.items() if (asker, of) == line)
        if total > released:
            detail = f"{total} {word}, {released} released"
            yield Disagreement(f"{word} <= released", books.kept_by, agency, kind, detail)


def _between_offices(books: Books) -> Iterator[Disagreement]:
    for pair in sorted({*books.recorded, *books.answered}):
        asker, provider, kind = pair
        recorded, answered = books.recorded.get(pair, 0), books.answered.get(pair, 0)
        if kind == "exchange" and recorded < answered:
            detail = f"{recorded} recorded at {asker}, {answered} answered at {provider}"
            yield Disagreement("recorded >= answered", asker, asker, kind, detail)


def hindrances(now: int, came: Mapping[str, int], logs: Iterable[Log]) -> tuple[Hindrance, ...]:
    """Return who keeps the counts from being of one moment; nobody if all logs are up and nothing moved for a while."""
    silent = [Hindrance(log.party, why) for log in logs if (why := _restless(log, now))]
    return (*silent, *(Hindrance(party, "its counts change") for party, at in came.items() if not _rested(at, now)))


def _restless(log: Log, now: int) -> str:
    if not log.up_since:
        return "its log does not answer"
    if not _rested(log.up_since, now):
        return "its log answers again"
    return "" if _rested(log.changed, now) else "its log grows"


def _rested(at: int, now: int) -> bool:
    return now - at >= QUIET_SECONDS


async def reconcile(node: Node) -> None:
    """Compare the books until cancelled; what does not agree is a finding."""
    since = node.clock.now()
    while True:
        if node.view.standing is not None:
            await compare(node, since=since)
        await asyncio.sleep(_EACH_SECONDS)


async def compare(node: Node, *, since: int) -> None:
    """Compare the books once, keep what does not agree, and note whether all was quiet."""
    roles, now = dict(node.view.directory.body.roles()), node.clock.now()

    def look(connection: Connection) -> tuple[list[Finding], bool]:
        found = due_findings(connection, roles, now, since=since)
        return found, store.last_quiet(connection) is None or not prevented(connection, now)

    found, quiet = await node.store.read(look)

    def keep(connection: Connection) -> None:
        store.find(connection, found, now)
        if quiet:
            store.note_quiet(connection, now)

    if found or quiet:
        await node.store.write(keep)


def prevented(connection: Connection, now: int) -> tuple[Hindrance, ...]:
    """Return who keeps the running month from being compared now."""
    came = {party: at for party, (at, _) in store.counts(connection, reporting.month_of(now)).items()}
    logs = store.logs(connection)
    restored = store.SCHEMA.restorations.last(connection)
    return (*hindrances(now, came, logs), *_untold(restored, came, logs))


def _untold(restored: int | None, came: Mapping[str, int], logs: Iterable[Log]) -> Iterator[Hindrance]:
    """Yield whose counts are of before this store came back from a backup: what came meanwhile is forgotten."""
    if restored is not None:
        old = (log.party for log in logs if came.get(log.party, 0) < restored)
        yield from (Hindrance(party, "its counts are of before our backup") for party in old)


def due_findings(connection: Connection, roles: Mapping[str, Role], now: int, *, since: int) -> list[Finding]:
    """Return what does not agree: in the running month when all is quiet, in the month before as soon as it is settled.

    `since` is when this supervisor began to listen: what was told before reached nobody and is told again.
    """
    months = [] if prevented(connection, now) else [reporting.month_of(now)]
    before = reporting.month_before(now)
    if reporting.settled(now) and now - since >= reporting.SETTLED_SECONDS and not _forgotten(connection, before, now):
        months.append(before)
    return [finding for month in months for finding in _compared(connection, roles, month)]


def _forgotten(connection: Connection, month: str, now: int) -> bool:
    """Whether somebody has still to tell anew of a month what this store forgot; whoever keeps silent has a day."""
    restored = store.SCHEMA.restorations.last(connection)
    if restored is None or now >= restored + _TOLD_AGAIN_SECONDS or reporting.month_of(restored) < month:
        return False
    came = {party: at for party, (at, _) in store.counts(connection, month).items()}
    return any(_untold(restored, came, store.logs(connection)))


def _compared(connection: Connection, roles: Mapping[str, Role], month: str) -> list[Finding]:
    books = open_books(roles, {party: form for party, (_, form) in store.counts(connection, month).items()})
    return [as_finding(each, month) for each in disagreements(books)]


def as_finding(found: Disagreement, month: str) -> Finding:
    """Return a disagreement as what is kept; the same rule for the same agency and month is found once."""
    subject = f"{month} {found.rule}: {found.agency}, {found.kind}"
    return Finding("counts-disagree", found.party, subject, found.detail)
