"""What the store remembers of enrolments: every way through the states, and never two at once for one office."""

import os

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from mynumber.acquisition.messages import Request
from mynumber.codes.permit.request import Message
from mynumber.plumbing.database import Store
from mynumber.register import enrolling, enrolments, matching
from mynumber.register import store as tables
from mynumber.register.enrolling import Chance
from mynumber.register.enrolments import Enrolment, Returned
from mynumber.register.matching import Asked
from mynumber.register.store import ACQUISITIONS, Seals
from tests.register.people import NOW, asking, registered
from tests.register.town import world


def accept(store: Store, seals: Seals, request: Request, agency: str = "ward-a") -> list[bytes]:
    with store.writing() as connection:
        assert set(matching.decide(connection, seals, Asked(agency, request, NOW))) == {"accepted"}
    return [entry.acq for entry in request.entries]


def begun(store: Store, seals: Seals, agency: str = "ward-a", limit: int = 64) -> Message:
    with store.writing() as connection:
        found = enrolments.waiting(connection, seals, agency, limit)
        assert found is not None
        chance = Chance(os.urandom(16), os.urandom(32), os.urandom(32))
        message = enrolling.build(
            found[1], found[0], keys=world().register, directory=world().directory, now=NOW, chance=chance
        )
        enrolments.begin(connection, agency, message)
    return message


def current(store: Store, agency: str = "ward-a") -> Enrolment:
    with store.reading() as connection:
        found = enrolments.current(connection, agency)
    assert found is not None
    return found


def states(store: Store, agency: str = "ward-a") -> dict[bytes, str]:
    query = select(ACQUISITIONS.c.acq, ACQUISITIONS.c.state).where(ACQUISITIONS.c.agency == agency)
    with store.reading() as connection:
        return {bytes(row.acq): row.state for row in connection.execute(query)}


def test_a_message_takes_the_oldest_and_leaves_the_rest(store: Store, seals: Seals) -> None:
    acqs = accept(store, seals, asking(registered(store, seals, 5)))
    message = begun(store, seals, limit=3)
    assert enrolling.numbers(message) == tuple(acqs[:3])
    assert states(store) == dict(zip(acqs, ["sent"] * 3 + ["waiting"] * 2, strict=True))


def test_a_message_has_one_record_epoch(store: Store, seals: Seals) -> None:
    numbers = registered(store, seals, 2)
    new = accept(store, seals, asking(numbers, record_epoch=3))
    old = accept(store, seals, asking(numbers, record_epoch=2))
    for acqs, epoch in ((new, 3), (old, 2)):
        with store.reading() as connection:
            found = enrolments.waiting(connection, seals, "ward-a", 64)
        assert found is not None
        assert (found[0].record_epoch, [one.acq for one in found[1]]) == (epoch, acqs)
        begun(store, seals)
        with store.writing() as connection:
            enrolments.finish(connection, current(store), ["stored"] * 2, now=NOW)
    with store.reading() as connection:
        assert enrolments.waiting(connection, seals, "ward-a", 64) is None


def test_each_root_goes_with_its_own_number(store: Store, seals: Seals) -> None:
    numbers = registered(store, seals, 3)
    accept(store, seals, asking(numbers))
    accept(store, seals, asking(numbers), "ward-c")
    with store.reading() as connection:
        one = enrolments.waiting(connection, seals, "ward-a", 64)
        other = enrolments.waiting(connection, seals, "ward-c", 64)
    assert one is not None
    assert other is not None
    assert [a.root for a in one[1]] == [a.root for a in other[1]]
    assert len({a.root for a in one[1]}) == 3


def test_one_office_has_one_enrolment_at_a_time(store: Store, seals: Seals) -> None:
    accept(store, seals, asking(registered(store, seals, 2)))
    begun(store, seals, limit=1)
    with pytest.raises(IntegrityError):
        begun(store, seals, limit=1)
    assert sorted(states(store).values()) == ["sent", "waiting"]


