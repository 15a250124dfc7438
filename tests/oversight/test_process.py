"""Supervisor, keeper and an operator as processes: papers for everybody, acts, counts, and a log that lost entries."""

import json
import shutil
import ssl
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import pytest
from click.testing import CliRunner

from mynumber.cli.oversight import oversight
from mynumber.codes import hashing, jws, law_table, wire
from mynumber.codes.errors import ProtocolError
from mynumber.codes.records import forms
from mynumber.codes.records.forms import Form, KeeperCounts, OfficeCounts, Recorded
from mynumber.exchange.view import state as states
from mynumber.exchange.view.state import State
from mynumber.keeper import store as keeper_store
from mynumber.network import store as operator_store
from mynumber.oversight import store
from mynumber.oversight.app import serve
from mynumber.plumbing import canonical, config
from mynumber.plumbing.canonical import Json
from mynumber.plumbing.config import NodeConfig
from mynumber.plumbing.errors import WrongUse
from mynumber.tlog import note
from tests.keeper import town
from tests.keeper.conftest import at_work
from tests.keeper.processes import Client, serving
from tests.keeper.test_releasing import enrol
from tests.keeper.town import Institution, full_bundle, run
from tests.oversight.conftest import ROLES

T = TypeVar("T")
SIGNER = ("supervisor", jws.public_key(town.world().signing["supervisor"]))


@dataclass
class Town:
    """Three processes and the folders of their callers."""

    folder: Path
    places: dict[str, Institution]
    ports: dict[str, int]
    running: dict[str, ExitStack] = field(default_factory=dict)
    clients: dict[str, Client] = field(default_factory=dict)

    def client(self, party: str) -> Client:
        if party not in self.clients:
            self.clients[party] = Client(self.folder / f"client-{party}", party, self.ports)
        return self.clients[party]

    def start(self, party: str, room: str, *, begun: str = "/health") -> None:
        stack = self.running[party] = ExitStack()
        path = self.places[party].folder / "config.toml"
        stack.enter_context(serving(room, path, self.ports[party], self.client("ward-a"), begun=begun))

    def stop(self, party: str) -> None:
        self.running.pop(party).close()

    def fetch(self, party: str, path: str) -> bytes | None:
        return self.client("ward-a").use(lambda peers: peers.fetch(party, path))

    def state(self) -> State:
        body = self.fetch("supervisor", "/state/current")
        assert body is not None
        return states.load(canonical.decode(body), "demo", SIGNER)

    def command(self, *words: str) -> tuple[int, dict[str, list[dict[str, object]]]]:
        path = str(self.places["supervisor"].folder / "config.toml")
        done = CliRunner().invoke(oversight, [words[0], "--config", path, *words[1:], "--json"])
        return done.exit_code, json.loads(done.stdout)

    def report(self) -> dict[str, list[dict[str, object]]]:
        return self.command("report")[1]


