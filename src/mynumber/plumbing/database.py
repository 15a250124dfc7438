"""Stores: SQLAlchemy Core over SQLite, with one writer that commits in groups.

Promises: every writing step begins IMMEDIATE and is durable when its call returns; a step that fails leaves nothing;
a store that does not exist is never created by opening it, because a lost store must not look like a new one.

A lone step does not wait; steps that arrive while a commit is running share the next one, at most 256. If we crash
inside a group, none of its steps happened, and none of their callers was told otherwise.

A store that cannot be written says why (`trouble`) until it can again: `probe` looks, as long as a process runs.
"""

import asyncio
import contextlib
import os
import queue
import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Generic, Protocol, TypeAlias, TypeVar

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Constraint,
    Engine,
    Integer,
    MetaData,
    Table,
    create_engine,
    event,
    insert,
    make_url,
    select,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL
from sqlalchemy.exc import DatabaseError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool

from mynumber.plumbing import logs
from mynumber.plumbing.errors import NotFinished, WrongUse
from mynumber.plumbing.statements import Prepared
from mynumber.plumbing.transactions import Transactions

T = TypeVar("T")

GROUP = 256
LEAST_FREE = 4 * 1024 * 1024
"""Bytes a disk must have left: about what SQLite's journal takes before it is folded into the store."""
_PROBE_SECONDS = 2.0
_WRITING = "BEGIN IMMEDIATE"  # who will write holds the store from the beginning
Int = BigInteger().with_variant(Integer, "sqlite")


def table(name: str, metadata: MetaData, *columns: Column[object] | Constraint, purpose: str = "") -> Table:
    """Declare a table; STRICT in SQLite, so that a value of another type is refused by the store itself.

    `purpose` says what the table is for, `comment` of a column what its values mean: `mynumber inventory` prints both,
    and fails on a column without. A column whose values come from a number or stand for one names the line of
    law/number_equivalents.csv that decides about it: `Column(..., comment="...", info={"equivalent": "NE08"})`.
    """
    return Table(name, metadata, *columns, comment=purpose or None, sqlite_strict=True)


def upsert(connection: Connection, into: Table) -> sqlite.Insert | postgresql.Insert:
    """Return an INSERT that can say what happens ON CONFLICT."""
    return postgresql.insert(into) if connection.dialect.name == "postgresql" else sqlite.insert(into)


def store_url(store: str, folder: Path) -> URL:
    """Return the URL of a configured store: a URL of SQLite as it is, a file name relative to `folder`."""
    if "://" in store and not store.startswith("sqlite://"):
        raise WrongUse("BAD_CONFIG", "a store is a SQLite file or its URL", hint="correct `store` in config.toml")
    return make_url(store) if "://" in store else URL.create("sqlite", database=str((folder / store).resolve()))


