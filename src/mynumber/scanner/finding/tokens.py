"""Every 12-digit token of a text, with whether its check digit is right.

A token is a chain of digits in one of the spellings below that no further digit continues: the first twelve digits of a
16-digit card number are no token. The check digit is right for one in ten random tokens, so a token alone says little;
that is for groups and labels to judge.

Works on folded text (UTF-8 in which every digit and separator has its ASCII form), a block at a time.
"""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from mynumber.scanner.finding.marks import PAD, Bytes, Eights, Marks, Places, Runs, Truths

LENGTH = 12
# MIC Order 85/2014 art. 5, from the left: the weights Q_11 to Q_1.
_WEIGHTS = (6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
_GROUPS = 3
_GROUP = 4
_DIGITS = 10
# The weighted sums of each four digits, modulo 11, for the first, the second and the last four; the check digit of the
# sum of three, and the last digit.
_FOURS = np.arange(10**_GROUP)[:, None] // 10 ** np.arange(_GROUP - 1, -1, -1) % 10
_SUMS = [(_FOURS @ np.array([*_WEIGHTS, 0][at : at + _GROUP]) % 11).astype(np.uint8) for at in (0, 4, 8)]
_CHECK = np.array([0 if total % 11 <= 1 else 11 - total % 11 for total in range(31)], np.uint8)
_LAST = _FOURS[:, -1].astype(np.uint8)
_PAIRS = tuple(
    (np.uint64(mask), np.uint64(factor), np.uint64(shift))
    for mask, factor, shift in (
        (0x0F0F0F0F0F0F0F0F, 10 * 2**8 + 1, 8),
        (0x00FF00FF00FF00FF, 100 * 2**16 + 1, 16),
    )
)
_FOUR = np.uint64(0xFFFF)
_NEXT = np.uint64(32)

Values = NDArray[np.int64]


class Spelling(IntEnum):
    """How the twelve digits are written; the last three are found by `mynumber.scanner.finding.repairs`."""

    PLAIN = 0
    GROUPED = 1
    SINGLE = 2
    PERCENT = 3
    SHORTENED = 4
    SCIENTIFIC = 5
    ENCODED = 6


# Where digit j of a token stands, counted from its first digit.
_OFFSETS = {
    Spelling.PLAIN: tuple(range(LENGTH)),
    Spelling.GROUPED: tuple(j + j // _GROUP for j in range(LENGTH)),
    Spelling.SINGLE: tuple(2 * j for j in range(LENGTH)),
    # `%20`, the blank of an address: its own digits stand before those of the next four.
    Spelling.PERCENT: tuple(j + 3 * (j // _GROUP) for j in range(LENGTH)),
}
_SEPARATOR = np.zeros(256, np.bool_)
_SEPARATOR[np.frombuffer(b" -./_", np.uint8)] = True
# What continues a chain even where the lengths fit no spelling: `4-4-4-4` is a card, `12-3` a serial.
_CONNECTOR = np.zeros(256, np.bool_)
_CONNECTOR[np.frombuffer(b"-./_", np.uint8)] = True


@dataclass(frozen=True, slots=True)
class Tokens:
    """Parallel arrays, one entry a token, in the order of the text."""

    start: Places
    end: Places
    value: Values
    passes: Truths
    spelling: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.start)

    def ordered(self) -> "Tokens":
        """Return the tokens in the order of the text."""
        return self.chosen(np.argsort(self.start))

    def since(self, place: int) -> "Tokens":
        """Return the tokens that begin at a place or later."""
        if not len(self) or self.start[0] >= place:
            return self
        return self.chosen(np.arange(np.searchsorted(self.start, place), len(self)))

    def chosen(self, which: Places | Truths) -> "Tokens":
        """Return some of the tokens."""
        return Tokens(self.start[which], self.end[which], self.value[which], self.passes[which], self.spelling[which])

    def joined(self, other: "Tokens") -> "Tokens":
        """Return the tokens of both, in the order of the text."""
        if not len(other):
            return self
        return Tokens(
            np.concatenate((self.start, other.start)),
            np.concatenate((self.end, other.end)),
            np.concatenate((self.value, other.value)),
            np.concatenate((self.passes, other.passes)),
            np.concatenate((self.spelling, other.spelling)),
        ).ordered()


def tokens_of(marks: Marks, delimiter: int = 0) -> Tokens:
    """Return all tokens of a text; with a delimiter, three columns of four digits are a token too."""
    separators = _SEPARATOR.copy()
    separators[delimiter] = delimiter != 0
    text, runs = marks.text, marks.runs
    tokens = _plain(marks)
    for spelling, start in (
        (Spelling.GROUPED, _chains(text, runs, separators, length=_GROUP, count=_GROUPS)),
        (Spelling.SINGLE, _chains(text, runs, separators, length=1, count=LENGTH)),
        (Spelling.PERCENT, _percent(text, runs) if b"%" in marks.raw else runs.start[:0]),
    ):
        if len(start):
            tokens = tokens.joined(_read(text, start, spelling))
    return tokens


def _read(text: Bytes, start: Places, spelling: Spelling) -> Tokens:
    value = np.zeros(len(start), np.int64)
    for offset in _OFFSETS[spelling]:
        value *= 10
        value += text[start + offset] & 15
    end = start + (_OFFSETS[spelling][-1] + 1)
    return Tokens(start, end, value, passing(value), np.full(len(start), spelling, np.uint8))


def _plain(marks: Marks) -> Tokens:
    """Return the tokens of twelve digits in a row, read eight at a time."""
    start = _alone(marks, marks.runs.start[marks.runs.length == LENGTH])
    front, back = (_of_fours(digits) for digits in marks.eights(start, 2))
    first, middle, last = (each.view(np.int64) for each in (front & _FOUR, front >> _NEXT, back & _FOUR))
    value = (first * 10**_GROUP + middle) * 10**_GROUP + last
    passes = _right(first, middle, last) & (value > 0)
    return Tokens(start, start + LENGTH, value, passes, np.full(len(start), Spelling.PLAIN, np.uint8))


def _of_fours(digits: Eights) -> Eights:
    """Return the values of each four of eight ASCII digits; those of the first four are the lower half."""
    for mask, factor, shift in _PAIRS:
        # Neighbours are joined to twice as many digits, 1, 2, 4, all at once.
        digits = (digits & mask) * factor >> shift
    return digits


def _alone(marks: Marks, start: Places) -> Places:
    """Return which runs of twelve digits no connector joins to another run."""
    before, after = (marks.wide[start + place] for place in (PAD - 1, PAD + LENGTH))
    # Few have a connector beside them.
    at = np.flatnonzero(_CONNECTOR[before] | _CONNECTOR[after])
    if not len(at):
        return start
    beyond = (marks.wide[start[at] + place] - np.uint8(ord("0")) < _DIGITS for place in (PAD - 2, PAD + LENGTH + 1))
    goes_on = [_CONNECTOR[each[at]] & digit for each, digit in zip((before, after), beyond, strict=True)]
    return np.delete(start, at[goes_on[0] | goes_on[1]])


def neighbours(text: Bytes, runs: Runs, which: Places) -> tuple[Bytes, Bytes]:
    """Return the byte before and the byte after each of some runs; a blank at the ends of the text."""
    framed = np.full(len(text) + 2, ord(" "), np.uint8)
    framed[1:-1] = text
    return framed[runs.start[which]], framed[runs.end[which] + 1]


def _gaps(text: Bytes, runs: Runs, which: Places) -> Bytes:
    """Return for each run the one byte between it and the run before, or 0 if none or more than one are between."""
    before, here = np.maximum(which - 1, 0), np.minimum(which, len(runs.start) - 1)
    end = runs.end[before]
    near = (runs.start[here] - end == 1) & (before < here)
    return np.where(near, text[np.minimum(end, len(text) - 1)], np.uint8(0))


def _chains(text: Bytes, runs: Runs, separators: Truths, *, length: int, count: int) -> Places:
    """Return the starts of `count` runs of `length` digits with the same single separator between all of them."""
    if len(runs.start) < count:
        return runs.start[:0]
    fits = runs.length == length
    first = np.flatnonzero(in_a_row(fits, count))
    if not len(first):
        return runs.start[:0]
    separator = _gaps(text, runs, first + 1)
    parted = separators[separator]
    first, separator = first[parted], separator[parted]
    kept = np.ones(len(first), np.bool_)
    for step in range(2, count):
        kept &= _gaps(text, runs, first + step) == separator
    # The chain may not go on: the same separator and a run of the same length, or a connector, stand on either side.
    for gap, neighbour in ((first, first - 1), (first + count, first + count)):
        inside = (neighbour >= 0) & (neighbour < len(fits))
        same = inside & fits[np.clip(neighbour, 0, len(fits) - 1)]
        kept &= ~((_gaps(text, runs, gap) == separator) & (same | _CONNECTOR[separator]))
    found: Places = runs.start[first[kept]]
    return found


def in_a_row(fits: Truths, count: int) -> Truths:
    """Return where so many in a row are true."""
    done = 1
    while done < count:
        step = min(done, count - done)
        fits = fits[:-step] & fits[step:]
        done += step
    return fits


def _percent(text: Bytes, runs: Runs) -> Places:
    if len(runs.start) < _GROUPS:
        return runs.start[:0]
    later = runs.length == _GROUP + 2
    start = runs.start[:-2][(runs.length[:-2] == _GROUP) & later[1:-1] & later[2:]]
    found: Places = start[_blank(text, start + _GROUP) & _blank(text, start + 2 * _GROUP + 3)]
    return found


def _blank(text: Bytes, place: Places) -> Truths:
    found: Truths = (text[place] == ord("%")) & (text[place + 1] == ord("2")) & (text[place + 2] == ord("0"))
    return found


def passing(value: Values) -> Truths:
    """Return which values, of at most twelve digits, have the right check digit."""
    high = value // 10**8
    rest = value - high * 10**8
    middle = rest // 10**_GROUP
    # All zeros pass the formula; such a number is never issued.
    return _right(high, middle, rest - middle * 10**_GROUP) & (value > 0)


def _right(first: Values, middle: Values, last: Values) -> Truths:
    """Return where the check digit of three times four digits is right."""
    right: Truths = _CHECK[_SUMS[0][first] + _SUMS[1][middle] + _SUMS[2][last]] == _LAST[last]
    return right
