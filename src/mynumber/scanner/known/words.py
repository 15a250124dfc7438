"""The words of one text that a list of known numbers explains, and those that carry a label and stay unexplained.

Promises that values which are labelled as My Numbers, and may be some in a form that cannot be undone, are never passed
over in silence: a keyed hash, encryption and tokens look the same without their key.
"""

import re
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from mynumber.scanner.converting.columns import Converted, Samples, told
from mynumber.scanner.converting.structure import FEWEST
from mynumber.scanner.finding.marks import Places
from mynumber.scanner.finding.tokens import LENGTH
from mynumber.scanner.finds import Find, Unread
from mynumber.scanner.judging import Confidence
from mynumber.scanner.known.codes import Columns
from mynumber.scanner.known.hashes import SIZES
from mynumber.scanner.known.long_words import LongWords, Placed
from mynumber.scanner.known.roster import Roster
from mynumber.scanner.known.salted import SaltedWords
from mynumber.scanner.labels import Label
from mynumber.scanner.reading.parts import Part
from mynumber.scanner.reporting.lines import place_of

_KEPT = 600
_SEVERAL = 20
_FEW = 3
_HEX = re.compile(rb"[0-9a-f]+|[0-9A-F]+")
_MOST_GROUPS = 64


@dataclass(slots=True)
class _Labelled:
    """The values of one group that stand under a label, and where the first stands."""

    line: int
    column: int
    word: str
    values: set[bytes] = field(default_factory=set)
    long: bool = False
    known: int = 0

    @property
    def matters(self) -> bool:
        """Whether these may be numbers: twelve letters are a word of prose, twelve digits may be a sample."""
        mixed = any(not one.isalpha() and not one.isdigit() for one in self.values)
        return len(self.values) >= (_FEW if mixed else _SEVERAL)

    def why(self, place: str, *, roster: bool) -> str:
        """Say what is not known."""
        many = f"{'' if len(self.values) < _KEPT else 'more than '}{len(self.values)}"
        told = f"{many} different values labelled {self.word} ({place}) are no My Numbers as they stand"
        if self.long:
            compared = "of no number in the roster" if roster else "compared with nothing, for want of a roster"
            return f"{told}: if hashes, {compared}; a keyed hash or a token cannot be told without its key"
        if len(self.values) < FEWEST:
            return f"{told}, and there are not enough values to test for conversion: {FEWEST} are needed"
        return f"{told}, and no regular conversion explains them; encryption or tokens cannot be told without their key"


class KnownWords:
    """The words of one text, gathered block by block."""

    def __init__(self, part: Part, roster: Roster | None) -> None:
        self._part = part
        self._roster = roster
        self._waiting: list[tuple[Placed, LongWords]] = []
        self._labelled: dict[int, _Labelled] = {}
        self._columns = Columns(part.header or "")
        self._salted = SaltedWords()
        self._hashed: set[int] = set()
        self._rounded: tuple[int, int, str] | None = None
        self._rounded_count = 0

    def take_long(self, placed: Placed, long: LongWords, labels: Mapping[int, Label], text: bytes) -> None:
        """Keep the long words of a block, to compare them with the roster and with codes."""
        if self._roster is not None:
            self._waiting.append((placed, long))
            self._salted.take(placed, long, labels, text)
        self._columns.take(placed, long, text)
        self._label(placed, labels, text, long.length)

    def take_twelve(self, placed: Placed, labels: Mapping[int, Label], text: bytes) -> None:
        """Keep the words of twelve bytes that carry a label."""
        self._label(placed, labels, text, np.full(len(placed.start), LENGTH))

    def take_rounded(self, placed: Placed, labels: Mapping[int, Label]) -> None:
        """Count the labelled numbers of which a spreadsheet has kept the first digits alone."""
        for at, label in labels.items():
            self._rounded = self._rounded or (int(placed.line[at]), int(placed.column[at]), label.word)
            self._rounded_count += 1

    def _label(self, placed: Placed, labels: Mapping[int, Label], text: bytes, length: Places) -> None:
        for at, label in labels.items():
            if not label.my_number or label.taken:
                continue
            start, letters, key = int(placed.start[at]), int(length[at]), int(placed.key[at])
            word = text[start : start + letters]
            group = self._labelled.get(key)
            if not _opaque(word) or (group is None and len(self._labelled) >= _MOST_GROUPS):
                continue
            if group is None:
                place = int(placed.line[at]), int(placed.column[at])
                group = self._labelled[key] = _Labelled(*place, label.word)
            group.long |= letters > LENGTH
            if len(group.values) < _KEPT:
                group.values.add(word)

    def hashed(self) -> Iterator[Find]:
        """Yield the long words kept so far that are hashes of known numbers."""
        waiting, self._waiting = self._waiting, []
        if self._roster is None or not waiting:
            return
        places = [one for one, _ in waiting]
        line, column, key = (
            np.concatenate([getattr(one, name) for one in places]) for name in ("line", "column", "key")
        )
        size, prefix = (np.concatenate([getattr(one, name) for _, one in waiting]) for name in ("size", "prefix"))
        for one in sorted(SIZES & set(np.unique(size).tolist())):
            which = np.flatnonzero(size == one)
            values, names = self._roster.hashes.behind(one, prefix[which])
            for at in np.flatnonzero(values >= 0).tolist():
                self._hashed.add(int(key[which[at]]))
                if group := self._labelled.get(int(key[which[at]])):
                    group.known += 1
                place = self._part.place(int(line[which[at]]), int(column[which[at]]))
                digits = f"{values[at]:012d}"
                reason = f"{names[at]}, which is in the roster"
                yield Find(self._part.path, place, "converted", Confidence.CERTAIN, reason, digits)

    def keyed(self, samples: Samples, passing: Container[int]) -> Iterator[tuple[int, Converted]]:
        """Yield the groups of twelve digits that were made from known numbers."""
        if self._roster is None:
            return
        for key, sample in samples.items():
            if key not in passing and (found := self._roster.conversion_of(sample.symbols)):
                yield key, told(sample, found)

    def salted(self) -> Iterator[tuple[int, Converted]]:
        """Yield the groups of hashes of known numbers with a salt that stands beside them."""
        if self._roster is not None:
            yield from self._salted.found(self._roster.values, self._hashed)

    def codes(self) -> Iterator[tuple[int, Find]]:
        """Yield the columns of codes of this system, each as one find at its first value."""
        for key, column, reason in self._columns.found():
            place = self._part.place(column.line, column.column)
            yield key, Find(self._part.path, place, "code", Confidence.LIKELY, reason, "", column.count)

    def unexplained(self, explained: Container[int]) -> Iterator[Unread]:
        """Yield a word on each labelled group that nothing explains, and on numbers that were damaged."""
        if self._rounded:
            line, column, word = self._rounded
            place = place_of(self._part.place(line, column))
            why = f"{self._rounded_count} values labelled {word} ({place}) were damaged by a spreadsheet"
            yield Unread(self._part.path, f"{why}; their last digits are lost")
        for key, group in self._labelled.items():
            if key not in explained and not group.known and group.matters:
                place = place_of(self._part.place(group.line, group.column))
                yield Unread(self._part.path, group.why(place, roster=self._roster is not None))


def _opaque(word: bytes) -> bool:
    """Whether a word looks like no name in a program: twelve letters and digits, hex, or letters of all kinds."""
    if len(word) == LENGTH:
        return word.isalnum()
    digits, small, large = (any(first <= letter <= last for letter in word) for first, last in (b"09", b"az", b"AZ"))
    return digits and (_HEX.fullmatch(word) is not None or (small and large))