def _prepare_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def connect(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # we begin transactions ourselves
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=10000"):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute("PRAGMA secure_delete=ON")


def _engine(url: URL) -> Engine:
    # As many as there are threads: one that is kept between transactions never comes back to who waits at the pool.
    engine = create_engine(url, poolclass=QueuePool, pool_size=8, max_overflow=-1)
    if url.get_backend_name() == "sqlite":
        _prepare_sqlite(engine)
    return engine


def _version_table(metadata: MetaData) -> Table:
    known = metadata.tables.get("schema_version")
    return (
        table(
            "schema_version",
            metadata,
            Column("version", Int, nullable=False, comment="version of the schema"),
            purpose="which schema the store has, so that a program of another version refuses it",
        )
        if known is None
        else known
    )


def create(url: URL, metadata: MetaData, version: int) -> None:
    """Create an empty store; refuse one that is there already."""
    path = url.database if url.get_backend_name() == "sqlite" else None
    if path is not None and Path(path).exists():
        raise WrongUse("STORE_EXISTS", f"{path} is there already", hint="choose another folder")
    versions = _version_table(metadata)
    engine = _engine(url)
    writing = Transactions(engine, _WRITING)
    with writing.one() as connection:
        metadata.create_all(connection)
        connection.execute(insert(versions).values(version=version))
    writing.close()
    engine.dispose()
    if path is not None:
        Path(path).chmod(0o600)


class _Waiter(Protocol):
    """Who waits for a step: a thread with its Future, or somebody on an event loop."""

    def set_running_or_notify_cancel(self) -> bool:
        """Tell whether anybody still wants the step."""

    def set_result(self, result: object, /) -> None:
        """Tell what the step returned."""

    def set_exception(self, exception: Exception, /) -> None:
        """Tell why the step failed."""


_Handed: TypeAlias = tuple[Callable[[Connection], object], _Waiter]


class _OnLoop(Generic[T]):
    """Waits on the event loop that makes it; a Future of threads bound to one of the loop costs as much as a step."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self.future: asyncio.Future[T] = self._loop.create_future()

    def set_running_or_notify_cancel(self) -> bool:
        return not self.future.cancelled()

    def set_result(self, result: T, /) -> None:
        self._tell(partial(self.future.set_result, result))

    def set_exception(self, exception: Exception, /) -> None:
        if isinstance(exception, StopIteration):
            # A future of the loop refuses this one, and whoever waits would never be told.
            exception = RuntimeError("a step had nothing to go on with")
        self._tell(partial(self.future.set_exception, exception))

    def _tell(self, tell: Callable[[], None]) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended, and whoever waited on it
            self._loop.call_soon_threadsafe(lambda: None if self.future.done() else tell())


class Store:
    """An open store: `reading`, `writing` for threads, `look`, `read`, `write` for the event loop."""

    def __init__(self, url: URL, metadata: MetaData, version: int) -> None:
        """Open a store that `create` made; refuse a missing one or one of another version."""
        if url.get_backend_name() == "sqlite" and not Path(url.database or "").exists():
            raise WrongUse(
                "NO_STORE", f"the store {url.database} is missing", hint="restore it, or `mynumber init` anew"
            )
        self._engine = _engine(url)
        self._reads, self._writes = Transactions(self._engine, "BEGIN"), Transactions(self._engine, _WRITING)
        self._steps: queue.SimpleQueue[_Handed | None] = queue.SimpleQueue()
        self._path = Path(url.database or "")
        self._trouble: str | None = None
        try:
            with self.reading() as connection:
                found = connection.execute(select(_version_table(metadata).c.version)).scalar_one()
        except (SQLAlchemyError, sqlite3.Error) as problem:
            shown = _as_trouble(problem)
            if isinstance(shown, NotFinished):
                raise shown from problem
            raise WrongUse("BAD_STORE", f"{url.database} is not a store of ours", hint="restore it") from problem
        if found != version:
            raise WrongUse("OLD_STORE", f"the store has schema {found}, this program {version}", hint="migrate it")
        self._writer = threading.Thread(target=self._write_groups, name="writer", daemon=True)
        self._writer.start()

    def reading(self) -> AbstractContextManager[Connection]:
        """A short reading transaction."""
        return self._reads.one()

    @contextlib.contextmanager
    def writing(self) -> Iterator[Connection]:
        """A writing transaction of its own, for start-up and tools."""
        try:
            with self._writes.one() as connection:
                yield connection
        except (SQLAlchemyError, sqlite3.Error) as problem:
            shown = self._failed(problem)
            if shown is problem:
                raise
            raise shown from problem

    def look(self, step: Callable[[Connection], T]) -> T:
        """Run a reading step here and now: a few rows by their keys take less than a way to a thread.

        A reader waits for nobody, because a writer of SQLite writes beside what is read (WAL).
        """
        with self.reading() as connection:
            return step(connection)

    async def read(self, step: Callable[[Connection], T]) -> T:
        """Run a reading step off the event loop."""
        return await asyncio.to_thread(self.look, step)

    async def write(self, step: Callable[[Connection], T]) -> T:
        """Run a writing step in the next group; durable on return."""
        waiting = _OnLoop[T]()
        self._steps.put((step, waiting))  # type: ignore[arg-type]  # the writer sets what step returns
        return await waiting.future

    def write_now(self, step: Callable[[Connection], T]) -> T:
        """Run a writing step in the next group from a thread; durable on return."""
        future: Future[T] = Future()
        self._steps.put((step, future))  # type: ignore[arg-type]  # as above
        return future.result()

    @property
    def path(self) -> Path:
        """Where the store lies."""
        return self._path

    def trouble(self) -> str | None:
        """Say why nothing can be written and what to do, None if nothing is known against it."""
        return self._trouble

    def probe(self) -> None:
        """Find out whether the store can be written now; it is not changed. Called from a thread, again and again."""
        try:
            free = os.statvfs(self._path.parent)
            if free.f_bavail * free.f_frsize < LEAST_FREE:
                self._note(f"{self._path.name}: its disk is full; free space on it")
                return
            # SQLite may take an open file of this process again, which can still be written when a new one could not.
            if not os.access(self._path, os.W_OK):
                raise PermissionError("the file may not be written")
            with contextlib.closing(sqlite3.connect(self._path, timeout=_PROBE_SECONDS, isolation_level=None)) as own:
                own.execute("BEGIN IMMEDIATE")
                own.execute("UPDATE schema_version SET version = version")
                # After a failure only a commit shows that it is over; else a process without work writes nothing.
                own.execute("ROLLBACK" if self._trouble is None else "COMMIT")
        except (sqlite3.Error, OSError) as problem:
            self._note(f"{self._path.name}: {_remedy(problem)}")
        else:
            self._note(None)

    def _note(self, trouble: str | None) -> None:
        if trouble != self._trouble:
            self._trouble = trouble
            logs.info("store.trouble" if trouble else "store.writable", path=self._path.name)

    def _failed(self, problem: Exception) -> Exception:
        """Note a trouble of the store, after its transaction has ended; return what the caller is told."""
        shown = _as_trouble(problem)
        if isinstance(shown, NotFinished) and shown is not problem:
            self._note(f"{self._path.name}: {shown.hint}")
            # A connection that was opened while the file was read-only stays so.
            self._let_go()
        return shown

    def close(self) -> None:
        """Finish what was handed in and close."""
        self._steps.put(None)
        self._writer.join()
        self._let_go()

    def _let_go(self) -> None:
        """Close every connection that nobody uses."""
        self._reads.close()
        self._writes.close()
        self._engine.dispose()

    def _write_groups(self) -> None:
        while (first := self._steps.get()) is not None:
            group = [first]
            with contextlib.suppress(queue.Empty):
                while len(group) < GROUP:
                    following = self._steps.get_nowait()
                    if following is None:
                        self._steps.put(None)
                        break
                    group.append(following)
            self._commit(group)

    def _commit(self, group: list[_Handed]) -> None:
        # A step whose caller has gone (a cancelled request) is left out; from here on none can be cancelled.
        wanted = [(step, future) for step, future in group if future.set_running_or_notify_cancel()]
        outcomes: list[Callable[[], None]] = []
        # A step that is alone needs no place to go back to: where it fails, so does its transaction.
        alone = len(wanted) == 1
        try:
            with self._writes.one() as connection:
                for step, future in wanted:
                    try:
                        with contextlib.nullcontext() if alone else _step(connection):
                            result = step(connection)
                    except _GroupLost:
                        raise
                    except Exception as problem:  # the caller of this step gets it, the group goes on
                        # A read-only store lets a transaction begin, and only what is written in it fails.
                        if alone or _as_trouble(problem) is not problem:
                            raise _GroupLost from problem
                        outcomes.append(partial(future.set_exception, problem))
                    else:
                        outcomes.append(partial(future.set_result, result))
        except Exception as problem:  # noqa: BLE001  # every caller gets it; a writer that ended would leave all waiting
            cause = problem.__cause__ if isinstance(problem, _GroupLost) else problem
            shown = self._failed(cause if isinstance(cause, Exception) else problem)
            for _, future in wanted:
                future.set_exception(shown)
            return
        # Behind the commit, failures too: who failed because another step of the group came first must find its rows.
        for tell in outcomes:
            tell()


_BEGIN, _END, _UNDO = (
    Prepared[tuple[()]](text(f"{said} step")) for said in ("SAVEPOINT", "RELEASE SAVEPOINT", "ROLLBACK TO SAVEPOINT")
)


@contextlib.contextmanager
def _step(connection: Connection) -> Iterator[None]:
    """One step of a group: what it wrote is undone if it fails, and what the steps before it wrote stays."""
    _BEGIN.run(connection)
    try:
        yield
    except BaseException as problem:
        # A full disk or an I/O error may have ended the whole transaction, and what the steps before wrote is gone with
        # it: then nobody of the group is told that it is stored.
        _require_transaction(connection, problem)
        _or_lost(connection, _UNDO, _END)
        raise
    _or_lost(connection, _END)


def _or_lost(connection: Connection, *ends: Prepared[tuple[()]]) -> None:
    """End a step, or give up the group: what cannot be undone must not be committed."""
    try:
        for end in ends:
            end.run(connection)
    except SQLAlchemyError as problem:
        raise _GroupLost from problem


def _require_transaction(connection: Connection, problem: BaseException) -> None:
    raw = connection.connection.driver_connection
    if isinstance(raw, sqlite3.Connection) and not raw.in_transaction:
        raise _GroupLost from problem


class _GroupLost(SQLAlchemyError):
    """Nothing of a group is stored: SQLite ended its transaction, or the store cannot be written."""


def _as_trouble(problem: Exception) -> Exception:
    """Name what the operator of this store can do about a full, locked or read-only one."""
    raw = _of_sqlite(problem) if isinstance(problem, SQLAlchemyError | sqlite3.Error) else None
    if raw is None:
        return problem
    return NotFinished("STORE_TROUBLE", f"the store cannot be written ({raw.sqlite_errorname})", hint=_remedy(raw))


def _of_sqlite(problem: BaseException | None) -> sqlite3.OperationalError | None:
    """Return what SQLite said first: where it ended the transaction itself, what follows only says that it is gone."""
    before = None if problem is None else _of_sqlite(problem.__context__)
    # What fails while a connection is made comes from SQLite itself, the rest through SQLAlchemy.
    said = problem.orig if isinstance(problem, DatabaseError) else problem
    if before is None and isinstance(said, sqlite3.OperationalError):
        return said
    return before


def _remedy(problem: Exception) -> str:
    """Return in words what is wrong with a store that cannot be written, and what to do."""
    name = getattr(problem, "sqlite_errorname", "") or type(problem).__name__
    known = (
        (("SQLITE_FULL",), "its disk is full; free space on it"),
        (("SQLITE_BUSY", "SQLITE_LOCKED"), "another process holds it locked; end that process"),
        (
            ("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM", "PermissionError"),
            "it is read-only here; let this process write the file and its folder",
        ),
    )
    said = next((text for names, text in known if name.startswith(names)), "it cannot be written; look at its disk")
    return f"{said} ({name})"
