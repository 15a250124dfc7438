"""A list of known numbers; promises to tell which numbers are on it, and by which key a column was made from it."""

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from mynumber.scanner.finding.tokens import Truths, Values
from mynumber.scanner.known.hashes import HashBook

_MODULUS = 10**12
# Of these many values of a column one and another must be on the list for its key to be found.
_BASES = 3
_OTHERS = 5
_SAMPLE = 200
_FEWEST = 8
# By chance one value in some millions is on a list of 100,000.
_SHARE = 0.5

Combine = Callable[[Values, int], Values]


class Roster:
    """Known numbers, in order."""

    def __init__(self, numbers: Iterable[int]) -> None:
        self.values: Values = np.array(sorted(set(numbers)), np.int64)
        self.hashes = HashBook(self.values)

    def __len__(self) -> int:
        return len(self.values)

    def __reduce__(self) -> tuple[type["Roster"], tuple[list[int]]]:
        # Another process makes its own tables.
        return Roster, (self.values.tolist(),)

    def holds(self, values: Values) -> Truths:
        """Return which values are on the list."""
        at = np.minimum(np.searchsorted(self.values, values), len(self.values) - 1)
        found: Truths = self.values[at] == values
        return found

    def key_of(self, values: Sequence[int]) -> tuple[str, int] | None:
        """Return how values were made from numbers on the list with one key, and the number behind the first value."""
        sample = np.array(values[:_SAMPLE], np.int64)
        if len(sample) < _FEWEST:
            return None
        for name, back in (("a constant was added to each number, modulo 10^12", _less), ("XOR with one key", _xored)):
            key = self._key(sample, back)
            if key:
                return name, int(back(sample[:1], key)[0])
        return None

    def _key(self, sample: Values, back: Combine) -> int | None:
        """Return the key that takes most values back to numbers on the list; 0 would change nothing."""
        for base in sample[:_BASES].tolist():
            # Each number on the list gives one key that explains the base; few of these explain another value too.
            keys = _less(-self.values, -base) if back is _less else self.values ^ base
            for other in sample[_BASES : _BASES + _OTHERS].tolist():
                other_values = np.full(len(keys), other, np.int64)
                taken_back = (other_values - keys) % _MODULUS if back is _less else other_values ^ keys
                for key in keys[self.holds(taken_back)].tolist():
                    if np.count_nonzero(self.holds(back(sample, key))) >= _SHARE * len(sample):
                        return int(key)
        return None


def _less(values: Values, key: int) -> Values:
    return (values - key) % _MODULUS


def _xored(values: Values, key: int) -> Values:
    return values ^ key
