"""A file is the old one or the new one, whenever its writer dies and whoever may read it."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mynumber.plumbing import durable

SIZE, DEATHS = 4 * 1024 * 1024, 12
WRITER = f"""
import itertools, sys
from pathlib import Path
from mynumber.plumbing import durable
for number in itertools.count():
    durable.put(Path(sys.argv[1]), bytes([65 + number % 2]) * {SIZE})
"""


def test_a_file_is_whole_whenever_its_writer_is_killed(tmp_path: Path) -> None:
    path, chance, begun = tmp_path / "paper.json", random.Random(5), 0
    durable.put(path, b"A" * SIZE)
    for _ in range(DEATHS):
        writer = subprocess.Popen([sys.executable, "-c", WRITER, str(path)])
        before, end = path.stat().st_ino, time.monotonic() + 60
        while path.stat().st_ino == before:
            assert time.monotonic() < end
        time.sleep(chance.uniform(0, 0.02))
        writer.send_signal(signal.SIGKILL)
        writer.wait(timeout=60)
        found = path.read_bytes()
        assert len(found) == SIZE
        assert found in (b"A" * SIZE, b"B" * SIZE)
        begun += path.with_name("paper.json.new").exists()
    # Some deaths came in the middle of a writing, or this has shown nothing.
    assert begun > 0


def test_the_bytes_are_on_the_disk_before_the_name_is_theirs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, seen = tmp_path / "paper.json", []
    sync = os.fsync

    def watched(descriptor: int) -> None:
        seen.append((os.readlink(f"/proc/self/fd/{descriptor}"), path.exists()))
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", watched)
    durable.put(path, b"first")
    assert seen == [(f"{path}.new", False), (str(tmp_path), True)]


def test_what_a_death_while_writing_left_is_in_nobodys_way(tmp_path: Path) -> None:
    path = tmp_path / "paper.json"
    path.with_name("paper.json.new").write_bytes(b"half of something longer")
    durable.put(path, b"whole")
    assert path.read_bytes() == b"whole"
    assert [each.name for each in tmp_path.iterdir()] == ["paper.json"]


@pytest.mark.parametrize("mode", [0o600, 0o640])
def test_who_may_read_a_file_stays(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "paper.json"
    path.write_bytes(b"old")
    path.chmod(mode)
    durable.put(path, b"new")
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"new", mode)
