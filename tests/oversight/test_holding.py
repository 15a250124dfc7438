"""A record that was deleted or changed at a party is named by its place in the log; what is there is never reported."""

import asyncio
import json
import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert

from mynumber.cli.oversight import oversight
from mynumber.codes.errors import ProtocolError
from mynumber.exchange.log.records import Record
from mynumber.exchange.running import held
from mynumber.exchange.running.node import Node
from mynumber.network import store as operator_store
from mynumber.oversight import store
from mynumber.oversight.logs import holding, leaves, watching
from mynumber.plumbing import canonical, config
from mynumber.plumbing.config import NodeConfig
from mynumber.tlog import checkpoint, note, tree
from tests.keeper import town
from tests.keeper.processes import Client, serving
from tests.keeper.town import Institution

ENTRIES = 9


def record(at: int, event: str = "endorsed") -> Record:
    return Record(
        network="demo",
        party="op-1",
        event="refused" if event == "refused" else "endorsed",
        request=canonical.b64(at.to_bytes(32, "big")),
        permit="",
        kind="exchange",
        from_="ward-a",
        to="pension",
        procedure="link-1",
        items=("x",),
        count=1,
        at=town.NOW,
    )


def request(at: int) -> dict[str, object]:
    return {
        "request": at.to_bytes(32, "big"),
        "message_hash": b"",
        "created": town.NOW,
        "issued": town.NOW,
        "month": "2026-09",
        "kind": "exchange",
        "agency": "ward-a",
        "count": 1,
        "endorsement": b"{}",
    }


@dataclass
class Operator:
    """Operator 1: its folder, and how it is served."""

    place: Institution
    client: Client

    def change(self, *statements: str) -> None:
        """Change the store as somebody does who has the file."""
        with closing(sqlite3.connect(self.place.folder / "data.db")) as connection, connection:
            for statement in statements:
                assert connection.execute(statement).rowcount > 0

    def grow(self, *numbers: int) -> None:
        """Endorse, so far as the log and the table of requests tell."""
        with self.opened() as node, node.store.writing() as connection:
            for at in numbers:
                connection.execute(insert(operator_store.REQUESTS).values(request(at)))
                node.journal.append(connection, [record(at)])

    def opened(self) -> AbstractContextManager[Node]:
        return town.opened(config.load(self.configured(), NodeConfig), self.place)

    def configured(self) -> Path:
        return self.place.configure(role="operator", party="op-1")

    def served(self) -> AbstractContextManager[object]:
        return serving("network", self.configured(), self.place.port, self.client, begun="/log/vkey")


@pytest.fixture
def operator(tmp_path: Path) -> Operator:
    secrets = town.world().operators[0]
    keys: dict[str, bytes] = {"seed.key": secrets.seed, "layer.key": secrets.layer, "sign.key": secrets.sign}
    keys["log.key"] = town.random_key()
    place = town.settle(tmp_path / "op-1", operator_store.SCHEMA, party="op-1", keys=keys)
    (place.folder / "addresses.json").write_bytes(b"{}")
    directory = canonical.encode(town.as_json(town.world().directory))
    (place.folder / "directory.json").write_bytes(directory)
    made = Operator(place, Client(tmp_path / "caller", "supervisor", {"op-1": place.port}))
    made.grow(*range(ENTRIES))
    return made


Look = Callable[[], list[tuple[str, str, str]]]


@pytest.fixture
def runner(node: Node) -> Iterator[asyncio.Runner]:
    """The event loop in which the supervisor's connections live."""
    with asyncio.Runner() as runner:
        yield runner
        runner.run(node.peers.close())


@pytest.fixture
def look(node: Node, operator: Operator, runner: asyncio.Runner) -> Look:
    """Follow the log and look once at what is held; return (kind, party, subject) of all that was ever found."""
    keys = {"op-1": note.note_key("demo/op-1/log", (operator.place.folder / "keys" / "log.key").read_bytes())}
    node.peers.learn({"op-1": f"https://127.0.0.1:{operator.place.port}"})
    places: dict[str, int] = {}

    async def once() -> None:
        await watching.look(node, keys, Counter())
        for log in await node.store.read(store.logs):
            await holding.look(node, log, places)

    def found() -> list[tuple[str, str, str]]:
        runner.run(once())
        return found_in(node)

    return found


def kept(node: Node) -> int:
    with node.store.reading() as connection:
        return leaves.counts(connection).get("op-1", 0)


def report(place: Institution) -> dict[str, list[dict[str, object]]]:
    path = str(place.folder / "config.toml")
    made: dict[str, list[dict[str, object]]] = json.loads(
        CliRunner().invoke(oversight, ["report", "--config", path, "--json"]).stdout
    )
    return made


