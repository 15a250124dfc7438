"""Answers: the vectors, every of A1 to A5 broken alone, and nothing in a repr or a cause that shows the data."""

import dataclasses
import json

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from mynumber.codes import hashing, sealing
from mynumber.codes.errors import ProtocolError
from mynumber.codes.permit import answers
from mynumber.codes.permit.answers import Asked, Result
from mynumber.codes.records import forms
from mynumber.codes.wire import B32
from mynumber.plumbing.canonical import Json
from tests.codes import vectors
from tests.codes.ceremony import Town, raw
from tests.codes.vectors import Call

TOWN = Town.of()
PERMIT, SECRET = raw("permit", 32), raw("reply", 32)
REPLY_KEY = X25519PrivateKey.from_private_bytes(SECRET).public_key().public_bytes_raw()
PENSION = ("pension", TOWN.agencies["pension"].sign)
ASKED = Asked("test", PERMIT, TOWN.first().signer("pension"), 2, SECRET)
GOOD = (Result(available=True, data={"pension": [{"since": "2024-04"}]}), Result(available=False))
WORLDS = vectors.file().worlds
NEGATIVE = vectors.calls(vectors.file().negative, "open_answer", vectors.Answer)


def asked(index: int, vector: vectors.Answer) -> Asked:
    provider = vectors.directory(index).signer(vector.provider)
    return Asked(WORLDS[index].network, vector.permit, provider, vector.count, vector.reply_secret)


@pytest.mark.parametrize("index", range(len(WORLDS)))
def test_the_answers_of_the_worlds(index: int) -> None:
    world = WORLDS[index]
    for vector in world.answers:
        results = answers.open_answer(vector.answer, vector.sealed, asked(index, vector))
        assert [result.plain() for result in results] == vector.results
        signer = (vector.provider, world.signing[vector.provider])
        again = answers.sign_answer(vector.sealed, permit=vector.permit, network=world.network, signer=signer)
        assert again == vector.answer


@pytest.mark.parametrize(("call", "args"), NEGATIVE, ids=vectors.names(NEGATIVE))
def test_a_lie_is_named(call: Call, args: vectors.Answer) -> None:
    with pytest.raises(ProtocolError) as refused:
        answers.open_answer(args.answer, args.sealed, asked(0, args))
    assert refused.value.code == call.error


def sealed_and_signed(text: bytes | None = None, *, signer: tuple[str, bytes] = PENSION) -> tuple[bytes, Json]:
    if text is None:
        sealed = answers.seal_answer(REPLY_KEY, GOOD, permit=PERMIT, provider="pension")
    else:
        info = hashing.frame("answer", PERMIT, "pension")
        sealed = sealing.hpke_seal(REPLY_KEY, sealing.pad(text), info, "BAD_ANSWER")
    return sealed, answers.sign_answer(sealed, permit=PERMIT, network="test", signer=signer)


def refusal(sealed: bytes, jws: Json, request: Asked = ASKED) -> str:
    with pytest.raises(ProtocolError) as refused:
        answers.open_answer(jws, sealed, request)
    assert refused.value.__cause__ is None or "since" not in str(refused.value.__cause__)
    return refused.value.code


def test_an_answer_comes_back_and_its_size_tells_blocks() -> None:
    sealed, jws = sealed_and_signed()
    assert len(sealed) == 32 + 1024 + 16
    assert answers.open_answer(jws, sealed, ASKED) == GOOD


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@settings(deadline=None, max_examples=50)
@given(st.lists(st.none() | json_values.map(lambda value: [value]), min_size=1, max_size=5))
def test_any_data_comes_back(entries: list[list[Json] | None]) -> None:
    results = tuple(Result(available=one is not None, data=one) for one in entries)
    sealed = answers.seal_answer(REPLY_KEY, results, permit=PERMIT, provider="pension")
    jws = answers.sign_answer(sealed, permit=PERMIT, network="test", signer=PENSION)
    assert answers.open_answer(jws, sealed, dataclasses.replace(ASKED, count=len(results))) == results


def test_a1_the_provider_signed() -> None:
    sealed, _ = sealed_and_signed()
    _, by_ward = sealed_and_signed(signer=("ward", TOWN.agencies["ward"].sign))
    assert refusal(sealed, by_ward) == "SIGNATURE_SET"


def test_a2_the_form_is_an_answer() -> None:
    sealed, _ = sealed_and_signed()
    outcome = forms.Outcome(v=1, network="test", permit=B32(PERMIT), provided=0, results=("ok",))
    assert refusal(sealed, forms.sign_form(outcome, PENSION)) == "WRONG_TYPE"


