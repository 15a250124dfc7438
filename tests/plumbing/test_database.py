"""A step that was told to be stored is stored; a step that failed left nothing; a caller that left stops nobody."""

import asyncio
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Column, Connection, LargeBinary, MetaData, insert, select
from sqlalchemy.exc import IntegrityError

from mynumber.plumbing import database
from mynumber.plumbing.database import Store
from mynumber.plumbing.errors import NotFinished, WrongUse

METADATA = MetaData()
ROWS = database.table(
    "rows", METADATA, Column("number", database.Int, primary_key=True), Column("data", LargeBinary, nullable=False)
)
SMALL, LARGE = b"x", bytes(5_000_000)
Step = Callable[[Connection], int]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    url = database.store_url("data.db", tmp_path)
    database.create(url, METADATA, 1)
    opened = Store(url, METADATA, 1)
    yield opened
    opened.close()


def put(number: int, data: bytes = SMALL) -> Step:
    def step(connection: Connection) -> int:
        connection.execute(insert(ROWS).values(number=number, data=data))
        return number

    return step


def slow(connection: Connection) -> int:
    """Hold the writer until the others have queued behind it."""
    connection.exec_driver_sql("SELECT 1")
    asyncio.run(asyncio.sleep(0.3))
    return -1


def numbers(store: Store) -> set[int]:
    with store.reading() as connection:
        return set(connection.execute(select(ROWS.c.number)).scalars())


async def group(store: Store, *steps: Step) -> list[int | BaseException]:
    """Run steps that share one commit, behind a slow one."""
    first = asyncio.create_task(store.write(slow))
    await asyncio.sleep(0.1)
    results = await asyncio.gather(*(store.write(step) for step in steps), return_exceptions=True)
    await first
    return list(results)


def test_a_step_that_fails_leaves_the_others_of_its_group(store: Store) -> None:
    results = asyncio.run(group(store, put(1), put(1), put(2)))
    assert results[0] == 1
    assert isinstance(results[1], IntegrityError)
    assert results[2] == 2
    assert numbers(store) == {1, 2}


def test_a_step_that_is_alone_and_fails_leaves_nothing_and_the_next_is_stored(store: Store) -> None:
    def undone(connection: Connection) -> None:
        put(1)(connection)
        raise KeyError("as it was raised")

    for number in (2, 3):
        with pytest.raises(KeyError, match="as it was raised"):
            store.write_now(undone)
        assert store.write_now(put(number)) == number
    assert numbers(store) == {2, 3}
    assert store.trouble() is None


def test_who_came_second_finds_the_rows_of_the_first(store: Store) -> None:
    async def second() -> set[int]:
        try:
            await store.write(put(1))
        except IntegrityError:
            return numbers(store)
        return set()

    async def together() -> set[int]:
        first = asyncio.create_task(store.write(slow))
        await asyncio.sleep(0.1)
        _, found, _ = await asyncio.gather(store.write(put(1)), second(), store.write(slow))
        await first
        return found

    assert asyncio.run(together()) == {1}


def test_a_full_disk_in_a_group_tells_nobody_that_it_is_stored(store: Store) -> None:
    def full(connection: Connection) -> int:
        connection.exec_driver_sql("PRAGMA max_page_count=20")
        return put(2, LARGE)(connection)

    results = asyncio.run(group(store, put(1), full, put(3)))
    told = {result for result in results if isinstance(result, int)}
    assert told == numbers(store)
    assert isinstance(results[1], NotFinished)


def test_a_caller_that_has_gone_does_not_stop_the_writer(store: Store) -> None:
    async def leave() -> int:
        first = asyncio.create_task(store.write(slow))
        await asyncio.sleep(0.1)
        gone = asyncio.create_task(store.write(put(1)))
        await asyncio.sleep(0)
        gone.cancel()
        await first
        return await store.write(put(2))

    assert asyncio.run(leave()) == 2
    assert numbers(store) == {2}


def test_a_loop_that_ends_before_its_step_does_not_stop_the_writer(store: Store) -> None:
    async def leave() -> None:
        under_way = [asyncio.create_task(store.write(slow))]
        await asyncio.sleep(0.1)
        under_way.append(asyncio.create_task(store.write(put(1))))
        await asyncio.sleep(0)

    asyncio.run(leave())
    assert store.write_now(put(2)) == 2
    # The first was under way when its loop ended, the second had not begun.
    assert numbers(store) == {2}


def test_a_step_that_found_nothing_to_go_on_with_fails_and_hangs_nobody(store: Store) -> None:
    def empty(connection: Connection) -> int:
        return next(iter(()))

    # An event loop's future takes no StopIteration; who waited for it would wait for ever.
    with pytest.raises(RuntimeError):
        asyncio.run(asyncio.wait_for(store.write(empty), 10))


def test_a_missing_store_is_never_made_by_opening_it(tmp_path: Path) -> None:
    with pytest.raises(WrongUse, match="missing"):
        Store(database.store_url("data.db", tmp_path), METADATA, 1)
    assert not (tmp_path / "data.db").exists()


