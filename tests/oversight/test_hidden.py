"""Hidden rows: fetched and checked, kept sealed, shown to the staff, disclosed early, when due, or later; once."""

import asyncio
import json
import os
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Connection

from mynumber.cli.oversight import oversight
from mynumber.codes.errors import ProtocolError
from mynumber.codes.records import forms, hidden, rows
from mynumber.exchange.running import own_keys
from mynumber.exchange.running.node import Node
from mynumber.exchange.setup import Party
from mynumber.oversight import setup, store
from mynumber.oversight.config import LONGEST, OversightConfig
from mynumber.oversight.hidden import handling, kept, keys
from mynumber.plumbing import canonical, config, keyfiles
from mynumber.plumbing.client import PeerDown
from mynumber.plumbing.config import NodeConfig
from mynumber.plumbing.errors import WrongUse
from tests.keeper import town
from tests.keeper.conftest import at_work, settled
from tests.keeper.processes import Client, serving
from tests.keeper.test_releasing import released
from tests.keeper.town import Institution, run
from tests.oversight.conftest import ROLES
from tests.oversight.test_process import _settle, until

PERMIT = run("hidden").permit_hash
ISSUED = run("hidden").issued
SEAL = (town.world().supervisor.seal,)
SIGN = town.world().signing["supervisor"]


def with_hidden_row(place: Institution) -> None:
    """Let a keeper have released one open and one hidden exchange."""
    path = place.configure(role="keeper", party="keeper")
    with town.opened(config.load(path, NodeConfig), place) as node:
        keeper = at_work(node)
        released(keeper, "single")
        released(keeper, "hidden")


@pytest.fixture
def keeper(tmp_path: Path) -> Institution:
    place = settled(tmp_path)
    with_hidden_row(place)
    return place


@pytest.fixture
def served(keeper: Institution, tmp_path: Path) -> Iterator[Institution]:
    client = Client(tmp_path / "caller", "op-2", {"keeper": keeper.port})
    with serving("keeper", keeper.folder / "config.toml", keeper.port, client):
        yield keeper


Rounds = Callable[..., None]
"""Do what the loop does in one round; members of the settings may be replaced."""


@pytest.fixture
def fetch(node: Node, settings: OversightConfig, keeper: Institution) -> Iterator[Rounds]:
    node.peers.learn({"keeper": f"https://127.0.0.1:{keeper.port}"})
    with asyncio.Runner() as runner:
        yield lambda **other: runner.run(_round(node, msgspec.structs.replace(settings, **other)))
        runner.run(node.peers.close())


async def _round(node: Node, settings: OversightConfig) -> None:
    await handling.fetch(node, settings, keys.seals(node.folder))
    await handling.disclose(node, keys.seals(node.folder), SIGN)


def mine(node: Node) -> tuple[kept.Kept, ...]:
    with node.store.reading() as connection:
        return kept.rows(connection)


def findings(node: Node) -> list[tuple[str, str, str]]:
    with node.store.reading() as connection:
        return [(found.kind, found.party, found.subject) for _, found in store.findings(connection)]


def in_keeper(place: Institution, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(place.folder / "data.db")) as connection, connection:
        return list(connection.execute(query))


def command(place: Institution, *words: str) -> Result:
    return CliRunner().invoke(
        oversight, ["hidden", words[0], "--config", str(place.folder / "config.toml"), *words[1:]]
    )


NAMED = ("--permit", canonical.b64(PERMIT), "--entry", "0")


def test_a_hidden_row_is_kept_sealed_until_twelve_months_after_its_permit(
    node: Node, place: Institution, served: Institution, fetch: Rounds
) -> None:
    fetch()
    fetch()
    (row,) = mine(node)
    assert (row.permit, row.entry, row.issued, row.due) == (PERMIT, 0, ISSUED, ISSUED + LONGEST)
    assert findings(node) == []
    seed, said = handling.opened(row, SEAL)
    assert said.undisclosed == run("hidden").members["undisclosed"]
    # At rest neither the seed nor what the row says can be read; the search sees what lies there.
    needles = [seed, said.procedure.encode(), rows.encode_row(said)[:64]]
    assert town.found_in(place.folder, needles)[1] == 0
    assert town.found_in(place.folder, [PERMIT])[1] == 1
    assert in_keeper(served, "SELECT count(*) FROM rows") == [(1,)]


