"""The scenes in which the supervisor stops something: a file without an assessment, an item nationwide.

The supervisor's staff acts as `mynumber oversight block` does: in the supervisor's own store, which the serving process
reads. Everybody else learns of it from the signed state alone.
"""

import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress

from mynumber.exchange.view.state import Block
from mynumber.gateway.desk import api
from mynumber.law.rulings import Allowed, Refused
from mynumber.oversight import acts
from mynumber.plumbing.clock import Clock
from mynumber.plumbing.errors import MyNumberError
from mynumber.world.people.residents import Resident
from mynumber.world.story import assessing, judging
from mynumber.world.story.stage import Entry, Stage, Step, until

# Everybody asks for the state every 2 s; a busy machine gets more time, and the step says how long it took.
_KNOWN_SECONDS = 30.0

_ACCOUNT = ("public_benefit_account/recipient",)
_TAX, _RECORD = ("local_tax/recipient",), ("resident_record/recipient",)


def unassessed(stage: Stage) -> Step:
    """A file of city B without a published assessment can neither give nor ask; its other files go on.

    Which file that is, and how large, city B declares; that such a file needs assessments, the law decides.
    """
    person = stage.cast.applicant
    file = assessing.file_of(stage.town, "city-b", _TAX[0])
    due, complete = (assessing.ruling(file, published) for published in ((), assessing.EVERYTHING))
    ours = stage.open_case("hanako", "link-106", [person], "child allowance: income")
    theirs = stage.open_case("yuki", "link-106", [person], "income of who moved away", office="city-b")

    def giving() -> api.ShownInquiry:
        return stage.ask(ours, "city-b", [Entry(person, _TAX)])

    def asking() -> api.ShownInquiry:
        return stage.ask(theirs, "city-a", [Entry(person, _TAX)], officer="yuki", office="city-b")

    with _stopped(stage, *assessing.stops("city-b", file)) as seconds:
        refused = [judging.refusal(stage, giving()), judging.refusal(stage, asking(), "city-b")]
        other = stage.ask(ours, "city-b", [Entry(person, _RECORD)])
    free = [judging.classes(giving()), judging.classes(asking())]
    ok = (
        isinstance(due, Refused)
        and isinstance(complete, Allowed)
        and all(each for each, _ in refused)
        and judging.classes(other) == ["data"]
        and free == [["data"], ["data"]]
    )
    detail = (
        f"a file of {file.subjects:,} persons, {due.reason} ({due.article}); blocked {seconds[0]:.1f} s after the act, "
        f"asking and giving: {refused[0][1]}; its resident record: {judging.classes(other)[0]}; free again "
        f"{seconds[1]:.1f} s after the next act: {free[0][0]}, {free[1][0]}"
    )
    return Step("unassessed", "", ok, detail, ("5-3", "5-5"))


def stop_switch(stage: Stage) -> Step:
    """One item is stopped for everybody: two offices, two procedures, one provider; nothing else stops.

    An inquiry that was permitted before the stop comes to the provider behind it: the provider refuses by itself.
    """
    person = stage.cast.recipient
    city = stage.open_case("hanako", "link-106", [person], "child allowance: where to pay")
    tax = stage.open_case("kaoru", "link-82", [person], "refund of income tax", office="tax")

    def ask_both() -> list[api.ShownInquiry]:
        first = stage.ask(city, "accounts", [Entry(person, _ACCOUNT)])
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
    permitted = _permitted(stage, person)
    with _stopped(stage, stop) as seconds:
        late, by_provider = _refused_by_provider(stage, permitted)
        stopped = ask_both()
        refused = [
            judging.refusal(stage, shown, office) for shown, office in zip(stopped, ("city-a", "tax"), strict=True)
        ]
        answered = stage.evidence.count("accounts", "answered") - before
        other = stage.ask(city, "city-b", [Entry(person, _RECORD)])
    free = [judging.classes(shown) for shown in ask_both()]
    ok = (
        all(each for each, _ in refused)
        and late
        and answered == 0
        and judging.classes(other) == ["data"]
        and free == [["data"], ["data"]]
    )
    detail = (
        f"stopped nationwide {seconds[0]:.1f} s after the act: 2 offices, 2 procedures refused, one inquiry permitted "
        f"before it refused by the provider ({by_provider}), {answered} answers of accounts; another item: "
        f"{judging.classes(other)[0]}; on again after {seconds[1]:.1f} s; {refused[0][1]}"
    )
    return Step("stop-switch", "", ok, detail, ("5-3",))


def _permitted(stage: Stage, person: Resident) -> str:
    """Ask for an account and let the power go at city A between permit and provider; return the inquiry's id."""
    case = stage.open_case("hanako", "link-106", [person], "child allowance: where to pay, on the day of the stop")
    query = 'SELECT id FROM inquiries WHERE "case" = ? AND permit IS NOT NULL'

    def ask() -> None:
        # The office dies before it answers its own officer.
        with suppress(MyNumberError):
            stage.ask(case, "accounts", [Entry(person, _ACCOUNT)])

    stage.processes.restart("city-a", faults={"gateway.permit.commit.after": "hang"})
    with ThreadPoolExecutor(1) as pool:
        pool.submit(ask)
        until(lambda: bool(stage.evidence.rows("city-a", query, (case,))), seconds=_KNOWN_SECONDS, what="a permit")
        stage.processes.kill("city-a")
    return str(stage.evidence.rows("city-a", query, (case,))[0][0])


def _refused_by_provider(stage: Stage, inquiry: str) -> tuple[bool, str]:
    """Let city A go on with a permitted inquiry; return whether the provider refused it, and what it recorded."""
    query = "SELECT code, procedure FROM refusals WHERE asker = 'city-a'"
    before = stage.evidence.rows("accounts", query)
    stage.processes.restart("city-a", faults={})
    ended = "SELECT refusal, permit FROM inquiries WHERE id = ? AND state = 'refused'"
    until(lambda: bool(stage.evidence.rows("city-a", ended, (inquiry,))), seconds=_KNOWN_SECONDS, what="a refusal")
    ((refusal, permit),) = stage.evidence.rows("city-a", ended, (inquiry,))
    recorded = stage.evidence.rows("accounts", query)[len(before) :]
    said = json.loads(str(refusal))
    released = stage.evidence.count("keeper", "releases", "permit = ?", (permit,))
    ok = recorded == [("LAW_REFUSED", "link-106")] and released == 1 and said["code"] == "LAW_REFUSED"
    return ok, f"{said['code']}, recorded there; its permit has {released} record at the keeper"


@contextmanager
def _stopped(stage: Stage, *stops: Block) -> Iterator[list[float]]:
    """Stop these for the block; the list gets the seconds until everybody knew, of the stop and of its end."""
    seconds: list[float] = []
    with stage.supervisor() as store:
        seconds.append(_act(stage, lambda: store.write_now(lambda c: [acts.block(c, stop, _now()) for stop in stops])))
        try:
            yield seconds
        finally:
            seconds.append(
                _act(stage, lambda: store.write_now(lambda c: [acts.unblock(c, stop, _now()) for stop in stops]))
            )


def _act(stage: Stage, act: Callable[[], object]) -> float:
    """Act as the supervisor; return how many seconds later everybody who rules, and runs, had the new state."""
    parties = [each["name"] for each in stage.processes.listed() if each["role"] in ("operator", "gateway")]
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
