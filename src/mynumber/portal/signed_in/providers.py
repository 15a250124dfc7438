"""With which keys offices signed: those of every directory this portal ever accepted.

An outcome is signed with the key of its time and stays for eight years, while keys change and offices close. Each
directory was verified when it was accepted, so an older key counts for reading as much as the current one.
"""

from dataclasses import dataclass, field

from sqlalchemy import Connection

from mynumber.codes import jws, wire
from mynumber.codes.parties import entries
from mynumber.exchange.view.papers import Papers
from mynumber.plumbing import canonical

_MOST = 200
"""Directories that are looked at, the newest first: one a month for eight years, and as many again."""


@dataclass
class Providers:
    """Agency -> signing keys, the newest first; read anew when another directory is the current one."""

    network: str
    papers: Papers
    _read_at: bytes = b""
    _keys: dict[str, tuple[bytes, ...]] = field(default_factory=dict)

    def refresh(self, connection: Connection, current: bytes) -> None:
        """Read the directories on disk, unless that was done under the current one."""
        if self._read_at == current:
            return
        found: dict[str, dict[bytes, None]] = {}
        for paper in self.papers.newest(connection, "directory", _MOST):
            parsed = jws.parse(canonical.decode(paper), entries.TYP, wire.MAX_LARGE_PAYLOAD)
            for agency in entries.read_body(parsed.value).agencies:
                found.setdefault(agency.id, {})[bytes(agency.sign)] = None
        self._keys = {party: tuple(keys) for party, keys in found.items()}
        self._read_at = current

    def signers(self, party: str) -> tuple[tuple[str, bytes], ...]:
        """Return (id, key) for every key an agency ever had, none for a party that never was one."""
        return tuple((party, key) for key in self._keys.get(party, ()))
