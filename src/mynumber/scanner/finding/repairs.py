"""Tokens that programs have changed: lost leading zeros, powers of ten, encodings of the twelve ASCII digits.

Each is put right only where nothing is guessed: what a spreadsheet has rounded is gone and stays so.
"""

import base64
import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass

import numpy as np

from mynumber.scanner.finding.marks import PAD, Bytes, Marks, Places, Truths
from mynumber.scanner.finding.tokens import LENGTH, Spelling, Tokens, passing

# One number in ten has lost a zero, one in a hundred two; what is shorter still is more likely an amount.
_SHORTEST = 9
_SCIENTIFIC = re.compile(rb"(?<![0-9.])([1-9])[.,]([0-9]{6,11})[Ee]\+?1([01])(?![0-9])")
_ROUNDED = re.compile(rb"(?<![0-9.])[1-9][.,][0-9]{1,5}[Ee]\+1[01](?![0-9])")
_FRACTION = 6
_EXPONENT = np.zeros(256, np.bool_)
_EXPONENT[np.frombuffer(b"Ee", np.uint8)] = True
_DIGITS = re.compile(rb"[0-9]{12}")


@dataclass(frozen=True, slots=True)
class _Encoding:
    """How twelve ASCII digits look: so many letters, at each `step`-th place one of `letters`."""

    length: int
    letters: bytes
    step: int
    decode: Callable[[bytes], bytes]

    def begins(self, text: Bytes, start: Places) -> Truths:
        """Return which words of the right length can be one."""
        allowed = np.zeros(256, np.bool_)
        allowed[np.frombuffer(self.letters, np.uint8)] = True
        good = np.ones(len(start), np.bool_)
        for place in range(0, self.length, self.step):
            good &= allowed[text[start + place]]
        return good


_ENCODINGS = (
    # Three ASCII digits are four letters of base64, of which the first is M, N or O.
    _Encoding(16, b"MNO", 4, base64.b64decode),
    _Encoding(24, b"3", 2, lambda word: bytes.fromhex(word.decode())),
    # The first five bits of a digit are those of G, or of H from 8 on.
    _Encoding(20, b"GH", 20, lambda word: base64.b32decode(word + b"====")),
)


def shortened(marks: Marks, ends_cell: Truths) -> Tokens:
    """Return the cells of nine to eleven digits as the numbers that they were before leading zeros were lost."""
    numbers, text = marks.runs, marks.text
    chosen = np.flatnonzero((numbers.length >= _SHORTEST) & (numbers.length < LENGTH))
    if not len(chosen):
        return _tokens((), Spelling.SHORTENED)
    begins = ends_cell[marks.wide[numbers.start[chosen] + (PAD - 1)]] & (numbers.start[chosen] > 0)
    ends = ends_cell[marks.wide[numbers.end[chosen] + PAD]] & (numbers.end[chosen] < len(text))
    chosen = chosen[begins & ends]
    start, length = numbers.start[chosen], numbers.length[chosen]
    value = np.zeros(len(start), np.int64)
    for place in range(LENGTH - 1):
        inside = place < length
        digit = text[np.minimum(start + place, len(text) - 1)] & 15
        value = np.where(inside, value * 10 + digit, value)
    return Tokens(start, start + length, value, passing(value), np.full(len(start), Spelling.SHORTENED, np.uint8))


def scientific(marks: Marks) -> Tokens:
    """Return what stands as a power of ten and has lost no digit, but perhaps a leading zero."""
    runs = marks.runs
    fraction = runs.end[(runs.length >= _FRACTION) & (runs.length < LENGTH)]
    if not np.any(_EXPONENT[marks.wide[fraction + PAD]]):
        return _tokens((), Spelling.SCIENTIFIC)
    found = list(_SCIENTIFIC.finditer(marks.raw))
    whole = ((*one.span(), one[1] + one[2].ljust(LENGTH - 1, b"0")) for one in found if one[3] == b"1")
    shorter = ((*one.span(), one[1] + one[2].ljust(LENGTH - 2, b"0")) for one in found if one[3] == b"0")
    cut = ((begin, end, digits) for begin, end, digits in shorter if len(digits) < LENGTH)
    return _tokens(whole, Spelling.SCIENTIFIC).joined(_tokens(cut, Spelling.SHORTENED))


def rounded(text: bytes, fresh: int) -> Places:
    """Return where, from `fresh` on, a number of eleven or twelve digits begins of which a spreadsheet kept a few."""
    # One byte is sought many times as fast as three.
    if b"+" not in text or (b"E+1" not in text and b"e+1" not in text):
        return np.zeros(0, np.int64)
    return np.array([one.start() for one in _ROUNDED.finditer(text, fresh)], np.int64)


def encoded(marks: Marks) -> Tokens:
    """Return what is base64, hex or base32 of twelve ASCII digits and stands as a word of its own."""
    words = marks.words
    found: list[tuple[int, int, bytes]] = []
    for encoding in _ENCODINGS:
        start = words.start[words.length == encoding.length]
        for begin in start[encoding.begins(marks.text, start)].tolist():
            with suppress(ValueError):
                found.append(
                    (begin, begin + encoding.length, encoding.decode(marks.raw[begin : begin + encoding.length]))
                )
    return _tokens((one for one in found if _DIGITS.fullmatch(one[2])), Spelling.ENCODED)


def _tokens(found: Iterable[tuple[int, int, bytes]], spelling: Spelling) -> Tokens:
    places = list(found)
    start = np.array([one[0] for one in places], np.int64)
    end = np.array([one[1] for one in places], np.int64)
    value = np.array([int(one[2]) for one in places], np.int64)
    return Tokens(start, end, value, passing(value), np.full(len(places), spelling, np.uint8)).ordered()
