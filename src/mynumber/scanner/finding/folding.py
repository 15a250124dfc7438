"""One form for every digit and separator: promises text of the same number of characters, so that places stay true.

Full-width digits, the many dashes of keyboards and wide blanks become their ASCII forms, one character for one. The
long-vowel marks are dashes only between two digits, never in a word.
"""

import numpy as np
from numpy.typing import NDArray

_Bytes = NDArray[np.uint8]
_Places = NDArray[np.int64]

# U+FF0D to U+FF19 are EF BC 8D to EF BC 99: hyphen, full stop, stroke and digits, in the order of ASCII.
_WIDE = np.zeros(256, np.uint8)
_WIDE[0x8D:0x9A] = np.arange(ord("-"), ord("9") + 1)
# U+2002 to U+202F are E2 80 82 to E2 80 AF.
_GENERAL = np.zeros(256, np.uint8)
_GENERAL[[0x82, 0x83, 0x87, 0x89, 0xAF]] = ord(" ")
_GENERAL[0x90:0x96] = ord("-")
_DIGIT = np.zeros(256, np.bool_)
_DIGIT[ord("0") : ord("9") + 1] = True


def folded(text: str) -> bytes:
    """Return the folded text as UTF-8."""
    return fold(text.encode("utf-8", "surrogatepass"))


def fold(text: bytes) -> bytes:
    """Return the folded form of a text in UTF-8."""
    if text.isascii():
        return text
    raw = np.frombuffer(text, np.uint8)
    places = [
        _begun(raw, 0xEF, 0xBC, _WIDE),
        _begun(raw, 0xE2, 0x80, _GENERAL),
        _begun(raw, 0xE2, 0x88, _only(0x92, "-")),
        _begun(raw, 0xE3, 0x80, _only(0x80, " ")),
    ]
    short = np.flatnonzero((raw[:-1] == 0xC2) & (raw[1:] == 0xA0))
    text = _narrowed(text, [*places, (short, np.full(len(short), ord(" "), np.uint8))], short)
    raw = np.frombuffer(text, np.uint8)
    vowels = [_begun(raw, 0xE3, 0x83, _only(0xBC, "-")), _begun(raw, 0xEF, 0xBD, _only(0xB0, "-"))]
    return _narrowed(text, [_between_digits(raw, at, ascii_form) for at, ascii_form in vowels], short[:0])


def _only(last: int, ascii_form: str) -> _Bytes:
    table = np.zeros(256, np.uint8)
    table[last] = ord(ascii_form)
    return table


def _begun(raw: _Bytes, first: int, second: int, table: _Bytes) -> tuple[_Places, _Bytes]:
    """Return where characters of three bytes stand that have an ASCII form, by their last byte, and these forms."""
    at = np.flatnonzero((raw[:-2] == first) & (raw[1:-1] == second))
    form = table[raw[at + 2]]
    return at[form > 0], form[form > 0]


def _between_digits(raw: _Bytes, at: _Places, form: _Bytes) -> tuple[_Places, _Bytes]:
    inside = (at > 0) & (at + 3 < len(raw))
    inside &= _DIGIT[raw[np.maximum(at - 1, 0)]] & _DIGIT[raw[np.minimum(at + 3, len(raw) - 1)]]
    return at[inside], form[inside]


def _narrowed(text: bytes, found: list[tuple[_Places, _Bytes]], short: _Places) -> bytes:
    """Return the text with ASCII forms at the places of characters of three bytes, but for the short ones of two."""
    if not any(len(at) for at, _ in found):
        return text
    narrow = np.frombuffer(text, np.uint8).copy()
    kept = np.ones(len(narrow), np.bool_)
    for at, form in found:
        narrow[at] = form
        kept[at + 1] = False
        if at is not short:
            kept[at + 2] = False
    return narrow[kept].tobytes()
