"""Whoever sends an institution bytes it did not ask for: a party's own key in wrong hands, a visitor, an old bundle."""

import asyncio
import ssl
from dataclasses import dataclass
from pathlib import Path

from mynumber.pki import identity
from mynumber.plumbing import tls
from mynumber.plumbing.client import Answer, PeerClient
from mynumber.world.town.layout import Town


@dataclass(frozen=True, slots=True)
class Stranger:
    """Somebody who holds a node key and its certificate; `folder` has node.crt, network.crt and the key."""

    town: Town
    folder: Path
    key: Path

    @classmethod
    def with_keys_of(cls, town: Town, name: str) -> "Stranger":
        """Return one who acts with an institution's own certificate."""
        folder = town.institution(name).folder
        return cls(town, folder, folder / "keys" / "node.key")

    @classmethod
    def visitor(cls, town: Town) -> "Stranger":
        """Return the visitor: a valid certificate, a party of no directory."""
        return cls(town, town.visitor, town.visitor / "node.key")

    def post(self, name: str, path: str, body: bytes) -> Answer:
        """POST bytes to an institution's peer listener."""
        return asyncio.run(self._call(name, path, body))

    def get(self, name: str, path: str) -> Answer:
        """GET from an institution's peer listener."""
        return asyncio.run(self._call(name, path, None))

    async def _call(self, name: str, path: str, body: bytes | None) -> Answer:
        async with PeerClient(name, self.town.institution(name).url, self._context(name)) as client:
            return await client.get(path) if body is None else await client.post(path, body)

    def _context(self, name: str) -> ssl.SSLContext:
        expected = identity.NodeIdentity(self.town.network, name)

        def check(der: bytes) -> None:
            if identity.party_of(der) != expected:
                raise ssl.SSLCertVerificationError("the peer is another party")

        return tls.client_context(
            chain=self.folder / "node.crt", key=self.key, trusted=self.folder / "network.crt", check=check
        )
