"""One form for every digit and separator: promises text of the same number of characters, so that places stay true.

Digits of all scripts, the many dashes of keyboards and wide blanks become their ASCII forms, one character for one.
What is a letter, a dot or nothing elsewhere, such as the long-vowel marks and signs without width, parts digits only
between two of them. Kanji are digits where twelve of them stand together.
"""

import re
import sys
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_Bytes = NDArray[np.uint8]
_Places = NDArray[np.int64]

_DIGITS = "0123456789"
_EVERYWHERE: Mapping[str, str] = {
    **{chr(0xFF00 - 0x20 + ord(one)): one for one in f"{_DIGITS}-./_"},
    **dict.fromkeys("\u00a0\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000", " "),
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2043\u2212\ufe58\ufe63", "-"),
}
_BETWEEN_DIGITS: Mapping[str, str] = {
    # Long-vowel marks, dots in the middle, lines that are drawn, the hyphen that is not seen.
    **dict.fromkeys("\u30fc\uff70\u30fb\uff65\u00b7\u2022\u2219\u22c5\u2500\u2501\u00ad", "-"),
    # Signs without width.
    **dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff", " "),
    **dict.fromkeys("\uff5c\u2502\u2503", "|"),
}
# Kanji that are digits where twelve of them stand together; a circle is written for zero too.
_KANJI: Mapping[str, str] = {
    one: str(digit) for digit, all_of in enumerate("〇零○ 一壱 二弐 三参 四 五 六 七 八 九".split()) for one in all_of
}
_DIGITS_OF_KANJI = str.maketrans(dict(_KANJI))
_ONE = f"[{''.join(_KANJI)}]"
_TWELVE = re.compile(
    f"(?<!{_ONE})(?<!{_ONE}[-・ー－−‐])"
    f"(?:{_ONE}{{12}}|{_ONE}{{4}}([-・　 ー－−‐]){_ONE}{{4}}\\1{_ONE}{{4}})(?!{_ONE})(?!\\1{_ONE})"
)
_SCRIPTS: Mapping[int, str] = {
    code: str(unicodedata.decimal(chr(code)))
    for code in range(0x660, sys.maxunicode + 1)
    if unicodedata.category(chr(code)) == "Nd" and chr(code) not in _EVERYWHERE
}
# In UTF-8 digits of other scripts begin so: those of Arabic, Nko, of India and what is near, and mathematical ones.
_LEADS = (0xD9, 0xDB, 0xDF, 0xE0, 0xE1)
_FOUR_BYTES, _MATHEMATICAL = 0xF0, b"\xf0\x9d\x9f"
_LOW = 0x3F
_KANA = 0xE3
_KANJI_LEADS = 0xE4, 0xE5
_DIGIT = np.zeros(256, np.bool_)
_DIGIT[ord("0") : ord("9") + 1] = True


@dataclass(frozen=True, slots=True)
class _Lead:
    """Characters of so many bytes that begin with one byte, or with two that are given, and their ASCII forms."""

    first: int
    second: int
    size: int
    forms: _Bytes

    def found(self, text: bytes, raw: _Bytes) -> tuple[_Places, _Bytes]:
        """Return where such characters with an ASCII form stand, and these forms."""
        if self.first not in text:
            return np.zeros(0, np.int64), raw[:0]
        end = len(raw) - self.size + 1
        begun = raw[: max(end, 0)] == self.first
        if self.second:
            begun &= raw[1 : end + 1] == self.second
        at = np.flatnonzero(begun)
        form = self.forms[_rest(raw, at, self.size)]
        return at[form > 0], form[form > 0]


def _rest(raw: _Bytes, at: _Places, size: int) -> NDArray[np.uint16]:
    """Return the bits of characters after their first byte as one number."""
    rest: NDArray[np.uint16] = (raw[at + 1] & _LOW).astype(np.uint16)
    if size > 2:
        rest = rest * np.uint16(_LOW + 1) + (raw[at + 2] & _LOW)
    return rest