def test_what_is_all_there_is_looked_after_and_nothing_is_found(node: Node, operator: Operator, look: Look) -> None:
    with operator.served():
        assert look() == []
        assert kept(node) == ENTRIES
    operator.grow(ENTRIES, ENTRIES + 1)
    with operator.served():
        for _ in range(2):
            assert look() == []
    assert kept(node) == ENTRIES + 2


@pytest.mark.parametrize("seen", [True, False])
@pytest.mark.parametrize("index", [0, 4, ENTRIES - 1])
def test_a_deleted_entry_is_named_by_its_place_even_if_nobody_looked_before(
    node: Node, place: Institution, operator: Operator, look: Look, index: int, *, seen: bool
) -> None:
    with operator.opened() as opened, opened.store.reading() as connection:
        leaf = opened.journal.behind(connection, index, index + 1)[0].leaf
        assert leaf is not None
    if seen:
        with operator.served():
            assert look() == []
    operator.change(f'DELETE FROM log_entries WHERE "index" = {index}')
    with operator.served():
        for _ in range(2):
            assert look() == [("record-missing", "op-1", f"log index {index}")]
    (named,) = report(place)["missing"]
    assert named == {
        "kind": "record-missing",
        "party": "op-1",
        "index": index,
        "leaf": canonical.b64(leaf),
        # The ruling is there still, and the only one without a record.
        "request": canonical.b64(index.to_bytes(32, "big")),
        "permit": "",
    }
    text = CliRunner().invoke(oversight, ["report", "--config", str(place.folder / "config.toml")]).stdout
    assert f"op-1: record-missing, log index {index}" in text


def test_of_two_deleted_entries_nobody_knows_which_is_which(place: Institution, operator: Operator, look: Look) -> None:
    operator.change('DELETE FROM log_entries WHERE "index" IN (2, 5)')
    with operator.served():
        assert look() == [("record-missing", "op-1", f"log index {at}") for at in (2, 5)]
    assert [(each["index"], each["request"]) for each in report(place)["missing"]] == [(2, ""), (5, "")]


def test_an_entry_deleted_with_its_ruling_is_named_by_its_place(
    place: Institution, operator: Operator, look: Look
) -> None:
    operator.change(
        'DELETE FROM log_entries WHERE "index" = 2',
        f"DELETE FROM requests WHERE request = X'{(2).to_bytes(32, 'big').hex()}'",
    )
    with operator.served():
        assert look() == [("record-missing", "op-1", "log index 2")]
    assert report(place)["missing"][0]["request"] == ""


def test_a_changed_entry_is_named(operator: Operator, look: Look) -> None:
    with operator.served():
        look()
    other = record(77).text().hex()
    operator.change(f"UPDATE log_entries SET record = X'{other}' WHERE \"index\" = 3")
    with operator.served():
        assert look() == [("record-changed", "op-1", "log index 3")]


def test_a_deleted_ruling_is_named_with_its_request(place: Institution, operator: Operator, look: Look) -> None:
    operator.change(f"DELETE FROM requests WHERE request = X'{(5).to_bytes(32, 'big').hex()}'")
    with operator.served():
        assert look() == [("record-lost", "op-1", "log index 5")]
    (named,) = report(place)["missing"]
    assert (named["index"], named["request"]) == (5, canonical.b64((5).to_bytes(32, "big")))


def test_a_record_deleted_with_its_leaf_is_named_by_who_saw_it_before(
    node: Node, operator: Operator, look: Look
) -> None:
    with operator.served():
        look()
    operator.change(
        'DELETE FROM log_entries WHERE "index" = 2', 'DELETE FROM log_nodes WHERE level = 0 AND "index" = 2'
    )
    with operator.served():
        assert look() == [("record-missing", "op-1", "log index 2")]


def test_a_log_rebuilt_without_a_record_names_exactly_that_record(
    node: Node, operator: Operator, look: Look, tmp_path: Path
) -> None:
    with operator.served():
        look()
    rebuild(operator, without=4)
    with operator.served():
        found = look()
        assert look() == found
    assert sorted(found) == [
        ("log-shrunk", "op-1", f"after {ENTRIES} entries"),
        ("record-missing", "op-1", "log index 4"),
    ]


