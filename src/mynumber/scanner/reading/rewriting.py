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
from functools import cache, lru_cache
from io import BufferedReader
from typing import TypeAlias
from urllib.parse import unquote_to_bytes

from mynumber.scanner.finds import Location
from mynumber.scanner.reading.blocks import blocks_of
from mynumber.scanner.reading.encodings import encoding_of
from mynumber.scanner.reading.parts import Part

# So many letters as they are written, and what they mean.
Atom: TypeAlias = tuple[int, str]
_KEPT = 1 << 26
_TAIL = 400
# No sign is longer.
_SIGN = 12
_LINE = 32
_DIGIT = re.compile("[0-9]")
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
    # What it means without its atoms, for what is frequent.
    meaning: Callable[[str], str] | None = None


def _unescaped(text: str) -> str:
    """Return the characters of JSON escapes; halves of a pair belong together."""
    meant = text.encode().decode("unicode_escape")
    return json.loads(f'"{text}"') if _HALF.search(meant) else meant


def _escapes(text: str) -> Iterator[Atom]:
    yield from ((6 * (1 + (ord(one) > 0xFFFF)), one) for one in _unescaped(text))


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
    "escape": _Way(re.compile(rb"\\u[0-9a-fA-F]{4}"), b"\\u", r"(?:\\u[0-9a-fA-F]{4})+", _escapes, True, _unescaped),
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


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Text as it is written; where it begins as it is meant, and how much further to the right it is written."""

    text: str
    ways: tuple[str, ...]
    line: int
    column: int
    shift: int


class _Meant:
    """A stream of the text as it is meant, in UTF-8, and the way back from a place in it."""

    def __init__(self, stream: BufferedReader, codec: str, ways: Iterable[str]) -> None:
        self._stream, self._codec = stream, codec
        self._decoder = codecs.getincrementaldecoder(codec)("replace")
        self._marks = {name: _WAYS[name].marks for name in ways}
        self._kept = ""
        self._line, self._column, self._shift = 1, 1, 0
        # What was rewritten, for places that are asked for later; each begins at a line and a column.
        self._begins, self._stretches, self._size = array("q"), list[_Stretch](), 0
        self._places = lru_cache(maxsize=4)(_places)

    def read(self, size: int) -> bytes:
        """Return the next bytes; none at the end."""
        while data := self._stream.read(size):
            if not self._kept and self._is_plain(data):
                text = data.decode("utf-8", "replace")
                self._go_past(text, text)
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
        at = bisect_right(self._begins, line << _LINE | column) - 1
        if at < 0:
            return Location(line=line, column=column)
        places, shifts = self._places(self._stretches[at])
        at = bisect_right(places, line << _LINE | column) - 1
        return Location(line=line, column=column + (shifts[at] if places[at] >> _LINE == line else 0))

    def _is_plain(self, data: bytes) -> bool:
        if self._codec != "utf-8" or self._decoder.getstate()[0]:
            return False
        # A letter that is torn, or a sign in the last bytes, is decoded with what follows.
        # One byte is sought many times as fast as two.
        return data[-1] < 0x80 and not any(marks[:1] in data and marks in data for marks in self._marks.values())

    def _meant(self, text: str) -> bytes:
        names = tuple(name for name, marks in self._marks.items() if marks.decode() in text)
        meant = _pattern(names).sub(_meaning, text) if names else text
        if meant != text:
            self._keep(_Stretch(text, names, self._line, self._column, self._shift))
        self._go_past(text, meant)
        return meant.encode("utf-8", "surrogatepass")

    def _keep(self, stretch: _Stretch) -> None:
        self._begins.append(stretch.line << _LINE | stretch.column)
        self._stretches.append(stretch)
        self._size += len(stretch.text)
        while self._size > _KEPT:
            # Places so far back have been told, or are told as they are meant.
            self._size -= len(self._stretches.pop(0).text)
            del self._begins[0]

    def _go_past(self, written: str, meant: str) -> None:
        # A line ends where it ends as it is written.
        before, shift = (1, 0) if "\n" in meant else (self._column, self._shift)
        column = before + len(meant) - meant.rfind("\n") - 1
        self._shift = shift + len(written) - written.rfind("\n") - 1 - (column - before)
        self._line, self._column = self._line + meant.count("\n"), column


@cache
def _pattern(names: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?P<{name}>{_WAYS[name].pattern})" for name in names))


def _meaning(found: re.Match[str]) -> str:
    # The outermost group is the last to be closed.
    written, way = found[0], _WAYS[found.lastgroup or ""]
    meant = way.meaning(written) if way.meaning else "".join(one for _, one in way.atoms(written))
    return meant if "\n" in written else meant.replace("\n", " ").replace("\r", " ")


def _places(stretch: _Stretch) -> "tuple[array[int], array[int]]":
    """Return where atoms end, as they are meant, and how much further to the right what follows is written."""
    line, column, shift = stretch.line, stretch.column, stretch.shift
    places, shifts = array("q", [line << _LINE | column]), array("q", [shift])
    last = 0
    for found in _pattern(stretch.ways).finditer(stretch.text):
        written, between, last = found[0], stretch.text[last : found.start()], found.end()
        if "\n" in between:
            line, column, shift = line + between.count("\n"), 1, 0
        column += len(between) - between.rfind("\n") - 1
        for length, meant in _WAYS[found.lastgroup or ""].atoms(written):
            if "\n" in written and "\n" in meant:
                line, column, shift = line + meant.count("\n"), 1, len(written) - written.rfind("\n") - 1
            else:
                column += len(meant)
                shift += length - len(meant)
            places.append(line << _LINE | column)
            shifts.append(shift)
    return places, shifts


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
