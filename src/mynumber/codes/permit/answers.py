"""The provider's answer: sealed to the asker, signed with the permit, and opened only after A1 to A5 (section 10).

The network carries none of it. The size tells only multiples of 1024 bytes.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field

from mynumber.codes import hashing, sealing, wire
from mynumber.codes import jws as signatures
from mynumber.codes.errors import ProtocolError
from mynumber.codes.records import forms
from mynumber.codes.records.forms import Answer
from mynumber.plumbing.canonical import Json

_BAD = "BAD_ANSWER"


@dataclass(frozen=True, slots=True)
class Result:
    """One entry's answer: data, or none because it is `not-available` (unknown, withheld and not acquired alike)."""

    available: bool
    data: Json = field(default=None, repr=False)

    def plain(self) -> Json:
        """Return the result as it stands in an answer."""
        return {"status": "ok", "data": self.data} if self.available else {"status": "not-available"}


def seal_answer(reply_key: bytes, results: Iterable[Result], *, permit: bytes, provider: str) -> bytes:
    """Return enc || ciphertext for the request's `reply_key`.

    BAD_ANSWER if HPKE refuses the key (zero shared secret): the permit is used up.
    """
    said = {"v": 1, "results": [result.plain() for result in results]}
    text = json.dumps(said, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode("utf-8")
    return sealing.hpke_seal(reply_key, sealing.pad(text), _info(permit, provider), _BAD)


def sign_answer(sealed: bytes, *, permit: bytes, network: str, signer: tuple[str, bytes]) -> Json:
    """Return the JWS that goes with a sealed answer; `signer` is the provider's (id, Ed25519 secret)."""
    answer = Answer(v=1, network=network, permit=wire.B32(permit), sealed=wire.B32(_hash(sealed)))
    return forms.sign_form(answer, signer)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the asker knows of the answer it waits for: permit hash, provider (id, key), entries and reply secret."""

    network: str
    permit: bytes
    provider: tuple[str, bytes]
    count: int
    reply_secret: bytes = field(repr=False)


def open_answer(jws: object, sealed: bytes, asked: Asked) -> tuple[Result, ...]:
    """Return one result per entry, in order, behind A1 to A5."""
    # A1. Signed by `to`.
    parsed = signatures.open_signed(jws, Answer.TYP, [asked.provider])
    # A2. Members.
    answer = wire.read(parsed.value, Answer)
    # A3. This network and permit.
    if answer.network != asked.network or answer.permit != asked.permit:
        raise ProtocolError("PERMIT_MISMATCH")
    # A4. This ciphertext, for us.
    if answer.sealed != _hash(sealed):
        raise ProtocolError(_BAD)
    padded = sealing.hpke_open(asked.reply_secret, sealed, _info(asked.permit, asked.provider[0]), _BAD)
    # A5. Padding, shape, one result per entry.
    results = _results(sealing.unpad_loose(padded, _BAD))
    if len(results) != asked.count:
        raise ProtocolError(_BAD)
    return results


def _results(text: bytes) -> tuple[Result, ...]:
    try:
        said: Json = json.loads(text.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_constant)
        # What cannot be written again (lone surrogates, endless numbers) would fail later, in the asker's hands.
        json.dumps(said, ensure_ascii=False, allow_nan=False).encode("utf-8")
    except (ValueError, RecursionError):
        # The cause would show the text, which is personal.
        raise ProtocolError(_BAD) from None
    if not isinstance(said, dict) or said.keys() != {"v", "results"}:
        raise ProtocolError(_BAD)
    version, listed = said["v"], said["results"]
    if type(version) is not int or version != 1 or not isinstance(listed, list):
        raise ProtocolError(_BAD)
    return tuple(_result(one) for one in listed)


def _result(said: Json) -> Result:
    if isinstance(said, dict):
        if said.keys() == {"status", "data"} and said["status"] == "ok":
            return Result(available=True, data=said["data"])
        if said == {"status": "not-available"}:
            return Result(available=False)
    raise ProtocolError(_BAD)


def _once(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member stands twice")
    return members


def _no_constant(name: str) -> Json:
    raise ValueError(name)


def _info(permit: bytes, provider: str) -> bytes:
    return hashing.frame("answer", permit, provider)


def _hash(sealed: bytes) -> bytes:
    return hashing.h("sealed", sealed)
