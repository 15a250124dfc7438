"""Files that are written whole: who reads one, also after a crash or a power cut, finds the old bytes or the new ones.

  1. Write the bytes beside the file, under its name with `.new`, and bring them to the disk.
  2. Let them take the name.
  3. Bring the folder to the disk.

A crash before 2 leaves the file as it was and a `.new` that the next writing replaces; after 2 the new bytes are there.
"""

import os
import stat
from pathlib import Path


def put(path: Path, data: bytes) -> None:
    """Write a file in place of the one that was there, whose mode it keeps."""
    mode = stat.S_IMODE(path.stat().st_mode) if path.exists() else None
    unnamed = write_unnamed(path, data, 0o666 if mode is None else 0o600)
    if mode is not None:
        unnamed.chmod(mode)
    unnamed.replace(path)
    sync_folder(path.parent)


def write_unnamed(path: Path, data: bytes, mode: int) -> Path:
    """Write the bytes that are to become a file, and return where they lie on the disk until they have its name."""
    unnamed = path.with_name(path.name + ".new")
    unnamed.unlink(missing_ok=True)
    descriptor = os.open(unnamed, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    return unnamed


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable, as fsync of a file does for its bytes."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
