"""The library and the plain reference compute the same group; what comes from outside is tested before it is used."""

import hashlib
from collections.abc import Callable
from typing import TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mynumber.codes import group
from mynumber.codes.errors import ProtocolError
from mynumber.codes.group import NEUTRAL, ORDER, Scalar
from tests.codes import reference

T = TypeVar("T")
scalars = st.integers(1, ORDER - 1)
digests = st.binary(min_size=64, max_size=64)
# Zeros map to the neutral element, which is no point and has no products.
point_digests = digests.filter(any)
few = settings(max_examples=25, deadline=None)


def packed(value: int) -> Scalar:
    return Scalar((value % ORDER).to_bytes(32, "little"))


@few
@given(digests)
def test_the_one_way_map_is_the_references(digest: bytes) -> None:
    assert group.from_hash(digest) == reference.one_way_map(digest).encode()


@few
@given(point_digests, scalars)
def test_products_are_the_references(digest: bytes, scalar: int) -> None:
    element = reference.one_way_map(digest)
    assert group.mul(packed(scalar), group.from_hash(digest)) == element.times(scalar).encode()
    assert group.base(packed(scalar)) == reference.GENERATOR.times(scalar).encode()


@few
@given(digests, digests)
def test_sums_and_differences_are_the_references(one: bytes, two: bytes) -> None:
    p, q = group.from_hash(one), group.from_hash(two)
    a, b = reference.one_way_map(one), reference.one_way_map(two)
    assert group.add(p, q) == (a + b).encode()
    assert group.sub(p, q) == (a - b).encode()
    assert group.sub(p, p) == NEUTRAL == group.total([])


@few
@given(st.lists(st.tuples(scalars, point_digests), min_size=1, max_size=4))
def test_weighted_sums_are_the_references(terms: list[tuple[int, bytes]]) -> None:
    expected = reference.NEUTRAL
    for weight, digest in terms:
        expected = expected + reference.one_way_map(digest).times(weight)
    (points,) = group.points(b"".join(group.from_hash(digest) for _, digest in terms))
    (made,) = group.vartime_combine([packed(weight) for weight, _ in terms], [points.decoded])
    assert group.sums([(((None, made),), ())]) == (expected.encode(),)


@few
@given(scalars, scalars, scalars)
def test_scalars_are_the_integers_modulo_the_order(a: int, b: int, c: int) -> None:
    assert group.times(packed(a), packed(b)) == packed(a * b)
    assert group.plus(packed(a), packed(b)) == packed(a + b)
    assert group.over(packed(a), packed(b)) == packed(a * pow(b, -1, ORDER))
    assert group.dot([packed(a), packed(b)], [packed(b), packed(c)]) == packed(a * b + b * c)


@given(digests)
def test_reducing_is_the_remainder(digest: bytes) -> None:
    assert group.reduce(digest) == packed(int.from_bytes(digest, "little"))


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.binary(min_size=32, max_size=32), digests.map(group.from_hash)))
def test_a_point_is_what_the_reference_decodes(data: bytes) -> None:
    valid = reference.decode(data) is not None and data != NEUTRAL
    if valid:
        assert group.point(data) == data
    else:
        with pytest.raises(ProtocolError):
            group.point(data)


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"", "BAD_POINT"),
        (group.GENERATOR + b"\0", "BAD_POINT"),
        (NEUTRAL, "IDENTITY_POINT"),
        # libsodium 1.0.18 takes this for the generator.
        (group.GENERATOR[:31] + bytes([group.GENERATOR[31] | 0x80]), "BAD_POINT"),
        (bytes(31) + b"\x80", "BAD_POINT"),
        ((2**255 - 19).to_bytes(32, "little"), "BAD_POINT"),
    ],
)
def test_what_is_no_point_is_named(data: bytes, name: str) -> None:
    with pytest.raises(ProtocolError) as refused:
        group.point(data)
    assert refused.value.code == name


@given(st.lists(point_digests, max_size=3), st.lists(st.sampled_from([b"", b"\0", NEUTRAL, b"\1" * 32]), max_size=2))
def test_a_list_is_read_like_its_points(digests: list[bytes], rest: list[bytes]) -> None:
    data = b"".join([*map(group.from_hash, digests), *rest])
    pieces = [data[i : i + 32] for i in range(0, len(data), 32)]
    assert result(group.points, data) == result(lambda listed: (tuple(map(group.point, listed)),), pieces)


def result(read: Callable[[T], object], value: T) -> object:
    """Return what a reading gives, or the name of its refusal."""
    try:
        return read(value)
    except ProtocolError as problem:
        return problem.code


@pytest.mark.parametrize("value", [0, ORDER, ORDER + 1, 2**256 - 1])
def test_what_is_no_scalar_is_refused(value: int) -> None:
    for check in (group.scalar, group.secret_scalar):
        with pytest.raises(ProtocolError) as refused:
            check(value.to_bytes(32, "little"))
        assert refused.value.code == "BAD_SCALAR"


@given(scalars)
def test_a_scalar_is_taken_as_it_is(value: int) -> None:
    assert group.scalar(packed(value)) == group.secret_scalar(packed(value)) == packed(value)


@pytest.mark.parametrize("size", [0, 31, 33, 63])
def test_the_library_is_never_given_another_length(size: int) -> None:
    wrong, good = group.Scalar(bytes(size)), packed(1)
    for pair in (group.times, group.plus):
        for a, b in ((wrong, good), (good, wrong)):
            with pytest.raises(ValueError, match="32 bytes"):
                pair(a, b)
    with pytest.raises(ValueError, match="64 bytes"):
        group.reduce(bytes(size))


@pytest.mark.parametrize("size", [0, 31, 33, 64])
def test_a_scalar_has_32_bytes(size: int) -> None:
    for check in (group.scalar, group.secret_scalar):
        with pytest.raises(ProtocolError):
            check(bytes([1]) + bytes(size - 1) if size else b"")


def test_a_neutral_product_is_refused_and_named_in_an_equation() -> None:
    with pytest.raises(group.GroupError):
        group.mul(packed(3), NEUTRAL)
    with pytest.raises(ProtocolError) as refused, group.failing_as("BAD_INPUT_PROOF"):
        group.mul(packed(3), NEUTRAL)
    assert refused.value.code == "BAD_INPUT_PROOF"


def test_a_signing_key_is_of_full_order() -> None:
    small = [bytes(32), (1).to_bytes(32, "little"), b"\xec" + b"\xff" * 30 + b"\x7f"]
    assert not any(group.valid_signing_key(key) for key in small)
    assert not group.valid_signing_key(b"short")


def test_the_library_passes_its_self_test() -> None:
    group.self_test()


def test_the_reference_knows_the_answers_of_the_rfc() -> None:
    label = hashlib.sha512(b"Ristretto is traditionally a short shot of espresso coffee").digest()
    known = "3066f82a1a747d45120d1740f14358531a8f04bbffe6a819f86dfe50f44a0a46"
    assert reference.one_way_map(label).encode().hex() == known
    assert reference.GENERATOR.times(ORDER).encode() == NEUTRAL
