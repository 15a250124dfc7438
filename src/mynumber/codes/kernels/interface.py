"""What a kernel of the group does; two kernels give the same bytes and the same refusals, whatever they are given.

Promises of every kernel: a point is a canonical encoding of 32 bytes, NEUTRAL included; the top bit of a scalar is
ignored and the rest reduced. A refusal is None: a length other than 32, no point, or a product that is NEUTRAL. A sum
may be NEUTRAL. Only functions named `vartime_` may take a time that depends on scalars: those of public values.
"""

from collections.abc import Sequence
from typing import Protocol, TypeAlias

# A list of points as the kernel that read it keeps it.
Held: TypeAlias = object
# A weight, or None where the point stands for itself; and the point: its encoding, or a held list of nothing else.
Term: TypeAlias = tuple[bytes | None, bytes | Held]
# What is added, and what is taken off.
Sum: TypeAlias = tuple[Sequence[Term], Sequence[Term]]


class Kernel(Protocol):
    """The calls of a kernel."""

    def read(self, data: bytes, width: int, /) -> Sequence[Held] | None:
        """Return the points that stand one after another, by column of a table `width` wide; nothing is left over."""

    def each(self, listed: Held, /) -> Sequence[Held]:
        """Return the points of a list one by one."""

    def minus(self, one: Held, other: Held, /) -> Held | None:
        """Return the differences of two lists of one length."""

    def vartime_combine(self, weights: Sequence[bytes | None], lists: Sequence[Held], /) -> Sequence[Held] | None:
        """Return the sum of each list under the same public weights; without one, a point stands for itself."""

    def base(self, s: bytes, /) -> bytes | None:
        """Return sG."""

    def mul(self, s: bytes, p: bytes, /) -> bytes | None:
        """Return sP."""

    def add(self, p: bytes, q: bytes, /) -> bytes | None:
        """Return P + Q."""

    def sub(self, p: bytes, q: bytes, /) -> bytes | None:
        """Return P - Q."""

    def sums(self, wanted: Sequence[Sum], /) -> list[bytes] | None:
        """Return the value of every sum."""

    def vartime_sums(self, wanted: Sequence[Sum], /) -> list[bytes] | None:
        """Return the value of every sum of public scalars."""
