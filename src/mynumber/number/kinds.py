"""Which kind of number a text is: `inspect` promises an answer for every text and never raises.

A Corporate Number is public and free of restrictions (Act art. 2(16)), so it needs no type that hides it.
"""

from dataclasses import dataclass
from typing import Literal

from mynumber.number.check_digits import corporate_check_digit
from mynumber.number.my_number import LENGTH, MyNumber
from mynumber.number.spelling import ascii_digits
from mynumber.plumbing.errors import BadInput

Kind = Literal["my_number", "corporate_number", "unknown"]
Reason = Literal["ok", "characters", "length", "check_digit", "never_issued"]

_CORPORATE_LENGTH = 13
_REASONS: dict[str, Reason] = {
    "NUMBER_CHARACTERS": "characters",
    "NUMBER_LENGTH": "length",
    "NUMBER_CHECK_DIGIT": "check_digit",
    "NUMBER_NEVER_ISSUED": "never_issued",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """What a text is: the kind is told by the length, whether or not the number is valid."""

    kind: Kind
    reason: Reason

    @property
    def valid(self) -> bool:
        """Whether the text spells a valid number of its kind."""
        return self.reason == "ok"


def inspect(text: str) -> Finding:
    """Say what `text` is; `unknown` has neither 12 nor 13 digits, or other characters."""
    try:
        digits = ascii_digits(text)
    except BadInput as problem:
        return Finding("unknown", _REASONS[problem.code])
    if len(digits) == LENGTH:
        return Finding("my_number", _my_number(digits))
    if len(digits) == _CORPORATE_LENGTH:
        good = corporate_check_digit(digits[1:]) == int(digits[0])
        return Finding("corporate_number", "ok" if good else "check_digit")
    return Finding("unknown", "length")


def _my_number(digits: str) -> Reason:
    try:
        MyNumber(digits)
    except BadInput as problem:
        return _REASONS[problem.code]
    return "ok"
