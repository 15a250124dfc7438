"""Searches files; promises every find, and a word on everything that was not read."""

import io
import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from functools import cache, partial

from msgspec.structs import replace

from mynumber.plumbing.errors import WrongUse
from mynumber.scanner.finds import Find, Unread
from mynumber.scanner.judging import Confidence
from mynumber.scanner.known.roster import Roster
from mynumber.scanner.layouts import Layout
from mynumber.scanner.reading.files import BROKEN, Packed, pieces_of, unread
from mynumber.scanner.reading.limits import Budget
from mynumber.scanner.reading.parts import CannotRead, Part
from mynumber.scanner.reading.ranges import opened, ranges_of
from mynumber.scanner.repository import Contents, Repository
from mynumber.scanner.texts import TextScan
from mynumber.scanner.walking import files_of, shown
from mynumber.scanner.workers import Result, Workers


def scan(
    paths: Sequence[str], *, jobs: int = 1, done: Callable[[int], None] | None = None, roster: Roster | None = None
) -> Iterator[Result]:
    """Yield what is found in the files of all paths; `done` is told the size of each file that has been read.

    What is in the roster, plainly or hashed, is certain wherever it stands.

    With several jobs the files are searched by as many processes, large texts in ranges, and the finds come mixed.
    """
    files, told = files_of(paths), done or _nobody
    if jobs > 1:
        left: Counter[str] = Counter()

        def ended(task: str) -> None:
            path = _path_of(task)
            left[path] -= 1
            if not left[path]:
                told(size_of(path))

        yield from Workers(jobs).results(
            _in_ranges(files, jobs, left), partial(scan_range, roster=roster), ended, path_of=_path_of
        )
        return
    for file in files:
        if isinstance(file, Unread):
            yield file
        else:
            yield from scan_file(file, roster)
            told(size_of(file))


def _in_ranges(files: Iterator[str | Unread], jobs: int, left: Counter[str]) -> Iterator[str | Unread]:
    """Yield each range as one text, as processes hand it on: begin, end and path; count the ranges of each path."""
    for file in files:
        if isinstance(file, Unread):
            yield file
            continue
        ranges = ranges_of(file, jobs) or [(0, 0)]
        left[file] += len(ranges)
        for begin, end in ranges:
            yield f"{begin} {end} {file}"


def _path_of(task: str) -> str:
    return task.split(" ", 2)[-1]


def scan_range(task: str, roster: Roster | None = None) -> Iterator[Result]:
    """Yield what is found in a range of a file, or in all of it if the range has no end."""
    begin, end, path = task.split(" ", 2)
    if not int(end):
        yield from scan_file(path, roster)
        return
    try:
        with open(path, "rb") as stream:
            part = opened(stream, int(begin), int(end))
            layout = Layout(part.first, None, quoted=part.quoted)
            yield from TextScan(Part(shown(path), part.blocks), roster, layout).finds()
    except OSError as problem:
        yield Unread(shown(path), f"cannot be read ({type(problem).__name__})")


def scan_history(
    folders: Sequence[str], *, jobs: int = 1, done: Callable[[int], None] | None = None, roster: Roster | None = None
) -> Iterator[Result]:
    """Yield what is found in all versions of all files of git repositories, each version once."""
    told = done or _nobody
    for folder in folders:
        repository = Repository(folder)
        blobs = _listed(repository)
        search = partial(scan_blob, folder=folder, roster=roster)
        if jobs > 1:
            yield from Workers(jobs).results(
                blobs, search, lambda blob: told(int(blob.split(" ", 2)[1])), path_of=path_of_blob
            )
            continue
        with closing(repository.contents()) as contents:
            for blob in blobs:
                if isinstance(blob, Unread):
                    yield blob
                else:
                    yield from _scan_blob(blob, contents, roster)
                    told(int(blob.split(" ", 2)[1]))


def _listed(repository: Repository) -> Iterator[str | Unread]:
    """Yield each blob as one text, as processes hand it on: name, size, commit and path."""
    if repository.is_shallow:
        yield Unread(repository.folder, "a shallow clone: what came before its first commits is not here")
    try:
        for blob in repository.blobs():
            yield f"{blob.name} {blob.size} {blob.commit or '-'} {blob.path}"
    except CannotRead as problem:
        yield Unread(repository.folder, str(problem))


def path_of_blob(blob: str) -> str:
    """Return the path of a blob that is one text."""
    return blob.split(" ", 3)[3]


def scan_blob(blob: str, folder: str, roster: Roster | None = None) -> Iterator[Result]:
    """Yield what is found in one version of a file; the git that hands it out is kept for the next one."""
    yield from _scan_blob(blob, _contents(folder), roster)


def _scan_blob(blob: str, contents: Contents, roster: Roster | None) -> Iterator[Result]:
    name, size, commit, path = blob.split(" ", 3)
    commit = commit.strip("-")
    try:
        stream = contents.of(name)
    except (CannotRead, OSError) as problem:
        yield unread(path, problem)
        return
    for one in scan_stream(path, stream, int(size), roster):
        if isinstance(one, Unread):
            yield Unread(one.path, f"{one.why} (commit {commit})")
        else:
            yield replace(one, location=replace(one.location, commit=commit))


@cache
def _contents(folder: str) -> Contents:
    return Repository(folder).contents()


def _nobody(size: int) -> None:
    """Be told a size."""


def scan_file(path: str, roster: Roster | None = None) -> Iterator[Result]:
    """Yield what is found in one file."""
    try:
        # Unbuffered: the reader has a buffer of its own, from which it looks ahead.
        with open(path, "rb", buffering=0) as stream:
            yield from scan_stream(shown(path), stream, size_of(path), roster)
    except OSError as problem:
        yield Unread(shown(path), f"cannot be opened ({type(problem).__name__})")


def scan_stream(path: str, stream: io.RawIOBase, size: int, roster: Roster | None = None) -> Iterator[Result]:
    """Yield what is found in a stream of about this size, called `path`."""
    for piece in pieces_of(Packed.opened(path, stream, Budget(size))):
        if isinstance(piece, Unread):
            yield piece
        else:
            try:
                yield from TextScan(piece, roster).finds()
            except BROKEN as problem:
                yield unread(piece.path, problem)


def size_of(path: str) -> int:
    """Return the size of a file, 0 if it cannot be told."""
    try:
        return os.stat(path).st_size
    except OSError:
        return 0


def roster_of(path: str) -> Roster:
    """Return the numbers that stand in a file, which is read as every file is; or raise WrongUse if there are none.

    Where some are likely or certain, those that are only possible do not count; a short list of numbers is taken whole.
    """
    results = list(scan([path]))
    finds = [one for one in results if isinstance(one, Find) and one.kind == "my_number"]
    sure = [one for one in finds if one.confidence >= Confidence.LIKELY] or finds
    if not sure:
        why = next(
            (f"{one.path}: {one.why}" for one in results if isinstance(one, Unread)), "one number a line will do"
        )
        raise WrongUse("SCAN_ROSTER", "no My Number was found in the roster", hint=why)
    return Roster(int(one.digits) for one in sure)
