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
import msgspec

from mynumber.cli.officers_options import as_option
from mynumber.cli.output import json_option, note, print_json, say, speaking
from mynumber.gateway.desk import api
from mynumber.gateway.desk.client import OfficeClient
from mynumber.plumbing import bodies
from mynumber.plumbing.errors import BadInput, WrongUse

_AT_ONCE = 512
# The register has not answered, or has not brought the code.
_OPEN = ("waiting", "accepted")
_HINTS = {
    "no-match": "compare number and basic data with the person's papers",
    "already-acquired": "this office got the code before; look for the person under another reference, and hand in with"
    " --lost only if the code is gone",
    "duplicate-code": "two references stand for one person; compare the numbers of both: one is mostly a family"
    " member's",
    "identity-point": "what came opens to no code; hand in again, and if it repeats tell who runs the gateway",
    "refused": "the code that came was not kept; look for the person under another reference, then hand in again",
    "no-number": "the number is gone from the vault; hand in again",
    "law-refused": "the register refuses the ground; name a row in which the office asks or answers",
}
_REFUSED = "the register refused this; hand in again, and if it repeats tell who runs the gateway"


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
        refs = [person.ref for person in persons]
        states = _states(client, refs, seconds)
        failed = _failed(client, refs) if states.keys() - {*_OPEN, "stored"} else []
    if as_json:
        named = msgspec.to_builtins(failed)
        print_json({"accepted": accepted, "acquisitions": states, "failed": len(failed), "persons": named})
    else:
        say(f"{accepted} of {len(persons)} persons are new")
        say("of these persons: " + (", ".join(f"{count} {state}" for state, count in sorted(states.items())) or "none"))
        for one in failed:
            say(f"{one.ref}  {one.state}" + (f"  the code is held under {one.other}" if one.other else ""))
    if failed:
        for state in sorted({one.state for one in failed}):
            note(f"hint: {state}: {_HINTS.get(state, _REFUSED)}")
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
    while True:
        states: Counter[str] = Counter()
        for part in _parts(refs):
            states.update(client.call("POST", "/acquisitions", dict[str, int], part))
        left = end - time.monotonic()
        if left <= 0 or not _still_open(states):
            return dict(states)
        time.sleep(min(0.5, left))


def _failed(client: OfficeClient, refs: Sequence[str]) -> list[api.FailedPerson]:
    """Return those of the persons who have no code and none on its way."""
    answers = [client.call("POST", "/acquisitions/failed", api.FailedPersons, part) for part in _parts(refs)]
    return [person for answer in answers for person in answer.persons]


def _parts(refs: Sequence[str]) -> list[api.Persons]:
    return [api.Persons(persons=tuple(refs[start : start + api.MOST])) for start in range(0, len(refs), api.MOST)]


def _still_open(states: Mapping[str, int]) -> int:
    return sum(states.get(state, 0) for state in _OPEN)
