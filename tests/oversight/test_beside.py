"""A supervisor whose store came back from a backup: it knows that it did, and has its acts and findings again."""

import asyncio
import contextlib
import json
import shutil
import sqlite3
from contextlib import closing

import pytest
from sqlalchemy import select, update

from mynumber.exchange.log import restoring
from mynumber.exchange.running.node import Node
from mynumber.exchange.view.state import Block
from mynumber.oversight import beside, publishing, reconciling, store
from mynumber.oversight.hidden import kept
from mynumber.oversight.hidden.kept import Kept
from mynumber.oversight.store import Finding, Log
from mynumber.plumbing import database
from tests.keeper import town

STOP = Block(party="", procedure="", item="local_tax", article="Act art. 28(6)", reason="unpublished")
FOUND = Finding("log-shrunk", "keeper", "after 2 entries", "it showed 2 entries and now shows 1", b"\x00evidence\xff")
HIDDEN = Kept(bytes(32), 0, 2026, town.NOW, town.NOW + 100, b"sealed")
TABLES = (store.ACTS, store.HIDDEN_ACTS, store.FINDINGS)


def rows(node: Node) -> list[list[tuple[object, ...]]]:
    with node.store.reading() as connection:
        return [[tuple(row) for row in connection.execute(select(table))] for table in TABLES]


def act(node: Node) -> None:
    """Stop something, find something, let a hidden record stay hidden longer."""
    with node.store.writing() as connection:
        store.add_act(connection, "block", STOP, town.NOW)
        store.find(connection, [FOUND], town.NOW)
        kept.extend(connection, HIDDEN.permit, 0, seconds=5000, at=town.NOW, article="Act art. 23(2)")


def export(node: Node) -> None:
    """Let the loop of the export go round once."""

    async def once() -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.5):
                await beside.export(node)

    asyncio.run(once())


@pytest.fixture
def acted(node: Node) -> Node:
    """A supervisor that has acted and found since the copy `backup` of its store."""
    with node.store.writing() as connection:
        kept.take(connection, [HIDDEN])
        store.add_act(connection, "block", STOP, town.NOW - 100)
        store.add_act(connection, "unblock", STOP, town.NOW - 50)
    export(node)
    with closing(sqlite3.connect(node.store.path)) as whole, closing(sqlite3.connect(node.folder / "backup")) as copy:
        whole.backup(copy)
    act(node)
    export(node)
    return node


def back(node: Node) -> int:
    """Put the copy in the place of the store and begin as a process does; return how much was recovered."""
    put_back(node)
    return recover(node)


def put_back(node: Node) -> None:
    node.store.close()
    for path in node.folder.glob("data.db*"):
        path.unlink()
    shutil.copy(node.folder / "backup", node.folder / "data.db")
    url = database.store_url("data.db", node.folder)
    node.store = database.Store(url, node.schema.metadata, node.schema.version)


def recover(node: Node) -> int:
    with node.store.writing() as connection:
        return beside.recover(connection, node.folder)


def test_acts_and_findings_come_back_as_they_were_and_once(acted: Node) -> None:
    whole = rows(acted)
    assert [len(each) for each in whole] == [3, 1, 1]
    assert back(acted) == 3
    assert rows(acted) == whole
    with acted.store.reading() as connection:
        assert store.blocks(connection) == (STOP,)
        assert store.findings(connection) == ((town.NOW, FOUND),)
        assert [row.due for row in kept.rows(connection)] == [town.NOW + 5000]
    assert recover(acted) == 0
    export(acted)
    assert recover(acted) == 0


def test_a_store_that_lacks_nothing_gets_nothing(acted: Node) -> None:
    assert recover(acted) == 0


def test_an_act_between_the_copy_and_the_start_takes_nobodys_place(acted: Node) -> None:
    other = Block(party="", procedure="", item="pension", article="Act art. 28(6)", reason="meanwhile")
    put_back(acted)
    with acted.store.writing() as connection:
        store.add_act(connection, "block", other, town.NOW + 10)
    assert recover(acted) == 3
    with acted.store.reading() as connection:
        assert set(store.blocks(connection)) == {STOP, other}
    for _ in range(2):
        export(acted)
        assert recover(acted) == 0


def test_a_line_of_which_only_a_part_was_written_is_none(acted: Node) -> None:
    path = acted.folder / "log" / "acts.jsonl"
    whole = path.read_bytes()
    path.write_bytes(whole[:-20])
    assert len(whole.splitlines()) == 3
    assert back(acted) == 2
    assert len(rows(acted)[0]) == 2
    with acted.store.writing() as connection:
        store.add_act(connection, "block", STOP, town.NOW + 1)
    export(acted)
    assert [json.loads(line)["act"] for line in path.read_text("ascii").splitlines() if line.endswith("}")] == [
        "block",
        "unblock",
        "block",
    ]


@pytest.mark.parametrize("damaged", [b"\xff", "番".encode(), b"5", b'{"act":{}}', b'{"act":{"b64":"?"}}'])
def test_a_line_that_is_damaged_is_none_and_the_others_come_back(acted: Node, damaged: bytes) -> None:
    path = acted.folder / "log" / "acts.jsonl"
    first, second, third = path.read_bytes().splitlines()
    path.write_bytes(b"\n".join([first, damaged, second, third]) + b"\n")
    assert back(acted) == 3
    assert len(rows(acted)[0]) == 3


