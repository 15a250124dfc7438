"""Spellings of one name or address: `fold` promises equal texts for what differs in spelling only.

A folded text serves for comparing and nothing else: the original is what is kept, shown and signed. Folded are width,
blanks, variation selectors, upper and lower case, kana (hiragana, small signs), dashes, and the signs of _VARIANTS.
Everything else is a difference that a person judges: a numeral in a place name may be part of the name, and two signs
that one old system could tell apart may be two families.
"""

import re
import unicodedata

# The long-vowel mark is a dash only between digits; any dash behind a kana is a long-vowel mark.
_LONG = "ー"
_DASHES = "\\-\u2010\u2011\u2012\u2013\u2014\u2015\u2212"
_BETWEEN_DIGITS = re.compile(rf"(?<=[0-9])[{_DASHES}{_LONG}](?=[0-9])")
_BEHIND_KANA = re.compile(rf"(?<=[ァ-ヺ{_LONG}])[{_DASHES}]+")
_ANY_DASH = re.compile(f"[{_DASHES}]")

_HIRAGANA = {code: code + 0x60 for code in (*range(0x3041, 0x3097), 0x309D, 0x309E)}
_SMALL = str.maketrans("ァィゥェォッャュョヮヵヶ", "アイウエオツヤユヨワカケ")
# Signs that JIS X 0208 lacks, and the one sign that systems of that set write instead.
_VARIANTS = str.maketrans(
    "髙﨑𠮷德栁瀨增寬橫靑黑綠緖薰賴郞鄕悅敎淸",
    "高崎吉徳柳瀬増寛横青黒緑緒薫頼郎郷悦教清",
)


def fold(text: str) -> str:
    """Return the form of `text` for comparing."""
    wide = unicodedata.normalize("NFKC", _without_blanks(text)).casefold()
    narrow = unicodedata.normalize("NFKC", _without_blanks(wide))
    for table in (_HIRAGANA, _SMALL, _VARIANTS):
        narrow = narrow.translate(table)
    narrow = _BETWEEN_DIGITS.sub("-", narrow)
    narrow = _BEHIND_KANA.sub(lambda found: _LONG * len(found[0]), narrow)
    return _ANY_DASH.sub("-", narrow)


def _without_blanks(text: str) -> str:
    """Drop blanks, what has no shape of its own, and variation selectors (two registries, two codes for one shape)."""
    return "".join(sign for sign in text if unicodedata.category(sign)[0] not in "ZC" and not _selects(sign))


def _selects(sign: str) -> bool:
    return "\ufe00" <= sign <= "\ufe0f" or "\U000e0100" <= sign <= "\U000e01ef"
