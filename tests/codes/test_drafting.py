"""The ceremony: drafts and commitments travel, and an operator signs nothing that it has not checked itself."""

import dataclasses

import msgspec
import pytest

from mynumber.codes import jws, wire
from mynumber.codes.errors import ProtocolError
from mynumber.codes.keys import scalar_from
from mynumber.codes.parties import drafting, handing_in
from mynumber.codes.parties.drafting import Desk
from mynumber.codes.parties.entries import TYP, Body
from mynumber.plumbing import canonical
from mynumber.plumbing.errors import Conflict, MyNumberError, WrongUse
from tests.codes.ceremony import NOW, Town, raw

TOWN = Town.of()
ONE, TWO = TOWN.operators
replace = msgspec.structs.replace


def body() -> Body:
    return drafting.draft(drafting.first_term("test", NOW), TOWN.parties())


@pytest.mark.parametrize("n", [1, 2, 3])
def test_any_number_of_operators_makes_a_directory(n: int) -> None:
    town = Town.of(n)
    first, second = town.first(), town.second()
    assert (first.body.version, second.body.version) == (1, 2)
    assert second.body.prev == first.hash
    assert len(first.layers) == n


def test_version_one_may_be_named_at_once_and_lasts_31_days() -> None:
    first = TOWN.first().body
    assert first.not_before + 4320 == NOW
    assert first.not_after == first.not_before + 31 * 86_400
    assert first.prev == bytes(32)


def test_a_successor_keeps_its_distance() -> None:
    begin = TOWN.first().body.not_before
    assert drafting.next_term(TOWN.first(), begin + 4320).not_before == begin + 4320
    with pytest.raises(WrongUse):
        drafting.next_term(TOWN.first(), begin + 4319)


def test_drafts_and_commitments_travel() -> None:
    drafted = body()
    made = drafting.commit(ONE, drafted, raw("rand", 32))
    assert drafting.read_draft(canonical.decode(canonical.encode(wire.plain(drafted)))) == drafted
    assert drafting.read_commitments(canonical.decode(canonical.encode(wire.plain(made)))) == made
    names = {"agency/ward/1", "record/ward/1", "agency/pension/1", "record/pension/1", "record/portal/1"}
    assert made.factors.keys() == names


def test_commitments_are_needed_from_all_in_order_and_for_every_name() -> None:
    made = [drafting.commit(own, body(), raw(own.id, 32)) for own in TOWN.operators]
    short = replace(made[0], factors=dict(list(made[0].factors.items())[1:]))
    for bad in (made[:1], made[::-1], [short, made[1]]):
        with pytest.raises(WrongUse):
            drafting.assemble(body(), bad)


def test_what_is_signed_must_be_stored_under_its_hash() -> None:
    signed = TOWN.signed(body())
    assert (signed.version, signed.hash) == (1, TOWN.load(signed.jws).hash)


def refusal(whole: canonical.Json, desk: Desk | None = None) -> str:
    with pytest.raises(MyNumberError) as raised:
        drafting.sign_as_operator(ONE, whole, desk or TOWN.desk())
    return raised.value.code


def test_an_operator_signs_only_behind_those_before_it() -> None:
    whole = TOWN.assembled(body())
    with pytest.raises(ProtocolError) as raised:
        drafting.sign_as_operator(TWO, whole, TOWN.desk())
    assert raised.value.code == "SIGNATURE_SET"
    forged = jws.add_signature(whole, TYP, "op-1", TWO.sign)
    with pytest.raises(ProtocolError) as raised:
        drafting.sign_as_operator(TWO, forged, TOWN.desk())
    assert raised.value.code == "BAD_SIGNATURE"
    once = drafting.sign_as_operator(ONE, whole, TOWN.desk()).jws
    assert refusal(once) == "SIGNATURE_SET"


def test_only_a_configured_operator_signs() -> None:
    stranger = dataclasses.replace(ONE, id="op-9")
    with pytest.raises(WrongUse):
        drafting.sign_as_operator(stranger, TOWN.assembled(body()), TOWN.desk())


def test_an_operator_checks_what_every_party_checks() -> None:
    late = dataclasses.replace(TOWN.desk(), now=NOW + 32 * 86_400)
    assert refusal(TOWN.assembled(body()), late) == "STALE_DIRECTORY"
    unvouched = replace(body(), register=replace(body().register, serial=2))
    assert refusal(TOWN.assembled(unvouched)) == "BAD_ENTRY"


def test_a_term_is_31_days_at_most() -> None:
    assert refusal(TOWN.assembled(replace(body(), not_after=body().not_after + 1))) == "BAD_ENTRY"


def test_without_a_predecessor_only_version_one_is_signed() -> None:
    later = replace(body(), version=2, prev=wire.B32(raw("prev", 32)))
    assert refusal(TOWN.assembled(later)) == "STALE_DIRECTORY"


def test_an_operator_signs_only_its_own_layer_and_commitments() -> None:
    other_layer = dataclasses.replace(ONE, layer=TOWN.keeper.y)
    entry = handing_in.operator_entry(other_layer, TOWN.vouching("op-1"))
    parties = dataclasses.replace(TOWN.parties(), operators=(entry, TOWN.parties().operators[1]))
    keeper = dataclasses.replace(TOWN.keeper, y=scalar_from(raw("another transport secret", 64)))
    parties = dataclasses.replace(parties, keeper=handing_in.keeper_entry(keeper, TOWN.vouching("keeper")))
    layered = drafting.draft(drafting.first_term("test", NOW), parties)
    assert refusal(TOWN.assembled(layered)) == "BAD_ENTRY"
    other_seed = dataclasses.replace(ONE, seed=raw("other", 32))
    town = dataclasses.replace(TOWN, operators=(other_seed, TWO))
    assert refusal(town.assembled(body())) == "BAD_ENTRY"


def test_an_id_that_was_listed_before_does_not_come_back() -> None:
    desk = dataclasses.replace(TOWN.desk(), ever_listed=frozenset({"ward"}))
    assert refusal(TOWN.assembled(body()), desk) == "BAD_ENTRY"
    second = drafting.draft(drafting.next_term(TOWN.first(), NOW), TOWN.parties())
    listed = dataclasses.replace(TOWN.desk(None, TOWN.first()), ever_listed=frozenset({"ward", "pension"}))
    assert drafting.sign_as_operator(ONE, TOWN.assembled(second), listed).version == 2


def test_one_payload_per_version_is_signed() -> None:
    signed = drafting.sign_as_operator(ONE, TOWN.assembled(body()), TOWN.desk())
    again = dataclasses.replace(TOWN.desk(), signed_before=signed.hash)
    assert drafting.sign_as_operator(ONE, TOWN.assembled(body()), again) == signed
    shorter = TOWN.assembled(replace(body(), not_after=body().not_after - 1))
    with pytest.raises(Conflict):
        drafting.sign_as_operator(ONE, shorter, again)
