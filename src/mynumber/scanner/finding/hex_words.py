"""Twelve digits inside a word of hex: a digest, a UUID or an address has them by chance; promises that none is a token.

What is hex of the digits themselves is found by `mynumber.scanner.finding.repairs`.
"""

import numpy as np

from mynumber.scanner.finding.marks import PAD, Bytes, Marks, Places, Truths
from mynumber.scanner.finding.tokens import Tokens

# A shorter word may be a number with a letter or three before it or after it, but not on both sides.
_LONG = 16
_HEX = np.zeros(256, np.bool_)
_HEX[np.frombuffer(b"0123456789abcdefABCDEF", np.uint8)] = True
_LETTER = _HEX.copy()
_LETTER[ord("0") : ord("9") + 1] = False
_BESIDE = _LETTER.copy()
_BESIDE[np.frombuffer(b"x-", np.uint8)] = True
# The hyphens of a UUID before its last part, counted back from there.
_HYPHENS = np.array((1, 6, 11, 16))
_FIRST, _LAST = 8, 12


def without_hex_words(marks: Marks, tokens: Tokens) -> Tokens:
    """Return the tokens that are no part of a longer word of hex."""
    if not len(tokens):
        return tokens
    text, start, end = marks.wide, tokens.start + PAD, tokens.end + PAD
    # Few tokens have such neighbours; only these are looked at.
    at = np.flatnonzero(_BESIDE[text[start - 1]] | _BESIDE[text[end]])
    if not len(at):
        return tokens
    start, end = start[at], end[at]
    address = (text[start - 1] == ord("x")) & (text[start - 2] == ord("0"))
    between = _LETTER[text[start - 1]] & _LETTER[text[end]]
    kept = np.ones(len(tokens), np.bool_)
    kept[at] = ~(address | between | _in_word(marks, tokens.start[at]) | _in_uuid(text, start, end))
    return tokens.chosen(kept)


def _in_word(marks: Marks, start: Places) -> Truths:
    words = marks.words
    found = np.zeros(len(start), np.bool_)
    word = np.searchsorted(words.start, start, "right") - 1
    inside = np.flatnonzero(word >= 0)
    inside = inside[(words.end[word[inside]] > start[inside]) & (words.length[word[inside]] >= _LONG)]
    if len(inside):
        foreign = np.concatenate((np.zeros(1, np.int64), np.cumsum(~_HEX[marks.text])))
        found[inside] = foreign[words.end[word[inside]]] == foreign[words.start[word[inside]]]
    return found


def _in_uuid(text: Bytes, start: Places, end: Places) -> Truths:
    """Return which tokens are the last part of a UUID, or its three short parts."""
    last = np.all(text[start[:, None] - _HYPHENS] == ord("-"), axis=1)
    hyphens = (text[start - 1] == ord("-")) & (text[end] == ord("-"))
    first = np.all(_HEX[text[start[:, None] - 2 - np.arange(_FIRST)]], axis=1)
    after = end[:, None] + 1 + np.arange(_LAST)
    found: Truths = last | (hyphens & first & np.all(_HEX[text[after]], axis=1))
    return found
