"""What runs again and again does not read an archive from end to end: SQLite says how it would look each row up."""

import gc
import os
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from sqlalchemy import Connection, Table, select
from sqlalchemy.sql import visitors

from mynumber.exchange.running.node import Schema
from mynumber.gateway import app as gateway
from mynumber.gateway.acquiring import enrolled as acquiring
from mynumber.gateway.answering import outbox
from mynumber.gateway.asking import inquiries
from mynumber.gateway.store import SCHEMA as GATEWAY
from mynumber.keeper.store import SCHEMA as KEEPER
from mynumber.network import store as network
from mynumber.plumbing import database
from mynumber.plumbing.database import Store
from mynumber.plumbing.statements import Prepared
from mynumber.register import enrolments, matching
from mynumber.register.enrolments import Enrolment
from mynumber.register.matching import Asked
from mynumber.register.store import SCHEMA as REGISTER
from mynumber.register.store import Seals
from tests.register.people import NOW, asking, registered
from tests.register.test_enrolments import begun

MONTH = "2026-09"
REFS = [f"r{place}" for place in range(64)]
NUMBERS = [os.urandom(16) for _ in REFS]
Step = Callable[[Connection], object]


def opened(folder: Path, schema: Schema) -> Store:
    url = database.store_url("data.db", folder)
    database.create(url, schema.metadata, schema.version)
    return Store(url, schema.metadata, schema.version)


class Lookup(NamedTuple):
    """How SQLite looks up rows of one table, and the statement with its values."""

    how: str
    statement: str


def plans(store: Store, step: Step) -> list[Lookup]:
    """Return how SQLite looks up rows in every statement of a step; the step itself leaves nothing.

    The statements are those that the driver runs, whoever hands them to it.
    """
    ran: list[str] = []
    with store.writing() as connection:
        driver = connection.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        undone = connection.begin_nested()
        driver.set_trace_callback(ran.append)
        step(connection)
        driver.set_trace_callback(None)
        undone.rollback()
        return [
            Lookup(row[3], statement)
            for statement in ran
            if statement.startswith(("SELECT", "UPDATE", "DELETE", "INSERT"))
            for row in driver.execute(f"EXPLAIN QUERY PLAN {statement}").fetchall()
        ]


def scans(found: list[Lookup]) -> list[str]:
    """Return the lookups that read a table or an index from end to end; the parts of a statement are neither."""
    lines = [lookup.how for lookup in found]
    return [line for line in lines if line.startswith("SCAN") and not line.startswith(("SCAN CONSTANT ROW", "SCAN ("))]


@pytest.mark.parametrize(
    ("schema", "index", "step"),
    [
        (network.SCHEMA, "requests_with_bundle", lambda c: network.erase(c, NOW)),
        (network.SCHEMA, "requests_by_month", lambda c: network.counts(c, MONTH)),
        (GATEWAY, "answered_erasable", lambda c: gateway._erase_answers(c, NOW)),
        (GATEWAY, "answered_by_month", lambda c: gateway._answered(c, MONTH)),
        (GATEWAY, "inquiries_by_month", lambda c: gateway._recorded(c, MONTH)),
        (GATEWAY, "inquiries_by_state", inquiries.pending),
        (GATEWAY, "outbox_undelivered", lambda c: c.execute(outbox._DUE._statement, {"now": NOW})),
        (GATEWAY, "acquisitions_by_state", acquiring._waiting),
        (GATEWAY, "acquisitions_by_state", lambda c: acquiring._take_back(c, now=NOW)),
        (GATEWAY, "acquisitions_by_person", lambda c: acquiring._under_way(c, REFS, lost=False)),
        (GATEWAY, "autoindex_acquisitions_1", lambda c: acquiring._open_numbers(c, NUMBERS)),
        (REGISTER, "acquisitions_by_state", enrolments.busy),
        (REGISTER, "acquisitions_by_state", lambda c: enrolments.again(c, "ward-a")),
        (REGISTER, "acquisitions_by_state", lambda c: enrolments.abandon(c, "ward-a", now=NOW)),
        (REGISTER, "autoindex_acquisitions_1", lambda c: enrolments.unlink(c, "ward-a", NUMBERS[0])),
    ],
)
def test_a_step_looks_up_what_it_needs(tmp_path: Path, schema: Schema, index: str, step: Step) -> None:
    store = opened(tmp_path, schema)
    found = plans(store, step)
    store.close()
    assert scans(found) == []
    assert any(f"INDEX {index} " in lookup.how.replace("sqlite_", "") for lookup in found), found


