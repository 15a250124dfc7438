"""The group ristretto255 of PROTOCOL.md section 2; the only module that calls libsodium for it.

Promises that a `Point` is a valid encoding other than the neutral element and a `Scalar` lies in 1..l-1, when they came
through `point` and `scalar`. Sums may be NEUTRAL. A product that is neutral, or any other refusal of
the library, raises `GroupError`; inside a verification equation that is a failed proof (`failing_as`).

Secret scalars are only touched by `crypto_core_ristretto255_scalar_*`; `Scalar` values are never Python integers here.
A faster kernel replaces this module and nothing else: `multiply` and `combine` are the two costly calls.
"""

import ctypes
import hashlib
import hmac
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import NewType

import pysodium

from mynumber.codes.errors import ProtocolError
from mynumber.plumbing.errors import OwnFault

Point = NewType("Point", bytes)
Scalar = NewType("Scalar", bytes)

ORDER = 2**252 + 27742317777372353535851937790883648493
NEUTRAL = Point(bytes(32))
_LIBRARY = pysodium.sodium  # straight, because there are hundreds of calls in an exchange
_Bytes32 = ctypes.c_char * 32
_ONE = Scalar((1).to_bytes(32, "little"))
_MINUS_ONE = Scalar((ORDER - 1).to_bytes(32, "little"))
GENERATOR = Point(bytes.fromhex("e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d76"))


class GroupError(ArithmeticError):
    """The library refused a product or a sum."""


@contextmanager
def failing_as(name: str) -> Iterator[None]:
    """Turn a refusal of the library inside a verification equation into the failed proof `name`."""
    try:
        yield
    except GroupError as problem:
        raise ProtocolError(name) from problem


def point(data: bytes) -> Point:
    """Return `data` as a point, or raise BAD_POINT or IDENTITY_POINT."""
    # libsodium 1.0.18 ignores the top bit, so it is tested here.
    if len(data) != 32 or data[31] & 0x80:
        raise ProtocolError("BAD_POINT")
    if data == NEUTRAL:
        raise ProtocolError("IDENTITY_POINT")
    if not pysodium.crypto_core_ristretto255_is_valid_point(bytes(data)):
        raise ProtocolError("BAD_POINT")
    return Point(bytes(data))


def scalar(data: bytes) -> Scalar:
    """Return `data` as a scalar in 1..l-1, or raise BAD_SCALAR. For scalars from outside, which are public."""
    if len(data) != 32 or not 1 <= int.from_bytes(data, "little") < ORDER:
        raise ProtocolError("BAD_SCALAR")
    return Scalar(bytes(data))


def secret_scalar(data: bytes) -> Scalar:
    """Return `data` as a scalar in 1..l-1, or raise BAD_SCALAR, without making an integer of it."""
    if len(data) != 32 or not hmac.compare_digest(reduce(data + bytes(32)), data):
        raise ProtocolError("BAD_SCALAR")
    if hmac.compare_digest(data, bytes(32)):
        raise ProtocolError("BAD_SCALAR")
    return Scalar(bytes(data))


def from_hash(digest: bytes) -> Point:
    """Map 64 bytes to a point (RFC 9496 one-way map)."""
    return Point(pysodium.crypto_core_ristretto255_from_hash(digest))


def reduce(digest: bytes) -> Scalar:
    """Reduce 64 little-endian bytes modulo the order."""
    return Scalar(pysodium.crypto_core_ristretto255_scalar_reduce(digest))


def times(a: Scalar, b: Scalar) -> Scalar:
    """Return the product of two scalars."""
    return Scalar(pysodium.crypto_core_ristretto255_scalar_mul(a, b))


def plus(a: Scalar, b: Scalar) -> Scalar:
    """Return the sum of two scalars."""
    return Scalar(pysodium.crypto_core_ristretto255_scalar_add(a, b))


