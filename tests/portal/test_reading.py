"""Reading the replica with a person's tags: all that is there, nothing of anybody else, gaps shown, lies counted."""

import os
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from msgspec import structs

from mynumber.codes.group import Point
from mynumber.codes.jws import public_key, sign
from mynumber.codes.parties import entries
from mynumber.codes.records import forms, hidden, rows
from mynumber.codes.records.forms import EntryResult, Outcome
from mynumber.codes.records.rows import Row, Series
from mynumber.codes.wire import B32
from mynumber.plumbing import canonical, database
from mynumber.plumbing.canonical import Json, b64
from mynumber.plumbing.database import Store
from mynumber.portal import replica
from mynumber.portal.citizens import Gap, History
from mynumber.portal.replica import OUTCOMES, ROWS, WITH_REPLICA
from mynumber.portal.signed_in import reading
from mynumber.portal.signed_in.orders import Tags
from mynumber.portal.signed_in.providers import Providers
from mynumber.portal.signed_in.reading import Shelf
from tests.register.people import NOW
from tests.register.town import world

YEAR = rows.fiscal_year(NOW)
A_YEAR = 365 * 86_400


@dataclass
class Replica:
    """A replica, and a person's tags at two agencies."""

    store: Store
    tags: Tags
    providers: Providers

    def lay(self, locator: bytes, sealed: bytes, *, outcome: bool = False) -> None:
        with self.store.writing() as connection:
            values = {"locator": locator, "digest": os.urandom(32), "year": YEAR, "sealed": sealed}
            connection.execute((OUTCOMES if outcome else ROWS).insert().values(values))

    def row(self, agency: str, index: int, *, year: int = YEAR, of: Series | None = None, **more: object) -> Row:
        """Lay one row of the person."""
        said = {"issued": NOW - (YEAR - year) * A_YEAR, "from_": agency, "undisclosed": "", "entry": 0} | more
        row = Row(
            v=1,
            kind="exchange",
            to="pension",
            procedure="link-107",
            items=("pension/recipient",),
            permit=B32(os.urandom(32)),
            **said,  # type: ignore[arg-type]
        )
        self.lay(*rows.seal_row(of or rows.open_series(self.tags[agency, 1], year), index, row))
        return row

    def outcome(
        self, row: Row, *results: EntryResult, by: str = "pension", key: bytes | None = None, at: int = NOW
    ) -> None:
        """Lay the outcome of a row, signed."""
        form = Outcome(v=1, network="demo", permit=row.permit, provided=at, results=results)
        signed = forms.sign_form(form, (by, key or world().signing[by]))
        self.lay(*hidden.seal_outcome(bytes(row.permit), signed), outcome=True)

    def read(self, tags: Tags | None = None) -> History:
        with self.store.reading() as connection:
            shelf = Shelf(
                lambda wanted: replica.blobs_under(connection, wanted), lambda at: replica.outcomes(connection, at)
            )
            self.providers.refresh(connection, world().directory.hash)
            return reading.read(self.tags if tags is None else tags, shelf, self.providers, NOW)

    def accept(self, jws: Json, order: int) -> None:
        """Let the portal have accepted a directory."""
        with self.store.writing() as connection:
            body = canonical.encode(jws)
            WITH_REPLICA.papers.put(connection, "directory", os.urandom(32), order=order, body=body)


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Replica]:
    url = database.store_url("data.db", tmp_path)
    database.create(url, WITH_REPLICA.metadata, WITH_REPLICA.version)
    with closing(Store(url, WITH_REPLICA.metadata, WITH_REPLICA.version)) as store:
        replica = Replica(store, some_tags(), Providers("demo", WITH_REPLICA.papers))
        replica.accept(world().directory.jws, 1)
        yield replica


def some_tags() -> Tags:
    return {("ward-a", 1): Point(os.urandom(32)), ("ward-c", 1): Point(os.urandom(32))}


def test_everything_of_the_person_is_found_the_newest_first(shelf: Replica) -> None:
    old = shelf.row("ward-a", 0, year=YEAR - 2)
    new = shelf.row("ward-c", 0)
    before = shelf.row("ward-a", 0, issued=NOW - 100)
    history = shelf.read()
    permits = [b64(row.permit) for row in (new, before, old)]
    assert [seen.permit for seen in history.exchanges] == permits
    assert (history.gaps, history.unreadable) == ((), 0)
    assert [seen.from_ for seen in history.exchanges] == ["ward-c", "ward-a", "ward-a"]
    assert len({seen.id for seen in history.exchanges}) == 3
    assert shelf.read(some_tags()) == History((), (), 0)


def test_a_series_is_read_to_its_end_however_long(shelf: Replica) -> None:
    for index in range(45):
        shelf.row("ward-a", index)
    history = shelf.read()
    assert (len(history.exchanges), history.gaps) == (45, ())


def test_rows_of_the_eighth_year_before_are_not_looked_for(shelf: Replica) -> None:
    shelf.row("ward-a", 0, year=YEAR - 8)
    assert shelf.read().exchanges == ()
    shelf.row("ward-a", 0, year=YEAR - 7)
    assert len(shelf.read().exchanges) == 1


