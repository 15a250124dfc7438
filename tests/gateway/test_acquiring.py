"""The acquisition of codes at the office: what is refused stops nobody else, and nothing is forgotten or had twice."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import update

from mynumber.codes.parties.standing import Standing
from mynumber.register import store as register_store
from tests.gateway import acquiring_town
from tests.gateway.acquiring_town import OFFICE, Ward
from tests.register.town import world

HOUR = 3600


@pytest.fixture
def ward(tmp_path: Path) -> Iterator[Ward]:
    with acquiring_town.opened(tmp_path) as opened:
        yield opened


def stored(ward: Ward) -> bool:
    return {state for _, state in ward.states()} == {"stored"}


def test_an_office_gets_a_code_for_everybody_it_hands_in(ward: Ward) -> None:
    assert ward.hand_in(ward.people) == 3
    ward.work(lambda: stored(ward))
    assert ward.states() == [("r0", "stored"), ("r1", "stored"), ("r2", "stored")]
    assert len(set(ward.codes("r0", "r1", "r2")) - {None}) == 3
    assert ward.hand_in(ward.people) == 0


def test_a_ground_that_the_register_refuses_stops_no_other_and_is_sent_once(ward: Ward) -> None:
    assert ward.hand_in(ward.people[:2], ground="link-9999") == 2
    assert ward.hand_in(ward.people[2:]) == 1
    ward.work(lambda: ("r2", "stored") in ward.states())
    assert ward.states() == [("r0", "law-refused"), ("r1", "law-refused"), ("r2", "stored")]
    assert len(ward.wire.posted) == 2
    assert ward.hand_in(ward.people[:2]) == 2, "what was refused can be handed in again"


def test_numbers_that_were_used_for_other_entries_are_not_sent_again_and_again(ward: Ward) -> None:
    ward.hand_in(ward.people[:1])
    ward.wire.loses_answers = {"register"}
    assert ward.send() == 1
    assert ward.states() == [("r0", "waiting")]
    ward.wire.loses_answers = set()
    person = ward.people[0]
    asyncio.run(ward.acquiring.vault.put([replace(person, basic=msgspec.structs.replace(person.basic, kana=""))]))
    assert ward.send() == 1
    assert ward.states() == [("r0", "replayed")]
    ward.later(HOUR + 5)
    assert ward.send() == 0


def test_what_the_register_does_not_answer_waits(ward: Ward) -> None:
    ward.hand_in(ward.people)
    ward.wire.down = {"register"}
    assert ward.send() == 1
    assert {state for _, state in ward.states()} == {"waiting"}
    ward.wire.down = set()
    ward.work(lambda: stored(ward))


def test_what_was_accepted_and_not_heard_of_for_an_hour_is_sent_again(ward: Ward) -> None:
    ward.hand_in(ward.people[:1])
    ward.later(HOUR)  # while it waits; the hour begins when it is accepted
    assert ward.send() == 1
    assert ward.states() == [("r0", "accepted")]
    for seconds, requests in ((HOUR - 5, 0), (10, 1), (HOUR - 5, 0), (10, 1)):
        ward.later(seconds)
        assert ward.send() == requests
    assert ward.wire.posted[1:] == ward.wire.posted[:1] * 2
    ward.work(lambda: stored(ward))


def test_a_code_that_was_lost_is_acquired_again(ward: Ward) -> None:
    ward.hand_in(ward.people)
    ward.work(lambda: stored(ward))
    before = ward.codes("r0", "r1")
    ward.lose("r0")
    assert ward.codes("r0", "r1") == [None, before[1]]
    assert ward.hand_in(ward.people[:1]) == 0, "without the office's word it holds what it holds"
    assert ward.hand_in(ward.people[:1], lost=True) == 1
    assert ward.hand_in(ward.people[:1], lost=True) == 0, "it is under way"
    ward.work(lambda: stored(ward))
    assert ward.codes("r0", "r1") == before
    assert ward.states() == [("r0", "stored"), ("r0", "stored"), ("r1", "stored"), ("r2", "stored")]


def test_a_person_under_a_second_reference_is_told_with_the_first(ward: Ward) -> None:
    """The code stays where it is; somebody has to look at both."""
    ward.hand_in(ward.people)
    ward.work(lambda: stored(ward))
    before, second = ward.codes("r0"), replace(ward.people[0], ref="twice")
    ward.hand_in([second])
    ward.work(lambda: ("twice", "already-acquired") in ward.states())
    assert ward.failed("twice", "r0", "r1") == [{"ref": "twice", "state": "already-acquired", "other": ""}]
    ward.hand_in([second], lost=True)
    ward.work(lambda: ("twice", "duplicate-code") in ward.states())
    assert ward.failed("r0", "twice") == [{"ref": "twice", "state": "duplicate-code", "other": "r0"}]
    assert ward.codes("r0", "twice") == [*before, None]
    ward.lose("r0")
    ward.hand_in([second], lost=True)
    ward.work(lambda: ward.codes("twice") == before)
    assert ward.failed("r0", "twice") == []


def test_a_loss_is_declared_for_nobody_else(ward: Ward) -> None:
    ward.hand_in(ward.people[:1], lost=True)
    ward.hand_in(ward.people[1:])
    ward.work(lambda: stored(ward))
    assert [(body["lost"], len(body["entries"])) for body in ward.requests()] == [(True, 1), (False, 2)]


def test_a_person_who_is_handed_in_twice_at_once_has_one_open_number(ward: Ward) -> None:
    async def at_once() -> list[int]:
        person = ward.people[:1]
        return await asyncio.gather(*(ward.acquiring.hand_in("link-107", person) for _ in range(5)))

    assert sorted(asyncio.run(at_once())) == [0, 0, 0, 0, 1]
    assert ward.states() == [("r0", "waiting")]


def test_a_bundle_that_comes_many_times_at_once_has_one_answer(ward: Ward) -> None:
    """Some come before the first is stored, some while it is, some after."""
    ward.wire.times = 12
    ward.hand_in(ward.people)
    ward.work(lambda: ward.held() == 3)
    assert stored(ward)


def test_a_number_that_is_not_open_is_unknown_here(ward: Ward) -> None:
    """The register finds it by halves and lets it go; the others get their codes."""
    ward.hand_in(ward.people)
    ward.send()
    ward.forget("r1")
    ward.work(lambda: ward.states() == [("r0", "stored"), ("r2", "stored")])
    assert ward.codes("r1") == [None]


def test_a_number_that_is_refused_holds_up_nobody_in_its_batch(ward: Ward) -> None:
    ward.hand_in(ward.people)
    ward.wire.loses_answers = {"register"}
    assert ward.send() == 1
    ward.wire.loses_answers = set()
    person = ward.people[1]
    asyncio.run(ward.acquiring.vault.put([replace(person, basic=msgspec.structs.replace(person.basic, kana=""))]))
    # A bundle of the register that was faster than its refusal would bring r1 its code: both would be right.
    ward.ask(lambda: dict(ward.states())["r1"] == "replayed")
    ward.work(lambda: ward.states() == [("r0", "stored"), ("r1", "replayed"), ("r2", "stored")])


def test_codes_that_a_restored_store_forgot_are_asked_for_anew(ward: Ward) -> None:
    ward.hand_in(ward.people[:2])
    assert ward.send() == 1
    backup = ward.backup()
    ward.work(lambda: stored(ward))
    before = ward.codes("r0", "r1")
    ward.restore(backup)
    assert ward.states() == [("r0", "accepted"), ("r1", "accepted")]
    ward.later(HOUR + 5)
    # An hour after it came back, and no sooner: the bundle may be under way.
    ward.work(lambda: stored(ward))
    assert ward.codes("r0", "r1") == before
    assert [body["lost"] for body in ward.requests()] == [False, True]
    ward.later(2 * HOUR)
    assert ward.send() == 0


def test_who_was_accepted_under_the_record_epoch_before_is_enrolled_in_the_next(ward: Ward) -> None:
    ward.hand_in(ward.people)
    assert ward.send() == 1
    ward.worker.node.store.write_now(lambda c: c.execute(update(register_store.ACQUISITIONS).values(record_epoch=1)))
    ward.work(lambda: stored(ward))
    assert None not in ward.codes("r0", "r1", "r2")


def test_a_new_record_epoch_is_filled_with_everybody_and_the_same_codes(ward: Ward) -> None:
    ward.hand_in(ward.people)
    ward.work(lambda: stored(ward))
    codes = ward.codes("r0", "r1", "r2")
    # As if all that was in epoch 1, and the directory lists 2 beside it.
    ward.worker.node.store.write_now(lambda c: c.execute(update(register_store.ACQUISITIONS).values(record_epoch=1)))
    listed = world().directory
    entry = msgspec.structs.replace(listed.agency(OFFICE), record_epoch=1)
    agencies = {each.id: each for each in listed.body.agencies} | {OFFICE: entry}
    ward.acquiring.node.view.standing = Standing(replace(listed, _agencies=agencies))
    ward.work(lambda: len(ward.states()) == 6 and stored(ward))
    assert ward.codes("r0", "r1", "r2") == codes
    assert [request["record_epoch"] for request in ward.requests()] == [2, 2]
    assert ward.requests()[1]["lost"] is False
    assert not {e["acq"] for e in ward.requests()[0]["entries"]} & {e["acq"] for e in ward.requests()[1]["entries"]}
    assert ward.held() == 6
    assert ward.send() == 0
