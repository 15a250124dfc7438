"""Signatures: joserfc reads ours and we read its own; every step of section 2 fails under its own name, in order."""

import ctypes
import hashlib

import msgspec
import pysodium
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc import jws as oracle
from joserfc.jwk import OKPKey

from mynumber.codes import jws
from mynumber.codes.errors import ProtocolError
from mynumber.plumbing import canonical
from mynumber.plumbing.canonical import Json, b64
from tests.codes.ceremony import raw

TYP = "mnc-outcome+json"
ONE, TWO = ("one", raw("one", 32)), ("two", raw("two", 32))
SIGNERS = [(kid, jws.public_key(seed)) for kid, seed in (ONE, TWO)]
PAYLOAD = {"v": 1, "network": "test"}
ORDER = 2**252 + 27742317777372353535851937790883648493


def key(kid: str, seed: bytes) -> OKPKey:
    members: dict[str, str | list[str]] = {
        "kty": "OKP",
        "crv": "Ed25519",
        "d": b64(seed),
        "x": b64(jws.public_key(seed)),
        "kid": kid,
    }
    return OKPKey.import_key(members)


REGISTRY = oracle.JWSRegistry(algorithms=["Ed25519"])


def signed() -> dict[str, Json]:
    whole = jws.sign(PAYLOAD, TYP, [ONE, TWO])
    assert isinstance(whole, dict)
    return whole


def refusal(whole: Json, signers: list[tuple[str, bytes]] | None = None) -> str:
    with pytest.raises(ProtocolError) as raised:
        jws.open_signed(whole, TYP, SIGNERS if signers is None else signers)
    return raised.value.code


def listed(whole: Json) -> list[dict[str, str]]:
    assert isinstance(whole, dict)
    return msgspec.convert(whole["signatures"], list[dict[str, str]])


def test_the_oracle_reads_ours() -> None:
    whole = signed()
    for (kid, seed), one in zip((ONE, TWO), listed(whole), strict=True):
        read = oracle.deserialize_json(
            {
                "payload": str(whole["payload"]),
                "signatures": [{"protected": one["protected"], "signature": one["signature"]}],
            },
            key(kid, seed),
            registry=REGISTRY,
        )
        assert read.payload == canonical.encode(PAYLOAD)


def test_we_read_the_oracles() -> None:
    members: list[oracle.HeaderDict] = [
        {"protected": {"alg": "Ed25519", "kid": kid, "typ": TYP}} for kid, _ in (ONE, TWO)
    ]
    for member, pair, signer in zip(members, (ONE, TWO), SIGNERS, strict=True):
        payload = canonical.encode(PAYLOAD)
        theirs = oracle.serialize_json([member], payload, key(*pair), registry=REGISTRY)
        assert jws.open_signed(dict(theirs), TYP, [signer]).payload == payload


@settings(deadline=None)
@given(st.dictionaries(st.text(max_size=5), st.integers(0, canonical.MAX_INTEGER), max_size=5))
def test_what_was_signed_is_what_is_read(payload: dict[str, Json]) -> None:
    parsed = jws.open_signed(jws.sign(payload, TYP, [ONE, TWO]), TYP, SIGNERS)
    assert parsed.value == payload
    assert parsed.payload == canonical.encode(payload)


def with_header(header: Json) -> Json:
    protected = b64(canonical.encode(header))
    signature = b64(jws.sign_bytes(ONE[1], f"{protected}.{signed()['payload']}".encode()))
    return {"payload": signed()["payload"], "signatures": [{"protected": protected, "signature": signature}]}


HEADER: dict[str, Json] = {"alg": "Ed25519", "kid": "one", "typ": TYP}


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ({**HEADER, "alg": "EdDSA"}, "WRONG_TYPE"),
        ({**HEADER, "alg": "none"}, "WRONG_TYPE"),
        ({**HEADER, "typ": "mnc-law+json"}, "WRONG_TYPE"),
        ({**HEADER, "crit": []}, "BAD_ENCODING"),
        ({"alg": "Ed25519", "typ": TYP}, "BAD_ENCODING"),
        ({**HEADER, "kid": 1}, "BAD_ENCODING"),
        ({**HEADER, "kid": "two"}, "SIGNATURE_SET"),
        ([], "BAD_ENCODING"),
    ],
)
def test_headers_have_one_form(header: Json, name: str) -> None:
    assert jws.open_signed(with_header(HEADER), TYP, SIGNERS[:1]).value == PAYLOAD
    assert refusal(with_header(header), SIGNERS[:1]) == name


@pytest.mark.parametrize(
    "change",
    [
        {"more": 1},
        {"signatures": {}},
        {"signatures": [1]},
        {"payload": 1},
        {"payload": "AB"},
        {"payload": b64(b'{"v":1, "network":"test"}')},
        {"payload": b64(b'{"network":"test","network":"test","v":1}')},
        {"payload": b64(b'{"v":1,"network":"test"}')},
        {"payload": b64(b'{"v":1.0}')},
        {"payload": b64(b'{"v":-1}')},
        {"payload": b64('{"v":"法"}'.encode())},
        {"payload": b64(canonical.encode({"v": "x" * 128 * 1024}))},
    ],
)
def test_shape_and_payload_come_first(change: dict[str, Json]) -> None:
    assert refusal({**signed(), **change}, []) == "BAD_ENCODING"


