"""Notes against an independent writing of the format, and against the published example of Go's x/mod/sumdb/note."""

import base64
import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from mynumber.tlog.note import (
    BadKey,
    BadNote,
    NoteKey,
    UnverifiedNote,
    note_key,
    open_note,
    parse_note,
    parse_vkey,
    sign_note,
)

# From the documentation of golang.org/x/mod/sumdb/note: key, secret key and note.
GO_VKEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_SEED = base64.b64decode("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz")[1:]
GO_TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
GO_NOTE = (
    f"{GO_TEXT}\n— PeterNeumann "
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
).encode()

SEED = bytes(range(32))
KEY = note_key("demo/keeper/log", SEED)
TEXT = "one\n\ntwo\n"
NOTE = sign_note(TEXT, KEY.name, SEED)

names = st.text(st.characters(exclude_categories=("C", "Z"), exclude_characters="+"), min_size=1, max_size=20)
texts = st.text(st.one_of(st.characters(exclude_categories=["C"]), st.just("\n")), max_size=200).map(lambda t: t + "\n")
seeds = st.binary(min_size=32, max_size=32)


def slow_id(name: str, key_type: int, public: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + bytes([key_type]) + public).digest()[:4]


def slow_line(text: str, name: str, seed: bytes, key_type: int = 1) -> bytes:
    """A signature line, put together from the specification alone."""
    private = Ed25519PrivateKey.from_private_bytes(seed)
    public = private.public_key().public_bytes_raw()
    blob = slow_id(name, key_type, public) + private.sign(text.encode())
    return b"\xe2\x80\x94 " + name.encode() + b" " + base64.b64encode(blob) + b"\n"


def test_the_published_example_byte_for_byte() -> None:
    assert note_key("PeterNeumann", GO_SEED).vkey() == GO_VKEY
    assert sign_note(GO_TEXT, "PeterNeumann", GO_SEED) == GO_NOTE
    key = parse_vkey(GO_VKEY)
    assert open_note(GO_NOTE, [key]).text == GO_TEXT


@given(texts, names, seeds)
def test_signing_is_the_specification_byte_for_byte(text: str, name: str, seed: bytes) -> None:
    data = sign_note(text, name, seed)
    assert data == text.encode() + b"\n" + slow_line(text, name, seed)
    assert parse_note(data).encode() == data
    key = note_key(name, seed)
    opened = open_note(data, [key])
    assert (opened.text, opened.signed_by) == (text, (key,))


@given(names, seeds)
def test_a_vkey_reads_back(name: str, seed: bytes) -> None:
    key = note_key(name, seed)
    expected = f"{name}+{slow_id(name, 1, key.public).hex()}+{base64.b64encode(bytes([1]) + key.public).decode()}"
    assert key.vkey() == expected
    assert parse_vkey(expected) == key


@given(st.integers(0, len(NOTE) - 1), st.integers(1, 255))
def test_one_changed_byte_anywhere_is_refused(at: int, change: int) -> None:
    false = NOTE[:at] + bytes([NOTE[at] ^ change]) + NOTE[at + 1 :]
    with pytest.raises((BadNote, UnverifiedNote)):
        open_note(false, [KEY])


@given(st.binary(max_size=300))
def test_any_bytes_are_a_note_with_one_encoding_or_refused(data: bytes) -> None:
    try:
        note = parse_note(data)
    except BadNote:
        return
    assert note.encode() == data


def test_lines_of_unknown_keys_are_ignored() -> None:
    """Twenty lines of nobody, one with our name and another id, one with our id and another name."""
    nobody = b"".join(slow_line(TEXT, f"grease{number}.example", bytes([number]) * 32) for number in range(20))
    same_name = slow_line("other\n", KEY.name, b"\7" * 32)
    same_id = b"\xe2\x80\x94 other " + base64.b64encode(KEY.key_id + b"\0" * 64) + b"\n"
    post_quantum = b"\xe2\x80\x94 witness.example " + base64.b64encode(b"\6" * 4000) + b"\n"
    data = TEXT.encode() + b"\n" + nobody + same_name + slow_line(TEXT, KEY.name, SEED) + same_id + post_quantum
    assert open_note(data, [KEY]).signed_by == (KEY,)


def test_a_false_line_of_a_trusted_key_refuses_the_whole_note() -> None:
    other = note_key("demo/tax/log", b"\3" * 32)
    false = NOTE + slow_line("another text\n", other.name, b"\3" * 32)
    assert open_note(false, [KEY]).signed_by == (KEY,)
    with pytest.raises(UnverifiedNote):
        open_note(false, [KEY, other])


def test_two_trusted_keys_are_both_named_once() -> None:
    other = note_key("demo/tax/log", b"\3" * 32)
    line = slow_line(TEXT, other.name, b"\3" * 32)
    assert open_note(NOTE + line + line, [other, KEY]).signed_by == (KEY, other)


