"""The four basic data (name, birth date, sex, address) and when they are the same person's.

Promises that a name counts as equal only if the readings agree too, where both sides have one; and that nothing here
shows a person in a repr.
"""

from datetime import date
from typing import Annotated, Literal, TypeAlias

import msgspec

from mynumber.acquisition.spelling import fold
from mynumber.codes import wire

Datum: TypeAlias = Literal["name", "birth", "sex", "address"]

# Neither control characters nor half of a pair: such a text would break the next file it is written to.
_CLEAN = r"[^\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]"
Name = Annotated[str, msgspec.Meta(pattern=rf"\A{_CLEAN}{{1,200}}\Z")]
Reading = Annotated[str, msgspec.Meta(pattern=rf"\A{_CLEAN}{{0,200}}\Z")]
Address = Annotated[str, msgspec.Meta(pattern=rf"\A{_CLEAN}{{1,400}}\Z")]
Day = Annotated[str, msgspec.Meta(pattern=r"\A[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")]


class Basic(wire.Payload, frozen=True):
    """One person's basic data as an office or the register holds them; `kana` (the reading) may be empty.

    `birth` is YYYY-MM-DD. Text has no control characters; a birth date that the calendar lacks is refused.
    """

    name: Name
    kana: Reading
    birth: Day
    sex: Literal["female", "male"]
    address: Address

    def __post_init__(self) -> None:
        try:
            date.fromisoformat(self.birth)
        except ValueError:
            # The cause would show the date.
            raise ValueError("no day of the calendar") from None

    def __repr__(self) -> str:
        return f"{type(self).__name__}(...)"


def differing(asked: Basic, held: Basic) -> tuple[Datum, ...]:
    """Return which of the four data differ; empty means the same person as far as these data go."""
    readings = {fold(asked.kana), fold(held.kana)} - {""}
    same: dict[Datum, bool] = {
        "name": fold(asked.name) == fold(held.name) and len(readings) < 2,
        "birth": asked.birth == held.birth,
        "sex": asked.sex == held.sex,
        "address": fold(asked.address) == fold(held.address),
    }
    return tuple(datum for datum, equal in same.items() if not equal)


def identity(basic: Basic) -> bytes:
    """Return one text for all spellings of the four data; it is personal and goes into a keyed index only."""
    return msgspec.json.encode([fold(basic.name), basic.birth, basic.sex, fold(basic.address)])
