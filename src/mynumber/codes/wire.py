"""Members of messages: closed types, checked before use; anything else is BAD_ENCODING.

Payloads are frozen msgspec Structs with unknown members forbidden. Binary members are `B16`, `B32`, `B64` (text on the
wire, bytes in memory) and `Blob` (base64url of any length). Duplicate members, blanks and loose base64 bits are refused
by `canonical.decode`, which comes first.
"""

from typing import Annotated, Literal, TypeAlias, TypeVar

import msgspec

from mynumber.codes.errors import ProtocolError
from mynumber.plumbing import canonical
from mynumber.plumbing.canonical import Json

MAX_PAYLOAD = 128 * 1024
MAX_LARGE_PAYLOAD = 16 * 1024 * 1024  # directory and law table
MAX_PART = 1024 * 1024  # a message or a step, as canonical JSON


class B16(bytes):
    """16 bytes, b64(16) on the wire."""


class B32(bytes):
    """32 bytes, b64(32) on the wire."""


class B64(bytes):
    """64 bytes, b64(64) on the wire."""


class B128(bytes):
    """128 bytes, b64(128) on the wire."""


class Blob(bytes):
    """Bytes of any length, base64url on the wire."""


_SIZES: dict[type, int | None] = {B16: 16, B32: 32, B64: 64, B128: 128, Blob: None}

One: TypeAlias = Literal[1]
Ident: TypeAlias = Annotated[str, msgspec.Meta(pattern=r"\A[a-z0-9-]{1,32}\Z")]
Text: TypeAlias = Annotated[str, msgspec.Meta(pattern=r"\A[ !#-\[\]-~]{1,128}\Z")]
TextOrEmpty: TypeAlias = Annotated[str, msgspec.Meta(pattern=r"\A[ !#-\[\]-~]{0,128}\Z")]
Items: TypeAlias = Annotated[tuple[Text, ...], msgspec.Meta(min_length=1, max_length=256)]
Epoch: TypeAlias = Annotated[int, msgspec.Meta(ge=1, le=999_999_999)]
EpochOrZero: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=999_999_999)]
EntryIndex: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=4095)]  # a list has at most 4096 entries
Count: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=canonical.MAX_INTEGER)]

T = TypeVar("T")


class Payload(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base of everything that travels; members are exactly those declared."""


def _decode_hook(kind: type, value: object) -> object:
    if kind not in _SIZES:
        raise TypeError(kind)
    return kind(canonical.unb64(value, _SIZES[kind]))


def _encode_hook(value: object) -> object:
    if isinstance(value, bytes):
        return canonical.b64(value)
    raise TypeError(type(value))


def read(value: object, kind: type[T]) -> T:
    """Return the JSON value as `kind`, or raise BAD_ENCODING."""
    try:
        return msgspec.convert(value, kind, strict=True, dec_hook=_decode_hook)
    except (msgspec.ValidationError, canonical.NotCanonical) as problem:
        raise ProtocolError("BAD_ENCODING") from problem


def plain(value: object) -> Json:
    """Return a Struct as the JSON value that travels."""
    result: Json = msgspec.to_builtins(value, enc_hook=_encode_hook, builtin_types=())
    return result


def parse(data: bytes) -> Json:
    """Return the value of canonical JSON, or raise BAD_ENCODING."""
    try:
        return canonical.decode(data)
    except canonical.NotCanonical as problem:
        raise ProtocolError("BAD_ENCODING") from problem


def members(value: object, *names: str) -> dict[str, Json]:
    """Return `value` as an object with exactly the members `names`, or raise BAD_ENCODING."""
    if not isinstance(value, dict) or set(value) != set(names):
        raise ProtocolError("BAD_ENCODING")
    return value


def blob(text: object, size: int | None = None) -> bytes:
    """Return the bytes of a base64url member (exactly `size` if given), or raise BAD_ENCODING."""
    try:
        return canonical.unb64(text, size)
    except canonical.NotCanonical as problem:
        raise ProtocolError("BAD_ENCODING") from problem


def distinct(values: tuple[object, ...]) -> None:
    """Raise BAD_ENCODING if a value stands twice."""
    if len(set(values)) != len(values):
        raise ProtocolError("BAD_ENCODING")
