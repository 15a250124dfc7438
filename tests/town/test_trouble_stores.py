"""A full disk, a locked store, a read-only store: said in health with what to do, nothing lost, nothing twice."""

import shutil
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest

from mynumber.exchange import setup
from mynumber.plumbing.errors import NotFinished
from mynumber.world.story.stage import Entry, Stage, until
from tests.town.trouble import ITEM, SECONDS, agree, answered_once, inquiries, insist, ready, waits_for


def run(*command: str | Path) -> None:
    subprocess.run([str(each) for each in command], check=True, capture_output=True)


@contextmanager
def small_disk(stage: Stage, name: str) -> Iterator[Path]:
    """Let an institution's folder lie on a small disk of its own, without a tap that fills it; return the folder."""
    folder = stage.town.institution(name).folder
    aside = folder.with_name(f"{name}-aside")
    stage.processes.stop(name)
    folder.rename(aside)
    size = sum(path.stat().st_size for path in aside.rglob("*") if path.is_file()) + 24 * 1024 * 1024
    folder.mkdir()
    run("mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder)
    try:
        run("cp", "-a", f"{aside}/.", folder)
        setup.set_test_town(folder / setup.CONFIG, faults={}, tapped=False)
        stage.processes.start(name)
        yield folder
    finally:
        stage.processes.stop(name)
        back = folder.with_name(f"{name}-back")
        shutil.copytree(folder, back)
        run("umount", folder)
        folder.rmdir()
        back.rename(folder)
        shutil.copy2(aside / setup.CONFIG, folder)
        shutil.rmtree(aside)
        stage.processes.start(name)


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


@pytest.mark.parametrize("name", ["register", "operator-1", "keeper", "supervisor", "portal", "pension"])
def test_a_full_disk_is_told_and_what_waited_ends_once(
    stage: Stage, pool: ThreadPoolExecutor, before: frozenset[str], name: str
) -> None:
    person = stage.cast.recipient
    with small_disk(stage, name) as folder:
        case = stage.open_case("hanako", "link-107", [person], f"the disk of {name} is full")
        with filled(folder):
            until(
                lambda: waits_for(stage, name, "its disk is full; free space on it"), seconds=SECONDS, what="the word"
            )
            asking = pool.submit(insist, stage, case, person)
            until(lambda: bool(inquiries(stage, case)), seconds=SECONDS, what="an inquiry")
            if name in ("operator-1", "keeper", "pension"):
                time.sleep(2)
                # What the store's own free pages still take goes through; nothing else is told as done.
                assert inquiries(stage, case)[0][0] in ("pending", "answered")
            else:
                # Nothing of what these write is on an inquiry's way.
                answered_once(stage, case)
        answered_once(stage, case)
        until(lambda: ready(stage, name), seconds=SECONDS, what="its recovery by itself")
        asking.result(SECONDS)
    # The books came along to the old disk.
    answered_once(stage, case)
    agree(stage, before)


def test_an_office_whose_disk_is_full_asks_nothing_and_says_so(stage: Stage) -> None:
    person = stage.cast.recipient
    with small_disk(stage, "city-a") as folder:
        case = stage.open_case("hanako", "link-107", [person], "our own disk is full")
        with filled(folder), pytest.raises(NotFinished) as refused:
            stage.ask(case, "pension", [Entry(person, (ITEM,))])
        assert (refused.value.code, "free space on it" in refused.value.hint) == ("STORE_TROUBLE", True)
        assert inquiries(stage, case) == []
        until(lambda: ready(stage, "city-a"), seconds=SECONDS, what="its recovery by itself")
        assert stage.ask(case, "pension", [Entry(person, (ITEM,))]).state == "answered"
        answered_once(stage, case)


def test_a_locked_store_is_told_and_what_waited_ends_once(stage: Stage, pool: ThreadPoolExecutor) -> None:
    person, name = stage.cast.recipient, "pension"
    case = stage.open_case("hanako", "link-107", [person], f"the store of {name} is locked")
    path = stage.town.institution(name).folder / "gateway.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        asking = pool.submit(insist, stage, case, person)
        until(lambda: waits_for(stage, name, "another process holds it locked"), seconds=SECONDS, what="the word")
        assert [row[0] for row in inquiries(stage, case)] in ([], ["pending"])
        other.execute("ROLLBACK")
    answered_once(stage, case)
    until(lambda: ready(stage, name), seconds=SECONDS, what="its recovery by itself")
    asking.result(SECONDS)


def test_business_data_that_cannot_be_read_is_told_and_what_waited_ends_once(
    stage: Stage, pool: ThreadPoolExecutor
) -> None:
    person = stage.cast.recipient
    path = stage.town.institution("pension").folder / "business.db"
    case = stage.open_case("hanako", "link-107", [person], "the department's database is away")
    path.rename(path.with_name("away.db"))
    try:
        assert waits_for(stage, "pension", "business.db cannot be read")
        asking = pool.submit(insist, stage, case, person)
        until(lambda: bool(inquiries(stage, case)), seconds=SECONDS, what="an inquiry")
        time.sleep(1)
        assert inquiries(stage, case)[0][0] == "pending"
    finally:
        path.with_name("away.db").rename(path)
    answered_once(stage, case)
    assert ready(stage, "pension")
    asking.result(SECONDS)
