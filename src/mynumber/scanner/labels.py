"""What the words beside a number say it is; promises that the nearest label to the left wins.

The words stand in labels.toml, so that a company can read what decides. Of two labels that end at the same place the
longer one counts: `マイナンバーカード` is no other kind of card. An ending of words for numbers, such as
that of `予約番号`, says that a number is something else, and labels before it do not count. A label on a line above
counts if the rest of its line holds nothing else, or points downwards.
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
# A joined word of so many letters is one within a longer word too: `employeeMyNumber`.
_LONG = 8
_JOINED = "_- "
_OF_IT = ("", "_", "-", " ", "の", "カード", "カードの")
# What may stand between a label and the end of its line if it is one for the next line: signs, tags, and what stands in
# brackets or only says that it is a label.
_NOTHING = re.compile(
    r"(?:<[^<>]*>|[（(\[［【][^）)\]］】\n]*[）)\]］】]|[^\w\n]|0|本人|番号|カード|桁"
    r"|欄|記入|記載|一覧|リスト|台帳|情報|データ|は|です|no\b)*"
)
_DOWNWARDS = re.compile("以下|下記|次|通り|とおり|送|連絡|知らせ|こちら|教え|願|伝え|below|follow")
_BEHIND = re.compile(r"[0-9][0-9 .-]{8,}[^0-9\n]{0,12}\Z")
# A tag that ends is no label of what follows.
_CLOSING = re.compile(r"</[\w.:-]{0,40}\Z")
_NOT_DOWNWARDS = re.compile("後日|別途|不要|未|無関係|ではな|ではあり|でな|なし")


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
    return _nearest(left)[0]


def names_a_number(left: str) -> bool:
    """Whether any word to the left of a number says what kind it is, listed or by its ending."""
    return _nearest(left) != (None, False)


def behind(left: str, right: str) -> Label | None:
    """Return the label of a My Number that the folded text to the right of a number says it is, if no other is left."""
    found = _behind().match(right.lower())
    if not found:
        return None
    before, of_another_kind = _nearest(left.rpartition("\n")[2])
    if of_another_kind or (before and not before.my_number and not before.taken):
        return None
    return next(label for label in _labels() if found[1] in _spellings(label.word))


@cache
def _behind() -> re.Pattern[str]:
    """Return how a text goes on behind a number of which it says that it is a My Number."""
    spelled = sorted((one for label in _labels() if label.my_number for one in _spellings(label.word)), key=len)
    words = "|".join(map(re.escape, reversed(spelled)))
    return re.compile(
        r"[」』\"'`)）\]}>]{0,3}[ \t]{0,3}(?:[はが=:←\-#([（［【<＝：]|<-|//|--)[ \t\-]{0,3}"
        rf"(?:[^\s、。,()（）0-9]{{1,16}}の)?({words})(?:番号)?[」』]?[ \t]{{0,3}}"
        r"(?:です|でした|だ|である|とな|にな|[)）\]］】。]|$|[\r\n])"
    )


def _nearest(left: str) -> tuple[Label | None, bool]:
    """Return the nearest label, and whether a word of another kind that is not listed stands nearer."""
    text = left.lower()
    ends = _ends()
    kind = -1
    for found in reversed(list(ends.pattern.finditer(text))):
        for spelled, label in ends.by_last[found.group()]:
            begin = found.end() - len(spelled)
            if begin < 0 or not text.startswith(spelled, begin):
                continue
            after = text[found.end() :]
            if label is None:
                if kind < 0 and _kind(text, spelled, begin):
                    kind = begin
            elif _whole(text, spelled, begin, within=label.my_number):
                if _CLOSING.search(text[:begin]):
                    continue
                if label.my_number and kind >= 0 and text[found.end() : kind] in _OF_IT:
                    # `マイナンバーNo` is no number of another kind.
                    kind = -1
                if label.my_number and (kind >= 0 or not _reaches(after)):
                    return None, kind >= 0
                # A label at the end of a line that begins with a number has said what that one is.
                said = _numbered(after) or ("\n" in after and _BEHIND.search(text[:begin]))
                return (label.before_another if said else label), kind >= 0
    return None, kind >= 0


@dataclass(frozen=True, slots=True)
class _Ends:
    """The labels by their last character, and a pattern of these characters; an ending of other labels is none."""

    by_last: Mapping[str, Sequence[tuple[str, Label | None]]]
    pattern: re.Pattern[str]


@cache
def _ends() -> _Ends:
    by_last: defaultdict[str, list[tuple[str, Label | None]]] = defaultdict(list)
    for ending in _written()["endings"]:
        by_last[ending[-1]].append((ending, None))
    for label in _labels():
        for spelled in _spellings(label.word):
            by_last[spelled[-1]].append((spelled, label))
    for spellings in by_last.values():
        spellings.sort(key=lambda one: -len(one[0]))
    return _Ends(by_last, re.compile(f"[{re.escape(''.join(by_last))}]"))


@cache
def _written() -> Mapping[str, Sequence[str]]:
    return tomllib.loads((files("mynumber.scanner") / "labels.toml").read_text(encoding="utf-8"))


@cache
def _labels() -> Sequence[Label]:
    return list(_listed())


def _listed() -> Iterator[Label]:
    for kind in ("my_number", "other"):
        for word in _written()[kind]:
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


def _whole(text: str, spelled: str, begin: int, *, within: bool) -> bool:
    """Whether an ASCII word stands alone, or `within` a longer one; a Japanese one may be part of any."""
    if not spelled.isascii():
        return True
    end = begin + len(spelled)
    if end < len(text) and _letter(text[end]):
        return False
    return not (begin and _letter(text[begin - 1])) or (within and len(spelled) >= _LONG)


def _kind(text: str, spelled: str, begin: int) -> bool:
    """Whether an ending stands at the end of a word, and no letters follow."""
    end = begin + len(spelled)
    if not begin or (spelled.isascii() and end < len(text) and _letter(text[end])):
        return False
    before = text[begin - 1]
    return before in _JOINED[:2] if spelled.isascii() and before.isascii() else before.isalpha() and before != "の"


def _reaches(between: str) -> bool:
    """Whether a label says something of a number with this between them: it may have been left behind on its line."""
    rest, end, _ = between.partition("\n")
    if not end or _NOTHING.fullmatch(rest):
        return True
    return _DOWNWARDS.search(rest) is not None and _NOT_DOWNWARDS.search(rest) is None


def _numbered(text: str) -> bool:
    return len(_DIGIT.findall(text)) >= _NUMBER


def _letter(character: str) -> bool:
    return "a" <= character <= "z"
