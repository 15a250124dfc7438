"""What the words beside a number say it is; promises that the nearest label to the left wins.

The words stand in labels.toml, so that a company can read what decides. Of two labels that end at the same place the
longer one counts: `マイナンバーカード` is no other kind of card.
"""

import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import product

# So many digits between are a number of their own.
_NUMBER = 8
_DIGIT = re.compile("[0-9]")
_JOINTS = ("", " ", "_", "-")


@dataclass(frozen=True, slots=True, eq=False)
class Label:
    """A label as it is listed, and whether it means a My Number; there is one object for each."""

    word: str
    my_number: bool
    # The same label, when another number stands between it and the number that it is asked for.
    before_another: "Label | None" = None

    @property
    def taken(self) -> bool:
        """Whether the label stands before another number, which it may have meant."""
        return self.before_another is None


@cache
def cores() -> Sequence[bytes]:
    """Return for each label of a My Number what it does not occur without; as few as possible.

    That is the longest word of an ASCII label, whose blanks may be joints of other kinds, and all of another one.
    """
    words = {
        max(label.word.split(), key=len) if label.word.isascii() else label.word
        for label in _labels()
        if label.my_number
    }
    # Of words that contain another one, finding that one is enough.
    fewest = [one for one in words if not any(other != one and other in one for other in words)]
    # Only ASCII letters of a text are made small before these are sought.
    return [one.encode() for word in fewest for one in sorted({word.lower(), word} if not word.isascii() else {word})]


def nearest(left: str) -> Label | None:
    """Return the label that ends last in the folded text to the left of a number."""
    text = left.lower()
    ends = _ends()
    for found in reversed(list(ends.pattern.finditer(text))):
        for spelled, label in ends.by_last[found.group()]:
            begin = found.end() - len(spelled)
            if text.startswith(spelled, max(begin, 0)) and begin >= 0 and _whole(text, spelled, begin):
                return label.before_another if _numbered(text[found.end() :]) else label
    return None


@dataclass(frozen=True, slots=True)
class _Ends:
    """The labels by their last character, and a pattern of these characters."""

    by_last: Mapping[str, Sequence[tuple[str, Label]]]
    pattern: re.Pattern[str]


@cache
def _ends() -> _Ends:
    by_last: defaultdict[str, list[tuple[str, Label]]] = defaultdict(list)
    for label in _labels():
        for spelled in _spellings(label.word):
            by_last[spelled[-1]].append((spelled, label))
    for spellings in by_last.values():
        spellings.sort(key=lambda one: -len(one[0]))
    return _Ends(by_last, re.compile(f"[{re.escape(''.join(by_last))}]"))


def _labels() -> Iterator[Label]:
    written = tomllib.loads((files("mynumber.scanner") / "labels.toml").read_text(encoding="utf-8"))
    for kind in ("my_number", "other"):
        for word in written[kind]:
            yield Label(word, kind == "my_number", Label(word, kind == "my_number"))


def _spellings(word: str) -> Iterator[str]:
    """Yield a word as it may be written: blanks of an ASCII word may be joints of other kinds."""
    if not word.isascii():
        # Folding has made the long-vowel mark between digits a dash, but never one in a word.
        yield word.lower()
        return
    parts = word.split()
    for joints in product(_JOINTS, repeat=len(parts) - 1):
        yield "".join(part + joint for part, joint in zip(parts, (*joints, ""), strict=True))


def _whole(text: str, spelled: str, begin: int) -> bool:
    """Whether an ASCII word stands alone; a Japanese one may be part of a longer word."""
    if not spelled.isascii():
        return True
    end = begin + len(spelled)
    return not (begin and _letter(text[begin - 1])) and not (end < len(text) and _letter(text[end]))


def _numbered(text: str) -> bool:
    return len(_DIGIT.findall(text)) >= _NUMBER


def _letter(character: str) -> bool:
    return "a" <= character <= "z"
