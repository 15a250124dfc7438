"""JWS General JSON with Ed25519, exactly as PROTOCOL.md section 2: sign the bytes that travel, verify before use.

Verification in the order of section 2:

  1. shape: members, base64url, 64-byte signatures (BAD_ENCODING)
  2. header: canonical JSON with exactly alg, kid, typ (BAD_ENCODING); other alg or typ (WRONG_TYPE)
  3. canonical payload within its limit (BAD_ENCODING)
  4. signer set, each once, in order (SIGNATURE_SET)
  5. signatures (BAD_SIGNATURE)

`parse` does 1 to 3, `Parsed.verify` 4 and 5, because R1 reads the signers' ids from the payload in between.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import msgspec
import pysodium
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from mynumber.codes import wire
from mynumber.codes.errors import ProtocolError
from mynumber.plumbing import canonical
from mynumber.plumbing.canonical import Json

ALG = "Ed25519"
LOOSE = (
    bytes.fromhex(
        "5b61c2e3b93e6c06450f327ea72cdfeb8cde6aa020d2dd827ab3f86e708c8393"
        "90ed1bc724a08d8ad3d9b489e2ea4ae6369b38050775fe1e58a2c3610149f403"
    ),
    b"cofactor",
    bytes.fromhex("3b6a27bcceb6a42d62a3a8d02a6f0d73653215771de243a63ac048a18b59da29"),
)
"""(signature, data, key) that hold with the cofactor only: R has a part of order 8."""


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature of a JWS: what it signs, as it travelled, the kid and the 64 bytes."""

    signed: bytes
    kid: str
    value: bytes


@dataclass(frozen=True, slots=True)
class Parsed:
    """A JWS behind steps 1 to 3; `payload` are the bytes that were signed, `value` what they say."""

    payload: bytes
    value: Json
    signatures: tuple[Signature, ...]

    def verify(self, signers: Sequence[tuple[str, bytes]]) -> None:
        """Steps 4 and 5: the kids are the signers' ids in order, and every signature holds under its key."""
        # (4) Signer set.
        if [signature.kid for signature in self.signatures] != [kid for kid, _ in signers]:
            raise ProtocolError("SIGNATURE_SET")
        # (5) Signatures.
        for signature, (_, key) in zip(self.signatures, signers, strict=True):
            check_signature(key, signature.value, signature.signed, "BAD_SIGNATURE")


class _Header(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    alg: str
    kid: str
    typ: str


def _signing_input(protected: str, payload: str) -> bytes:
    return f"{protected}.{payload}".encode("ascii")


def check_signature(key: bytes, signature: bytes, data: bytes, name: str) -> None:
    """Verify one Ed25519 signature (RFC 8032 without cofactor) or raise `name`."""
    # libsodium needs half of pyca's time. It makes the same checks and refuses some signatures besides that nobody
    # makes honestly (R of small order), so what it refuses is decided by pyca.
    if not _QUICK or not _holds(pysodium.crypto_sign_verify_detached, signature, data, key):
        _check_slowly(key, signature, data, name)


def is_strict(verify: Callable[[bytes, bytes, bytes], object]) -> bool:
    """Whether a library checks without cofactor: libsodium 1.0.18 does, newer ones take what others here refuse."""
    return not _holds(verify, *LOOSE)


def _holds(verify: Callable[[bytes, bytes, bytes], object], signature: bytes, data: bytes, key: bytes) -> bool:
    try:
        verify(signature, data, key)
    except ValueError:
        return False
    return True


def _check_slowly(key: bytes, signature: bytes, data: bytes, name: str) -> None:
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, data)
    except (InvalidSignature, ValueError) as problem:
        raise ProtocolError(name) from problem


_QUICK = is_strict(pysodium.crypto_sign_verify_detached)


@lru_cache(maxsize=64)
def _expanded(seed: bytes) -> bytes:
    """Return the secret as libsodium takes it; deriving it costs as much as a signature, and a party signs with few."""
    return seed + public_key(seed)


def sign_bytes(seed: bytes, data: bytes) -> bytes:
    """Return the Ed25519 signature of `data` under the 32-byte secret `seed`."""
    return pysodium.crypto_sign_detached(data, _expanded(seed))


def public_key(seed: bytes) -> bytes:
    """Return the public key of an Ed25519 secret."""
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()


def add_signature(jws: Json, typ: str, kid: str, seed: bytes) -> Json:
    """Return the JWS with one more signature behind the others."""
    shape = wire.members(jws, "payload", "signatures")
    protected = canonical.b64(canonical.encode({"alg": ALG, "kid": kid, "typ": typ}))
    signature = canonical.b64(sign_bytes(seed, _signing_input(protected, str(shape["payload"]))))
    before = shape["signatures"]
    if not isinstance(before, list):
        raise ProtocolError("BAD_ENCODING")
    return {"payload": shape["payload"], "signatures": [*before, {"protected": protected, "signature": signature}]}


def sign(payload: object, typ: str, signers: Sequence[tuple[str, bytes]]) -> Json:
    """Return a JWS over the canonical text of `payload` (JSON value or Struct), signed by (kid, secret) in order."""
    jws: Json = {"payload": canonical.b64(canonical.encode(wire.plain(payload))), "signatures": []}
    for kid, seed in signers:
        jws = add_signature(jws, typ, kid, seed)
    return jws


@lru_cache(maxsize=1024)
def _header(raw: bytes) -> _Header:
    """Return what a header says, or raise BAD_ENCODING; a party's headers of one type are all the same."""
    return wire.read(wire.parse(raw), _Header)


def parse(jws: object, typ: str, limit: int = wire.MAX_PAYLOAD) -> Parsed:
    """Steps 1 to 3."""
    # (1) Shape.
    shape = wire.members(jws, "payload", "signatures")
    payload = wire.blob(shape["payload"])
    listed = shape["signatures"]
    if not isinstance(listed, list):
        raise ProtocolError("BAD_ENCODING")
    pairs = [wire.members(one, "protected", "signature") for one in listed]
    values = [(str(one["protected"]), wire.blob(one["protected"]), wire.blob(one["signature"], 64)) for one in pairs]
    # (2) Header.
    signatures = []
    for text, raw, value in values:
        header = _header(raw)
        if header.alg != ALG or header.typ != typ:
            raise ProtocolError("WRONG_TYPE")
        signatures.append(Signature(_signing_input(text, str(shape["payload"])), header.kid, value))
    # (3) Canonical payload.
    if len(payload) > limit:
        raise ProtocolError("BAD_ENCODING")
    return Parsed(payload, wire.parse(payload), tuple(signatures))


def open_signed(jws: object, typ: str, signers: Sequence[tuple[str, bytes]], limit: int = wire.MAX_PAYLOAD) -> Parsed:
    """Steps 1 to 5 for a JWS whose signers are known beforehand."""
    parsed = parse(jws, typ, limit)
    parsed.verify(signers)
    return parsed
