"""One form for every digit and separator: promises text of the same number of characters, so that places stay true.

Full-width digits, the many dashes of keyboards and wide blanks become their ASCII forms, one character for one. The
long-vowel marks are dashes only between two digits, never in a word.
"""

import re
from collections.abc import Mapping

_ONE_FOR_ONE: Mapping[str, str] = {
    **{chr(0xFF10 + digit): str(digit) for digit in range(10)},
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\uff0d", "-"),
    **dict.fromkeys("\u00a0\u3000\u2002\u2003\u2007\u2009\u202f", " "),
    "\uff0e": ".",
    "\uff0f": "/",
}
_LONG_VOWEL = re.compile("(?<=[0-9])[\uff70\u30fc](?=[0-9])")


def folded(text: str) -> bytes:
    """Return the folded text as UTF-8."""
    if text.isascii():
        return text.encode()
    for wide, narrow in _ONE_FOR_ONE.items():
        # Most texts hold few of them: looking is cheaper than writing the text anew.
        if wide in text:
            text = text.replace(wide, narrow)
    if "\u30fc" in text or "\uff70" in text:
        text = _LONG_VOWEL.sub("-", text)
    return text.encode("utf-8", "surrogatepass")
