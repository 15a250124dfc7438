"""Hashes with a salt that stands beside them, and a list of numbers: one find a column, wherever the salt stands."""

import hashlib
import random
from pathlib import Path

import pytest

from mynumber.scanner.finds import Find
from mynumber.scanner.known.roster import Roster
from mynumber.scanner.scan import scan
from tests.scanner.test_converting import numbers

VALUES = numbers(60, 21)
ROSTER = Roster(map(int, VALUES[:40]))


def finds(folder: Path, lines: list[str], roster: Roster | None = ROSTER) -> list[Find]:
    (folder / "a.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return [one for one in scan([str(folder / "a.csv")], roster=roster) if isinstance(one, Find)]


def lines(shape: str, join: str, algorithm: str, values: list[str] = VALUES) -> list[str]:
    rng = random.Random(5)
    made = []
    for at, value in enumerate(values):
        salt = f"{rng.randrange(16**8):08x}"
        digest = hashlib.new(algorithm, join.format(salt=salt, value=value).encode()).hexdigest()
        made.append(shape.format(at=at, salt=salt, digest=digest))
    return made


@pytest.mark.parametrize("algorithm", ["md5", "sha1", "sha256", "sha512", "sha3_256"])
@pytest.mark.parametrize(
    ("shape", "join"),
    [
        ("{at},{salt},{digest},x", "{salt}{value}"),
        ("{at},{digest},x,{salt}", "{value}{salt}"),
        ("{at},{salt}${digest}", "{salt}{value}"),
        ("{at};{salt}:{digest}", "{salt}:{value}"),
    ],
)
def test_a_column_of_salted_hashes_is_one_find(tmp_path: Path, shape: str, join: str, algorithm: str) -> None:
    (find,) = finds(tmp_path, lines(shape, join, algorithm))
    assert (find.kind, find.count, find.location.line) == ("converted", 60, 1)
    assert find.digits == VALUES[0]
    assert f"salted {algorithm.replace('_', '-')}, the salt" in find.reason


@pytest.mark.parametrize("roster", [None, Roster(map(int, numbers(40, 22)))])
def test_without_the_numbers_it_is_none(tmp_path: Path, roster: Roster | None) -> None:
    assert finds(tmp_path, lines("{at},{salt},{digest}", "{salt}{value}", "sha256"), roster) == []


def test_a_hash_without_its_salt_is_none(tmp_path: Path) -> None:
    assert finds(tmp_path, lines("{at},{digest}", "{salt}{value}", "sha256")) == []
