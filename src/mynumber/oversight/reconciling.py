"""Whether what operators, keeper and offices count can all be true (FLOWS section 6); nobody is named in a count.

For each agency and kind, in entries of a month:

  endorsed (each operator) >= released                   nothing is released that an operator did not rule on
  released = rows + hidden      (exchange, self)          nothing is released without a record
  recorded at A >= answered at B      (exchange)          nothing is answered that the asker does not admit
  recorded, answered <= released                          nobody reads what was not released

While exchanges are under way the counts are of different moments. So only what stands when all is quiet is a finding.
In this form agreeing counts are proved, not the contents of what is counted.
"""

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from sqlalchemy import Connection

from mynumber.codes import jws, wire
from mynumber.codes.entries import Role
from mynumber.codes.forms import Form, KeeperCounts, OfficeCounts, OperatorCounts, Released
from mynumber.exchange import reporting
from mynumber.exchange.node import Node
from mynumber.oversight import store
from mynumber.oversight.store import Finding, Log
from mynumber.plumbing import canonical

# Three times the longest pause between two reports of one party.
QUIET_SECONDS: Final = 15
_EACH_SECONDS: Final = 5.0
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
    """What everybody counts in one month; each party's word is taken for its own side only."""

    endorsed: Mapping[str, Mapping[Line, int]]
    keeper: Mapping[Line, Released]
    recorded: Mapping[Pair, int] = field(default_factory=dict)
    answered: Mapping[Pair, int] = field(default_factory=dict)

    def lines(self) -> list[Line]:
        """Return every (agency, kind) that somebody counts."""
        endorsed = (line for counts in self.endorsed.values() for line in counts)
        offices = ((asker, kind) for asker, _, kind in (*self.recorded, *self.answered))
        return sorted({*endorsed, *self.keeper, *offices})


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Two counts that cannot both be true; `party` is whose count is too large, or the keeper's."""

    rule: str
    party: str
    agency: str
    kind: str
    detail: str


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
    return Books(endorsed, keeper, recorded, answered)


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
            yield Disagreement("released = rows + hidden", "keeper", agency, kind, detail)
        if kind in _RECORDED_KINDS:
            yield from _beyond_release(books, (agency, kind), released)


def _beyond_release(books: Books, line: Line, released: int) -> Iterator[Disagreement]:
    agency, kind = line
    for word, counts in (("recorded", books.recorded), ("answered", books.answered)):
        total = sum(count for (asker, _, of), count in counts.items() if (asker, of) == line)
        if total > released:
            detail = f"{total} {word}, {released} released"
            yield Disagreement(f"{word} <= released", "keeper", agency, kind, detail)


def _between_offices(books: Books) -> Iterator[Disagreement]:
    for pair in sorted({*books.recorded, *books.answered}):
        asker, provider, kind = pair
        recorded, answered = books.recorded.get(pair, 0), books.answered.get(pair, 0)
        if kind == "exchange" and recorded < answered:
            detail = f"{recorded} recorded at {asker}, {answered} answered at {provider}"
            yield Disagreement("recorded >= answered", asker, asker, kind, detail)


def quiet(now: int, came: Iterable[int], logs: Iterable[Log]) -> bool:
    """Tell whether the counts are of one moment: nothing new came for a while, every log is up and stands still."""
    reached = all(log.up_since and now - max(log.up_since, log.changed) >= QUIET_SECONDS for log in logs)
    return reached and all(now - at >= QUIET_SECONDS for at in came)


async def reconcile(node: Node) -> None:
    """Compare the books until cancelled; what does not agree when all is quiet is a finding."""
    while True:
        if node.view.standing is not None:
            roles, now = dict(node.view.directory.body.roles()), node.clock.now()
            found = await node.store.read(lambda connection: due_findings(connection, roles, now))  # noqa: B023
            if found:
                await node.store.write(lambda connection: store.find(connection, found, now))  # noqa: B023
        await asyncio.sleep(_EACH_SECONDS)


def due_findings(connection: Connection, roles: Mapping[str, Role], now: int) -> list[Finding]:
    """Return what does not agree in the running month, nothing while exchanges are under way."""
    month = reporting.month_of(now)
    kept = store.counts(connection, month)
    if not quiet(now, (at for at, _ in kept.values()), store.logs(connection)):
        return []
    books = open_books(roles, {party: form for party, (_, form) in kept.items()})
    return [as_finding(each, month) for each in disagreements(books)]


def as_finding(found: Disagreement, month: str) -> Finding:
    """Return a disagreement as what is kept; the same rule for the same agency and month is found once."""
    subject = f"{month} {found.rule}: {found.agency}, {found.kind}"
    return Finding("counts-disagree", found.party, subject, found.detail)
