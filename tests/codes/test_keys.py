"""Keys come from raw bytes, agree with the vectors, survive being kept, and never show a secret."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mynumber.codes import group, hashing, jws, keys, names, wire
from mynumber.codes.errors import ProtocolError
from mynumber.codes.group import Scalar
from mynumber.codes.keys import AgencyKeys, KeeperKeys, OperatorKeys, RegisterKeys, SupervisorKeys
from mynumber.codes.parties import entries, handing_in
from mynumber.plumbing import canonical
from mynumber.plumbing.errors import WrongUse
from tests.codes import vectors
from tests.codes.ceremony import Town, raw

TOWN = Town.of()
ALL = [TOWN.operators[0], TOWN.keeper, TOWN.agencies["ward"], TOWN.register, TOWN.supervisor]
KINDS = [OperatorKeys, KeeperKeys, AgencyKeys, RegisterKeys, SupervisorKeys]
PRIMITIVES = vectors.file().primitives


@pytest.mark.parametrize("vector", PRIMITIVES.factor, ids=lambda vector: vector.name)
def test_a_factor_and_its_commitment(vector: vectors.Factor) -> None:
    k = keys.factor(vector.seed, vector.network, vector.name)
    assert [bytes(k), bytes(group.base(k))] == [vector.k, vector.K]


@pytest.mark.parametrize("vector", PRIMITIVES.pop, ids=lambda vector: f"{vector.role}-{vector.name}")
def test_a_proof_of_possession(vector: vectors.Possession) -> None:
    assert vector.role in ("layer", "transport", "release", "factor")
    context = names.pop_context(vector.network, vector.role, vector.owner, vector.name)  # type: ignore[arg-type]
    secret = Scalar(vector.secret)
    assert hashing.schnorr(secret, vector.rand, context) == vector.proof
    hashing.check_schnorr(group.point(vector.point), vector.proof, context, "BAD_POP")


@pytest.mark.parametrize("vector", PRIMITIVES.entry, ids=lambda vector: str(vector.entry["id"]))
def test_a_signature_over_an_entry(vector: vectors.EntrySignature) -> None:
    kinds: list[type[entries.Entry]] = [entries.Keeper, entries.Register, entries.Supervisor, entries.Agency]
    for kind in kinds:
        try:
            entry = wire.read(vector.entry, kind)
        except ProtocolError:
            continue
        assert jws.sign_bytes(vector.key, entries.self_input(vector.network, entry)) == vector.signature
        return
    pytest.fail("an entry of no role")


def test_a_proof_of_possession_fits_no_other_place() -> None:
    secret, rand = TOWN.keeper.y, raw("rand", 32)
    proof = keys.possession(secret, rand, network="test", role="transport", owner="keeper", name="transport")
    places = [("test", "transport", "ward", "transport"), ("test", "release", "keeper", "transport")]
    places += [("prod", "transport", "keeper", "transport"), ("test", "transport", "keeper", "release")]
    for network, role, owner, name in places:
        context = names.pop_context(network, role, owner, name)  # type: ignore[arg-type]
        with pytest.raises(ProtocolError):
            hashing.check_schnorr(group.base(secret), proof, context, "BAD_POP")


@pytest.mark.parametrize("proof", [bytes(64), b"\xff" * 64])
def test_bad_scalars_in_a_proof_are_the_failed_proof(proof: bytes) -> None:
    with pytest.raises(ProtocolError) as refused:
        hashing.check_schnorr(group.GENERATOR, proof, b"", "BAD_POP")
    assert refused.value.code == "BAD_POP"


@pytest.mark.parametrize("own", ALL, ids=lambda own: type(own).__name__)
def test_a_repr_shows_the_id_and_no_secret(own: keys.AnyKeys) -> None:
    shown = repr(own) + str(own)
    assert own.id in shown
    for name, text in keys.to_members(own).items():
        if name != "id":
            secret = canonical.unb64(text)
            assert text not in shown
            assert secret.hex() not in shown
            assert repr(secret)[2:-1] not in shown


@pytest.mark.parametrize("own", ALL, ids=lambda own: type(own).__name__)
def test_keys_survive_being_kept(own: keys.AnyKeys) -> None:
    kept = keys.to_members(own)
    assert keys.from_members(type(own), kept) == own
    for damaged in ({**kept, "more": ""}, {"id": own.id}, {**kept, "sign": "AA"}, {**kept, "sign": "*"}):
        with pytest.raises(WrongUse):
            keys.from_members(type(own), damaged)


def test_a_kept_scalar_must_be_one() -> None:
    kept = keys.to_members(TOWN.keeper)
    for value in (0, group.ORDER, 2**256 - 1):
        with pytest.raises(WrongUse):
            keys.from_members(KeeperKeys, {**kept, "x": canonical.b64(value.to_bytes(32, "little"))})


@pytest.mark.parametrize("kind", KINDS)
def test_keys_take_exactly_their_random_bytes(kind: type[OperatorKeys] | type[KeeperKeys]) -> None:
    assert kind.make("a", raw("a", kind.RAW)).id == "a"
    for size in (kind.RAW - 1, kind.RAW + 1):
        with pytest.raises(WrongUse):
            kind.make("a", raw("a", size))


@given(st.binary(min_size=64, max_size=64).filter(any))
def test_a_secret_scalar_is_the_remainder_of_64_bytes(data: bytes) -> None:
    remainder = int.from_bytes(data, "little") % group.ORDER
    assert keys.scalar_from(data) == remainder.to_bytes(32, "little")


@pytest.mark.parametrize("data", [b"", bytes(32), bytes(64), group.ORDER.to_bytes(64, "little")])
def test_too_few_bytes_or_zero_make_no_secret_scalar(data: bytes) -> None:
    with pytest.raises((WrongUse, ProtocolError)):
        keys.scalar_from(data)


def test_a_name_keeps_the_seed_it_was_made_with() -> None:
    old = TOWN.operators[0]
    new = dataclasses.replace(old, seed=raw("new seed", 32), seeds={"agency/ward/1": old.seed})
    assert new.factor("test", "agency/ward/1") == old.factor("test", "agency/ward/1")
    assert new.factor("test", "agency/ward/2") != old.factor("test", "agency/ward/2")
    assert "seeds" not in repr(new)


def test_deltas_lead_from_one_epoch_to_the_other() -> None:
    own = TOWN.operators[0]
    delta = own.delta("test", "ward", old=1, new=2)
    assert group.mul(delta, own.commitment("test", "agency/ward/1")) == own.commitment("test", "agency/ward/2")


def test_a_handed_in_entry_travels() -> None:
    parties = TOWN.parties()
    for role, entry in (("operator", parties.operators[0]), ("keeper", parties.keeper)):
        assert handing_in.read_entry(role, wire.plain(entry)) == entry  # type: ignore[arg-type]
    assert handing_in.anchor(parties.operators[1]) == TOWN.anchors[1]