def _leads(forms: Mapping[str, str]) -> list[_Lead]:
    tables: dict[tuple[int, int, int], _Bytes] = {}
    for character, form in forms.items():
        code = character.encode()
        # Japanese texts are full of E3, so that two bytes are looked at there.
        key = code[0], code[1] if code[0] == _KANA else 0, len(code)
        table = tables.setdefault(key, np.zeros(1 << 6 * (len(code) - 1), np.uint8))
        table[_rest(np.frombuffer(code, np.uint8), np.zeros(1, np.int64), len(code))] = ord(form)
    return [_Lead(*key, table) for key, table in tables.items()]


_ALWAYS, _BETWEEN = _leads(_EVERYWHERE), _leads(_BETWEEN_DIGITS)
_IS_KANJI = np.zeros(1 << 13, np.bool_)
for _character in _KANJI:
    if (_code := _character.encode())[0] in _KANJI_LEADS:
        _IS_KANJI[(_code[0] & 1) << 12 | (_code[1] & _LOW) << 6 | _code[2] & _LOW] = True


def folded(text: str) -> bytes:
    """Return the folded text as UTF-8."""
    return fold(text.encode("utf-8", "surrogatepass"))


def fold(text: bytes) -> bytes:
    """Return the folded form of a text in UTF-8."""
    if text.isascii():
        return text
    text = _without_scripts(_without_kanji(text))
    raw = np.frombuffer(text, np.uint8)
    text = _narrowed(text, [(*lead.found(text, raw), lead.size) for lead in _ALWAYS])
    raw = np.frombuffer(text, np.uint8)
    return _narrowed(text, [(*_between_digits(raw, *one.found(text, raw), one.size), one.size) for one in _BETWEEN])


def _without_scripts(text: bytes) -> bytes:
    """Return a text with the digits of other scripts as ASCII digits."""
    if any(lead in text for lead in _LEADS) or (_FOUR_BYTES in text and _MATHEMATICAL in text):
        return text.decode("utf-8", "surrogatepass").translate(_SCRIPTS).encode("utf-8", "surrogatepass")
    return text


def _without_kanji(text: bytes) -> bytes:
    """Return a text with twelve kanji of digits as ASCII digits."""
    raw = np.frombuffer(text, np.uint8)
    lead = (raw == _KANJI_LEADS[0]) | (raw == _KANJI_LEADS[1])
    # Of twelve digits, three in a row are hardly ever without zeros, which begin otherwise.
    at = np.flatnonzero(lead[:-8] & lead[3:-5] & lead[6:-2])
    for step in (0, 3, 6):
        at = at[_IS_KANJI[(raw[at + step] & 1).astype(np.uint16) << 12 | _rest(raw, at + step, 3)]]
    if not len(at):
        return text
    said = text.decode("utf-8", "surrogatepass")
    return _TWELVE.sub(lambda found: found[0].translate(_DIGITS_OF_KANJI), said).encode("utf-8", "surrogatepass")


def _between_digits(raw: _Bytes, at: _Places, form: _Bytes, size: int) -> tuple[_Places, _Bytes]:
    inside = (at > 0) & (at + size < len(raw))
    inside &= _DIGIT[raw[np.maximum(at - 1, 0)]] & _DIGIT[raw[np.minimum(at + size, len(raw) - 1)]]
    return at[inside], form[inside]


def _narrowed(text: bytes, found: Sequence[tuple[_Places, _Bytes, int]]) -> bytes:
    """Return the text with ASCII forms at places of characters of so many bytes."""
    if not any(len(at) for at, _, _ in found):
        return text
    narrow = np.frombuffer(text, np.uint8).copy()
    kept = np.ones(len(narrow), np.bool_)
    for at, form, size in found:
        narrow[at] = form
        for step in range(1, size):
            kept[at + step] = False
    return narrow[kept].tobytes()
