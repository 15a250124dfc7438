"""The kernel that is always there: libsodium, product by product, every one of them in constant time.

Promises what `interface.py` says of a kernel. libsodium 1.0.18 ignores the top bit of an encoding and later versions do
not, so it is tested here.
"""

import ctypes
from collections.abc import Callable, Sequence

import pysodium

from mynumber.codes.kernels.interface import Held, Sum, Term

_LIBRARY = pysodium.sodium  # straight, because there are hundreds of calls in an exchange
_Bytes32 = ctypes.c_char * 32
_NEUTRAL = bytes(32)
_GENERATOR = bytes.fromhex("e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d76")


class Points(tuple[bytes, ...]):
    """Points that were read together, as they came."""

    __slots__ = ()


def read(data: bytes, width: int) -> list[Points] | None:
    """Return the points that stand one after another, by column of a table `width` wide; nothing is left over."""
    pieces = [data[i : i + 32] for i in range(0, len(data), 32)]
    if not all(_encodes(piece) and _LIBRARY.crypto_core_ristretto255_is_valid_point(piece) for piece in pieces):
        return None
    return [Points(pieces[column::width]) for column in range(width)]


def each(listed: Held) -> list[Points]:
    """Return the points of a list one by one."""
    return [Points((p,)) for p in _points(listed)]


def minus(one: Held, other: Held) -> Points | None:
    """Return the differences of two lists of one length."""
    if len(_points(one)) != len(_points(other)):
        return None
    made = sums([(((None, p),), ((None, q),)) for p, q in zip(_points(one), _points(other), strict=True)])
    return None if made is None else Points(made)


def vartime_combine(weights: Sequence[bytes | None], lists: Sequence[Held]) -> list[Points] | None:
    """Return the sum of each list under the same public weights; without one, a point stands for itself."""
    read = [_points(listed) for listed in lists]
    if any(len(listed) != len(weights) for listed in read):
        return None
    if list(weights) == [None]:
        return read
    made = sums([(tuple(zip(weights, listed, strict=True)), ()) for listed in read])
    return None if made is None else [Points((value,)) for value in made]


def _points(held: Held) -> Points:
    if not isinstance(held, Points):
        raise TypeError("these points were read by another kernel")
    return held


def base(s: bytes) -> bytes | None:
    """Return sG."""
    out = _Bytes32()
    if len(s) != 32 or _LIBRARY.crypto_scalarmult_ristretto255_base(out, s):
        return None
    return out.raw


def mul(s: bytes, p: bytes) -> bytes | None:
    """Return sP."""
    out = _Bytes32()
    if len(s) != 32 or not _encodes(p) or _LIBRARY.crypto_scalarmult_ristretto255(out, s, p):
        return None
    return out.raw


def add(p: bytes, q: bytes) -> bytes | None:
    """Return P + Q."""
    return _combined(_LIBRARY.crypto_core_ristretto255_add, p, q)


def sub(p: bytes, q: bytes) -> bytes | None:
    """Return P - Q."""
    return _combined(_LIBRARY.crypto_core_ristretto255_sub, p, q)


def sums(wanted: Sequence[Sum]) -> list[bytes] | None:
    """Return the value of every sum."""
    values = []
    for plus, minus in wanted:
        value = _sum(plus, minus)
        if value is None:
            return None
        values.append(value)
    return values


vartime_sums = sums


def _sum(plus: Sequence[Term], minus: Sequence[Term]) -> bytes | None:
    value: bytes | None = None
    for terms, join in ((plus, add), (minus, sub)):
        for weight, named in terms:
            p = _encoding(named)
            product = None if p is None else _product(weight, p)
            if product is None:
                return None
            # A product is a point, so the first one needs no addition; a point that stands for itself is tested by it.
            first = value is None and join is add and weight is not None
            value = product if first else join(_NEUTRAL if value is None else value, product)
            if value is None:
                return None
    return _NEUTRAL if value is None else value


def _encoding(named: bytes | Held) -> bytes | None:
    if isinstance(named, bytes):
        return named
    listed = _points(named)
    return listed[0] if len(listed) == 1 else None


def _product(weight: bytes | None, p: bytes) -> bytes | None:
    if weight is None:
        return p
    return base(weight) if p == _GENERATOR else mul(weight, p)


def _combined(call: Callable[[ctypes.Array[ctypes.c_char], bytes, bytes], int], p: bytes, q: bytes) -> bytes | None:
    out = _Bytes32()
    if not _encodes(p) or not _encodes(q) or call(out, p, q):
        return None
    return out.raw


def _encodes(data: bytes) -> bool:
    """Tell whether the library may be given these bytes, which it does not measure itself."""
    return len(data) == 32 and data[31] < 0x80
