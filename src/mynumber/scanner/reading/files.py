"""Opens a file and what is packed in it; promises every member's parts, or a word on why it could not be read.

What a file is, its first bytes say, not its name: an Office file with a password is no zip archive.
"""

import bz2
import gzip
import io
import lzma
import os
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import IO, TypeAlias

from mynumber.scanner.finds import Unread
from mynumber.scanner.reading import html, mail, office, pdf, rewriting, sqlite
from mynumber.scanner.reading.blocks import blocks_of
from mynumber.scanner.reading.encodings import BINARY, SAMPLE, is_binary
from mynumber.scanner.reading.limits import WHOLE, Budget, Metered
from mynumber.scanner.reading.parts import CannotRead, Part

Piece: TypeAlias = Part | Unread
# What decoders and archives raise when their bytes are not what they should be, here or while a part is read.
BROKEN = (
    CannotRead,
    OSError,
    EOFError,
    ValueError,
    LookupError,
    RuntimeError,
    NotImplementedError,
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    lzma.LZMAError,
)


@dataclass(frozen=True, slots=True)
class Packed:
    """A file, or what was packed in one: its path, its bytes, and what may still be unpacked from the whole."""

    path: str
    stream: io.BufferedReader
    budget: Budget
    depth: int = 0

    @classmethod
    def opened(cls, path: str, stream: io.RawIOBase, budget: Budget, depth: int = 0) -> "Packed":
        """Return what `stream` holds, ready to look at its first bytes."""
        return cls(path, io.BufferedReader(stream, SAMPLE), budget, depth)

    def member(self, name: str, stream: IO[bytes]) -> "Packed":
        """Return what is packed in this under a name."""
        return Packed.opened(f"{self.path}!/{name}", Metered(stream, self.budget), self.budget, self.depth + 1)


def pieces_of(packed: Packed) -> Iterator[Piece]:
    """Yield the parts of a file and of all that is packed in it."""
    try:
        packed.budget.member(packed.depth)
        sample = packed.stream.peek(SAMPLE)[:SAMPLE]
        for begins_so, reader in _FORMATS:
            if begins_so(sample):
                yield from reader(packed)
                return
        yield rewriting.part_of(packed.path, packed.stream, sample)
    except BROKEN as problem:
        yield unread(packed.path, problem)


def is_plain(sample: bytes) -> bool:
    """Whether a file that begins so is text that says what it means as it stands."""
    return not any(begins_so(sample) for begins_so, _ in _FORMATS) and not rewriting.ways_in(sample)


def unread(path: str, problem: Exception) -> Unread:
    """Return the word on a part that could not be read."""
    return Unread(path, str(problem) if isinstance(problem, CannotRead) else f"broken ({type(problem).__name__})")


def _zip(packed: Packed) -> Iterator[Piece]:
    stream = packed.budget.seekable(packed.stream)
    with zipfile.ZipFile(stream) as archive:
        kind = office.kind_of(archive)
        if kind == office.BINARY:
            stream.seek(0)
            yield from office.old_pieces_of(packed.path, packed.budget.whole(stream))
        elif kind:
            yield from office.parts_of(packed.path, archive, kind, packed.budget)
        for entry in archive.infolist():
            if entry.is_dir() or (kind and not office.is_embedded(entry.filename)):
                continue
            if entry.flag_bits & 1:
                yield Unread(f"{packed.path}!/{entry.filename}", "encrypted")
                continue
            with archive.open(entry) as member:
                yield from pieces_of(packed.member(_name(entry), member))


def _name(entry: zipfile.ZipInfo) -> str:
    """Return the name of a member; one that is not marked as UTF-8 was written on a Japanese Windows."""
    if entry.flag_bits & 0x800:
        return entry.filename
    try:
        return entry.filename.encode("cp437").decode("cp932")
    except UnicodeError:
        return entry.filename


