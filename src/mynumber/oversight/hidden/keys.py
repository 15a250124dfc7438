"""The supervisor's keys, one of which signs what it publishes and one of which opens hidden rows.

While the seal key changes, rows arrive that are sealed to the one before, and those that are kept here are sealed to it
for up to twelve months. So the one before opens them until the directory that lists it counts no longer; then what the
keeper shows is fetched once more, what is kept here is sealed anew, and only then the old bytes go.

If we crash between sealing anew and the replacement, both keys are there and the next round finds nothing to seal.
"""

from collections.abc import Sequence
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from sqlalchemy import Connection

from mynumber.codes.errors import ProtocolError
from mynumber.codes.records import hidden
from mynumber.codes.records.rows import Row, disclosed_series
from mynumber.exchange.running import own_keys
from mynumber.exchange.running.node import Node
from mynumber.exchange.running.own_keys import Own, Secret
from mynumber.oversight.hidden import kept
from mynumber.oversight.hidden.kept import Kept

SEAL = "seal"


def keys_of(node: Node) -> Own[bytes]:
    """Return what the supervisor signs with, by directory; the seal key is compared as well."""
    sealing = Secret(SEAL, _image, lambda directory: bytes(directory.body.supervisor.seal))
    return Own(node, (own_keys.signing(node.config.id), sealing), lambda held: held["sign"])


def seals(folder: Path) -> tuple[bytes, ...]:
    """Return the secrets that open hidden rows: the one in use, then the next, if there is one."""
    return own_keys.held(folder, SEAL)


def open_row(secrets: Sequence[bytes], permit: bytes, entry: int, sealed: bytes) -> tuple[bytes, Row]:
    """Return (seed, row) of a hidden row, by the secret that it is sealed to, or raise BAD_ROW."""
    for secret in secrets:
        try:
            return hidden.open_hidden(secret, sealed, permit=permit, entry=entry)
        except ProtocolError:
            continue
    raise ProtocolError("BAD_ROW")


def seal_anew(connection: Connection, folder: Path) -> int:
    """Seal every row that is hidden here to the next key; return how many were not yet. One that opens stays whole."""
    before, after = seals(folder)
    count = 0
    for row in kept.rows(connection):
        if row.sealed is None or _opens(after, row, row.sealed):
            continue
        try:
            seed, said = open_row((before,), row.permit, row.entry, row.sealed)
        except ProtocolError:
            continue  # it opened when it came; what became of it since is for people to find, not to hide
        sealed = hidden.seal_hidden(_image(after), disclosed_series(seed), said, row.permit)
        kept.reseal(connection, row, sealed)
        count += 1
    return count


def _opens(secret: bytes, row: Kept, sealed: bytes) -> bool:
    try:
        open_row((secret,), row.permit, row.entry, sealed)
    except ProtocolError:
        return False
    return True


def _image(secret: bytes) -> bytes:
    return X25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw()
