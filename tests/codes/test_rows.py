"""Rows, series, hidden rows and outcomes: the vectors, and what a reader does with gaps and with what does not open."""

import calendar
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mynumber.codes import sealing, wire
from mynumber.codes.errors import ProtocolError
from mynumber.codes.records import forms, hidden, rows
from mynumber.codes.records.forms import Outcome
from mynumber.codes.records.rows import Row, Series
from mynumber.codes.wire import B32
from mynumber.plumbing import canonical
from mynumber.plumbing.errors import OwnFault
from tests.codes import vectors
from tests.codes.ceremony import Town, raw
from tests.codes.vectors import Call

TOWN = Town.of()
PENSION = TOWN.first().signer("pension")
TAG, H, PERMIT = raw("tag", 32), TOWN.keeper.h, B32(raw("permit", 32))
WORLDS = vectors.file().worlds
OPEN_ROW = vectors.calls(vectors.file().negative, "open_row", vectors.SealedRow)
OPEN_HIDDEN = vectors.calls(vectors.file().negative, "open_hidden", vectors.Hidden)
OPEN_OUTCOME = vectors.calls(vectors.file().negative, "open_outcome", vectors.Outcome)

ROW = Row(
    v=1,
    kind="exchange",
    from_="ward",
    to="pension",
    procedure="link-1",
    items=("a",),
    issued=1_790_000_000,
    undisclosed="",
    permit=PERMIT,
    entry=0,
)
HIDDEN_ROW = msgspec.structs.replace(ROW, undisclosed="art-1", entry=3)
OPEN, HIDDEN = rows.open_series(TAG, 2026), rows.hidden_series(TAG, 2026)


def series(tag: bytes, year: int, *, is_hidden: bool) -> Series:
    return rows.hidden_series(tag, year) if is_hidden else rows.open_series(tag, year)


def text(value: object) -> bytes:
    return canonical.encode(wire.plain(value))


@pytest.mark.parametrize("vector", [row for world in WORLDS for row in world.rows])
def test_the_rows_of_the_worlds(vector: vectors.SealedRow) -> None:
    where = series(vector.tag, vector.year, is_hidden=vector.hidden)
    row = rows.open_row(where, vector.index, vector.sealed)
    assert text(row) == canonical.encode(vector.members)
    assert rows.seal_row(where, vector.index, row) == (vector.locator, vector.sealed)


@pytest.mark.parametrize("vector", [one for world in WORLDS for one in world.reading], ids=lambda one: one.name)
def test_the_readings_of_the_worlds(vector: vectors.Reading) -> None:
    replica: dict[bytes, list[bytes]] = {}
    for locator, sealed in vector.rows:
        replica.setdefault(locator, []).append(sealed)
    found, missing = [], []
    for is_hidden, start in ((False, vector.next), (True, vector.next_hidden)):
        where = series(vector.tag, vector.year, is_hidden=is_hidden)
        reading = rows.read_series(where, lambda locator: replica.get(locator, []))
        found += [(is_hidden, index) for index, _ in reading.found]
        missing += [(is_hidden, index) for index in reading.missing]
        assert rows.next_number(where, 0, replica.__contains__) == start
    assert (found, missing) == (vector.found, vector.missing)


@pytest.mark.parametrize(("call", "args"), OPEN_ROW, ids=vectors.names(OPEN_ROW))
def test_a_row_that_lies_is_named(call: Call, args: vectors.SealedRow) -> None:
    with pytest.raises(ProtocolError) as refused:
        rows.open_row(series(args.tag, args.year, is_hidden=args.hidden), args.index, args.sealed)
    assert refused.value.code == call.error


@pytest.mark.parametrize("vector", [one for world in WORLDS for one in world.hidden])
def test_the_hidden_rows_of_the_worlds(vector: vectors.Hidden) -> None:
    seed, row = hidden.open_hidden(vector.secret, vector.sealed, permit=vector.permit, entry=vector.entry)
    assert seed == vector.seed
    assert text(row) == canonical.encode(vector.members)


@pytest.mark.parametrize(("call", "args"), OPEN_HIDDEN, ids=vectors.names(OPEN_HIDDEN))
def test_a_hidden_row_that_lies_is_named(call: Call, args: vectors.Hidden) -> None:
    with pytest.raises(ProtocolError) as refused:
        hidden.open_hidden(args.secret, args.sealed, permit=args.permit, entry=args.entry)
    assert refused.value.code == call.error


@pytest.mark.parametrize("index", range(len(WORLDS)))
def test_the_outcomes_of_the_worlds(index: int) -> None:
    for vector in WORLDS[index].outcomes:
        whole = hidden.open_outcome(vector.permit, vector.sealed)
        assert whole == vector.jws
        assert hidden.seal_outcome(vector.permit, whole) == (vector.locator, vector.sealed)
        signer = vectors.directory(index).signer("pension")
        assert hidden.check_outcome(whole, vector.permit, signer, WORLDS[index].network).results


