"""Linear relations modulo 11 that most rows of a matrix fulfil, though some rows are foreign to it.

Promises the one relation in which the last column takes part, or none.
"""

import numpy as np
from numpy.typing import NDArray

from mynumber.scanner.converting.conversion import PRIME

Matrix = NDArray[np.int64]
_CONFIRMED = 0.7
# So many numbers are worked on at once: some dozens of small subsets, or one large one.
_AT_ONCE = 15_000
_INVERSE = np.array([0, *(pow(one, -1, PRIME) for one in range(1, PRIME))], np.uint16)
# Up to 131 this is a division by eleven.
_FACTOR, _SHIFT = np.uint16(187), np.uint16(11)
_NEGATIVE = np.uint16(PRIME - 1)


def relation_of(matrix: Matrix, tries: int, *, more: int) -> Matrix | None:
    """Return the coefficients of the relation, found in one of so many subsets of the rows, if there is one.

    A subset has `more` rows than there are coefficients: chance has a relation in one of 11 to that power.
    """
    subset = matrix.shape[1] + more
    if len(matrix) < subset:
        return None
    chance = np.random.default_rng(0)
    at_once = max(1, _AT_ONCE // (subset * matrix.shape[1]))
    for begin in range(0, tries, at_once):
        count = min(at_once, tries - begin)
        chosen = chance.permuted(np.tile(np.arange(len(matrix)), (count, 1)), axis=1)[:, :subset]
        relation: Matrix
        for relation in _solved((matrix[chosen] % PRIME).astype(np.uint16)):
            if np.mean(matrix @ relation % PRIME == 0) >= _CONFIRMED:
                return relation
    return None


def _solved(subsets: NDArray[np.uint16]) -> Matrix:
    """Return for each subset that has exactly one relation its coefficients, 1 for the last column."""
    last = subsets.shape[2] - 1
    for column in range(last):
        # Without a pivot the columns so far have a relation of their own: such a subset is given up.
        other = subsets[:, column:, column] != 0
        pivot = np.argmax(other, axis=1)
        which = np.arange(len(subsets))
        kept = other[which, pivot]
        if not kept.all():
            subsets, pivot = subsets[kept], pivot[kept]
            which = which[: len(subsets)]
        pivot += column
        # To the left of the column the rows from here on have nothing but zeros.
        right = subsets[:, :, column:]
        found = right[which, pivot]
        right[which, pivot] = right[:, column]
        found = _rest(found * _INVERSE[found[:, :1]])
        right[:] = _rest(right + right[:, :, :1] * _rest(found * _NEGATIVE)[:, None])
        right[:, column] = found
    solved = subsets[~np.any(subsets[:, last:, last], axis=1)]
    ones = np.ones((len(solved), 1), np.int64)
    return np.concatenate((-solved[:, :last, last].astype(np.int64) % PRIME, ones), axis=1)


def _rest(numbers: NDArray[np.uint16]) -> NDArray[np.uint16]:
    """Return numbers up to 131 modulo eleven."""
    rest: NDArray[np.uint16] = numbers - (numbers * _FACTOR >> _SHIFT) * np.uint16(PRIME)
    return rest
