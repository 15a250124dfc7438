"""Records of exchanges as the keeper writes them and the citizen's portal reads them (PROTOCOL.md section 11).

A row lies under a locator that only the tag's holder can compute, sealed under a key of its own. Rows of one tag and
fiscal year form a *series*, numbered from 0; hidden rows form another, whose seed the supervisor discloses.

The caller's own locators and blobs come in as functions, so that nothing here knows a store.
"""

import hashlib
import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from mynumber.codes import hashing, sealing, wire
from mynumber.codes.errors import ProtocolError
from mynumber.codes.law_table import RowKind
from mynumber.codes.wire import B32, Count, EntryIndex, Ident, Items, One, Payload, Text, TextOrEmpty
from mynumber.plumbing import canonical
from mynumber.plumbing.errors import OwnFault

GAP = 16  # a reader stops after this many missing numbers in a row
MOST_SKIPPED = 4096  # numbers a keeper passes over that it finds taken
_JAPAN = timedelta(hours=9)


class Row(Payload, frozen=True, rename={"from_": "from"}):
    """One record: who asked whom for what, when, under which permit; `undisclosed` is the article that hides it."""

    v: One
    kind: RowKind
    from_: Ident
    to: Ident
    procedure: Text
    items: Items
    issued: Count
    undisclosed: TextOrEmpty
    permit: B32
    entry: EntryIndex


@dataclass(frozen=True, slots=True)
class Series:
    """The rows of one tag (or of one disclosed seed) and fiscal year; `hidden` is the sort of rows it may hold."""

    seed: bytes = field(repr=False)
    hidden: bool

    def locator(self, index: int) -> bytes:
        """Return the 16 bytes under which row `index` lies."""
        return self._derive("row-locator", index)[:16]

    def key(self, index: int) -> bytes:
        """Return the AES-SIV key of row `index`."""
        return self._derive("row-key", index)

    def counter(self, h: bytes) -> bytes:
        """Return the name under which the keeper, with its HMAC key h, keeps this series' next number."""
        return hmac.digest(h, hashing.frame("counter", self.seed), hashlib.sha256)

    def _derive(self, label: str, index: int) -> bytes:
        return hmac.digest(self.seed, hashing.frame(label, hashing.i4(index)), hashlib.sha512)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader found: rows, numbers missing before the last present one, numbers of blobs that do not open."""

    found: tuple[tuple[int, Row], ...]
    missing: tuple[int, ...]
    bad: tuple[int, ...]


def fiscal_year(issued: int) -> int:
    """Return the fiscal year of a unix time: Japan (UTC+9), from 1 April."""
    there = datetime.fromtimestamp(issued, UTC) + _JAPAN
    return there.year if there.month >= 4 else there.year - 1


def open_series(tag: bytes, year: int) -> Series:
    """Return the series of open rows of a tag and fiscal year."""
    return Series(_seed(tag, "row-seed", year), hidden=False)


def hidden_series(tag: bytes, year: int) -> Series:
    """Return the series of hidden rows of a tag and fiscal year; its seed is what the supervisor gets."""
    return Series(_seed(tag, "hidden-seed", year), hidden=True)


def disclosed_series(seed: bytes) -> Series:
    """Return the series of hidden rows behind a disclosed seed."""
    return Series(seed, hidden=True)


def encode_row(row: Row) -> bytes:
    """Return the canonical JSON of a row."""
    return canonical.encode(wire.plain(row))


def read_row(data: bytes, *, hidden: bool) -> Row:
    """Return the row of this sort, or raise BAD_ROW; a row of the other sort is none."""
    try:
        row = wire.read(wire.parse(data), Row)
        wire.distinct(row.items)
    except ProtocolError as problem:
        raise ProtocolError("BAD_ROW") from problem
    if bool(row.undisclosed) != hidden or (hidden and row.kind == "self"):
        raise ProtocolError("BAD_ROW")
    return row


def seal_row(series: Series, index: int, row: Row) -> tuple[bytes, bytes]:
    """Return (locator, sealed) of row number `index`."""
    locator = series.locator(index)
    return locator, sealing.siv_seal(series.key(index), sealing.pad(encode_row(row)), locator)


def open_row(series: Series, index: int, sealed: bytes) -> Row:
    """Return row number `index`, or raise BAD_ROW. Its `issued` is not compared with the series' year."""
    padded = sealing.siv_open(series.key(index), sealed, series.locator(index), "BAD_ROW")
    return read_row(sealing.unpad(padded, "BAD_ROW"), hidden=series.hidden)


def next_number(series: Series, start: int, taken: Callable[[bytes], bool]) -> int:
    """Return the first number from `start` on whose locator is not taken; more than 4096 taken is our own fault."""
    for index in range(start, start + MOST_SKIPPED + 1):
        if not taken(series.locator(index)):
            return index
    raise OwnFault("ROW_NUMBERS", "more numbers of one series are taken than a keeper skips")


def read_series(series: Series, blobs: Callable[[bytes], Sequence[bytes]]) -> Reading:
    """Read a series until 16 numbers in a row are missing; `blobs` gives all that lies under a locator.

    A blob that does not open is reported in `bad`; it does not stop the reading and is no gap.
    """
    found: list[tuple[int, Row]] = []
    missing: list[int] = []
    bad: list[int] = []
    index = last = 0
    while index - last < GAP:
        lying = blobs(series.locator(index))
        for blob in lying:
            try:
                found.append((index, open_row(series, index, blob)))
            except ProtocolError:
                bad.append(index)
        if lying:
            last = index + 1
        else:
            missing.append(index)
        index += 1
    return Reading(tuple(found), tuple(i for i in missing if i < last), tuple(bad))


def _seed(tag: bytes, label: str, year: int) -> bytes:
    return hmac.digest(tag, hashing.frame(label, hashing.i4(year)), hashlib.sha256)
