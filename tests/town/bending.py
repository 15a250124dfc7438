"""Lies about a JSON value: members of another type, left out, or too many; and other texts of the same value."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence

from mynumber.plumbing import canonical
from mynumber.plumbing.canonical import Json

HALF_A_PAIR = "\ud800"
_WRONG: tuple[Json, ...] = (None, True, 7, "7", [], {})
_WRONG_TEXTS: tuple[Json, ...] = ("", HALF_A_PAIR, None, 7, [])


def bent(value: Json, place: str = "$") -> Iterator[tuple[str, Json]]:
    """Return (where and how, value) for every lie, each in one place only."""
    for wrong in _WRONG_TEXTS if isinstance(value, str) else _WRONG:
        if type(wrong) is not type(value) or (isinstance(wrong, str) and wrong != value):
            yield f"{place}={wrong!r}", wrong
    if isinstance(value, dict):
        yield f"{place}+more", {**value, "more": 1}
        yield f"{place}+half", {**value, HALF_A_PAIR: 1}
        for name, member in value.items():
            yield f"{place}-{name}", {other: kept for other, kept in value.items() if other != name}
            for how, lie in bent(member, f"{place}.{name}"):
                yield how, {**value, name: lie}
    if isinstance(value, list) and value:
        yield f"{place}+again", [*value, value[0]]
        for index, member in enumerate(value):
            for how, lie in bent(member, f"{place}[{index}]"):
                yield how, put(value, (index,), lie)


def put(value: Json, place: Sequence[str | int], lie: Json) -> Json:
    """Return a value with something else in one place."""
    if not place:
        return lie
    first, rest = place[0], place[1:]
    if isinstance(value, dict) and isinstance(first, str):
        return {**value, first: put(value[first], rest, lie)}
    assert isinstance(value, list)
    assert isinstance(first, int)
    return [*value[:first], put(value[first], rest, lie), *value[first + 1 :]]


def at(value: Json, place: Sequence[str | int]) -> Json:
    """Return what stands in a place."""
    for step in place:
        value = value[step]  # type: ignore[index]
    return value


def _member_twice(data: bytes) -> bytes:
    """Return an object whose first member stands twice, the second time as it was."""
    name = json.dumps(next(iter(json.loads(data) or {"a": 1}))).encode()
    return b"{" + name + b":null," + data[1:] if data != b"{}" else b'{"a":1,"a":1}'


def _unsorted(data: bytes) -> bytes:
    value = json.loads(data)
    members = dict(reversed(value.items())) if len(value) > 1 else {"b": 1, "a": 1}
    return json.dumps(members, separators=(",", ":")).encode()


# The same value in other bytes, or one that has no such bytes.
MISWRITTEN: Mapping[str, Callable[[bytes], bytes]] = {
    "empty": lambda _: b"",
    "cut_off": lambda data: data[:-1],
    "two_values": lambda data: data + data,
    "a_blank_behind": lambda data: data + b" ",
    "a_line_end_behind": lambda data: data + b"\n",
    "blanks_between": lambda data: data.replace(b":", b": ", 1) if data != b"{}" else b"{ }",
    "byte_order_mark": lambda data: b"\xef\xbb\xbf" + data,
    "utf_16": lambda data: data.decode("ascii").encode("utf-16"),
    "not_utf_8": lambda data: data[:-1] + b',"z":"\x83\x7d\x83\x43"}',
    "member_twice": _member_twice,
    "members_unsorted": _unsorted,
    "needless_escape": lambda data: b'{"\\u%04x' % data[2] + data[3:] if data != b"{}" else b'{"\\u0061":1}',
    "a_fraction": lambda data: _with(data, b"1.5"),
    "an_exponent": lambda data: _with(data, b"1e3"),
    "a_minus": lambda data: _with(data, b"-1"),
    "two_to_the_53": lambda data: _with(data, str(canonical.MAX_INTEGER + 1).encode()),
    "ten_thousand_digits": lambda data: _with(data, b"9" * 10_000),
    "not_a_number": lambda data: _with(data, b"NaN"),
    "endless": lambda data: _with(data, b"Infinity"),
    "nested_17_deep": lambda data: _with(data, b"[" * 17 + b"]" * 17),
    "nested_100000_deep": lambda data: _with(data, b"[" * 100_000 + b"]" * 100_000),
    "a_list": lambda data: b"[" + data + b"]",
    "a_text": lambda data: json.dumps(data.decode("ascii")).encode(),
    "nothing": lambda _: b"null",
    "a_number": lambda _: b"7",
    "a_truth": lambda _: b"true",
}


def _with(data: bytes, value: bytes) -> bytes:
    """Return an object with one member more, behind the others."""
    before = data[:-1] + (b"," if data != b"{}" else b"")
    return before + b'"zz":' + value + b"}"
