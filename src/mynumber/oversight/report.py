"""What the supervisor knows, on one page: counts of all parties, logs as verified, what is stopped, what was found.

The same for a person at the command line, for a script and at GET /report; read from the store, so that it can be read
while the supervisor is served and while it is not.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from mynumber.codes import wire
from mynumber.codes.entries import Role
from mynumber.exchange import reporting
from mynumber.exchange.state import Block
from mynumber.oversight import reconciling, store
from mynumber.oversight.reconciling import Books, Disagreement
from mynumber.oversight.store import Finding, Log
from mynumber.plumbing.canonical import Json


@dataclass(frozen=True, slots=True)
class Report:
    """One month as the supervisor sees it now; `quiet` says whether its counts are of one moment."""

    month: str
    quiet: bool
    books: Books
    disagreements: tuple[Disagreement, ...]
    logs: tuple[Log, ...]
    blocks: tuple[Block, ...]
    findings: tuple[tuple[int, Finding], ...]

    @property
    def clean(self) -> bool:
        """Whether nothing was ever found and the counts agree, or are still under way."""
        return not self.findings and not (self.quiet and self.disagreements)

    def members(self) -> dict[str, Json]:
        """Return the report as plain members."""
        return {
            "month": self.month,
            "quiet": self.quiet,
            "counts": [_line(self.books, line) for line in self.books.lines()],
            "offices": [_pair(self.books, pair) for pair in sorted({*self.books.recorded, *self.books.answered})],
            "disagreements": [
                {
                    "rule": each.rule,
                    "party": each.party,
                    "agency": each.agency,
                    "kind": each.kind,
                    "detail": each.detail,
                }
                for each in self.disagreements
            ],
            "logs": [
                {
                    "institution": log.party,
                    "origin": log.origin,
                    "size": log.size,
                    "root": base64.b64encode(log.root).decode("ascii"),
                    "reachable": bool(log.up_since),
                }
                for log in self.logs
            ],
            "blocks": [wire.plain(block) for block in self.blocks],
            "findings": [
                {"at": at, "kind": found.kind, "party": found.party, "subject": found.subject, "detail": found.detail}
                for at, found in self.findings
            ],
        }


def _line(books: Books, line: tuple[str, str]) -> Json:
    agency, kind = line
    kept = books.keeper.get(line)
    endorsed: dict[str, Json] = {operator: counts.get(line, 0) for operator, counts in books.endorsed.items()}
    return {
        "agency": agency,
        "kind": kind,
        "endorsed": endorsed,
        "released": 0 if kept is None else kept.released,
        "refused": 0 if kept is None else kept.refused,
        "rows": 0 if kept is None else kept.rows,
        "hidden": 0 if kept is None else kept.hidden,
    }


def _pair(books: Books, pair: tuple[str, str, str]) -> Json:
    asker, provider, kind = pair
    return {
        "from": asker,
        "to": provider,
        "kind": kind,
        "recorded": books.recorded.get(pair, 0),
        "answered": books.answered.get(pair, 0),
    }


def report(connection: Connection, roles: Mapping[str, Role], now: int) -> Report:
    """Return the report on the running month."""
    month = reporting.month_of(now)
    kept = store.counts(connection, month)
    books = reconciling.open_books(roles, {party: form for party, (_, form) in kept.items()})
    logs = store.logs(connection)
    return Report(
        month=month,
        quiet=reconciling.quiet(now, (at for at, _ in kept.values()), logs),
        books=books,
        disagreements=tuple(reconciling.disagreements(books)),
        logs=logs,
        blocks=store.blocks(connection),
        findings=store.findings(connection),
    )