def rebuild(operator: Operator, *, without: int) -> None:
    """Make the log anew from the salts and records that are there, as if one had never been, and sign it."""
    with operator.opened() as node, node.store.writing() as connection:
        every = connection.exec_driver_sql('SELECT salt, record FROM log_entries ORDER BY "index"').all()
        left = [(salt, text) for at, (salt, text) in enumerate(every) if at != without]
        for name in ("log_entries", "log_nodes"):
            connection.exec_driver_sql(f"DELETE FROM {name}")
        for at, (salt, text) in enumerate(left):
            connection.exec_driver_sql("INSERT INTO log_entries VALUES (?, ?, ?)", (at, salt, text))
        growth = tree.extend(tree.Frontier(), [tree.commitment(salt, text) for salt, text in left])
        for made in growth.nodes:
            connection.exec_driver_sql("INSERT INTO log_nodes VALUES (?, ?, ?)", (made.level, made.index, made.hash))
        head = checkpoint.Checkpoint("demo/op-1/log", growth.frontier.head())
        signed = checkpoint.sign_checkpoint(head, node.key("log.key"))
        connection.exec_driver_sql("UPDATE log_checkpoint SET note = ?", (signed,))


def test_leaves_that_do_not_make_the_root_are_a_finding_and_are_not_kept(
    node: Node, operator: Operator, look: Look
) -> None:
    operator.change(f"UPDATE log_nodes SET hash = X'{'07' * 32}' WHERE level = 0 AND \"index\" = 3")
    with operator.served():
        assert look() == [("log-leaves-false", "op-1", "after 0 entries")]
    assert kept(node) == 0


def test_a_copy_of_the_store_with_a_record_less_is_found_out(
    node: Node, place: Institution, operator: Operator, look: Look, tmp_path: Path
) -> None:
    with operator.served():
        assert look() == []
    copy = tmp_path / "copy"
    shutil.copytree(operator.place.folder, copy)
    served = Operator(Institution(copy, operator.place.schema, operator.place.port), operator.client)
    served.change('DELETE FROM log_entries WHERE "index" = 7')
    with served.served():
        assert look() == [("record-missing", "op-1", "log index 7")]
    # The finding stays, also when the whole store is served again.
    with operator.served():
        assert look() == [("record-missing", "op-1", "log index 7")]
    assert report(place)["missing"][0]["index"] == 7


def test_who_shows_nothing_for_long_while_its_log_answers_is_found_out(
    node: Node, operator: Operator, look: Look, runner: asyncio.Runner
) -> None:
    with operator.served():
        look()
    unshown: Counter[str] = Counter()
    with node.store.reading() as connection:
        (log,) = store.logs(connection)
    places: dict[str, int] = {}
    for _ in range(59):
        runner.run(holding.look_patiently(node, log, places, unshown))
    # What was not shown is asked for again, and not passed over.
    assert places == {}
    assert found_in(node) == []
    runner.run(holding.look_patiently(node, log, {}, unshown))
    assert found_in(node) == [("records-unshown", "op-1", "its log")]


def found_in(node: Node) -> list[tuple[str, str, str]]:
    with node.store.reading() as connection:
        return [(each.kind, each.party, each.subject) for _, each in store.findings(connection)]


def test_a_record_that_was_made_unreadable_hides_nothing(operator: Operator, look: Look) -> None:
    lies = [record(6).text().replace(b'"request":"AAAA', b'"request":"*AAA'), b"no record"]
    operator.change(
        *(f"UPDATE log_entries SET record = X'{lie.hex()}' WHERE \"index\" = {at}" for at, lie in enumerate(lies)),
        'DELETE FROM log_entries WHERE "index" = 7',
    )
    with operator.served():
        found = look()
    changed = [("record-changed", "op-1", f"log index {at}") for at in (0, 1)]
    assert found == [*changed, ("record-missing", "op-1", "log index 7")]


def test_only_the_supervisor_is_shown_what_is_held(operator: Operator) -> None:
    with operator.opened() as node:
        for peer in ("ward-a", "op-2", "keeper", "register", "portal"):
            with pytest.raises(ProtocolError, match="PERMIT_MISMATCH"):
                asyncio.run(held.held(node, peer, {"start": 0, "end": 1}))
        for span in ({"start": 2, "end": 1}, {"start": 0, "end": held.AT_ONCE + 1}, {"start": 0}):
            with pytest.raises(ProtocolError, match="BAD_ENCODING"):
                asyncio.run(held.held(node, "supervisor", canonical.decode(canonical.encode(span))))
        shown = canonical.encode(asyncio.run(held.held(node, "supervisor", {"start": 0, "end": ENTRIES})))
        # The leaves say nothing about what they stand for.
        assert b"ward-a" not in shown
        assert canonical.b64((5).to_bytes(32, "big")).encode() not in shown


@given(st.lists(st.binary(min_size=32, max_size=32), max_size=40), st.integers(0, 40))
def test_a_tree_grows_by_leaves_as_by_entries(entries: list[bytes], cut: int) -> None:
    whole = tree.extend(tree.Frontier(), entries).frontier
    hashes = [tree.leaf_hash(entry) for entry in entries]
    assert holding.grown(holding.grown(tree.Frontier(), hashes[:cut]), hashes[cut:]) == whole
