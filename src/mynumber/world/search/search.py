"""Whether bytes hold what must not be in them, however it is written.

Promises that a needle is found at every place of the data in each of these forms, and that what is too short to mean
anything is named (`left_out`), never dropped in silence.

  text      UTF-8, the escapes of JSON in small and capital digits, UTF-16 of both byte orders
  bytes     as they are
  and each of these plain, in hex of both cases, in base64 and base64url at all three offsets, in percent of both
  cases, and as Python prints bytes

A needle that is `alone` is a short row of digits, which would occur by chance inside other texts. It counts where it is
a whole value: no letter or digit beside it in whatever form, and no fraction of a second.

A pattern of seven bytes or more covers at least one word of four bytes that is aligned in the data, whatever place it
lies at; one of six does unless it begins behind a word's first byte, and then it does in the data less that byte. So
each aligned word is looked up among chosen words of all patterns, and only then bytes are compared: the cost does not
grow with the number of needles. Most data hold none of the words, which a run of them is asked at once.
"""

import base64
import json
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeAlias
from urllib.parse import quote_from_bytes

SHORTEST = 8
SHORTEST_ALONE = 6
_WORD = 4
_INDEXED = 2 * _WORD - 1
_RUN = 512
# What may not stand beside a value that is alone; a point between digits makes it a fraction.
_BESIDE = re.compile(rb"[0-9A-Za-z_%-]\Z|[0-9]\.\Z"), re.compile(rb"[0-9A-Za-z_]")
_PERCENT = tuple(quote_from_bytes(bytes([byte]), safe="") for byte in range(256))

Words: TypeAlias = "dict[int, list[tuple[int, bytes]]]"
"""Word -> every pattern that has it, and at which place."""


@dataclass(frozen=True, slots=True, order=True)
class Needle:
    """A value that belongs to some places and to no other; `kind` says whose and what it is, in words for a report."""

    kind: str
    value: str | bytes = field(repr=False)
    alone: bool = False


@dataclass(frozen=True, slots=True)
class Hit:
    """A needle found: its kind, the form it was written in, where in the data; a printed hit does not show it."""

    kind: str
    form: str
    at: int
    pattern: bytes = field(repr=False)


def forms(needle: Needle) -> dict[str, bytes]:
    """Return every form of a needle by name; forms that come out the same have one name."""
    found: dict[bytes, str] = {}
    plains = {plain: written for written, plain in reversed(_written(needle.value).items())}
    for plain, written in reversed(plains.items()):
        for wrapped, pattern in (_whole(plain) if needle.alone else _wrapped(plain)).items():
            found.setdefault(pattern, f"{written} {wrapped}".strip())
    return {form: pattern for pattern, form in found.items()}


def _written(value: str | bytes) -> dict[str, bytes]:
    if isinstance(value, bytes):
        return {"raw": value}
    escaped = json.dumps(value)[1:-1]
    capital = re.sub(r"\\u[0-9a-f]{4}", lambda match: rf"\u{match[0][2:].upper()}", escaped)
    return {
        "utf-8": value.encode(),
        "json": escaped.encode("ascii"),
        "json capital": capital.encode("ascii"),
        "utf-16-le": value.encode("utf-16-le"),
        "utf-16-be": value.encode("utf-16-be"),
    }


def _wrapped(plain: bytes) -> dict[str, bytes]:
    percent = "".join([_PERCENT[byte] for byte in plain])
    small = re.sub("%..", lambda match: match[0].lower(), percent)
    found = {
        "": plain,
        "hex": plain.hex().encode("ascii"),
        "hex capital": plain.hex().upper().encode("ascii"),
        "percent": percent.encode("ascii"),
        "percent small": small.encode("ascii"),
        "repr": repr(plain)[2:-1].encode("ascii"),
    }
    for offset in range(3):
        found[f"base64 {offset}"] = pattern = _base64(plain, offset)
        found[f"base64url {offset}"] = pattern.translate(bytes.maketrans(b"+/", b"-_"))
    return found


