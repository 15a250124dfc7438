"""Secret files: written once with mode 0600 in a folder with mode 0700, and refused when others may read them."""

import os
import stat
from pathlib import Path

from mynumber.plumbing import durable
from mynumber.plumbing.errors import WrongUse


def write_secret(path: Path, data: bytes) -> None:
    """Write a new secret file durably; an existing one is never replaced.

    A crash leaves the whole file or none: it gets its name when its bytes are on the disk.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    unnamed = durable.write_unnamed(path, data, 0o600)
    try:
        os.link(unnamed, path)
    finally:
        unnamed.unlink()
    durable.sync_folder(path.parent)


def read_secret(path: Path) -> bytes:
    """Return a secret file, or refuse one that is missing or open to others."""
    try:
        mode = path.stat().st_mode
    except OSError as problem:
        raise WrongUse("NO_KEY", f"the key file {path.name} is missing", hint="run `mynumber init` first") from problem
    if stat.S_IMODE(mode) & 0o077:
        raise WrongUse("OPEN_KEY", f"others may read the key file {path.name}", hint=f"chmod 600 {path.name}")
    return path.read_bytes()
