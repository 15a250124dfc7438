"""Every text is read as the plain rule reads it: parse, write again, compare; the fast way decides nothing else."""

import datetime as dt
import enum
import json
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mynumber.plumbing import canonical


class Colour(enum.Enum):
    """What one writer alone would make a text of."""

    RED = "red"


LEAVES = st.none() | st.booleans() | st.integers(-5, 2**65) | st.floats() | st.text(max_size=6)
VALUES = st.recursive(LEAVES, lambda each: st.lists(each, max_size=4) | st.dictionaries(st.text(max_size=3), each))
BROKEN = st.lists(st.sampled_from([b"{", b"}", b"[", b"]", b",", b":", b'"', b"a", b"b", b"1", b"-0", b" ", b"\x7f"]))


def by_the_rule(data: bytes) -> object:
    """Return the value, or None where the rule refuses: written again with sorted members it must be the same text."""
    try:
        value = json.loads(data.decode("ascii"))
        again = json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False).encode("ascii")
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError):
        return None
    return [value] if again == data and plain(value) else None


def plain(value: object, depth: int = 0) -> bool:
    members = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
    whole = not isinstance(value, float) and not (isinstance(value, int) and not 0 <= value <= canonical.MAX_INTEGER)
    return whole and depth <= 16 and all(plain(member, depth + 1) for member in members)


def read(data: bytes) -> object:
    try:
        return [canonical.decode(data)]
    except canonical.NotCanonical:
        return None


@given(VALUES, st.booleans(), st.booleans())
@example("\x7f", False, False)
def test_texts_of_values_are_read_by_the_rule(value: object, ascii_only: bool, blanks: bool) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only, sort_keys=True, separators=None if blanks else (",", ":"))
    data = text.encode("utf-8", "surrogatepass")
    assert read(data) == by_the_rule(data)


WHOLE = st.none() | st.booleans() | st.integers(0, canonical.MAX_INTEGER) | st.text(max_size=6)
MEMBERS = st.recursive(WHOLE, lambda each: st.lists(each, max_size=4) | st.dictionaries(st.text(max_size=3), each))


@given(MEMBERS)
@example({"b": "plain", "a": [1]})
@example('"')
@example("\x7f")
@example("\n")
@example("個人")
def test_a_value_is_written_by_the_rule(value: object) -> None:
    assert canonical.encode(value) == json.dumps(value, sort_keys=True, separators=(",", ":")).encode("ascii")


@given(BROKEN)
@example([b'{"a":1,"a":1}'])
@example([b'{"b":1,"a":1}'])
@example([b'"\x01"'])
@example([b'"\x7f"'])
@example([b"-0"])
@example([b"1e0"])
@example([b"9007199254740992"])
@example([b"99999999999999999999999"])
@example([b'{"a":1}\n'])
@example([b"[" * 16 + b"]" * 16])
@example([b"[" * 17 + b"]" * 17])
@example([b"[" * 18 + b"]" * 18])
@example([b"[" * 100_000])
def test_broken_texts_are_read_by_the_rule(pieces: list[bytes]) -> None:
    data = b"".join(pieces)
    assert read(data) == by_the_rule(data)


@given(st.binary(max_size=40))
def test_base64url_has_one_text(data: bytes) -> None:
    text = canonical.b64(data)
    assert canonical.unb64(text) == data
    assert "=" not in text
    for other in (f"{text}=", f"{text} ", f" {text}", f"{text}A", text.replace("-", "+"), text.replace("_", "/")):
        if other != text:
            with pytest.raises(canonical.NotCanonical):
                canonical.unb64(other, len(data))


def test_half_of_a_surrogate_pair_is_written_as_its_escape_and_refused_by_readers() -> None:
    data = canonical.encode({"\ud800": "\udfff"})
    assert data == b'{"\\ud800":"\\udfff"}'
    with pytest.raises(canonical.NotCanonical):
        canonical.decode(data)


@pytest.mark.parametrize(
    "value",
    [
        *(b"bytes", bytearray(b"bytes"), {1, 2}, frozenset({"a"}), float("nan"), float("inf"), 1.0),
        *(dt.date(2026, 11, 26), Decimal(1), UUID(int=1), Colour.RED, object()),
        *({1: "a"}, {b"a": "a"}, {None: "a"}, {("a",): "a"}),
    ],
    ids=lambda value: f"{type(value).__name__}-{value!r:.20}",
)
@pytest.mark.parametrize("beside", ["plain", "\u500b", "\ud800"])
def test_what_json_does_not_have_is_not_written(value: object, beside: str) -> None:
    for whole in (value, [beside, value], {"a": ({"b": [beside, value]},)}):
        with pytest.raises((TypeError, ValueError)):
            canonical.encode(whole)
    assert canonical.encode({"a": ({"b": [beside, None, True, 0]},)}).startswith(b'{"a":[{"b":[')


def test_what_refers_to_itself_is_not_written() -> None:
    for beside in ("plain", "\ud800"):
        endless: list[object] = [beside]
        endless.append({"a": endless})
        with pytest.raises((RecursionError, ValueError)):
            canonical.encode(endless)
