"""Any order of the digits and any table of symbols for each place: found without knowing either.

The check digit is 0 for two remainders of eleven, so one symbol at its place stands in 2 of 11 numbers where all others
stand in 1 of 10 or less. Without the numbers that have it, the weighted sum of the digits is 0 modulo 11: a linear
relation between the symbols, which no other kind of number has in all twelve places.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

PRIME = 11
PLACES = 12
FEWEST = 150
_SYMBOLS = 10
_SUBSET = 122
_TRIES = 24
# Chi square of nine degrees: a check digit is further from 2/11 and nine times 1/11 in one column of thousands.
_UNLIKE = 33.0
# How much further an even place must be: nothing in many values, and in few it may even be a little nearer by chance.
_MANY = 500
_BY_CHANCE = 3.5
_CLEAR = 0.025
_CONFIRMED = 0.9

Symbols = NDArray[np.uint8]
Matrix = NDArray[np.int64]


def symbols_of(values: Sequence[bytes]) -> Symbols:
    """Return values of twelve bytes as rows of symbols."""
    return np.frombuffer(b"".join(values), np.uint8).reshape(-1, PLACES)


def is_converted(symbols: Symbols) -> bool:
    """Whether values of twelve symbols are My Numbers under some order of places and some table for each place."""
    symbols = _usual(symbols)
    if len(symbols) < FEWEST:
        return False
    # Clean values show their relation at the first try; foreign ones are sought only where a check digit is clear.
    return any(
        _related(symbols[symbols[:, place] != symbol], _TRIES if clear > _CLEAR * len(symbols) else 1)
        for place, symbol, clear in check_places(symbols)
    )


def _usual(symbols: Symbols) -> Symbols:
    """Return the values that have one of the ten most frequent symbols at every place."""
    usual = np.ones(len(symbols), np.bool_)
    for place in range(PLACES):
        symbol, times = np.unique(symbols[:, place], return_counts=True)
        usual &= np.isin(symbols[:, place], symbol[np.argsort(-times)[:_SYMBOLS]])
    return symbols[usual]


def check_places(symbols: Symbols) -> list[tuple[int, int, float]]:
    """Return the places where a check digit may stand, the likeliest first: place, symbol for 0, how clear it is."""
    if any(len(np.unique(symbols[:, place])) < _SYMBOLS for place in range(PLACES)):
        # The digits of so many numbers take all ten values at every place; those of a date do not.
        return []
    found = []
    count, expected = len(symbols), len(symbols) / PRIME
    for place in range(PLACES):
        symbol, times = np.unique(symbols[:, place], return_counts=True)
        wanted = np.where(np.arange(len(times)) == times.argmax(), 2 * expected, expected)
        unlike = float(np.sum((times - wanted) ** 2 / wanted))
        even = float(np.sum((times - count / _SYMBOLS) ** 2) / (count / _SYMBOLS))
        if len(times) == _SYMBOLS and unlike < min(_UNLIKE, even + (_BY_CHANCE if count < _MANY else 0)):
            found.append((place, int(symbol[times.argmax()]), even - unlike))
    return sorted(found, key=lambda one: -one[2])


def _related(symbols: Symbols, tries: int) -> bool:
    """Whether one linear relation modulo 11 holds between the symbols of all places, but for a few foreign values."""
    matrix, place_of = _one_hot(symbols)
    if len(matrix) < _SUBSET:
        return False
    chance = np.random.default_rng(0)
    for _ in range(tries):
        relation = _relation(matrix[chance.permutation(len(matrix))[:_SUBSET]])
        if relation is None:
            continue
        holds = np.count_nonzero(matrix @ relation % PRIME == 0) >= _CONFIRMED * len(matrix)
        if holds:
            # A relation between fewer places is that of another kind of number, a licence's for instance.
            return _all_take_part(relation, place_of)
    return False


def _one_hot(symbols: Symbols) -> tuple[Matrix, NDArray[np.int64]]:
    """Return for each value a row with a one for each of its symbols; the first symbol of each place is left out."""
    columns, place_of = [np.ones(len(symbols), np.int64)], [-1]
    for place in range(PLACES):
        for symbol in np.unique(symbols[:, place])[1:]:
            columns.append((symbols[:, place] == symbol).astype(np.int64))
            place_of.append(place)
    return np.stack(columns, axis=1), np.array(place_of)


def _relation(matrix: Matrix) -> Matrix | None:
    """Return the coefficients of the relation that all rows fulfil modulo 11, if there is exactly one."""
    rows = matrix.copy()
    pivots: list[int] = []
    free: list[int] = []
    for column in range(rows.shape[1]):
        at = len(pivots)
        below = np.flatnonzero(rows[at:, column])
        if not len(below):
            free.append(column)
            if len(free) > 1:
                return None
            continue
        first = at + int(below[0])
        rows[[at, first]] = rows[[first, at]]
        rows[at, column:] = rows[at, column:] * pow(int(rows[at, column]), -1, PRIME) % PRIME
        others = at + 1 + np.flatnonzero(rows[at + 1 :, column])
        rows[others, column:] = (rows[others, column:] - rows[others, column, None] * rows[at, column:]) % PRIME
        pivots.append(column)
    if not free:
        return None
    relation = np.zeros(rows.shape[1], np.int64)
    relation[free[0]] = 1
    for at in range(len(pivots) - 1, -1, -1):
        relation[pivots[at]] = -(rows[at, pivots[at] + 1 :] @ relation[pivots[at] + 1 :]) % PRIME
    return relation


def _all_take_part(relation: Matrix, place_of: NDArray[np.int64]) -> bool:
    return all(np.any(relation[place_of == place]) for place in range(PLACES))
