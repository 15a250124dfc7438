"""Reads one text and finds the numbers in it; promises each place once, in the order of the text.

Two passes over each stretch of some megabytes: first the tokens are collected and their groups counted, then each token
that passes is judged by what its group has shown so far.
"""

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import msgspec
import numpy as np

from mynumber.scanner.finding.groups import Keys, Lines, Words, column_keys, lines_of, template_keys, words_of
from mynumber.scanner.finding.repairs import encoded, scientific, shortened
from mynumber.scanner.finding.tokens import Bytes, Places, Spelling, Tokens, Truths, runs_of, tokens_of
from mynumber.scanner.finds import Find
from mynumber.scanner.judging import Confidence, Group, judge, repaired
from mynumber.scanner.labels import Label, nearest, positive_ends
from mynumber.scanner.reading.blocks import Block
from mynumber.scanner.reading.parts import Part

_STRETCH = 1 << 25
_LEFT = 120
_SEVERAL = 8
_MOST_GROUPS = 50_000
_KEPT = 256
_DELIMITERS = b",\t;|"
_SAMPLE_LINES = 40
_SAMPLE = 1 << 16
_STEADY = 0.8
_NEVER = 1
_NUMBER = re.compile("[0-9]{4}")
_NUMBERS = re.compile(rb'["\s]*[0-9][0-9 .-]{7,24}["\s]*')


@dataclass(slots=True)
class _Seen:
    """What a group has shown so far; values that passed are kept up to a limit, to count each once."""

    tokens: int = 0
    passing: int = 0
    values: set[int] = field(default_factory=set)
    # The bytes to the left of one of its tokens, from which a label of something else can be read if it matters.
    left: bytes = b""

    def add(self, failing: int, values: Iterable[int]) -> None:
        self.tokens += failing
        for value in values:
            if value not in self.values:
                self.tokens += 1
                self.passing += 1
                if len(self.values) < _KEPT:
                    self.values.add(value)


class _Found(msgspec.Struct, frozen=True):
    """A token that passed, waiting to be judged."""

    line: int
    column: int
    key: int
    value: int
    label: Label | None
    spelling: int


class TextScan:
    """The scan of one text, block by block."""

    def __init__(self, part: Part) -> None:
        self._part = part
        self._groups: dict[int, _Seen] = {}
        self._waiting: list[_Found] = []
        self._layout: _Layout | None = None
        self._read = 0

    def finds(self) -> Iterator[Find]:
        """Yield the finds of all blocks."""
        for block in self._part.blocks:
            if self._layout is None:
                self._layout = _Layout(block.text, self._part.header)
            self._take(block, self._layout)
            self._read += len(block.text)
            if self._read >= _STRETCH:
                yield from self._judged()
        yield from self._judged()

    def _take(self, block: Block, layout: "_Layout") -> None:
        text = np.frombuffer(block.text, np.uint8)
        words = words_of(text)
        tokens = layout.tokens(text, block.text, words)
        if not len(tokens) or tokens.start[-1] < block.fresh:
            layout.skip(block)
            return
        lines = lines_of(text)
        keys, columns = layout.keys(text, block, tokens.start, lines, words)
        fresh = tokens.start >= block.fresh
        # What was shortened says nothing of its column: it is believed if the column is.
        self._count(tokens, keys, fresh & (tokens.spelling != Spelling.SHORTENED))
        chosen = np.flatnonzero(tokens.passes & fresh)
        starts = tokens.start[chosen]
        line, column = _places(text, starts, lines)
        column[line == 0] += block.column - 1
        labels = self._labels(block.text, starts, keys[chosen], columns[chosen] if columns is not None else None)
        self._waiting += map(
            _Found,
            (line + block.line).tolist(),
            column.tolist(),
            keys[chosen].tolist(),
            tokens.value[chosen].tolist(),
            labels,
            tokens.spelling[chosen].tolist(),
        )

    def _count(self, tokens: Tokens, keys: Keys, fresh: Places) -> None:
        failing = fresh & ~tokens.passes
        # A value counts once in its group: a constant that passes says nothing, however often it stands there.
        mixed = keys[failing] ^ (tokens.value[failing].astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15))
        _, first = np.unique(mixed, return_index=True)
        for key, times in zip(*np.unique(keys[failing][first], return_counts=True), strict=True):
            self._groups.setdefault(int(key), _Seen()).add(int(times), ())
        passing = fresh & tokens.passes
        order = np.argsort(keys[passing], kind="stable")
        sorted_keys, values = keys[passing][order], tokens.value[passing][order]
        starts = np.flatnonzero(np.diff(sorted_keys, prepend=np.uint64(0)) != 0) if len(order) else order
        bounds = [0, *starts.tolist(), len(order)]
        for begin, end in pairwise(bounds):
            if begin < end:
                self._groups.setdefault(int(sorted_keys[begin]), _Seen()).add(0, values[begin:end].tolist())

    def _labels(self, text: bytes, starts: Places, keys: Keys, columns: Places | None) -> Iterator[Label | None]:
        """Yield for each token the label that a header or a word near it gives it.

        Only labels that mean a My Number are looked up here; others matter only to groups that pass, and these are few.
        """
        ends = np.sort(np.fromiter(positive_ends(text), np.int64))
        last = np.searchsorted(ends, starts, "right") - 1
        near = (last >= 0) & (starts - ends[last] < _LEFT) if len(ends) else np.zeros(len(starts), np.bool_)
        for position, (start, key, is_near) in enumerate(
            zip(starts.tolist(), keys.tolist(), near.tolist(), strict=True)
        ):
            seen = self._groups.get(key)
            if seen is not None and not seen.left:
                seen.left = text[max(0, start - _LEFT) : start]
            header = self._layout.header(int(columns[position])) if self._layout and columns is not None else None
            yield header or (nearest(_text(text[max(0, start - _LEFT) : start])) if is_near else None)

    def _judged(self) -> Iterator[Find]:
        verdicts: dict[tuple[int, Label | None], tuple[Confidence, str]] = {}
        for found in self._waiting:
            case = found.key, found.label
            if case not in verdicts:
                seen = self._groups.get(found.key, _Seen())
                verdicts[case] = self._verdict(seen, found.label)
            confidence, reason = repaired(*verdicts[case], Spelling(found.spelling))
            if confidence:
                place = self._part.place(found.line, found.column)
                yield Find(self._part.path, place, "my_number", confidence, reason, f"{found.value:012d}")
        self._waiting.clear()
        self._read = 0
        if len(self._groups) > _MOST_GROUPS:
            # Groups of a token or two say nothing, and a text without end may have as many.
            self._groups = {key: seen for key, seen in self._groups.items() if seen.tokens >= _SEVERAL}

    def _verdict(self, seen: _Seen, label: Label | None) -> tuple[Confidence, str]:
        verdict = judge(Group(seen.tokens, seen.passing, label), len(self._groups))
        if verdict[0] < Confidence.LIKELY or label is not None:
            return verdict
        return judge(Group(seen.tokens, seen.passing, nearest(_text(seen.left))), len(self._groups))


