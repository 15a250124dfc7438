"""The scenes in which the supervisor stops something: a file without an assessment, an item nationwide.

The supervisor's staff acts as `mynumber oversight block` does: in the supervisor's own store, which the serving process
reads. Everybody else learns of it from the signed state alone.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from mynumber.exchange.view.state import Block
from mynumber.gateway.desk import api
from mynumber.oversight import acts
from mynumber.plumbing.clock import Clock
from mynumber.world.story import judging
from mynumber.world.story.stage import Entry, Stage, Step, until

# Everybody asks for the state every 2 s; a busy machine gets more time, and the step says how long it took.
_KNOWN_SECONDS = 30.0
_PROMPT_SECONDS = 10.0

_TAX, _RECORD = ("local_tax/recipient",), ("resident_record/recipient",)


def unassessed(stage: Stage) -> Step:
    """A file of city B without a published assessment can neither give nor ask; its other files go on."""
    person = stage.cast.applicant
    ours = stage.open_case("hanako", "link-106", [person], "child allowance: income")
    theirs = stage.open_case("yuki", "link-106", [person], "income of who moved away", office="city-b")

    def giving() -> api.ShownInquiry:
        return stage.ask(ours, "city-b", [Entry(person, _TAX)])

    def asking() -> api.ShownInquiry:
        return stage.ask(theirs, "city-a", [Entry(person, _TAX)], officer="yuki", office="city-b")

    stop = Block(
        party="city-b",
        procedure="",
        item="local_tax",
        article="425AC0000000027 Arts 21(2), 28(6)",
        reason="the assessment of this file is not published",
    )
    with _stopped(stage, stop) as seconds:
        refused = [judging.refusal(stage, giving()), judging.refusal(stage, asking(), "city-b")]
        other = stage.ask(ours, "city-b", [Entry(person, _RECORD)])
    free = [judging.classes(giving()), judging.classes(asking())]
    ok = (
        all(each for each, _ in refused)
        and judging.classes(other) == ["data"]
        and free == [["data"], ["data"]]
        and max(seconds) < _PROMPT_SECONDS
    )
    detail = (
        f"blocked {seconds[0]:.1f} s after the act, asking and giving: {refused[0][1]}; its resident record: "
        f"{judging.classes(other)[0]}; free again {seconds[1]:.1f} s after the next act: {free[0][0]}, {free[1][0]}"
    )
    return Step("unassessed", "", ok, detail, ("5-3", "5-5"))


def stop_switch(stage: Stage) -> Step:
    """One item is stopped for everybody: two offices, two procedures, one provider; nothing else stops."""
    person = stage.cast.recipient
    city = stage.open_case("hanako", "link-106", [person], "child allowance: where to pay")
    tax = stage.open_case("kaoru", "link-82", [person], "refund of income tax", office="tax")

    def ask_both() -> list[api.ShownInquiry]:
        first = stage.ask(city, "accounts", [Entry(person, ("public_benefit_account/recipient",))])
        wanted = [Entry(person, ("public_benefit_account/applicant",))]
        return [first, stage.ask(tax, "accounts", wanted, officer="kaoru", office="tax")]

    stop = Block(
        party="",
        procedure="",
        item="public_benefit_account",
        article="425AC0000000027 Arts 21(2), 34",
        reason="accounts of other persons were returned; everybody waits",
    )
    before = stage.evidence.count("accounts", "answered")
    with _stopped(stage, stop) as seconds:
        stopped = ask_both()
        refused = [
            judging.refusal(stage, shown, office) for shown, office in zip(stopped, ("city-a", "tax"), strict=True)
        ]
        answered = stage.evidence.count("accounts", "answered") - before
        other = stage.ask(city, "city-b", [Entry(person, _RECORD)])
    free = [judging.classes(shown) for shown in ask_both()]
    ok = (
        all(each for each, _ in refused)
        and answered == 0
        and judging.classes(other) == ["data"]
        and free == [["data"], ["data"]]
        and max(seconds) < _PROMPT_SECONDS
    )
    detail = (
        f"stopped nationwide {seconds[0]:.1f} s after the act: 2 offices, 2 procedures refused, {answered} answers of "
        f"accounts; another item: {judging.classes(other)[0]}; on again after {seconds[1]:.1f} s; {refused[0][1]}"
    )
    return Step("stop-switch", "", ok, detail, ("5-3",))


@contextmanager
def _stopped(stage: Stage, stop: Block) -> Iterator[list[float]]:
    """Stop something for the block; the list gets the seconds until everybody knew, of the stop and of its end."""
    seconds: list[float] = []
    with stage.supervisor() as store:
        seconds.append(_act(stage, lambda: store.write_now(lambda connection: acts.block(connection, stop, _now()))))
        try:
            yield seconds
        finally:
            seconds.append(
                _act(stage, lambda: store.write_now(lambda connection: acts.unblock(connection, stop, _now())))
            )


def _act(stage: Stage, act: Callable[[], object]) -> float:
    """Act as the supervisor; return how many seconds later everybody who rules had the new state."""
    parties = [each.name for each in stage.town.institutions if each.role in ("operator", "gateway")]
    before = {party: _state(stage, party) for party in parties}
    act()
    begun = time.monotonic()
    until(
        lambda: all(_state(stage, party) > before[party] for party in parties),
        seconds=_KNOWN_SECONDS,
        what="the supervisor's new state at everybody",
    )
    return time.monotonic() - begun


def _state(stage: Stage, party: str) -> int:
    """Return the order of the newest state that a party holds."""
    found = stage.evidence.rows(party, """SELECT coalesce(max("order"), 0) FROM papers WHERE kind = 'state'""")
    return int(str(found[0][0]))


def _now() -> int:
    return Clock().now()