@pytest.mark.parametrize("change", [{"network": "other"}, {"permit": bytes(32)}])
def test_a3_network_and_permit(change: dict[str, str | bytes]) -> None:
    sealed, jws = sealed_and_signed()
    assert refusal(sealed, jws, dataclasses.replace(ASKED, **change)) == "PERMIT_MISMATCH"  # type: ignore[arg-type]


def test_a4_the_ciphertext_is_the_signed_one_and_for_us() -> None:
    sealed, jws = sealed_and_signed()
    assert refusal(sealed[:-1] + bytes([sealed[-1] ^ 1]), jws) == "BAD_ANSWER"
    assert refusal(sealed, jws, dataclasses.replace(ASKED, reply_secret=raw("other", 32))) == "BAD_ANSWER"
    other = answers.seal_answer(REPLY_KEY, GOOD, permit=PERMIT, provider="ward")
    signed = answers.sign_answer(other, permit=PERMIT, network="test", signer=PENSION)
    assert refusal(other, signed) == "BAD_ANSWER"
    short = answers.sign_answer(b"short", permit=PERMIT, network="test", signer=PENSION)
    assert refusal(b"short", short) == "BAD_ANSWER"


OK = '{"status":"ok","data":"since"}'


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "since",
        '{"v":1}',
        f'{{"v":true,"results":[{OK},{OK}]}}',
        f'{{"v":2,"results":[{OK},{OK}]}}',
        f'{{"v":1.0,"results":[{OK},{OK}]}}',
        f'{{"v":1,"results":[{OK}]}}',
        f'{{"v":1,"results":[{OK},{OK},{OK}]}}',
        f'{{"v":1,"results":[{OK},{OK}],"more":1}}',
        f'{{"v":1,"v":1,"results":[{OK},{OK}]}}',
        '{"v":1,"results":{}}',
        f'{{"v":1,"results":[{OK},1]}}',
        f'{{"v":1,"results":[{OK},{{"status":"ok"}}]}}',
        f'{{"v":1,"results":[{OK},{{"status":"withheld"}}]}}',
        f'{{"v":1,"results":[{OK},{{"status":"not-available","data":1}}]}}',
        f'{{"v":1,"results":[{OK},{{"status":"ok","data":NaN}}]}}',
        f'{{"v":1,"results":[{OK},{{"status":"ok","data":1e999}}]}}',
        f'{{"v":1,"results":[{OK},{{"status":"ok","data":"\\ud800"}}]}}',
        f'{{"v":1,"results":[{OK},{{"status":"ok","data":{{"a":1,"a":2}}}}]}}',
        f'{{"v":1,"results":[{OK},{{"status":"ok","data":{"[" * 100_000}',
    ],
    ids=range(21),
)
def test_a5_shape_and_one_result_per_entry(text: str) -> None:
    assert refusal(*sealed_and_signed(text.encode())) == "BAD_ANSWER"


def test_a5_text_is_utf8() -> None:
    assert refusal(*sealed_and_signed(f'{{"v":1,"results":[{OK},"\xff"]}}'.encode("latin-1"))) == "BAD_ANSWER"


def test_a5_padding_may_be_longer_but_must_be_there() -> None:
    text = json.dumps({"v": 1, "results": [one.plain() for one in GOOD]}).encode()
    info = hashing.frame("answer", PERMIT, "pension")
    for padded, good in [(sealing.pad(text) + bytes(2048), True), (text, False), (sealing.pad(text) + b"\0", False)]:
        sealed = sealing.hpke_seal(REPLY_KEY, padded, info, "BAD_ANSWER")
        jws = answers.sign_answer(sealed, permit=PERMIT, network="test", signer=PENSION)
        if good:
            assert answers.open_answer(jws, sealed, ASKED) == GOOD
        else:
            assert refusal(sealed, jws) == "BAD_ANSWER"


@pytest.mark.parametrize("key", [bytes(32), (1).to_bytes(32, "little")])
def test_a_reply_key_that_hpke_refuses_uses_the_permit_up(key: bytes) -> None:
    with pytest.raises(ProtocolError) as refused:
        answers.seal_answer(key, GOOD, permit=PERMIT, provider="pension")
    assert refused.value.code == "BAD_ANSWER"


def test_data_and_secrets_are_not_shown() -> None:
    assert "since" not in repr(GOOD)
    assert "reply_secret" not in repr(ASKED)
