"""The group ristretto255 of PROTOCOL.md section 2; the only door to the libraries that compute it.

Promises that a `Point` is a valid encoding other than the neutral element and a `Scalar` lies in 1..l-1, when they came
through `point` and `scalar`. Sums may be NEUTRAL. A product that is neutral, or any other refusal of
the library, raises `GroupError`; inside a verification equation that is a failed proof (`failing_as`).

Secret scalars are only touched by `crypto_core_ristretto255_scalar_*`; `Scalar` values are never Python integers here.
Points are computed by the kernel in use (`kernels/`): libsodium, or the accelerator, which makes a sum of products as
one. What may be secret goes to `base`, `mul`, `multiply` and `sums`; `vartime_sums` and `vartime_combine` are for those
who check with public values.
"""

import ctypes
import hashlib
import hmac
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import NewType, TypeAlias

import pysodium

from mynumber.codes.errors import ProtocolError
from mynumber.codes.kernels import choice, libsodium
from mynumber.plumbing.errors import OwnFault

Point = NewType("Point", bytes)
Scalar = NewType("Scalar", bytes)
# One point or a list, PUBLIC, as the kernel keeps it, so that nobody has to decode it again.
Decoded = NewType("Decoded", object)
# A weight and its point, or None where the point stands for itself; what is added, and what is taken off.
Term: TypeAlias = tuple[Scalar | None, Point | Decoded]
Sum: TypeAlias = tuple[Sequence[Term], Sequence[Term]]

_LIBRARY = pysodium.sodium  # straight, because an exchange asks for a hundred scalars
_Bytes32 = ctypes.c_char * 32
ORDER = 2**252 + 27742317777372353535851937790883648493
NEUTRAL = Point(bytes(32))
KERNEL, IN_USE = choice.chosen()
ONE = Scalar((1).to_bytes(32, "little"))
_MINUS_ONE = Scalar((ORDER - 1).to_bytes(32, "little"))
GENERATOR = Point(bytes.fromhex("e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d76"))


class GroupError(ArithmeticError):
    """A product or a sum was refused."""


@contextmanager
def failing_as(name: str) -> Iterator[None]:
    """Turn a refusal of the library inside a verification equation into the failed proof `name`."""
    try:
        yield
    except GroupError as problem:
        raise ProtocolError(name) from problem


def point(data: bytes) -> Point:
    """Return `data` as a point, or raise BAD_POINT or IDENTITY_POINT."""
    if data == NEUTRAL:
        raise ProtocolError("IDENTITY_POINT")
    if len(data) != 32 or KERNEL.read(bytes(data), 1) is None:
        raise ProtocolError("BAD_POINT")
    return Point(bytes(data))


class Points(tuple[Point, ...]):
    """Points that were read together, and what the kernel read."""

    decoded: Decoded

    def each(self) -> list[Decoded]:
        """Return them one by one."""
        return [Decoded(one) for one in KERNEL.each(self.decoded)]


@lru_cache(maxsize=1024)
def kept(p: Point) -> Decoded:
    """Return a point of the directory, or a sum of such, which comes again; no other, because it stays in memory."""
    columns = KERNEL.read(p, 1)
    if columns is None:
        raise GroupError
    return Decoded(columns[0])


def points(data: bytes, width: int = 1) -> tuple[Points, ...]:
    """Return the columns of a table of points, row after row in `data`; a bad one raises what `point` says of it."""
    pieces = [Point(data[i : i + 32]) for i in range(0, len(data), 32)]
    columns = None if NEUTRAL in pieces else KERNEL.read(data, width)
    if columns is None:
        # The first one that is none has the word.
        pieces = [point(piece) for piece in pieces]
        raise ProtocolError("BAD_POINT")
    made = tuple(Points(pieces[column::width]) for column in range(width))
    for each, held in zip(made, columns, strict=True):
        each.decoded = Decoded(held)
    return made


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
    if len(digest) != 64:
        raise ValueError("64 bytes are reduced")
    out = _Bytes32()
    _LIBRARY.crypto_core_ristretto255_scalar_reduce(out, digest)
    return Scalar(out.raw)


