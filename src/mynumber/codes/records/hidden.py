"""Hidden rows and outcomes (PROTOCOL.md section 11): what only the supervisor opens, and what only permit holders read.

A hidden row is sealed to the supervisor together with the seed of its series. When it is disclosed, the keeper knows it
again by a HMAC and numbers it in that series. An outcome lies under a locator that the permit hash alone gives.
"""

import hashlib
import hmac

from mynumber.codes import hashing, sealing, wire
from mynumber.codes import jws as signatures
from mynumber.codes.errors import ProtocolError
from mynumber.codes.records import forms
from mynumber.codes.records.forms import Disclose, Outcome
from mynumber.codes.records.rows import Row, Series, disclosed_series, encode_row, read_row
from mynumber.plumbing import canonical
from mynumber.plumbing.canonical import Json

_SEED = 32


def seal_hidden(seal_key: bytes, series: Series, row: Row, permit: bytes) -> bytes:
    """Return the hidden row and the seed of its series, sealed to the supervisor's X25519 key."""
    info = hashing.frame("hidden", permit, hashing.i4(row.entry))
    return sealing.hpke_seal(seal_key, series.seed + sealing.pad(encode_row(row)), info, "BAD_ROW")


def open_hidden(seal_secret: bytes, sealed: bytes, *, permit: bytes, entry: int) -> tuple[bytes, Row]:
    """Return (seed, row) as the supervisor opens them, or raise BAD_ROW."""
    info = hashing.frame("hidden", permit, hashing.i4(entry))
    data = sealing.hpke_open(seal_secret, sealed, info, "BAD_ROW")
    row = read_row(sealing.unpad(data[_SEED:], "BAD_ROW"), hidden=True)
    if row.permit != permit or row.entry != entry:
        raise ProtocolError("BAD_ROW")
    return data[:_SEED], row


def hidden_mac(h: bytes, series: Series, row: Row, permit: bytes) -> bytes:
    """Return by what the keeper, with its HMAC key h, will know a disclosed row again."""
    return _mac(h, permit, row.entry, series.seed, encode_row(row))


def disclosure(network: str, permit: bytes, seed: bytes, row: Row) -> Disclose:
    """Return the form by which the supervisor discloses a row."""
    return Disclose(
        v=1,
        network=network,
        permit=wire.B32(permit),
        entry=row.entry,
        seed=wire.B32(seed),
        row=wire.Blob(encode_row(row)),
    )


def accept_disclosed(h: bytes, kept: bytes, disclosed: Disclose) -> tuple[Series, Row]:
    """Return the series and the row to number in it, or raise BAD_ROW unless it is the one kept under this HMAC."""
    computed = _mac(h, disclosed.permit, disclosed.entry, disclosed.seed, disclosed.row)
    if not hmac.compare_digest(computed, kept):
        raise ProtocolError("BAD_ROW")
    return disclosed_series(disclosed.seed), read_row(disclosed.row, hidden=True)


def outcome_locator(permit: bytes) -> bytes:
    """Return the 16 bytes under which the outcome of a permit lies."""
    return hashing.h("outcome-locator", permit)[:16]


def seal_outcome(permit: bytes, jws: Json) -> tuple[bytes, bytes]:
    """Return (locator, sealed) of a provider's outcome."""
    locator = outcome_locator(permit)
    return locator, sealing.siv_seal(_outcome_key(permit), sealing.pad(canonical.encode(jws)), locator)


def open_outcome(permit: bytes, sealed: bytes) -> Json:
    """Return the outcome's JWS, or raise BAD_ROW; what it says is known only after `check_outcome`."""
    padded = sealing.siv_open(_outcome_key(permit), sealed, outcome_locator(permit), "BAD_ROW")
    try:
        jws = wire.parse(sealing.unpad(padded, "BAD_ROW"))
        said = wire.read(signatures.parse(jws, Outcome.TYP).value, Outcome)
    except ProtocolError as problem:
        raise ProtocolError("BAD_ROW") from problem
    if said.permit != permit:
        raise ProtocolError("BAD_ROW")
    return jws


def check_outcome(jws: Json, permit: bytes, signer: tuple[str, bytes], network: str) -> Outcome:
    """Return the outcome that `signer`, the row's `to`, signed for this permit, or raise BAD_ROW."""
    try:
        outcome = forms.open_form(Outcome, jws, signer, network)
    except ProtocolError as problem:
        raise ProtocolError("BAD_ROW") from problem
    if outcome.permit != permit:
        raise ProtocolError("BAD_ROW")
    return outcome


def _outcome_key(permit: bytes) -> bytes:
    return hashing.s("outcome-key", permit)


def _mac(h: bytes, permit: bytes, entry: int, seed: bytes, row: bytes) -> bytes:
    return hmac.digest(h, hashing.frame("hidden", permit, hashing.i4(entry), seed, row), hashlib.sha256)