def test_a_note_without_a_trusted_signature_is_refused() -> None:
    for keys in ([], [note_key(KEY.name, b"\3" * 32)], [note_key("other", SEED)]):
        with pytest.raises(UnverifiedNote) as caught:
            open_note(NOTE, keys)
        assert (caught.value.code, caught.value.http_status) == ("BAD_NOTE", 403)


def test_a_line_of_another_type_is_not_ours() -> None:
    """The same key under the cosignature type 0x04 has another id, so its line never counts."""
    with pytest.raises(UnverifiedNote):
        open_note(TEXT.encode() + b"\n" + slow_line(TEXT, KEY.name, SEED, key_type=4), [KEY])


LINE = slow_line(TEXT, KEY.name, SEED)
HEAD = TEXT.encode() + b"\n"
MALFORMED = {
    "nothing": b"",
    "no-signature": TEXT.encode(),
    "no-lines": HEAD,
    "no-last-newline": HEAD + LINE[:-1],
    "hyphen-for-dash": HEAD + b"-" + LINE[3:],
    "no-name": HEAD + b"\xe2\x80\x94  " + LINE.split(b" ")[2],
    "plus-in-name": HEAD + LINE.replace(b"demo/", b"demo+"),
    "wide-blank-in-name": HEAD + LINE.replace(b"demo/", "demo\u3000".encode()),
    "third-word": HEAD + LINE[:-1] + b" x\n",
    "no-padding": HEAD + LINE.replace(b"=", b""),
    "url-alphabet": HEAD + b"\xe2\x80\x94 a " + base64.urlsafe_b64encode(b"\xff" * 68) + b"\n",
    "loose-bits": HEAD + "— a AAAAAAB=\n".encode(),
    "key-id-alone": HEAD + "— a AAAAAA==\n".encode(),
    "not-utf-8": b"\xff\n\n" + LINE,
    "tab-in-text": b"a\tb\n\n" + LINE,
    "carriage-return": b"a\r\n\n" + LINE,
    "101-lines": HEAD + LINE * 101,
    "too-long": b"a" * 1_000_000 + b"\n\n" + LINE,
}


@pytest.mark.parametrize("lie", MALFORMED)
def test_a_malformed_note_is_refused(lie: str) -> None:
    with pytest.raises(BadNote) as caught:
        open_note(MALFORMED[lie], [KEY])
    assert (caught.value.code, caught.value.http_status) == ("BAD_NOTE", 400)


def vkey_text(name: str, key_type: int, public: bytes) -> str:
    encoded = base64.b64encode(bytes([key_type]) + public).decode()
    return f"{name}+{slow_id(name, key_type, public).hex()}+{encoded}"


BAD_VKEYS = {
    "nothing": "",
    "two-parts": "a+00000000",
    "id-of-another-name": KEY.vkey().replace("keeper", "tax"),
    "id-in-capitals": KEY.vkey().replace(KEY.key_id.hex(), KEY.key_id.hex().upper()),
    "cosignature-key": vkey_text("witness", 4, KEY.public),
    "short-key": vkey_text("a", 1, KEY.public[:31]),
    "long-key": vkey_text("a", 1, KEY.public + b"\0"),
    "no-name": vkey_text("", 1, KEY.public),
    "blank-in-name": vkey_text("a b", 1, KEY.public),
    "trailing-newline": KEY.vkey() + "\n",
}


@pytest.mark.parametrize("lie", BAD_VKEYS)
def test_a_malformed_vkey_is_refused(lie: str) -> None:
    with pytest.raises(BadKey) as caught:
        parse_vkey(BAD_VKEYS[lie])
    assert caught.value.code == "BAD_KEY"


def test_a_witness_key_is_told_from_a_damaged_one() -> None:
    with pytest.raises(BadKey, match="0x01"):
        parse_vkey(BAD_VKEYS["cosignature-key"])


@pytest.mark.parametrize("text", ["", "no newline", "tab\t\n", "return\r\n"])
def test_a_text_that_no_note_can_hold_is_not_signed(text: str) -> None:
    with pytest.raises(BadNote):
        sign_note(text, KEY.name, SEED)


@pytest.mark.parametrize(("name", "seed"), [("", SEED), ("a b", SEED), ("a+b", SEED), ("a\nb", SEED), ("a", SEED[:31])])
def test_a_bad_name_or_seed_signs_nothing(name: str, seed: bytes) -> None:
    with pytest.raises(BadKey):
        sign_note(TEXT, name, seed)


def test_a_key_of_the_wrong_size_is_refused() -> None:
    with pytest.raises(BadKey):
        NoteKey("a", b"\0" * 31)
