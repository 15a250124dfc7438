"""The tokens of a text that pass, with all that is known of them, until their groups are known well enough to judge."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from mynumber.scanner.finding.marks import Marks, Places
from mynumber.scanner.finding.nearby import Which
from mynumber.scanner.finding.templates import Keys
from mynumber.scanner.finding.tokens import Spelling, Values

_SPELLINGS = 3
_LABELS = np.uint64(_SPELLINGS)
_KEY = np.uint64(24)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Parallel arrays, one entry a token, in the order of the text."""

    line: Places
    column: Places
    key: Keys
    value: Values
    spelling: NDArray[np.uint8]
    label: Which

    def kinds(self) -> tuple["Kinds", Places]:
        """Return what there is to judge, and for each token which of it is the token's."""
        # Spellings that need no repair are judged alike.
        spelling = np.where(self.spelling >= Spelling.SHORTENED, self.spelling, 0).astype(np.uint64)
        code = self.key | ((self.label + 1).astype(np.uint64) << _LABELS) | spelling
        which, kind = np.unique(code, return_inverse=True)
        low = which & np.uint64((1 << 24) - 1)
        label = (low >> _LABELS).astype(np.int64) - 1
        return Kinds(which >> _KEY << _KEY, label, (low & np.uint64(7)).astype(np.uint8)), kind


@dataclass(frozen=True, slots=True)
class Kinds:
    """Parallel arrays: tokens of one group with one label, and spelled so, are judged together."""

    key: Keys
    label: Which
    spelling: NDArray[np.uint8]


def joined(waiting: Sequence[Waiting]) -> Waiting:
    """Return all tokens of several blocks."""
    first, *others = waiting
    if not others:
        return first
    return Waiting(*(np.concatenate([getattr(one, field.name) for one in waiting]) for field in fields(Waiting)))


def places_in(marks: Marks, start: Places, line: int, column: int) -> tuple[Places, Places]:
    """Return line and column, in characters, of each place in a block that begins at a line and column."""
    row = marks.line_of(start)
    begin = marks.lines[row]
    # A number is at least one character: what begins at its first one is counted with those before it.
    place = marks.characters(begin, start + 1)
    place[row == 0] += column - 1
    return row + line, place
