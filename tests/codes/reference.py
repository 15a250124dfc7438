"""ristretto255 as RFC 9496 writes it down, in plain Python integers: slow, variable time, and independent of libsodium.

For comparison only; nothing in `mynumber` may import it.
"""

from dataclasses import dataclass

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
SQRT_M1 = pow(2, (P - 1) // 4, P)


def is_negative(x: int) -> bool:
    return x % P % 2 == 1


def absolute(x: int) -> int:
    return -x % P if is_negative(x) else x % P


def sqrt_ratio_m1(u: int, v: int) -> tuple[bool, int]:
    """RFC 9496 section 4.2."""
    r = u * pow(v, 3, P) * pow(u * pow(v, 7, P), (P - 5) // 8, P) % P
    check = v * r * r % P
    correct, flipped, flipped_i = check == u % P, check == -u % P, check == -u * SQRT_M1 % P
    if flipped or flipped_i:
        r = r * SQRT_M1 % P
    return correct or flipped, absolute(r)


# RFC 9496 section 4.1, computed instead of copied: a = -1.
SQRT_AD_MINUS_ONE = 25063068953384623474111414158702152701244531502492656460079210482610430750235
INVSQRT_A_MINUS_D = sqrt_ratio_m1(1, -1 - D)[1]
ONE_MINUS_D_SQ = (1 - D * D) % P
D_MINUS_ONE_SQ = (D - 1) ** 2 % P
assert SQRT_AD_MINUS_ONE**2 % P == (-D - 1) % P


@dataclass(frozen=True)
class Element:
    """A point of edwards25519 in extended coordinates, standing for its class."""

    x: int
    y: int
    z: int
    t: int

    def __add__(self, other: "Element") -> "Element":
        a, b = (self.y - self.x) * (other.y - other.x), (self.y + self.x) * (other.y + other.x)
        c, d = 2 * D * self.t * other.t, 2 * self.z * other.z
        e, f, g, h = b - a, d - c, d + c, b + a
        return Element(e * f % P, g * h % P, f * g % P, e * h % P)

    def __neg__(self) -> "Element":
        return Element(-self.x % P, self.y, self.z, -self.t % P)

    def __sub__(self, other: "Element") -> "Element":
        return self + -other

    def times(self, scalar: int) -> "Element":
        result, double = NEUTRAL, self
        while scalar:
            if scalar & 1:
                result = result + double
            double, scalar = double + double, scalar >> 1
        return result

    def encode(self) -> bytes:
        """RFC 9496 section 4.3.2."""
        u1, u2 = (self.z + self.y) * (self.z - self.y) % P, self.x * self.y % P
        _, invsqrt = sqrt_ratio_m1(1, u1 * u2 * u2 % P)
        den1, den2 = invsqrt * u1 % P, invsqrt * u2 % P
        z_inv = den1 * den2 * self.t % P
        rotate = is_negative(self.t * z_inv)
        x, y = (self.y * SQRT_M1 % P, self.x * SQRT_M1 % P) if rotate else (self.x, self.y)
        den_inv = den1 * INVSQRT_A_MINUS_D % P if rotate else den2
        if is_negative(x * z_inv):
            y = -y % P
        return absolute(den_inv * (self.z - y)).to_bytes(32, "little")


NEUTRAL = Element(0, 1, 1, 0)


def decode(data: bytes) -> Element | None:
    """RFC 9496 section 4.3.1; None for an invalid encoding."""
    s = int.from_bytes(data, "little")
    if len(data) != 32 or s >= P or is_negative(s):
        return None
    ss = s * s % P
    u1, u2 = (1 - ss) % P, (1 + ss) % P
    v = (-(D * u1 * u1) - u2 * u2) % P
    was_square, invsqrt = sqrt_ratio_m1(1, v * u2 * u2 % P)
    den_x = invsqrt * u2 % P
    x, y = absolute(2 * s * den_x), u1 * (invsqrt * den_x * v) % P
    t = x * y % P
    return None if not was_square or is_negative(t) or y == 0 else Element(x, y, 1, t)


def one_way_map(digest: bytes) -> Element:
    """RFC 9496 section 4.3.4."""
    return _map(digest[:32]) + _map(digest[32:])


def _map(half: bytes) -> Element:
    t = int.from_bytes(half, "little") % 2**255 % P
    r = SQRT_M1 * t * t % P
    u = (r + 1) * ONE_MINUS_D_SQ % P
    v = (-1 - r * D) * (r + D) % P
    was_square, s = sqrt_ratio_m1(u, v)
    c = -1
    if not was_square:
        s, c = -absolute(s * t) % P, r
    n = (c * (r - 1) * D_MINUS_ONE_SQ - v) % P
    w0, w1, w2, w3 = 2 * s * v, n * SQRT_AD_MINUS_ONE, 1 - s * s, 1 + s * s
    return Element(w0 * w3 % P, w2 * w1 % P, w1 * w3 % P, w0 * w2 % P)


_decoded = decode(bytes.fromhex("e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d76"))
assert _decoded is not None
GENERATOR = _decoded
