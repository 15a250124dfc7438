"""Samples of the columns and templates of a text, and whether what they hold are converted My Numbers.

Promises bounded time and memory: some hundred values of a group are kept, and so many groups are tested at most.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np

from mynumber.scanner.converting.constants import by_constant
from mynumber.scanner.converting.conversion import Conversion, Symbols, of_digits
from mynumber.scanner.converting.families import FEWEST as FEWEST_OF_FAMILY
from mynumber.scanner.converting.families import by_family
from mynumber.scanner.converting.structure import FEWEST, by_structure, check_places, usual
from mynumber.scanner.finding.marks import Marks, Places
from mynumber.scanner.finding.templates import Keys
from mynumber.scanner.finding.tokens import LENGTH, Values, passing

_KEPT = 1000
_SEVERAL = 8
_MOST_GROUPS = 64
_ZERO = ord("0")

_DIGITS = 10
_PLACES = 10 ** np.arange(LENGTH - 1, -1, -1, dtype=np.int64)
# By these values that differ are told from each other, but for one pair in some billions of billions.
_MIX = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xD6E8FEB86659FD93), np.uint64(0xD1342543DE82EF95))

Place = tuple[int, int]
Placement = tuple[Places, Places]


@dataclass(slots=True)
class Sample:
    """Some different values of one group, a row of twelve symbols each, with line and column of each."""

    count: int = 0
    symbols: Symbols = field(default_factory=lambda: np.zeros((0, LENGTH), np.uint8))
    places: Places = field(default_factory=lambda: np.zeros((0, 2), np.int64))

    @property
    def missing(self) -> int:
        """How many values more may be kept."""
        return _KEPT - len(self.symbols)

    def add(self, symbols: Symbols, places: tuple[Places, Places]) -> None:
        """Keep those values that are new, each where it stands first."""
        symbols = np.concatenate((self.symbols, symbols))
        words = np.ascontiguousarray(symbols).view("<u4").astype(np.uint64)
        marks = (words[:, 0] * _MIX[0]) ^ (words[:, 1] * _MIX[1]) ^ (words[:, 2] * _MIX[2])
        first = np.sort(np.unique(marks, return_index=True)[1])
        self.symbols = symbols[first]
        self.places = np.concatenate((self.places, np.stack(places, axis=1)))[first]

    def place(self, at: int) -> Place:
        """Return line and column of a value."""
        line, column = self.places[at].tolist()
        return line, column


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

    def take(self, keys: Keys, rows: Callable[[Places], Symbols], places: Callable[[Places], Placement]) -> None:
        """Keep values of a block, of which the keys are known and, for those that are kept, the rest is asked.

        A group that is seldom in a block is not kept.
        """
        ordered = np.sort(keys)
        begin = np.flatnonzero(np.concatenate((np.ones(1, np.bool_), ordered[1:] != ordered[:-1])))
        times = np.diff(begin, append=len(keys))
        several = times >= _SEVERAL
        for key, count in zip(ordered[begin[several]].tolist(), times[several].tolist(), strict=True):
            sample = self._samples.get(key)
            if sample is None:
                if len(self._samples) >= _MOST_GROUPS:
                    continue
                sample = self._samples[key] = Sample()
            sample.count += count
            if sample.missing > 0:
                chosen = np.flatnonzero(keys == np.uint64(key))[: sample.missing]
                sample.add(rows(chosen), places(chosen))

    def items(self) -> Iterable[tuple[int, Sample]]:
        """Return the sample of each group."""
        return self._samples.items()

    def converted(self, passes: Iterable[int]) -> Iterator[tuple[int, Converted]]:
        """Yield the groups whose values are converted, but for those that pass."""
        for key in self._samples.keys() - set(passes):
            sample = self._samples[key]
            if found := conversion_of(sample.symbols):
                yield key, told(sample, found)


def conversion_of(symbols: Symbols) -> Conversion | None:
    """Return how values of twelve symbols, a row each, were made from My Numbers, if they were."""
    if len(symbols) < FEWEST_OF_FAMILY:
        return None
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
    digits, at = "", 0
    if conversion.back:
        back = conversion.back(sample.symbols)
        at = int(passing(back).argmax())
        digits = f"{back[at]:0{LENGTH}d}"
    return Converted(conversion.name, sample.place(at), digits, sample.count)


def rows_of(marks: Marks, start: Places) -> Symbols:
    """Return the twelve bytes from each place on as rows."""
    rows: Symbols = marks.text[start[:, None] + np.arange(LENGTH)]
    return rows


def rows_of_values(values: Values) -> Symbols:
    """Return numbers as rows of twelve digits."""
    rows = values[:, None] // _PLACES % _DIGITS + _ZERO
    return rows.astype(np.uint8)
