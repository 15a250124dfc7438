"""A way in which numbers were converted, and its way back; and whether what comes back are My Numbers.

A conversion is believed if nearly all values that it takes back pass the check digit; chance does a tenth.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mynumber.scanner.finding.marks import Truths
from mynumber.scanner.finding.tokens import LENGTH, Values, passing
from mynumber.scanner.judging import Group

Symbols = NDArray[np.uint8]
PRIME = 11
# MIC Order 85/2014 art. 5, from the left, and the check digit itself: the weighted sum is 0 modulo 11, or 1 where the
# check digit is 0.
WEIGHTS = np.array((6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1))
# Some three hundred families and any constant of twelve digits are tried: one would pass by chance at less.
_BAR = 40.0
# A column may hold foreign values, and a kind of number that passes more often than by chance is none of ours.
_SHARE = 0.7
_ZERO, _NINE = b"09"
_BYTES = 256
_PLACES = 10 ** np.arange(LENGTH - 1, -1, -1, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Conversion:
    """A way in which numbers were converted, in words, and the way back, if it is known which symbol is which digit."""

    name: str
    back: Callable[[Symbols], Values] | None


def symbols_of(values: list[bytes]) -> Symbols:
    """Return values of twelve bytes as rows of symbols."""
    return np.frombuffer(b"".join(values), np.uint8).reshape(-1, LENGTH)


def counts_of(symbols: Symbols) -> NDArray[np.int64]:
    """Return how often each symbol stands at each place."""
    places = symbols + np.arange(LENGTH) * _BYTES
    return np.bincount(places.ravel(), minlength=LENGTH * _BYTES).reshape(LENGTH, _BYTES)


def values_of(symbols: Symbols) -> Values:
    """Return the values of rows of twelve digits."""
    found: Values = digits_of(symbols) @ _PLACES
    return found


def digits_of(symbols: Symbols) -> NDArray[np.int64]:
    """Return rows of digits as numbers from 0 to 9."""
    return symbols.astype(np.int64) - _ZERO


def explains(candidates: Values) -> bool:
    """Whether values that some conversion takes back are My Numbers, but for some foreign ones."""
    distinct = np.unique(candidates)
    group = Group(len(distinct), int(np.count_nonzero(passing(distinct))), None)
    return group.share >= _SHARE and group.weight >= _BAR


def of_digits(symbols: Symbols) -> Truths:
    """Return which rows are digits and nothing else."""
    found: Truths = np.all((symbols >= _ZERO) & (symbols <= _NINE), axis=1)
    return found


def by_symbol(order: NDArray[np.int64], table: NDArray[np.int64]) -> Callable[[Symbols], Values]:
    """Return the way back by which digit j stands at place `order[j]`, each symbol for the digit of the table.

    The table has -1 for what is no symbol; a value that has one comes back as 0, which is no number.
    """

    def back(symbols: Symbols) -> Values:
        digits = table[symbols[:, order]]
        return np.where(np.all(digits >= 0, axis=1), digits @ _PLACES, 0)

    return back
