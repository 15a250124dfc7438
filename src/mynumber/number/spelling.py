"""One number, one form: `ascii_digits` promises plain ASCII digits or a refusal that does not repeat the text.

A number that is stored as it was typed exists several times; so every check, index and comparison begins here.
"""

import re

from mynumber.plumbing.errors import BadInput

# Keyboards and word processors give all of these for one dash; the last two are the half- and full-width long-vowel
# marks, which are dashes only because they stand between digits here.
_DASHES = "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212\uff0d\uff70\u30fc"
_BLANKS = " \u00a0\u3000"
_FULL_WIDTH = str.maketrans("０１２３４５６７８９", "0123456789")
_SPELLING = re.compile(rf"[0-9](?:[{_BLANKS}{re.escape(_DASHES)}]?[0-9])*")


def ascii_digits(text: str) -> str:
    """Return the digits of `text` as ASCII.

    Full-width digits are digits; between two digits one blank or one dash may stand; white space may surround the
    whole. Anything else, other scripts' digits too, raises BadInput `NUMBER_CHARACTERS`.
    """
    narrow = text.strip().translate(_FULL_WIDTH)
    if not _SPELLING.fullmatch(narrow):
        raise BadInput(
            "NUMBER_CHARACTERS",
            "a number consists of digits, with at most one blank or dash between two of them",
            hint="type the digits only",
        )
    return "".join(character for character in narrow if character in "0123456789")
