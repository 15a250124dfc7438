"""Samples of the columns and templates of a text, and whether what they hold are converted My Numbers.

Promises bounded time and memory: some hundred values of a group are kept, and so many groups are tested at most.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np

from mynumber.scanner.converting.families import Conversion, by_family, by_offset
from mynumber.scanner.converting.structure import FEWEST, PLACES, check_places, is_converted, symbols_of
from mynumber.scanner.finding.groups import Keys
from mynumber.scanner.finding.tokens import Places, Values

_KEPT = 600
_SEVERAL = 8
_MOST_GROUPS = 64
_TESTED = 12
_ANY_ORDER = Conversion("the digits stand in another order or are replaced by other symbols, place by place", None)


@dataclass(slots=True)
class Sample:
    """Some values of one group, twelve symbols each, and where the first of all stands."""

    line: int
    column: int
    count: int = 0
    values: dict[bytes, None] = field(default_factory=dict)


class Samples:
    """The samples of one text."""

    def __init__(self) -> None:
        self._samples: dict[int, Sample] = {}

    def take(self, text: bytes, start: Places, keys: Keys, line: Places, column: Places) -> None:
        """Keep values of twelve bytes that begin at `start`; a group that is seldom in a block is not kept."""
        which, first, group, times = np.unique(keys, return_index=True, return_inverse=True, return_counts=True)
        for number in np.flatnonzero(times >= _SEVERAL).tolist():
            key = int(which[number])
            sample = self._samples.get(key)
            if sample is None:
                if len(self._samples) >= _MOST_GROUPS:
                    continue
                at = first[number]
                sample = self._samples[key] = Sample(int(line[at]), int(column[at]))
            sample.count += int(times[number])
            missing = _KEPT - len(sample.values)
            places = start[np.flatnonzero(group == number)[:missing]].tolist() if missing > 0 else ()
            sample.values |= dict.fromkeys(text[place : place + 12] for place in places)

    def items(self) -> Iterable[tuple[int, Sample]]:
        """Return the sample of each group."""
        return self._samples.items()

    def converted(self, passes: Iterable[int]) -> Iterator[tuple[int, Sample, Conversion, str]]:
        """Yield the groups whose values are converted, but for those that pass: how, and the first number."""
        for key in sorted(self._samples.keys() - set(passes), key=lambda key: -self._samples[key].count)[:_TESTED]:
            sample = self._samples[key]
            if len(sample.values) >= FEWEST and (found := _conversion(list(sample.values))):
                yield key, sample, *found


def _conversion(values: list[bytes]) -> tuple[Conversion, str] | None:
    symbols = symbols_of(values)
    places = check_places(symbols)
    # However they were converted, the check digit shows at some place; without one nothing is tried.
    if not places:
        return None
    if all(value.isdigit() for value in values):
        numbers: Values = np.array([int(value) for value in values], np.int64)
        last_is_check = any(place == PLACES - 1 and clear > 0 for place, _, clear in places)
        if conversion := by_family(numbers) or (by_offset(numbers) if last_is_check else None):
            back = conversion.back(numbers[:1]) if conversion.back else numbers[:0]
            return conversion, f"{back[0]:012d}"
    return (_ANY_ORDER, "") if is_converted(symbols) else None
