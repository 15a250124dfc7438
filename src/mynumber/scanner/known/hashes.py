"""Unsalted hashes of known numbers; promises each usual hash of each usual spelling, with the number behind it.

An unsalted hash of a My Number can be undone by trying all numbers, so it is treated as the number itself. A keyed hash
cannot be found without its key.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from mynumber.scanner.finding.marks import Places
from mynumber.scanner.finding.tokens import Values

Prefixes = NDArray[np.uint64]
PREFIX = 8
_SAMPLE = 2000
_WIDE = str.maketrans("0123456789", "０１２３４５６７８９")


class _Hash(Protocol):
    """What every hash has."""

    @property
    def digest_size(self) -> int: ...

    def digest(self) -> bytes: ...


_Digest = Callable[[bytes], _Hash]
_ALGORITHMS: Mapping[str, _Digest] = {
    "md5": partial(hashlib.md5, usedforsecurity=False),
    "sha1": partial(hashlib.sha1, usedforsecurity=False),
    "sha224": hashlib.sha224,
    "sha256": hashlib.sha256,
    "sha384": hashlib.sha384,
    "sha512": hashlib.sha512,
    "sha3-256": hashlib.sha3_256,
    "blake2s": hashlib.blake2s,
    "blake2b": hashlib.blake2b,
}
_SPELLINGS: Mapping[str, Callable[[str], str]] = {
    "": lambda number: number,
    "with hyphens": lambda number: f"{number[:4]}-{number[4:8]}-{number[8:]}",
    "with blanks": lambda number: f"{number[:4]} {number[4:8]} {number[8:]}",
    "in full-width digits": lambda number: number.translate(_WIDE),
    "with the end of the line": lambda number: f"{number}\n",
    "without leading zeros": lambda number: number.lstrip("0"),
}


@dataclass(frozen=True, slots=True)
class _Family:
    """One hash of one spelling."""

    algorithm: str
    spelling: str

    @property
    def name(self) -> str:
        return f"{self.algorithm} of the number {self.spelling}".rstrip()

    @property
    def size(self) -> int:
        return _ALGORITHMS[self.algorithm](b"").digest_size

    def prefixes(self, values: Values) -> Prefixes:
        """Return the first bytes of the digest of each value."""
        digest, spell = _ALGORITHMS[self.algorithm], _SPELLINGS[self.spelling]
        found = [digest(spell(f"{value:012d}").encode()).digest()[:PREFIX] for value in values.tolist()]
        return np.frombuffer(b"".join(found), ">u8").astype(np.uint64)


_FAMILIES = tuple(_Family(algorithm, spelling) for algorithm in _ALGORITHMS for spelling in _SPELLINGS)
SIZES = frozenset(family.size for family in _FAMILIES) | {PREFIX}


@dataclass(frozen=True, slots=True)
class _Table:
    """The digests of one family in order, and the number of each."""

    prefixes: Prefixes
    values: Values

    def behind(self, wanted: Prefixes) -> Values:
        """Return the number behind each digest, or -1."""
        at = np.minimum(np.searchsorted(self.prefixes, wanted), len(self.prefixes) - 1)
        return np.where(self.prefixes[at] == wanted, self.values[at], -1)


class HashBook:
    """The hashes of known numbers, made when they are asked for and kept."""

    def __init__(self, values: Values) -> None:
        self._values = values
        self._sample = values[:: max(1, len(values) // _SAMPLE)]
        self._tables: dict[tuple[_Family, bool], _Table] = {}

    def behind(self, size: int, wanted: Prefixes) -> tuple[Values, Sequence[str]]:
        """Return the number behind each digest, cut off after so many bytes or more, or -1, and which hash it is.

        The families of which a sample is seen come first, so that a column of one family costs that family alone; what
        is left is compared with all.
        """
        values, names = np.full(len(wanted), -1, np.int64), [""] * len(wanted)
        for family in self._likeliest(size, wanted):
            left: Places = np.flatnonzero(values < 0)
            if not len(left):
                break
            found = self._table(family, whole=True).behind(wanted[left])
            values[left] = found
            for at in left[found >= 0].tolist():
                names[at] = family.name
        return values, names

    def _likeliest(self, size: int, wanted: Prefixes) -> Iterator[_Family]:
        families = [family for family in _FAMILIES if family.size >= size]
        hits = {
            family: int(np.count_nonzero(self._table(family, whole=False).behind(wanted) >= 0)) for family in families
        }
        likeliest = sorted(families, key=lambda family: -hits[family])
        # A digest that was cut off is believed where a column shows more of them.
        yield from (family for family in likeliest if hits[family] or family.size == size)

    def _table(self, family: _Family, *, whole: bool) -> _Table:
        table = self._tables.get((family, whole))
        if table is None:
            values = self._values if whole else self._sample
            prefixes = family.prefixes(values)
            order = np.argsort(prefixes)
            table = self._tables[family, whole] = _Table(prefixes[order], values[order])
        return table