def test_what_was_begun_and_returned_comes_back_as_it_was(store: Store, seals: Seals) -> None:
    accept(store, seals, asking(registered(store, seals, 1)))
    message = begun(store, seals)
    assert current(store) == Enrolment("ward-a", NOW, message, None)
    returned = Returned(bytes(32), NOW + 3600, {"message": "as it came"})
    with store.writing() as connection:
        enrolments.keep_returned(connection, "ward-a", returned)
    assert current(store).returned == returned


def test_only_stored_sets_the_note(store: Store, seals: Seals) -> None:
    acqs = accept(store, seals, asking(registered(store, seals, 3)))
    begun(store, seals)
    with store.writing() as connection:
        enrolments.finish(connection, current(store), ["stored", "refused", "stored"], now=NOW)
        assert enrolments.current(connection, "ward-a") is None
        assert enrolments.busy(connection) == []
        assert ("ward-a", "stored", 2) in tables.counts(connection, "2026-09")
        assert ("ward-a", "refused", 1) in tables.counts(connection, "2026-09")
    assert states(store) == {acqs[0]: "held", acqs[2]: "held"}


def test_a_refused_person_can_be_asked_for_again_a_held_one_not(store: Store, seals: Seals) -> None:
    numbers = registered(store, seals, 2)
    accept(store, seals, asking(numbers))
    begun(store, seals)
    with store.writing() as connection:
        enrolments.finish(connection, current(store), ["stored", "refused"], now=NOW)
        assert matching.decide(connection, seals, Asked("ward-a", asking(numbers), NOW)) == (
            "already-acquired",
            "accepted",
        )


def test_a_lost_code_enrolled_again_leaves_one_note(store: Store, seals: Seals) -> None:
    numbers = registered(store, seals, 2)
    first = accept(store, seals, asking(numbers))
    begun(store, seals)
    with store.writing() as connection:
        enrolments.finish(connection, current(store), ["stored", "stored"], now=NOW)
    second = accept(store, seals, asking(numbers[:1], lost=True))
    assert states(store)[first[0]] == "held", "the old note stands until the new code is stored"
    begun(store, seals)
    with store.writing() as connection:
        enrolments.finish(connection, current(store), ["stored"], now=NOW)
    assert states(store) == {second[0]: "held", first[1]: "held"}


def test_a_message_that_serves_no_longer_leaves_its_entries_waiting(store: Store, seals: Seals) -> None:
    acqs = accept(store, seals, asking(registered(store, seals, 2)))
    begun(store, seals)
    with store.writing() as connection:
        enrolments.again(connection, "ward-a")
        assert enrolments.current(connection, "ward-a") is None
        assert enrolments.busy(connection) == ["ward-a"]
    assert states(store) == dict.fromkeys(acqs, "waiting")


def test_abandoned_entries_go_and_others_stay(store: Store, seals: Seals) -> None:
    acqs = accept(store, seals, asking(registered(store, seals, 2)))
    begun(store, seals, limit=1)
    with store.writing() as connection:
        enrolments.abandon(connection, "ward-a", now=NOW)
        assert ("ward-a", "abandoned", 1) in tables.counts(connection, "2026-09")
    assert states(store) == {acqs[1]: "waiting"}


def test_offices_do_not_touch_each_others_entries(store: Store, seals: Seals) -> None:
    numbers = registered(store, seals, 1)
    accept(store, seals, asking(numbers))
    theirs = accept(store, seals, asking(numbers), "ward-c")
    begun(store, seals)
    begun(store, seals, "ward-c")
    with store.writing() as connection:
        enrolments.again(connection, "ward-a")
        enrolments.abandon(connection, "ward-a", now=NOW)
        assert not enrolments.unlink(connection, "ward-a", theirs[0])
    assert states(store, "ward-c") == {theirs[0]: "sent"}


def test_a_note_is_cleared_by_its_own_number_once(store: Store, seals: Seals) -> None:
    (acq,) = accept(store, seals, asking(registered(store, seals, 1)))
    with store.writing() as connection:
        assert not enrolments.unlink(connection, "ward-a", acq), "there is no note yet"
    begun(store, seals)
    with store.writing() as connection:
        enrolments.finish(connection, current(store), ["stored"], now=NOW)
        assert enrolments.unlink(connection, "ward-a", acq)
        assert not enrolments.unlink(connection, "ward-a", acq)
    assert states(store) == {}
