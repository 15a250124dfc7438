"""C2SP signed notes with Ed25519: text comes out of a note only after a signature by a key that the caller trusts.

    text, ends in a newline
                                                  (an empty line)
    — <key name> base64(4-byte key id || 64-byte signature)

Key id = first 4 bytes of SHA-256(name || 0x0A || 0x01 || public key). A key's text (vkey) is `name+id+key`, id in hex,
key = base64(0x01 || public key). Only type 0x01 exists here: a key of a witness's cosignatures (0x04) is refused.
"""

import base64
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import pysodium
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from mynumber.plumbing.errors import BadInput, Refused

MAX_NOTE = 1_000_000
# A verifier accepts at least 16 lines (C2SP signed-note); logs add lines of keys that nobody knows, on purpose.
MAX_SIGNATURES = 100
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
_ED25519 = b"\x01"
_KEY_ID_SIZE = 4
SEED_SIZE = 32


class BadNote(BadInput):
    """A note or checkpoint is malformed."""

    def __init__(self, why: str) -> None:
        """Say which rule of the format failed."""
        super().__init__("BAD_NOTE", why)


class UnverifiedNote(Refused):
    """A note is well formed, but no trusted key signed it or a trusted key's signature is false."""

    def __init__(self, why: str) -> None:
        """Say what is missing."""
        super().__init__("BAD_NOTE", why, hint="compare the vkey with the one that was handed in")


class BadKey(BadInput):
    """A note key, its name or its text is malformed."""

    def __init__(self, why: str) -> None:
        """Say which rule failed."""
        super().__init__("BAD_KEY", why)


@dataclass(frozen=True, slots=True)
class NoteKey:
    """A name and an Ed25519 public key of 32 bytes, which verify notes."""

    name: str
    public: bytes

    def __post_init__(self) -> None:
        if not _is_name(self.name):
            raise BadKey("a key name is not empty and has no blanks, control characters or plus signs")
        try:
            Ed25519PublicKey.from_public_bytes(self.public)
        except ValueError as problem:
            raise BadKey("an Ed25519 public key has 32 bytes") from problem

    @property
    def key_id(self) -> bytes:
        """The 4-byte key id, always computed, never taken over."""
        return hashlib.sha256(self.name.encode() + b"\n" + _ED25519 + self.public).digest()[:_KEY_ID_SIZE]

    def vkey(self) -> str:
        """Return the key's text."""
        return f"{self.name}+{self.key_id.hex()}+{_b64(_ED25519 + self.public)}"


@dataclass(frozen=True, slots=True)
class SignatureLine:
    """One line below a note's text; it says nothing until it is verified."""

    name: str
    key_id: bytes
    signature: bytes

    def encode(self) -> str:
        """Return the line without its newline."""
        return f"— {self.name} {_b64(self.key_id + self.signature)}"


@dataclass(frozen=True, slots=True)
class UnopenedNote:
    """A parsed note, nothing of it verified. Use `open_note` for a text to rely on."""

    text: str
    signatures: tuple[SignatureLine, ...]

    def encode(self) -> bytes:
        """Return the note's bytes."""
        return f"{self.text}\n{''.join(line.encode() + chr(10) for line in self.signatures)}".encode()


@dataclass(frozen=True, slots=True)
class OpenedNote:
    """A verified text and the trusted keys that signed it (at least one)."""

    text: str
    signed_by: tuple[NoteKey, ...]


def note_key(name: str, seed: bytes) -> NoteKey:
    """Return the public side of a signing seed (32 bytes)."""
    return NoteKey(name, _private(seed).public_key().public_bytes_raw())


def parse_vkey(text: str) -> NoteKey:
    """Return the key of a vkey text, or raise BadKey; the id in it must be the key's own."""
    parts = text.split("+", 2)
    if len(parts) != 3:
        raise BadKey("a vkey is name+id+key")
    encoded = _unb64(parts[2])
    if encoded is None or encoded[:1] != _ED25519:
        raise BadKey("the key is not base64 of 0x01 and an Ed25519 public key")
    key = NoteKey(parts[0], encoded[1:])
    if key.vkey() != text:
        raise BadKey("the key id does not belong to this name and key")
    return key


