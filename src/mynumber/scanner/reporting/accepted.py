"""The finds that somebody has accepted; promises a file that gives no number away and outlives edits.

A find is accepted by path and number, whatever its line. The file holds keyed hashes; without the key, which stands in
a file of its own beside it (`FILE.key`, mode 0600, not to be committed), they say nothing: an unkeyed hash of a My
Number would be one in the eyes of the law.
"""

import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Iterable
from pathlib import Path

from mynumber.plumbing.errors import WrongUse
from mynumber.scanner.finds import Find

_KEY_BYTES = 32
_SHOWN = 32


class Baseline:
    """Accepted finds."""

    def __init__(self, key: bytes, hashes: Iterable[str]) -> None:
        self._key = key
        self._hashes = set(hashes)

    def accepts(self, find: Find) -> bool:
        """Whether this find was accepted."""
        return self._hash(find) in self._hashes

    def add(self, find: Find) -> None:
        """Accept a find."""
        self._hashes.add(self._hash(find))

    def write(self, file: Path) -> None:
        """Write the hashes, in an order that says nothing."""
        text = json.dumps({"version": 1, "accepted": sorted(self._hashes)}, indent=1)
        file.write_text(text + "\n", encoding="utf-8", newline="\n")

    def _hash(self, find: Find) -> str:
        text = json.dumps([find.path, find.digits or find.kind], ensure_ascii=False).encode()
        return hmac.new(self._key, text, hashlib.sha256).hexdigest()[:_SHOWN]


def opened(file: Path) -> Baseline:
    """Return the baseline in a file, or raise WrongUse."""
    try:
        written = json.loads(file.read_text(encoding="utf-8"))
        hashes = [one for one in written["accepted"] if isinstance(one, str)]
        key = bytes.fromhex(_key_file(file).read_text(encoding="ascii"))
    except (OSError, ValueError, KeyError, TypeError) as problem:
        hint = f"it and its key {_key_file(file).name} are made together by --accept"
        raise WrongUse("SCAN_BASELINE", "the baseline or its key cannot be read", hint=hint) from problem
    return Baseline(key, hashes)


def begun(file: Path) -> Baseline:
    """Return the baseline in a file, or a new one with a new key if there is none yet."""
    if file.exists():
        return opened(file)
    key = secrets.token_bytes(_KEY_BYTES)
    try:
        descriptor = os.open(_key_file(file), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return Baseline(bytes.fromhex(_key_file(file).read_text(encoding="ascii")), ())
    with os.fdopen(descriptor, "w", encoding="ascii") as out:
        out.write(key.hex())
    return Baseline(key, ())


def _key_file(file: Path) -> Path:
    return file.with_name(file.name + ".key")
