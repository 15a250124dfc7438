"""Texts that write characters otherwise: entities, escapes, percent signs, digits each in a cell of its own.

Promises the text as it is meant and places as it is written. What the beginning of a text does not use is looked for
later on only in JSON and markup, so that other texts cost nothing.
"""

import codecs
import html
import json
import re
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from io import BufferedReader
from typing import TypeAlias
from urllib.parse import unquote_to_bytes

from mynumber.scanner.finds import Location
from mynumber.scanner.reading.blocks import blocks_of
from mynumber.scanner.reading.encodings import encoding_of
from mynumber.scanner.reading.parts import Part

# So many letters as they are written, and what they mean.
Atom: TypeAlias = tuple[int, str]
_MOST = 1 << 21
_TAIL = 400
# No sign is longer.
_SIGN = 12
_LINE = 32
_DIGIT = re.compile("[0-9]")
_ANY_DIGIT = re.compile(r"\d")
_HALF = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class _Way:
    """One way to write: what shows it in the bytes, how it looks, what it means; `marks` are all in what uses it."""

    shown: re.Pattern[bytes]
    marks: bytes
    pattern: str
    atoms: Callable[[str], Iterable[Atom]]
    # Whether it is usual in JSON and markup.
    usual: bool = False


def _escapes(text: str) -> Iterator[Atom]:
    """Yield the characters of JSON escapes; halves of a pair belong together."""
    meant = text.encode().decode("unicode_escape")
    if _HALF.search(meant):
        meant = json.loads(f'"{text}"')
    if _ANY_DIGIT.search(meant):
        yield from ((6 * (1 + (ord(one) > 0xFFFF)), one) for one in meant)
    else:
        yield len(text), meant


def _entity(text: str) -> Iterator[Atom]:
    yield len(text), html.unescape(text)


def _percent(text: str) -> Iterator[Atom]:
    try:
        meant = unquote_to_bytes(text).decode()
    except UnicodeDecodeError:
        meant = ""
    # `%20` is a spelling of its own.
    if meant.isascii() and not _DIGIT.search(meant):
        yield len(text), text
    else:
        yield from ((3 * len(one.encode()), one) for one in meant)


def _cells(separator: str) -> Callable[[str], Iterator[Atom]]:
    def atoms(text: str) -> Iterator[Atom]:
        digits = re.findall("[0-9]+", text)
        # Lines stay lines.
        breaks = "\n" * text.count("\n")
        lead = 0 if breaks else text.index(digits[0])
        yield lead, ""
        yield len(text) - lead, separator.join(digits) + breaks

    return atoms


def _quoted(text: str) -> Iterator[Atom]:
    yield 1, ""
    yield len(text) - 1, text.replace('"', "")


def _blank(text: str) -> Iterator[Atom]:
    yield len(text), " "


def _whole(text: str) -> Iterator[Atom]:
    yield len(text), text.partition(".")[0]


_WAYS: Mapping[str, _Way] = {
    "escape": _Way(re.compile(rb"\\u[0-9a-fA-F]{4}"), b"\\u", r"(?:\\u[0-9a-fA-F]{4})+", _escapes, usual=True),
    "entity": _Way(
        re.compile(rb"&(?:#[0-9xX]|nbsp;|ensp;|minus;)"),
        b"&",
        r"&(?:#[0-9]{2,7}|#[xX][0-9a-fA-F]{2,6}|nbsp|ensp|minus|ndash);",
        _entity,
        usual=True,
    ),
    "percent": _Way(re.compile(rb"%[EeFf][0-9A-Fa-f]%|%3[0-9]%3"), b"%", r"(?:%[0-9A-Fa-f]{2})+", _percent, usual=True),
    "row": _Way(
        re.compile(rb"[0-9][ \t]*</t[dh]>[ \t]*<t[dh]"),
        b"</t",
        r"[ \t]*</t[dh]>[ \t]*<t[dh][^<>]*>",
        _blank,
    ),
    "array": _Way(
        re.compile(rb'\[\s*"?[0-9]{4}"?\s*,\s*"?[0-9]{4}"?\s*,'),
        b"[",
        r'\[\s*(?:"[0-9]{4}"\s*,\s*"[0-9]{4}"\s*,\s*"[0-9]{4}"|[0-9]{4}\s*,\s*[0-9]{4}\s*,\s*[0-9]{4})\s*\]',
        _cells(" "),
    ),
    "digits": _Way(
        re.compile(rb'\[\s*"?[0-9]"?(?:\s*,\s*"?[0-9]"?){11}\s*\]'),
        b"[",
        r'\[\s*"?[0-9]"?(?:\s*,\s*"?[0-9]"?){11}\s*\]',
        _cells(""),
    ),
    "quoted": _Way(
        re.compile(rb'"[0-9]{4}"[,;\t]"[0-9]{4}"[,;\t]"[0-9]{4}"|"[0-9]"(?:[,;\t]"[0-9]"){11}'),
        b'"',
        r'(?<![0-9]"[,;\t])(?:"[0-9]{4}"(?P<a>[,;\t])"[0-9]{4}"(?P=a)"[0-9]{4}"(?!(?P=a)"[0-9])'
        r'|"[0-9]"(?P<b>[,;\t])(?:"[0-9]"(?P=b)){10}"[0-9]"(?!(?P=b)"[0-9]))',
        _quoted,
    ),
    "float": _Way(
        re.compile(rb"(?:^|[^0-9.])[0-9]{12}\.0(?![0-9.])"), b".0", r"(?<![0-9.])[0-9]{9,12}\.0(?![0-9.])", _whole
    ),
}