@pytest.fixture
def register(tmp_path: Path) -> Iterator[Store]:
    store = opened(tmp_path, REGISTER)
    yield store
    store.close()


def test_the_register_looks_up_what_it_needs_however_many_codes_an_office_holds(register: Store) -> None:
    seals = Seals.of(os.urandom(32))
    numbers = registered(register, seals, 3)
    request = asking(numbers)
    found = plans(register, lambda c: matching.decide(c, seals, Asked("ward-a", request, NOW)))
    with register.writing() as connection:
        matching.decide(connection, seals, Asked("ward-a", request, NOW))
    found += plans(register, lambda c: enrolments.waiting(c, seals, "ward-a", 64))
    begun(register, seals)

    def finish(connection: Connection) -> None:
        enrolment = enrolments.current(connection, "ward-a")
        assert isinstance(enrolment, Enrolment)
        enrolments.finish(connection, enrolment, ["stored"] * 3, now=NOW)

    found += plans(register, finish)
    assert scans(found) == []
    # What an office asked for once is much: only its numbers, its persons and what is under way may be looked through.
    assert [lookup.how for lookup in found if lookup.how.endswith("(agency=?)") and "acquisitions" in lookup.how] == []
    assert [
        lookup for lookup in found if lookup.how.endswith("(state=? AND agency=?)") and "'held'" in lookup.statement
    ] == []


def prepared(schema: Schema) -> list[Prepared[object]]:
    """Return every statement of the whole program that is about tables of a schema and nothing else."""
    held = [each for each in gc.get_objects() if isinstance(each, Prepared)]
    tables = {each: {node for node in visitors.iterate(each._statement) if isinstance(node, Table)} for each in held}
    return [each for each, named in tables.items() if named and named <= set(schema.metadata.tables.values())]


def unvalued(store: Store, statement: Prepared[object]) -> list[Lookup]:
    """Return how SQLite would look up the rows of a statement, whatever its values are."""
    with store.reading() as connection:
        words = statement._in_words(connection.dialect)
        found = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {words.text}", tuple(None for _ in words.names))
        return [Lookup(row.detail, words.text) for row in found]


@pytest.mark.parametrize(
    ("schema", "least"), [(network.SCHEMA, 12), (KEEPER, 20), (GATEWAY, 25)], ids=["network", "keeper", "gateway"]
)
def test_no_statement_that_runs_for_every_message_reads_a_table(tmp_path: Path, schema: Schema, least: int) -> None:
    store = opened(tmp_path, schema)
    read = prepared(schema)
    found = [lookup for each in read for lookup in unvalued(store, each)]
    slow = Prepared[object](select(schema.metadata.tables["log_entries"].c.salt).order_by("salt"))
    seen = scans(unvalued(store, slow))
    store.close()
    assert seen != []
    assert len(read) >= least
    # The first has one row. Whoever is owed something has a row in the second: they are all meant, and are few.
    few = ("SCAN log_checkpoint", "SCAN replicas")
    assert [how for how in scans(found) if not how.startswith(few)] == []


def test_a_prepared_statement_is_seen(register: Store) -> None:
    everywhere = Prepared[object](select(REGISTER.metadata.tables["acquisitions"].c.asked))
    assert scans(plans(register, everywhere.all)) != []


def test_a_scan_is_seen(register: Store) -> None:
    assert scans(plans(register, lambda c: c.exec_driver_sql("SELECT * FROM acquisitions WHERE asked = 1"))) != []
