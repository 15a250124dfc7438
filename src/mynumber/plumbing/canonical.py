"""Canonical JSON and base64url, as PROTOCOL.md section 2 fixes them.

Promises that a value has exactly one text: what is decoded is encoded again and compared byte for byte, so duplicate
members, blanks, other number forms, escapes and loose base64 bits are refused without a rule for each of them.
"""

import binascii
import json
from typing import TypeAlias, Union

import msgspec

from mynumber.plumbing.errors import BadInput

Json: TypeAlias = Union[bool, int, str, list["Json"], dict[str, "Json"], None]  # noqa: UP007

MAX_INTEGER = 2**53 - 1
_MAX_DEPTH = 16
_TO_URL, _FROM_URL = bytes.maketrans(b"+/", b"-_"), bytes.maketrans(b"-_", b"+/")
_TEXT = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
_LEAVES, _LISTS = frozenset({str, int, bool, type(None)}), (list, tuple)
_reader, _writer = msgspec.json.Decoder(), msgspec.json.Encoder(order="deterministic")


class NotCanonical(BadInput):
    """The bytes are not the one text of their value."""

    def __init__(self, why: str) -> None:
        """Say why, without repeating what was read."""
        super().__init__("BAD_ENCODING", why, hint="send canonical JSON and unpadded base64url")


def encode(value: object) -> bytes:
    """Return the canonical text: members sorted by name, no blanks, ASCII only.

    `value` consists of dict, list, tuple, str, int in 0..2^53-1 and None; another type is a fault of ours and raises
    TypeError. bool and other integers are allowed here and ruled out by the readers of each message.
    """
    try:
        data = _writer.encode(value)
    except UnicodeEncodeError:
        # Half of a surrogate pair has an escape, which readers refuse, and no other form.
        data = _TEXT.encode(value).encode("ascii")
    if b"\\" in data or b"\x7f" in data or not data.isascii():
        # Both write alike what needs no escape, which is nearly every message; this one is a quarter as fast.
        data = _TEXT.encode(value).encode("ascii")
    # What refers to itself has ended in either writer, so this comes to an end.
    _check_members(value)
    return data


def _check_members(value: object) -> None:
    """Raise TypeError unless a value consists of what JSON has: the writers would write other types as well."""
    nodes = [value]
    for each in nodes:
        if isinstance(each, dict):
            "".join(each)  # TypeError if the name of a member is no text
            for member in each.values():
                if type(member) is not str:
                    nodes.append(member)
        elif isinstance(each, _LISTS):
            for member in each:
                if type(member) is not str:
                    nodes.append(member)
        elif type(each) not in _LEAVES:
            raise TypeError(f"{type(each).__name__} is nothing that canonical JSON has")


def decode(data: bytes) -> Json:
    """Return the value of canonical JSON, or raise NotCanonical."""
    try:
        if b"\\" not in data and b"\x7f" not in data:
            return _decode_plain(data)
        value: Json = json.loads(data.decode("ascii"))
        _check(value, 0)
        again = encode(value)
        if b"\\ud" in data:
            # Half of a surrogate pair can be written as an escape, but it is no character.
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError, msgspec.MsgspecError) as problem:
        raise NotCanonical("not canonical JSON") from problem
    if again != data:
        raise NotCanonical("not canonical JSON")
    return value


def _decode_plain(data: bytes) -> Json:
    """Return the value of a text without escapes, which nearly every message is: the same rule, ten times as fast."""
    value: Json = _reader.decode(data)
    _check(value, 0)
    if not data.isascii() or _writer.encode(value) != data:
        raise NotCanonical("not canonical JSON")
    return value


def _check(value: Json, depth: int) -> None:
    if depth > _MAX_DEPTH:
        raise NotCanonical("nested too deeply")
    if isinstance(value, str):
        return
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
    return binascii.b2a_base64(data, newline=False).translate(_TO_URL).rstrip(b"=").decode("ascii")


def unb64(text: object, size: int | None = None) -> bytes:
    """Return the bytes of canonical unpadded base64url (exactly `size` bytes if given), or raise NotCanonical."""
    if not isinstance(text, str):
        raise NotCanonical("base64url text expected")
    try:
        # What is no base64url is passed over here and missing in the comparison below.
        data = binascii.a2b_base64(text.encode("ascii").translate(_FROM_URL) + b"=" * (-len(text) % 4))
    except (ValueError, binascii.Error) as problem:
        raise NotCanonical("not base64url") from problem
    if b64(data) != text or (size is not None and len(data) != size):
        raise NotCanonical("not canonical base64url of the expected size")
    return data
