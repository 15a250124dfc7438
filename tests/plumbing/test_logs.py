"""A log line says declared things only, and a log that cannot be written fails nobody."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from mynumber.plumbing import logs

PLANTED = "908172635417"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 64 KiB."""
    place = tmp_path / "disk"
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", place], check=True)
    yield place
    subprocess.run(["umount", place], check=True)


def test_what_is_not_declared_does_not_leave(tmp_path: Path) -> None:
    with logs.to_file(tmp_path / "serve.log"):
        logs.info("call.answered", call="form", person=PLANTED)
    text = (tmp_path / "serve.log").read_text(encoding="utf-8")
    assert PLANTED not in text
    assert json.loads(text)["dropped"] == ["person"]


def test_a_full_disk_loses_lines_and_fails_nobody(small_disk: Path) -> None:
    filler = small_disk / "filler"
    with logs.to_file(small_disk / "serve.log"):
        logs.info("serving")
        with pytest.raises(OSError, match="No space"):
            filler.write_bytes(bytes(1024 * 1024))
        for _ in range(100):
            logs.info("stopping")
        filler.unlink()
        logs.info("serving")
        logs.info("serving")
    lines = (small_disk / "serve.log").read_text(encoding="utf-8").splitlines()
    assert json.loads(lines[0])["event"] == "serving"
    assert [json.loads(line)["event"] for line in lines[-2:]] == ["serving", "serving"]
    lost = [json.loads(line)["count"] for line in lines if '"lines.lost"' in line]
    assert sum('"stopping"' in line and line.endswith("}") for line in lines) + sum(lost) == 100
    assert sum(lost) > 0


def test_a_line_behind_the_end_of_the_log_is_lost_and_fails_nobody(tmp_path: Path) -> None:
    path = tmp_path / "serve.log"
    with logs.to_file(path):
        logs.info("serving")
    logs.info("stopping")
    assert [json.loads(line)["event"] for line in path.read_text(encoding="utf-8").splitlines()] == ["serving"]


def test_what_waits_is_said_when_it_changes_every_ten_minutes_and_when_it_is_over(tmp_path: Path) -> None:
    path, now = tmp_path / "serve.log", [0.0]

    def lines() -> list[tuple[str | None, ...]]:
        said = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        return [(each.get("peer"), each.get("code"), each.get("state")) for each in said]

    waiting = logs.OnChange("counts.unsent", clock=lambda: now[0])
    with logs.to_file(path):
        waiting.goes_on(peer="keeper")
        for second in range(599):
            now[0] = float(second)
            waiting.waits("PEER_DOWN", peer="keeper")
        assert lines() == [("keeper", "PEER_DOWN", None)]
        waiting.waits("NOT_READY", peer="keeper")
        waiting.waits("PEER_DOWN", peer="portal")
        assert lines()[1:] == [("keeper", "NOT_READY", None), ("portal", "PEER_DOWN", None)]
        now[0] += 600
        waiting.waits("NOT_READY", peer="keeper")
        waiting.goes_on(peer="keeper")
        waiting.goes_on(peer="keeper")
    assert lines()[3:] == [("keeper", "NOT_READY", None), ("keeper", None, "over")]
