"""The context of an inquiry: who asks in which case and why; only asker and provider see it (FLOWS section 5).

The request holds its salted hash. F2 checks only that hash; shape and items are checked here, by the provider's gateway
after F6 and before F7, and any fault is PERMIT_MISMATCH.

A request about oneself (`self`) has a context of its own: no officer, case or reason exists, and who asks is nobody's
business but the card's. So it says what is asked, and the salt keeps even that from being guessed by its hash.
"""

from datetime import date
from typing import Annotated, TypeVar

import msgspec

from mynumber.codes import wire
from mynumber.codes.errors import ProtocolError
from mynumber.plumbing.errors import BadInput

SALT_SIZE = 32
MAX_CONTEXT = 64 * 1024

_Date = Annotated[str, msgspec.Meta(pattern=r"\A[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")]
_Line = Annotated[str, msgspec.Meta(min_length=1, max_length=1000)]


class Conditions(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, rename={"from_": "from"}):
    """Nothing, a fiscal year, or a period of days; bound as parameters in the provider's own queries."""

    fiscal_year: Annotated[int, msgspec.Meta(ge=1900, le=2200)] | None = None
    from_: _Date | None = None
    to: _Date | None = None

    def __post_init__(self) -> None:
        if (self.from_ is None) != (self.to is None) or (self.fiscal_year is not None and self.from_ is not None):
            raise ValueError("conditions are empty, a fiscal year, or a period from and to")
        if self.from_ is not None and self.to is not None and _day(self.from_) > _day(self.to):
            raise ValueError("a period does not end before it begins")


def _day(text: str) -> date:
    # The pattern holds before this; alone, `fromisoformat` takes other ways to write a day, and its error shows it.
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError("a period is made of days of the calendar") from None


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is asked for one person of the batch."""

    items: wire.Items
    conditions: Conditions


class Context(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole context; `entries` stand in the order of the request's list."""

    v: wire.One
    officer: wire.Ident
    department: _Line
    case: _Line
    reason: _Line
    entries: tuple[Entry, ...]


class OwnContext(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The context of a request about oneself; a person asks about one person, so there is one entry."""

    v: wire.One
    entries: Annotated[tuple[Entry, ...], msgspec.Meta(min_length=1, max_length=1)]


C = TypeVar("C", Context, OwnContext)


def write(context: Context | OwnContext, salt: bytes) -> bytes:
    """Return salt || UTF-8 JSON, the bytes that the request's `context` hashes, or raise TOO_LARGE."""
    data = salt + msgspec.json.encode(context)
    if len(data) > MAX_CONTEXT:
        raise BadInput(
            "TOO_LARGE",
            f"items and conditions of {len(context.entries)} entries take more than the {MAX_CONTEXT} bytes that an"
            " inquiry has for them",
            hint="ask about fewer persons at once, in several inquiries of the same case",
        )
    return data


def read(data: bytes, *, count: int, items: tuple[str, ...]) -> Context:
    """Return the context of a request with `count` entries and `items`, or raise PERMIT_MISMATCH."""
    return _read(data, Context, count=count, items=items)


def read_own(data: bytes, *, items: tuple[str, ...]) -> OwnContext:
    """Return the context of a `self` request for `items`, or raise PERMIT_MISMATCH."""
    return _read(data, OwnContext, count=1, items=items)


def _read(data: bytes, kind: type[C], *, count: int, items: tuple[str, ...]) -> C:
    try:
        context = msgspec.json.decode(data[SALT_SIZE:], type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError) as problem:
        raise ProtocolError("PERMIT_MISMATCH") from problem
    asked = {item for entry in context.entries for item in entry.items}
    again = msgspec.json.encode(context)
    if len(context.entries) != count or not asked <= set(items) or len(data) > MAX_CONTEXT or again != data[SALT_SIZE:]:
        raise ProtocolError("PERMIT_MISMATCH")
    return context