def part_of(path: str, stream: BufferedReader, sample: bytes) -> Part:
    """Return the text of a stream that begins with `sample`."""
    ways = ways_in(sample.replace(b"\0", b"") if b"\0" in sample else sample)
    if not ways:
        return Part(path, blocks_of(stream))
    meant = _Meant(stream, encoding_of(sample), ways)
    return Part(path, blocks_of(meant, "utf-8"), meant.place)


def ways_in(sample: bytes) -> list[str]:
    """Return the ways in which a text that begins so writes, and those that are usual in texts of its kind."""
    marked = sample.lstrip(codecs.BOM_UTF8 + b" \t\r\n")[:1] in (b"<", b"{", b"[")
    return [
        name
        for name, way in _WAYS.items()
        if (marked and way.usual) or (way.marks in sample and way.shown.search(sample))
    ]


class _Meant:
    """A stream of the text as it is meant, in UTF-8, and the way back from a place in it."""

    def __init__(self, stream: BufferedReader, codec: str, ways: Iterable[str]) -> None:
        self._stream, self._codec = stream, codec
        self._decoder = codecs.getincrementaldecoder(codec)("replace")
        self._ways = {name: _WAYS[name] for name in ways}
        self._pattern = re.compile("|".join(f"(?P<{name}>{way.pattern})" for name, way in self._ways.items()))
        self._kept = ""
        # Where the next letter stands, as it is meant, and how much further to the right it is written.
        self._line, self._column, self._shift = 1, 1, 0
        self._places, self._shifts = array("q"), array("q")

    def read(self, size: int) -> bytes:
        """Return the next bytes; none at the end."""
        while data := self._stream.read(size):
            if not self._kept and self._is_plain(data):
                self._go_past(data.decode("utf-8", "replace"))
                return data
            text = self._kept + self._decoder.decode(data)
            end = _end(text)
            self._kept = text[end:]
            if end:
                return self._meant(text[:end])
        text, self._kept = self._kept + self._decoder.decode(b"", final=True), ""
        return self._meant(text)

    def place(self, line: int, column: int) -> Location:
        """Return where a letter is written."""
        at = bisect_right(self._places, line << _LINE | column) - 1
        known = at >= 0 and self._places[at] >> _LINE == line
        return Location(line=line, column=column + (self._shifts[at] if known else 0))

    def _is_plain(self, data: bytes) -> bool:
        if self._codec != "utf-8" or self._decoder.getstate()[0]:
            return False
        # A letter that is torn, or a sign in the last bytes, is decoded with what follows.
        return data[-1] < 0x80 and not any(way.marks in data for way in self._ways.values())

    def _meant(self, text: str) -> bytes:
        pieces: list[str] = []
        last = 0
        for found in self._pattern.finditer(text):
            between = text[last : found.start()]
            self._go_past(between)
            pieces.append(between)
            # The outermost group is the last to be closed.
            written, way = found[0], self._ways[found.lastgroup or ""]
            for length, meant in way.atoms(written):
                pieces.append(self._take(written, length, meant))
            last = found.end()
        self._go_past(text[last:])
        pieces.append(text[last:])
        return "".join(pieces).encode("utf-8", "surrogatepass")

    def _take(self, written: str, length: int, meant: str) -> str:
        """Go past one atom; return what it means, in which no line ends that does not end as it is written."""
        if "\n" not in written and ("\n" in meant or "\r" in meant):
            meant = meant.replace("\n", " ").replace("\r", " ")
        if "\n" in meant:
            self._go_past(meant)
            self._shift = len(written) - written.rfind("\n") - 1
        else:
            self._column += len(meant)
            self._shift += length - len(meant)
        if len(self._places) >= _MOST:
            # Places so far back have been told, or are told as they are meant.
            del self._places[: _MOST // 2], self._shifts[: _MOST // 2]
        self._places.append(self._line << _LINE | self._column)
        self._shifts.append(self._shift)
        return meant

    def _go_past(self, text: str) -> None:
        if "\n" in text:
            self._line += text.count("\n")
            self._column, self._shift = len(text) - text.rfind("\n"), 0
        else:
            self._column += len(text)


def _end(text: str) -> int:
    """Return up to where a text can be read before what follows is known: nothing that it writes is torn."""
    if len(text) <= _TAIL:
        return 0
    for ends in ("\n", "]}>", " ,;"):
        if found := max(text.rfind(one, len(text) - _TAIL) for one in ends) + 1:
            return found
    end = len(text) - _TAIL
    sign = max(text.rfind(one, end - _SIGN, end) for one in "\\&%")
    return end if sign < 0 else sign
