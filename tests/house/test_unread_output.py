"""A command whose reader leaves (`mynumber ... | head`) ends as other tools do: at once, without a word, with 141."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

MYNUMBER = str(Path(sys.executable).with_name("mynumber"))
ROOT = Path(__file__).parents[2]
PRINTING = [
    ("--help",),
    ("--version",),
    ("nonsense", "--json"),
    ("number", "check", "123456789018"),
    ("number", "check", "123456789018", "--json"),
    ("law", "compare"),
    ("law", "table"),
    ("codes", "vectors", "vectors/codes.json"),
    ("scan", "docs", "--jobs", "2"),
    ("scan", "docs", "--jobs", "2", "--format", "json"),
]


@pytest.mark.parametrize("arguments", PRINTING, ids=" ".join)
def test_a_command_that_nobody_reads_ends_quietly(arguments: tuple[str, ...]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        ended = subprocess.run(
            [MYNUMBER, *arguments], check=False, cwd=ROOT, stdout=writer, stderr=subprocess.PIPE, timeout=120
        )
    finally:
        os.close(writer)
    assert (ended.returncode, ended.stderr) == (141, b"")


def test_a_reader_that_has_seen_enough_gets_what_it_read() -> None:
    bash = shutil.which("bash")
    assert bash is not None
    line = f"'{MYNUMBER}' law table linkage_details 2>&1 | head -n 1; echo ${{PIPESTATUS[@]}}"
    whole = subprocess.run([MYNUMBER, "law", "table", "linkage_details"], capture_output=True, check=True, timeout=120)
    # More than a pipe holds, or the command could be over before its reader leaves.
    assert len(whole.stdout) > 65_536
    read = subprocess.run([bash, "-c", line], capture_output=True, text=True, check=True, timeout=120)
    first, status = read.stdout.splitlines()
    assert first == whole.stdout.decode().splitlines()[0]
    assert status == "141 0"
