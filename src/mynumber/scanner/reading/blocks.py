"""Cuts a stream of bytes into blocks of folded text; promises that no token and no line is torn without need.

A block ends at a line's end, and begins with the last lines of the one before. A line longer than a block is cut with
an overlap: what begins in the overlap belongs to the next block. Memory is that of a few blocks whatever the length of
file or line.
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from mynumber.scanner.finding.folding import fold, folded
from mynumber.scanner.reading.encodings import SAMPLE, encoding_of

SIZE = 1 << 19
# More than the longest token and the words to its left that may say what it is.
OVERLAP = 512
_WINDOW = 150
# What stands in no token: no letter, digit or separator of one, or a blank with no digit beside it.
_GAP = re.compile(rb"[^0-9A-Za-z%+/=_. \x2d\x80-\xff]|(?<![0-9]) (?![0-9])")


class Readable(Protocol):
    """What bytes are read from."""

    def read(self, size: int, /) -> bytes:
        """Return so many bytes, or fewer at the end only."""
        ...


@dataclass(frozen=True, slots=True)
class Block:
    """Folded text; `line` and `column` are those of its first character, tokens before `fresh` were seen before."""

    text: bytes
    line: int
    column: int
    fresh: int


def blocks_of(stream: Readable, codec: str = "", *, line: int = 1, fresh: int = 0) -> Iterator[Block]:
    """Yield the blocks of a stream, whose encoding is found out if it is not given.

    It begins with a line of this number, and what is folded before `fresh` was seen before.
    """
    place = _Place(line, fresh)
    kept = b""
    pieces = _folded(stream, codec)
    piece = next(pieces, b"")
    while piece:
        text, piece = kept + piece, next(pieces, b"")
        if not piece:
            yield Block(text, place.line, place.column, place.fresh)
            return
        end = text.rfind(b"\n", place.fresh) + 1
        if not end and len(text) < SIZE:
            kept = text
            continue
        yield from place.cut(text, end)
        kept = text[place.consumed :]


class _Place:
    """Where the next block begins."""

    def __init__(self, line: int, fresh: int) -> None:
        self.line, self.column, self.fresh, self.consumed = line, 1, fresh, 0

    def cut(self, text: bytes, end: int) -> Iterator[Block]:
        """Yield the block that `text` holds up to the end of its last line, or most of a line without end."""
        if end:
            yield Block(text[:end], self.line, self.column, self.fresh)
            # The last lines are handed on with the next block: a label may stand in them.
            self.consumed = text.find(b"\n", max(0, end - OVERLAP // 2), end - 1) + 1 or end
            self.line += count_of(b"\n", text[: self.consumed])
            self.column, self.fresh = 1, end - self.consumed
            return
        cut = _between(text, len(text) - OVERLAP // 2)
        yield Block(text[:cut], self.line, self.column, self.fresh)
        self.consumed = _whole(text, len(text) - OVERLAP)
        self.column += _characters(text[: self.consumed])
        self.fresh = cut - self.consumed


def _folded(stream: Readable, codec: str) -> Iterator[bytes]:
    """Yield folded text, no piece of it empty."""
    data = stream.read(SIZE)
    codec = codec or encoding_of(data[:SAMPLE])
    if codec == "utf-8":
        yield from _folded_utf_8(data, stream)
        return
    decoder = codecs.getincrementaldecoder(codec)("replace")
    # In these an ASCII byte is that character wherever no other character is begun.
    plain = codec in ("cp932", "euc_jp", "latin-1")
    while data:
        if plain and data.isascii() and not decoder.getstate()[0]:
            yield data
        elif text := decoder.decode(data):
            yield folded(text)
        data = stream.read(SIZE)
    if text := decoder.decode(b"", final=True):
        yield folded(text)


def _folded_utf_8(data: bytes, stream: Readable) -> Iterator[bytes]:
    """Yield what is UTF-8 without writing it anew; what is no character becomes the sign for it."""
    kept = b""
    while data:
        following = stream.read(SIZE)
        data = kept + data
        try:
            _, used = codecs.utf_8_decode(data, "strict", not following)
            text = fold(data[:used])
        except UnicodeDecodeError:
            replaced, used = codecs.utf_8_decode(data, "replace", not following)
            text = folded(replaced)
        if text:
            yield text
        kept, data = data[used:], following


def count_of(letter: bytes, text: bytes) -> int:
    """Return how often a byte stands in a text, sooner than `bytes.count` does."""
    return int(np.count_nonzero(np.frombuffer(text, np.uint8) == letter[0]))


def _between(text: bytes, end: int) -> int:
    """Return the last place not far before `end` at which no number and no word is torn, or `end` if there is none."""
    window = text[end - _WINDOW : end]
    last = max((found.end() for found in _GAP.finditer(window)), default=_WINDOW)
    return end - _WINDOW + last


def _whole(text: bytes, at: int) -> int:
    """Return the nearest place from `at` on where a character begins."""
    while at < len(text) and text[at] & 0xC0 == 0x80:
        at += 1
    return at


def _characters(text: bytes) -> int:
    return len(text.decode("utf-8", "surrogatepass"))
