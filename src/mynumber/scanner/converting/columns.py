"""Samples of the columns and templates of a text, and whether what they hold are converted My Numbers.

Promises bounded time and memory: some hundred values of a group are kept, and so many groups are tested at most.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np

from mynumber.scanner.converting.constants import by_constant
from mynumber.scanner.converting.conversion import Conversion, of_digits, symbols_of
from mynumber.scanner.converting.families import FEWEST as FEWEST_OF_FAMILY
from mynumber.scanner.converting.families import by_family
from mynumber.scanner.converting.structure import FEWEST, by_structure, check_places, usual
from mynumber.scanner.finding.groups import Keys
from mynumber.scanner.finding.tokens import LENGTH, Places, passing

_KEPT = 1000
_SEVERAL = 8
_MOST_GROUPS = 64
_ZERO = ord("0")

Place = tuple[int, int]


@dataclass(slots=True)
class Sample:
    """Some values of one group, twelve symbols each, with line and column of each."""

    count: int = 0
    values: dict[bytes, Place] = field(default_factory=dict)

    @property
    def missing(self) -> int:
        """How many values more may be kept."""
        return _KEPT - len(self.values)


@dataclass(frozen=True, slots=True)
class Converted:
    """A group whose values were converted: how, where the first stands that comes back, and as which number."""

    how: str
    place: Place
    digits: str
    count: int


class Samples:
    """The samples of one text."""

    def __init__(self) -> None:
        self._samples: dict[int, Sample] = {}

    def take(self, text: bytes, start: Places, keys: Keys, line: Places, column: Places) -> None:
        """Keep words of twelve bytes that begin at `start`."""
        for sample, chosen in self._chosen(keys):
            for at in chosen.tolist():
                place = int(start[at])
                sample.values.setdefault(text[place : place + LENGTH], (int(line[at]), int(column[at])))

    def take_values(self, values: Places, keys: Keys, line: Places, column: Places) -> None:
        """Keep numbers that do not stand as twelve digits in a row: spelled in groups, or without their zeros."""
        for sample, chosen in self._chosen(keys):
            for at in chosen.tolist():
                sample.values.setdefault(b"%012d" % values[at], (int(line[at]), int(column[at])))

    def _chosen(self, keys: Keys) -> Iterator[tuple[Sample, Places]]:
        """Yield the sample of each group and what to keep of it; a group that is seldom in a block is not kept."""
        which, group, times = np.unique(keys, return_inverse=True, return_counts=True)
        for number in np.flatnonzero(times >= _SEVERAL).tolist():
            key = int(which[number])
            sample = self._samples.get(key)
            if sample is None:
                if len(self._samples) >= _MOST_GROUPS:
                    continue
                sample = self._samples[key] = Sample()
            sample.count += int(times[number])
            if sample.missing > 0:
                yield sample, np.flatnonzero(group == number)[: sample.missing]

    def items(self) -> Iterable[tuple[int, Sample]]:
        """Return the sample of each group."""
        return self._samples.items()

    def converted(self, passes: Iterable[int]) -> Iterator[tuple[int, Converted]]:
        """Yield the groups whose values are converted, but for those that pass."""
        for key in self._samples.keys() - set(passes):
            sample = self._samples[key]
            if found := conversion_of(list(sample.values)):
                yield key, told(sample, found)


def conversion_of(values: list[bytes]) -> Conversion | None:
    """Return how values of twelve symbols were made from My Numbers, if they were."""
    if len(values) < FEWEST_OF_FAMILY:
        return None
    symbols = symbols_of(values)
    digits = symbols[of_digits(symbols)]
    if 2 * len(digits) > len(symbols) and (found := by_family(digits)):
        return found
    symbols = usual(symbols)
    # However they were converted, the check digit shows at some place; without one nothing more is tried.
    places = check_places(symbols) if len(symbols) >= FEWEST else []
    if not places:
        return None
    zero = next((one.zero - _ZERO for one in places if one.place == LENGTH - 1 and one.clear > 0), None)
    if zero is not None and np.all(of_digits(symbols)) and (found := by_constant(symbols, zero)):
        return found
    return by_structure(symbols, places)


def told(sample: Sample, conversion: Conversion) -> Converted:
    """Return what is told of a group."""
    values, digits = list(sample.values), ""
    at = 0
    if conversion.back:
        back = conversion.back(symbols_of(values))
        at = int(passing(back).argmax())
        digits = f"{back[at]:0{LENGTH}d}"
    return Converted(conversion.name, sample.values[values[at]], digits, sample.count)
