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

LENGTH = 12
# MIC Order 85/2014 art. 5, from the left: the weights Q_11 to Q_1.
_WEIGHTS = (6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
_GROUPS = 3
_GROUP = 4

Bytes = NDArray[np.uint8]
Places = NDArray[np.int64]
Values = NDArray[np.int64]
Truths = NDArray[np.bool_]


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
        order = np.argsort(self.start, kind="stable")
        return self.chosen(order)

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


@dataclass(frozen=True, slots=True)
class Runs:
    """The unbroken runs of ASCII digits of a text."""

    start: Places
    end: Places
    length: Places


def runs_of(text: Bytes) -> Runs:
    """Return all runs of digits."""
    digit = np.zeros(len(text) + 2, np.bool_)
    digit[1:-1] = (text - np.uint8(ord("0"))) < 10
    edges = np.flatnonzero(digit[1:] != digit[:-1])
    start, end = edges[0::2], edges[1::2]
    return Runs(start, end, end - start)


def tokens_of(text: Bytes, runs: Runs, delimiter: int = 0) -> Tokens:
    """Return all tokens of a text; with a delimiter, three columns of four digits are a token too."""
    separators = _SEPARATOR.copy()
    separators[delimiter] = delimiter != 0
    found = [
        (Spelling.PLAIN, _plain(text, runs)),
        (Spelling.GROUPED, _chains(text, runs, separators, length=_GROUP, count=_GROUPS)),
        (Spelling.SINGLE, _chains(text, runs, separators, length=1, count=LENGTH)),
        (Spelling.PERCENT, _percent(text, runs)),
    ]
    start = np.concatenate([places for _, places in found])
    spelling = np.concatenate([np.full(len(places), kind, np.uint8) for kind, places in found])
    end = np.concatenate([places + _OFFSETS[kind][-1] + 1 for kind, places in found])
    value = np.concatenate([_values(text, places, kind) for kind, places in found])
    return Tokens(start, end, value, passing(value), spelling).ordered()


def neighbours(text: Bytes, runs: Runs) -> tuple[Bytes, Bytes]:
    """Return the byte before and the byte after each run; a blank at the ends of the text."""
    framed = np.full(len(text) + 2, ord(" "), np.uint8)
    framed[1:-1] = text
    return framed[runs.start], framed[runs.end + 1]


def _plain(text: Bytes, runs: Runs) -> Places:
    _, after = neighbours(text, runs)
    whole = runs.length == LENGTH
    # A gap of one connector to the next run continues the chain.
    joined = np.zeros(len(runs.start) + 1, np.bool_)
    if len(runs.start) > 1:
        joined[1:-1] = (runs.start[1:] - runs.end[:-1] == 1) & _CONNECTOR[after[:-1]]
    found: Places = runs.start[whole & ~joined[:-1] & ~joined[1:]]
    return found


def _chains(text: Bytes, runs: Runs, separators: Truths, *, length: int, count: int) -> Places:
    """Return the starts of `count` runs of `length` digits with the same single separator between all of them."""
    if len(runs.start) < count:
        return runs.start[:0]
    fits = runs.length == length
    if np.count_nonzero(fits) < count:
        return runs.start[:0]
    between = np.zeros(len(runs.start) + 1, np.uint8)
    near = runs.start[1:] - runs.end[:-1] == 1
    between[1:-1] = np.where(near, text[np.minimum(runs.end[:-1], len(text) - 1)], 0)
    last = len(runs.start) - count + 1
    good = fits[:last].copy()
    for step in range(1, count):
        good &= fits[step : step + last]
    first = np.flatnonzero(good)
    separator = between[first + 1]
    kept = separators[separator]
    for step in range(1, count - 1):
        kept &= between[first + 1 + step] == separator
    # The chain may not go on: the same separator and a run of the same length, or a connector, stand on either side.
    for gap, neighbour in ((first, first - 1), (first + count, first + count)):
        inside = (neighbour >= 0) & (neighbour < len(fits))
        same = inside & fits[np.clip(neighbour, 0, len(fits) - 1)]
        kept &= ~((between[gap] == separator) & (same | _CONNECTOR[separator]))
    found: Places = runs.start[first[kept]]
    return found


def _percent(text: Bytes, runs: Runs) -> Places:
    if len(runs.start) < _GROUPS:
        return runs.start[:0]
    first = (runs.length[:-2] == _GROUP) & (runs.length[1:-1] == _GROUP + 2) & (runs.length[2:] == _GROUP + 2)
    start = runs.start[:-2][first]
    found: Places = start[_blank(text, start + _GROUP) & _blank(text, start + 2 * _GROUP + 3)]
    return found


def _blank(text: Bytes, place: Places) -> Truths:
    found: Truths = (text[place] == ord("%")) & (text[place + 1] == ord("2")) & (text[place + 2] == ord("0"))
    return found


def _values(text: Bytes, start: Places, spelling: Spelling) -> Values:
    value = np.zeros(len(start), np.int64)
    for offset in _OFFSETS[spelling]:
        value = value * 10 + (text[start + offset] & 15)
    return value


def passing(value: Values) -> Truths:
    """Return which values, of at most twelve digits, have the right check digit."""
    body, check = np.divmod(value, 10)
    total = np.zeros(len(value), np.int64)
    for weight in reversed(_WEIGHTS):
        body, digit = np.divmod(body, 10)
        total += digit * weight
    rest = total % 11
    # All zeros pass the formula; such a number is never issued.
    right: Truths = (np.where(rest <= 1, 0, 11 - rest) == check) & (value > 0)
    return right
