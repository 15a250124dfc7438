"""The office's pure steps: batches, matching, and codes that must not lie under two files."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mynumber.acquisition import messages, office
from mynumber.acquisition.basic import Basic
from mynumber.acquisition.office import Kept, NotKept, VaultRow
from mynumber.codes.errors import ProtocolError
from mynumber.codes.group import Point
from mynumber.number.my_number import MyNumber
from mynumber.plumbing.errors import WrongUse
from tests.acquisition.strategies import basics, my_numbers

ONE, OTHER = Point(bytes([1]) * 32), Point(bytes([2]) * 32)
A, B, C = (bytes([i]) * 16 for i in range(3))


def nowhere(_code: Point) -> str | None:
    return None


@given(st.lists(st.builds(VaultRow, ref=st.text(max_size=5), number=my_numbers, basic=basics), max_size=3))
def test_every_row_has_its_own_number_and_travels_once(rows: list[VaultRow]) -> None:
    numbered = office.number_rows(rows, os.urandom(16 * len(rows)))
    assert list(numbered.values()) == rows
    entries = [e for request in office.batches(numbered, ground="107", record_epoch=1) for e in request.entries]
    assert [(e.acq, e.number, e.basic) for e in entries] == [(a, r.number, r.basic) for a, r in numbered.items()]


def test_a_row_without_its_randomness_is_refused() -> None:
    with pytest.raises(WrongUse):
        office.number_rows([], bytes(16))


@pytest.mark.parametrize(("count", "sizes"), [(0, []), (1, [1]), (64, [64]), (65, [64, 1]), (130, [64, 64, 2])])
def test_batches_have_at_most_64_entries_and_can_be_read(count: int, sizes: list[int]) -> None:
    person = Basic(name="花房咲", kana="", birth="1988-02-29", sex="female", address="甲野市")
    rows = office.number_rows([VaultRow("a-1", MyNumber("123456789018"), person)] * count, os.urandom(16 * count))
    found = list(office.batches(rows, ground="link-107", record_epoch=1, lost=True))
    assert [len(request.entries) for request in found] == sizes
    assert [messages.read_request(messages.write_request(request)) for request in found] == found


def test_results_are_matched_in_order() -> None:
    person = Basic(name="花房咲", kana="", birth="1988-02-29", sex="female", address="甲野市")
    rows = {acq: VaultRow("a-1", MyNumber("123456789018"), person) for acq in (A, B)}
    (request,) = office.batches(rows, ground="107", record_epoch=1)
    answer = messages.write_answer(("no-match", "accepted"))
    assert office.match(request, answer) == {A: "no-match", B: "accepted"}
    with pytest.raises(ProtocolError, match="BAD_ENCODING"):
        office.match(request, messages.write_answer(("accepted",)))


def test_each_code_goes_to_its_own_file() -> None:
    receipts = office.sort_codes([(A, ONE), (B, OTHER)], {A: "a-1", B: "a-2"}, nowhere)
    assert receipts == (Kept(A, "a-1", ONE), Kept(B, "a-2", OTHER))
    assert office.results(receipts) == ("stored", "stored")


def test_a_code_held_under_another_file_is_refused_and_under_the_same_stored_again() -> None:
    receipts = office.sort_codes([(A, ONE), (B, OTHER)], {A: "a-1", B: "a-2"}, {ONE: "a-9", OTHER: "a-2"}.get)
    assert receipts == (NotKept(A, "a-1", "DUPLICATE_CODE", "a-9"), Kept(B, "a-2", OTHER))
    assert office.results(receipts) == ("refused", "stored")


def test_one_code_for_two_files_of_a_bundle_goes_to_the_first() -> None:
    refs = {A: "a-1", B: "a-2", C: "a-1"}
    receipts = office.sort_codes([(A, ONE), (B, ONE), (C, ONE)], refs, nowhere)
    assert receipts == (Kept(A, "a-1", ONE), NotKept(B, "a-2", "DUPLICATE_CODE", "a-1"), Kept(C, "a-1", ONE))


def test_what_opens_to_no_code_is_refused() -> None:
    assert office.sort_codes([(A, None)], {A: "a-1"}, nowhere) == (NotKept(A, "a-1", "IDENTITY_POINT"),)


def test_a_repr_shows_neither_code_nor_person() -> None:
    person = Basic(name="花房咲", kana="", birth="1988-02-29", sex="female", address="甲野市")
    shown = repr((Kept(A, "a-1", ONE), VaultRow("a-1", MyNumber("123456789018"), person)))
    assert "x01" not in shown
    assert "花房" not in shown
    assert "123456789018" not in shown
