"""A town that was stopped after its story and started again with `mynumber demo --resume` knows all it knew before."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from mynumber.world.story.scenes import troubles
from mynumber.world.story.stage import Entry, Stage, until
from mynumber.world.town.layout import Town
from tests.town.citizens import Citizen, own_permits, settled
from tests.town.conftest import Served
from tests.town.trouble import ITEM, SECONDS, inquiries, once_everywhere

COMMAND = (sys.executable, "-P", "-m", "mynumber")


def shown(town: Town, name: str) -> dict[str, Any]:
    """Return what `mynumber history` shows to the holder of a card."""
    arguments = ("history", "--card", str(town.cards / name), "--json")
    done = subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, check=True, timeout=120)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@contextmanager
def resumed(town: Town) -> Iterator[dict[str, Any]]:
    """Start the town again as its owner would; it is asked to stop at the end, and says that all went well."""
    arguments = ("demo", "--resume", "--dir", str(town.folder), "--json")
    with subprocess.Popen([*COMMAND, *arguments], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            account: dict[str, Any] = json.loads(process.stdout.readline())
            yield account
        finally:
            process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0


def test_a_town_that_is_started_again_knows_what_it_knew(served: Served, stage: Stage) -> None:
    before = {name: shown(served.town, name) for name in ("recipient", "applicant")}
    assert len(before["recipient"]["exchanges"]) > 1
    logs = {party: stage.evidence.count(party, "log_entries") for party in ("operator-1", "keeper", "city-a")}
    served.processes.stop()
    try:
        with resumed(served.town) as account:
            assert (account["steps"], len(account["processes"])) == ([], len(served.town.institutions))
            for name, then in before.items():
                now = shown(served.town, name)
                assert now["gaps"] == then["gaps"] == []
                seen = then["exchanges"]
                assert settled(now["exchanges"], seen) == settled(seen, seen)
            go_on(stage)
    finally:
        served.processes.start()
    assert {party for party, size in logs.items() if stage.evidence.count(party, "log_entries") <= size} == set()
    assert {one["permit"] for one in before["recipient"]["exchanges"]} < {
        one["permit"] for one in shown(served.town, "recipient")["exchanges"]
    }


def go_on(stage: Stage) -> None:
    """See that a new exchange goes through, that she sees it and her own data, and that the books agree."""
    case = stage.open_case("hanako", "link-107", [stage.cast.recipient], "after the night")
    told = stage.ask(case, "pension", [Entry(stage.cast.recipient, (ITEM,))])
    assert told.state == "answered"
    assert inquiries(stage, case)
    once_everywhere(stage, case)
    her = Citizen(stage, "recipient")
    answer = her.own()
    assert answer["state"] == "data"
    until(lambda: told.permit in {one["permit"] for one in her.history()}, seconds=SECONDS, what="the new exchange")
    until(lambda: answer["permit"] in own_permits(her.history()), seconds=SECONDS, what="her own request")
    her.sign_out()
    assert troubles.supervision(stage).ok
    assert stage.evidence.count("supervisor", "findings") == 0
