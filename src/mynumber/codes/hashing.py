"""Hashing and derivation of PROTOCOL.md section 2: one framing for all labels, hedged nonces, Schnorr, weights."""

import hashlib
from typing import TypeAlias

from mynumber.codes import group
from mynumber.codes.errors import ProtocolError
from mynumber.codes.group import GENERATOR, Point, Scalar

Part: TypeAlias = bytes | str

_DST = b"mynumber-codes-v1/ristretto255-sha512/"
_BLOCK = 128  # SHA-512 input block, bytes


def i4(n: int) -> bytes:
    """Return four bytes big-endian."""
    return n.to_bytes(4, "big")


def frame(label: str, *parts: Part) -> bytes:
    """Return T(label, p1, ..., pk): every part behind its length; text stands as ASCII."""
    pieces: list[bytes] = []
    for part in (label, *parts):
        data = part.encode("ascii") if isinstance(part, str) else part
        pieces.append(len(data).to_bytes(4, "big"))
        pieces.append(data)
    return b"".join(pieces)


def h(label: str, *parts: Part) -> bytes:
    """Return H(label, ...), 32 bytes."""
    return hashlib.sha256(frame(label, *parts)).digest()


def s(label: str, *parts: Part) -> bytes:
    """Return S(label, ...), 64 bytes."""
    return hashlib.sha512(frame(label, *parts)).digest()


def xmd(role: str, message: bytes) -> bytes:
    """Return expand_message_xmd (RFC 9380 5.3.1) with SHA-512, 64 bytes: one block, so b_1 is the output."""
    dst = _DST + role.encode("ascii")
    dst += bytes([len(dst)])
    b0 = hashlib.sha512(bytes(_BLOCK) + message + (64).to_bytes(2, "big") + b"\0" + dst).digest()
    return hashlib.sha512(b0 + b"\1" + dst).digest()


def h2g(role: str, message: bytes) -> Point:
    """Return H2G(role, m), a point."""
    return group.from_hash(xmd(role, message))


def h2s(role: str, message: bytes) -> Scalar:
    """Return H2S(role, m), a scalar."""
    return group.reduce(xmd(role, message))


def nonce(label: str, secret: bytes, rand: bytes, bind: bytes, index: int) -> Scalar:
    """Return a hedged nonce: a bad random source alone, or a repeated request alone, does not repeat it."""
    return h2s("nonce", frame(label, secret, rand, bind, i4(index)))


def schnorr(secret: Scalar, rand: bytes, context: bytes) -> bytes:
    """Return a Schnorr proof e || z of knowledge of `secret`."""
    image = group.base(secret)
    a = nonce("schnorr", secret, rand, context, 0)
    e = h2s("schnorr", frame("schnorr", context, image, group.base(a)))
    return e + group.plus(a, group.times(e, secret))


def check_schnorr(image: Point, proof: bytes, context: bytes, name: str) -> None:
    """Verify a Schnorr proof of the secret behind `image`; raise `name` if it fails, bad scalars included."""
    try:
        e, z = group.scalar(proof[:32]), group.scalar(proof[32:])
    except ProtocolError as problem:
        raise ProtocolError(name) from problem
    with group.failing_as(name):
        (r,) = group.vartime_sums([(((z, GENERATOR),), ((e, image),))])
    if h2s("schnorr", frame("schnorr", context, image, r)) != e:
        raise ProtocolError(name)


def weights(seed: bytes, count: int) -> tuple[Scalar, ...]:
    """Return the public weights m_0 = 1, m_1, ... of a batch, 128 bits each."""
    if count == 1:
        return (group.ONE,)
    one = (1).to_bytes(16, "little")
    # S(`weight`, seed, I4(i)), of which only the last four bytes change.
    head = frame("weight", seed) + i4(4)
    drawn = [hashlib.sha512(head + i4(i)).digest()[:16] for i in range(1, count)]
    return tuple(Scalar((one if m == bytes(16) else m) + bytes(16)) for m in [one, *drawn][:count])


def hash_points(parts: bytes) -> bytes:
    """Return H(`list`, bytes): how lists of points are named in requests, endorsements and transcripts."""
    return h("list", parts)
