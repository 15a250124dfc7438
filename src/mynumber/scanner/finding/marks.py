"""What is looked up in a block of text again and again; promises to look at each byte few times.

Each byte is classed once. Where a word or a digest begins that is long enough to matter is found by joining neighbours
to twice as many bytes of a class in a row, 1, 2, 4, 8, so that short words cost nothing each.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from mynumber.scanner.finding.ranks import Ranks

Bytes = NDArray[np.uint8]
Places = NDArray[np.int64]
Truths = NDArray[np.bool_]
Eights = NDArray[np.uint64]

_DIGITS = b"0123456789"
_LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_ASCII = 0x7F
# A class of bytes is a bit of what the table of classes says of a byte.
DIGIT, WORD, BASE64 = 1, 2, 4
_CLASSES = bytes(
    (one in _DIGITS) * DIGIT
    | (one in _DIGITS + _LETTERS + b"_" or one > _ASCII) * WORD
    | (one in _DIGITS + _LETTERS + b"_-+/") * BASE64
    for one in range(256)
)
_IS_WORD = (np.frombuffer(_CLASSES, np.uint8) & WORD) > 0
# What differs in capitals or digits only is the same template.
_SAME = bytes.maketrans(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ123456789", b"abcdefghijklmnopqrstuvwxyz000000000")
# So many ends of lines stand before and after the text: whoever looks past its ends looks at these.
PAD = 128
_EIGHT = 8
# The shortest word and digest that are looked at.
LONG_WORD, DIGEST = 12, 22
# Where the C library has once been given back so much memory, it keeps what a block needs for the next one.
np.empty(31 << 20, np.uint8)


@dataclass(frozen=True, slots=True)
class Runs:
    """Unbroken runs of bytes of one class."""

    start: Places
    end: Places
    length: Places


class Marks:
    """One block of text, and what was looked up in it."""

    # So far before a number a label may stand.
    LEFT = 120

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self.padded = b"\n" * PAD + raw + b"\n" * PAD
        self.wide: Bytes = np.frombuffer(self.padded, np.uint8)
        self.text: Bytes = self.wide[PAD : PAD + len(raw)]

    @cached_property
    def classes(self) -> Bytes:
        """The classes of each byte."""
        return np.frombuffer(self.raw.translate(_CLASSES), np.uint8)

    @cached_property
    def _twelve(self) -> Bytes:
        """For each place the classes of which it and the eleven bytes after it are."""
        four = _joined(_joined(self.classes, 1), 2)
        eight = _joined(four, 4)
        return eight[: max(len(eight) - 4, 0)] & four[8:]

    @cached_property
    def runs(self) -> Runs:
        """The runs of digits."""
        return _runs(self.classes, DIGIT, 1)

    @cached_property
    def words(self) -> Runs:
        """The words of twelve bytes or more; a word is letters of any script, digits and underscores."""
        return _runs(self._twelve, WORD, LONG_WORD)

    @cached_property
    def digests(self) -> Runs:
        """The runs of 22 letters of base64 or base64url or more."""
        letters = _joined(self._twelve, DIGEST - LONG_WORD)
        return _runs(letters if any_of(letters, BASE64) else letters[:0], BASE64, DIGEST)

    @cached_property
    def _ends_line(self) -> Truths:
        found: Truths = self.text == ord("\n")
        return found

    @cached_property
    def lines(self) -> Places:
        """Where the lines begin."""
        return np.concatenate((np.zeros(1, np.int64), np.flatnonzero(self._ends_line) + 1))

    @cached_property
    def _lines_before(self) -> Ranks:
        return Ranks(self._ends_line)

    @cached_property
    def _characters_before(self) -> Ranks:
        return Ranks((self.text & 0xC0) != 0x80)

    @cached_property
    def small(self) -> bytes:
        """The text with its pads, letters small and digits masked."""
        return self.padded.translate(_SAME)

    def eights(self, places: Places, count: int) -> Eights:
        """Return so many times eight bytes from each place on: a row of all first ones, and so on, low byte first."""
        return self._rows(places, count * _EIGHT).view("<u8").reshape(-1, count).T

    def _rows(self, places: Places, length: int) -> NDArray[np.void]:
        # To fetch many bytes of a place costs as much as to fetch one or eight.
        kind = np.dtype((np.void, length))
        return np.ndarray((len(self.padded) - length + 1,), kind, self.padded, strides=(1,))[places + PAD]

    def before(self, place: int, lowest: int) -> str:
        """Return the text, letters small and digits masked, from `lowest` to a place, without torn characters."""
        return self.raw[max(lowest, 0) : place].translate(_SAME).decode("utf-8", "ignore")

    def left(self, places: Places, length: int = LEFT) -> Bytes:
        """Return a row of so many bytes before each place, letters small and digits masked."""
        small = self._rows(places - length, length).tobytes().translate(_SAME)
        return np.frombuffer(small, np.uint8).reshape(-1, length)

    def characters(self, begin: Places, end: Places) -> Places:
        """Return how many characters begin between two places, for each pair of them."""
        if self.raw.isascii() or not len(begin):
            return end - begin
        return self._characters_before.before(end) - self._characters_before.before(begin)

    def line_of(self, places: Places) -> Places:
        """Return for each place the index of its line."""
        return self._lines_before.before(places)


def _joined(classes: Bytes, step: int) -> Bytes:
    """Return for each place the classes of it and of the place so many bytes after it, where there is one."""
    return classes[: max(len(classes) - step, 0)] & classes[step:]


def _runs(classes: Bytes, which: int, least: int) -> Runs:
    """Return the runs of a class, given where so many bytes of it stand in a row."""
    start, end = stretches(classes & np.uint8(which))
    end += least - 1
    return Runs(start, end, end - start)


def any_of(classes: Bytes, which: int) -> bool:
    """Whether any byte has a class."""
    return int(np.bitwise_or.reduce(classes)) & which > 0


def is_word(text: Bytes) -> Truths:
    """Return which bytes are part of a word."""
    found: Truths = _IS_WORD[text]
    return found


def stretches(true: Bytes | Truths) -> tuple[Places, Places]:
    """Return where the stretches of bytes that are not 0 begin and end; all those are the same."""
    edges = np.flatnonzero(true[1:] != true[:-1]) + 1
    if len(true) and true[0]:
        edges = np.concatenate((np.zeros(1, np.int64), edges))
    if len(true) and true[-1]:
        edges = np.append(edges, len(true))
    return edges[0::2], edges[1::2]
