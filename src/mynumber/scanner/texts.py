"""Reads one text and finds the numbers in it; promises each place once, in the order of the text.

Two passes over each stretch of some megabytes: first the tokens are collected and their groups counted, then the tokens
that pass are judged by what their groups have shown so far. What is done for each token is done with arrays; an object
is made for a group that may be found, and for a find.
"""

from collections.abc import Callable, Iterator

import numpy as np
from msgspec.structs import replace

from mynumber.scanner.converting.columns import Converted, Samples, rows_of, rows_of_values
from mynumber.scanner.finding.above import Above
from mynumber.scanner.finding.counting import MOST_GROUPS, Counts
from mynumber.scanner.finding.marks import Marks, Places
from mynumber.scanner.finding.nearby import Nearby, Which
from mynumber.scanner.finding.repairs import rounded
from mynumber.scanner.finding.templates import Keys
from mynumber.scanner.finding.thinning import Thinned
from mynumber.scanner.finding.tokens import LENGTH, Spelling, Tokens
from mynumber.scanner.finding.waiting import Kinds, Waiting, joined, places_in
from mynumber.scanner.finds import Find, Unread
from mynumber.scanner.judging import Confidence, Group, judge, repaired
from mynumber.scanner.known.long_words import Placed, long_words
from mynumber.scanner.known.roster import Roster
from mynumber.scanner.known.words import KnownWords
from mynumber.scanner.labels import Label, nearest
from mynumber.scanner.layouts import Layout
from mynumber.scanner.reading.blocks import Block
from mynumber.scanner.reading.parts import Part

_STRETCH = 1 << 25
_BEYOND_ASCII, _FOUR = np.uint64(0x8080808080808080), np.uint64(0xFFFFFFFF)
IN_ROSTER = "in the roster"
_Verdict = tuple[Confidence, str]


