"""The report says what the store holds, and its exit status says whether somebody must look."""

import json
from datetime import datetime, timedelta, timezone

import pytest
from click.testing import CliRunner, Result

from mynumber.cli.oversight import oversight
from mynumber.exchange.running.node import Node
from mynumber.oversight import acts, store
from mynumber.oversight.config import OversightConfig
from mynumber.oversight.store import Finding, Log
from tests.keeper import town
from tests.keeper.town import Institution
from tests.oversight.test_acts import target
from tests.oversight.test_reconciling import MONTH, kept_forms

LONG_AGO = town.NOW - 1000


def shown(place: Institution, *words: str) -> Result:
    return CliRunner().invoke(oversight, ["report", "--config", str(place.folder / "config.toml"), *words])


def keep_counts(node: Node, *, at: int, without: str = "") -> None:
    with node.store.writing() as connection:
        for party, form in kept_forms().items():
            if party != without:
                store.put_counts(connection, party, MONTH, at=at, form=form)


def keep_log(node: Node, *, up_since: int = LONG_AGO) -> None:
    seen = Log("op-1", "demo/op-1/log", 7, b"r" * 32, b"", LONG_AGO, up_since)
    node.store.write_now(lambda connection: store.put_log(connection, seen))


def test_a_network_that_agrees_is_reported_clean(place: Institution, node: Node) -> None:
    keep_counts(node, at=LONG_AGO)
    keep_log(node)
    node.store.write_now(lambda connection: acts.block(connection, target(party="ward-c"), town.NOW))
    done = shown(place, "--json")
    made = json.loads(done.stdout)
    assert (done.exit_code, made["month"], made["quiet"]) == (0, MONTH, True)
    assert made["disagreements"] == made["findings"] == made["missing"] == []
    assert made["hidden"] == {"hidden": 0, "due": 0, "disclosed": 0}
    assert made["counts"] == [
        {
            "agency": "ward-a",
            "kind": "exchange",
            "endorsed": {"op-1": 5, "op-2": 5},
            "released": 4,
            "refused": 1,
            "rows": 3,
            "hidden": 1,
        }
    ]
    assert made["offices"] == [
        {"from": "ward-a", "to": "pension", "kind": "exchange", "recorded": 3, "answered": 3},
    ]
    root = "cnJycnJycnJycnJycnJycnJycnJycnJycnJycnJycnI="
    assert made["logs"] == [
        {"institution": "op-1", "origin": "demo/op-1/log", "size": 7, "root": root, "reachable": True, "leaves": 0}
    ]
    assert [block["party"] for block in made["blocks"]] == ["ward-c"]
    assert shown(place).stdout.splitlines()[1:] == [
        "counts of ward-a, exchange: op-1 endorsed 5, op-2 endorsed 5, released 4, refused 1, rows 3, hidden 1",
        "counts of ward-a asking pension, exchange: recorded 3, answered 3",
        "log demo/op-1/log: 7 entries",
        "blocked: ward-c, any procedure, any item (Art.34)",
        "nothing found",
    ]


def test_an_empty_network_is_reported_clean(place: Institution, settings: OversightConfig) -> None:
    assert shown(place).exit_code == 0


@pytest.mark.parametrize(
    ("at", "up_since", "status"), [(LONG_AGO, LONG_AGO, 1), (town.NOW, LONG_AGO, 0), (LONG_AGO, 0, 0)]
)
def test_counts_that_disagree_matter_when_all_is_quiet(
    place: Institution, node: Node, at: int, up_since: int, status: int
) -> None:
    keep_counts(node, at=at, without="op-2")
    keep_log(node, up_since=up_since)
    done = shown(place, "--json")
    assert done.exit_code == status
    assert [each["party"] for each in json.loads(done.stdout)["disagreements"]] == ["op-2"]
    told = shown(place).stdout
    # What is not final is not told to people as if it were, and who hinders is named at once.
    assert ("does not hold" in told, "not quiet: " in told) == (status == 1, status == 0)
    assert ("see above" in told, "so far" in told) == (status == 1, status == 0)


def test_a_finding_matters_for_ever(place: Institution, node: Node) -> None:
    found = Finding("log-shrunk", "op-1", "after 7 entries", "it showed 7 entries and now shows 3")
    for _ in range(2):
        node.store.write_now(lambda connection: store.find(connection, [found], town.NOW))
    keep_counts(node, at=LONG_AGO)
    done = shown(place, "--json")
    assert done.exit_code == 1
    (told,) = json.loads(done.stdout)["findings"]
    assert told == {
        "at": town.NOW,
        "kind": "log-shrunk",
        "party": "op-1",
        "subject": "after 7 entries",
        "detail": "it showed 7 entries and now shows 3",
    }
    told_at = datetime.fromtimestamp(town.NOW, timezone(timedelta(hours=9)))
    assert f"found at {told_at:%Y-%m-%d %H:%M:%S}, op-1: log-shrunk" in shown(place).stdout


@pytest.mark.parametrize(("ago", "told"), [(6 * 3600 - 60, False), (6 * 3600, True)])
def test_who_prevents_quiet_for_hours_is_named_and_no_finding(
    place: Institution, node: Node, ago: int, told: bool
) -> None:
    keep_counts(node, at=LONG_AGO)
    keep_log(node, up_since=0)
    node.store.write_now(lambda connection: store.note_quiet(connection, node.clock.now() - ago))
    done = shown(place, "--json")
    made = json.loads(done.stdout)
    assert (done.exit_code, made["quiet"], made["overdue"], made["findings"]) == (0, False, told, [])
    assert made["hindrances"] == [{"party": "op-1", "why": "its log does not answer"}]
    assert "not quiet: op-1 (its log does not answer)" in shown(place).stdout
    assert ("not quiet since" in shown(place).stdout) is told


def test_a_quiet_network_owes_nothing(place: Institution, node: Node) -> None:
    keep_counts(node, at=LONG_AGO)
    keep_log(node)
    node.store.write_now(lambda connection: store.note_quiet(connection, LONG_AGO - 86_400))
    made = json.loads(shown(place, "--json").stdout)
    assert (made["quiet"], made["overdue"], made["hindrances"]) == (True, False, [])
