"""What the supervisor knows, on one page: counts of all parties, logs as verified, what is stopped, what was found.

The same for a person at the command line and for a script; read from the store, so that it can be read while the
supervisor is served and while it is not. No route serves it: it is the supervisor's own.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import Connection

from mynumber.codes import wire
from mynumber.codes.parties.entries import Role
from mynumber.exchange.running import reporting
from mynumber.exchange.view.state import Block
from mynumber.oversight import reconciling, store
from mynumber.oversight.hidden import handling
from mynumber.oversight.logs import holding, leaves
from mynumber.oversight.reconciling import Books, Disagreement, Hindrance
from mynumber.oversight.store import Finding, Log
from mynumber.plumbing.canonical import Json

LOUD_SECONDS: Final = 6 * 3600


@dataclass(frozen=True, slots=True)
class Report:
    """One month as the supervisor sees it now; `hindrances` say who keeps its counts from being of one moment.

    A network at work is not quiet, so its lack is no finding; the month is compared when it has ended in any case.
    """

    month: str
    at: int
    last_quiet: int | None
    hindrances: tuple[Hindrance, ...]
    books: Books
    disagreements: tuple[Disagreement, ...]
    logs: tuple[Log, ...]
    blocks: tuple[Block, ...]
    findings: tuple[tuple[int, Finding], ...]
    leaves: Mapping[str, int] = field(default_factory=dict)
    """How many records behind each log are looked after."""
    hidden: Mapping[str, int] = field(default_factory=dict)
    """How many records are hidden, how many of them are due, how many were disclosed."""

    @property
    def quiet(self) -> bool:
        """Whether the counts are of one moment."""
        return not self.hindrances

    @property
    def overdue(self) -> bool:
        """Whether the running month could not be compared for so long that somebody should ask why."""
        return not self.quiet and self.last_quiet is not None and self.at - self.last_quiet >= LOUD_SECONDS

    @property
    def clean(self) -> bool:
        """Whether nothing was ever found and the counts agree, or are still under way."""
        return not self.findings and not (self.quiet and self.disagreements)

    def members(self) -> dict[str, Json]:
        """Return the report as plain members."""
        return {
            "month": self.month,
            "quiet": self.quiet,
            "last_quiet": self.last_quiet,
            "overdue": self.overdue,
            "hindrances": [{"party": each.party, "why": each.why} for each in self.hindrances],
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
                    "leaves": self.leaves.get(log.party, 0),
                }
                for log in self.logs
            ],
            "missing": holding.named(found for _, found in self.findings),
            "hidden": dict(self.hidden),
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
    return Report(
        month=month,
        at=now,
        last_quiet=store.last_quiet(connection),
        hindrances=reconciling.prevented(connection, now),
        books=books,
        disagreements=tuple(reconciling.disagreements(books)),
        logs=store.logs(connection),
        blocks=store.blocks(connection),
        findings=store.findings(connection),
        leaves=leaves.counts(connection),
        hidden=handling.summary(connection, now),
    )
