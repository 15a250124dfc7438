"""What lies in a git repository: promises every blob of all refs once, with a path and the commit that brought it.

Merges are compared with each parent, because what was written while a conflict was solved stands in no other commit;
names are read as bytes. Git is called, never a network: what a partial clone lacks is told.
"""

import io
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from mynumber.plumbing.errors import WrongUse
from mynumber.scanner.reading.parts import CannotRead

_ENVIRONMENT = {
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}
_CHUNK = 1 << 16
_ALL_REFS = ("rev-list", "--all", "--reverse")
_DIFFERENCES = ("diff-tree", "--stdin", "--raw", "-r", "-m", "--root", "-z", "--no-renames", "--no-abbrev")
_OBJECTS = ("rev-list", "--objects", "--all")
_SIZES = ("cat-file", "--buffer", "--batch-check=%(objectname) %(objecttype) %(objectsize) %(rest)")


@dataclass(frozen=True, slots=True)
class Blob:
    """One version of a file."""

    name: str
    path: str
    commit: str
    size: int


class Repository:
    """A repository on this disk."""

    def __init__(self, folder: str) -> None:
        """Raise WrongUse if there is no git, or no repository."""
        self.folder = folder
        if shutil.which("git") is None:
            raise WrongUse("SCAN_GIT", "git is not installed", hint="--git needs it; files are searched without it")
        if not Path(folder).is_dir():
            raise WrongUse("SCAN_GIT", f"no such folder: {folder}")
        # Git is called by name with words of ours and a folder that exists, without a shell.
        asked = subprocess.run(  # noqa: S603
            self._command("rev-parse", "--git-dir"), env=_environment(), capture_output=True, check=False
        )
        if asked.returncode:
            said = asked.stderr.decode(errors="replace").strip().splitlines()
            raise WrongUse("SCAN_GIT", f"no git repository: {folder}", hint=said[0] if said else "")

    def blobs(self) -> Iterator[Blob]:
        """Yield all blobs."""
        origins = dict(self._origins())
        for line in self._piped(_OBJECTS, _SIZES):
            name, kind, size, path = [*line.rstrip(b"\n").split(b" ", 3), b"", b""][:4]
            # What is missing is listed too: whoever asks for it is told so.
            if kind in (b"blob", b"missing"):
                commit, path = origins.get(name, (b"", path or name))
                yield Blob(name.decode(), _shown(path), commit.decode(), int(size or 0))

    @property
    def is_shallow(self) -> bool:
        """Whether what came before some commits was not cloned."""
        asked = subprocess.run(  # noqa: S603
            self._command("rev-parse", "--is-shallow-repository"), env=_environment(), capture_output=True, check=False
        )
        return asked.stdout.strip() == b"true"

    def contents(self) -> "Contents":
        """Return the way to what is in blobs."""
        return Contents(self._command("cat-file", "--batch"))

    def _origins(self) -> Iterator[tuple[bytes, tuple[bytes, bytes]]]:
        """Yield each blob with the first commit that has it, and its path there."""
        seen: set[bytes] = set()
        commit = b""
        fields = _fields(self._piped_stream(_ALL_REFS, _DIFFERENCES))
        for field in fields:
            if not field.startswith(b":"):
                commit = field.split(b" ", 1)[0]
                continue
            name, path = field.split(b" ")[3], next(fields)
            if name not in seen:
                seen.add(name)
                yield name, (commit, path)

    def _command(self, *arguments: str) -> list[str]:
        return ["git", "-C", self.folder, *arguments]

    def _piped(self, first: tuple[str, ...], second: tuple[str, ...]) -> Iterator[bytes]:
        for stream in self._piped_stream(first, second):
            yield from stream

    def _piped_stream(self, first: tuple[str, ...], second: tuple[str, ...]) -> Iterator[IO[bytes]]:
        """Yield what a second command says of what a first one says."""
        quiet, environment = subprocess.DEVNULL, _environment()
        with (
            subprocess.Popen(  # noqa: S603
                self._command(*first), env=environment, stdout=subprocess.PIPE, stderr=quiet
            ) as source,
            subprocess.Popen(  # noqa: S603
                self._command(*second), env=environment, stdin=source.stdout, stdout=subprocess.PIPE, stderr=quiet
            ) as told,
        ):
            if source.stdout is not None:
                source.stdout.close()
            if told.stdout is not None:
                yield told.stdout
        if source.returncode or told.returncode:
            raise CannotRead("git could not read all of the history")


class Contents:
    """A running git that hands out what is in blobs, one after another."""

    def __init__(self, command: list[str]) -> None:
        self._git = subprocess.Popen(  # noqa: S603
            command, env=_environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        self._open: _Content | None = None

    def of(self, name: str) -> io.RawIOBase:
        """Return what is in a blob, as a stream that is good until the next one is asked for."""
        if self._open is not None:
            self._open.skip()
            self._open = None
        if self._git.stdin is None or self._git.stdout is None:
            raise CannotRead("git went away")
        self._git.stdin.write(name.encode() + b"\n")
        self._git.stdin.flush()
        told = self._git.stdout.readline().split()
        if len(told) != 3:
            raise CannotRead("missing in this clone")
        self._open = _Content(self._git.stdout, int(told[2]))
        return self._open

    def close(self) -> None:
        """End git."""
        self._git.kill()
        with self._git:
            pass


class _Content(io.RawIOBase):
    """So many bytes of a stream, and the end of the line after them."""

    def __init__(self, stream: IO[bytes], size: int) -> None:
        super().__init__()
        self._stream, self._left = stream, size

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Read into `buffer`."""
        data = self._stream.read(min(len(buffer), self._left))
        self._left -= len(data)
        buffer[: len(data)] = data
        return len(data)

    def skip(self) -> None:
        """Read to the end."""
        while self._left and (data := self._stream.read(min(self._left, _CHUNK))):
            self._left -= len(data)
        self._stream.read(1)


def _environment() -> Mapping[str, str]:
    return {**os.environ, **_ENVIRONMENT}


def _fields(streams: Iterator[IO[bytes]]) -> Iterator[bytes]:
    """Yield what stands between the zero bytes of streams."""
    for stream in streams:
        kept = b""
        while data := stream.read(_CHUNK):
            *whole, kept = (kept + data).split(b"\0")
            yield from whole


def _shown(path: bytes) -> str:
    """Return a path as text: a name that is not UTF-8 was most likely written on a Japanese Windows."""
    try:
        return path.decode()
    except UnicodeDecodeError:
        return path.decode("cp932", "replace")
