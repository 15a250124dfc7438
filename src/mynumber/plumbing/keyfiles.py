"""Secret files: written once with mode 0600 in a folder with mode 0700, and refused when others may read them."""

import os
import stat
from pathlib import Path

from mynumber.plumbing.errors import WrongUse


def write_secret(path: Path, data: bytes) -> None:
    """Write a new secret file durably; an existing one is never replaced.

    A crash leaves the whole file or none: it gets its name when its bytes are on the disk.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    unnamed = path.with_name(path.name + ".new")
    unnamed.unlink(missing_ok=True)
    descriptor = os.open(unnamed, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(unnamed, path)
    finally:
        unnamed.unlink()
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable, as fsync of a file does for its bytes."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read_secret(path: Path) -> bytes:
    """Return a secret file, or refuse one that is missing or open to others."""
    try:
        mode = path.stat().st_mode
    except OSError as problem:
        raise WrongUse("NO_KEY", f"the key file {path.name} is missing", hint="run `mynumber init` first") from problem
    if stat.S_IMODE(mode) & 0o077:
        raise WrongUse("OPEN_KEY", f"others may read the key file {path.name}", hint=f"chmod 600 {path.name}")
    return path.read_bytes()
