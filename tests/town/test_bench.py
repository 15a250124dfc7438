"""The bench measures what really happened: its shape, and that every exchange it counts lies in every store."""

import json
from collections.abc import Iterator

import pytest
from click.testing import CliRunner

from mynumber.cli.main import main
from mynumber.plumbing.errors import OwnFault
from mynumber.world.bench import codes, exchange, staging
from mynumber.world.bench.exchange import Extent
from mynumber.world.bench.figures import Report

SHORT = Extent(rounds=1, seconds=0.3, in_flight=(1, 16), batches_in_flight=2)
MEMBERS = {"what", "value", "unit", "peer", "peer_value", "ratio"}


@pytest.fixture(scope="module")
def staged() -> Iterator[staging.Staged]:
    with staging.own_town() as town:
        yield town


@pytest.fixture(scope="module")
def report(staged: staging.Staged) -> Report:
    return exchange.measure(staged, SHORT, lambda _what: None)


def test_the_rows_have_the_shape_of_the_doors(report: Report) -> None:
    shown = report.members()
    assert set(shown) == {"machine", "rows"}
    rows = [row.members() for row in report.rows]
    assert shown["rows"] == rows
    for row in rows:
        assert set(row) == MEMBERS
        assert isinstance(row["value"], float)
        assert row["value"] > 0
        assert isinstance(row["ratio"], float)
    units = {row["what"]: row["unit"] for row in rows}
    assert units["whole exchanges, 16 in flight"] == "exchanges/s"
    assert units["whole exchanges, in batches of 64"] == "entries/s"


def test_the_steps_of_a_run_are_shown_one_by_one() -> None:
    rows = [row.members() for row in codes.bench(1, lambda _what: None).rows]
    assert all(set(row) == MEMBERS and row["value"] for row in rows)
    for count in ("one entry", "batches of 64"):
        named = [row for row in rows if str(row["what"]).endswith(count)]
        assert [row["unit"] for row in named] == ["ms/entry"] * 6 + ["entries/s"]
        assert [row["ratio"] is None for row in named] == [False] * 5 + [True, False]


def test_the_command_prints_one_object() -> None:
    done = CliRunner().invoke(main, ["bench", "codes", "--rounds", "1", "--json"])
    assert done.exit_code == 0
    assert set(json.loads(done.stdout)) == {"machine", "rows"}


@pytest.mark.parametrize("name", ["log", "register"])
def test_what_is_not_measured_yet_says_so(name: str) -> None:
    done = CliRunner().invoke(main, ["bench", name])
    assert done.exit_code == 2
    assert f"bench {name}` is not here yet" in done.stderr


def test_every_exchange_that_is_counted_lies_in_every_store(staged: staging.Staged, report: Report) -> None:
    counted = {row.what: (row.value, row.peer_value) for row in report.rows if row.peer == "exchanges counted"}
    number = staged.evidence.count("keeper", "releases", "kind = 'exchange'")
    assert number > 16
    assert set(counted.values()) == {(number, number)}
    assert len(counted) == 6
    assert staged.evidence.count("operator-1", "requests", "kind = 'exchange'") == number
    assert staged.evidence.count(staging.PROVIDER, "answered", "kind = 'exchange'") == number
    rows = staged.evidence.count("keeper", "rows")
    assert rows == int(str(staged.evidence.rows("keeper", "SELECT sum(rows) FROM counts")[0][0])) > number


def test_a_store_that_lacks_what_was_counted_breaks_the_bench_off(staged: staging.Staged, report: Report) -> None:
    now = exchange.recorded_exchanges(staged.evidence)
    with pytest.raises(OwnFault, match="endorsed by operator-1"):
        exchange.require_recorded(staged.evidence, now, {"single": 1, "batch": 0})
    assert exchange.require_recorded(staged.evidence, now, {"single": 0, "batch": 0})
