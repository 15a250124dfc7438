"""A list of known numbers; promises to tell which numbers are on it, and how a column was made from it."""

from collections.abc import Callable, Iterable, Iterator

import numpy as np

from mynumber.scanner.converting.conversion import PRIME, WEIGHTS, Conversion, Symbols, digits_of, of_digits, values_of
from mynumber.scanner.converting.families import families
from mynumber.scanner.finding.marks import Truths
from mynumber.scanner.finding.tokens import LENGTH, Values
from mynumber.scanner.known.hashes import HashBook

_MODULUS = 10**LENGTH
_SHORT = 10 ** (LENGTH - 1)
_ENDINGS = 10
# Of these many values of a column one and another must be on the list for its key to be found.
_BASES = 5
_OTHERS = 7
_SAMPLE = 200
_LOOK = 40
_FEWEST = 8
# By chance one value in some millions is on a list of 100,000: five that are make no key of chance.
_SURE = 5
_SHARE = 0.2
# Bits of the marks by which most values that are not on the list are known at once.
_MARKS = 22

Combine = Callable[[Values, int], Values]


class Roster:
    """Known numbers, in order."""

    def __init__(self, numbers: Iterable[int]) -> None:
        self.values: Values = np.array(sorted(set(numbers)), np.int64)
        self.hashes = HashBook(self.values)
        self._marks: Truths = np.zeros(1 << _MARKS, np.bool_)
        self._marks[_mark(self.values)] = True

    def __len__(self) -> int:
        return len(self.values)

    def __reduce__(self) -> tuple[type["Roster"], tuple[list[int]]]:
        # Another process makes its own tables.
        return Roster, (self.values.tolist(),)

    def holds(self, values: Values) -> Truths:
        """Return which values are on the list."""
        found: Truths = self._marks[_mark(values)]
        marked = np.flatnonzero(found)
        at = np.minimum(np.searchsorted(self.values, values[marked]), len(self.values) - 1)
        found[marked] = self.values[at] == values[marked]
        return found

    def conversion_of(self, symbols: Symbols) -> Conversion | None:
        """Return how twelve digits each were made from numbers on the list, if they were."""
        sample = symbols[of_digits(symbols)][:_SAMPLE]
        if len(sample) < _FEWEST:
            return None
        for conversion in self._simple():
            if conversion.back and self._explains(conversion.back(sample[:_LOOK])):
                return conversion
        values = values_of(sample)
        for name, back in (("a constant was added to each number, modulo 10^12", _less), ("XOR with one key", _xored)):
            key = self._key(values, back)
            if key:
                return Conversion(name, _with(back, key))
        return None

    def _simple(self) -> Iterator[Conversion]:
        yield Conversion("the check digit is left out", _completed)
        yield from families()[1:]

    def _explains(self, back: Values) -> bool:
        return bool(np.count_nonzero(self.holds(back)) >= max(_SURE, _SHARE * len(back)))

    def _key(self, sample: Values, back: Combine) -> int | None:
        """Return the key that takes most values back to numbers on the list; 0 would change nothing."""
        for base in sample[:_BASES].tolist():
            for other in sample[_BASES : _BASES + _OTHERS].tolist():
                # If one number of the list is behind the base, this number is behind the other value.
                behind = back(self.values, base - other) if back is _less else back(self.values, base ^ other)
                for number in self.values[self.holds(behind)].tolist():
                    key = (base - number) % _MODULUS if back is _less else base ^ number
                    if key and self._explains(back(sample, key)):
                        return int(key)
        return None


def _mark(values: Values) -> Values:
    found: Values = (values ^ (values >> _MARKS)) & ((1 << _MARKS) - 1)
    return found


def _with(back: Combine, key: int) -> Callable[[Symbols], Values]:
    return lambda symbols: np.where(of_digits(symbols), back(values_of(symbols), key), 0)


def _completed(symbols: Symbols) -> Values:
    """Return the numbers whose first eleven digits stand behind a zero, with their check digit."""
    values = values_of(symbols)
    rest = digits_of(symbols)[:, 1:] @ WEIGHTS[:-1] % PRIME
    whole = values * _ENDINGS + np.where(rest <= 1, 0, PRIME - rest)
    found: Values = np.where(of_digits(symbols) & (values < _SHORT), whole, 0)
    return found


def _less(values: Values, key: int) -> Values:
    found: Values = (values - key) % _MODULUS
    return found


def _xored(values: Values, key: int) -> Values:
    return values ^ key
