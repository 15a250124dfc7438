"""Loading a file: everybody once, whatever stops it and however often it is read, and nobody from a faulty file."""

import json
import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import func, select

from mynumber.cli.register import register
from mynumber.number.my_number import MyNumber
from mynumber.plumbing import keyfiles
from mynumber.plumbing.database import Store
from mynumber.plumbing.errors import BadInput, WrongUse
from mynumber.register import loading, residents
from mynumber.register.residents import Person
from mynumber.register.store import RESIDENTS, Seals
from tests.register.people import persons

_CONFIG = """
role = "register"
id = "register"
organisation = "j-lis"
network = "demo"
peer = {port = 0, url = "https://127.0.0.1"}
"""


def written(path: Path, people: list[Person]) -> Path:
    path.write_bytes(b"".join(msgspec.json.encode(person) + b"\n" for person in people))
    return path


def load(store: Store, seals: Seals, file: Path, out: Path | None = None) -> loading.Loaded:
    return loading.load(store, seals, file, out=out, progress=lambda _done, _total: None)


def count(store: Store) -> int:
    with store.reading() as connection:
        return int(connection.execute(select(func.count()).select_from(RESIDENTS)).scalar_one())


def numbers(out: Path) -> list[MyNumber]:
    return [MyNumber(line) for line in out.read_text().splitlines()]


def test_the_numbers_stand_in_the_order_of_the_file(tmp_path: Path, store: Store, seals: Seals) -> None:
    people = persons(1100)
    out = tmp_path / "numbers.txt"
    assert load(store, seals, written(tmp_path / "people.jsonl", people), out) == loading.Loaded(1100, 1100)
    found = numbers(out)
    assert len(found) == 1100
    with store.reading() as connection:
        for start in (0, 499, 500, 1099):
            known = residents.by_number(connection, seals, [found[start]])
            assert known[found[start]].basic == people[start]
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert [path for path in tmp_path.iterdir() if path.suffix == ".part"] == []


def test_the_same_file_again_gives_the_same_numbers(tmp_path: Path, store: Store, seals: Seals) -> None:
    file = written(tmp_path / "people.jsonl", persons(20))
    load(store, seals, file, tmp_path / "one")
    again = load(store, seals, file, tmp_path / "two")
    assert again == loading.Loaded(20, 0)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_a_longer_file_gives_numbers_to_the_new_only(tmp_path: Path, store: Store, seals: Seals) -> None:
    load(store, seals, written(tmp_path / "people.jsonl", persons(5)), tmp_path / "one")
    file = written(tmp_path / "more.jsonl", [*persons(2, start=5), *persons(5)])
    assert load(store, seals, file, tmp_path / "two") == loading.Loaded(7, 2)
    assert numbers(tmp_path / "two")[2:] == numbers(tmp_path / "one")


def test_progress_is_told_after_each_batch(tmp_path: Path, store: Store, seals: Seals) -> None:
    told: list[tuple[int, int]] = []
    file = written(tmp_path / "people.jsonl", persons(501))
    loading.load(store, seals, file, out=None, progress=lambda done, total: told.append((done, total)))
    assert told == [(500, 501), (501, 501)]


GOOD = msgspec.json.encode(persons(1)[0])


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (b"", "line 501"),
        (b"not json", "line 501"),
        (b'{"name": "\xff"}', "line 501"),
        (GOOD[:-1] + b', "number": "123456789018"}', "line 501"),
        (GOOD.replace(b"1988-02-29", b"1988-02-30"), "line 501"),
        (GOOD.replace(b'"1988-02-29"', b"19880229"), "`birth` in line 501"),
        (GOOD.replace(b"female", b"123456789018"), "`sex` in line 501"),
        (GOOD + b" " * 20_000, "line 502"),
        (msgspec.json.encode(persons(1, start=7)[0]), "line 501 has a person"),
    ],
)
def test_nothing_is_issued_from_a_file_with_a_mistake(
    tmp_path: Path, store: Store, seals: Seals, line: bytes, told: str
) -> None:
    file = written(tmp_path / "people.jsonl", persons(500, start=1))
    file.write_bytes(file.read_bytes() + line + b"\n")
    with pytest.raises(BadInput, match=told) as refused:
        load(store, seals, file, tmp_path / "numbers.txt")
    assert count(store) == 0
    assert not (tmp_path / "numbers.txt").exists()
    shown = str(refused.value.members())
    assert "123456789018" not in shown
    assert "花房" not in shown


