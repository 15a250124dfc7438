"""Which words of a text are looked at for what numbers may have become; promises enough of each group, and all counted.

A column is told from some hundred values. When a group has had many words looked at, the others are counted only.
"""

import numpy as np

from mynumber.scanner.finding.marks import Places
from mynumber.scanner.finding.templates import Keys

_ENOUGH = 1 << 14
_MOST_GROUPS = 10_000


class Thinned:
    """How many words of each group of one text have been looked at, and how many were only counted."""

    def __init__(self) -> None:
        self._looked_at: dict[int, int] = {}
        self.counted: dict[int, int] = {}

    def chosen(self, keys: Keys) -> Places:
        """Return which words of a block are to be looked at."""
        ordered = np.sort(keys)
        begin = np.flatnonzero(np.concatenate((np.ones(1, np.bool_), ordered[1:] != ordered[:-1])))
        done = []
        for key, count in zip(ordered[begin].tolist(), np.diff(begin, append=len(keys)).tolist(), strict=True):
            before = self._looked_at.get(key, 0)
            if before >= _ENOUGH:
                self.counted[key] = self.counted.get(key, 0) + count
                done.append(key)
            elif before or len(self._looked_at) < _MOST_GROUPS:
                self._looked_at[key] = before + count
        if not done:
            return np.arange(len(keys))
        known = np.array(done, np.uint64)
        at = np.minimum(np.searchsorted(known, keys), len(known) - 1)
        return np.flatnonzero(known[at] != keys)