def test_a_row_that_is_due_is_numbered_in_its_own_series_by_the_keeper(
    node: Node, served: Institution, fetch: Rounds
) -> None:
    fetch()
    (row,) = mine(node)
    seed, _ = handling.opened(row, SEAL)
    node.store.write_now(lambda connection: connection.execute(store.HIDDEN.update().values(due=town.NOW)))
    fetch()
    (row,) = mine(node)
    assert row.sealed is None
    assert row.disclosed > 0
    locator = rows.disclosed_series(seed).locator(0)
    ((sealed, year),) = in_keeper(served, f"SELECT sealed, year FROM rows WHERE locator = X'{locator.hex()}'")
    assert isinstance(sealed, bytes)
    assert (year, bytes(rows.open_row(rows.disclosed_series(seed), 0, sealed).permit)) == (2026, bytes(PERMIT))
    # What was sealed here is gone, the counts of the keeper are as they were, and nothing is found.
    assert town.found_in(node.folder, [run("hidden").tags[0]])[1] == 0
    counted = "SELECT released, rows, hidden FROM counts WHERE kind = 'exchange'"
    assert in_keeper(served, counted) == [(2, 1, 1)]
    fetch()
    assert (findings(node), in_keeper(served, "SELECT count(*) FROM rows")) == ([], [(2,)])


def test_what_is_hidden_lies_under_the_next_seal_key_before_the_old_one_goes(
    node: Node, served: Institution, fetch: Rounds
) -> None:
    following = os.urandom(32)
    keyfiles.write_secret(own_keys.following(node.folder, "seal"), following)
    fetch()
    assert keys.seals(node.folder) == (*SEAL, following)
    assert node.store.write_now(lambda connection: keys.seal_anew(connection, node.folder)) == 1
    assert node.store.write_now(lambda connection: keys.seal_anew(connection, node.folder)) == 0
    own_keys.replace(node.folder, "seal")
    (row,) = mine(node)
    with pytest.raises(ProtocolError, match="BAD_ROW"):
        handling.opened(row, SEAL)
    assert bytes(handling.opened(row, (following,))[1].permit) == bytes(PERMIT)
    # The keeper takes it back as if nothing had happened; what it shows is not fetched again.
    node.store.write_now(lambda connection: connection.execute(store.HIDDEN.update().values(due=town.NOW)))
    fetch()
    assert in_keeper(served, "SELECT count(*) FROM rows") == [(2,)]
    assert findings(node) == []


def log_of_the_keeper(node: Node, *, up_since: int) -> None:
    seen = store.Log("keeper", "demo/keeper/log", 2, bytes(32), b"its checkpoint", town.NOW, up_since)
    with node.store.writing() as connection:
        store.put_log(connection, seen)


def test_a_keeper_that_never_shows_what_is_hidden_is_found_out(
    node: Node, settings: OversightConfig, keeper: Institution
) -> None:
    node.peers.learn({"keeper": f"https://127.0.0.1:{keeper.port}"})  # nobody listens there
    silent: Counter[handling.Silence] = Counter()

    async def look(times: int) -> None:
        for _ in range(times):
            answered = await handling.fetch(node, settings, SEAL)
            await handling.hear(node, silent, "hidden-unshown", answered=answered)

    with asyncio.Runner() as runner:
        # Who is down as a whole shows no log either.
        log_of_the_keeper(node, up_since=0)
        runner.run(look(200))
        assert findings(node) == []
        log_of_the_keeper(node, up_since=town.NOW)
        runner.run(look(179))
        assert findings(node) == []
        runner.run(look(1))
        assert findings(node) == [("hidden-unshown", "keeper", "hidden records")]
        runner.run(node.peers.close())


