"""The key of codes at rest changes: everything opens under the new one, whenever the command dies."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert

from mynumber.codes import at_rest
from mynumber.codes.group import Point, base
from mynumber.codes.keys import scalar_from
from mynumber.exchange import setup
from mynumber.exchange.running import own_keys
from mynumber.gateway.acquiring import maintenance
from mynumber.gateway.acquiring.persons import Wrapping
from mynumber.gateway.store import ROTATIONS, SCHEMA
from mynumber.plumbing import database
from mynumber.plumbing.errors import WrongUse
from tests.boot.network import init

CODES = [base(scalar_from(os.urandom(64))) for _ in range(3)]
PRODUCT = scalar_from(os.urandom(64))


@contextmanager
def store(folder: Path) -> Iterator[Connection]:
    """Open the office's store for a moment."""
    opened = database.Store(database.store_url("gateway.db", folder), SCHEMA.metadata, SCHEMA.version)
    try:
        with opened.writing() as connection:
            yield connection
    finally:
        opened.close()


def wrapping(folder: Path) -> Wrapping:
    """Return the office's way to its codes, under the key in use."""
    return Wrapping("pension", own_keys.settled(folder, "wrap").read_bytes())


@pytest.fixture
def office(tmp_path: Path) -> Path:
    """An office that holds codes of epoch 2, and the product that carries those of epoch 1 over."""
    folder = init(tmp_path, "pension")
    with store(folder) as connection:
        for i, code in enumerate(CODES):
            wrapping(folder).store(connection, f"r{i}", 2, code)
        sealed = at_rest.wrap_product(wrapping(folder).key, "pension", 1, PRODUCT)
        connection.execute(insert(ROTATIONS).values(old=1, new=2, product=sealed, at=1))
    return folder


def held(folder: Path) -> list[Point | None]:
    """Return what the office's codes open to, and a code of epoch 1 carried over."""
    with store(folder) as connection:
        mine = wrapping(folder)
        codes = [mine.code_of(connection, f"r{i}", 2) for i in range(len(CODES))]
        return [*codes, mine.carried(connection, 1, CODES[0])[1]]


def test_everything_opens_under_the_new_key(office: Path) -> None:
    before, key = held(office), own_keys.settled(office, "wrap").read_bytes()
    assert maintenance.rewrap(office) == len(CODES)
    assert own_keys.settled(office, "wrap").read_bytes() != key
    assert not own_keys.following(office, "wrap").exists()
    assert held(office) == before == [*CODES, at_rest.carry(PRODUCT, CODES[0])]


def test_a_death_behind_the_commit_is_made_up_for(office: Path) -> None:
    before = held(office)
    setup.set_test_town(office / "config.toml", faults={"gateway.rewrap.commit.after": "kill"})
    command = [sys.executable, "-m", "mynumber", "join", "rotate", "wrap", "--dir", str(office)]
    assert subprocess.run(command, capture_output=True, check=False).returncode == -9
    assert own_keys.following(office, "wrap").exists()
    setup.set_test_town(office / "config.toml", faults={})
    assert maintenance.rewrap(office) == 0
    assert held(office) == before


def test_a_key_that_opens_nothing_is_not_put_in_the_place_of_another(office: Path) -> None:
    path = own_keys.settled(office, "wrap")
    path.write_bytes(os.urandom(64))
    with pytest.raises(WrongUse, match="not this party's own"):
        maintenance.rewrap(office)
