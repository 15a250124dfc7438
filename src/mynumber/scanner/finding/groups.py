"""Which tokens belong together: a column of a delimited text, or the template of bytes to their left.

A group is what a token is judged in: of n distinct tokens in it, k have the right check digit. In running text the
template is the nearest word to the left with what stands between, digits masked, so that `order=` and `個人番号：` are
groups wherever they occur, and a line that begins with a token is in the group of such lines.
"""

from functools import cache, cached_property

import numpy as np
from numpy.typing import NDArray

from mynumber.scanner.finding.tokens import Bytes, Places

Keys = NDArray[np.uint64]

_LONGEST = 24
# The powers are made once for blocks of the usual size, 2 to this.
_BLOCK = 19
_BASE = 0x9E3779B97F4A7C15 | 1
_COLUMN = np.uint64(0xD1342543DE82EF95)
_WORD = np.zeros(256, np.bool_)
_WORD[0x80:] = True
_WORD[ord("_")] = True
for _first, _last in ((b"0", b"9"), (b"A", b"Z"), (b"a", b"z")):
    _WORD[_first[0] : _last[0] + 1] = True
_LOWER = np.arange(256, dtype=np.uint8)
_LOWER[ord("A") : ord("Z") + 1] += 32
_LOWER[ord("0") : ord("9") + 1] = ord("0")


class Marks:
    """What is looked up in a block again and again: its lines, its words, and sums from which any stretch is hashed."""

    def __init__(self, text: Bytes) -> None:
        self.text = text

    @cached_property
    def lines(self) -> Places:
        """Where the lines begin."""
        return np.concatenate((np.zeros(1, np.int64), np.flatnonzero(self.text == ord("\n")) + 1))

    @cached_property
    def words(self) -> tuple[Places, Places]:
        """Where the words begin and end; a word is letters of any script, digits and underscores."""
        word = np.zeros(len(self.text) + 2, np.bool_)
        word[1:-1] = _WORD[self.text]
        edges = np.flatnonzero(word[1:] != word[:-1])
        return edges[0::2], edges[1::2]

    @cached_property
    def _sums(self) -> Keys:
        power, _ = _powers(1 << max(_BLOCK, len(self.text).bit_length()))
        sums = np.zeros(len(self.text) + 1, np.uint64)
        np.cumsum(_LOWER[self.text] * power[: len(self.text)], dtype=np.uint64, out=sums[1:])
        return sums

    def line_of(self, places: Places) -> Places:
        """Return for each place the index of its line."""
        return np.searchsorted(self.lines, places, "right") - 1

    def hashes(self, first: Places, end: Places) -> Keys:
        """Return a key of the bytes from `first` to `end` of each, letters in lower case and digits masked."""
        _, inverse = _powers(1 << max(_BLOCK, len(self.text).bit_length()))
        key = (self._sums[end] - self._sums[first]) * inverse[first] + (end - first).astype(np.uint64)
        key ^= key >> np.uint64(32)
        return key * np.uint64(0xD6E8FEB86659FD93)


def template_keys(marks: Marks, start: Places) -> Keys:
    """Return for each token a key of the template to its left."""
    begins, _ = marks.words
    # The word in which the token stands, if letters stand before it; else the word before.
    word = np.searchsorted(begins, start, "left") - 1
    first = np.where(word >= 0, begins[np.maximum(word, 0)] if len(begins) else 0, 0)
    first = np.maximum(np.maximum(first, start - _LONGEST), marks.lines[marks.line_of(start)])
    return marks.hashes(first, start)


def column_keys(marks: Marks, start: Places, delimiter: int, *, quoted: bool) -> tuple[Keys, Places]:
    """Return for each token a key of its column and of what stands before it in its cell, and the column from 0."""
    delimiters = np.flatnonzero(marks.text == delimiter)
    breaks = marks.lines
    quotes = np.flatnonzero(marks.text == ord('"'))
    if len(quotes):
        odd = 1 if quoted else 0
        delimiters = delimiters[(np.searchsorted(quotes, delimiters) + odd) % 2 == 0]
        breaks = breaks[(np.searchsorted(quotes, breaks) + odd) % 2 == 0]
    row = np.searchsorted(breaks, start, "right") - 1
    begin = np.where(row >= 0, breaks[np.maximum(row, 0)] if len(breaks) else 0, 0)
    before = np.searchsorted(delimiters, start)
    column = before - np.searchsorted(delimiters, begin)
    cell = np.where(column > 0, delimiters[np.maximum(before - 1, 0)] + 1 if len(delimiters) else 0, begin)
    cell = np.maximum(cell, start - _LONGEST)
    return marks.hashes(cell, start) ^ (column.astype(np.uint64) * _COLUMN), column


@cache
def _powers(length: int) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Return the powers of the base and of its inverse modulo 2**64."""
    inverse = pow(_BASE, -1, 1 << 64)
    ones = np.full(length + 1, _BASE, np.uint64)
    ones[0] = 1
    others = np.full(length + 1, inverse, np.uint64)
    others[0] = 1
    return np.cumprod(ones), np.cumprod(others)
