"""The town at work: real processes over mutual TLS, started, killed as if the power went, and started again."""

import asyncio
import os
import shutil
import signal
import ssl
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from mynumber.exchange.running.serving import serving_pid
from mynumber.pki import identity
from mynumber.plumbing import tls
from mynumber.plumbing.client import Answer, PeerClient, PeerDown
from mynumber.plumbing.errors import NotFinished, NotFound, WrongUse
from mynumber.world.town.boot import TownSpec, build_town
from mynumber.world.town.layout import Institution, Town, read_town
from mynumber.world.town.processes import START_SECONDS, STOP_SECONDS, Processes, require_stopped


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Processes]:
    """A town whose processes run; a test that stops one starts it again."""
    town = build_town(tmp_path_factory.mktemp("running"), TownSpec(residents=50))
    with Processes(town) as processes:
        processes.start()
        yield processes


def ask(town: Town, name: str, path: str, body: bytes | None = None, *, speaks: str = "visitor") -> Answer:
    """Ask an institution with the visitor's certificate, or with that of an institution."""
    place = town.visitor if speaks == "visitor" else town.institution(speaks).folder
    key = place / "node.key" if speaks == "visitor" else place / "keys" / "node.key"

    def check(der: bytes) -> None:
        if identity.party_of(der).party != name:
            raise ssl.SSLCertVerificationError("another party")

    async def call() -> Answer:
        trusted = town.visitor / "network.crt"
        context = tls.client_context(chain=place / "node.crt", key=key, trusted=trusted, check=check)
        async with PeerClient(name, town.institution(name).url, context) as client:
            return await (client.get(path) if body is None else client.post(path, body))

    return asyncio.run(call())


def pids(town: Town) -> dict[str, int]:
    """Return what town.toml says runs."""
    read = tomllib.loads((town.folder / "town" / "town.toml").read_text(encoding="utf-8"))
    return {each["name"]: each["pid"] for each in read["institutions"]}


def alive(pid: int) -> bool:
    """Tell whether a process exists."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def works(pid: int) -> bool:
    """Tell whether a process of somebody else's is there and has not ended; nobody may have asked for its status."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes() != b""
    except OSError:
        return False


def said(institution: Institution) -> str:
    """Return what an institution's process wrote to its standard streams."""
    return (institution.folder / "journal" / "process.log").read_text(encoding="utf-8")


def test_every_institution_is_a_process_of_its_own_and_ready(running: Processes) -> None:
    listed = running.listed()
    assert [each["name"] for each in listed] == [each.name for each in running.town.institutions]
    assert len({each["pid"] for each in listed}) == len(running.town.institutions)
    assert {each["name"]: each["pid"] for each in listed} == pids(running.town)
    for each in listed:
        shown = subprocess.run(["ps", "-ww", "-o", "args=", "-p", str(each["pid"])], capture_output=True, check=True)
        assert shown.stdout.decode().strip().endswith(f"serve {each['role']} --config {each['config']}")
        assert ask(running.town, each["name"], "/health").status == 200


def test_a_party_of_no_directory_is_told_nothing(running: Processes) -> None:
    answer = ask(running.town, "operator-1", "/v1/convert", b"{}")
    assert (answer.status, answer.body) == (403, b'{"error":"UNKNOWN_PARTY"}')
    assert ask(running.town, "operator-1", "/v1/convert", b"{}", speaks="city-a").status == 400


def test_a_killed_process_is_unreachable_until_it_is_started_again(running: Processes) -> None:
    town, before = running.town, pids(running.town)["keeper"]
    running.kill("keeper")
    with pytest.raises(PeerDown, match="refused"):
        ask(town, "keeper", "/health")
    assert not alive(before)
    assert pids(town)["keeper"] == 0
    assert "keeper" not in [each["name"] for each in running.listed()]
    with pytest.raises(NotFound):
        running.kill("keeper")
    running.start("keeper")
    assert pids(town)["keeper"] not in (0, before)
    assert ask(town, "keeper", "/health").status == 200