def sign_note(text: str, name: str, seed: bytes) -> bytes:
    """Return the note of `text` (ending in a newline) with one signature by `seed` under `name`."""
    _check_text(text)
    key_id, secret = _signer(name, seed)
    line = SignatureLine(name, key_id, pysodium.crypto_sign_detached(text.encode(), secret))
    return UnopenedNote(text, (line,)).encode()


def parse_note(data: bytes) -> UnopenedNote:
    """Return the parts of a note, or raise BadNote. Every note has exactly one encoding."""
    if len(data) > MAX_NOTE:
        raise BadNote(f"a note has at most {MAX_NOTE} bytes")
    try:
        whole = data.decode("utf-8")
    except UnicodeDecodeError as problem:
        raise BadNote("a note is UTF-8") from problem
    text, separator, below = whole.rpartition("\n\n")
    if not separator or not below.endswith("\n"):
        raise BadNote("a note is text, an empty line and signature lines")
    lines = below[:-1].split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise BadNote(f"a note has at most {MAX_SIGNATURES} signature lines")
    _check_text(text + "\n")
    return UnopenedNote(text + "\n", tuple(_parse_line(line) for line in lines))


def open_note(data: bytes, keys: Iterable[NoteKey]) -> OpenedNote:
    """Return the text of a note that at least one of `keys` signed.

    Lines of other keys are ignored, also where they share a trusted key's name or id but not both. One false line of a
    trusted key refuses the whole note.
    """
    note = parse_note(data)
    trusted = {(key.name, key.key_id): key for key in keys}
    signed_by: list[NoteKey] = []
    for line in note.signatures:
        key = trusted.get((line.name, line.key_id))
        if key is None:
            continue
        _verify(key, note.text, line.signature)
        if key not in signed_by:
            signed_by.append(key)
    if not signed_by:
        raise UnverifiedNote("no trusted key signed the note")
    return OpenedNote(note.text, tuple(signed_by))


def _verify(key: NoteKey, text: str, signature: bytes) -> None:
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(signature, text.encode())
    except InvalidSignature as problem:
        raise UnverifiedNote("a trusted key's signature does not verify") from problem


def _parse_line(line: str) -> SignatureLine:
    name, _, encoded = line.removeprefix("— ").partition(" ")
    blob = _unb64(encoded)
    if not line.startswith("— ") or not _is_name(name) or blob is None or len(blob) <= _KEY_ID_SIZE:
        raise BadNote("a signature line is a dash, a key name and base64 of key id and signature")
    return SignatureLine(name, blob[:_KEY_ID_SIZE], blob[_KEY_ID_SIZE:])


def _check_text(text: str) -> None:
    if not text.endswith("\n") or _CONTROL.search(text):
        raise BadNote("a note's text ends in a newline and has no other control characters")


def _is_name(name: str) -> bool:
    return name != "" and not any(char.isspace() or char < " " or char == "+" for char in name)


@lru_cache(maxsize=16)
def _signer(name: str, seed: bytes) -> tuple[bytes, bytes]:
    """Return key id and secret as libsodium takes it, which signs faster than pyca; a log has the same for ever."""
    key = note_key(name, seed)
    return key.key_id, seed + key.public


def _private(seed: bytes) -> Ed25519PrivateKey:
    if len(seed) != SEED_SIZE:
        raise BadKey("a signing seed has 32 bytes")
    return Ed25519PrivateKey.from_private_bytes(seed)


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _unb64(text: str) -> bytes | None:
    """Return the bytes of standard base64, or None if `text` is not their one encoding."""
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        return None
    return data if _b64(data) == text else None