class TextScan:
    """The scan of one text, block by block; its layout is found out if it is not given."""

    def __init__(self, part: Part, roster: Roster | None = None, layout: Layout | None = None) -> None:
        self._part = part
        self._roster = roster
        self._known = KnownWords(part, roster)
        self._counts = Counts()
        self._nearby = Nearby()
        self._above = Above()
        self._waiting: list[Waiting] = []
        self._layout = layout
        self._samples = Samples()
        self._thinned = Thinned()
        self._read = 0
        self._lost = 0

    def finds(self) -> Iterator[Find | Unread]:
        """Yield the finds of all blocks, and what stands under a label and cannot be explained."""
        for block in self._part.blocks:
            if self._layout is None:
                self._layout = Layout(block.text, self._part.header)
            self._take(block, self._layout)
            self._layout.go_past(block)
            self._read += len(block.text)
            if self._read >= _STRETCH or self._counts.full:
                yield from self._judged(frozenset())
        converted, others = self._converted()
        yield from self._judged(frozenset(key for key, _ in converted))
        yield from (find for _, find in converted)
        yield from others
        if self._lost:
            why = f"more than {MOST_GROUPS} kinds of numbers: {self._lost} kinds were judged by a part of their numbers"
            yield Unread(self._part.path, why)

    def _take(self, block: Block, layout: Layout) -> None:
        marks = Marks(block.text)
        tokens = layout.tokens(marks).since(block.fresh)
        keys, columns = layout.keys(block, marks, tokens.start)
        self._sample_words(block, marks, layout, (tokens.start, keys))
        self._sample_long(block, marks, layout)
        if not len(tokens):
            return
        self._sample_spelled(block, marks, tokens, keys)
        # What was shortened says nothing of its column: it is believed if the column is.
        whole = tokens.spelling != Spelling.SHORTENED
        if np.all(whole):
            self._counts.take(marks, tokens, keys)
        else:
            self._counts.take(marks, tokens.chosen(whole), keys[whole])
        chosen = np.flatnonzero(tokens.passes)
        kept = tokens.chosen(chosen)
        line, column = places_in(marks, kept.start, block.line, block.column)
        floor = marks.lines[marks.line_of(kept.start)] if layout.has_header else None
        labels = self._labels(marks, kept.start, layout, None if columns is None else columns[chosen], floor=floor)
        if columns is None:
            for at, label in self._above.of(marks, block.line, self._nearby.ends_in(marks), kept).items():
                labels[at] = self._nearby.index(label)
        labels = self._nearby.behind(marks, kept, labels)
        self._waiting.append(Waiting(line, column, keys[chosen], kept.value, kept.spelling, labels))

    def _sample_words(self, block: Block, marks: Marks, layout: Layout, known: tuple[Places, Keys]) -> None:
        """Keep some words of twelve letters or digits of each group, which may be converted numbers.

        The keys of the tokens are known.
        """
        start = marks.words.start[marks.words.length == LENGTH]
        start = start[np.searchsorted(start, block.fresh) :]
        # The four characters of a header have twelve bytes too.
        if not block.text.isascii():
            first, second = marks.eights(start, 2)
            start = start[(first | (second & _FOUR)) & _BEYOND_ASCII == 0]
        if not len(start):
            return
        keys = _keys(start, *known, lambda some: layout.keys(block, marks, some)[0])
        chosen = self._thinned.chosen(keys)
        start, keys = start[chosen], keys[chosen]
        self._samples.take(keys, lambda some: rows_of(marks, start[some]), self._places_in(block, marks, start))
        if len(self._nearby.ends_in(marks)) or any(label and label.my_number for label in layout.headers):
            placed, labels = self._placed(block, start, layout, marks)
            self._known.take_twelve(placed, self._of_my_numbers(labels), block.text)

    def _sample_long(self, block: Block, marks: Marks, layout: Layout) -> None:
        """Keep words that are too long for a number, and numbers that a spreadsheet rounded."""
        lost = rounded(block.text, block.fresh)
        if len(lost):
            placed, labels = self._placed(block, lost, layout, marks)
            self._known.take_rounded(placed, self._of_my_numbers(labels))
        long = long_words(marks, block.fresh)
        if len(long):
            placed, labels = self._placed(block, long.start, layout, marks)
            self._known.take_long(placed, long, self._of_my_numbers(labels), block.text)

    def _sample_spelled(self, block: Block, marks: Marks, tokens: Tokens, keys: Keys) -> None:
        """Keep some numbers of each group that are no words of twelve digits, which may be converted numbers too."""
        chosen = np.flatnonzero((tokens.spelling != Spelling.PLAIN) & (tokens.spelling <= Spelling.SHORTENED))
        if len(chosen):
            rows = rows_of_values(tokens.value[chosen])
            places = self._places_in(block, marks, tokens.start[chosen])
            self._samples.take(keys[chosen], rows.__getitem__, places)

    def _places_in(self, block: Block, marks: Marks, start: Places) -> Callable[[Places], tuple[Places, Places]]:
        """Return what tells line and column of some of these places; few are asked for."""
        return lambda some: places_in(marks, start[some], block.line, block.column)

    def _placed(self, block: Block, start: Places, layout: Layout, marks: Marks) -> tuple[Placed, Which]:
        keys, columns = layout.keys(block, marks, start)
        line, column = places_in(marks, start, block.line, block.column)
        # In a table the header of one column says nothing of the cells of another below it.
        floor = marks.lines[marks.line_of(start)] if columns is not None else None
        return Placed(start, line, column, keys), self._labels(marks, start, layout, columns, floor=floor)

    def _labels(
        self, marks: Marks, start: Places, layout: Layout, columns: Places | None, *, floor: Places | None = None
    ) -> Which:
        """Return the label that a header or a word near by, not before its floor, gives each token."""
        found = self._nearby.of(marks, start, floor)
        if columns is not None:
            for column, header in enumerate(layout.headers):
                if header is not None:
                    found[columns == column] = self._nearby.index(header)
        return found

    def _of_my_numbers(self, labels: Which) -> dict[int, Label]:
        known = self._nearby.labels
        meant = np.array([*(one.my_number and not one.taken for one in known), False], np.bool_)
        return {at: known[labels[at]] for at in np.flatnonzero(meant[labels]).tolist()}

    def _judged(self, converted: frozenset[int]) -> Iterator[Find]:
        """Yield what is found among the tokens that wait; in converted columns some pass by chance."""
        if self._waiting:
            yield from self._found(joined(self._waiting), converted)
        yield from (replace(find, in_table=self._in_table) for find in self._known.hashed())
        self._waiting.clear()
        self._read = 0
        self._lost += self._counts.forget()

    @property
    def _in_table(self) -> bool:
        return self._layout is not None and self._layout.in_table

    def _found(self, waiting: Waiting, converted: frozenset[int]) -> Iterator[Find]:
        kinds, kind = waiting.kinds()
        verdicts = self._verdicts(kinds, converted)
        found = np.array([confidence is not Confidence.NONE for confidence, _ in verdicts], np.bool_)[kind]
        listed = np.zeros(len(kind), np.bool_) if self._roster is None else self._roster.holds(waiting.value)
        chosen = np.flatnonzero(found | listed)
        arrays = (waiting.line, waiting.column, waiting.value, kind, listed)
        path, place, in_table = self._part.path, self._part.place, self._in_table
        for line, column, value, which, known in zip(*(one[chosen].tolist() for one in arrays), strict=True):
            confidence, reason = (Confidence.CERTAIN, IN_ROSTER) if known else verdicts[which]
            at = place(line, column)
            yield Find(path, at, "my_number", confidence, reason, f"{value:012d}", in_table=in_table)

    def _verdicts(self, kinds: Kinds, converted: frozenset[int]) -> list[_Verdict]:
        labels = (*self._nearby.labels, None)
        shown = self._counts.shown(kinds.key)
        arrays = (kinds.key, kinds.label, kinds.spelling, shown.tokens, shown.passing, shown.zeros)
        verdicts = []
        for key, label, spelling, tokens, passing, zeros in zip(*(one.tolist() for one in arrays), strict=True):
            confidence, reason = self._verdict(key, Group(tokens, passing, labels[label], zeros))
            if spelling:
                confidence, reason = repaired(confidence, reason, Spelling(spelling))
            if confidence is Confidence.POSSIBLE and key in converted:
                confidence = Confidence.NONE
            verdicts.append((confidence, reason))
        return verdicts

    def _verdict(self, key: int, group: Group) -> _Verdict:
        verdict = judge(group, len(self._counts))
        if group.label is not None or verdict[0] < Confidence.LIKELY:
            return verdict
        # Only a group that passes is asked whether a label says that it is something else.
        left = nearest(self._counts.left(key).decode("utf-8", "ignore"))
        return judge(Group(group.tokens, group.passing, left, group.zeros), len(self._counts))

    def _converted(self) -> tuple[list[tuple[int, Find]], Iterator[Find | Unread]]:
        """Return the columns of converted numbers, and what else is said of columns."""
        for key, sample in self._samples.items():
            sample.count += self._thinned.counted.get(key, 0)
        explained = set(self._counts.passing().tolist())
        # A label alone makes no column one of My Numbers as they stand: those that pass may do so by chance.
        sampled = np.array(sorted(explained & {key for key, _ in self._samples.items()}), np.uint64)
        shown = self._counts.shown(sampled)
        arrays = (sampled, shown.tokens, shown.passing, shown.zeros)
        passing = {
            key
            for key, tokens, passes, zeros in zip(*(one.tolist() for one in arrays), strict=True)
            if self._verdict(key, Group(tokens, passes, None, zeros))[0] >= Confidence.LIKELY
        }
        found = []
        for key, made in self._known.keyed(self._samples, frozenset(passing)):
            passing.add(key)
            found.append((key, self._column(made, f"made from numbers in the roster: {made.how}")))
        for key, made in self._known.salted():
            passing.add(key)
            found.append((key, self._column(made, f"made from numbers in the roster: {made.how}")))
        for key, made in self._samples.converted(frozenset(passing)):
            passing.add(key)
            found.append((key, self._column(made, f"My Numbers regularly converted: {made.how}")))
        return found, self._unexplained(explained | passing)

    def _unexplained(self, explained: set[int]) -> Iterator[Find | Unread]:
        for key, find in self._known.codes():
            explained.add(key)
            yield replace(find, in_table=self._in_table)
        yield from self._known.unexplained(explained)

    def _column(self, made: Converted, why: str) -> Find:
        place = self._part.place(*made.place)
        reason = f"{made.count} values are {why}"
        sure, many = Confidence.CERTAIN, made.count
        return Find(self._part.path, place, "converted", sure, reason, made.digits, many, in_table=self._in_table)


def _keys(start: Places, known_start: Places, known: Keys, keys_of: Callable[[Places], Keys]) -> Keys:
    """Return the keys of words, of which those that are tokens are known."""
    if len(start) == len(known) and np.array_equal(start, known_start):
        return known
    found = np.zeros(len(start), np.uint64)
    at = np.minimum(np.searchsorted(known_start, start), max(len(known) - 1, 0))
    token = known_start[at] == start if len(known) else np.zeros(len(start), np.bool_)
    found[token] = known[at[token]]
    if not np.all(token):
        found[~token] = keys_of(start[~token])
    return found
