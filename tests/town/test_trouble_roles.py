"""Whoever's store cannot be written says so with what to do, and goes on by itself: nothing is lost, nothing twice."""

import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner

from mynumber.cli.oversight import oversight
from mynumber.world.story.stage import Stage, until
from mynumber.world.town.layout import Institution
from tests.town.trouble import (
    SECONDS,
    acquired,
    agree,
    answered_once,
    hand_in,
    insist,
    ready,
    unknown_to,
    waits_for,
)

STORES = (
    ("register", "data.db"),
    ("operator-1", "data.db"),
    ("operator-2", "data.db"),
    ("keeper", "data.db"),
    ("supervisor", "data.db"),
    ("portal", "data.db"),
    ("pension", "gateway.db"),
    ("city-b", "gateway.db"),
    ("city-b", "vault.db"),
)
READ_ONLY = "it is read-only here; let this process write the file and its folder"
LOCKED = "another process holds it locked; end that process"


@contextmanager
def read_only(path: Path) -> Iterator[None]:
    """Let nobody write a file, whatever rights a process has."""
    subprocess.run(["mount", "--bind", path, path], check=True)
    try:
        subprocess.run(["mount", "-o", "remount,ro,bind", path], check=True)
        yield
    finally:
        subprocess.run(["umount", "-l", path], check=True)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Let another process hold a store."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@pytest.mark.parametrize(("trouble", "words"), [(locked, LOCKED), (read_only, READ_ONLY)])
@pytest.mark.parametrize(("name", "store"), STORES)
def test_a_store_in_trouble_is_told_and_what_waited_ends_once(
    stage: Stage,
    pool: ThreadPoolExecutor,
    before: frozenset[str],
    name: str,
    store: str,
    trouble: Callable[[Path], AbstractContextManager[None]],
    words: str,
) -> None:
    person, newcomer = stage.cast.recipient, unknown_to(stage, "city-b")[0]
    case = stage.open_case("hanako", "link-107", [person], f"the store of {name} is in trouble")
    with trouble(stage.town.institution(name).folder / store):
        until(lambda: waits_for(stage, name, f"{store}: {words}"), seconds=SECONDS, what="the word")
        asking = pool.submit(insist, stage, case, person)
        handing_in = pool.submit(hand_in, stage, "city-b", newcomer)
        time.sleep(1)
    until(lambda: ready(stage, name), seconds=SECONDS, what="its recovery by itself")
    answered_once(stage, case)
    until(lambda: acquired(stage, "city-b", newcomer) == ["stored"], seconds=SECONDS, what="the newcomer's code")
    for each in (asking, handing_in):
        each.result(SECONDS)
    agree(stage, before)


@pytest.mark.parametrize(("name", "store"), STORES)
def test_a_store_that_may_only_be_read_at_the_start_is_told_and_nothing_is_lost(
    stage: Stage, pool: ThreadPoolExecutor, before: frozenset[str], tmp_path: Path, name: str, store: str
) -> None:
    place, person = stage.town.institution(name), stage.cast.recipient
    case = stage.open_case("hanako", "link-107", [person], f"{name} begins on a store that may only be read")
    stage.processes.stop(name)
    try:
        with read_only(place.folder / store):
            begun = Begun(place, tmp_path / "said")
            asking = pool.submit(insist, stage, case, person)
            # Who has something to write at once ends, and is started again by whatever watches it; others wait.
            until(
                lambda: begun.ended() or waits_for(stage, name, f"{store}: {READ_ONLY}"), seconds=SECONDS, what="a word"
            )
            if begun.ended():
                assert begun.process.returncode == 3, begun.said()
                assert "[STORE_TROUBLE]" in begun.said()
                assert "let this process write the file and its folder" in begun.said()
        if not begun.ended():
            until(lambda: ready(stage, name), seconds=SECONDS, what="its recovery by itself")
            begun.process.terminate()
            assert begun.process.wait(20) == 0
    finally:
        begun.process.kill()
        begun.process.wait()
        stage.processes.start(name)
    answered_once(stage, case)
    asking.result(SECONDS)
    agree(stage, before)


class Begun:
    """An institution that was started by hand, and what it says."""

    def __init__(self, place: Institution, said: Path) -> None:
        """Start it."""
        command = [sys.executable, "-P", "-m", "mynumber", "serve", place.role, "--config", str(place.config)]
        self._said = said
        with said.open("wb") as file:
            self.process = subprocess.Popen(command, stdout=file, stderr=file)

    def ended(self) -> bool:
        """Tell whether it has ended by itself."""
        return self.process.poll() is not None

    def said(self) -> str:
        """Return what it printed."""
        return self._said.read_text(encoding="utf-8")


def test_an_act_of_the_supervisor_that_cannot_be_written_says_so_and_was_not_done(stage: Stage) -> None:
    place = stage.town.institution("supervisor")
    command = ["block", "--config", str(place.config), "--item", "local_tax", "--article", "Act art. 28(6)"]
    acts = stage.evidence.count("supervisor", "acts")
    with read_only(place.folder / "data.db"):
        done = CliRunner().invoke(oversight, command)
    assert done.exit_code == 3, done.output
    assert "STORE_TROUBLE" in done.output
    assert "let this process write the file and its folder" in done.output
    assert stage.evidence.count("supervisor", "acts") == acts