def until(look: Callable[[], T | None], seconds: float = 30) -> T:
    """Return what `look` finds, waiting for it."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        time.sleep(0.2)
    raise AssertionError("it did not come in time")


def _settle(folder: Path) -> Town:
    secrets = town.world()
    operator, keeper = secrets.operators[0], secrets.keeper
    ports = {party: town.free_port() for party in ("op-1", "keeper", "supervisor")}
    keys: dict[str, dict[str, bytes]] = {
        "op-1": {"seed.key": operator.seed, "layer.key": operator.layer, "sign.key": operator.sign},
        "keeper": {"transport.key": keeper.y, "release.key": keeper.x, "sign.key": keeper.sign},
        "supervisor": {"sign.key": secrets.signing["supervisor"], "seal.key": secrets.supervisor.seal},
    }
    keys["keeper"]["members.key"] = town.random_key()
    schemas = {"op-1": operator_store.SCHEMA, "keeper": keeper_store.SCHEMA, "supervisor": store.SCHEMA}
    vkeys = {}
    for party in ("op-1", "keeper"):
        seed = keys[party]["log.key"] = town.random_key()
        vkeys[party] = note.note_key(f"demo/{party}/log", seed).vkey()
    places = {}
    for party, schema in schemas.items():
        settled = town.settle(folder / party, schema, party=party, keys=keys[party], operators=ports)
        places[party] = Institution(settled.folder, schema, ports[party])
    urls = {party: f"https://127.0.0.1:{port}" for party, port in ports.items()}
    (places["op-1"].folder / "addresses.json").write_bytes(canonical.encode(urls))
    (places["op-1"].folder / "directory.json").write_bytes(canonical.encode(town.as_json(secrets.directory)))
    (places["supervisor"].folder / "logs.json").write_bytes(canonical.encode(vkeys))
    return Town(folder, places, ports)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """The three processes, the keeper with the persons of one passage enrolled."""
    made = _settle(tmp_path_factory.mktemp("town"))
    places = made.places
    keeper = places["keeper"].configure(role="keeper", party="keeper")
    with town.opened(config.load(keeper, NodeConfig), places["keeper"]) as node:
        enrol(at_work(node), run("single"))
    places["supervisor"].configure(role="supervisor", party="supervisor", tables=ROLES)
    places["op-1"].configure(role="operator", party="op-1")
    try:
        # The operator tells the others where everybody lives; it is not ready without the second one.
        made.start("op-1", "network", begun="/addresses.json")
        made.start("keeper", "keeper")
        made.start("supervisor", "oversight")
        yield made
    finally:
        for stack in made.running.values():
            stack.close()


def test_everybody_may_read_the_law_without_a_certificate(running: Town) -> None:
    trusted = running.places["supervisor"].folder / "network.crt"
    context = ssl.create_default_context(cafile=str(trusted))
    context.check_hostname = False
    url = f"https://127.0.0.1:{running.ports['supervisor']}"
    with urllib.request.urlopen(f"{url}/law/current", context=context) as answer:
        body = canonical.decode(answer.read())
    table = law_table.load_law(body, "demo", SIGNER)
    assert table.begins == 1789913600
    assert table.hash == hashing.h("law", jws.parse(body, law_table.TYP, wire.MAX_LARGE_PAYLOAD).payload)
    named = running.fetch("supervisor", f"/law/{table.hash.hex()}")
    assert named == canonical.encode(body)
    assert running.fetch("supervisor", "/law/next") is None
    assert running.fetch("supervisor", f"/law/{bytes(32).hex()}") is None


def test_an_act_at_the_command_line_is_published_at_once(running: Town) -> None:
    before = running.state()
    status, said = running.command("block", "--party", "ward-a", "--article", "Art.28(6)", "--reason", "unpublished")
    assert (status, len(said["blocks"])) == (0, 1)
    after = until(lambda: found if (found := running.state()).body.version > before.body.version else None, 5)
    assert [block.party for block in after.body.blocks] == ["ward-a"]
    assert running.command("unblock", "--party", "ward-a", "--article", "Art.28(6)")[0] == 0
    until(lambda: running.state().body.blocks == (), 5)


def test_a_second_process_on_the_same_store_does_not_start(running: Town) -> None:
    path = running.places["supervisor"].folder / "config.toml"
    with pytest.raises(WrongUse, match="another process serves"):
        serve(path)


def hand_in(running: Town, party: str, form: Form, by: str | None = None) -> Json:
    signed = forms.sign_form(form, (by or party, town.world().signing[by or party]))
    return running.client(party).use(lambda peers: peers.call("supervisor", "form", signed))


def office(asker: str, *, recorded: int, network: str = "demo", month: str = "2026-09") -> OfficeCounts:
    counted = Recorded(from_=asker, to="pension", kind="exchange", recorded=recorded, answered=0)
    return OfficeCounts(v=1, network=network, month=month, counts=(counted,))


def test_the_newest_counts_of_an_office_replace_the_older(running: Town) -> None:
    for count in (5, 0):
        assert hand_in(running, "ward-c", office("ward-c", recorded=count)) == {}
        (line,) = [each for each in running.report()["offices"] if each["from"] == "ward-c"]
        assert line["recorded"] == count


@pytest.mark.parametrize(
    ("party", "form", "by", "code"),
    [
        ("ward-c", office("ward-c", recorded=1, network="other"), None, "PERMIT_MISMATCH"),
        ("ward-c", office("ward-c", recorded=1, month="2026-07"), None, "PERMIT_MISMATCH"),
        ("ward-c", office("ward-c", recorded=1, month="2026-10"), None, "PERMIT_MISMATCH"),
        ("ward-c", office("ward-c", recorded=1, month="2025-09"), None, "PERMIT_MISMATCH"),
        ("ward-c", office("ward-c", recorded=1, month="9999-12"), None, "PERMIT_MISMATCH"),
        ("ward-c", office("ward-c", recorded=1, month="2026-08"), None, ""),
        ("ward-c", office("ward-c", recorded=1), "pension", "SIGNATURE_SET"),
        ("ward-c", KeeperCounts(v=1, network="demo", month="2026-09", counts=()), None, "WRONG_TYPE"),
        ("register", office("register", recorded=1), None, "WRONG_TYPE"),
        ("op-1", KeeperCounts(v=1, network="demo", month="2026-09", counts=()), None, ""),
    ],
)
def test_counts_are_taken_from_those_who_owe_them(
    running: Town, party: str, form: Form, by: str | None, code: str
) -> None:
    if not code:
        # An empty list fits both sorts of counts: an operator that endorsed nothing. The month before is told too.
        assert hand_in(running, party, form, by) == {}
        return
    with pytest.raises(ProtocolError, match=code):
        hand_in(running, party, form, by)


def have_released(running: Town) -> None:
    """Have one permit released; the same again changes nothing, so every test may ask for it."""
    running.client("op-2").use(lambda peers: peers.call("keeper", "release", full_bundle(run("single"))))


def test_the_keepers_counts_and_log_arrive(running: Town) -> None:
    have_released(running)

    def arrived() -> bool:
        made = running.report()
        sizes = {log["institution"]: log["size"] for log in made["logs"]}
        return sizes == {"keeper": 1, "op-1": 0} and any(line["released"] == 1 for line in made["counts"])

    assert until(arrived)
    (line,) = [each for each in running.report()["counts"] if each["agency"] == "ward-a"]
    assert (line["kind"], line["released"], line["rows"], line["hidden"]) == ("exchange", 1, 1, 0)


def test_the_report_is_the_supervisors_own(running: Town) -> None:
    assert running.fetch("supervisor", "/report") is None


def test_a_keeper_that_lost_entries_is_found_out_for_ever(running: Town) -> None:
    place = running.places["keeper"]
    # A log that was never seen cannot shrink: the supervisor must have looked once before the keeper goes.
    have_released(running)
    until(lambda: [log for log in running.report()["logs"] if log["institution"] == "keeper" and log["size"]])
    running.stop("keeper")
    until(lambda: [log for log in running.report()["logs"] if log["institution"] == "keeper" and not log["reachable"]])
    assert running.report()["findings"] == []
    backup = place.folder / "later.db"
    shutil.move(place.folder / "data.db", backup)
    town.settle(running.folder / "empty", keeper_store.SCHEMA, party="keeper", keys={})
    shutil.copy(running.folder / "empty" / "data.db", place.folder / "data.db")
    # It shows its log and releases nothing: it waits for the locators of a replica that this town has not.
    running.start("keeper", "keeper", begun="/log/checkpoint")
    (found,) = until(lambda: running.report()["findings"])
    assert (found["kind"], found["party"], found["subject"]) == ("log-shrunk", "keeper", "after 1 entries")
    assert running.command("report")[0] == 1
    # The log as verified stays, and what was found stays when the store comes back.
    running.stop("keeper")
    shutil.move(backup, place.folder / "data.db")
    running.start("keeper", "keeper")
    until(lambda: [log for log in running.report()["logs"] if log["institution"] == "keeper" and log["reachable"]])
    assert (running.command("report")[0], len(running.report()["findings"])) == (1, 1)


def test_a_restart_signs_a_newer_state_and_keeps_the_law(running: Town) -> None:
    before, law = running.state(), running.fetch("supervisor", "/law/current")
    running.stop("supervisor")
    running.start("supervisor", "oversight")
    assert running.state().body.version > before.body.version
    assert running.fetch("supervisor", "/law/current") == law
