"""Answers that are typed and not chosen; promises a value of the right kind, or nothing."""

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import date

from mynumber.law.asking.choices import plain

# A text decides nothing; so many digits in one could be a My Number, and that has no business here.
_MANY_DIGITS = re.compile(r"(?:\d[ -]?){8}")
_YES = frozenset({"y", "yes", "はい"})
_NO = frozenset({"n", "no", "いいえ"})


def yes_or_no(answer: str) -> bool | None:
    """Return yes or no."""
    said = plain(answer)
    if said in _YES:
        return True
    return False if said in _NO else None


def whole(answer: str) -> int | None:
    """Return a whole number, 0 or more, shorter than a My Number; people write commas into large ones."""
    said = plain(answer).replace(",", "")
    return int(said) if re.fullmatch(r"[0-9]{1,11}", said) else None


def amount(answer: str) -> float | None:
    """Return a number, 0 or more."""
    said = plain(answer)
    return float(said) if re.fullmatch(r"[0-9]{1,9}(?:\.[0-9]{1,9})?", said) else None


def day(answer: str) -> str | None:
    """Return a day as yyyy-mm-dd."""
    said = plain(answer).replace("/", "-")
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", said):
        with suppress(ValueError):
            return date.fromisoformat(said).isoformat()
    return None


def text(answer: str) -> str | None:
    """Return a few words without a long number."""
    return answer.strip() if answer.strip() and not _MANY_DIGITS.search(plain(answer)) else None


def texts(answer: str) -> list[str] | None:
    """Return words, each without a long number."""
    return None if _MANY_DIGITS.search(plain(answer)) else re.split(r"[\s,、;]+", answer.strip())


# How an answer of a kind is read, and the phrase that says what it looks like.
TYPED: Mapping[type, tuple[Callable[[str], object], str]] = {
    bool: (yes_or_no, "yes_no"),
    int: (whole, "whole"),
    float: (amount, "amount"),
    date: (day, "day"),
    str: (text, "text"),
}
