"""The plain conversions: the digits in a usual order, each replaced by its complement or a neighbour.

Promises to name the family and to take its values back, from some twenty values on.
"""

from collections.abc import Iterator, Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from mynumber.scanner.converting.conversion import PRIME, WEIGHTS, Conversion, Symbols, by_symbol, counts_of, explains
from mynumber.scanner.finding.tokens import LENGTH

FEWEST = 20
_LOOK = 40
_SAMPLE = 400
_HALF = 0.5
_FEW = 3
_NEARLY_ALL = 0.85
_ZERO = ord("0")
_SYMBOLS = 256

Numbers = NDArray[np.int64]


def by_family(symbols: Symbols) -> Conversion | None:
    """Return the family that takes values of twelve digits back to My Numbers, if there is one."""
    if _few_stand_somewhere(symbols):
        return None
    shares = _shares(symbols[:_LOOK])
    # Most sure first: a family of a few that differ little may come near the right one.
    for at in np.argsort(-shares)[: np.count_nonzero(shares > _HALF)].tolist():
        conversion: Conversion = families()[at]
        if conversion.name and conversion.back and explains(conversion.back(symbols[:_SAMPLE])):
            return conversion
    return None


def _few_stand_somewhere(symbols: Symbols) -> bool:
    """Whether three symbols make up nearly all of one place, as how often a licence was lost does.

    The check digit of a licence is that of a My Number that was rotated, where it was never lost.
    """
    most = np.sort(counts_of(symbols), axis=1)[:, -_FEW:].sum(axis=1)
    return bool(np.any(most > _NEARLY_ALL * len(symbols)))


@cache
def families() -> Sequence[Conversion]:
    """Return all families, and first the one that changes nothing, which has no name."""
    return tuple(
        Conversion(" and ".join(one for one in (order_name, digit_name) if one), by_symbol(order, table))
        for digit_name, table in _tables()
        for order_name, order in usual_orders()
    )


def _shares(symbols: Symbols) -> NDArray[np.float64]:
    """Return for each table and each order which share of the values passes when it is taken back."""
    tables = np.array([table for _, table in _tables()])
    orders = np.array([order for _, order in usual_orders()])
    digits = tables[:, symbols]
    rest = digits @ _weights().T % PRIME
    # The check digit is 0 for two remainders.
    right = (rest == 0) | ((rest == 1) & (digits[:, :, orders[:, -1]] == 0))
    found: NDArray[np.float64] = np.mean(right, axis=1)
    return found.ravel()


@cache
def _weights() -> Numbers:
    """Return for each order the weight of each place."""
    return np.array([WEIGHTS[np.argsort(order)] for _, order in usual_orders()])


@cache
def usual_orders() -> Sequence[tuple[str, Numbers]]:
    """Return the usual orders: at which place each digit of the number stands."""
    return tuple(_orders())


def _orders() -> Iterator[tuple[str, Numbers]]:
    places = np.arange(LENGTH)
    yield "", places
    yield "the digits stand in reverse order", places[::-1]
    for turn in range(1, LENGTH):
        yield f"the digits are rotated by {turn}", np.roll(places, turn)
    yield "neighbouring digits are swapped", places.reshape(-1, 2)[:, ::-1].ravel()
    yield "groups of four are reversed", places.reshape(-1, 4)[:, ::-1].ravel()
    yield "groups of four stand in reverse order", places.reshape(-1, 4)[::-1].ravel()
    yield "the halves are reversed", places.reshape(-1, 6)[:, ::-1].ravel()


def _tables() -> Iterator[tuple[str, Numbers]]:
    yield "", _table(np.arange(10))
    yield "each digit is its complement to nine", _table(9 - np.arange(10))
    yield "each digit is its complement to ten", _table(-np.arange(10) % 10)
    for shift in range(1, 10):
        yield f"each digit is shifted by {shift}", _table((np.arange(10) - shift) % 10)


def _table(digits: Numbers) -> Numbers:
    found = np.full(_SYMBOLS, -1)
    found[_ZERO : _ZERO + len(digits)] = digits
    return found
