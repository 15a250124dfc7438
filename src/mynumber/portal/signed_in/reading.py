"""What the replica holds about a person whose tags are known (PROTOCOL.md section 11).

  1. For each tag and fiscal year, probe the series of open rows and that of disclosed ones. Nearly all are empty, so
     the first numbers of many series are looked up at once.
  2. For each row, look up the outcome under its permit: signed by the row's provider, for this very entry.

A number that is missing before one that is there is a gap and is shown; what does not open is counted and is no gap.
Numbers are given in the order of time, so the next record that is here tells by when the missing one was made: within
the last hour its copy may still be on its way, and the gap says so.
Nothing here decides whether a record is true: it is what the keeper wrote and the provider signed.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from mynumber.codes import wire
from mynumber.codes.errors import ProtocolError
from mynumber.codes.records import hidden, rows
from mynumber.codes.records.forms import Outcome
from mynumber.codes.records.rows import Row, Series
from mynumber.plumbing.canonical import Json, b64
from mynumber.portal.citizens import Gap, History, Seen
from mynumber.portal.signed_in.orders import Tags
from mynumber.portal.signed_in.providers import Providers

_SERIES_AT_ONCE = 32
ARRIVES_SECONDS = 3600
"""So long a copy may take from the keeper to here; behind that it is late."""
KEPT_YEARS = 8
"""The running fiscal year and the seven before it; rows of the eighth before the running one are gone."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where sealed rows and outcomes lie: all blobs under each of some locators that are there, or under one."""

    rows: Callable[[Sequence[bytes]], Mapping[bytes, Sequence[bytes]]]
    outcomes: Callable[[bytes], Sequence[bytes]]


@dataclass(slots=True)
class _Found:
    rows: dict[tuple[bytes, int], Row] = field(default_factory=dict)
    gaps: list[Gap] = field(default_factory=list)
    unreadable: int = 0


def read(tags: Tags, shelf: Shelf, providers: Providers, now: int) -> History:
    """Return everything that these tags find, the newest first."""
    found, places = _Found(), list(_places(tags, rows.fiscal_year(now)))
    # (1) Rows.
    for start in range(0, len(places), _SERIES_AT_ONCE):
        some = places[start : start + _SERIES_AT_ONCE]
        probed = [series.locator(index) for _, _, series in some for index in range(rows.GAP)]
        lying = dict.fromkeys(probed, ()) | dict(shelf.rows(probed))
        for agency, year, series in some:
            reading = rows.read_series(series, partial(_blobs, shelf, lying))
            found.gaps += [Gap(agency, year, number, _late(reading, number, now)) for number in reading.missing]
            _take(found, reading, agency)
    # (2) Outcomes.
    seen = [_seen(found, row, shelf, providers) for row in found.rows.values()]
    newest = sorted(seen, key=lambda one: (one.requested_at, one.id), reverse=True)
    return History(tuple(newest), tuple(found.gaps), found.unreadable)


def _places(tags: Tags, running: int) -> Iterator[tuple[str, int, Series]]:
    for (agency, _), tag in tags.items():
        for year in range(running - KEPT_YEARS + 1, running + 1):
            yield agency, year, rows.open_series(tag, year)
            yield agency, year, rows.hidden_series(tag, year)


def _blobs(shelf: Shelf, lying: Mapping[bytes, Sequence[bytes]], locator: bytes) -> Sequence[bytes]:
    """Return what lies under a locator: of those looked up together, else by a question of its own."""
    return lying[locator] if locator in lying else shelf.rows([locator]).get(locator, ())


def _late(reading: rows.Reading, number: int, now: int) -> bool:
    """Tell whether a missing record had to be here by now: the next one that opens is old, or none does."""
    after = min((each for each in reading.found if each[0] > number), default=None, key=lambda each: each[0])
    return after is None or now - after[1].issued > ARRIVES_SECONDS


def _take(found: _Found, reading: rows.Reading, agency: str) -> None:
    found.unreadable += len(reading.bad)
    for _, row in reading.found:
        # NOTE: stricter than section 11: a tag is one agency's, so a row in which another asked is not believed.
        if row.from_ == agency:
            found.rows.setdefault((bytes(row.permit), row.entry), row)
        else:
            found.unreadable += 1


def _seen(found: _Found, row: Row, shelf: Shelf, providers: Providers) -> Seen:
    outcome = next(_outcomes(found, row, shelf, providers), None)
    result = None if outcome is None else outcome[1].results[row.entry]
    return Seen(
        id=f"{b64(row.permit)}.{row.entry}",
        kind=row.kind,
        requested_at=row.issued,
        provided_at=None if outcome is None else outcome[1].provided,
        from_=row.from_,
        to=row.to,
        procedure=row.procedure,
        items=row.items,
        outcome=result or "pending",
        permit=b64(row.permit),
        entry=row.entry,
        undisclosed=row.undisclosed,
        row=wire.parse(rows.encode_row(row)),
        outcome_jws=None if outcome is None else outcome[0],
    )


def _outcomes(found: _Found, row: Row, shelf: Shelf, providers: Providers) -> Iterator[tuple[Json, Outcome]]:
    """Give the outcomes that the row's provider signed; what does not open or is another's is counted."""
    for sealed in shelf.outcomes(hidden.outcome_locator(bytes(row.permit))):
        try:
            yield _outcome(row, sealed, providers)
        except ProtocolError:
            found.unreadable += 1


def _outcome(row: Row, sealed: bytes, providers: Providers) -> tuple[Json, Outcome]:
    """Return an outcome that opens under the row's permit and has its entry, or raise BAD_ROW."""
    permit = bytes(row.permit)
    jws = hidden.open_outcome(permit, sealed)
    for signer in providers.signers(row.to):
        try:
            outcome = hidden.check_outcome(jws, permit, signer, providers.network)
        except ProtocolError:
            continue  # signed with another of its keys, or by nobody
        if row.entry < len(outcome.results):
            return jws, outcome
    raise ProtocolError("BAD_ROW")
