"""Any order of the digits and any table of symbols for each place: found without knowing either.

The check digit is 0 for two remainders of eleven, so one symbol at its place stands in 2 of 11 numbers where all others
stand in 1 of 10 or less. Without the numbers that have it, the weighted sum of the digits is 0 modulo 11: a linear
relation, which is sought in three forms. The fewer coefficients it has, the more foreign values may stand among the
numbers: a fifth of the column where only the order or only one table is secret, a few in a hundred where each place
has a table of its own.
"""

from dataclasses import dataclass

import numpy as np

from mynumber.scanner.converting.conversion import (
    PRIME,
    WEIGHTS,
    Conversion,
    Symbols,
    by_symbol,
    counts_of,
    digits_of,
    explains,
    of_digits,
)
from mynumber.scanner.converting.families import usual_orders
from mynumber.scanner.converting.relations import relation_of
from mynumber.scanner.finding.tokens import LENGTH

FEWEST = 150
_SYMBOLS = 10
_BYTES = 256
# A few coefficients are believed when all values confirm them; of so many they must be no chance in the subset alone.
_FEW_TRIES, _FEW_MORE = 200, 1
_MANY_TRIES, _MANY_MORE = 40, 13
# Chi square of nine degrees: a check digit is further from 2/11 and nine times 1/11 in one column of thousands.
_UNLIKE = 33.0
# How much further an even place must be: nothing in many values, and in few it may even be a little nearer by chance.
_MANY = 250
_BY_CHANCE = 3.5
_MOST_PLACES = 3
_CLEAR = 0.02
_SIGNLESS = sorted(min(weight, PRIME - weight) for weight in WEIGHTS.tolist())


@dataclass(frozen=True, slots=True)
class CheckPlace:
    """Where a check digit may stand: the place, the symbol that stands for 0, and how clear it is."""

    place: int
    zero: int
    clear: float


def usual(symbols: Symbols) -> Symbols:
    """Return the values that have one of the ten most frequent symbols at every place."""
    counts = counts_of(symbols)
    allowed = np.zeros(counts.shape, np.bool_)
    np.put_along_axis(allowed, np.argsort(-counts, axis=1)[:, :_SYMBOLS], values=True, axis=1)
    return symbols[np.all(allowed[np.arange(LENGTH), symbols], axis=1)]


def check_places(symbols: Symbols) -> list[CheckPlace]:
    """Return the places where a check digit may stand, the likeliest first."""
    counts = counts_of(symbols)
    if np.any(np.count_nonzero(counts, axis=1) != _SYMBOLS):
        # The digits of so many numbers take all ten values at every place; those of a date do not.
        return []
    total = len(symbols)
    # The most frequent symbol comes first; it alone is wanted twice as often.
    times = -np.sort(-counts, axis=1)[:, :_SYMBOLS]
    wanted = np.full(_SYMBOLS, total / PRIME)
    wanted[0] *= 2
    unlike = np.sum((times - wanted) ** 2 / wanted, axis=1)
    even = np.sum((times - total / _SYMBOLS) ** 2, axis=1) / (total / _SYMBOLS)
    good = unlike < np.minimum(_UNLIKE, even + (_BY_CHANCE if total < _MANY else 0))
    found = [
        CheckPlace(place, int(counts[place].argmax()), float(even[place] - unlike[place]))
        for place in np.flatnonzero(good).tolist()
    ]
    return sorted(found, key=lambda one: -one.clear)[:_MOST_PLACES]


def by_structure(symbols: Symbols, places: list[CheckPlace]) -> Conversion | None:
    """Return how values of twelve symbols were made of My Numbers by an order and tables of any kind, if they were."""
    left = []
    # Clean values show their relation at once; foreign ones are sought at the clearest place alone.
    clear = places[0].clear > _CLEAR * len(symbols)
    for at in places:
        rows = symbols[symbols[:, at.place] != at.zero]
        tries = _FEW_TRIES if clear and at is places[0] else 1
        found = _one_table(rows, at, tries)
        if found and found.back and explains(found.back(symbols)):
            return found
        weights = _weights(rows, at, tries)
        if weights is None:
            left.append(rows)
        elif sorted(weights) == _SIGNLESS:
            return Conversion("the digits stand in another order", None)
        # Else it is another kind of number with a check digit of its own: with other symbols it would look like ours.
    clear &= len(symbols) >= _MANY
    if any(_any_tables(rows, _MANY_TRIES if clear and rows is left[0] else 1) for rows in left):
        return Conversion("the digits stand in another order or are replaced by other symbols, place by place", None)
    return None


def _one_table(rows: Symbols, at: CheckPlace, tries: int) -> Conversion | None:
    """Return the conversion by a usual order and one table for all places, if there is one."""
    alphabet = np.unique(rows)
    if len(alphabet) != _SYMBOLS:
        return None
    for name, order in usual_orders():
        if order[-1] != at.place:
            continue
        # The symbol that stands for 0 adds nothing.
        letters = alphabet[alphabet != at.zero]
        stands = rows[:, :, None] == letters
        matrix = np.einsum("rps,p->rs", stands, WEIGHTS[np.argsort(order)]) % PRIME
        relation = relation_of(matrix, tries, more=_FEW_MORE)
        missing = set(range(1, PRIME)) - set(relation.tolist()) if relation is not None else set()
        if relation is None or len(missing) != 1:
            continue
        # The one remainder that no digit has is ten: it gives the scale.
        digits = relation * pow(-missing.pop(), -1, PRIME) % PRIME
        table = np.full(_BYTES, -1)
        table[at.zero] = 0
        table[letters] = digits
        replaced = "each digit is replaced by another symbol, by one table"
        return Conversion(f"{name} and {replaced}" if name else replaced, by_symbol(order, table))
    return None


def _weights(rows: Symbols, at: CheckPlace, tries: int) -> list[int] | None:
    """Return the weights, without signs, of digits that stand in another order or are complements, if they do."""
    if not np.all(of_digits(rows)):
        return None
    matrix = np.column_stack((np.ones(len(rows), np.int64), digits_of(rows)))
    relation = relation_of(matrix, tries, more=_FEW_MORE)
    if relation is None:
        return None
    check = int(relation[1 + at.place])
    weights = relation[1:] * (pow(check, -1, PRIME) if check else 0) % PRIME
    found: list[int] = np.minimum(weights, PRIME - weights).tolist()
    return found


def _any_tables(rows: Symbols, tries: int) -> bool:
    """Whether one relation holds between the symbols of all places, each with a table of its own."""
    columns, place_of = [np.ones(len(rows), np.int64)], [-1]
    for place in range(LENGTH):
        # The first symbol of each place is left out: it follows from the others.
        for symbol in np.unique(rows[:, place])[1:].tolist():
            columns.append((rows[:, place] == symbol).astype(np.int64))
            place_of.append(place)
    relation = relation_of(np.stack(columns, axis=1), tries, more=_MANY_MORE)
    # A relation between fewer places is that of another kind of number, a licence's for instance.
    return relation is not None and set(np.array(place_of)[relation != 0].tolist()) >= set(range(LENGTH))
