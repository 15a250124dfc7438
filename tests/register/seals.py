"""The seals of a register that `init` made."""

from pathlib import Path

from mynumber.plumbing import keyfiles
from mynumber.register.store import Seals


def seals_of(folder: Path) -> Seals:
    """Return what a register's own process seals with."""
    return Seals.of(keyfiles.read_secret(folder / "keys" / "store.key"))
