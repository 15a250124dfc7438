"""What one release writes, all of it in the transaction that comes before the answer (PROTOCOL.md K6, section 11).

  1. The release, under its request and permit hash, both unique.
  2. `enrol`: the members. `exchange` and `self`: one row for each entry.
  3. The counts of the month.

An open row goes into the series of its tag and fiscal year, where only the person's reader finds it; a hidden one is
sealed to the supervisor and waits. No tag is written. The leaf of the log is written beside this, by the caller.
"""

from sqlalchemy import Connection

from mynumber.codes.group import Point
from mynumber.codes.permit.release import Released
from mynumber.codes.records import hidden, rows
from mynumber.codes.records.rows import Row, Series
from mynumber.codes.wire import B32
from mynumber.keeper import replicas, store
from mynumber.keeper.store import HiddenRow, Tally


def record(connection: Connection, released: Released, *, h: bytes, seal: bytes) -> None:
    """Write a release and everything it stands for; `h` is the keeper's HMAC key, `seal` the supervisor's seal key."""
    # (1) The release.
    store.keep(connection, released)
    # (2) Members, or rows.
    asked = released.request
    written = covered = 0
    if asked.kind == "enrol":
        store.enrol(connection, released.members)
    else:
        covered = len(released.tags) if _undisclosed(released) else 0
        written = len(released.tags) - covered
        for entry, tag in enumerate(released.tags):
            _write(connection, _row(released, entry), tag, h=h, seal=seal)
    # (3) The counts.
    tally = Tally(
        issued=released.issued,
        agency=asked.to if asked.kind == "enrol" else asked.from_,
        kind=asked.kind,
        released=asked.count,
        rows=written,
        hidden=covered,
    )
    store.add(connection, tally)


def number_row(connection: Connection, series: Series, row: Row, *, h: bytes, year: int) -> None:
    """Write a row under the next free number of its series.

    Number, row and counter are one transaction. A locator that is taken is passed over: a replica that outlived a
    restored keeper may hold another row there.
    """
    counter = series.counter(h)
    start = store.next_number(connection, counter)
    index = rows.next_number(series, start, lambda locator: store.taken(connection, locator))
    locator, sealed = rows.seal_row(series, index, row)
    store.put_row(connection, locator, year=year, sealed=sealed)
    replicas.owe(connection, "row", locator)
    store.set_next(connection, counter, index + 1)


def _write(connection: Connection, row: Row, tag: Point, *, h: bytes, seal: bytes) -> None:
    # The year of `issued`, never of `stored`: the reader knows when it was asked, not when we wrote.
    year = rows.fiscal_year(row.issued)
    if not row.undisclosed:
        number_row(connection, rows.open_series(tag, year), row, h=h, year=year)
        return
    series = rows.hidden_series(tag, year)
    sealed = hidden.seal_hidden(seal, series, row, row.permit)
    mac = hidden.hidden_mac(h, series, row, row.permit)
    store.hide(connection, HiddenRow(row.permit, row.entry, year, sealed, mac))


def _undisclosed(released: Released) -> str:
    """Return the article that hides the rows; what a person asked about himself is never hidden from him."""
    return "" if released.request.kind == "self" else released.request.undisclosed


def _row(released: Released, entry: int) -> Row:
    asked = released.request
    return Row(
        v=1,
        kind="self" if asked.kind == "self" else "exchange",
        from_=asked.from_,
        to=asked.to,
        procedure=asked.procedure,
        items=asked.items,
        issued=released.issued,
        undisclosed=_undisclosed(released),
        permit=B32(released.permit_hash),
        entry=entry,
    )