def test_a_keeper_that_takes_nothing_back_is_found_out_and_one_that_answers_in_time_is_not(
    node: Node, settings: OversightConfig, served: Institution
) -> None:
    silent: Counter[handling.Silence] = Counter({"hidden-untaken": 179})

    async def look() -> bool:
        answered = await handling.disclose(node, SEAL, SIGN)
        await handling.hear(node, silent, "hidden-untaken", answered=answered)
        return answered

    node.peers.learn({"keeper": f"https://127.0.0.1:{served.port}"})
    log_of_the_keeper(node, up_since=town.NOW)
    with asyncio.Runner() as runner:
        assert runner.run(handling.fetch(node, settings, SEAL))
        node.store.write_now(lambda connection: connection.execute(store.HIDDEN.update().values(due=town.NOW)))
        node.peers.learn({"keeper": "https://127.0.0.1:1"})
        assert not runner.run(look())
        assert findings(node) == [("hidden-untaken", "keeper", "hidden records")]
        node.peers.learn({"keeper": f"https://127.0.0.1:{served.port}"})
        assert runner.run(look())
        assert silent["hidden-untaken"] == 0
        assert mine(node)[0].sealed is None
        runner.run(node.peers.close())


@pytest.mark.parametrize("longest", [0, 3600])
def test_the_longest_time_is_configured_and_disclosure_is_automatic(
    node: Node, served: Institution, fetch: Rounds, longest: int
) -> None:
    fetch(hidden_longest_s=longest)
    (row,) = mine(node)
    assert row.due == ISSUED + longest
    assert (row.sealed is None) is (longest == 0)
    assert in_keeper(served, "SELECT disclosed FROM hidden") == [(int(longest == 0),)]


def test_a_keeper_that_is_restored_shows_a_row_again_and_gets_it_again(
    node: Node, served: Institution, fetch: Rounds
) -> None:
    fetch()
    node.store.write_now(lambda connection: connection.execute(store.HIDDEN.update().values(due=town.NOW)))
    fetch()
    assert mine(node)[0].sealed is None
    in_keeper(served, "UPDATE hidden SET disclosed = 0")
    in_keeper(served, "DELETE FROM rows")
    fetch()
    assert mine(node)[0].sealed is None
    assert in_keeper(served, "SELECT count(*) FROM rows") == [(1,)]
    assert findings(node) == []


def test_a_row_that_the_keeper_deleted_is_named(node: Node, served: Institution, fetch: Rounds) -> None:
    fetch()
    in_keeper(served, "DELETE FROM hidden")
    for _ in range(2):
        fetch()
    name = f"permit {canonical.b64(PERMIT)} entry 0"
    assert findings(node) == [("hidden-row-missing", "keeper", name)]


def test_a_row_that_does_not_open_as_what_it_is_said_to_be_is_named(
    node: Node, served: Institution, fetch: Rounds
) -> None:
    in_keeper(served, "UPDATE hidden SET entry = 1")
    for _ in range(2):
        fetch()
    assert mine(node) == ()
    assert findings(node) == [("hidden-bad-row", "keeper", f"permit {canonical.b64(PERMIT)} entry 1")]


def test_a_keeper_that_does_not_know_its_row_again_is_found_out_and_asked_later(
    node: Node, served: Institution, fetch: Rounds
) -> None:
    in_keeper(served, f"UPDATE hidden SET mac = X'{'00' * 32}'")
    fetch()
    node.store.write_now(lambda connection: connection.execute(store.HIDDEN.update().values(due=town.NOW)))
    fetch()
    (found,) = findings(node)
    assert found[0] == "hidden-row-refused"
    assert mine(node)[0].sealed is not None
    with node.store.reading() as connection:
        assert kept.due(connection, node.clock.now()) == ()
        assert len(kept.due(connection, node.clock.now() + 3600)) == 1


