"""The codes that offices of this system hold instead of numbers: 32 bytes each, known by what a column has in common.

One in sixteen random values of 32 bytes is the encoding of a point, as every code is; so a column tells, a lone value
never. A wrapped code is a ciphertext and looks like any other: it is told by the word that it stands under.
"""

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from mynumber.codes.decoding import is_point
from mynumber.scanner.known.long_words import LongWords, Placed

BARE, WRAPPED = 32, 48
_KEPT = 200
_FEWEST = 8
_IN_A_BLOCK = 3
_SHARE = 0.95
_MOST_GROUPS = 64
_LEFT = 48
_WRAPPED = re.compile("wrapped|符号")


@dataclass(slots=True)
class Column:
    """Values of one group, and where the first stands."""

    line: int
    column: int
    size: int
    left: str
    count: int = 0
    values: set[bytes] = field(default_factory=set)

    def reason(self) -> str:
        """Return why these are codes, or nothing if they are none."""
        if len(self.values) < _FEWEST:
            return ""
        if self.size == WRAPPED:
            named = _WRAPPED.search(self.left)
            return f"{self.count} values of the length of wrapped codes, labelled {named[0]}" if named else ""
        points = sum(map(is_point, self.values))
        if points < _SHARE * len(self.values):
            return ""
        return f"{points} of {len(self.values)} values are points of ristretto255, as the codes of offices are"


class Columns:
    """The columns of one text that may hold codes."""

    def __init__(self, header: str) -> None:
        self._header = header.lower()
        self._columns: dict[tuple[int, int], Column] = {}

    def take(self, placed: Placed, long: LongWords, text: bytes) -> None:
        """Keep values of a block."""
        for size in (BARE, WRAPPED):
            chosen = np.flatnonzero(long.size == size)
            which, group, times = np.unique(placed.key[chosen], return_inverse=True, return_counts=True)
            for number in range(len(which)):
                places = chosen[group == number]
                column = self._columns.get((int(which[number]), size))
                if column is None:
                    if times[number] < _IN_A_BLOCK or len(self._columns) >= _MOST_GROUPS:
                        continue
                    at = int(places[0])
                    begin = int(placed.start[at])
                    left = text[max(0, begin - _LEFT) : begin].decode("utf-8", "ignore").lower()
                    column = Column(int(placed.line[at]), int(placed.column[at]), size, f"{self._header} {left}")
                    self._columns[int(which[number]), size] = column
                column.count += len(places)
                for at in places[: _KEPT - len(column.values)].tolist():
                    begin = int(placed.start[at])
                    column.values.add(_decoded(text[begin : begin + int(long.length[at])], size))

    def found(self) -> Iterator[tuple[int, Column, str]]:
        """Yield the columns of codes, and why they are."""
        for (key, _), column in self._columns.items():
            if reason := column.reason():
                yield key, column, reason


def _decoded(word: bytes, size: int) -> bytes:
    if len(word) == 2 * size:
        return bytes.fromhex(word.decode())
    return base64.b64decode(word.translate(bytes.maketrans(b"-_", b"+/")) + b"==")
