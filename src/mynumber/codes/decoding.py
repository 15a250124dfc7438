"""Whether 32 bytes are a code's encoding (PROTOCOL.md section 2), in plain Python: for who has no libsodium at hand.

Promises the answer of `group.point`, for looking at bytes that anybody may see: it takes as long as the bytes let it.
"""

_PRIME = 2**255 - 19
_D = -121665 * pow(121666, -1, _PRIME) % _PRIME
_ROOT_OF_MINUS_ONE = pow(2, (_PRIME - 1) // 4, _PRIME)


def is_point(data: bytes) -> bool:
    """Whether `data` is a point other than the neutral one (RFC 9496 section 4.3.1); one in 16 random values is."""
    s = int.from_bytes(data, "little")
    if len(data) != 32 or s >= _PRIME or s & 1 or s == 0:
        return False
    square = s * s % _PRIME
    first, second = (1 - square) % _PRIME, (1 + square) % _PRIME
    v = (-_D * first * first - second * second) % _PRIME
    root = _inverse_root(v * second * second % _PRIME)
    if root is None:
        return False
    x = _even(2 * s * root * second)
    y = first * root * root * second * v % _PRIME
    return not x * y % _PRIME & 1 and y != 0


def _inverse_root(value: int) -> int | None:
    """Return the even root of the inverse, or None if there is none."""
    cube = pow(value, 3, _PRIME)
    root = cube * pow(cube * cube * value, (_PRIME - 5) // 8, _PRIME) % _PRIME
    check = value * root * root % _PRIME
    if check == _PRIME - 1:
        root, check = root * _ROOT_OF_MINUS_ONE % _PRIME, 1
    return _even(root) if check == 1 else None


def _even(value: int) -> int:
    value %= _PRIME
    return _PRIME - value if value & 1 else value
