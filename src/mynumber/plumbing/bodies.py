"""A body that a person's program sends: read as a type, or refused without a word of what it held.

Promises that it is exactly what its type says: UTF-8 JSON, no member twice, none unknown where the type forbids it,
none of another type, else BAD_BODY; and that no error repeats a value, because every value may be personal. What
institutions send each other is read more strictly (canonical.py).
"""

import json
import re
from typing import TypeVar

import msgspec

from mynumber.plumbing.errors import BadInput

T = TypeVar("T")

_STRANGE = re.compile(r"unknown field `(?![a-z_]{1,32}`).*", re.DOTALL)
_ENUM = re.compile(r"Invalid enum value .*?(?=( - at `[^`]*`)?\Z)", re.DOTALL)


def read(data: bytes, kind: type[T]) -> T:
    """Return a body as `kind`, or raise BadInput."""
    try:
        value = json.loads(data.decode("utf-8"), object_pairs_hook=_distinct)
        # Half of a surrogate pair can be written as an escape, but not stored.
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except _TwiceError:
        raise refused("a member stands twice in an object") from None
    except (ValueError, RecursionError):
        raise refused("the body is not UTF-8 JSON") from None
    try:
        return msgspec.convert(value, kind, strict=True)
    except msgspec.ValidationError as problem:
        # The cause may show the value, and whatever somebody took for a member's name.
        raise refused(_STRANGE.sub("unknown field", _ENUM.sub("Invalid value", str(problem)))) from None


def refused(message: str) -> BadInput:
    """Return the error for a body that is not what the call takes."""
    return BadInput("BAD_BODY", message, hint="see GET /openapi.json")


class _TwiceError(ValueError):
    pass


def _distinct(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _TwiceError
    return members