def test_a_file_that_is_not_there_is_wrong_use(tmp_path: Path, store: Store, seals: Seals) -> None:
    with pytest.raises(WrongUse):
        load(store, seals, tmp_path / "nowhere.jsonl")
    file = written(tmp_path / "people.jsonl", persons(1))
    with pytest.raises(WrongUse):
        load(store, seals, file, tmp_path / "nowhere" / "numbers.txt")
    assert count(store) == 0


def test_an_older_part_that_others_could_read_is_closed_to_them(tmp_path: Path, store: Store, seals: Seals) -> None:
    part = tmp_path / "numbers.txt.part"
    part.write_text("999999999996\n" * 50)
    part.chmod(0o644)
    load(store, seals, written(tmp_path / "people.jsonl", persons(2)), tmp_path / "numbers.txt")
    assert len(numbers(tmp_path / "numbers.txt")) == 2
    assert stat.S_IMODE((tmp_path / "numbers.txt").stat().st_mode) == 0o600


@pytest.fixture
def config(tmp_path: Path, store: Store) -> Path:
    """The register's folder as `init` leaves it, as far as `load` looks."""
    keyfiles.write_secret(tmp_path / "keys" / "store.key", os.urandom(32))
    path = tmp_path / "config.toml"
    path.write_text(_CONFIG)
    return path


def call(*arguments: object) -> Result:
    return CliRunner().invoke(register, ["load", *map(str, arguments)])


def test_the_command_prints_nothing_personal(tmp_path: Path, config: Path) -> None:
    file, out = written(tmp_path / "people.jsonl", persons(3)), tmp_path / "numbers.txt"
    done = call(file, "--config", config, "--out", out)
    assert (done.exit_code, done.stdout, done.stderr) == (0, "3 persons, 3 numbers issued\n", "")
    again = call(file, "--config", config, "--json")
    assert (again.exit_code, json.loads(again.stdout), again.stderr) == (0, {"persons": 3, "issued": 0}, "")
    assert len(numbers(out)) == 3


@pytest.mark.parametrize(("broken", "status"), [("line", 1), ("config", 2), ("key", 2), ("store", 2)])
def test_the_command_fails_with_the_status_of_the_fault(tmp_path: Path, config: Path, broken: str, status: int) -> None:
    file = written(tmp_path / "people.jsonl", persons(1))
    if broken == "line":
        file.write_bytes(b"{}\n")
    elif broken == "config":
        config.write_text("role = 1")
    elif broken == "key":
        (tmp_path / "keys" / "store.key").chmod(0o644)
    else:
        config.write_text('store = "nowhere.db"\n' + _CONFIG)
    done = call(file, "--config", config, "--json")
    assert done.exit_code == status
    assert set(json.loads(done.stdout)["error"]) == {"code", "message", "hint"}


def test_a_load_that_was_killed_goes_on_and_issues_nothing_twice(tmp_path: Path, store: Store, config: Path) -> None:
    people, out = persons(6000), tmp_path / "numbers.txt"
    file = written(tmp_path / "people.jsonl", people)
    command = [sys.executable, "-c", "from mynumber.cli.register import register; register()", "load", str(file)]
    command += ["--config", str(config), "--out", str(out), "--json"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + 30
        while count(store) == 0 and time.monotonic() < deadline:
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
    before = count(store)
    assert 0 < before < 6000
    assert before % loading.BATCH == 0
    assert not out.exists()
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
    assert json.loads(done.stdout) == {"persons": 6000, "issued": 6000 - before}
    assert count(store) == 6000
    assert len(set(numbers(out))) == 6000
