"""Everything a card holds, file by file, each with its purpose; what has none does not belong there (FAQ 5-1).

Promises that nothing is passed over: a file that no line below names is reported, whatever is in it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mynumber.card.folder import CERTIFICATE, DOOR, DOOR_CERTIFICATE, KEY, PINS
from mynumber.plumbing.errors import WrongUse

_KNOWN: Mapping[str, tuple[str, str]] = {
    KEY: ("a P-256 key, encrypted under the PIN", "proves that the holder is present"),
    CERTIFICATE: ("a certificate with a random serial number", "tells the register, and nobody else, whose card it is"),
    DOOR: ("id, network and address of the portal", "the one portal at which the card signs in"),
    DOOR_CERTIFICATE: ("the certificate of the portal's pages", "tells the portal from a forgery"),
    PINS: ("the PIN, in test towns", "spares a test town the typing; take it out and keep it apart"),
}


@dataclass(frozen=True, slots=True)
class Part:
    """One file of a card: its name, how many bytes it has, what they are and what they are for."""

    name: str
    size: int
    holds: str
    purpose: str


@dataclass(frozen=True, slots=True)
class Contents:
    """All files of a card; `strange` are those that have no place there."""

    parts: tuple[Part, ...]
    strange: tuple[str, ...]


def inspect(folder: Path) -> Contents:
    """Return what lies in a card's folder, or raise WrongUse if it is none."""
    if not folder.is_dir() or not (folder / CERTIFICATE).is_file():
        raise WrongUse("NO_CARD", f"{folder} holds no card", hint="name a folder that `mynumber card new` made")
    found = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir())
    parts = [Part(name, (folder / name).lstat().st_size, *_KNOWN[name]) for name in found if name in _KNOWN]
    return Contents(tuple(parts), tuple(name for name in found if name not in _KNOWN))
