"""Large plain texts in ranges of lines, so that several processes can search one file; promises each line to one range.

A range is read with the layout of the whole, with the lines before it that may hold a label, and with its lines counted
from the beginning of the file. Columns and kinds of numbers are counted in each range anew: so a range is large.
"""

import io
import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import BinaryIO

from mynumber.scanner.reading.blocks import OVERLAP, SIZE, Block, blocks_of, count_of
from mynumber.scanner.reading.encodings import SAMPLE, encoding_of
from mynumber.scanner.reading.files import is_plain

SMALLEST = 1 << 26
# In these a byte that ends a line is no part of another character.
_DIVISIBLE = frozenset({"utf-8", "cp932", "euc_jp"})


@dataclass(frozen=True, slots=True)
class Opened:
    """The blocks of a range, the first block of the whole text, and whether the range begins between quotes."""

    blocks: Iterator[Block]
    first: bytes
    quoted: bool


def ranges_of(path: str, jobs: int) -> list[tuple[int, int]]:
    """Return where the ranges of a file begin and end; one that is better read as a whole has none."""
    try:
        size = os.stat(path).st_size
        if size < 2 * SMALLEST or jobs == 1:
            return []
        with open(path, "rb") as stream:
            sample = stream.read(SAMPLE)
            if not is_plain(sample) or encoding_of(sample) not in _DIVISIBLE:
                return []
            count = min(2 * jobs, size // SMALLEST)
            starts = [0, *(_line_after(stream, number * size // count) for number in range(1, count)), size]
    except OSError:
        return []
    return [] if 0 in starts[1:] else list(pairwise(starts))


def opened(stream: BinaryIO, begin: int, end: int) -> Opened:
    """Return what is to be read of a range."""
    sample = stream.read(SIZE)
    codec = encoding_of(sample[:SAMPLE])
    first = next(blocks_of(io.BytesIO(sample), codec)).text
    lines = quotes = place = 0
    stream.seek(0)
    context = _context(stream, begin)
    stream.seek(0)
    while place < context:
        data = stream.read(min(SIZE, context - place))
        if not data:
            break
        place += len(data)
        lines += count_of(b"\n", data)
        quotes += count_of(b'"', data)
    before = b"".join(one.text for one in blocks_of(_Until(stream, begin - context), codec))
    stream.seek(context)
    quotes += before.count(b'"')
    blocks = blocks_of(_Until(stream, end - context), codec, line=lines + 1, fresh=len(before))
    return Opened(blocks, first, bool(quotes % 2))


def _line_after(stream: BinaryIO, place: int) -> int:
    """Return where the next line begins, or 0 if none does near by."""
    stream.seek(place)
    end = stream.read(SIZE).find(b"\n")
    return place + end + 1 if end >= 0 else 0


def _context(stream: BinaryIO, begin: int) -> int:
    """Return where the first whole line of the last few hundred bytes before a range begins."""
    far = max(0, begin - OVERLAP // 2)
    stream.seek(far)
    return far + stream.read(begin - far).find(b"\n") + 1 if far else 0


class _Until:
    """A stream up to a place."""

    def __init__(self, stream: BinaryIO, left: int) -> None:
        self._stream, self._left = stream, left

    def read(self, size: int) -> bytes:
        """Return the next bytes."""
        data = self._stream.read(min(size, self._left))
        self._left -= len(data)
        return data
