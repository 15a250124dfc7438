"""The type of a My Number: whoever holds a `MyNumber` holds a valid one, and shows it only by calling `digits()`.

It is a plain class on purpose: a dataclass or a Struct would be opened by `asdict`, by a serialiser or by `vars`.
"""

from typing import NoReturn

from mynumber.number.check_digits import my_number_check_digit
from mynumber.number.spelling import ascii_digits
from mynumber.plumbing.errors import BadInput

LENGTH = 12
_BODY_LENGTH = 11
_MASK = "MyNumber(************)"


class MyNumber:
    """A valid My Number (Act art. 2(5)); masked in every text, neither pickled nor changed."""

    __slots__ = ("_digits",)
    _digits: str

    def __init__(self, digits: str) -> None:
        """Take 12 ASCII digits, or raise BadInput; `parse` takes the usual spellings."""
        if len(digits) != LENGTH or not (digits.isascii() and digits.isdigit()):
            raise BadInput("NUMBER_LENGTH", "a My Number has 12 digits", hint="compare with the card, digit by digit")
        # All zeros pass the formula; such a number is never issued and so never a person's.
        if digits == "0" * LENGTH:
            raise BadInput("NUMBER_NEVER_ISSUED", "this number is never issued", hint="ask for the real number")
        if my_number_check_digit(digits[:_BODY_LENGTH]) != int(digits[_BODY_LENGTH]):
            raise BadInput(
                "NUMBER_CHECK_DIGIT", "the check digit is wrong", hint="compare with the card, digit by digit"
            )
        object.__setattr__(self, "_digits", digits)

    def digits(self) -> str:
        """Return the 12 ASCII digits. Call it only where the number itself is needed, never for a log or a message."""
        return self._digits

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError("a My Number does not change")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError("a My Number does not change")

    def __eq__(self, other: object) -> bool:
        return self._digits == other._digits if isinstance(other, MyNumber) else NotImplemented

    def __hash__(self) -> int:
        return hash((MyNumber, self._digits))

    def __repr__(self) -> str:
        return _MASK

    def __format__(self, format_spec: str) -> str:
        return format(_MASK, format_spec)

    def __copy__(self) -> "MyNumber":
        return self

    def __deepcopy__(self, memo: dict[int, object]) -> "MyNumber":
        return self

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        # Pickles end in caches, queues and crash reports, where nobody looks for a number.
        raise TypeError("a My Number is not pickled")


def parse(text: str) -> MyNumber:
    """Return the number that `text` spells, or raise BadInput.

    The codes are `NUMBER_CHARACTERS`, `NUMBER_LENGTH`, `NUMBER_CHECK_DIGIT` and `NUMBER_NEVER_ISSUED`.
    """
    return MyNumber(ascii_digits(text))


def from_body(body: str) -> MyNumber:
    """Return the number with this 11-digit body, or raise BadInput; the body of zeros is refused."""
    if len(body) != _BODY_LENGTH or not (body.isascii() and body.isdigit()):
        raise BadInput("NUMBER_LENGTH", "the body of a My Number has 11 digits")
    return MyNumber(body + str(my_number_check_digit(body)))
