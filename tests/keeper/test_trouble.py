"""A keeper whose store is in trouble: it says so with what to do, releases nothing meanwhile, and goes on by itself."""

import asyncio
import json
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from mynumber.exchange.running.node import Node
from mynumber.exchange.view import anchors
from mynumber.plumbing import canonical
from mynumber.plumbing.client import PeerDown
from tests.keeper import conftest
from tests.keeper.processes import Client, serving
from tests.keeper.test_process import enrolled, release, rows_of
from tests.keeper.town import Institution

SECONDS = 20.0


@contextmanager
def disk(folder: Path) -> Iterator[None]:
    """Let a folder lie on a disk of 16 MiB."""
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", folder], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


@contextmanager
def filled(folder: Path) -> Iterator[None]:
    """Let nothing more fit on a folder's disk."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(4096))
    assert shutil.disk_usage(folder).free == 0
    try:
        yield
    finally:
        filler.unlink()


@contextmanager
def read_only(path: Path) -> Iterator[None]:
    """Let nobody write a file, whatever rights a process has."""
    subprocess.run(["mount", "--bind", path, path], check=True)
    try:
        subprocess.run(["mount", "-o", "remount,ro,bind", path], check=True)
        yield
    finally:
        subprocess.run(["umount", "-l", path], check=True)


def health(client: Client) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(client.use(lambda peers: peers.look("keeper", "/health")).body)
    return found


def wait(client: Client, *words: str) -> None:
    """Wait until health says these words, or `ready`, and nothing else."""
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        said = health(client)["waiting_for"]
        if len(said) == len(words) and all(word in text for word, text in zip(words, said, strict=True)):
            return
        time.sleep(0.2)
    raise AssertionError(health(client))


def begun(config: Path) -> subprocess.CompletedProcess[str]:
    """Serve a keeper that does not begin; return how it ended."""
    command = [sys.executable, "-P", "-m", "mynumber", "serve", "keeper", "--config", str(config)]
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)


def client_of(place: Institution, folder: Path) -> Client:
    return Client(folder / "op-2", "op-2", {"keeper": place.port})


@pytest.fixture
def operator(place: Institution, tmp_path: Path) -> Client:
    return client_of(place, tmp_path)


def test_a_full_disk_releases_nothing_and_afterwards_once(tmp_path: Path) -> None:
    with disk(tmp_path / "disk"):
        place = conftest.settled(tmp_path / "disk")
        operator, path = client_of(place, tmp_path), enrolled(place)
        with serving("keeper", path, place.port, operator):
            with filled(tmp_path / "disk"):
                wait(operator, "data.db: its disk is full; free space on it")
                with pytest.raises(PeerDown):
                    release(operator)
                with pytest.raises(PeerDown):
                    release(operator)
            wait(operator)
            assert release(operator) == release(operator)
        assert rows_of(place) == (1, 1, 1)


def test_a_locked_store_releases_nothing_and_afterwards_once(place: Institution, operator: Client) -> None:
    with serving("keeper", enrolled(place), place.port, operator):
        with closing(sqlite3.connect(place.folder / "data.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            wait(operator, "data.db: another process holds it locked; end that process")
            assert other.execute("SELECT count(*) FROM releases").fetchone() == (0,)
            other.execute("ROLLBACK")
        wait(operator)
        assert release(operator) == release(operator)
    assert rows_of(place) == (1, 1, 1)


def test_a_store_that_becomes_read_only_is_told_and_recovers(place: Institution, operator: Client) -> None:
    with serving("keeper", enrolled(place), place.port, operator):
        with read_only(place.folder / "data.db"):
            wait(operator, "data.db: it is read-only here; let this process write the file and its folder")
        wait(operator)
        assert release(operator)
    assert rows_of(place) == (1, 1, 1)


def test_a_store_that_may_only_be_read_does_not_begin(place: Institution, operator: Client) -> None:
    path = enrolled(place)
    with read_only(place.folder / "data.db"):
        done = begun(path)
    assert done.returncode == 3, done.stderr
    assert "[STORE_TROUBLE]" in done.stderr
    assert "let this process write the file and its folder" in done.stderr
    with serving("keeper", path, place.port, operator):
        assert release(operator)


def test_a_store_that_was_served_before_begins_read_only_and_recovers(place: Institution, operator: Client) -> None:
    path = enrolled(place)
    with serving("keeper", path, place.port, operator):
        assert release(operator)
    with ExitStack() as stack:
        with read_only(place.folder / "data.db"):
            # It has nothing to write at once; its log can be read.
            stack.enter_context(serving("keeper", path, place.port, operator, begun="/log/checkpoint"))
            wait(operator, "data.db: it is read-only here; let this process write the file and its folder")
        wait(operator)
        assert release(operator)
    assert rows_of(place) == (1, 1, 1)


@pytest.mark.parametrize(
    ("name", "damaged"),
    [("members.key", bytes(32)), ("sign.key", b""), ("sign.key", bytes(32)), ("release.key", b"cut"), ("log.key", b"")],
)
def test_another_key_or_a_damaged_one_does_not_begin(
    place: Institution, operator: Client, name: str, damaged: bytes
) -> None:
    path = enrolled(place)
    with serving("keeper", path, place.port, operator):
        assert release(operator)
    key = place.folder / "keys" / name
    kept = key.read_bytes()
    key.write_bytes(damaged)
    done = begun(path)
    assert done.returncode == 2, done.stderr
    assert "[WRONG_KEY]" in done.stderr
    assert name in done.stderr
    key.write_bytes(kept)
    with serving("keeper", path, place.port, operator):
        assert release(operator)


def test_anchors_that_cannot_be_read_when_a_directory_comes_are_told_and_stop_nothing(
    place: Institution, node: Node
) -> None:
    path, was = place.folder / "network.json", node.view.directory.hash
    held = path.read_bytes()
    node.view.reread = lambda: anchors.load(place.folder)
    path.write_bytes(held[:-20])
    paper = canonical.encode(node.view.standing.current.jws)  # type: ignore[union-attr]
    taken = asyncio.run(node.view._take(node.view.accept_directory, paper, "/directory/current"))
    assert not taken
    assert node.view.directory.hash == was
    path.write_bytes(held)
