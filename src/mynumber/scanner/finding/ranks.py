"""How many bytes of a kind stand before a place; promises an answer in a few steps, however many places are asked for.

One bit a byte; for each 64 of them is known how many come before.
"""

import numpy as np
from numpy.typing import NDArray

_WORD = 6
_LAST = np.uint64(63)
_ONE = np.uint64(1)


class Ranks:
    """Of one text, given which of its bytes are of the kind."""

    def __init__(self, true: NDArray[np.bool_]) -> None:
        bits = np.packbits(true, bitorder="little")
        self._words = np.zeros((len(true) >> _WORD) + 1, "<u8")
        self._words.view(np.uint8)[: len(bits)] = bits
        self._before = np.cumsum(np.bitwise_count(self._words), dtype=np.int64)
        self._before -= np.bitwise_count(self._words)

    def before(self, places: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return how many are before each place, which may be the end of the text."""
        word = places >> _WORD
        below = (_ONE << (places.view(np.uint64) & _LAST)) - _ONE
        found: NDArray[np.int64] = self._before[word] + np.bitwise_count(self._words[word] & below)
        return found
