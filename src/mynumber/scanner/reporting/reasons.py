"""The reasons of finds and of what was not read, in Japanese, and the form that a reason names.

Promises that a reason of which reasons.toml knows nothing is shown as it is, and never a wrong one in its place.
"""

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

_CLAUSE = "; "
_HOLE = re.compile(r"\\\{([a-z]+)\\\}")


@dataclass(frozen=True, slots=True)
class _Entry:
    """A sentence with holes, and its Japanese; `form` is the form of a number that it means, if it means one."""

    english: re.Pattern[str]
    japanese: str
    form: str


def in_language(text: str, lang: str) -> str:
    """Return a reason, a place or a word of a report in the language of the report."""
    return _read(text)[0] if lang == "ja" else text


def form_in(reason: str) -> str:
    """Return the form that a reason names, as the law data call it; nothing if it names none."""
    return _read(reason)[1]


@lru_cache(maxsize=4096)
def _read(text: str) -> tuple[str, str]:
    """Return the Japanese of a text and the first form that it names; what stands in a hole is read the same way."""
    for entry in _entries():
        if found := entry.english.fullmatch(text):
            inner = {name: _read(value) for name, value in found.groupdict().items()}
            japanese = entry.japanese.format_map({name: words for name, (words, _) in inner.items()})
            return japanese, entry.form or next((form for _, form in inner.values() if form), "")
    if _CLAUSE in text:
        clauses = [_read(clause) for clause in text.split(_CLAUSE)]
        return "。".join(words for words, _ in clauses), next((form for _, form in clauses if form), "")
    return text, ""


@cache
def _entries() -> Sequence[_Entry]:
    text = (files("mynumber.scanner.reporting") / "reasons.toml").read_text(encoding="utf-8")
    return [_Entry(_pattern(one["en"]), one["ja"], one.get("form", "")) for one in tomllib.loads(text)["reason"]]


def _pattern(english: str) -> re.Pattern[str]:
    # A hole reaches over no end of a clause.
    return re.compile(_HOLE.sub(r"(?P<\1>(?:(?!; ).)+?)", re.escape(english)))