def test_a_row_that_no_key_of_ours_opens_any_more_is_named_and_holds_up_no_other(
    node: Node, served: Institution, fetch: Rounds
) -> None:
    """A store that came back from before a change of the seal key has rows that are sealed to the one before."""
    fetch()
    lost = kept.Kept(bytes(32), 0, 2026, ISSUED, ISSUED, b"sealed to a key that is gone")

    def due(connection: Connection) -> None:
        kept.take(connection, [lost])
        connection.execute(store.HIDDEN.update().values(due=town.NOW - 1))
        connection.execute(store.HIDDEN.update().where(store.HIDDEN.c.permit == lost.permit).values(due=town.NOW - 2))

    node.store.write_now(due)
    fetch()
    assert findings(node) == [("hidden-row-unreadable", "supervisor", handling.name_of(lost.permit, 0))]
    assert {row.permit: row.sealed for row in mine(node)} == {lost.permit: lost.sealed, PERMIT: None}
    with node.store.reading() as connection:
        assert kept.due(connection, node.clock.now()) == ()


def test_a_keeper_that_is_away_is_no_finding(node: Node, keeper: Institution, fetch: Rounds) -> None:
    fetch()
    assert (mine(node), findings(node)) == ((), [])


def test_rows_of_the_eighth_year_before_the_running_one_go_and_are_not_missed(
    node: Node, served: Institution, fetch: Rounds
) -> None:
    fetch()
    node.store.write_now(lambda connection: connection.execute(store.HIDDEN.update().values(year=2018)))
    in_keeper(served, "DELETE FROM hidden")
    fetch()
    assert (mine(node), findings(node)) == ((), [])


# The staff.


def test_the_staff_lists_extends_and_discloses(
    node: Node, place: Institution, served: Institution, fetch: Rounds
) -> None:
    fetch()
    (shown,) = json.loads(command(place, "list", "--json").stdout)["rows"]
    assert shown == {
        "permit": canonical.b64(PERMIT),
        "entry": 0,
        "state": "hidden",
        "issued": ISSUED,
        "due": ISSUED + LONGEST,
        "from": "ward-a",
        "to": "pension",
        "procedure": run("hidden").members["procedure"],
        "items": run("hidden").members["items"],
        "article": run("hidden").members["undisclosed"],
    }
    done = command(place, "extend", *NAMED, "--days", "365", "--article", "Act art. 23(2)", "--json")
    assert done.exit_code == 0
    assert json.loads(done.stdout)["rows"][0]["due"] - ISSUED - LONGEST in range(31)
    done = command(place, "disclose", *NAMED)
    assert (done.exit_code, "due" in done.stdout) == (0, True)
    assert json.loads(command(place, "list", "--json").stdout)["rows"][0]["state"] == "due"
    assert "no longer hidden" in command(place, "extend", *NAMED).stderr
    fetch()
    (shown,) = json.loads(command(place, "list", "--json").stdout)["rows"]
    assert set(shown) == {"permit", "entry", "state", "issued", "due", "disclosed"}
    assert shown["state"] == "disclosed"
    assert "disclosed" in command(place, "list").stdout
    with node.store.reading() as connection:
        acts = [row.act for row in connection.execute(store.HIDDEN_ACTS.select())]
    assert acts == ["extend", "disclose"]
    # A second disclosure, or an extension, comes too late.
    assert command(place, "disclose", *NAMED).exit_code == 1
    assert command(place, "extend", *NAMED).exit_code == 1


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (("disclose", "--permit", "no-permit"), 2),
        (("disclose", "--permit", canonical.b64(bytes(32))), 1),
        (("disclose",), 2),
        (("extend", *NAMED, "--days", "366"), 2),
        (("extend", "--permit", canonical.b64(PERMIT), "--entry", "4096"), 2),
    ],
)
def test_an_act_about_no_row_changes_nothing(
    node: Node, place: Institution, served: Institution, fetch: Rounds, words: tuple[str, ...], status: int
) -> None:
    fetch()
    assert command(place, *words).exit_code == status
    assert mine(node)[0].due == ISSUED + LONGEST


def test_more_than_twelve_months_cannot_be_configured(place: Institution) -> None:
    path = place.configure(role="supervisor", party="supervisor", tables=f"hidden_longest_s = {LONGEST + 1}\n{ROLES}")
    with pytest.raises(WrongUse):
        config.load(path, OversightConfig)


