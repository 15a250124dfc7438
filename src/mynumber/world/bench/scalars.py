"""The price of the group: the scalar multiplications of PROTOCOL.md section 14, bare, straight from libsodium.

No part of an exchange can cost less than these, whatever is done around them; additions, decodings and hashes, which
the section does not count, are not in it.
"""

import ctypes
import hashlib
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pysodium

from mynumber.codes import group

_CALLS = 200


@dataclass(frozen=True, slots=True)
class Multiplications:
    """So many multiplications of any base (v) and of the generator (b)."""

    v: float
    b: float

    def seconds(self, price: "Price") -> float:
        """Return what they take."""
        return self.v * price.v + self.b * price.b


@dataclass(frozen=True, slots=True)
class Price:
    """Processor seconds of one multiplication of any base, and of the generator."""

    v: float
    b: float


# PROTOCOL.md section 14, `exchange`, two operators: by role, one entry, and each entry of a batch of 64.
SINGLE = {
    "asker": Multiplications(3, 2),
    "operator-1": Multiplications(23, 7),
    "operator-2": Multiplications(41, 11),
    "keeper": Multiplications(42, 10),
    "provider": Multiplications(25, 6),
}
BATCH = {
    "asker": Multiplications(2.0, 1.0),
    "operator-1": Multiplications(13.2, 2.1),
    "operator-2": Multiplications(21.3, 2.1),
    "keeper": Multiplications(20.3, 0.2),
    "provider": Multiplications(13.2, 0.1),
}


def measure(busy: int = 1, calls: int = _CALLS) -> Price:
    """Return the price of both now, in processor time of a thread, while so many cores do the same.

    Cores share caches, and often more: a multiplication beside another one is dearer than one alone.
    """
    cores = min(busy, len(os.sched_getaffinity(0)))
    with ThreadPoolExecutor(cores) as pool:
        prices = [each.result() for each in [pool.submit(_measure, calls) for _ in range(cores)]]
    return Price(sum(price.v for price in prices) / cores, sum(price.b for price in prices) / cores)


def _measure(calls: int) -> Price:
    scalar = group.reduce(hashlib.sha512(b"a scalar to measure with").digest())
    point = group.from_hash(hashlib.sha512(b"a point to measure with").digest())
    out = ctypes.create_string_buffer(32)
    library = pysodium.sodium
    return Price(
        v=_each(lambda: library.crypto_scalarmult_ristretto255(out, scalar, point), calls),
        b=_each(lambda: library.crypto_scalarmult_ristretto255_base(out, scalar), calls),
    )


def _each(call: Callable[[], int], calls: int) -> float:
    begun = time.thread_time()
    for _ in range(calls):
        call()
    return (time.thread_time() - begun) / calls