def _whole(plain: bytes) -> dict[str, bytes]:
    """Return the forms of a value of which nothing else is written in one piece."""
    found = {form: pattern for form, pattern in _wrapped(plain).items() if not form.startswith("base64")}
    encoded = base64.b64encode(plain).rstrip(b"=")
    return found | {"base64": encoded, "base64url": encoded.translate(bytes.maketrans(b"+/", b"-_"))}


def _base64(plain: bytes, offset: int) -> bytes:
    """Return the characters that hang on `plain` alone where it begins `offset` bytes behind a multiple of three."""
    encoded = base64.b64encode(bytes(offset) + plain)
    return encoded[-(-8 * offset // 6) : 8 * (offset + len(plain)) // 6]


class Search:
    """A search for many needles at once; `left_out` has the needles that are not looked for, and why."""

    def __init__(self, needles: Iterable[Needle]) -> None:
        """Prepare the forms of all needles."""
        self.needles: list[Needle] = []
        self.left_out: list[tuple[Needle, str]] = []
        self._patterns: dict[bytes, tuple[str, str]] = {}
        self._alone: set[bytes] = set()
        for needle in needles:
            self._take(needle)
        self._words: Words = defaultdict(list)
        self._moved: Words = defaultdict(list)
        for pattern in self._patterns:
            self._index(pattern)
        # What is asked of every word of the data; behind a byte the data have other words.
        self._asked = ((0, self._words, frozenset(self._words)), (1, self._moved, frozenset(self._moved)))

    def _take(self, needle: Needle) -> None:
        value = needle.value
        size = len(value.encode() if isinstance(value, str) else value)
        if size < (SHORTEST_ALONE if needle.alone else SHORTEST):
            self.left_out.append((needle, f"{size} bytes occur by chance"))
            return
        self.needles.append(needle)
        for form, pattern in forms(needle).items():
            if pattern not in self._patterns:
                self._patterns[pattern] = needle.kind, form
                self._alone |= {pattern} if needle.alone else set()
            elif not needle.alone:
                self._alone.discard(pattern)

    def _index(self, pattern: bytes) -> None:
        # Three Japanese characters have six bytes in UTF-16, and nothing that is looked for has fewer.
        last = len(pattern) - _WORD
        for place in range(min(_WORD, last + 1)):
            # Of the words that tell the same place the one that fewest others have: many needles begin alike.
            further = range(place, last + 1, _WORD)
            chosen = {further[0], further[len(further) // 2], further[-1]}
            _, at, word = min(
                (len(self._words.get(word, ())), at, word) for at in chosen for word in [_word(pattern, at)]
            )
            self._words[word].append((at, pattern))
        if len(pattern) < _INDEXED:
            self._moved[_word(pattern, 0)].append((0, pattern))

    @property
    def patterns(self) -> frozenset[bytes]:
        """Everything that is looked for."""
        return frozenset(self._patterns)

    def scan(self, data: bytes) -> list[Hit]:
        """Return every needle in the data, in the order of the places."""
        places = {place for moved, words, known in self._asked for place in _places(data, moved, words, known)}
        return [
            Hit(*self._patterns[pattern], at, pattern)
            for at, pattern in sorted(places)
            if pattern not in self._alone or _stands_alone(data, at, at + len(pattern))
        ]


def _stands_alone(data: bytes, begin: int, end: int) -> bool:
    before, behind = _BESIDE
    return not (before.search(data[max(0, begin - 2) : begin]) or behind.match(data[end : end + 1]))


def _word(pattern: bytes, at: int) -> int:
    return int.from_bytes(pattern[at : at + _WORD], sys.byteorder)


def _places(data: bytes, moved: int, words: Words, known: frozenset[int]) -> Iterator[tuple[int, bytes]]:
    """Return (place, pattern) by the words of the data behind its first `moved` bytes."""
    if not known:
        return
    view = memoryview(data)[moved:]
    aligned = view[: len(view) // _WORD * _WORD].cast("I")
    for begin in range(0, len(aligned), _RUN):
        run = aligned[begin : begin + _RUN]
        if known.isdisjoint(run):
            continue
        for index, word in enumerate(run, begin):
            if word in known:
                for place, pattern in words[word]:
                    at = moved + index * _WORD - place
                    if at >= 0 and data.startswith(pattern, at):
                        yield at, pattern
