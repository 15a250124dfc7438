"""Which directory counts while one replaces another: the edges of every span, and whose change ends the overlap."""

import dataclasses

import pytest

from mynumber.codes.errors import ProtocolError
from mynumber.codes.parties import drafting, handing_in
from mynumber.codes.parties.directory import Directory
from mynumber.codes.parties.drafting import Parties
from mynumber.codes.parties.standing import Standing
from tests.codes.ceremony import NOW, Town, raw

TOWN = Town.of()
FIRST, SECOND = TOWN.first(), TOWN.second()
BEGIN = SECOND.body.not_before
BOTH = Standing(FIRST).accept(SECOND)
PARTIES = ("ward", "pension")


def stale(standing: Standing, named: Directory | bytes, *, now: int, created: int, operator: bool = False) -> bool:
    digest = named.hash if isinstance(named, Directory) else named
    try:
        standing.check(digest, now=now, created=created, parties=PARTIES, operator=operator)
    except ProtocolError as refused:
        return refused.code == "STALE_DIRECTORY"
    return False


def test_accepting_remembers_the_one_before_and_nothing_else() -> None:
    assert Standing(SECOND, FIRST) == BOTH
    assert BOTH.accept(SECOND) is BOTH
    with pytest.raises(ProtocolError):
        BOTH.accept(FIRST)


@pytest.mark.parametrize(("after", "chosen"), [(0, FIRST), (59, FIRST), (60, SECOND), (4321, SECOND)])
def test_a_sender_waits_a_minute(after: int, chosen: Directory) -> None:
    assert BOTH.choose(BEGIN + after) is chosen


def test_a_sender_without_a_directory_that_counts_sends_nothing() -> None:
    begin, end = FIRST.body.not_before, FIRST.body.not_after
    assert Standing(FIRST).choose(begin + 60) is Standing(FIRST).choose(end) is FIRST
    for now in (begin + 59, end + 1):
        with pytest.raises(ProtocolError):
            Standing(FIRST).choose(now)


def test_keys_come_from_the_one_named_else_from_the_current() -> None:
    assert BOTH.named(FIRST.hash) is FIRST
    assert BOTH.named(SECOND.hash) is SECOND
    assert BOTH.named(bytes(32)) is SECOND
    assert Standing(SECOND).named(FIRST.hash) is SECOND


def test_the_current_counts_and_an_unknown_one_does_not() -> None:
    assert not stale(BOTH, SECOND, now=BEGIN, created=BEGIN)
    assert stale(BOTH, bytes(32), now=BEGIN, created=BEGIN)
    assert stale(Standing(SECOND), FIRST, now=BEGIN, created=BEGIN)


def test_nothing_counts_past_the_end_of_the_current() -> None:
    end = SECOND.body.not_after
    assert not stale(BOTH, SECOND, now=end, created=end)
    assert stale(BOTH, SECOND, now=end + 1, created=end)


@pytest.mark.parametrize(("after", "late"), [(-100, False), (180, False), (181, True)])
def test_operators_look_at_when_it_was_created(after: int, *, late: bool) -> None:
    for now in (BEGIN + after, BEGIN + 10_000):
        assert stale(BOTH, FIRST, now=now, created=BEGIN + after, operator=True) is late


@pytest.mark.parametrize(("after", "late"), [(0, False), (4320, False), (4321, True)])
def test_all_others_look_at_their_clock(after: int, *, late: bool) -> None:
    for created in (BEGIN - 1000, BEGIN + 1000):
        assert stale(BOTH, FIRST, now=BEGIN + after, created=created) is late


def test_the_predecessor_counts_past_its_own_end() -> None:
    end = FIRST.body.not_after
    late = TOWN.second(begins=end - 10)
    assert not stale(Standing(late, FIRST), FIRST, now=end + 10, created=end)


def replaced_keeper() -> Parties:
    keys = dataclasses.replace(TOWN.keeper, sign=raw("new", 32))
    by = dataclasses.replace(TOWN.vouching("keeper"), serial=2, previous=TOWN.keeper.sign)
    return dataclasses.replace(TOWN.parties(), keeper=handing_in.keeper_entry(keys, by))


def other_keeper() -> Parties:
    keys = dataclasses.replace(TOWN.keeper, id="keeper-2", sign=raw("new", 32))
    return dataclasses.replace(TOWN.parties(), keeper=handing_in.keeper_entry(keys, TOWN.vouching("keeper")))


def replaced_agency(party: str) -> Parties:
    keys = dataclasses.replace(TOWN.agencies[party], sign=raw("new", 32))
    by = dataclasses.replace(TOWN.vouching(party), serial=2, previous=TOWN.agencies[party].sign)
    entry = drafting.listing(handing_in.agency_entry(keys, by), epochs=[1], records=[1])
    parties = TOWN.parties()
    return dataclasses.replace(parties, agencies=tuple(entry if a.id == party else a for a in parties.agencies))


def closed(party: str) -> Parties:
    parties = TOWN.parties()
    agencies = tuple(drafting.listing(a, epochs=[], records=[1]) if a.id == party else a for a in parties.agencies)
    return dataclasses.replace(parties, agencies=agencies)


@pytest.mark.parametrize(
    ("parties", "ends"),
    [
        (replaced_keeper(), True),
        (other_keeper(), True),
        (replaced_agency("ward"), True),
        (replaced_agency("pension"), True),
        (closed("pension"), False),
    ],
    ids=["keeper's key", "new keeper", "signer's key", "key of to", "a closed agency has a place"],
)
def test_a_new_signing_key_or_no_place_ends_the_overlap_for_its_messages(parties: Parties, *, ends: bool) -> None:
    standing = Standing(FIRST).accept(TOWN.second(parties))
    for operator in (True, False):
        assert stale(standing, FIRST, now=NOW, created=NOW, operator=operator) is ends


def test_a_change_that_concerns_others_ends_nothing() -> None:
    standing = Standing(FIRST).accept(TOWN.second(replaced_agency("ward")))
    standing.check(FIRST.hash, now=NOW, created=NOW, parties=["pension", "register"], operator=False)


def test_a_party_without_a_place_in_either_ends_it() -> None:
    with pytest.raises(ProtocolError):
        BOTH.check(FIRST.hash, now=NOW, created=NOW, parties=["nobody"], operator=False)
