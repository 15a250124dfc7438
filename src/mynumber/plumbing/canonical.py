"""Canonical JSON and base64url, as PROTOCOL.md section 2 fixes them.

Promises that a value has exactly one text: what is decoded is encoded again and compared byte for byte, so duplicate
members, blanks, other number forms, escapes and loose base64 bits are refused without a rule for each of them.
"""

import base64
import binascii
import json
from typing import TypeAlias, Union

from mynumber.plumbing.errors import BadInput

Json: TypeAlias = Union[bool, int, str, list["Json"], dict[str, "Json"], None]  # noqa: UP007

MAX_INTEGER = 2**53 - 1
_MAX_DEPTH = 16


class NotCanonical(BadInput):
    """The bytes are not the one text of their value."""

    def __init__(self, why: str) -> None:
        """Say why, without repeating what was read."""
        super().__init__("BAD_ENCODING", why, hint="send canonical JSON and unpadded base64url")


def encode(value: object) -> bytes:
    """Return the canonical text: members sorted by name, no blanks, ASCII only.

    `value` consists of dict, list, tuple, str, int in 0..2^53-1 and None; bool is allowed here and ruled out by the
    readers of each message.
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False).encode("ascii")


def decode(data: bytes) -> Json:
    """Return the value of canonical JSON, or raise NotCanonical."""
    try:
        value: Json = json.loads(data.decode("ascii"))
        _check(value, 0)
        again = encode(value)
        if b"\\ud" in data:
            # Half of a surrogate pair can be written as an escape, but it is no character.
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError) as problem:
        raise NotCanonical("not canonical JSON") from problem
    if again != data:
        raise NotCanonical("not canonical JSON")
    return value


def _check(value: Json, depth: int) -> None:
    if depth > _MAX_DEPTH:
        raise NotCanonical("nested too deeply")
    if isinstance(value, float) or (isinstance(value, int) and not 0 <= value <= MAX_INTEGER):
        raise NotCanonical("integers are 0 to 2^53-1")
    if isinstance(value, dict):
        for member in value.values():
            _check(member, depth + 1)
    elif isinstance(value, list):
        for member in value:
            _check(member, depth + 1)


def b64(data: bytes) -> str:
    """Return base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def unb64(text: object, size: int | None = None) -> bytes:
    """Return the bytes of canonical unpadded base64url (exactly `size` bytes if given), or raise NotCanonical."""
    if not isinstance(text, str):
        raise NotCanonical("base64url text expected")
    try:
        data = base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error) as problem:
        raise NotCanonical("not base64url") from problem
    if b64(data) != text or (size is not None and len(data) != size):
        raise NotCanonical("not canonical base64url of the expected size")
    return data