class _Layout:
    """Whether a text is delimited, and what its header says; quotes are followed from block to block."""

    def __init__(self, text: bytes, header: str | None) -> None:
        sample = text.split(b"\n", _SAMPLE_LINES)[:_SAMPLE_LINES]
        self._cells = header is not None
        self._delimiter = 0 if self._cells else _delimiter(_unquoted(text).split(b"\n", _SAMPLE_LINES)[:_SAMPLE_LINES])
        self._quoted = False
        self._header: Sequence[Label | None] = () if header is None else (nearest(header),)
        if not self._delimiter and not self._cells and _one_column(sample):
            # A list with a header has one column; this byte stands in no text, so that it parts nothing.
            self._delimiter = _NEVER
        if self._delimiter:
            first = sample[0].decode("utf-8", "replace")
            cells = next(csv.reader([first], delimiter=chr(self._delimiter)), [])
            # A cell with a number is no header, whatever it says beside it.
            self._header = [None if _NUMBER.search(cell) else nearest(cell) for cell in cells]

    def tokens(self, text: Bytes, raw: bytes, words: Words) -> Tokens:
        """Return the tokens of a block, those too that programs have changed."""
        runs = runs_of(text)
        found = tokens_of(text, runs, self._delimiter).joined(encoded(raw, text, words)).joined(scientific(raw))
        if self._cells or self._delimiter:
            return found.joined(shortened(text, runs, _ends_cell(self._delimiter)))
        return found

    def keys(self, text: Bytes, block: Block, start: Places, lines: Lines, words: Words) -> tuple[Keys, Places | None]:
        """Return the group of each token, and its column if the text has columns."""
        if self._cells:
            return np.ones(len(start), np.uint64), np.zeros(len(start), np.int64)
        if not self._delimiter:
            return template_keys(text, start, lines, words), None
        # What the block repeats of the one before has changed the state of quotes already.
        quoted = self._quoted ^ bool(block.text.count(b'"', 0, block.fresh) % 2)
        keys, columns = column_keys(text, start, lines, self._delimiter, quoted=quoted)
        self.skip(block)
        return keys, columns

    def skip(self, block: Block) -> None:
        """Go past a block."""
        if self._delimiter and block.text.count(b'"', block.fresh) % 2:
            self._quoted = not self._quoted

    def header(self, column: int) -> Label | None:
        """Return what the header says of a column."""
        return self._header[column] if column < len(self._header) else None


def _ends_cell(delimiter: int) -> Truths:
    """Return which bytes can stand around a cell that holds a number and nothing else."""
    ends = np.zeros(256, np.bool_)
    ends[np.frombuffer(b'\r\n"', np.uint8)] = True
    ends[delimiter] = True
    return ends


def _delimiter(lines: Sequence[bytes]) -> int:
    """Return the delimiter that most lines have equally often, or 0."""
    filled = [line for line in lines if line.strip()]
    if len(filled) < 2:
        return 0
    for delimiter in _DELIMITERS:
        times, lines_so = Counter(line.count(delimiter) for line in filled).most_common(1)[0]
        if times and lines_so >= _STEADY * len(filled):
            return delimiter
    return 0


def _one_column(lines: Sequence[bytes]) -> bool:
    """Whether the first line is a header, and the others are numbers."""
    numbers = [bool(_NUMBERS.fullmatch(line)) for line in lines if line.strip()]
    return len(numbers) > 1 and not numbers[0] and sum(numbers) >= _STEADY * (len(numbers) - 1)


def _unquoted(text: bytes) -> bytes:
    # What stands in quotes may hold delimiters and the ends of lines.
    return b"".join(text[:_SAMPLE].split(b'"')[::2])


def _places(text: Bytes, start: Places, lines: Lines) -> tuple[Places, Places]:
    """Return the line, from 0, and the column, from 1 and in characters, of each place."""
    line = lines.of(start)
    begin = lines.start[line]
    inner = np.flatnonzero((text & 0xC0) == 0x80)
    return line, start - begin - (np.searchsorted(inner, start) - np.searchsorted(inner, begin)) + 1


def _text(left: bytes) -> str:
    # The first character may be cut.
    return left.decode("utf-8", "ignore")
