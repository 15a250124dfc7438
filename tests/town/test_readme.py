"""The README's two sessions run as they stand there, in the served town, and print what they show."""

import fcntl
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.town.conftest import Served

TOP = Path(__file__).resolve().parents[2]
ID, PERMIT = re.compile(r"\b[0-9a-f]{16}\b"), re.compile(r"(?<![A-Za-z0-9_-])[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])")


@dataclass(frozen=True)
class Line:
    """A command of the README and the lines it is said to print."""

    command: str
    shown: str


def commands(heading: str) -> list[Line]:
    """Return a session; a `$ ` inside a command does not begin another, because only line starts count."""
    found: list[Line] = []
    parts = re.split(r"(?m)^## ", (TOP / "README.md").read_text(encoding="utf-8"))
    (session,) = (part for part in parts if part.startswith(heading))
    text = "".join(re.findall(r"```console\n(.*?)```", session, re.DOTALL))
    for chunk in re.split(r"(?m)^\$ ", text)[1:]:
        command, _, shown = chunk.partition("\n")
        found.append(Line(command, shown))
    return found


def alike(text: str) -> str:
    """Return a text with everything that is drawn anew each time left out."""
    return PERMIT.sub("PERMIT", ID.sub("ID", text))


def follow(served: Served, scratch: Path, lines: list[Line], environment: dict[str, str]) -> None:
    """Run commands one after the other, with the variables of those before, and compare what they print."""
    actual = dict[str, str]()
    places = {"/tmp/town": str(served.town.folder), "/tmp/": f"{scratch}/"}
    for line in lines:
        command = re.sub(r"/tmp/town\b|/tmp/", lambda found: places[found[0]], line.command)
        for shown, real in actual.items():
            command = command.replace(shown, real)
        # LAST is the process that a command leaves running.
        script = f"{command}\nstatus=$?; export LAST=$!; env -0 > {scratch}/env; exit $status"
        ran = subprocess.run(
            ["bash", "-c", script], cwd=TOP, env=environment, capture_output=True, text=True, check=False
        )
        printed = ran.stdout + ran.stderr
        assert alike(printed).strip() == alike(line.shown).strip(), line.command
        actual |= dict(zip(ID.findall(line.shown), ID.findall(printed), strict=True))
        entries = (scratch / "env").read_text(encoding="utf-8").split("\0")
        environment |= dict(entry.split("=", 1) for entry in entries if "=" in entry)


def test_the_session_prints_what_the_readme_shows(served: Served, tmp_path: Path) -> None:
    lines = commands("A session")
    assert len(lines) >= 9
    follow(served, tmp_path, lines, dict(os.environ, PWD=str(TOP)))


def test_an_own_program_answers_in_the_place_of_a_gateway(served: Served, tmp_path: Path) -> None:
    lines, environment = commands("A second session"), dict(os.environ, PWD=str(TOP))
    folder, found = served.town.institution("city-a").folder, findings(served)
    assert len(lines) >= 7
    try:
        follow(served, tmp_path, lines[:-1], environment)
        with closing(sqlite3.connect(tmp_path / "own.db")) as own:
            assert own.execute("SELECT count(*) FROM used").fetchall() == [(1,)]
        assert (tmp_path / "own.db").stat().st_mode & 0o777 == 0o600
        # The supervisor has asked for the log that is not there, and who looks round is told that all is well.
        until(lambda: '"status": "404"' in (tmp_path / "own.log").read_text(encoding="utf-8"))
        assert looked_at(served, "city-a") == [True]
        follow(served, tmp_path, lines[-1:], environment)
        # The gateway that the last line started goes on where it was ended.
        until(lambda: is_locked(folder / "serving.lock"))
        assert findings(served) == found
        assert json.loads(told("inventory", str(served.town.folder), "--json"))["undeclared"] == []
    finally:
        for name in ("OWN", "LAST"):
            with suppress(ProcessLookupError, KeyError, ValueError):
                os.kill(int(environment[name]), signal.SIGTERM)
        until(lambda: not is_locked(folder / "serving.lock"))
        served.processes.restart("city-a", faults={})


def told(*arguments: str) -> str:
    """Return what a command prints, whatever its status."""
    command = [sys.executable, "-m", "mynumber", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60).stdout


def findings(served: Served) -> object:
    """Return what the supervisor ever found; tests that lie may have come before."""
    return json.loads(
        told("oversight", "report", "--config", str(served.town.institution("supervisor").config), "--json")
    )["findings"]


def looked_at(served: Served, party: str) -> list[bool]:
    """Return whether a party is well, as city B sees it."""
    lines = json.loads(told("join", "check", "--dir", str(served.town.institution("city-b").folder), "--json"))["lines"]
    return [line["ok"] for line in lines if line["subject"] == party]


def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds."""
    end = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.1)


def is_locked(path: Path) -> bool:
    """Tell whether a process serves the folder of this lock."""
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return True
    return False


def test_a_line_that_the_program_does_not_print_is_noticed() -> None:
    assert alike("case 0123456789abcdef is open") == alike("case fedcba9876543210 is open")
    assert alike("case 0123456789abcdef is open") != alike("case 0123456789abcdef is closed")
