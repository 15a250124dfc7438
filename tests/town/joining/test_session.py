"""The session of docs/operators/join.md runs as it stands there, in a small town, and prints what it shows."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mynumber.exchange import setup
from tests.town.joining import small
from tests.town.joining.small import Small, town

TOP = Path(__file__).resolve().parents[3]
NEW = "ward"
# What is drawn anew each time, or is the time of the day.
DRAWN = (
    (re.compile(r"\b[0-9a-f]{64}\b"), "HASH"),
    (re.compile(r"(?<![A-Za-z0-9_-])[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])"), "PERMIT"),
    (re.compile(r"\b[0-9a-f]{16}\b"), "ID"),
    (re.compile(r"\d{4}-\d\d-\d\d( \d\d:\d\d:\d\d)?"), "DAY"),
    (re.compile(r"\(\d{10}\)"), "(SECONDS)"),
    (re.compile(r"begins in \d+ s"), "begins in some seconds"),
    (re.compile(r":\d{4,5}\b"), ":PORT"),
)
ID = re.compile(r"\b[0-9a-f]{16}\b")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Small]:
    """The town, and what the new office knows of its persons."""
    with town(tmp_path_factory.mktemp("session") / "town") as made:
        known = [json.dumps(one) for one in made.people(small.load(made))]
        (made.folder / "people.jsonl").write_text("\n".join(known) + "\n", encoding="utf-8")
        yield made


def commands(page: str) -> list[tuple[str, str]]:
    """Return the page's commands, each with what it is said to print."""
    text = (TOP / "docs" / "operators" / page).read_text(encoding="utf-8")
    session = "".join(re.findall(r"```console\n(.*?)```", text, re.DOTALL))
    parted = [chunk.partition("\n") for chunk in re.split(r"(?m)^\$ ", session)[1:]]
    return [(command, shown) for command, _, shown in parted]


def alike(text: str, place: Small) -> str:
    """Return a text without what is drawn anew each time."""
    text = text.replace("$T", str(place.folder))
    for pattern, word in DRAWN:
        text = pattern.sub(word, text)
    return text.strip()


def run(place: Small, command: str) -> str:
    """Run a command as it stands; the town's time moves in place of sleep, and it starts its own processes."""
    if command.startswith("sleep 330"):
        place.move(place.now() + 400)
        return ""
    if command.startswith("sleep"):
        place.wait_ready(2)
        return ""
    if "own_gateway.py" in command:
        place.stop("city-a")
        program = [sys.executable, str(TOP / "docs" / "operators" / "own_gateway.py")]
        program += [str(place.place("city-a")), str(place.folder / "own.db")]
        journal = (place.folder / "own.log").open("wb")
        place.processes["city-a"] = subprocess.Popen(program, stdout=journal, stderr=journal)
        small.until(lambda: place.reaches("city-a"), 20)
        return ""
    if "serve gateway" in command:
        setup.set_test_town(place.place(NEW) / "config.toml", faults={}, clock_file=place.folder / "clock")
        place.start(NEW)
        return ""
    environment = {**os.environ, "T": str(place.folder), "PATH": f"{TOP / '.venv' / 'bin'}:{os.environ['PATH']}"}
    done = subprocess.run(
        ["bash", "-c", command], cwd=place.folder, env=environment, capture_output=True, text=True, check=False
    )
    return done.stdout + done.stderr


def test_the_session_prints_what_the_page_shows(place: Small) -> None:
    place.ports[NEW], office = small.free_port(), small.free_port()
    assert follow(place, "join.md", {"9101": str(place.ports[NEW]), "9102": str(office)}) >= 15


def follow(place: Small, page: str, actual: dict[str, str]) -> int:
    """Follow a page from command to command; `actual` stands in the place of what the page shows. Return how many."""
    listed = commands(page)
    for command, shown in listed:
        real = command
        for told, drawn in actual.items():
            real = real.replace(told, drawn)
        printed = run(place, real)
        assert alike(printed, place) == alike(shown, place), command
        actual |= dict(zip(ID.findall(shown), ID.findall(printed), strict=True))
    return len(listed)


def test_an_own_program_answers_in_the_place_of_a_gateway(place: Small) -> None:
    outcomes = "SELECT count(*) FROM outcomes"
    before = place.rows("keeper", outcomes)[0][0]
    try:
        assert follow(place, "own_gateway.md", {}) == 4
        small.until(lambda: place.rows("keeper", outcomes)[0][0] == before + 1, 10)
        assert place.rows("city-a", "SELECT count(*) FROM used", "../own.db") == [(1,)]
        assert place.ask(NEW, "city-a", small.INCOME, "r4").amount == 3_000_004
    finally:
        place.stop("city-a")
        place.start("city-a")
    place.wait_ready()


def test_a_line_that_the_program_does_not_print_is_noticed(place: Small) -> None:
    assert alike("case 0123456789abcdef is open", place) == alike("case fedcba9876543210 is open", place)
    assert alike("case 0123456789abcdef is open", place) != alike("case 0123456789abcdef is closed", place)
