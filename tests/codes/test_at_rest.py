"""Codes at rest: the vectors, blobs bound to agency, epoch and file, and rotation that no operator can bend."""

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mynumber.codes import at_rest, group, hashing
from mynumber.codes.errors import ProtocolError
from mynumber.codes.group import Scalar
from mynumber.codes.parties import drafting
from tests.codes import vectors
from tests.codes.ceremony import NOW, Town, raw

TOWN = Town.of()
KEY, CODE = TOWN.agencies["ward"].wrap, hashing.h2g("person", raw("root", 32))
WORLDS = vectors.file().worlds
ROTATE = vectors.calls(vectors.file().negative, "rotate", vectors.Rotation)
UNWRAP = vectors.calls(vectors.file().negative, "unwrap", vectors.Wrap)


@pytest.mark.parametrize("vector", [one for world in WORLDS for one in world.wrap])
def test_the_blobs_of_the_worlds(vector: vectors.Wrap) -> None:
    assert at_rest.wrap(vector.key, vector.agency, vector.epoch, vector.code) == vector.blob
    assert bytes(at_rest.unwrap(vector.key, vector.agency, vector.epoch, vector.blob)) == vector.code


@pytest.mark.parametrize("index", range(len(WORLDS)))
def test_the_rotations_of_the_worlds(index: int) -> None:
    for vector in WORLDS[index].rotation:
        product = at_rest.rotation(
            vectors.directory(index), vector.agency, old=vector.old, new=vector.new, deltas=vector.deltas
        )
        assert bytes(at_rest.carry(product, vector.code)) == vector.out


@pytest.mark.parametrize(("call", "args"), UNWRAP, ids=vectors.names(UNWRAP))
def test_a_blob_that_lies_is_named(call: vectors.Call, args: vectors.Wrap) -> None:
    with pytest.raises(ProtocolError) as refused:
        at_rest.unwrap(args.key, args.agency, args.epoch, args.blob)
    assert refused.value.code == call.error


@pytest.mark.parametrize(("call", "args"), ROTATE, ids=vectors.names(ROTATE))
def test_a_rotation_that_lies_is_named(call: vectors.Call, args: vectors.Rotation) -> None:
    with pytest.raises(ProtocolError) as refused:
        at_rest.rotation(vectors.directory(0), args.agency, old=args.old, new=args.new, deltas=args.deltas)
    assert refused.value.code == call.error


def test_a_blob_opens_for_its_agency_and_epoch_alone() -> None:
    blob = at_rest.wrap(KEY, "ward", 1, CODE)
    assert len(blob) == 48
    assert at_rest.wrap(KEY, "ward", 1, CODE) == blob
    assert at_rest.unwrap(KEY, "ward", 1, blob) == CODE
    for key, agency, epoch, data in [
        (raw("k", 64), "ward", 1, blob),
        (KEY, "pension", 1, blob),
        (KEY, "ward", 2, blob),
        (KEY, "ward", 1, blob[:-1]),
        (KEY, "ward", 1, b""),
    ]:
        with pytest.raises(ProtocolError) as refused:
            at_rest.unwrap(key, agency, epoch, data)
        assert refused.value.code == "UNWRAP_FAILED"


def test_a_blob_lies_beside_its_file_alone() -> None:
    key, blob = raw("own", 32), at_rest.wrap(KEY, "ward", 1, CODE)
    kept = at_rest.beside(key, b"file-1", blob)
    at_rest.check_beside(key, b"file-1", blob, kept)
    for local, data, mac in [(b"file-2", blob, kept), (b"file-1", blob[::-1], kept), (b"file-1", blob, bytes(32))]:
        with pytest.raises(ProtocolError) as refused:
            at_rest.check_beside(key, local, data, mac)
        assert refused.value.code == "UNWRAP_FAILED"


def rotating(n: int) -> tuple[Town, list[Scalar]]:
    town = Town.of(n)
    return town, [own.delta("test", "ward", old=1, new=2) for own in town.operators]


@pytest.mark.parametrize("n", [1, 2, 3])
def test_rotation_leads_to_the_code_of_the_new_epoch(n: int) -> None:
    town, deltas = rotating(n)
    parties = town.parties()
    ward = drafting.listing(parties.agencies[0], epochs=[1, 2], records=[1])
    parties = dataclasses.replace(parties, agencies=(ward, *parties.agencies[1:]))
    directory = town.load(town.signed(drafting.draft(drafting.first_term("test", NOW), parties)).jws)
    codes = []
    for epoch in (1, 2):
        code = CODE
        for own in town.operators:
            code = group.mul(own.factor("test", f"agency/ward/{epoch}"), code)
        codes.append(code)
    product = at_rest.rotation(directory, "ward", old=1, new=2, deltas=deltas)
    assert at_rest.carry(product, codes[0]) == codes[1]
    one = Scalar((1).to_bytes(32, "little"))
    for bad in ([*deltas[:-1], one], deltas[1:], [*deltas, one], []):
        with pytest.raises(ProtocolError) as refused:
            at_rest.rotation(directory, "ward", old=1, new=2, deltas=bad)
        assert refused.value.code == "ROTATION_MISMATCH"
    for old, new in ((2, 1), (1, 3)):
        with pytest.raises(ProtocolError) as refused:
            at_rest.rotation(directory, "ward", old=old, new=new, deltas=deltas)
        assert refused.value.code == "ROTATION_MISMATCH"
    with pytest.raises(ProtocolError) as refused:
        at_rest.rotation(directory, "ward", old=1, new=2, deltas=[*deltas[:-1], bytes(32)])
    assert refused.value.code == "BAD_SCALAR"


@settings(deadline=None, max_examples=20)
@given(st.binary(min_size=64, max_size=64).filter(any))
def test_a_kept_product_comes_back(data: bytes) -> None:
    product = group.reduce(data)
    blob = at_rest.wrap_product(KEY, "ward", 1, product)
    assert at_rest.unwrap_product(KEY, "ward", 1, blob) == product
    with pytest.raises(ProtocolError):
        at_rest.unwrap(KEY, "ward", 1, blob)
    with pytest.raises(ProtocolError):
        at_rest.unwrap_product(KEY, "ward", 2, blob)


def test_only_a_point_is_carried() -> None:
    with pytest.raises(ProtocolError):
        at_rest.carry(Scalar((5).to_bytes(32, "little")), bytes(32))
