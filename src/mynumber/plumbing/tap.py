"""The tap: a test town's switch by which a process writes down all that it receives and sends, after decryption.

`[tap]` in a configuration with `on = true` opens it, and `serve` says so. What is written lies in the folder's
journal/tap, one file a start: of every call the line, the headers and the body, both ways, as server and as client.
Without that table nothing is written. It exists so that a search can show what did not pass through a process.
"""

import os
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Final, Literal, TypeAlias

Way: TypeAlias = Literal["received", "answered", "sent", "got"]
"""As server: received, answered. As client: sent, got."""

FOLDER: Final = "journal/tap"
_SUFFIX: Final = ".tap"


@dataclass(frozen=True, slots=True)
class Message:
    """One message as it was written: in which file, when (unix nanoseconds), and its bytes."""

    file: Path
    at: int
    head: bytes = field(repr=False)
    body: bytes = field(repr=False)


_lock = threading.Lock()
_open: list[BinaryIO] = []


def begin(folder: Path) -> None:
    """Write into a new file of an institution's folder from now on."""
    place = folder / FOLDER
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    _open.append((place / f"{time.time_ns()}-{os.getpid()}{_SUFFIX}").open("xb"))


def end() -> None:
    """Write nothing any more."""
    while _open:
        _open.pop().close()


def is_on() -> bool:
    """Tell whether anything is written."""
    return bool(_open)


def note(way: Way, head: bytes, body: bytes) -> None:
    """Write one message; nothing happens while the tap is off."""
    for file in _open:
        with _lock:
            sizes = (way.encode("ascii"), time.time_ns(), len(head), len(body))
            file.write(b"%s %d %d %d\n" % sizes + head + body + b"\n")
            file.flush()


def read(folder: Path) -> Iterator[Message]:
    """Return every whole message below an institution's folder."""
    for path in sorted((folder / FOLDER).glob(f"*{_SUFFIX}")):
        data, at = path.read_bytes(), 0
        while (line := data.find(b"\n", at)) >= 0:
            _, when, head, body = data[at:line].split(b" ")
            begins, divides = line + 1, line + 1 + int(head)
            at = divides + int(body) + 1
            if at <= len(data):
                yield Message(path, int(when), data[begins:divides], data[divides : at - 1])
