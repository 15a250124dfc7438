"""How many distinct tokens each group of a text has shown, and how many of them pass; promises bounded memory.

A value counts once in its group: a constant that passes says nothing, however often it stands there. Values that fail
count once in a block, which comes to the same for whoever asks how much more often than by chance the others pass.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mynumber.scanner.finding.marks import Bytes, Marks, Places, Truths
from mynumber.scanner.finding.templates import GROUP_BITS, Keys
from mynumber.scanner.finding.tokens import Tokens

# A text without end may have groups without end; those of a few tokens say nothing and are left out first.
MOST_GROUPS = 50_000
_FEW = 8
_KEPT = 256
_MIX = np.uint64(0x9E3779B97F4A7C15)
_SHIFT = np.uint64(GROUP_BITS)
# What is left of a key for a value in its group; the lowest bit says whether its last digit is 0.
_REST = np.uint64(64 - GROUP_BITS)
_ZERO = np.uint64(1)
_FIFTH, _MOST_OF_FIFTHS = np.uint64(pow(5, -1, 1 << 64)), np.uint64(((1 << 64) - 1) // 5)

Counted = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Shown:
    """Parallel arrays: what each group has shown; `zeros` are the tokens whose last digit is 0."""

    tokens: Counted
    passing: Counted
    zeros: Counted


class Counts:
    """The groups of one text, in the order of their keys."""

    def __init__(self) -> None:
        self._keys: Keys = np.zeros(0, np.uint64)
        self._table: Counted = np.zeros((0, 3), np.int64)
        self._left: Bytes = np.zeros((0, Marks.LEFT), np.uint8)
        # Values that have passed, each with its group, so many of a group at most.
        self._passed: Keys = np.zeros(0, np.uint64)
        self.forgotten = 0

    def __len__(self) -> int:
        return len(self._keys) + self.forgotten

    @property
    def full(self) -> bool:
        """Whether it is time to judge what waits, and to forget the groups that say nothing."""
        return len(self._keys) > 2 * MOST_GROUPS

    def take(self, marks: Marks, tokens: Tokens, keys: Keys) -> None:
        """Count the tokens of a block."""
        value = tokens.value.view(np.uint64)
        values = value * _MIX >> _SHIFT
        values &= ~_ZERO
        values |= keys
        values |= _ends_in_zero(value)
        passed = _distinct(values[np.flatnonzero(tokens.passes)])
        passed = passed[~_among(passed, self._passed)]
        for fresh, passing in ((_distinct(values[np.flatnonzero(~tokens.passes)]), False), (passed, True)):
            if len(fresh):
                group = fresh >> _REST << _REST
                begin = np.flatnonzero(np.concatenate((np.ones(1, np.bool_), group[1:] != group[:-1])))
                count = np.diff(begin, append=len(fresh))
                zeros = np.add.reduceat((fresh & _ZERO).astype(np.int64), begin)
                at = self._places(group[begin], marks, tokens, keys)
                if passing:
                    self._keep(fresh, begin, count, at)
                    self._table[at, 1] += count
                self._table[at, 0] += count
                self._table[at, 2] += zeros

    def _keep(self, passed: Keys, begin: Places, count: Counted, at: Places) -> None:
        if not len(passed) or self._table[at, 1].min() >= _KEPT:
            return
        room = np.repeat(_KEPT - self._table[at, 1], count)
        rank = np.arange(len(passed)) - np.repeat(begin, count)
        self._passed = np.sort(np.concatenate((self._passed, passed[rank < room])))

    def _places(self, groups: Keys, marks: Marks, tokens: Tokens, keys: Keys) -> Places:
        """Return where each group stands; one that is new is entered."""
        new = groups[~_among(groups, self._keys)]
        if len(new):
            where = np.minimum(np.searchsorted(new, keys), len(new) - 1)
            here = new[where] == keys
            first = np.zeros(len(new), np.int64)
            first[where[here]] = tokens.start[here]
            # Both are in order, so that each new one is put before the old one that follows it.
            before = np.searchsorted(self._keys, new)
            self._keys = np.insert(self._keys, before, new)
            self._table = np.insert(self._table, before, 0, axis=0)
            self._left = np.insert(self._left, before, marks.left(first), axis=0)
        return np.searchsorted(self._keys, groups)

    def shown(self, keys: Keys) -> Shown:
        """Return what groups have shown, nothing for those that are not known."""
        at = np.minimum(np.searchsorted(self._keys, keys), max(len(self._keys) - 1, 0))
        if not len(self._keys):
            none = np.zeros(len(keys), np.int64)
            return Shown(none, none, none)
        rows = np.where((self._keys[at] == keys)[:, None], self._table[at], 0)
        return Shown(rows[:, 0], rows[:, 1], rows[:, 2])

    def left(self, key: int) -> bytes:
        """Return the bytes to the left of one token of a group, letters small and digits masked."""
        at = int(np.searchsorted(self._keys, np.uint64(key)))
        known = at < len(self._keys) and int(self._keys[at]) == key
        return self._left[at].tobytes() if known else b""

    def passing(self) -> Keys:
        """Return the groups of which half the tokens pass, or more."""
        found: Keys = self._keys[2 * self._table[:, 1] >= np.maximum(1, self._table[:, 0])]
        return found

    def forget(self) -> int:
        """Forget groups, if there are too many, and return how many of these had shown more than a few tokens."""
        if len(self._keys) <= MOST_GROUPS:
            return 0
        many = self._table[:, 0] >= _FEW
        kept = np.flatnonzero(many)
        lost = max(0, len(kept) - MOST_GROUPS)
        kept = np.sort(kept[np.argsort(-self._table[kept, 0])[:MOST_GROUPS]])
        self.forgotten += len(self._keys) - len(kept)
        self._keys, self._table, self._left = self._keys[kept], self._table[kept], self._left[kept]
        self._passed = self._passed[_among(self._passed >> _REST << _REST, self._keys)]
        return lost


def _ends_in_zero(value: Keys) -> Keys:
    """Return 1 for each value of at most twelve digits that is a multiple of ten."""
    # A multiple of five, and no other number, is at most a fifth of all when it is divided by five modulo 2^64.
    fifth = value * _FIFTH
    found: Keys = ((fifth <= _MOST_OF_FIFTHS) & (value & _ZERO == 0)).astype(np.uint64)
    return found


def _distinct(values: Keys) -> Keys:
    values = np.sort(values)
    return values[np.concatenate((np.ones(1, np.bool_), values[1:] != values[:-1]))] if len(values) else values


def _among(values: Keys, known: Keys) -> Truths:
    """Return which values are among those known, which are in order."""
    if not len(known):
        return np.zeros(len(values), np.bool_)
    found: Truths = known[np.minimum(np.searchsorted(known, values), len(known) - 1)] == values
    return found
