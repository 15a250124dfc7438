"""Weak points of the protocol, built as written; each test shows one (docs/decisions/protocol-findings.md).

A test here fails when the point is mended: then it goes, and the page with it.
"""

import dataclasses

import pytest

from mynumber.codes.errors import ProtocolError
from mynumber.codes.jws import public_key
from mynumber.codes.law_table import Kind
from mynumber.codes.parties import drafting
from mynumber.codes.parties.entries import Agency
from mynumber.codes.records import forms
from mynumber.codes.records.forms import OperatorCounts
from tests.codes.ceremony import NOW, Town, raw
from tests.codes.test_directory import Office, body, with_agency

TOWN = Town.of()


def test_finding_1_a_reopened_agency_may_take_an_old_code_epoch_with_other_factors() -> None:
    moved = with_agency(body(2), Office(epoch=2, epochs=(2,)).listed())
    second = TOWN.load(TOWN.forced(moved), NOW, TOWN.first())
    closing = with_agency(drafting.draft(drafting.next_term(second, NOW + 4320), TOWN.parties()), _closed())
    third = TOWN.load(TOWN.forced(closing), None, second)
    other = dataclasses.replace(TOWN.operators[0], seeds={"agency/ward/2": raw("another seed", 32)})
    town = dataclasses.replace(TOWN, operators=(other, TOWN.operators[1]))
    reopened = Office(serial=4, epoch=2, epochs=(2,)).listed()
    fourth = drafting.draft(drafting.next_term(third, NOW + 2 * 4320), TOWN.parties())
    accepted = TOWN.load(town.forced(with_agency(fourth, reopened)), None, third)
    before, after = second.commitments("agency/ward/2"), accepted.commitments("agency/ward/2")
    # The same name now stands for other codes, and nothing in D8 notices.
    assert before is not None
    assert after is not None
    assert before != after


def _closed() -> Agency:
    return Office(serial=3, epoch=2, epochs=()).listed()


def test_finding_2_the_counts_of_a_whole_country_do_not_fit_one_form() -> None:
    kinds: tuple[Kind, ...] = ("exchange", "enrol", "self", "read")
    counts = tuple(
        forms.Endorsed(agency=f"municipality-{number}", kind=kind, endorsed=1)
        for number in range(1700)
        for kind in kinds
    )
    form = OperatorCounts(v=1, network="test", month="2026-11", counts=counts)
    seed = raw("operator", 32)
    with pytest.raises(ProtocolError, match="BAD_ENCODING"):
        forms.open_form(OperatorCounts, forms.sign_form(form, ("op-1", seed)), ("op-1", public_key(seed)), "test")
    small = OperatorCounts(v=1, network="test", month="2026-11", counts=counts[:400])
    forms.open_form(OperatorCounts, forms.sign_form(small, ("op-1", seed)), ("op-1", public_key(seed)), "test")


def test_finding_3_who_signs_a_directory_that_begins_later_cannot_satisfy_d3() -> None:
    first = TOWN.first()
    later = drafting.draft(drafting.next_term(first, NOW + 4320), TOWN.parties())
    with pytest.raises(ProtocolError, match="STALE_DIRECTORY"):
        TOWN.signed(later, TOWN.desk(NOW, first))
    assert TOWN.signed(later, TOWN.desk(None, first)).version == 2
