"""A register of its own for each test: real stores, invented persons."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from mynumber.exchange.running.node import Node
from mynumber.plumbing import database
from mynumber.plumbing.database import Store
from mynumber.register.store import SCHEMA, Seals
from mynumber.register.worker import Worker
from tests.register.town import Town, node_of, world


@pytest.fixture
def seals() -> Seals:
    return Seals.of(os.urandom(32))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    url = database.store_url("data.db", tmp_path)
    database.create(url, SCHEMA.metadata, SCHEMA.version)
    opened = Store(url, SCHEMA.metadata, SCHEMA.version)
    yield opened
    opened.close()


@pytest.fixture
def town(tmp_path: Path) -> Town:
    return Town(tmp_path)


@pytest.fixture
def node(tmp_path: Path, store: Store, town: Town) -> Node:
    return node_of(tmp_path, store, town)


@pytest.fixture
def worker(node: Node, seals: Seals) -> Worker:
    return Worker(node, seals, lambda _: world().register)