def test_who_was_ended_by_another_hand_is_not_listed_and_can_be_started(running: Processes) -> None:
    pid = pids(running.town)["keeper"]
    os.kill(pid, signal.SIGKILL)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    assert "keeper" not in [each["name"] for each in running.listed()]
    running.start("keeper")
    assert "keeper" in [each["name"] for each in running.listed()]


def test_a_restart_arms_fault_points_and_moves_the_clock_and_the_process_says_so(running: Processes) -> None:
    operator = running.town.institution("operator-2")
    running.restart("operator-2", faults={"operator.commit.before": "kill"}, offset_s=-7)
    assert "fault points armed: operator.commit.before" in said(operator)
    assert "clock moved by -7 s" in said(operator)
    length = len(said(operator))
    running.restart("operator-2", faults={}, offset_s=0)
    assert [line for line in said(operator)[length:].splitlines() if "armed" in line or "moved" in line] == []


def test_a_stopped_process_ends_in_order(running: Processes) -> None:
    register = running.town.institution("register")
    running.stop("register")
    log = (register.folder / "journal" / "serve.log").read_text(encoding="utf-8")
    assert '"event": "stopping"' in log.splitlines()[-1]
    assert "Traceback" not in said(register)
    # It takes its pid along; one that was killed cannot, and is told from one that serves by the lock.
    assert (register.folder / "serving.lock").read_bytes() == b""
    running.start("register")


def test_a_process_that_does_not_stop_is_killed_in_the_end(running: Processes) -> None:
    pid = pids(running.town)["register"]
    os.kill(pid, signal.SIGSTOP)
    began = time.monotonic()
    running.stop("register", seconds=0.5)
    assert 0.5 <= time.monotonic() - began < 5
    assert not alive(pid)
    running.start("register")


