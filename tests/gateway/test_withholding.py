"""Withholding a person closes every exit at once: answers that are kept for a repeat, and those that are being made."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from mynumber.codes.errors import ProtocolError
from mynumber.codes.permit.answers import Result
from mynumber.gateway.desk import cases as desk
from mynumber.gateway.desk.acts import Act
from mynumber.plumbing import canonical, working
from mynumber.plumbing.clock import Clock
from tests.gateway import answering_town
from tests.gateway.answering_town import Provider

HELD = [Result(available=True, data={"pension": [{"amount": amount}]}) for amount in (5, 7)]
NOTHING = Result(available=False)
SECONDS = 20


@pytest.fixture
def provider(tmp_path: Path) -> Iterator[Provider]:
    with answering_town.opened(tmp_path) as opened:
        yield opened


def withhold(provider: Provider, person: str = "p0") -> None:
    provider.answering.node.store.write_now(lambda c: desk.shield(c, Act("admin", 1), person))


def books(provider: Provider) -> list[tuple[object, ...]]:
    """What the office wrote down of its answers, and what it tells the keeper."""
    return [
        *provider.rows("SELECT request, permit, provided FROM answered"),
        *provider.rows("SELECT party, body FROM outbox"),
        *provider.rows("SELECT count(*) FROM log_entries"),
    ]


def test_a_repeat_gets_the_very_same_answer(provider: Provider) -> None:
    draft, body = provider.ask()
    first = provider.bring(body)
    assert list(provider.opened(draft, body, first)) == HELD
    assert provider.bring(body) == first


def test_a_repeat_after_somebody_is_withheld_has_nothing_of_this_person(provider: Provider) -> None:
    draft, body = provider.ask()
    first, before = provider.bring(body), books(provider)
    withhold(provider)
    again = provider.bring(body)
    assert list(provider.opened(draft, body, again)) == [NOTHING, HELD[1]]
    assert len(str(again)) == len(str(first))
    assert provider.bring(body) == again, "from now on this is the stored answer"
    assert books(provider) == before, "one inquiry, one record, and the outcome as it was told"
    provider.answering.node.store.write_now(lambda c: desk.unshield(c, Act("admin", 2), "p0"))
    assert provider.bring(body) == again


def test_no_answer_of_before_lies_in_the_store_when_somebody_is_withheld(provider: Provider) -> None:
    _, body = provider.ask()
    provider.bring(body)
    assert provider.rows("SELECT count(*) FROM answered WHERE answer IS NOT NULL") == [(1,)]
    withhold(provider)
    assert provider.rows("SELECT count(*) FROM answered WHERE answer IS NOT NULL") == [(0,)]


def test_a_repeat_after_its_time_is_over_whoever_is_withheld(provider: Provider) -> None:
    _, body = provider.ask()
    provider.bring(body)
    withhold(provider)
    provider.answering.node.clock = Clock(provider.wire.clock.offset_s + 1000)
    with pytest.raises(ProtocolError) as refused:
        provider.bring(body)
    assert refused.value.code == "PERMIT_EXPIRED"


def test_a_request_under_another_permit_is_used_up_also_when_its_answer_was_erased(provider: Provider) -> None:
    draft, body = provider.ask()
    provider.bring(body)
    provider.wire._endorsed.clear()
    provider.wire._released.clear()
    bundle = provider.wire.convert({"message": draft.message.json, "steps": [], "endorsements": []})
    for withheld in (False, True):
        if withheld:
            withhold(provider)
        with pytest.raises(ProtocolError) as refused:
            provider.bring({"bundle": bundle, "context": canonical.b64(draft.context)})
        assert refused.value.code == "PERMIT_USED"


def test_an_answer_that_is_being_made_when_somebody_is_withheld_has_nothing_either(provider: Provider) -> None:
    draft, body = provider.ask()
    provider.desk.meanwhile = lambda: withhold(provider)
    answer = provider.bring(body)
    assert list(provider.opened(draft, body, answer)) == [NOTHING, HELD[1]]
    ((outcome,),) = provider.rows("SELECT body FROM outbox")
    assert provider.rows("SELECT count(*) FROM answered") == [(1,)]
    assert outcome


def test_a_departments_database_that_is_waited_for_holds_up_no_work(provider: Provider) -> None:
    draft, body = provider.ask()
    meeting, met = threading.Barrier(working.THREADS), list[int]()

    async def crowd() -> None:
        async with asyncio.timeout(SECONDS):
            met.extend(await asyncio.gather(*(working.work(meeting.wait, SECONDS) for _ in range(working.THREADS))))

    # Whoever looks up waits until every thread for work has been free.
    provider.desk.meanwhile = lambda: asyncio.run(crowd())
    assert list(provider.opened(draft, body, provider.bring(body))) == HELD
    assert sorted(met) == list(range(working.THREADS))


def test_repeats_that_come_at_once_after_somebody_is_withheld_get_one_answer(provider: Provider) -> None:
    _, body = provider.ask()
    provider.bring(body)
    withhold(provider)

    async def at_once() -> list[object]:
        return await asyncio.gather(*(provider.answering.inquire(answering_town.ASKER, body) for _ in range(4)))

    answers = asyncio.run(at_once())
    assert all(answer == answers[0] for answer in answers)