def test_a_missing_record_is_shown_as_a_gap(shelf: Replica) -> None:
    shelf.row("ward-a", 0)
    shelf.row("ward-a", 3)
    assert shelf.read().gaps == (Gap("ward-a", YEAR, 1, late=False), Gap("ward-a", YEAR, 2, late=False))


def test_a_record_that_may_still_be_on_its_way_is_not_called_missing(shelf: Replica) -> None:
    shelf.row("ward-a", 0, issued=NOW - 9000)
    shelf.row("ward-a", 2, issued=NOW - reading.ARRIVES_SECONDS - 1)
    shelf.row("ward-a", 4, issued=NOW - reading.ARRIVES_SECONDS)
    shelf.row("ward-c", 0, issued=NOW)
    gaps = shelf.read().gaps
    assert [(gap.number, gap.state) for gap in gaps] == [(1, "missing"), (3, "not-yet-known")]
    shelf.row("ward-a", 3, issued=NOW - 3700)
    assert [gap.number for gap in shelf.read().gaps] == [1]
    assert [(gap.number, gap.state) for gap in behind_what_does_not_open(shelf).gaps][1:] == [(5, "missing")]


def behind_what_does_not_open(shelf: Replica) -> History:
    """Nothing tells when the record before it was made."""
    shelf.lay(rows.open_series(shelf.tags["ward-a", 1], YEAR).locator(6), os.urandom(1040))
    return shelf.read()


def test_what_does_not_open_is_counted_and_is_no_gap(shelf: Replica) -> None:
    shelf.row("ward-a", 0)
    shelf.lay(rows.open_series(shelf.tags["ward-a", 1], YEAR).locator(1), os.urandom(1040))
    shelf.row("ward-a", 2)
    history = shelf.read()
    assert (len(history.exchanges), history.gaps, history.unreadable) == (2, (), 1)


def test_all_blobs_under_a_locator_are_opened_and_the_same_record_is_shown_once(shelf: Replica) -> None:
    series = rows.open_series(shelf.tags["ward-a", 1], YEAR)
    row = shelf.row("ward-a", 0)
    shelf.lay(*rows.seal_row(series, 0, row))
    shelf.row("ward-a", 0)
    shelf.lay(series.locator(0), os.urandom(1040))
    history = shelf.read()
    assert (len(history.exchanges), history.unreadable) == (2, 1)


def test_a_row_in_which_another_asked_is_not_believed(shelf: Replica) -> None:
    shelf.row("ward-a", 0, from_="ward-c")
    history = shelf.read()
    assert (history.exchanges, history.unreadable) == ((), 1)


def test_a_disclosed_row_says_what_had_hidden_it(shelf: Replica) -> None:
    series = rows.hidden_series(shelf.tags["ward-a", 1], YEAR)
    shelf.row("ward-a", 0, of=series, undisclosed="Art. 23(2)")
    shelf.row("ward-a", 1, of=series)
    history = shelf.read()
    assert [seen.undisclosed for seen in history.exchanges] == ["Art. 23(2)"]
    assert history.unreadable == 1


def test_the_outcome_is_the_one_the_provider_signed_for_this_entry(shelf: Replica) -> None:
    row = shelf.row("ward-a", 0, entry=1)
    assert (shelf.read().exchanges[0].outcome, shelf.read().exchanges[0].provided_at) == ("pending", None)
    shelf.outcome(row, "ok", "not-available", at=NOW + 7)
    (seen,) = shelf.read().exchanges
    assert (seen.outcome, seen.provided_at) == ("not-available", NOW + 7)
    assert seen.outcome_jws is not None
    assert shelf.read().unreadable == 0


def test_an_outcome_of_somebody_else_is_not_believed(shelf: Replica) -> None:
    row = shelf.row("ward-a", 0)
    shelf.outcome(row, "ok", by="ward-c")
    history = shelf.read()
    assert (history.exchanges[0].outcome, history.unreadable) == ("pending", 1)
    shelf.outcome(row, "ok")
    history = shelf.read()
    assert (history.exchanges[0].outcome, history.exchanges[0].provided_at) == ("ok", NOW)


def test_an_outcome_signed_with_a_key_of_an_older_directory_counts(shelf: Replica) -> None:
    old = os.urandom(32)
    row = shelf.row("ward-a", 0)
    shelf.outcome(row, "ok", key=old)
    assert (shelf.read().exchanges[0].outcome, shelf.read().unreadable) == ("pending", 1)
    body = world().directory.body
    agencies = tuple(
        structs.replace(one, sign=B32(public_key(old))) if one.id == "pension" else one for one in body.agencies
    )
    shelf.accept(sign(structs.replace(body, agencies=agencies), entries.TYP, []), 0)
    shelf.providers = Providers("demo", WITH_REPLICA.papers)
    assert (shelf.read().exchanges[0].outcome, shelf.read().unreadable) == ("ok", 0)


def test_an_outcome_without_this_entry_is_not_believed(shelf: Replica) -> None:
    row = shelf.row("ward-a", 0, entry=2)
    shelf.outcome(row, "ok", "ok")
    history = shelf.read()
    assert (history.exchanges[0].outcome, history.unreadable) == ("pending", 1)
