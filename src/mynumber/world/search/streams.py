"""Connections out of a capture: for each direction of each, the bytes in the order in which they were sent.

Promises whole streams, so that nothing hides at the border of two packets; a hole in a stream is an error.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from mynumber.plumbing.errors import NotFinished
from mynumber.world.search.haystack import Piece
from mynumber.world.town import capture

_SYN = 2
_ROUND = 1 << 32
_HALF = 1 << 31


@dataclass(slots=True)
class Stream:
    """One direction of one connection."""

    source: int
    target: int
    begins: int
    pieces: dict[int, bytes] = field(default_factory=dict, repr=False)

    def add(self, number: int, data: bytes) -> None:
        """Take a segment; one that comes again changes nothing."""
        place = (number - self.begins) % _ROUND
        if data and place < _HALF and len(data) > len(self.pieces.get(place, b"")):
            self.pieces[place] = data

    def data(self) -> bytes:
        """Return all bytes, or raise NotFinished if some were not captured."""
        whole = bytearray()
        for place, data in sorted(self.pieces.items()):
            if place > len(whole):
                raise NotFinished("CAPTURE_HOLE", f"a connection to port {self.target} has a hole", hint="repeat")
            whole += data[len(whole) - place :]
        return bytes(whole)


def read(file: Path) -> list[Stream]:
    """Return every stream of a capture, in the order in which they began."""
    streams: list[Stream] = []
    current: dict[tuple[bytes, int, int], Stream] = {}
    for packet in capture.packets(file):
        split = capture.tcp_of(packet)
        if split is None:
            continue
        addresses, segment = split
        source, target, number, _, offset, flags = struct.unpack_from(">HHIIBB", segment)
        key = (addresses, source, target)
        if flags & _SYN or key not in current:
            current[key] = Stream(source, target, number + 1 if flags & _SYN else number)
            streams.append(current[key])
        current[key].add(number, segment[4 * (offset >> 4) :])
    return streams


def pieces(file: Path) -> Iterator[Piece]:
    """Return what every stream carried, for a search."""
    for stream in read(file):
        data = stream.data()
        if data:
            yield Piece(f"{stream.source} > {stream.target}", data)
