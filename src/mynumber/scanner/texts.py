"""Reads one text and finds the numbers in it; promises each place once, in the order of the text.

Two passes over each stretch of some megabytes: first the tokens are collected and their groups counted, then the tokens
that pass are judged by what their groups have shown so far. What is done for each token is done with arrays.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from msgspec.structs import replace

from mynumber.scanner.converting.columns import Sample, Samples
from mynumber.scanner.finding.groups import Keys, Marks
from mynumber.scanner.finding.tokens import LENGTH, Places, Spelling, Tokens, Truths
from mynumber.scanner.finds import Find, Unread
from mynumber.scanner.judging import Confidence, Group, judge, repaired
from mynumber.scanner.known.long_words import Placed, long_words
from mynumber.scanner.known.roster import Roster
from mynumber.scanner.known.words import KnownWords
from mynumber.scanner.labels import Label, nearest, possible_ends
from mynumber.scanner.layouts import Layout
from mynumber.scanner.reading.blocks import Block
from mynumber.scanner.reading.parts import Part

_STRETCH = 1 << 25
_LEFT = 120
_SEVERAL = 8
_MOST_GROUPS = 50_000
_KEPT = 256
IN_ROSTER = "in the roster"
_MIX = np.uint64(0x9E3779B97F4A7C15)


@dataclass(slots=True)
class _Seen:
    """What a group has shown so far; values that passed are kept up to a limit, to count each once."""

    # The bytes to the left of one of its tokens, from which a label of something else can be read if it matters.
    left: bytes
    tokens: int = 0
    passing: int = 0
    values: set[int] = field(default_factory=set)

    def add(self, values: Iterable[int]) -> None:
        """Count values that pass."""
        for value in values:
            if value not in self.values:
                self.tokens += 1
                self.passing += 1
                if len(self.values) < _KEPT:
                    self.values.add(value)


@dataclass(frozen=True, slots=True)
class _Waiting:
    """The tokens of a block that pass, waiting to be judged; labels are those that a header or a word near by gives."""

    line: Places
    column: Places
    key: Keys
    tokens: Tokens
    labels: Mapping[int, Label]


class TextScan:
    """The scan of one text, block by block."""

    def __init__(self, part: Part, roster: Roster | None = None) -> None:
        self._part = part
        self._roster = roster
        self._known = KnownWords(part, roster)
        self._groups: dict[int, _Seen] = {}
        self._waiting: list[_Waiting] = []
        self._layout: Layout | None = None
        self._samples = Samples()
        self._read = 0

    def finds(self) -> Iterator[Find | Unread]:
        """Yield the finds of all blocks, and what stands under a label and cannot be explained."""
        for block in self._part.blocks:
            if self._layout is None:
                self._layout = Layout(block.text, self._part.header)
            self._take(block, self._layout)
            self._layout.go_past(block)
            self._read += len(block.text)
            if self._read >= _STRETCH:
                yield from self._judged()
        yield from self._judged()
        yield from self._converted()

    def _take(self, block: Block, layout: Layout) -> None:
        marks = Marks(block.text)
        tokens = layout.tokens(marks)
        self._sample(block, marks, layout)
        if not len(tokens) or tokens.start[-1] < block.fresh:
            return
        keys, columns = layout.keys(block, marks, tokens.start)
        fresh = tokens.start >= block.fresh
        # What was shortened says nothing of its column: it is believed if the column is.
        self._count(block.text, tokens, keys, fresh & (tokens.spelling != Spelling.SHORTENED))
        chosen = np.flatnonzero(tokens.passes & fresh)
        kept = tokens.chosen(chosen)
        line, column = _places(marks, kept.start)
        column[line == 0] += block.column - 1
        labels = _labels(block.text, kept.start, layout, None if columns is None else columns[chosen])
        self._waiting.append(_Waiting(line + block.line, column, keys[chosen], kept, labels))

    def _sample(self, block: Block, marks: Marks, layout: Layout) -> None:
        """Keep some words of twelve letters or digits of each group, which may be converted numbers, and long words."""
        begins, ends = marks.words
        start = begins[(ends - begins == LENGTH) & (begins >= block.fresh)]
        # The four characters of a header have twelve bytes too.
        start = start[np.all(marks.text[start[:, None] + np.arange(LENGTH)] < 0x80, axis=1)]
        if len(start):
            placed, labels = self._placed(block, start, layout, marks)
            self._samples.take(block.text, start, placed.key, placed.line, placed.column)
            self._known.take_twelve(placed, labels, block.text)
        long = long_words(marks, block.fresh)
        if len(long):
            placed, labels = self._placed(block, long.start, layout, marks)
            self._known.take_long(placed, long, labels, block.text)

    def _placed(self, block: Block, start: Places, layout: Layout, marks: Marks) -> tuple[Placed, Mapping[int, Label]]:
        keys, columns = layout.keys(block, marks, start)
        line, column = _places(marks, start)
        column[line == 0] += block.column - 1
        # In a table the header of one column says nothing of the cells of another below it.
        floor = marks.lines[marks.line_of(start)] if columns is not None else None
        labels = _labels(block.text, start, layout, columns, floor=floor)
        return Placed(start, line + block.line, column, keys), labels

    def _count(self, text: bytes, tokens: Tokens, keys: Keys, counted: Truths) -> None:
        failing = counted & ~tokens.passes
        # A value counts once in its group: a constant that passes says nothing, however often it stands there.
        _, first = np.unique(keys[failing] ^ (tokens.value[failing].astype(np.uint64) * _MIX), return_index=True)
        which, where, times = np.unique(keys[failing][first], return_index=True, return_counts=True)
        starts = tokens.start[failing][first][where]
        for key, start, count in zip(which.tolist(), starts.tolist(), times.tolist(), strict=True):
            self._group(key, text, start).tokens += count
        passing = np.flatnonzero(counted & tokens.passes)
        order = passing[np.argsort(keys[passing], kind="stable")]
        bounds = np.flatnonzero(np.diff(keys[order], prepend=np.uint64(0))).tolist() if len(order) else []
        for begin, end in pairwise(sorted({0, *bounds, len(order)})):
            group = self._group(int(keys[order[begin]]), text, int(tokens.start[order[begin]]))
            group.add(tokens.value[order[begin:end]].tolist())

    def _group(self, key: int, text: bytes, start: int) -> _Seen:
        seen = self._groups.get(key)
        if seen is None:
            seen = self._groups[key] = _Seen(text[max(0, start - _LEFT) : start])
        return seen

    def _judged(self) -> Iterator[Find]:
        for waiting in self._waiting:
            which, group = np.unique(waiting.key, return_inverse=True)
            verdicts = [self._verdict(key, None) for key in which.tolist()]
            found = np.array([verdict[0] != Confidence.NONE for verdict in verdicts], np.bool_)[group]
            found[list(waiting.labels)] = True
            listed = (
                np.zeros(len(found), np.bool_) if self._roster is None else self._roster.holds(waiting.tokens.value)
            )
            found |= listed
            for at in np.flatnonzero(found).tolist():
                label = waiting.labels.get(at)
                verdict = verdicts[group[at]] if label is None else self._verdict(int(waiting.key[at]), label)
                yield from self._find(waiting, at, *((Confidence.CERTAIN, IN_ROSTER) if listed[at] else verdict))
        yield from (replace(find, in_table=self._in_table) for find in self._known.hashed())
        self._waiting.clear()
        self._read = 0
        if len(self._groups) > _MOST_GROUPS:
            # Groups of a token or two say nothing, and a text without end may have as many.
            self._groups = {key: seen for key, seen in self._groups.items() if seen.tokens >= _SEVERAL}

    @property
    def _in_table(self) -> bool:
        return self._layout is not None and self._layout.in_table

    def _find(self, waiting: _Waiting, at: int, confidence: Confidence, reason: str) -> Iterator[Find]:
        spelling = waiting.tokens.spelling[at]
        if spelling >= Spelling.SHORTENED and reason is not IN_ROSTER:
            confidence, reason = repaired(confidence, reason, Spelling(spelling))
        if confidence is not Confidence.NONE:
            place = self._part.place(int(waiting.line[at]), int(waiting.column[at]))
            digits = f"{waiting.tokens.value[at]:012d}"
            yield Find(self._part.path, place, "my_number", confidence, reason, digits, in_table=self._in_table)

    def _converted(self) -> Iterator[Find | Unread]:
        explained = {key for key, seen in self._groups.items() if 2 * seen.passing >= max(1, seen.tokens)}
        # A label alone makes no column one of My Numbers as they stand: those that pass may do so by chance.
        passing = {key for key in explained if self._verdict(key, None)[0] >= Confidence.LIKELY}
        for key, sample, name, digits in self._known.keyed(self._samples, frozenset(passing)):
            passing.add(key)
            yield self._column(sample, f"made from numbers in the roster: {name}", digits)
        for key, sample, conversion, digits in self._samples.converted(frozenset(passing)):
            passing.add(key)
            yield self._column(sample, f"My Numbers regularly converted: {conversion.name}", digits)
        for key, find in self._known.codes():
            explained.add(key)
            yield replace(find, in_table=self._in_table)
        yield from self._known.unexplained(explained | passing)

    def _column(self, sample: Sample, why: str, digits: str) -> Find:
        place = self._part.place(sample.line, sample.column)
        reason = f"{sample.count} values are {why}"
        sure, many = Confidence.CERTAIN, sample.count
        return Find(self._part.path, place, "converted", sure, reason, digits, many, in_table=self._in_table)

    def _verdict(self, key: int, label: Label | None) -> tuple[Confidence, str]:
        seen = self._groups.get(key) or _Seen(b"")
        verdict = judge(Group(seen.tokens, seen.passing, label), len(self._groups))
        if label is not None or verdict[0] < Confidence.LIKELY:
            return verdict
        # Only a group that passes is asked whether a label says that it is something else.
        return judge(Group(seen.tokens, seen.passing, nearest(_text(seen.left))), len(self._groups))


def _labels(
    text: bytes, starts: Places, layout: Layout, columns: Places | None, *, floor: Places | None = None
) -> Mapping[int, Label]:
    """Return the labels of those tokens to which a header or a word near by, not before its floor, gives one."""
    found: dict[int, Label] = {}
    for at in _near(text, starts):
        lowest = 0 if floor is None else floor[at]
        label = nearest(_text(text[max(lowest, starts[at] - _LEFT) : starts[at]]))
        if label is not None:
            found[at] = label
    if columns is not None:
        for column, header in enumerate(layout.headers):
            if header is not None:
                found |= dict.fromkeys(np.flatnonzero(columns == column).tolist(), header)
    return found


def _near(text: bytes, starts: Places) -> Iterator[int]:
    """Yield the tokens that have what may be a label of a My Number to their left; other labels are looked up later."""
    ends = np.sort(np.fromiter(possible_ends(text), np.int64))
    if len(ends):
        last = np.searchsorted(ends, starts, "right") - 1
        yield from np.flatnonzero((last >= 0) & (starts - ends[last] < _LEFT)).tolist()


def _places(marks: Marks, start: Places) -> tuple[Places, Places]:
    """Return the line, from 0, and the column, from 1 and in characters, of each place."""
    line = marks.line_of(start)
    begin = marks.lines[line]
    inner = np.flatnonzero((marks.text & 0xC0) == 0x80)
    return line, start - begin - (np.searchsorted(inner, start) - np.searchsorted(inner, begin)) + 1


def _text(left: bytes) -> str:
    # The first character may be cut.
    return left.decode("utf-8", "ignore")
