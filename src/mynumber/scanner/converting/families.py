"""The plain conversions: another order of the digits, another digit for each, a constant added.

Promises to tell a family only if its inverse makes nearly all values pass the check digit; chance does a tenth.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mynumber.scanner.finding.tokens import LENGTH, Values, passing
from mynumber.scanner.judging import Group

Digits = NDArray[np.int64]
# Some three hundred families and millions of constants are tried: one of them would pass by chance at less.
_BAR = 40.0
_SHARE = 0.95
_SAMPLE = 400
_FEW = 40
_HALF = 0.5
_PLACES = 10 ** np.arange(LENGTH - 1, -1, -1, dtype=np.int64)
_MODULUS = 10**LENGTH
_OFFSETS = 1_400_000
_CHUNK = 1 << 18
_ENOUGH = 10


@dataclass(frozen=True, slots=True)
class Conversion:
    """A way in which numbers were converted, in words, and the way back, if it is known which digit is which."""

    name: str
    back: Callable[[Values], Values] | None


def digits_of(values: Values) -> Digits:
    """Return the twelve digits of each value."""
    return values[:, None] // _PLACES % 10


def values_of(digits: Digits) -> Values:
    """Return the values that digits make."""
    found: Values = digits @ _PLACES
    return found


def by_family(values: Values) -> Conversion | None:
    """Return the family whose inverse makes the values pass, if there is one."""
    sample = values[:_SAMPLE]
    for conversion in _families():
        back = conversion.back
        # A look at a few values spares nearly all of the families.
        if back and np.mean(passing(back(sample[:_FEW]))) > _HALF and _explains(back(sample)):
            return conversion
    return None


def by_offset(values: Values) -> Conversion | None:
    """Return the constant, up to some millions, that was added to or taken from the numbers, if there is one."""
    sample = values[:_SAMPLE]
    left = [_surviving(sample, sign, begin) for sign in (1, -1) for begin in range(1, _OFFSETS, _CHUNK)]
    # A wrong constant may explain most values too, where it carries seldom: the best one is the right one.
    offsets = [offset for found in left for offset in found.tolist()]
    best = max(offsets, key=lambda offset: np.count_nonzero(passing((sample - offset) % _MODULUS)), default=None)
    if best is None or not _explains((sample - best) % _MODULUS):
        return None
    return Conversion(f"a constant was added to each number ({best:+d})", _shifting(best))


def _surviving(sample: Values, sign: int, begin: int) -> Values:
    """Return the constants of one stretch without which the first values pass, all but one."""
    left = sign * np.arange(begin, min(begin + _CHUNK, _OFFSETS), dtype=np.int64)
    missed = np.zeros(len(left), np.int64)
    for value in sample[:_ENOUGH]:
        missed += ~passing((value - left) % _MODULUS)
        left, missed = left[missed <= 1], missed[missed <= 1]
    return left


def _explains(candidates: Values) -> bool:
    distinct = np.unique(candidates)
    group = Group(len(distinct), int(np.count_nonzero(passing(distinct))), None)
    return group.share >= _SHARE and group.weight >= _BAR


def _shifting(offset: int) -> Callable[[Values], Values]:
    return lambda values: (values - offset) % _MODULUS


def _families() -> Iterator[Conversion]:
    for order_name, order in _orders():
        for digit_name, table in _tables():
            if order_name or digit_name:
                name = " and ".join(one for one in (order_name, digit_name) if one)
                yield Conversion(name, _backwards(order, table))


def _backwards(order: NDArray[np.int64], table: NDArray[np.int64]) -> Callable[[Values], Values]:
    return lambda values: values_of(table[digits_of(values)[:, order]])


def _orders() -> Iterator[tuple[str, NDArray[np.int64]]]:
    places = np.arange(LENGTH)
    yield "", places
    yield "the digits stand in reverse order", places[::-1]
    for turn in range(1, LENGTH):
        yield f"the digits are rotated by {turn}", np.roll(places, turn)
    yield "neighbouring digits are swapped", places.reshape(-1, 2)[:, ::-1].ravel()
    yield "the halves are swapped", np.roll(places, LENGTH // 2)
    yield "groups of four are reversed", places.reshape(-1, 4)[:, ::-1].ravel()


def _tables() -> Iterator[tuple[str, NDArray[np.int64]]]:
    digits = np.arange(10)
    yield "", digits
    yield "each digit is its complement to nine", 9 - digits
    for shift in range(1, 10):
        yield f"each digit is shifted by {shift}", (digits - shift) % 10
