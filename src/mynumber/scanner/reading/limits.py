"""How much one file may make us read: promises an end to bombs, nests and loops."""

import io
from typing import IO

from mynumber.scanner.reading.parts import CannotRead

UNPACKED = 1 << 30
RATIO = 200
SMALL = 1 << 24
DEPTH = 8
MEMBERS = 100_000
# What is opened as a whole lies in memory.
WHOLE = 1 << 26


class Budget:
    """What may still be unpacked from one file, over all its members and their members."""

    def __init__(self, size: int) -> None:
        # A small file may well hold sixteen megabytes; what grows more than two hundredfold is a bomb.
        self._bytes = min(UNPACKED, max(SMALL, size * RATIO))
        self._members = MEMBERS

    def member(self, depth: int) -> None:
        """Count one member at a depth."""
        self._members -= 1
        if self._members < 0:
            raise CannotRead(f"more than {MEMBERS} members")
        if depth > DEPTH:
            raise CannotRead(f"nested deeper than {DEPTH}")

    def take(self, size: int) -> None:
        """Count unpacked bytes."""
        self._bytes -= size
        if self._bytes < 0:
            raise CannotRead("unpacks to more than the limit")

    def whole(self, stream: IO[bytes]) -> io.BytesIO:
        """Return all bytes of a stream."""
        content = stream.read(WHOLE + 1)
        if len(content) > WHOLE:
            raise CannotRead(f"larger than {WHOLE >> 20} MB, which is the limit for files that are opened as a whole")
        return io.BytesIO(content)

    def seekable(self, stream: io.BufferedReader) -> IO[bytes]:
        """Return a stream with any place in reach: a file as it lies there, what is packed in one from memory."""
        return stream if isinstance(stream.raw, io.FileIO) and stream.raw.seekable() else self.whole(stream)


class Metered(io.RawIOBase):
    """A stream whose bytes are counted against a budget."""

    def __init__(self, stream: IO[bytes], budget: Budget) -> None:
        super().__init__()
        self._stream, self._budget = stream, budget

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Read into `buffer`."""
        data = self._stream.read(len(buffer))
        self._budget.take(len(data))
        buffer[: len(data)] = data
        return len(data)
