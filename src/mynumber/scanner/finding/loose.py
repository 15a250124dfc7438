"""Numbers whose digits stand further apart than in the usual spellings, in other groups, or below one another.

Promises only such tokens as `mynumber.scanner.finding.tokens` does not read: the gaps between all groups are the same,
and no group that fits stands before or behind them.
"""

from dataclasses import dataclass

import numpy as np

from mynumber.scanner.finding.marks import Marks, Places, Truths
from mynumber.scanner.finding.tokens import LENGTH, Spelling, Tokens, in_a_row, passing

# No gap is wider.
_WIDEST = 3
_LINES = frozenset({b"\n", b"\r\n"})


@dataclass(frozen=True, slots=True)
class _Shape:
    """So many groups of so many digits, and what may stand between them."""

    length: int
    count: int
    spelling: Spelling
    gaps: frozenset[bytes]
    # Gaps that join numbers of any length into lists or amounts.
    joining: frozenset[bytes] = frozenset()

    def narrow(self) -> Truths:
        """Return which bytes alone may be a gap."""
        table = np.zeros(256, np.bool_)
        table[[gap[0] for gap in self.gaps if len(gap) == 1]] = True
        return table


_SHAPES = (
    _Shape(4, 3, Spelling.GROUPED, _LINES | {b"  ", b"   ", b" - ", b" -", b"- ", b" / ", b" . ", b"+", b"--", b"|"}),
    _Shape(1, 12, Spelling.SINGLE, _LINES | {b"  ", b"   ", b" - ", b"|", b" | "}),
    _Shape(3, 4, Spelling.GROUPED, frozenset({b" ", b"-", b","}), frozenset({b"-", b","})),
)
_NARROW = {shape: shape.narrow() for shape in _SHAPES}


def loose(marks: Marks, delimiter: int, *, lines: bool) -> Tokens:
    """Return such tokens; the delimiter of a table is no gap, and only where `lines` are no cells the end of one is."""
    found: list[tuple[int, int, int, int]] = []
    runs, barred = marks.runs, {bytes([delimiter])} if delimiter else set()
    for shape in _SHAPES:
        for first in _candidates(marks, shape).tolist():
            last = first + shape.count - 1
            begin, end = int(runs.start[first]), int(runs.end[last])
            gap = marks.raw[int(runs.end[first]) : int(runs.start[first + 1])]
            if gap not in shape.gaps or (gap in barred and gap != b",") or (gap in _LINES and not lines):
                continue
            groups = marks.raw[begin:end].split(gap)
            if list(map(len, groups)) == [shape.length] * shape.count and _alone(marks, shape, first, gap):
                found.append((begin, end, int(b"".join(groups)), shape.spelling))
    columns = np.array(found, np.int64).reshape(-1, 4).T
    begins, ends, values, spellings = columns
    return Tokens(begins, ends, values, passing(values), spellings.astype(np.uint8)).ordered()


def _candidates(marks: Marks, shape: _Shape) -> Places:
    """Return from which runs on so many of the right length stand with the same small number of bytes between."""
    runs = marks.runs
    if len(runs.start) < shape.count:
        return runs.start[:0]
    first = np.flatnonzero(in_a_row(runs.length == shape.length, shape.count))
    width = runs.start[first + 1] - runs.end[first]
    near = (width <= _WIDEST) & ((width > 1) | _NARROW[shape][marks.text[runs.end[first]]])
    first, width = first[near], width[near]
    whole = runs.end[first + shape.count - 1] - runs.start[first]
    found: Places = first[whole == LENGTH + (shape.count - 1) * width]
    return found


def _alone(marks: Marks, shape: _Shape, first: int, gap: bytes) -> bool:
    """Whether the chain goes on neither before nor behind."""
    runs, after = marks.runs, first + shape.count
    neighbours = []
    if first and marks.raw[int(runs.end[first - 1]) : int(runs.start[first])] == gap:
        neighbours.append(int(runs.length[first - 1]))
    if after < len(runs.start) and marks.raw[int(runs.end[after - 1]) : int(runs.start[after])] == gap:
        neighbours.append(int(runs.length[after]))
    if gap == b",":
        # An amount; only in quotes it is the one value of a cell that a spreadsheet has written so.
        begin, end = int(runs.start[first]), int(runs.end[after - 1])
        return marks.raw[begin - 1 : begin] == b'"' == marks.raw[end : end + 1]
    return not neighbours if gap in shape.joining else shape.length not in neighbours
