"""How blobs are sealed (PROTOCOL.md sections 10 to 12): padding to 1024, AES-SIV, HPKE. Failures carry the given name.

HPKE base mode draws its own randomness inside the library: the one exception to "randomness is a parameter".
"""

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from mynumber.codes.errors import ProtocolError

BLOCK = 1024
_MARK = b"\x80"
_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


def pad(data: bytes) -> bytes:
    """Return data, 0x80 and the fewest zeros to a multiple of 1024."""
    return data + _MARK + bytes(-(len(data) + 1) % BLOCK)


def unpad(padded: bytes, name: str) -> bytes:
    """Return what `pad` was given; other lengths and marks, and longer padding, raise `name`."""
    data = unpad_loose(padded, name)
    if pad(data) != padded:
        raise ProtocolError(name)
    return data


def unpad_loose(padded: bytes, name: str) -> bytes:
    """Return the data before 0x80 and any number of zeros to a multiple of 1024, else raise `name`."""
    data, mark, zeros = padded.rpartition(_MARK)
    if len(padded) % BLOCK or not mark or zeros.strip(b"\0"):
        raise ProtocolError(name)
    return data


def siv_seal(key: bytes, data: bytes, associated: bytes) -> bytes:
    """Return AES-SIV of data with one associated string; equal inputs give equal blobs."""
    return AESSIV(key).encrypt(data, [associated])


def siv_open(key: bytes, blob: bytes, associated: bytes, name: str) -> bytes:
    """Return the data of `siv_seal`, or raise `name`."""
    try:
        return AESSIV(key).decrypt(blob, [associated])
    except (InvalidTag, ValueError) as problem:
        raise ProtocolError(name) from problem


def hpke_seal(public: bytes, data: bytes, info: bytes, name: str) -> bytes:
    """Return enc (32 bytes) || ciphertext and tag; a key that gives the zero shared secret raises `name`."""
    try:
        return _SUITE.encrypt(data, X25519PublicKey.from_public_bytes(public), info=info)
    except ValueError as problem:
        raise ProtocolError(name) from problem


def hpke_open(secret: bytes, sealed: bytes, info: bytes, name: str) -> bytes:
    """Return the data of `hpke_seal`, or raise `name`."""
    try:
        return _SUITE.decrypt(sealed, X25519PrivateKey.from_private_bytes(secret), info=info)
    except (InvalidTag, ValueError) as problem:
        raise ProtocolError(name) from problem
