"""What a file gives to be searched: parts of text, each with the way from a place in it to a place in the file."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from mynumber.scanner.finds import Location
from mynumber.scanner.reading.blocks import Block


def in_text(line: int, column: int) -> Location:
    """Return a place as line and column."""
    return Location(line=line, column=column)


@dataclass(frozen=True, slots=True)
class Part:
    """Text that belongs together: a whole text, or one column whose cells are lines and whose header is known."""

    path: str
    blocks: Iterable[Block]
    place: Callable[[int, int], Location] = in_text
    header: str | None = None


class CannotRead(Exception):
    """A part of a file cannot be read; the message says why, in words for people."""