def test_a_second_process_on_the_same_folder_is_refused(running: Processes) -> None:
    with pytest.raises(WrongUse, match="runs already"):
        running.launch("keeper")
    keeper = running.town.institution("keeper")
    command = [sys.executable, "-m", "mynumber", "serve", "keeper", "--config", str(keeper.config)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "[ALREADY_SERVED]" in done.stderr


def test_a_second_folder_on_the_same_store_is_refused(running: Processes, tmp_path: Path) -> None:
    keeper, second = running.town.institution("keeper"), tmp_path / "second"
    # A link to the folder is not the same name, and still the same store.
    (tmp_path / "linked").symlink_to(keeper.folder)
    kept = shutil.ignore_patterns("data.db*", "serving.lock", "journal", "log")
    shutil.copytree(keeper.folder, second, ignore=kept)
    text = (second / "config.toml").read_text(encoding="utf-8")
    moved = text.replace('store = "data.db"', 'store = "../linked/data.db"').replace(
        f"port = {keeper.port}", "port = 0"
    )
    (second / "config.toml").write_text(moved, encoding="utf-8")
    command = [sys.executable, "-m", "mynumber", "serve", "keeper", "--config", str(second / "config.toml")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=20)
    assert done.returncode == 2
    assert "[ALREADY_SERVED]" in done.stderr
    assert f"another process serves {keeper.folder / 'data.db'}" in done.stderr


def test_a_running_town_is_known_as_one(running: Processes) -> None:
    listed = {each["name"]: each["pid"] for each in running.listed()}
    with pytest.raises(WrongUse) as refused:
        require_stopped(running.town, seconds=0)
    assert [f"{name} (pid {pid})" in refused.value.message for name, pid in listed.items()] == [True] * 11
    assert refused.value.hint.startswith(f"end them first (kill {' '.join(map(str, listed.values()))})")


def test_who_was_started_by_hand_is_named_with_its_own_pid(running: Processes) -> None:
    town, keeper = running.town, running.town.institution("keeper")
    running.kill("keeper")
    left = (keeper.folder / "serving.lock").read_text(encoding="ascii")
    command = [sys.executable, "-m", "mynumber", "serve", "keeper", "--config", str(keeper.config)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as by_hand:
        until_written(keeper.folder / "serving.lock", by_hand.pid)
        with pytest.raises(WrongUse, match=rf"keeper \(pid {by_hand.pid}\)") as refused:
            require_stopped(town, seconds=0)
        assert f"{left.strip()} " not in refused.value.hint
        by_hand.terminate()
    assert serving_pid(keeper.folder) is None
    running.start("keeper")


def until_written(lock: Path, pid: int) -> None:
    """Wait until a process has written its pid; who tried the lock instead could take it away from it."""
    deadline = time.monotonic() + STOP_SECONDS
    while lock.read_text(encoding="ascii") != f"{pid}\n":
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_process_is_served_under_its_own_role_only(running: Processes) -> None:
    config = running.town.institution("keeper").config
    command = [sys.executable, "-m", "mynumber", "serve", "operator", "--config", str(config)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "[WRONG_ROLE]" in done.stderr


def test_who_cannot_start_is_named_with_the_place_that_says_why(running: Processes) -> None:
    pension = running.town.institution("pension")
    running.stop("pension")
    store = pension.folder / "gateway.db"
    store.rename(pension.folder / "away.db")
    with pytest.raises(NotFinished, match="pension is not ready: it ended with status 2") as caught:
        running.start("pension")
    assert str(pension.folder / "journal") in caught.value.hint
    assert "[NO_STORE]" in said(pension)
    assert running.wait_ended("pension") == 2
    (pension.folder / "away.db").rename(store)
    running.start("pension")


def test_who_answers_in_anothers_place_is_not_taken_for_it(running: Processes) -> None:
    town, port = running.town, running.town.institution("register").port
    moved = tuple(replace(each, port=port) if each.name == "keeper" else each for each in town.institutions)
    running.stop("keeper")
    with Processes(replace(town, institutions=moved)) as mistaken, pytest.raises(NotFinished, match="not ready"):
        mistaken.start("keeper", seconds=2)
    running.start("keeper")


def test_leaving_the_town_stops_everybody(running: Processes) -> None:
    town = running.town
    before = [pid for pid in pids(town).values() if pid]
    running.stop()
    assert len(before) == 11
    assert [pid for pid in before if alive(pid)] == []
    assert set(pids(town).values()) == {0}
    require_stopped(town)
    with Processes(town) as again:
        again.start("operator-1", "supervisor")
        assert [each["name"] for each in again.listed()] == ["operator-1", "supervisor"]
    assert set(pids(town).values()) == {0}


def test_who_waits_is_named_with_what_it_waits_for_in_words(tmp_path: Path) -> None:
    town = build_town(tmp_path / "town", TownSpec(residents=20))
    told, deadline = "", time.monotonic() + START_SECONDS
    with Processes(town) as processes:
        processes.launch("keeper")
        while "it waits" not in told and time.monotonic() < deadline:
            with pytest.raises(NotFinished) as caught:
                processes.wait_ready("keeper", seconds=0.1)
            told = caught.value.message
            assert told.startswith("keeper is not ready: keeper does not answer: ") or "it waits" in told
    assert told == "keeper is not ready: it waits for the directory, from an operator"


_STARTER = """
import sys, time
from pathlib import Path
from mynumber.world.town.boot import TownSpec, build_town
from mynumber.world.town.processes import Processes

with Processes(build_town(Path(sys.argv[1]), TownSpec(residents=20))) as processes:
    processes.start()
    print("started", flush=True)
    time.sleep(600)
"""


def test_a_town_does_not_outlive_who_started_it_even_without_a_goodbye(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", _STARTER, str(tmp_path / "town")], stdout=subprocess.PIPE) as starter:
        assert starter.stdout is not None
        assert starter.stdout.readline() == b"started\n"
        town = read_town(tmp_path / "town")
        left = set(pids(town).values())
        assert len(left) == len(town.institutions)
        assert all(works(pid) for pid in left)
        starter.kill()
    # Who wants the town again just waits for them.
    require_stopped(town)
    deadline = time.monotonic() + STOP_SECONDS
    while any(works(pid) for pid in left) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert [pid for pid in left if works(pid)] == []
    # Each ended in order: nothing is left in a write-ahead log, and the town can be started again.
    assert [path for each in town.institutions for path in each.folder.glob("*.db-wal")] == []
