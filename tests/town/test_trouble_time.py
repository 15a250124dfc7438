"""Clocks that are off and a peer that is slow: said with what to do, nothing lost, nothing twice."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress

import pytest

from mynumber.exchange.context import Conditions
from mynumber.gateway.desk import api
from mynumber.plumbing import canonical
from mynumber.world.story.stage import Entry, Stage, until
from tests.town.trouble import ITEM, SECONDS, answered_once, health, inquiries, insist, ready


def asked(stage: Stage, reason: str) -> api.ShownInquiry:
    case = stage.open_case("hanako", "link-107", [stage.cast.recipient], reason)
    shown = stage.ask(case, "pension", [Entry(stage.cast.recipient, (ITEM,))])
    until(lambda: ended_at(stage, shown.id), seconds=SECONDS, what="an end")
    return stage.desk("city-a", "hanako").call("GET", f"/inquiries/{shown.id}", api.ShownInquiry)


def ended_at(stage: Stage, inquiry: str) -> bool:
    return stage.evidence.count("city-a", "inquiries", "id = ? AND state <> 'pending'", (inquiry,)) == 1


@contextmanager
def clock_of(stage: Stage, name: str, seconds: int) -> Iterator[None]:
    """Let an institution's clock be off by so much."""
    stage.processes.restart(name, faults={}, offset_s=seconds)
    try:
        yield
    finally:
        stage.processes.restart(name, faults={}, offset_s=0)


def test_a_clock_that_is_40_s_off_stops_nothing_yet_and_is_told(stage: Stage) -> None:
    seconds = 40
    with clock_of(stage, "operator-1", seconds):
        shown = asked(stage, f"operator-1's clock is {seconds} s off")
        assert shown.state == "answered"
        warning = json.dumps(health(stage, "city-a")[1]["warnings"])
        assert "at operator-1" in warning
        assert "here, " in warning
        assert "set the clock of operator-1" in warning or "set this machine's clock" in warning
    assert stage.evidence.records_of(shown.permit, "city-a", "pension") == {"keeper": 1, "city-a": 1, "pension": 1}


@pytest.mark.parametrize(
    ("name", "seconds", "code"),
    [("operator-2", -100, "PERMIT_EXPIRED"), ("city-a", -400, "NOT_FRESH")],
)
def test_whose_clock_refused_an_inquiry_is_named_with_both_times(
    stage: Stage, name: str, seconds: int, code: str
) -> None:
    with clock_of(stage, name, seconds):
        shown = asked(stage, f"the clock of {name} is {seconds} s off")
        assert shown.state == "refused"
        assert isinstance(shown.refusal, api.Problem)
        assert shown.refusal.code == code
        if name == "city-a":
            assert shown.refusal.hint.startswith("set this machine's clock by a time service")
        else:
            assert f"at {name} and " in shown.refusal.message
            assert shown.refusal.hint.startswith(f"set the clock of {name} by a time service")
        assert abs(int(shown.refusal.message.split(", ")[-1].split()[0]) - abs(seconds)) <= 2
    assert asked(stage, f"the clock of {name} is right again").state == "answered"
    until(lambda: ready(stage, name), seconds=SECONDS, what="its recovery by itself")


class SlowWay:
    """A way to an institution on which every piece of data takes its time."""

    def __init__(self, port: int, seconds: float) -> None:
        self._target, self.seconds = port, seconds
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.pieces = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.create_connection(("127.0.0.1", self._target))
                for source, sink in ((near, far), (far, near)):
                    threading.Thread(target=self._carry, args=(source, sink), daemon=True).start()

    def _carry(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                self.pieces += 1
                time.sleep(self.seconds)
                sink.sendall(data)
        for each in (source, sink):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)


@contextmanager
def slow_way(stage: Stage, asker: str, name: str, seconds: float) -> Iterator[SlowWay]:
    """Let an operator reach another party on a slow way only, as both operators' folders say."""
    way = SlowWay(stage.town.institution(name).port, seconds)
    files = [stage.town.institution(each).folder / "addresses.json" for each in ("operator-1", "operator-2")]
    kept = files[0].read_bytes()
    for path in files:
        path.write_bytes(canonical.encode(json.loads(kept) | {name: f"https://127.0.0.1:{way.port}"}))
    try:
        stage.processes.restart(asker, faults={})
        time.sleep(3)  # an operator looks into its folder every two seconds
        yield way
    finally:
        # Others may have learnt the way by now; until they learn the right one again it is as fast as any.
        way.seconds = 0
        for path in files:
            path.write_bytes(kept)
        stage.processes.restart(asker, faults={})


def test_a_slow_peer_costs_time_and_nothing_else(stage: Stage) -> None:
    person = stage.cast.recipient
    with slow_way(stage, "operator-1", "operator-2", 1.2) as way, ThreadPoolExecutor(1) as pool:
        case = stage.open_case("hanako", "link-107", [person], "a slow way between operators")
        asking = pool.submit(insist, stage, case, person)
        until(lambda: bool(inquiries(stage, case)), seconds=SECONDS, what="an inquiry")
        assert inquiries(stage, case)[0][0] == "pending"
        answered_once(stage, case)
        asking.result(SECONDS)
        assert way.pieces > 2


def test_a_condition_that_the_provider_cannot_keep_is_refused_in_words(stage: Stage) -> None:
    person = stage.cast.recipient
    case = stage.open_case("hanako", "link-107", [person], "of one year")
    shown = stage.ask(case, "pension", [Entry(person, (ITEM,))], conditions=Conditions(fiscal_year=2025))
    assert shown.state == "refused"
    assert isinstance(shown.refusal, api.Problem)
    assert "cannot keep this condition" in shown.refusal.message
    period = Conditions(from_="2000-01-01", to="2030-12-31")
    assert stage.ask(case, "pension", [Entry(person, (ITEM,))], conditions=period).state == "answered"
