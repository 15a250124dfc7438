"""Which label stands to the left of a token, for many tokens at once; promises what `labels.nearest` says of each.

Only tokens after what may be a label of a My Number are asked; labels of other things are looked up where they matter.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from mynumber.scanner.finding.groups import Marks
from mynumber.scanner.finding.tokens import Bytes, Places, Tokens
from mynumber.scanner.labels import Label, behind, cores, nearest

# An index into the labels that are known, or NONE.
Which = NDArray[np.int64]
NONE = -1
# More than the longest label and the letter before it.
_LABEL = 64
_MOST = 10_000
# So many bytes of a word are sought in all of the text: one character of Japanese.
_BEGINNING = 3
_BEYOND_ASCII = 0x80


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
        which, first, group = np.unique(marks.hashes(begin, start), return_index=True, return_inverse=True)
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
    small = np.frombuffer(marks.small, np.uint8)
    ascii_only = marks.raw.isascii()
    found = [np.zeros(0, np.int64)]
    for begin, words in _by_beginning().items():
        if ascii_only and begin[0] >= _BEYOND_ASCII:
            continue
        last = len(small) - _BEGINNING
        here = (small[1 : last + 1] == begin[1]) & (small[2 : last + 2] == begin[2])
        first = np.flatnonzero(here)
        found += [_where(small, first, word) + len(word) - marks.LEFT for word in words if len(first)]
    return np.sort(np.concatenate(found))


def _where(small: Bytes, first: Places, word: bytes) -> Places:
    """Return at which of these places, where it begins, a word stands whole."""
    first = first[first + len(word) <= len(small)]
    for place in (0, *range(_BEGINNING, len(word))):
        first = first[small[first + place] == word[place]]
    return first


@cache
def _by_beginning() -> Mapping[bytes, Sequence[bytes]]:
    words = sorted(cores())
    return {begin: list(some) for begin, some in groupby(words, key=lambda word: word[:_BEGINNING])}