@pytest.mark.parametrize(("call", "args"), OPEN_OUTCOME, ids=vectors.names(OPEN_OUTCOME))
def test_an_outcome_that_lies_is_named(call: Call, args: vectors.Outcome) -> None:
    with pytest.raises(ProtocolError) as refused:
        hidden.open_outcome(args.permit, args.sealed)
    assert refused.value.code == call.error


@pytest.mark.parametrize(
    ("when", "year"),
    [
        ("2026-03-31T14:59:59", 2025),
        ("2026-03-31T15:00:00", 2026),
        ("2026-12-31T15:00:00", 2026),
        ("2027-03-31T14:59:59", 2026),
    ],
)
def test_the_fiscal_year_begins_on_the_first_of_april_in_japan(when: str, year: int) -> None:
    moment = datetime.fromisoformat(when).replace(tzinfo=UTC)
    assert rows.fiscal_year(calendar.timegm(moment.timetuple())) == year


@given(st.integers(0, 2000))
def test_any_number_of_a_series_opens_where_it_lies_and_nowhere_else(index: int) -> None:
    locator, sealed = rows.seal_row(OPEN, index, ROW)
    assert (len(locator), len(sealed) % 1024) == (16, 16)
    assert rows.open_row(OPEN, index, sealed) == ROW
    for other, at in [(OPEN, index + 1), (rows.open_series(TAG, 2025), index), (HIDDEN, index)]:
        with pytest.raises(ProtocolError):
            rows.open_row(other, at, sealed)


@pytest.mark.parametrize(
    ("row", "where"),
    [
        (HIDDEN_ROW, OPEN),
        (ROW, HIDDEN),
        (msgspec.structs.replace(ROW, kind="self", undisclosed="art-1"), HIDDEN),
        (msgspec.structs.replace(ROW, items=()), OPEN),
        (msgspec.structs.replace(ROW, items=("a", "a")), OPEN),
        (msgspec.structs.replace(ROW, kind="enrol"), OPEN),
        (msgspec.structs.replace(ROW, entry=4096), OPEN),
    ],
)
def test_a_row_of_the_wrong_sort_or_shape_is_bad(row: Row, where: Series) -> None:
    _, sealed = rows.seal_row(where, 0, row)
    with pytest.raises(ProtocolError) as refused:
        rows.open_row(where, 0, sealed)
    assert refused.value.code == "BAD_ROW"


@pytest.mark.parametrize("padded", [b"", bytes(1024), b"\x80", b"x" * 1024, sealing.pad(b"{}") + bytes(1024)])
def test_padding_is_one_mark_and_the_fewest_zeros(padded: bytes) -> None:
    with pytest.raises(ProtocolError) as refused:
        sealing.unpad(padded, "BAD_ROW")
    assert refused.value.code == "BAD_ROW"


@given(st.binary(max_size=2100))
def test_what_was_padded_comes_back(data: bytes) -> None:
    padded = sealing.pad(data)
    assert len(padded) % 1024 == 0
    assert len(data) < len(padded) <= len(data) + 1024
    assert sealing.unpad(padded, "BAD_ROW") == sealing.unpad_loose(padded + bytes(1024), "BAD_ROW") == data


@given(st.sets(st.integers(0, 60)), st.sets(st.integers(0, 60)))
def test_a_reader_finds_all_before_sixteen_missing_in_a_row(good: set[int], damaged: set[int]) -> None:
    lying = {rows.seal_row(OPEN, index, ROW) for index in good}
    replica: dict[bytes, list[bytes]] = {locator: [sealed] for locator, sealed in lying}
    for index in damaged:
        replica.setdefault(OPEN.locator(index), []).append(b"does not open")
    reading = rows.read_series(OPEN, lambda locator: replica.get(locator, []))
    present, end = sorted(good | damaged), 0
    for index in present:
        if index - end < 16:
            end = index + 1
    assert [index for index, _ in reading.found] == [index for index in sorted(good) if index < end]
    assert list(reading.bad) == [index for index in sorted(damaged) if index < end]
    assert list(reading.missing) == [index for index in range(end) if index not in present]


def test_a_keeper_skips_what_is_taken_and_4096_at_most() -> None:
    taken = {OPEN.locator(index) for index in range(4096)}
    assert rows.next_number(OPEN, 5, set().__contains__) == 5
    assert rows.next_number(OPEN, 0, taken.__contains__) == 4096
    with pytest.raises(OwnFault):
        rows.next_number(OPEN, 0, {*taken, OPEN.locator(4096)}.__contains__)


