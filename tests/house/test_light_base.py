"""The light base, `pip install .` without extras, does what the readme says of it, and says what it does not have."""

import json
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# A process in which the modules of the extras are as if they were not installed.
HIDING = """
import sys
from importlib.abc import MetaPathFinder

class Hiding(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in HIDDEN:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

HIDDEN = set(sys.argv.pop(1).split(","))
sys.meta_path.insert(0, Hiding())
from mynumber.cli.main import main
main(sys.argv[1:])
"""
WORKS: dict[str, Sequence[str]] = {
    "law ask": ("law", "ask", "retention", "--given", "-"),
    "law cases": ("law", "cases", "tests/law/sentences/retention.yaml"),
    "law compare": ("law", "compare"),
    "law deadlines": ("law", "deadlines", "LK2", "--known", "2026-11-26"),
    "law explain": ("law", "explain", "19"),
    "law penalties": ("law", "penalties"),
    "law table": ("law", "table", "uses", "--count"),
    "number": ("number", "check", "123456789018"),
    "scan": ("scan", "tests/law/sentences/retention.yaml"),
    "version": ("--version",),
    "bench law": ("bench", "law", "--seconds", "0.1"),
}
GIVEN = '{"retention": "RT1", "years_since_start": 5, "action": "delete"}'


def of_the_extras() -> set[str]:
    """Return the modules that only extras bring."""
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    return {line.partition(">")[0].lower().replace("-", "_") for lines in extras.values() for line in lines}


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command with the extras hidden."""
    return subprocess.run(
        [sys.executable, "-c", HIDING, ",".join(sorted(of_the_extras())), *arguments],
        cwd=ROOT,
        input=GIVEN,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("name", WORKS)
def test_it_works_without_the_extras(name: str) -> None:
    ended = run(*WORKS[name])
    assert (ended.returncode, "error:" in ended.stderr) == (0, False), ended.stderr


@pytest.mark.parametrize("command", [("bench", "codes", "--json"), ("inventory", ".", "--json")])
def test_what_needs_an_extra_says_which_to_install(command: tuple[str, ...]) -> None:
    ended = run(*command)
    error = json.loads(ended.stdout)["error"]
    assert (ended.returncode, error["code"], error["hint"]) == (2, "NOT_INSTALLED", "install open-mynumber[town]")
    assert "Traceback" not in ended.stderr


def test_the_extras_are_hidden_and_were_there() -> None:
    assert {"aiohttp", "pysodium", "sqlalchemy", "pypdfium2"} <= of_the_extras()
    for name in of_the_extras():
        assert subprocess.run([sys.executable, "-c", f"import {name}"], check=False).returncode == 0
