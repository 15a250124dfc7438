"""Needles planted in every kind of haystack, so that a search that finds nothing elsewhere is known to see.

Promises one needle of each kind in each of its forms: in the values of a store, in its write-ahead log, in a journal,
in what a tap wrote, and on a wire that a capture hears. Everything is planted in a folder apart from the town.
"""

import socket
import sqlite3
import threading
from collections.abc import Collection, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from mynumber.plumbing import tap
from mynumber.world.search import haystack, streams
from mynumber.world.search.haystack import Piece
from mynumber.world.search.search import Needle, Search, forms
from mynumber.world.town.capture import Capture

_STORE = "data.db"
_JOURNAL = "journal/serve.log"
# Longer than a page of the store, so that its file cuts the value somewhere.
_LONG = 5000


@dataclass(frozen=True, slots=True)
class Planted:
    """How many patterns were planted in a haystack and how many of them the search found."""

    where: str
    planted: int
    found: int


def chosen(search: Search) -> Mapping[bytes, Needle]:
    """Return one needle of each kind in all its forms: pattern -> needle."""
    of_kind = {needle.kind: needle for needle in search.needles}
    return {pattern: needle for needle in of_kind.values() for pattern in forms(needle).values()}


def try_all(search: Search, folder: Path, *, wire: bool) -> tuple[Planted, ...]:
    """Plant in every kind of haystack below an empty folder, search it, and say what was found."""
    patterns = chosen(search)
    with _in_folder(folder, patterns):
        pieces = {
            "values of a store": list(haystack.columns(folder / _STORE)),
            "write-ahead log": _files(folder, f"{_STORE}-wal"),
            "journal": _files(folder, _JOURNAL),
            "received and sent": list(haystack.tapped(folder)),
        }
    if wire:
        pieces["wire"] = list(_on_wire(folder / "wire.pcap", patterns))
    return tuple(Planted(where, len(patterns), _count(search, patterns, these)) for where, these in pieces.items())


def _files(folder: Path, name: str) -> list[Piece]:
    return [piece for piece in haystack.files(folder) if piece.where == name]


def _count(search: Search, patterns: Collection[bytes], pieces: Collection[Piece]) -> int:
    found = {hit.pattern for piece in pieces for hit in search.scan(piece.data)}
    return len(found & set(patterns))


@contextmanager
def _in_folder(folder: Path, patterns: Collection[bytes]) -> Iterator[None]:
    """Plant in a store that stays open, in a journal and through a tap."""
    (folder / "journal").mkdir(parents=True)
    (folder / _JOURNAL).write_bytes(b"\n".join(patterns))
    with closing(sqlite3.connect(folder / _STORE, isolation_level=None)) as store:
        for statement in ("PRAGMA journal_mode = WAL", "PRAGMA wal_autocheckpoint = 0", "CREATE TABLE planted (body)"):
            store.execute(statement)
        store.execute("BEGIN")
        for number, pattern in enumerate(patterns):
            # Apart from the bytes that the file itself writes before a value.
            body = b"." * (2 + number % 7) + pattern + b"." * (_LONG if number % 5 == 0 else 3)
            store.execute("INSERT INTO planted VALUES (?)", (body,))
        store.execute("COMMIT")
        tap.begin(folder)
        for pattern in patterns:
            tap.note("received", b"POST /v1/planted\n", pattern)
        tap.end()
        yield


def _on_wire(file: Path, patterns: Collection[bytes]) -> Iterator[Piece]:
    """Send everything over a plain connection of our own, while a capture listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with Capture(file, {port}):
            hearing = threading.Thread(target=_hear, args=(server,))
            hearing.start()
            with socket.create_connection(("127.0.0.1", port)) as sending:
                for pattern in patterns:
                    sending.sendall(pattern + b"\n")
            hearing.join()
    yield from streams.pieces(file)


def _hear(server: socket.socket) -> None:
    heard, _ = server.accept()
    with heard:
        while heard.recv(65536):
            continue
