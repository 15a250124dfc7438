"""Words of the length of a digest, in hex, base64 or base64url; promises where each begins and its bytes."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mynumber.scanner.finding.marks import DIGEST, Bytes, Marks, Places, Truths
from mynumber.scanner.finding.templates import Keys

Prefixes = NDArray[np.uint64]
# Bytes of a digest: the letters that it has, padding left out.
_HEX: Mapping[int, int] = {size: 2 * size for size in (16, 20, 28, 32, 48, 64)}
_BASE64: Mapping[int, int] = {size: (4 * size + 2) // 3 for size in (16, 20, 28, 32, 48, 64)}
_NO = 255
_LETTERS_FROM = 10
_NIBBLE = np.full(256, _NO, np.uint8)
_SIXTH = np.full(256, _NO, np.uint8)
for _letters, _table, _first in (
    (b"0123456789", _NIBBLE, 0),
    (b"abcdef", _NIBBLE, 10),
    (b"ABCDEF", _NIBBLE, 10),
    (b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", _SIXTH, 0),
    (b"-_", _SIXTH, 62),
):
    _table[np.frombuffer(_letters, np.uint8)] = np.arange(_first, _first + len(_letters))
_LENGTHS = (*_HEX.values(), *_BASE64.values())
# What has so many bytes at least, and is no digest as a whole, may be the beginning of one.
BEGINNING = 8
_LONGEST = max(_HEX.values())


@dataclass(frozen=True, slots=True)
class LongWords:
    """Parallel arrays: where each word begins, the bytes that it stands for, the first eight, and its letters."""

    start: Places
    size: NDArray[np.int64]
    prefix: Prefixes
    length: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.start)


@dataclass(frozen=True, slots=True)
class Placed:
    """The words of a block, in the order of the text: line, column and group of each."""

    start: Places
    line: Places
    column: Places
    key: Keys


def long_words(marks: Marks, fresh: int) -> LongWords:
    """Return the long words of a block that begin at `fresh` or later, in the order of the text."""
    found: list[LongWords] = []
    if not len(marks.digests.start):
        return _joined(found)
    since = np.searchsorted(marks.digests.start, fresh)
    start, length = marks.digests.start[since:], marks.digests.length[since:]
    # A hyphen or stroke beside a word of hex is no letter of it.
    long = (marks.words.length >= DIGEST) & (marks.words.start >= fresh)
    word, word_length = marks.words.start[long], marks.words.length[long]
    for size, letters in _HEX.items():
        begin = np.union1d(start[length == letters], word[word_length == letters])
        if len(begin):
            found.append(_hex(marks.text, begin, size))
    taken = np.concatenate([one.start for one in found]) if found else start[:0]
    for size, letters in _BASE64.items():
        begin = start[length == letters]
        if len(begin):
            found.append(_base64(marks.text, begin[~np.isin(begin, taken)], size))
    other = ~np.isin(length, _LENGTHS)
    if np.any(other):
        found += _parts(marks.text, start[other], length[other], taken)
    return _joined(found)


def _parts(text: Bytes, start: Places, length: NDArray[np.int64], taken: Places) -> list[LongWords]:
    """Return the digests in hex with something before or after them, and the beginnings of digests."""
    found = []
    left = ~np.isin(start, taken)
    for size, letters in _HEX.items():
        longer = np.flatnonzero(length > letters)
        first, last = start[longer], start[longer] + length[longer] - letters
        alone = np.concatenate((first[_no_hex(text[first + letters])], last[_no_hex(text[last - 1])]))
        words = _hex(text, np.setdiff1d(alone, taken), size)
        found.append(words)
        left &= ~np.isin(start, words.start)
    left &= length < _LONGEST
    start, length = start[left], length[left]
    whole = np.ones(len(start), np.bool_)
    number = np.ones(len(start), np.bool_)
    for place in range(int(length.max(initial=0))):
        letter = text[np.minimum(start + place, len(text) - 1)]
        whole &= (place >= length) | ~_no_hex(letter)
        number &= (place >= length) | (_NIBBLE[letter] < _LETTERS_FROM)
    # So many digits are a number of another kind.
    whole &= ~number
    beginnings = _hex(text, start[whole], BEGINNING)
    return [*found, LongWords(beginnings.start, beginnings.size, beginnings.prefix, length[whole])]


def _no_hex(letter: Bytes) -> Truths:
    found: Truths = _NIBBLE[letter] == _NO
    return found


def _hex(text: Bytes, start: Places, size: int) -> LongWords:
    good = np.ones(len(start), np.bool_)
    for place in range(2 * size):
        good &= _NIBBLE[text[start + place]] != _NO
    start = start[good]
    prefix = np.zeros(len(start), np.uint64)
    for place in range(16):
        prefix = (prefix << np.uint64(4)) | _NIBBLE[text[start + place]].astype(np.uint64)
    return _words(start, size, prefix, 2 * size)


def _base64(text: Bytes, start: Places, size: int) -> LongWords:
    prefix = np.zeros(len(start), np.uint64)
    for place in range(10):
        prefix = (prefix << np.uint64(6)) | _SIXTH[text[start + place]].astype(np.uint64)
    prefix = (prefix << np.uint64(4)) | (_SIXTH[text[start + 10]].astype(np.uint64) >> np.uint64(2))
    return _words(start, size, prefix, _BASE64[size])


def _words(start: Places, size: int, prefix: Prefixes, length: int) -> LongWords:
    return LongWords(start, np.full(len(start), size), prefix, np.full(len(start), length))


def _joined(found: list[LongWords]) -> LongWords:
    if not found:
        none = np.zeros(0, np.int64)
        return LongWords(none, none, none.astype(np.uint64), none)
    start = np.concatenate([one.start for one in found])
    order = np.argsort(start, kind="stable")
    size, length = (np.concatenate([getattr(one, name) for one in found])[order] for name in ("size", "length"))
    return LongWords(start[order], size, np.concatenate([one.prefix for one in found])[order], length)