@pytest.mark.parametrize("store", ["postgresql://host/name", "mysql://host/name", "://", "file:///data.db"])
def test_a_store_that_is_none_of_sqlite_is_wrong_use(tmp_path: Path, store: str) -> None:
    with pytest.raises(WrongUse, match="SQLite") as refused:
        database.store_url(store, tmp_path)
    assert refused.value.code == "BAD_CONFIG"


@pytest.mark.parametrize("store", ["data.db", "sqlite:///{folder}/data.db"])
def test_a_store_is_a_file_of_its_folder_or_a_url_of_sqlite(tmp_path: Path, store: str) -> None:
    assert database.store_url(store.format(folder=tmp_path), tmp_path).database == str(tmp_path / "data.db")


def test_a_writing_step_holds_the_store_before_it_writes(store: Store, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "data.db", timeout=0, isolation_level=None)) as other:
        with store.writing(), pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
        with store.reading():
            other.execute("BEGIN IMMEDIATE")


# A store that cannot be written says so, and that it can again.


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 8 MiB."""
    place = tmp_path / "disk"
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", place], check=True)
    yield place
    subprocess.run(["umount", place], check=True)


@pytest.fixture
def on_disk(disk: Path) -> Iterator[Store]:
    url = database.store_url("data.db", disk)
    database.create(url, METADATA, 1)
    opened = Store(url, METADATA, 1)
    yield opened
    opened.close()


def said(store: Store) -> str | None:
    store.probe()
    return store.trouble()


def test_a_full_disk_is_told_and_recovers(on_disk: Store, disk: Path) -> None:
    assert said(on_disk) is None
    with pytest.raises(OSError, match="No space"):
        (disk / "filler").write_bytes(bytes(16 * 1024 * 1024))
    assert "its disk is full" in (said(on_disk) or "")
    with pytest.raises(NotFinished) as refused:
        on_disk.write_now(put(1, LARGE))
    assert "free space" in refused.value.hint
    (disk / "filler").unlink()
    assert said(on_disk) is None
    assert on_disk.write_now(put(2)) == 2
    assert numbers(on_disk) == {2}


def test_a_failed_write_is_told_before_anybody_probes(store: Store) -> None:
    def full(connection: Connection) -> int:
        connection.exec_driver_sql("PRAGMA max_page_count=20")
        return put(2, LARGE)(connection)

    with pytest.raises(NotFinished):
        store.write_now(full)
    assert store.trouble() == "data.db: its disk is full; free space on it (SQLITE_FULL)"
    assert said(store) is None


def test_a_locked_store_is_told_and_recovers(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "_PROBE_SECONDS", 0.1)
    with closing(sqlite3.connect(tmp_path / "data.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert "another process holds it locked" in (said(store) or "")
        other.execute("ROLLBACK")
    assert said(store) is None


def test_a_read_only_store_is_told_and_recovers(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "data.db"
    subprocess.run(["mount", "--bind", path, path], check=True)
    try:
        subprocess.run(["mount", "-o", "remount,ro,bind", path], check=True)
        assert "let this process write the file and its folder" in (said(store) or "")
        late = Store(database.store_url("data.db", tmp_path), METADATA, 1)
        with pytest.raises(NotFinished) as refused:
            late.write_now(put(1))
        assert "read-only" in refused.value.hint
        tool = Store(database.store_url("data.db", tmp_path), METADATA, 1)
        with pytest.raises(NotFinished), tool.writing() as connection:
            put(1)(connection)
    finally:
        subprocess.run(["umount", "-l", path], check=True)
    assert said(store) is None
    assert store.write_now(put(2)) == 2
    assert late.write_now(put(3)) == 3  # a connection of the time before stays read-only
    late.close()
    with tool.writing() as connection:
        put(4)(connection)
    tool.close()


def test_the_writer_outlives_a_connection_that_cannot_be_made(store: Store, tmp_path: Path) -> None:
    """Nothing of a store is open any more, and its file is away: the next write fails, the one after it is stored."""
    path, away = tmp_path / "data.db", tmp_path / "away.db"
    store._let_go()
    path.rename(away)
    path.mkdir()
    with pytest.raises(NotFinished) as refused:
        store.write_now(put(1))
    assert "SQLITE_CANTOPEN" in refused.value.hint
    path.rmdir()
    away.rename(path)
    assert store.write_now(put(2)) == 2
    assert numbers(store) == {2}


def test_a_store_that_was_closed_does_not_open_where_it_may_only_be_read(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "data.db"
    store.close()
    subprocess.run(["mount", "--bind", path, path], check=True)
    try:
        subprocess.run(["mount", "-o", "remount,ro,bind", path], check=True)
        with pytest.raises(NotFinished) as refused:
            Store(database.store_url("data.db", tmp_path), METADATA, 1).write_now(put(1))
        assert "let this process write the file and its folder" in refused.value.hint
    finally:
        subprocess.run(["umount", "-l", path], check=True)


def test_looking_changes_nothing(store: Store, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "data.db")) as other:
        before = other.execute("PRAGMA data_version").fetchone()
        assert said(store) is None
        assert other.execute("PRAGMA data_version").fetchone() == before
        store.write_now(put(1))
        assert other.execute("PRAGMA data_version").fetchone() != before