def test_a_store_without_a_log_is_known_by_its_mark(acted: Node) -> None:
    assert marked(acted) is None
    keep_mark(acted)
    # The copy was made before this mark.
    back(acted)
    at = marked(acted)
    assert at == acted.clock.now()
    keep_mark(acted)
    assert marked(acted) == at
    assert marked(acted, configured=at + 5) == at + 5


def test_a_store_of_before_there_were_marks_begins_and_is_marked(acted: Node) -> None:
    with closing(sqlite3.connect(acted.store.path)) as own:
        own.execute("DROP TABLE served")
    assert marked(acted) is None
    keep_mark(acted)
    assert (acted.folder / "log" / restoring.MARK).read_text("ascii") == "1\n"
    assert marked(acted) is None


@pytest.mark.parametrize("data", [b"", b"no number", b"\xff"])
def test_a_mark_that_cannot_be_read_counts_as_restored(acted: Node, data: bytes) -> None:
    keep_mark(acted)
    assert marked(acted) is None
    (acted.folder / "log" / restoring.MARK).write_bytes(data)
    assert marked(acted) is not None


def test_the_mark_grows_when_the_store_changes_and_rests_when_it_does_not(acted: Node) -> None:
    path = acted.folder / "log" / restoring.MARK
    keep_mark(acted)
    first = int(path.read_text("ascii"))

    async def watched() -> tuple[int, int]:
        task = asyncio.create_task(restoring.keep_mark(acted.store.path, acted.folder / "log"))
        await asyncio.sleep(2.5)
        still = int(path.read_text("ascii"))
        await acted.store.write(lambda connection: connection.execute(update(store.FINDINGS).values(at=1)))
        await asyncio.sleep(2.5)
        task.cancel()
        return still, int(path.read_text("ascii"))

    # At the start it grows once, because nobody saw what changed before.
    assert asyncio.run(watched()) == (first + 1, first + 2)


def test_a_mark_that_cannot_be_written_now_is_written_later(acted: Node) -> None:
    path = acted.folder / "log" / restoring.MARK
    in_its_way = path.with_suffix(".new")
    in_its_way.mkdir()
    keep_mark(acted)
    assert not path.exists()
    in_its_way.rmdir()
    keep_mark(acted)
    assert int(path.read_text("ascii")) > 1
    assert marked(acted) is None


def keep_mark(node: Node) -> None:
    async def once() -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.5):
                await restoring.keep_mark(node.store.path, node.folder / "log")

    asyncio.run(once())


def marked(node: Node, *, configured: int = 0) -> int | None:
    """Look as `serve` does."""
    place = restoring.Place(node.folder, node.store, None, node.schema.restorations)
    return restoring.restored_at(place, now=node.clock.now(), configured=configured)


def test_a_restored_supervisor_publishes_a_newer_state_than_any_that_it_forgot(node: Node) -> None:
    def due(forgotten: int) -> int:
        made = publishing.due_state(None, (), network="demo", now=town.NOW, started=True, forgotten=forgotten)
        assert made is not None
        return made.version

    assert (due(0), due(86_400)) == (1, 86_401)
    assert publishing.forgotten(node) == 0
    node.restored = node.view.directory.body.not_before + 86_400
    assert publishing.forgotten(node) == 86_400


def test_counts_of_before_the_backup_are_not_compared(node: Node) -> None:
    def why() -> list[tuple[str, str]]:
        with node.store.reading() as connection:
            return [(each.party, each.why) for each in reconciling.prevented(connection, town.NOW)]

    with node.store.writing() as connection:
        for party, at in (("keeper", town.NOW - 500), ("op-1", town.NOW - 100)):
            store.put_log(connection, Log(party, f"demo/{party}/log", 0, bytes(32), b"note", 1, 1))
            store.put_counts(connection, party, "2026-09", at=at, form=b"{}")
    assert why() == []
    with node.store.writing() as connection:
        node.schema.restorations.note(connection, town.NOW - 300)
    assert why() == [("keeper", "its counts are of before our backup")]
    with node.store.writing() as connection:
        store.put_counts(connection, "keeper", "2026-09", at=town.NOW - 299, form=b"{}")
    assert why() == []


def test_acts_between_the_copy_and_the_start_lie_beside_the_store_too(acted: Node) -> None:
    """The next backup is no younger than the one before."""
    put_back(acted)
    meanwhile = [
        Block(party="", procedure="", item=item, article="Act art. 28(6)", reason="meanwhile")
        for item in ("pension", "medical")
    ]
    with acted.store.writing() as connection:
        for place, other in enumerate(meanwhile):
            store.add_act(connection, "block", other, town.NOW + 10 + place)
    recover(acted)
    export(acted)
    assert back(acted) == 5
    with acted.store.reading() as connection:
        assert set(store.blocks(connection)) == {STOP, *meanwhile}


def test_every_act_comes_back_at_once_where_one_took_the_number_of_another(acted: Node) -> None:
    with acted.store.writing() as connection:
        for place in range(3):
            other = Block(party="", procedure="", item=f"item-{place}", article="Act art. 28(6)", reason="late")
            store.add_act(connection, "block", other, town.NOW + place)
    export(acted)
    put_back(acted)
    with acted.store.writing() as connection:
        store.add_act(connection, "unblock", STOP, town.NOW + 10)
    assert recover(acted) == 6
    assert len(rows(acted)[0]) == 7
    # The newest act counts, not the one that was put back last.
    with acted.store.reading() as connection:
        assert {block.item for block in store.blocks(connection)} == {"item-0", "item-1", "item-2"}
    assert recover(acted) == 0
