"""Which files a path means; promises each file once, in one order, and a word on what is no file.

Links are not followed: what they point to is searched where it lies, and a loop would have no end. A link that leads
out of the paths is told.
"""

import os
from collections.abc import Iterator, Sequence

from mynumber.scanner.finds import Unread

_VERSIONED = frozenset({".git", ".hg", ".svn"})


def files_of(paths: Sequence[str]) -> Iterator[str | Unread]:
    """Yield the files of all paths, as given and joined with `/`."""
    roots = [os.path.realpath(path) for path in paths]
    for path in paths:
        if os.path.isdir(path):
            yield from _inside(path.rstrip("/") or "/", roots)
        elif os.path.isfile(path):
            yield path
        else:
            yield Unread(shown(path), "no such file" if not os.path.lexists(path) else "no file and no folder")


def _link(path: str, roots: Sequence[str]) -> Iterator[Unread]:
    target = os.path.realpath(path)
    if not os.path.exists(target):
        yield Unread(shown(path), "a link that leads nowhere")
    elif not any(target == root or target.startswith(root.rstrip("/") + "/") for root in roots):
        yield Unread(shown(path), "a link to somewhere else, not followed")


def _inside(folder: str, roots: Sequence[str]) -> Iterator[str | Unread]:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as problem:
        yield Unread(shown(folder), f"cannot be opened ({type(problem).__name__})")
        return
    for entry in entries:
        path = entry.name if folder == "." else f"{folder.rstrip('/')}/{entry.name}"
        if entry.is_symlink():
            yield from _link(path, roots)
        elif entry.is_dir(follow_symlinks=False):
            if entry.name not in _VERSIONED:
                yield from _inside(path, roots)
        elif entry.is_file(follow_symlinks=False):
            yield path
        else:
            yield Unread(shown(path), "no ordinary file")


def shown(path: str) -> str:
    """Return a path as text: a name that is not UTF-8 was most likely written on a Japanese Windows."""
    raw = os.fsencode(path)
    for codec in ("utf-8", "cp932"):
        try:
            return raw.decode(codec)
        except UnicodeDecodeError:
            continue
    return raw.decode("utf-8", "replace")
