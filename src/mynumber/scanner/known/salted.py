"""Hashes of known numbers with a salt that stands beside them: before a `$` or `:`, or in another cell of their line.

A salt that everybody can read hides nothing from whoever has a list, so a column of such hashes is one of My Numbers.
Promises bounded work: some words of each group are compared with the list, and no more than so many hashes are made.
"""

import hashlib
import re
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice, product

from mynumber.scanner.converting.columns import Converted
from mynumber.scanner.finding.tokens import Values
from mynumber.scanner.known.hashes import PREFIX
from mynumber.scanner.known.long_words import LongWords, Placed

# Hashes that are made for one group: columns of digests of other things are many.
_MOST, _MOST_UNLABELLED = 4_000_000, 200_000
_WORDS = 6
_GROUPS = 16
_FEWEST = 3
_LINE = 400
_SALT_BEFORE = -1
_PLACES = (-1, 1, -2, 2, -3, 3, -4, 4)
_PARTS = re.compile(rb"[^\s,;|\"'$:=<>{}\[\]()]{1,64}")
_ALGORITHMS: Mapping[int, Sequence[str]] = {
    16: ("md5",),
    20: ("sha1",),
    28: ("sha224",),
    32: ("sha256", "sha3_256"),
    48: ("sha384",),
    64: ("sha512",),
}
_JOINS: Mapping[str, Callable[[bytes, bytes], bytes]] = {
    "before": lambda salt, number: salt + number,
    "behind": lambda salt, number: number + salt,
    "and a colon before": lambda salt, number: salt + b":" + number,
    "and a colon behind": lambda salt, number: number + b":" + salt,
    "and a hyphen before": lambda salt, number: salt + b"-" + number,
}


@dataclass(frozen=True, slots=True)
class _Word:
    """A long word: its first bytes, where it stands, and what else stands on its line, nearest first on the left."""

    prefix: int
    place: tuple[int, int]
    left: Sequence[bytes]
    right: Sequence[bytes]

    def salt(self, at: int) -> bytes | None:
        """Return what stands at a place: -1 is the nearest on the left, 1 the nearest on the right."""
        parts = self.left if at < 0 else self.right
        return parts[abs(at) - 1] if abs(at) <= len(parts) else None


@dataclass(slots=True)
class _Group:
    """Some words of one group, how many it has, and whether a label says that they are My Numbers."""

    size: int
    labelled: bool = False
    count: int = 0
    words: list[_Word] = field(default_factory=list)


class SaltedWords:
    """The long words of one text that may be salted hashes."""

    def __init__(self) -> None:
        self._groups: dict[tuple[int, int], _Group] = {}

    def take(self, placed: Placed, long: LongWords, labelled: Container[int], text: bytes) -> None:
        """Keep some words of a block with what stands beside them; some carry a label of a My Number."""
        for at in range(len(long)):
            # What stands before a word makes its group; a salt there is another one in each row.
            salted = text[int(placed.start[at]) - 1 : int(placed.start[at])] in (b"$", b":")
            key = _SALT_BEFORE if salted else int(placed.key[at]), int(long.size[at])
            if key[1] not in _ALGORITHMS or (key not in self._groups and len(self._groups) >= _GROUPS):
                continue
            group = self._groups.setdefault(key, _Group(key[1]))
            group.count += 1
            group.labelled |= at in labelled
            if len(group.words) < _WORDS:
                start = int(placed.start[at])
                end = start + int(long.length[at])
                left = text[max(0, start - _LINE) : start].rpartition(b"\n")[2]
                right = text[end : end + _LINE].partition(b"\n")[0]
                place = int(placed.line[at]), int(placed.column[at])
                parts = _PARTS.findall(left)[::-1], _PARTS.findall(right)
                group.words.append(_Word(int(long.prefix[at]), place, *parts))

    def found(self, values: Values, known: Container[int]) -> Iterator[tuple[int, Converted]]:
        """Yield the groups, but for those known otherwise, of which a word is a salted hash of a listed number."""
        numbers = [b"%012d" % value for value in values.tolist()]
        for (key, size), group in self._groups.items():
            most = (_MOST if group.labelled else _MOST_UNLABELLED) // max(1, len(numbers))
            if key in known or group.count < _FEWEST:
                continue
            for word, (place, algorithm, name) in islice(product(group.words, _schemes(size)), most):
                salt = word.salt(place)
                if salt is not None and (digits := _behind(word.prefix, salt, algorithm, name, numbers)):
                    how = f"salted {algorithm.replace('_', '-')}, the salt {name} the number"
                    yield key, Converted(how, word.place, digits, group.count)
                    break


def _schemes(size: int) -> Iterator[tuple[int, str, str]]:
    return product(_PLACES, _ALGORITHMS[size], _JOINS)


def _behind(prefix: int, salt: bytes, algorithm: str, name: str, numbers: Sequence[bytes]) -> str:
    """Return the number whose hash with this salt begins so, if one does."""
    make, join = partial(hashlib.new, algorithm, usedforsecurity=False), _JOINS[name]
    wanted = prefix.to_bytes(PREFIX)
    return next((one.decode() for one in numbers if make(join(salt, one)).digest()[:PREFIX] == wanted), "")
