"""A stopped town runs again under its old ports, says where everybody is, and claims no story."""

import signal
import subprocess
import sys
from pathlib import Path

from mynumber.world.town.boot import TownSpec, build_town

COMMAND = [sys.executable, "-P", "-m", "mynumber", "demo"]


def test_a_stopped_town_runs_again_and_claims_no_story(tmp_path: Path) -> None:
    town = build_town(tmp_path / "town", TownSpec(residents=20))
    command = [*COMMAND, "--resume", "--dir", str(town.folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as resumed:
        assert resumed.stdout is not None
        assert resumed.stderr is not None
        told = resumed.stderr.readline()
        # While it runs nobody else may start it.
        again = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
        resumed.send_signal(signal.SIGTERM)
        shown, rest = resumed.stdout.read(), resumed.stderr.read()
        status = resumed.wait(60)
    assert (status, again.returncode) == (0, 2)
    assert "[RUNNING]" in again.stderr
    assert "the town runs again" in told
    assert "step" not in told + rest
    lines = [line.split() for line in shown.splitlines()]
    expected: list[tuple[str, str | None]] = [(each.name, each.url) for each in town.institutions]
    expected += [(each.name, each.office_url) for each in town.offices]
    expected += [("portal", town.institution("portal").public_url)]
    assert {(line[0], line[1]) for line in lines} == set(expected)
    assert len(lines) == 11 + 5 + 1
