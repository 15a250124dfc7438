"""The bench searches what it says it searches, and names what it could not measure."""

import json
from importlib.util import find_spec

import pytest
from click.testing import CliRunner

from mynumber.cli.main import main
from mynumber.plumbing.errors import OwnFault
from mynumber.world.bench import scan as bench


def test_the_command_prints_one_object() -> None:
    done = CliRunner().invoke(main, ["bench", "scan", "--megabytes", "1", "--rounds", "1", "--json"])
    assert done.exit_code == 0, done.output
    rows = json.loads(done.stdout)["rows"]
    assert [row["unit"] for row in rows] == ["MB a second of a core"] * 3 + ["MB/s"] * 2 + ["MB"]
    assert all(row["value"] > 0 for row in rows)
    assert ("skipped" in rows[0]["peer"]) is (find_spec("presidio_analyzer") is None)


def test_two_processes_that_find_less_break_it_off(monkeypatch: pytest.MonkeyPatch) -> None:
    found = iter((3, 2))
    monkeypatch.setattr(bench, "_count", lambda _path, _jobs: next(found))
    with pytest.raises(OwnFault, match="did not find what one process finds"):
        bench.bench(bench.Extent(1, 1), lambda _what: None)
