"""The template of bytes to the left of a token, as a key; promises the same key for the same template in any block.

The template is the nearest word to the left with what stands between, digits and capitals masked, as far as the line
and 24 bytes reach. It follows from these 24 bytes: what was worked out for them is remembered for all that look alike.
"""

import numpy as np
from numpy.typing import NDArray

from mynumber.scanner.finding.marks import Bytes, Marks, Places, is_word

Keys = NDArray[np.uint64]

# A key has so many bits, the highest ones; what is below is free for a value of the group.
GROUP_BITS = 40
_REST = np.uint64(64 - GROUP_BITS)
LONGEST = 24
_EIGHT = 8
_MIX = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xD6E8FEB86659FD93))
_HALF = np.uint64(32)
# So many templates are remembered, and so many worked out before looking whether the others are the same.
_SLOT_BITS = 12
_SLOT = np.uint64(64 - _SLOT_BITS)
_AT_FIRST, _MORE = 64, 8
_ONES = 0x0101010101010101
_ZEROS, _LOW, _HIGH, _OVER = (np.uint64(_ONES * each) for each in (ord("0"), 0x7F, 0x80, 0x80 - 10))
_BIT = np.uint64(7)


class Templates:
    """The keys of the templates of one text."""

    def __init__(self) -> None:
        self._looks = np.zeros(1 << _SLOT_BITS, np.uint64)
        self._keys = np.zeros(1 << _SLOT_BITS, np.uint64)

    def keys(self, marks: Marks, start: Places, length: Places | None = None) -> Keys:
        """Return the key of the template before each place, which has so many bytes where that is known."""
        look = _looks(marks, start, length)
        slot = (look >> _SLOT).view(np.int64)
        keys = self._keys[slot]
        missing = np.flatnonzero(self._looks[slot] != look)
        at_once = _AT_FIRST
        while len(missing):
            some, missing = missing[:at_once], missing[at_once:]
            keys[some] = template_keys(marks, start[some], None if length is None else length[some])
            # Of several with one slot the last one stays, the same one in both.
            self._looks[slot[some]], self._keys[slot[some]] = look[some], keys[some]
            keys[missing] = self._keys[slot[missing]]
            missing = missing[self._looks[slot[missing]] != look[missing]]
            at_once *= _MORE
        return keys


def template_keys(marks: Marks, start: Places, length: Places | None = None) -> Keys:
    """Return the key of the template before each place, worked out from the bytes there."""
    rows = marks.left(start, LONGEST)
    return hashed(rows, _lengths(rows) if length is None else length)


def _lengths(rows: Bytes) -> Places:
    """Return how many bytes at the end of each row are its template."""
    begins = np.zeros((len(rows), rows.shape[1] + 1), np.bool_)
    begins[:, 0] = True
    begins[:, 1:] = rows == ord("\n")
    word = is_word(rows)
    begins[:, 1:-1] |= word[:, 1:] > word[:, :-1]
    length: Places = np.argmax(begins[:, ::-1], axis=1)
    return length


def hashed(rows: Bytes, length: Places) -> Keys:
    """Return a key of the last so many bytes of each row, whose length is a multiple of eight."""
    counts = np.arange(rows.shape[1], 0, -1) <= length[:, None]
    key = length.astype(np.uint64)
    for eight in np.where(counts, rows, np.uint8(0)).view("<u8").T[::-1]:
        key = (key ^ (key >> _HALF)) * _MIX[0]
        key += eight
    key = (key ^ (key >> _HALF)) * _MIX[1]
    return key >> _REST << _REST


def _looks(marks: Marks, start: Places, length: Places | None) -> Keys:
    """Return a mark of the 24 bytes before each place, digits masked."""
    look = np.zeros(len(start), np.uint64) if length is None else length.astype(np.uint64)
    for eight in marks.eights(start - LONGEST, LONGEST // _EIGHT):
        beyond = eight ^ _ZEROS
        # The highest bit of each byte says whether it is something else than a digit.
        beyond = (((beyond & _LOW) + _OVER) | beyond) & _HIGH
        look ^= look >> _HALF
        look *= _MIX[0]
        look += eight & ((beyond - (beyond >> _BIT)) | beyond | _ZEROS)
    look ^= look >> _HALF
    look *= _MIX[1]
    look ^= look >> _HALF
    look *= _MIX[0]
    return look
