"""`mynumber acquire`: hands persons to the office's gateway, which gets the office's code for each (Act art. 21-2).

FILE holds numbers and basic data, one person a line; they go to this office's own gateway and nowhere else.
"""

import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

import click

from mynumber.cli.officers_options import as_option
from mynumber.cli.output import json_option, note, print_json, say, speaking
from mynumber.gateway.desk import api
from mynumber.gateway.desk.client import OfficeClient
from mynumber.plumbing import bodies
from mynumber.plumbing.errors import BadInput, WrongUse

_AT_ONCE = 512
# The register has not answered, or has not brought the code.
_OPEN = ("waiting", "accepted")


@click.command()
@as_option
@click.option("--ground", required=True, metavar="PROCEDURE", help="A row in which the office asks or answers.")
@click.option("--lost", is_flag=True, help="The office lost these persons' codes: get them again.")
@click.option("--wait", "seconds", type=click.IntRange(0), default=0, help="Seconds to wait for the codes.")
@click.argument("file", type=click.File("rb"))
@json_option
def acquire(*, folder: Path, ground: str, lost: bool, seconds: int, file: IO[bytes], as_json: bool) -> None:
    """Hand in the persons of FILE (JSON lines; `-` is standard input).

    0 handed in, 1 a person was not matched or refused, 3 codes still open after --wait.

    A line is {"ref", "number", "name", "kana", "birth", "sex": "female"|"male", "address"}.

    Example: mynumber acquire --as DIR/city-a/officers/hanako --ground link-107 persons.jsonl
    """
    with speaking(as_json=as_json):
        persons = _persons(file)
        client = OfficeClient.of(folder)
        accepted = 0
        for start in range(0, len(persons), _AT_ONCE):
            body = api.NewPersons(ground=ground, persons=tuple(persons[start : start + _AT_ONCE]), lost=lost)
            accepted += client.call("POST", "/persons", api.Accepted, body).accepted
        states = _states(client, [person.ref for person in persons], seconds)
    failed = sum(count for state, count in states.items() if state not in (*_OPEN, "stored"))
    if as_json:
        print_json({"accepted": accepted, "acquisitions": states, "failed": failed})
    else:
        say(f"{accepted} of {len(persons)} persons are new")
        say("of these persons: " + (", ".join(f"{count} {state}" for state, count in sorted(states.items())) or "none"))
    if failed:
        note(f"hint: for {failed} there is no code; compare number and basic data with the person's papers")
        sys.exit(1)
    if seconds and _still_open(states):
        note("hint: the register has not brought every code yet; look again later")
        sys.exit(3)


def _persons(file: IO[bytes]) -> list[api.NewPerson]:
    found = []
    for number, line in enumerate(file, start=1):
        if not line.strip():
            continue
        try:
            found.append(bodies.read(line, api.NewPerson))
        except BadInput as problem:
            raise WrongUse("BAD_LINE", f"line {number}: {problem.message}", hint="see `acquire --help`") from None
    if not found:
        raise WrongUse("NO_PERSONS", f"{file.name} holds nobody", hint="see `mynumber acquire --help`")
    return found


def _states(client: OfficeClient, refs: Sequence[str], seconds: int) -> dict[str, int]:
    """Return how far these persons are, after some seconds or when all have an end."""
    end = time.monotonic() + seconds
    parts = [api.Persons(persons=tuple(refs[start : start + api.MOST])) for start in range(0, len(refs), api.MOST)]
    while True:
        states: Counter[str] = Counter()
        for part in parts:
            states.update(client.call("POST", "/acquisitions", dict[str, int], part))
        left = end - time.monotonic()
        if left <= 0 or not _still_open(states):
            return dict(states)
        time.sleep(min(0.5, left))


def _still_open(states: Mapping[str, int]) -> int:
    return sum(states.get(state, 0) for state in _OPEN)
