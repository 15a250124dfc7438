"""The README's session runs as it stands there, in the served town, and prints what it shows."""

import os
import re
import subprocess
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


def commands() -> list[Line]:
    """Return the session; a `$ ` inside a command does not begin another, because only line starts count."""
    found: list[Line] = []
    text = "".join(re.findall(r"```console\n(.*?)```", (TOP / "README.md").read_text(encoding="utf-8"), re.DOTALL))
    for chunk in re.split(r"(?m)^\$ ", text)[1:]:
        command, _, shown = chunk.partition("\n")
        found.append(Line(command, shown))
    return found


def alike(text: str) -> str:
    """Return a text with everything that is drawn anew each time left out."""
    return PERMIT.sub("PERMIT", ID.sub("ID", text))


def test_the_session_prints_what_the_readme_shows(served: Served, tmp_path: Path) -> None:
    environment, actual = dict(os.environ, PWD=str(TOP)), dict[str, str]()
    lines = commands()
    assert len(lines) >= 9
    for line in lines:
        command = line.command.replace("/tmp/year.json", f"{tmp_path}/year.json")
        command = command.replace("/tmp/town", str(served.town.folder))
        for shown, real in actual.items():
            command = command.replace(shown, real)
        script = f"{command}\nstatus=$?; env -0 > {tmp_path}/env; exit $status"
        ran = subprocess.run(
            ["bash", "-c", script], cwd=TOP, env=environment, capture_output=True, text=True, check=False
        )
        printed = ran.stdout + ran.stderr
        assert alike(printed).strip() == alike(line.shown).strip(), line.command
        actual |= dict(zip(ID.findall(line.shown), ID.findall(printed), strict=True))
        entries = (tmp_path / "env").read_text(encoding="utf-8").split("\0")
        environment = dict(entry.split("=", 1) for entry in entries if "=" in entry)


def test_a_line_that_the_program_does_not_print_is_noticed() -> None:
    assert alike("case 0123456789abcdef is open") == alike("case fedcba9876543210 is open")
    assert alike("case 0123456789abcdef is open") != alike("case 0123456789abcdef is closed")
