"""Numbers to which one constant was added, modulo 10^12: found without knowing any of them.

Of two values with the same four leading digits, the weighted sums of the other eight digits must agree: so the lower
eight digits of the constant are sought by pairs alone, and the upper four by whole values. That takes some eight pairs,
which a few hundred values have; of fewer values only constants up to some million are sought.
"""

from collections.abc import Callable, Iterator
from functools import cache
from itertools import combinations, pairwise

import numpy as np
from numpy.typing import NDArray

from mynumber.scanner.converting.conversion import PRIME, WEIGHTS, Conversion, Symbols, explains, of_digits, values_of
from mynumber.scanner.finding.tokens import LENGTH, Values, passing

_MODULUS = 10**LENGTH
_SAMPLE = 1000
_QUARTER = 10**4
_LOWER = _QUARTER**2
_ENDINGS = 10
_FEWEST_PAIRS, _MOST_PAIRS = 8, 32
_CANDIDATES = 200
_CHECKED = 100
_LIKELY = 0.5
# Constants of so many times ten thousand are small.
_SMALL = 150
_FIRST = 10
_FOURTH = int(WEIGHTS[3])

Sums = NDArray[np.int8]


def by_constant(symbols: Symbols, zero: int) -> Conversion | None:
    """Return the constant that was added to the numbers; `zero` is the last digit where their check digit is 0."""
    values = values_of(symbols[:_SAMPLE])
    shown = values[values % _ENDINGS != zero]
    pairs = _pairs(shown)
    constants = _small(values, zero) if len(pairs) < _FEWEST_PAIRS else _of_any_size(shown[:_CHECKED], pairs, zero)
    # A wrong constant may explain most values too, where it carries seldom: the best one is the right one.
    best = max(constants, key=lambda constant: np.count_nonzero(passing((values - constant) % _MODULUS)), default=None)
    if best is None or not explains((values - best) % _MODULUS):
        return None
    signed = best if best <= _MODULUS // 2 else best - _MODULUS
    return Conversion(f"a constant was added to each number ({signed:+d})", _without(best))


def _without(constant: int) -> Callable[[Symbols], Values]:
    return lambda symbols: np.where(of_digits(symbols), (values_of(symbols) - constant) % _MODULUS, 0)


def _pairs(values: Values) -> list[tuple[int, int]]:
    """Return the last eight digits of pairs of values that begin with the same four."""
    leading, lower = np.divmod(values, _LOWER)
    order = np.argsort(leading, kind="stable")
    alike = np.split(lower[order], np.flatnonzero(np.diff(leading[order])) + 1)
    return [pair for group in alike for pair in combinations(group.tolist(), 2)][:_MOST_PAIRS]


def _of_any_size(values: Values, pairs: list[tuple[int, int]], zero: int) -> Iterator[int]:
    """Yield the constants that may be the one: their last eight digits suit the pairs, their first the values."""
    lowest = np.arange(zero, _QUARTER, _ENDINGS)
    scores = np.zeros((len(lowest), _QUARTER), np.uint8)
    for one, other in pairs:
        _score(scores, lowest, one, other)
    enough = np.sort(np.max(scores, axis=1))[-_CANDIDATES]
    rows, columns = np.nonzero(scores >= max(int(enough), len(pairs) // 3))
    best = np.argsort(-scores[rows, columns].astype(np.int64))[:_CANDIDATES]
    for lower in (lowest[rows[best]] + columns[best] * _QUARTER).tolist():
        yield from _completed(values, lower)


def _score(scores: NDArray[np.uint8], lowest: Values, one: int, other: int) -> None:
    """Count for each constant of eight digits whether this pair agrees; its last four digits are `lowest`."""
    sums = _sums(2)
    below = (sums[(other - lowest) % _QUARTER] - sums[(one - lowest) % _QUARTER]) % PRIME
    ends = (one % _QUARTER, other % _QUARTER)
    bounds = [0, *np.searchsorted(lowest, sorted(ends), "right").tolist(), len(lowest)]
    for begin, end in pairwise(bounds):
        if begin < end:
            # Between two bounds the last four digits borrow from the others, or do not, in the same way.
            above = _above(one, borrows=ends[0] < lowest[begin]) - _above(other, borrows=ends[1] < lowest[begin])
            scores[begin:end] += above % PRIME == below[begin:end, None]


def _above(value: int, *, borrows: bool) -> Sums:
    """Return what all digits but the last four add to the weighted sum, for each middle four digits of a constant."""
    middle = value // _QUARTER - int(borrows)
    # Of a borrow from the leading digits their last one is less; that it goes further is left to chance.
    short = np.arange(_QUARTER) > middle
    found: Sums = _all_less(1, middle) - np.int8(_FOURTH) * short
    return found


def _completed(values: Values, lower: int) -> Iterator[int]:
    """Yield the constants that end with these eight digits and without which most values pass."""
    leading, rest = np.divmod(values - lower, _LOWER)
    wanted = -(_sums(1)[rest // _QUARTER] + _sums(2)[rest % _QUARTER]) % PRIME
    right = np.zeros(_QUARTER, np.int64)
    for first, sum_wanted in zip(leading.tolist(), wanted.tolist(), strict=True):
        right += _all_less(0, first) == sum_wanted
    if right.max() > _LIKELY * len(values):
        for upper in np.flatnonzero(right == right.max()).tolist():
            yield upper * _LOWER + lower


@cache
def _sums(quarter: int) -> Sums:
    """Return the weighted sum of the first, second or third four digits, modulo 11, for each value of them."""
    weights = WEIGHTS[4 * quarter : 4 * quarter + 4]
    digits = np.arange(_QUARTER)[:, None] // (1000, 100, 10, 1) % 10
    found: Sums = (digits @ weights % PRIME).astype(np.int8)
    return found


@cache
def _backwards(quarter: int) -> Sums:
    return np.tile(_sums(quarter)[::-1], 3)


def _all_less(quarter: int, value: int) -> Sums:
    """Return the sums of `value` less 0, less 1 and so on up to 9999, modulo 10,000."""
    begin = _QUARTER - 1 - value % _QUARTER
    return _backwards(quarter)[begin : begin + _QUARTER]


def _small(values: Values, zero: int) -> Iterator[int]:
    """Yield the constants up to some million, up or down, without which the first values pass, all but one."""
    lowest, upper = np.arange(zero, _QUARTER, _ENDINGS), np.arange(-_SMALL, _SMALL)
    missed = np.zeros((len(upper), len(lowest)), np.uint8)
    for value in values[:_FIRST].tolist():
        above, last = divmod(value, _QUARTER)
        ends = _sums(2)[(last - lowest) % _QUARTER]
        # The last digit is the same without each of the constants; the check digit is 0 for two remainders.
        wanted = (0, PRIME, 1, PRIME + 1) if last % _ENDINGS == zero else (0, PRIME)
        split = int(np.searchsorted(lowest, last, "right"))
        for borrow, some in ((0, slice(split)), (1, slice(split, None))):
            leading, middle = np.divmod((above - borrow - upper) % _LOWER, _QUARTER)
            total = ((_sums(0)[leading] + _sums(1)[middle]) % PRIME)[:, None] + ends[some]
            missed[:, some] += ~np.logical_or.reduce([total == one for one in wanted])
    rows, columns = np.nonzero(missed <= 1)
    yield from ((upper[rows] * _QUARTER + lowest[columns]) % _MODULUS).tolist()