def test_the_configuration_of_init_is_read_as_it_was_meant(tmp_path: Path) -> None:
    party = Party(role="supervisor", id="supervisor", organisation="ppc", network="demo", port=4000)
    setup.init(tmp_path / "new", party, hide={"link-107": "Act art. 23(2)"}, hidden_longest_s=20)
    settings = config.load(tmp_path / "new" / "config.toml", OversightConfig)
    assert (settings.hide, settings.hidden_longest_s, settings.hidden_every_s) == (
        {"link-107": "Act art. 23(2)"},
        20,
        10,
    )


# Processes that are killed.


def serve_until_killed(room: str, path: Path) -> int:
    program = f"import sys, pathlib; from mynumber.{room}.app import serve; serve(pathlib.Path(sys.argv[1]))"
    return subprocess.run([sys.executable, "-c", program, str(path)], check=False, timeout=60).returncode


@pytest.mark.parametrize(("point", "done"), [("supervisor.disclosed.before", 0), ("supervisor.disclosed.after", 1)])
def test_a_supervisor_killed_while_it_notes_the_answer_discloses_once(tmp_path: Path, point: str, done: int) -> None:
    made = _settle(tmp_path)
    keeper, supervisor = made.places["keeper"], made.places["supervisor"]
    with_hidden_row(keeper)
    made.places["op-1"].configure(role="operator", party="op-1")
    tables = f"hidden_longest_s = 0\nhidden_every_s = 1\n{ROLES}"
    try:
        made.start("op-1", "network", begun="/addresses.json")
        made.start("keeper", "keeper")
        faults = f'"{point}" = "kill"'
        path = supervisor.configure(role="supervisor", party="supervisor", tables=tables, faults=faults)
        assert serve_until_killed("oversight", path) == -9
        noted = "SELECT count(*) FROM hidden WHERE disclosed > 0"
        assert in_keeper(keeper, "SELECT disclosed FROM hidden") == [(1,)]
        assert in_keeper(supervisor, noted) == [(done,)]
        supervisor.configure(role="supervisor", party="supervisor", tables=tables)
        made.start("supervisor", "oversight")
        until(lambda: in_keeper(supervisor, noted) == [(1,)])
        assert in_keeper(keeper, "SELECT count(*) FROM rows") == [(2,)]
        assert made.report()["findings"] == []
    finally:
        for stack in made.running.values():
            stack.close()


@pytest.mark.parametrize(("point", "numbered"), [("keeper.disclosed.before", 1), ("keeper.disclosed.after", 2)])
def test_a_keeper_killed_at_its_commit_numbers_the_row_once(
    keeper: Institution, tmp_path: Path, point: str, numbered: int
) -> None:
    ((sealed,),) = in_keeper(keeper, "SELECT sealed FROM hidden")
    assert isinstance(sealed, bytes)
    seed, row = hidden.open_hidden(SEAL[0], sealed, permit=PERMIT, entry=0)
    form = forms.sign_form(hidden.disclosure("demo", PERMIT, seed, row), ("supervisor", SIGN))
    caller = Client(tmp_path / "caller", "supervisor", {"keeper": keeper.port})
    path = keeper.configure(role="keeper", party="keeper", faults=f'"{point}" = "kill"')
    with serving("keeper", path, keeper.port, caller) as process:
        with pytest.raises(PeerDown):
            caller.use(lambda peers: peers.call("keeper", "form", form))
        assert process.wait(timeout=20) == -9
    assert in_keeper(keeper, "SELECT count(*) FROM rows") == [(numbered,)]
    with serving("keeper", keeper.configure(role="keeper", party="keeper"), keeper.port, caller):
        assert caller.use(lambda peers: peers.call("keeper", "form", form)) == {}
        other = forms.sign_form(hidden.disclosure("demo", PERMIT, bytes(32), row), ("supervisor", SIGN))
        with pytest.raises(ProtocolError, match="BAD_ROW"):
            caller.use(lambda peers: peers.call("keeper", "form", other))
    assert in_keeper(keeper, "SELECT count(*) FROM rows") == [(2,)]