def over(a: Scalar, b: Scalar) -> Scalar:
    """Return a divided by b."""
    return times(a, Scalar(pysodium.crypto_core_ristretto255_scalar_invert(b)))


def dot(weights: Sequence[Scalar], values: Sequence[Scalar]) -> Scalar:
    """Return the weighted sum of scalars, at least one."""
    total = times(weights[0], values[0])
    for weight, value in zip(weights[1:], values[1:], strict=True):
        total = plus(total, times(weight, value))
    return total


def base(s: Scalar) -> Point:
    """Return sG."""
    out = _Bytes32()
    if len(s) != 32 or _LIBRARY.crypto_scalarmult_ristretto255_base(out, s):
        raise GroupError
    return Point(out.raw)


def mul(s: Scalar, p: Point) -> Point:
    """Return sP."""
    return _combined(_LIBRARY.crypto_scalarmult_ristretto255, s, p)


def _combined(call: Callable[[ctypes.Array[ctypes.c_char], bytes, bytes], int], a: bytes, b: bytes) -> Point:
    """Return what the library makes of two values of 32 bytes, which it does not measure itself."""
    out = _Bytes32()
    if len(a) != 32 or len(b) != 32 or call(out, a, b):
        raise GroupError
    return Point(out.raw)


def multiply(s: Scalar, points: Iterable[Point]) -> tuple[Point, ...]:
    """Return sP for every point."""
    return tuple(mul(s, p) for p in points)


def add(p: Point, q: Point) -> Point:
    """Return P + Q, which may be NEUTRAL."""
    return _combined(_LIBRARY.crypto_core_ristretto255_add, p, q)


def sub(p: Point, q: Point) -> Point:
    """Return P - Q, which may be NEUTRAL."""
    return _combined(_LIBRARY.crypto_core_ristretto255_sub, p, q)


def total(points: Iterable[Point]) -> Point:
    """Return the sum of points, NEUTRAL for none."""
    rest = iter(points)
    result = next(rest, NEUTRAL)
    for p in rest:
        result = add(result, p)
    return result


def combine(weights: Sequence[Scalar], points: Sequence[Point]) -> Point:
    """Return the weighted sum of points. A weight of one costs nothing."""
    return total(p if w == _ONE else mul(w, p) for w, p in zip(weights, points, strict=True))


def valid_signing_key(key: bytes) -> bool:
    """Tell whether an Ed25519 key is a point of the main subgroup; pyca accepts keys of small order."""
    return len(key) == 32 and pysodium.sodium.crypto_core_ed25519_is_valid_point(bytes(key)) == 1


def self_test() -> None:
    """Refuse to work on a library that computes wrongly: known answers of RFC 9496, whatever its version says."""
    # RFC 9496 appendix A.1: the second and the fifteenth multiple of the generator.
    twice = bytes.fromhex("6a493210f7499cd17fecb510ae0cea23a110e8d5b901f8acadd3095c73a3b919")
    fifteen = Scalar((15).to_bytes(32, "little"))
    known = bytes.fromhex("e0c418f7c8d9c4cdd7395b93ea124f3ad99021bb681dfc3302a9d99a2e53e64e")
    # RFC 9496 appendix A.3: the one-way map of the SHA-512 of a known label.
    label = hashlib.sha512(b"Ristretto is traditionally a short shot of espresso coffee").digest()
    image = bytes.fromhex("3066f82a1a747d45120d1740f14358531a8f04bbffe6a819f86dfe50f44a0a46")
    good = (
        base(_ONE) == GENERATOR
        and add(GENERATOR, GENERATOR) == twice
        and mul(fifteen, GENERATOR) == known
        and from_hash(label) == image
        and add(base(_MINUS_ONE), GENERATOR) == NEUTRAL
    )
    if not good:
        raise OwnFault(
            "BAD_LIBSODIUM", "libsodium computes ristretto255 wrongly", hint="install libsodium 1.0.18 or newer"
        )
