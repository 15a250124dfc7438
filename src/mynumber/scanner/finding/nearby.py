"""Which label stands to the left of a token, for many tokens at once; promises what `labels.nearest` says of each.

Only tokens after what may be a label of a My Number are asked; labels of other things are looked up where they matter.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mynumber.scanner.finding.marks import PAD, Bytes, Marks, Places
from mynumber.scanner.finding.templates import hashed
from mynumber.scanner.finding.tokens import Tokens
from mynumber.scanner.labels import Label, behind, cores, nearest

# An index into the labels that are known, or NONE.
Which = NDArray[np.int64]
NONE = -1
# More than the longest label and the letter before it.
_LABEL = 64
_MOST = 10_000
_BEYOND_ASCII = 0x80
# All of a text is searched for two bytes of a word, the rarest: first of each list comes what is frequent.
_FREQUENT = bytes((0xE3, 0x83, 0x82, 0x81, 0xEF, 0xBC, 0xBD)) + b" etaoinsrhldcumfpgwybvkxjqz"
_SMALL = 0x20
_BYTES = 256


class Nearby:
    """The labels of one text; what was found out of one place is remembered for all that look the same."""

    def __init__(self) -> None:
        self.labels: list[Label] = []
        self._index: dict[Label, int] = {}
        self._seen: dict[int, int] = {}
        self._ends: tuple[Marks | None, Places] = None, np.zeros(0, np.int64)

    def index(self, label: Label | None) -> int:
        """Return the index of a label."""
        if label is None:
            return NONE
        if label not in self._index:
            self._index[label] = len(self.labels)
            self.labels.append(label)
        return self._index[label]

    def of(self, marks: Marks, start: Places, floor: Places | None = None) -> Which:
        """Return the label of each token, which may stand no further to the left than its floor."""
        found = np.full(len(start), NONE, np.int64)
        ends = self.ends_in(marks)
        if not len(ends):
            return found
        last = np.searchsorted(ends, start, "right") - 1
        end = ends[np.maximum(last, 0)]
        lowest = np.maximum(start - marks.LEFT, 0 if floor is None else floor)
        near = np.flatnonzero((last >= 0) & (end > lowest))
        if len(near):
            found[near] = self._asked(marks, start[near], end[near], lowest[near])
        return found

    def behind(self, marks: Marks, tokens: Tokens, found: Which) -> Which:
        """Return the labels of tokens, with those that stand behind tokens which have none that means them alone."""
        ends = self.ends_in(marks)
        taken = np.array([*(one.taken for one in self.labels), True], np.bool_)
        open_to_it = np.flatnonzero(taken[found])
        if not len(ends) or not len(open_to_it):
            return found
        end = tokens.end[open_to_it]
        following = ends[np.minimum(np.searchsorted(ends, end, "right"), len(ends) - 1)]
        for at in open_to_it[(following > end) & (following <= end + _LABEL)].tolist():
            start, end_of_it = int(tokens.start[at]), int(tokens.end[at])
            right = marks.raw[end_of_it : end_of_it + 2 * _LABEL].decode("utf-8", "ignore")
            label = behind(marks.before(start, max(0, start - marks.LEFT)), right)
            if label is not None:
                found[at] = self.index(label)
        return found

    def ends_in(self, marks: Marks) -> Places:
        """Return where something ends that may be a label of a My Number."""
        if self._ends[0] is not marks:
            self._ends = marks, _ends_of(marks)
        return self._ends[1]

    def _asked(self, marks: Marks, start: Places, end: Places, lowest: Places) -> Which:
        begin = np.maximum(lowest, end - _LABEL)
        keys = hashed(marks.left(start), start - begin)
        which, first, group = np.unique(keys, return_index=True, return_inverse=True)
        if len(self._seen) > _MOST:
            self._seen.clear()
        found = []
        for key, at in zip(which.tolist(), first.tolist(), strict=True):
            if key not in self._seen:
                label = nearest(marks.before(int(start[at]), int(begin[at])))
                if label is None:
                    label = nearest(marks.before(int(start[at]), int(lowest[at])))
                self._seen[key] = self.index(label)
            found.append(self._seen[key])
        return np.array(found, np.int64)[group]


def _ends_of(marks: Marks) -> Places:
    """Return where the words end that are in every label of a My Number, in order."""
    ascii_only = marks.raw.isascii()
    small_letters = marks.wide | np.uint8(_SMALL)
    found = [np.zeros(0, np.int64)]
    for pair, words in _by_rarest().items():
        if ascii_only and pair.beyond_ascii:
            continue
        first = pair.places(marks, marks.wide if pair.beyond_ascii else small_letters)
        if len(first):
            small = np.frombuffer(marks.small, np.uint8)
            found += [_where(small, first, word) + (len(word) - PAD) for word in words]
    return np.sort(np.concatenate(found))


def _where(small: Bytes, first: Places, word: bytes) -> Places:
    """Return at which of these places, where it may begin, a word stands whole."""
    first = first[first + len(word) <= len(small)]
    for place, letter in enumerate(word):
        first = first[small[first + place] == letter]
    return first


class _Pair(NamedTuple):
    """Two bytes of a word, and where in it they stand."""

    places_in_word: tuple[int, int]
    letters: tuple[int, int]

    @property
    def beyond_ascii(self) -> bool:
        return self.letters[0] >= _BEYOND_ASCII

    def places(self, marks: Marks, text: Bytes) -> Places:
        """Return where a word may begin in a text with its pads, capitals small."""
        # That a text has none of a rare letter is seen at once.
        for letter in self.letters:
            if letter not in marks.raw and (self.beyond_ascii or letter ^ _SMALL not in marks.raw):
                return np.zeros(0, np.int64)
        (one, other), (letter, another) = self.places_in_word, self.letters
        last = max(len(text) - max(one, other), 0)
        here = text[one:][:last] == letter
        here &= text[other:][:last] == another
        return np.flatnonzero(here) if here.any() else np.zeros(0, np.int64)


@cache
def _by_rarest() -> Mapping[_Pair, Sequence[bytes]]:
    words: defaultdict[_Pair, list[bytes]] = defaultdict(list)
    for word in cores():
        one, other = sorted(range(len(word)), key=lambda place: _FREQUENT.find(word[place]) % _BYTES)[-2:]
        words[_Pair((one, other), (word[one], word[other]))].append(word)
    return words
