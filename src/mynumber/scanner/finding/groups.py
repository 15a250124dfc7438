"""Which tokens belong together: a column of a delimited text, or the template of bytes to their left.

A group is what a token is judged in: of n distinct tokens in it, k have the right check digit. In running text the
template is the nearest word to the left with what stands between, digits masked, so that `order=` and `個人番号：` are
groups wherever they occur, and a line that begins with a token is in the group of such lines.
"""

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from mynumber.scanner.finding.tokens import Bytes, Places, Runs, Truths, runs_of, stretches

Keys = NDArray[np.uint64]

# A key has so many bits, the highest ones; what is below is free for a value of the group.
GROUP_BITS = 40
_REST = np.uint64(64 - GROUP_BITS)
_LONGEST = 24
_EIGHT = 8
_DIGITS = b"0123456789"
_LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_ASCII = 0x7F
# A class of bytes is a bit of what the table of classes says of a byte.
DIGIT, WORD, BASE64 = range(3)
_CLASSES = bytes(
    (one in _DIGITS) << DIGIT
    | (one in _DIGITS + _LETTERS + b"_" or one > _ASCII) << WORD
    | (one in _DIGITS + _LETTERS + b"_-+/") << BASE64
    for one in range(256)
)
_COLUMN = np.uint64(0xD1342543DE82EF95)
_MIX = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xD6E8FEB86659FD93))
_HALF = np.uint64(32)
# What differs in capitals or digits only is the same template.
_SAME = bytes.maketrans(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ123456789", b"abcdefghijklmnopqrstuvwxyz000000000")
# The last so many bytes of eight, of which the last is the highest.
_LAST = np.array([((1 << 64) - 1) ^ ((1 << 8 * (_EIGHT - count)) - 1) for count in range(_EIGHT + 1)], np.uint64)


class Marks:
    """What is looked up in a block again and again: its lines, its words, and what stands before a place."""

    # So far before a number a label may stand.
    LEFT = 120

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self.text: Bytes = np.frombuffer(raw, np.uint8)

    @cached_property
    def _classes(self) -> Bytes:
        return np.frombuffer(self.raw.translate(_CLASSES), np.uint8)

    def of_class(self, which: int) -> Truths:
        """Return which bytes are of a class: DIGIT, WORD or BASE64."""
        return (self._classes >> np.uint8(which) & np.uint8(1)).view(np.bool_)

    @cached_property
    def runs(self) -> Runs:
        """The runs of digits."""
        return runs_of(self.of_class(DIGIT))

    @cached_property
    def lines(self) -> Places:
        """Where the lines begin."""
        return np.concatenate((np.zeros(1, np.int64), np.flatnonzero(self.text == ord("\n")) + 1))

    @cached_property
    def words(self) -> tuple[Places, Places]:
        """Where the words begin and end; a word is letters of any script, digits and underscores."""
        return stretches(self.of_class(WORD))

    @cached_property
    def word_lengths(self) -> Places:
        """How long each word is."""
        begins, ends = self.words
        return ends - begins

    @cached_property
    def small(self) -> bytes:
        """The text with letters small and digits masked, after `LEFT` bytes of nothing."""
        return b"\0" * self.LEFT + self.raw.translate(_SAME)

    def characters(self, begin: Places, end: Places) -> Places:
        """Return how many characters begin between two places, for each pair of them, of which none is empty."""
        if self.raw.isascii() or not len(begin):
            return end - begin
        begins = np.append((self.text & 0xC0) != 0x80, False)
        pairs = np.stack((begin, end), axis=1).ravel()
        return np.add.reduceat(begins, pairs, dtype=np.int64)[::2]

    def left(self, places: Places) -> NDArray[np.void]:
        """Return the `LEFT` bytes of `small` before each place."""
        shape = (len(self.small) - self.LEFT + 1,)
        return np.ndarray(shape, np.dtype((np.void, self.LEFT)), self.small, strides=(1,))[places]

    def before(self, place: int, lowest: int) -> str:
        """Return what stands in `small` from `lowest` to a place; a character that is cut is left out."""
        return self.small[self.LEFT + lowest : self.LEFT + place].decode("utf-8", "ignore")

    def line_of(self, places: Places) -> Places:
        """Return for each place the index of its line."""
        return np.searchsorted(self.lines, places, "right") - 1

    def hashes(self, first: Places, end: Places) -> Keys:
        """Return a key of the bytes of `small` from `first` to `end` of each, `LEFT` at most."""
        length = end - first
        eights = np.ndarray((len(self.small) - _EIGHT + 1,), "<u8", self.small, strides=(1,))
        key = length.astype(np.uint64)
        for before in range(0, int(length.max(initial=0)), _EIGHT):
            key = (key ^ (key >> _HALF)) * _MIX[0]
            key += (
                eights[end + (self.LEFT - _EIGHT - before)] & _LAST[np.minimum(np.maximum(length - before, 0), _EIGHT)]
            )
        key = (key ^ (key >> _HALF)) * _MIX[1]
        return key >> _REST << _REST


def template_keys(marks: Marks, start: Places) -> Keys:
    """Return for each token a key of the template to its left."""
    begins, _ = marks.words
    # The word in which the token stands, if letters stand before it; else the word before.
    word = np.searchsorted(begins, start, "left") - 1
    first = np.where(word >= 0, begins[np.maximum(word, 0)] if len(begins) else 0, 0)
    first = np.maximum(np.maximum(first, start - _LONGEST), marks.lines[marks.line_of(start)])
    return marks.hashes(first, start)


class Table:
    """Where the cells and the rows of a block begin; `quoted` says that it begins in the middle of quotes."""

    def __init__(self, marks: Marks, delimiter: int, *, quoted: bool) -> None:
        self._marks = marks
        self._delimiters = np.flatnonzero(marks.text == delimiter)
        self._rows = marks.lines
        if b'"' in marks.raw:
            quotes = np.flatnonzero(marks.text == ord('"'))
            odd = 1 if quoted else 0
            self._delimiters = self._delimiters[(np.searchsorted(quotes, self._delimiters) + odd) % 2 == 0]
            self._rows = self._rows[(np.searchsorted(quotes, self._rows) + odd) % 2 == 0]
        if not len(self._rows) or self._rows[0]:
            self._rows = np.concatenate((np.zeros(1, np.int64), self._rows))
        self._before_row = np.searchsorted(self._delimiters, self._rows)

    def keys(self, start: Places) -> tuple[Keys, Places]:
        """Return for each token a key of its column and of what stands before it in its cell, and the column from 0."""
        row = np.searchsorted(self._rows, start, "right") - 1
        before = np.searchsorted(self._delimiters, start)
        column = before - self._before_row[row]
        cell = self._rows[row]
        if len(self._delimiters):
            cell = np.where(column > 0, self._delimiters[np.maximum(before - 1, 0)] + 1, cell)
        cell = np.maximum(cell, start - _LONGEST)
        return self._marks.hashes(cell, start) ^ (column.astype(np.uint64) * _COLUMN << _REST), column