@pytest.mark.parametrize("value", [None, [], "text", 1, {}])
def test_what_is_no_jws_is_badly_encoded(value: Json) -> None:
    assert refusal(value) == "BAD_ENCODING"


def test_the_signers_are_the_required_ones_each_once_in_order() -> None:
    whole = signed()
    one, two = listed(whole)
    sets: list[list[Json]] = [[], [{**one}], [{**two}, {**one}], [{**one}, {**two}, {**two}], [{**one}, {**one}]]
    for some in sets:
        assert refusal({**whole, "signatures": some}) == "SIGNATURE_SET"


def test_another_key_or_one_bit_is_a_bad_signature() -> None:
    assert refusal(jws.sign(PAYLOAD, TYP, [ONE, ("two", ONE[1])])) == "BAD_SIGNATURE"
    whole = jws.sign(PAYLOAD, TYP, [ONE, TWO])
    flipped = {**signed(), "payload": b64(canonical.encode({**PAYLOAD, "network": "tess"}))}
    assert refusal(flipped) == "BAD_SIGNATURE"
    assert jws.open_signed(whole, TYP, SIGNERS).value == PAYLOAD


def test_s_is_below_the_order() -> None:
    data = b"signed"
    signature = jws.sign_bytes(ONE[1], data)
    jws.check_signature(SIGNERS[0][1], signature, data, "BAD_SIGNATURE")
    s = int.from_bytes(signature[32:], "little") + ORDER
    with pytest.raises(ProtocolError):
        jws.check_signature(SIGNERS[0][1], signature[:32] + s.to_bytes(32, "little"), data, "BAD_SIGNATURE")


def test_r_may_be_of_small_order() -> None:
    """Nobody makes such a signature honestly, but by RFC 8032 it holds; all parties must agree on every signature."""
    seed, data = ONE[1], b"signed"
    digest = bytearray(hashlib.sha512(seed).digest()[:32])
    digest[0], digest[31] = digest[0] & 248, digest[31] & 63 | 64
    neutral = (1).to_bytes(32, "little")
    hashed = hashlib.sha512(neutral + SIGNERS[0][1] + data).digest()
    s = int.from_bytes(hashed, "little") * int.from_bytes(digest, "little") % ORDER
    jws.check_signature(SIGNERS[0][1], neutral + s.to_bytes(32, "little"), data, "BAD_SIGNATURE")
    with pytest.raises(ProtocolError):
        jws.check_signature(SIGNERS[0][1], neutral + (s ^ 1).to_bytes(32, "little"), data, "BAD_SIGNATURE")


def test_what_holds_with_the_cofactor_only_is_refused_whatever_the_library_says() -> None:
    signature, data, key = jws.LOOSE
    with pytest.raises(ProtocolError):
        jws.check_signature(key, signature, data, "BAD_SIGNATURE")
    # What is left of s B - h A - R is not the neutral point, and 8 times it is.
    hashed = int.from_bytes(hashlib.sha512(signature[:32] + key + data).digest(), "little") % ORDER
    product = curve("scalarmult_ed25519_noclamp", hashed.to_bytes(32, "little"), key)
    left = curve("core_ed25519_sub", curve("scalarmult_ed25519_base_noclamp", signature[32:]), product)
    left = curve("core_ed25519_sub", left, signature[:32])
    neutral = (1).to_bytes(32, "little")
    assert left != neutral
    for _ in range(3):
        left = curve("core_ed25519_add", left, left)
    assert left == neutral


def curve(name: str, *given: bytes) -> bytes:
    """Return what a function of libsodium says of points of the whole curve."""
    found = ctypes.create_string_buffer(32)
    assert pysodium.sodium["crypto_" + name](found, *given) == 0
    return found.raw


def test_a_library_that_takes_what_holds_with_the_cofactor_only_is_not_strict() -> None:
    def strict(signature: bytes, data: bytes, key: bytes) -> None:
        try:
            jws.check_signature(key, signature, data, "BAD_SIGNATURE")
        except ProtocolError as problem:
            raise ValueError from problem

    assert not jws.is_strict(lambda *_given: None)
    assert jws.is_strict(strict)


def test_an_undecodable_key_is_a_bad_signature() -> None:
    for bad in (b"", bytes(31), b"\x02" + bytes(31)):
        with pytest.raises(ProtocolError):
            jws.check_signature(bad, jws.sign_bytes(ONE[1], b""), b"", "BAD_SIGNATURE")


@pytest.mark.parametrize("size", [0, 63, 65])
def test_a_signature_has_64_bytes(size: int) -> None:
    whole = signed()
    one, two = listed(whole)
    cut: Json = {**one, "signature": b64(bytes(size))}
    assert refusal({**whole, "signatures": [cut, {**two}]}) == "BAD_ENCODING"