def test_series_of_a_tag_are_apart_and_show_no_seed() -> None:
    every = [rows.open_series(TAG, year) for year in (2025, 2026)] + [HIDDEN, rows.open_series(raw("b", 32), 2026)]
    assert len({one.locator(0) for one in every}) == len({one.counter(H) for one in every}) == 4
    assert len({one.key(0) for one in every}) == 4
    assert OPEN.counter(H) != OPEN.counter(raw("another h", 32))
    assert "seed" not in repr(OPEN)


def test_a_hidden_row_comes_back_disclosed() -> None:
    sealed = hidden.seal_hidden(TOWN.supervisor.seal_key, HIDDEN, HIDDEN_ROW, PERMIT)
    kept = hidden.hidden_mac(H, HIDDEN, HIDDEN_ROW, PERMIT)
    seed, row = hidden.open_hidden(TOWN.supervisor.seal, sealed, permit=PERMIT, entry=3)
    disclosed = hidden.disclosure("test", PERMIT, seed, row)
    where, again = hidden.accept_disclosed(H, kept, disclosed)
    assert again == HIDDEN_ROW
    locator, blob = rows.seal_row(where, 0, again)
    # The citizen's portal derives the same series from the tag.
    reading = rows.read_series(HIDDEN, lambda at: [blob] if at == locator else [])
    assert reading.found == ((0, HIDDEN_ROW),)


@pytest.mark.parametrize("change", [{"permit": B32(bytes(32))}, {"entry": 4}, {"seed": B32(bytes(32))}, {"row": b"{}"}])
def test_the_keeper_takes_back_only_what_it_gave(change: dict[str, object]) -> None:
    kept = hidden.hidden_mac(H, HIDDEN, HIDDEN_ROW, PERMIT)
    good = hidden.disclosure("test", PERMIT, HIDDEN.seed, HIDDEN_ROW)
    with pytest.raises(ProtocolError) as refused:
        hidden.accept_disclosed(H, kept, msgspec.structs.replace(good, **change))
    assert refused.value.code == "BAD_ROW"


@pytest.mark.parametrize(("permit", "entry"), [(bytes(32), 3), (PERMIT, 2)])
def test_a_hidden_row_opens_for_its_permit_and_entry(permit: bytes, entry: int) -> None:
    sealed = hidden.seal_hidden(TOWN.supervisor.seal_key, HIDDEN, HIDDEN_ROW, PERMIT)
    with pytest.raises(ProtocolError):
        hidden.open_hidden(TOWN.supervisor.seal, sealed, permit=permit, entry=entry)


def test_the_row_inside_is_of_the_permit_and_entry_outside() -> None:
    other = msgspec.structs.replace(HIDDEN_ROW, permit=B32(bytes(32)))
    sealed = hidden.seal_hidden(TOWN.supervisor.seal_key, HIDDEN, other, PERMIT)
    with pytest.raises(ProtocolError) as refused:
        hidden.open_hidden(TOWN.supervisor.seal, sealed, permit=PERMIT, entry=3)
    assert refused.value.code == "BAD_ROW"


def outcome(permit: bytes = PERMIT, kid: str = "pension", network: str = "test") -> canonical.Json:
    said = Outcome(v=1, network=network, permit=B32(permit), provided=1, results=("ok",))
    return forms.sign_form(said, (kid, TOWN.agencies[kid].sign))


def test_an_outcome_is_read_with_its_permit_and_signer() -> None:
    locator, sealed = hidden.seal_outcome(PERMIT, outcome())
    assert locator == hidden.outcome_locator(PERMIT)
    read = hidden.check_outcome(hidden.open_outcome(PERMIT, sealed), PERMIT, PENSION, "test")
    assert read.results == ("ok",)


@pytest.mark.parametrize(
    "whole",
    [
        outcome(bytes(32)),
        {},
        forms.sign_form(forms.Answer(v=1, network="test", permit=PERMIT, sealed=PERMIT), ("pension", bytes(32))),
    ],
)
def test_what_lies_under_a_permit_is_its_outcome(whole: canonical.Json) -> None:
    _, sealed = hidden.seal_outcome(PERMIT, whole)
    with pytest.raises(ProtocolError) as refused:
        hidden.open_outcome(PERMIT, sealed)
    assert refused.value.code == "BAD_ROW"


@pytest.mark.parametrize("whole", [outcome(bytes(32)), outcome(kid="ward"), outcome(network="other")])
def test_an_outcome_of_another_permit_signer_or_network_is_bad(whole: canonical.Json) -> None:
    with pytest.raises(ProtocolError) as refused:
        hidden.check_outcome(whole, PERMIT, PENSION, "test")
    assert refused.value.code == "BAD_ROW"