def _tar(packed: Packed) -> Iterator[Piece]:
    with tarfile.open(fileobj=packed.stream, mode="r|") as archive:
        for entry in archive:
            member = archive.extractfile(entry) if entry.isreg() else None
            if member is not None:
                yield from pieces_of(packed.member(entry.name, member))


def _unpacking(opener: Callable[[IO[bytes]], IO[bytes]], ending: str) -> Callable[[Packed], Iterator[Piece]]:
    def unpack(packed: Packed) -> Iterator[Piece]:
        name = packed.path.rsplit("/", 1)[-1].removesuffix(ending)
        with opener(packed.stream) as member:
            yield from pieces_of(packed.member(name, member))

    return unpack


def _mail(packed: Packed) -> Iterator[Piece]:
    for name, content in mail.members(packed.stream, WHOLE):
        if content is None:
            yield Unread(f"{packed.path}!/{name}", f"a mail larger than {WHOLE >> 20} MB")
        else:
            yield from pieces_of(packed.member(name, io.BytesIO(content)))


def _database(packed: Packed) -> Iterator[Piece]:
    raw = packed.stream.raw
    if isinstance(raw, io.FileIO) and isinstance(raw.name, str) and os.fstat(raw.fileno()).st_size > WHOLE:
        # What is too large for memory is read where it lies.
        yield from sqlite.parts_of_file(packed.path, raw.name)
    else:
        yield from sqlite.parts_of(packed.path, packed.budget.whole(packed.stream).getbuffer())


def _pdf(packed: Packed) -> Iterator[Piece]:
    whole = packed.budget.whole(packed.stream)
    yield from pdf.pieces_of(packed.path, whole)
    for name, content in pdf.attached(whole):
        yield from pieces_of(packed.member(name, io.BytesIO(content)))


def _ole(packed: Packed) -> Iterator[Piece]:
    yield from office.old_pieces_of(packed.path, packed.budget.whole(packed.stream))


def _binary(packed: Packed) -> Iterator[Piece]:
    yield Part(packed.path, blocks_of(packed.stream, BINARY))
    yield Unread(packed.path, "binary of an unknown kind: only plain bytes in it were searched")


def _html(packed: Packed) -> Iterator[Piece]:
    content = packed.stream.read(WHOLE + 1)
    if len(content) <= WHOLE:
        yield from html.parts_of(packed.path, content)
        return
    yield Unread(packed.path, f"HTML larger than {WHOLE >> 20} MB: its tables were read as text")
    whole = Packed.opened(packed.path, _After(content, packed.stream), packed.budget).stream
    yield rewriting.part_of(packed.path, whole, content[:SAMPLE])


class _After(io.RawIOBase):
    """A stream that goes on after bytes which have been read from it."""

    def __init__(self, first: bytes, stream: IO[bytes]) -> None:
        super().__init__()
        self._first, self._stream = io.BytesIO(first), stream

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Read into `buffer`."""
        data = self._first.read(len(buffer)) or self._stream.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


def _begins(*marks: bytes) -> Callable[[bytes], bool]:
    return lambda sample: sample.startswith(marks)


_FORMATS: tuple[tuple[Callable[[bytes], bool], Callable[[Packed], Iterator[Piece]]], ...] = (
    (_begins(b"PK\x03\x04", b"PK\x05\x06"), _zip),
    (_begins(b"\x1f\x8b"), _unpacking(lambda stream: gzip.GzipFile(fileobj=stream), ".gz")),  # type: ignore[arg-type, return-value]
    (_begins(b"BZh"), _unpacking(bz2.BZ2File, ".bz2")),
    (_begins(b"\xfd7zXZ\0"), _unpacking(lzma.LZMAFile, ".xz")),
    (lambda sample: sample[257:262] == b"ustar", _tar),
    (_begins(b"SQLite format 3\0"), _database),
    (_begins(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), _ole),
    (_begins(b"%PDF-"), _pdf),
    (mail.is_mail, _mail),
    (is_binary, _binary),
    (html.has_tables, _html),
)
