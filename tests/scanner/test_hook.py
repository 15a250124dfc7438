"""The hook for commits does what its definition says: it stops at a number and only reads what was accepted."""

import shlex
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path

import pytest
import yaml

from tests.scanner.test_cli import NUMBER

ROOT = Path(__file__).parents[2]
(HOOK,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
BASELINE = ("--baseline", "accepted.json")


def hook(folder: Path, *files: str, args: Sequence[str] = ()) -> int:
    """Call the hook as pre-commit does: entry, arguments of the user, names of the files that are committed."""
    program, *entry = shlex.split(HOOK["entry"])
    assert program in tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["scripts"]
    command = [sys.executable, "-c", "from mynumber.cli.main import main; main()", *entry, *args, *files]
    return subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "clean.txt").write_text("nothing", encoding="utf-8")
    (tmp_path / "名簿.txt").write_text(f"個人番号 {NUMBER}", encoding="utf-8")
    return tmp_path


def test_the_definition_says_what_pre_commit_needs() -> None:
    assert {"id", "name", "entry", "language"} <= HOOK.keys()
    assert HOOK["language"] == "python"
    # Of a type that it does not know, as `video`, pre-commit refuses the whole definition.
    assert {*HOOK["types"], *HOOK["exclude_types"]} <= {"file", "text", "binary", "image", "audio"}
    assert "--accept" not in HOOK["entry"]


def test_it_stops_at_a_number_and_at_nothing_else(folder: Path) -> None:
    assert hook(folder, "clean.txt") == 0
    assert hook(folder, "clean.txt", "名簿.txt") == 1


def test_it_stops_at_what_cannot_be_read(folder: Path) -> None:
    (folder / "a.pdf").write_bytes(b"%PDF-1.4\nbroken")
    assert hook(folder, "a.pdf") == 3


def test_it_reads_what_was_accepted_and_leaves_it_as_it_was(folder: Path) -> None:
    assert hook(folder, "名簿.txt", args=BASELINE) == 2
    hook(folder, "名簿.txt", args=(*BASELINE, "--accept"))
    before = {one.name: one.read_bytes() for one in folder.iterdir()}
    assert hook(folder, "clean.txt", "名簿.txt", args=BASELINE) == 0
    (folder / "名簿.txt").write_text("マイナンバー 987654321093", encoding="utf-8")
    assert hook(folder, "名簿.txt", args=BASELINE) == 1
    after = {one.name: one.read_bytes() for one in folder.iterdir()}
    assert {name for name in after if before.get(name) != after[name]} == {"名簿.txt"}
