"""The commands of docs/operators/handbook.md as they stand there, by chapter, and a shell that runs them."""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

HANDBOOK = Path(__file__).resolve().parents[2] / "docs" / "operators" / "handbook.md"


@dataclass(frozen=True)
class Block:
    """One block of shell commands and the chapter that it stands in."""

    chapter: str
    text: str


def blocks() -> list[Block]:
    """Return every block of commands, in order."""
    found, chapter = [], ""
    for part in re.split(r"^(## [^\n]*\n|```sh\n.*?^```\n)", HANDBOOK.read_text(encoding="utf-8"), flags=re.M | re.S):
        if part.startswith("## "):
            chapter = part[3:].strip()
        elif part.startswith("```sh\n"):
            found.append(Block(chapter, part.removeprefix("```sh\n").removesuffix("```\n")))
    return found


def block(chapter: str, number: int = 0) -> str:
    """Return a block of a chapter."""
    return [each.text for each in blocks() if each.chapter == chapter][number]


def environment(names: Mapping[str, object]) -> dict[str, str]:
    """Return the environment of a shell in which these names are set and `mynumber` is found."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    return {**os.environ, "PATH": path, **{name: str(value) for name, value in names.items()}}


def shell(text: str, names: Mapping[str, object]) -> str:
    """Run a block as an operator's shell would, and end at the first command that fails; return what it printed."""
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", text],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
        env=environment(names),
    )
    assert done.returncode == 0, (text, done.stdout, done.stderr)
    return done.stdout


def begun(text: str, names: Mapping[str, object], journal: Path) -> subprocess.Popen[bytes]:
    """Begin a block that stays in the foreground; what it prints goes to a file."""
    with journal.open("ab") as file:
        # The shell becomes the program, so that a signal to it reaches the program.
        return subprocess.Popen(
            ["bash", "-euo", "pipefail", "-c", f"exec {text}"], stdout=file, stderr=file, env=environment(names)
        )
