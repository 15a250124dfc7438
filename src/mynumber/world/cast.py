"""Who plays in the town's story, and what must not be found where it does not belong.

Promises every character in every town of at least MIN_CAST residents, chosen by what is true of the person and never
by name; and every text that a search through stores and wires must look for.

  recipient     brings up `child` alone in city-a, moved from city-b last year (which taxed both) and draws a pension.
  stranger      known to city-a alone.
  nothing_held  known to all three offices; city-b holds no tax row and the pension service no pension row.
  shielded      moved like the recipient; city-b is to withhold this person, although it holds tax rows.
  homonyms      two persons known to city-a with the same name and reading, not born on the same day.
  same_birth    two persons known to city-a with the same name, reading and birth date.
"""

import json
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path

from mynumber.plumbing.errors import NotFound, WrongUse
from mynumber.world.business import Holdings, brings_up_alone
from mynumber.world.people import Resident

MIN_CAST = 50


@dataclass(frozen=True, slots=True)
class Cast:
    """The characters of the story and the references under which the offices know them."""

    recipient: Resident
    child: Resident
    family: tuple[Resident, ...]  # everybody in the recipient's household
    stranger: Resident
    nothing_held: Resident
    shielded: Resident
    homonyms: tuple[Resident, Resident]
    same_birth: tuple[Resident, Resident]
    refs: Mapping[str, Mapping[int, str]]

    def ref(self, office: str, person: Resident) -> str:
        """Return the office's reference of the person; NotFound if the office does not know the person."""
        if person.index not in self.refs[office]:
            raise NotFound("UNKNOWN_PERSON", "the office does not know this person")
        return self.refs[office][person.index]


def cast(residents: Sequence[Resident], holdings: Holdings) -> Cast:
    """Return the characters, the same for the same town; WrongUse for a town that is too small for the story."""
    if len(residents) < MIN_CAST:
        raise WrongUse("RESIDENTS", "the town is too small for the story", hint=f"choose at least {MIN_CAST} residents")
    refs = {office: {holding.person: holding.ref for holding in held} for office, held in holdings.items()}

    def known(person: Resident) -> set[str]:
        return {office for office, held in refs.items() if person.index in held}

    def first(fits: Callable[[Resident], bool]) -> Resident:
        return next(person for person in residents if fits(person))

    everywhere = set(refs)
    recipient = first(lambda person: known(person) == everywhere and brings_up_alone(person, residents))
    at_city_a = [person for person in residents if person.index in refs["city-a"]]
    return Cast(
        recipient=recipient,
        child=residents[recipient.children[0]],
        family=tuple(person for person in residents if person.household == recipient.household),
        stranger=first(lambda person: known(person) == {"city-a"} and person.work == "public_servant"),
        nothing_held=first(lambda person: known(person) == everywhere and person.work == "none"),
        shielded=first(lambda person: known(person) == everywhere and person.relation == "spouse"),
        homonyms=_pair(at_city_a, same_birth=False),
        same_birth=_pair(at_city_a, same_birth=True),
        refs=refs,
    )


def _pair(people: Iterable[Resident], *, same_birth: bool) -> tuple[Resident, Resident]:
    return next(
        (one, other)
        for one, other in combinations(people, 2)
        if (one.name, one.kana) == (other.name, other.kana) and (one.birth == other.birth) is same_birth
    )


@dataclass(frozen=True, slots=True, order=True)
class Needle:
    """A text that belongs to some places and to no other. `kind` is name, kana, address or canary."""

    kind: str
    text: str = field(repr=False)

    def spellings(self) -> tuple[bytes, ...]:
        """Return the bytes under which the text can lie in a file: UTF-8, and the escapes of ASCII-only JSON."""
        return tuple(dict.fromkeys((self.text.encode(), json.dumps(self.text)[1:-1].encode("ascii"))))


def needles(residents: Iterable[Resident], databases: Iterable[Path]) -> tuple[Needle, ...]:
    """Return every name, reading and address of the residents and every canary of the offices' databases, each once."""
    found = {Needle("canary", canary) for path in databases for canary in _canaries(path)}
    for person in residents:
        found |= {Needle("name", person.name), Needle("kana", person.kana), Needle("address", person.address)}
    return tuple(sorted(found))


def _canaries(path: Path) -> list[str]:
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
        tables = [str(row[0]) for row in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        return [
            str(row[0])
            for table in tables
            for row in connection.execute(f'SELECT canary FROM "{table}"')  # noqa: S608 (the name is the file's own)
        ]