def times(a: Scalar, b: Scalar) -> Scalar:
    """Return the product of two scalars."""
    return _of_two(_LIBRARY.crypto_core_ristretto255_scalar_mul, a, b)


def plus(a: Scalar, b: Scalar) -> Scalar:
    """Return the sum of two scalars."""
    return _of_two(_LIBRARY.crypto_core_ristretto255_scalar_add, a, b)


def _of_two(call: Callable[[ctypes.Array[ctypes.c_char], bytes, bytes], int], a: Scalar, b: Scalar) -> Scalar:
    if len(a) != 32 or len(b) != 32:
        raise ValueError("a scalar has 32 bytes")
    out = _Bytes32()
    call(out, a, b)
    return Scalar(out.raw)


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
    return _whole(KERNEL.base(s))


def mul(s: Scalar, p: Point) -> Point:
    """Return sP."""
    return _whole(KERNEL.mul(s, p))


def _whole(made: bytes | None) -> Point:
    if made is None:
        raise GroupError
    return Point(made)


def multiply(s: Scalar, points: Iterable[Point | Decoded]) -> tuple[Point, ...]:
    """Return sP for every point."""
    return sums([(((s, p),), ()) for p in points])


def add(p: Point, q: Point) -> Point:
    """Return P + Q, which may be NEUTRAL."""
    return _whole(KERNEL.add(p, q))


def sub(p: Point, q: Point) -> Point:
    """Return P - Q, which may be NEUTRAL."""
    return _whole(KERNEL.sub(p, q))


def total(points: Iterable[Point]) -> Point:
    """Return the sum of points, NEUTRAL for none."""
    rest = iter(points)
    result = next(rest, NEUTRAL)
    for p in rest:
        result = add(result, p)
    return result


def sums(wanted: Sequence[Sum]) -> tuple[Point, ...]:
    """Return the value of every sum, which may be NEUTRAL, in constant time in the weights."""
    return _all(KERNEL.sums(wanted))


def vartime_sums(wanted: Sequence[Sum]) -> tuple[Point, ...]:
    """Return the value of every sum; the time tells the weights, so they are PUBLIC, as in a proof that is checked."""
    return _all(KERNEL.vartime_sums(wanted))


def _all(made: list[bytes] | None) -> tuple[Point, ...]:
    if made is None:
        raise GroupError
    return tuple([Point(each) for each in made])


def differences(one: Points, other: Points) -> Decoded:
    """Return what each point of the first list is beyond that of the second; some may be NEUTRAL."""
    made = KERNEL.minus(one.decoded, other.decoded)
    if made is None:
        raise GroupError
    return Decoded(made)


def vartime_combine(weights: Sequence[Scalar], lists: Sequence[Decoded]) -> list[Decoded]:
    """Return the weighted sum of each list under the same PUBLIC weights. A weight of one costs nothing."""
    made = KERNEL.vartime_combine([None if weight == ONE else weight for weight in weights], lists)
    if made is None:
        raise GroupError
    return [Decoded(each) for each in made]


def valid_signing_key(key: bytes) -> bool:
    """Tell whether an Ed25519 key is a point of the main subgroup; pyca accepts keys of small order."""
    return len(key) == 32 and pysodium.sodium.crypto_core_ed25519_is_valid_point(bytes(key)) == 1


def self_test() -> None:
    """Refuse to work on a library that computes wrongly: known answers of RFC 9496, whatever its version says."""
    # RFC 9496 appendix A.3: the one-way map of the SHA-512 of a known label.
    label = hashlib.sha512(b"Ristretto is traditionally a short shot of espresso coffee").digest()
    image = bytes.fromhex("3066f82a1a747d45120d1740f14358531a8f04bbffe6a819f86dfe50f44a0a46")
    if not (choice.answers(libsodium) and from_hash(label) == image and plus(_MINUS_ONE, ONE) == bytes(32)):
        raise OwnFault(
            "BAD_LIBSODIUM", "libsodium computes ristretto255 wrongly", hint="install libsodium 1.0.18 or newer"
        )
