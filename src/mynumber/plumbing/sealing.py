"""Encryption at rest: a column's values under AES-256-GCM-SIV, and a keyed blind index to find them again.

Each (table, column) has keys of its own, derived from the institution's 32-byte store key. Sealing is randomised: equal
values have different bytes. The blind index is deterministic inside one column and says nothing outside it.
"""

import hashlib
import hmac
import os
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV

from mynumber.plumbing.errors import OwnFault

_NONCE = 12


def _derive(key: bytes, *labels: str) -> bytes:
    return hmac.new(key, "\0".join(labels).encode(), hashlib.sha256).digest()


@dataclass(frozen=True, slots=True)
class Column:
    """The keys of one column."""

    name: str
    _aead: AESGCMSIV = field(repr=False)
    _index: bytes = field(repr=False)

    def seal(self, value: bytes) -> bytes:
        """Return nonce || ciphertext || tag."""
        nonce = os.urandom(_NONCE)
        return nonce + self._aead.encrypt(nonce, value, self.name.encode())

    def open(self, sealed: bytes) -> bytes:
        """Return the value, or raise OwnFault if the bytes were changed or belong elsewhere."""
        try:
            return self._aead.decrypt(sealed[:_NONCE], sealed[_NONCE:], self.name.encode())
        except (InvalidTag, ValueError) as problem:
            raise OwnFault(
                "BAD_SEAL", "a sealed column does not open", hint="restore the store or its key"
            ) from problem

    def index(self, value: bytes) -> bytes:
        """Return the blind index, 32 bytes."""
        return hmac.new(self._index, value, hashlib.sha256).digest()


def column(key: bytes, table: str, name: str) -> Column:
    """Return the keys of a column under the institution's store key."""
    return Column(f"{table}.{name}", AESGCMSIV(_derive(key, "seal", table, name)), _derive(key, "index", table, name))
