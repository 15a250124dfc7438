"""The town that is measured: one made for the bench, or one that runs already.

A town of our own lets every office ask without a limit on entries a minute, which a bench would run into; everything
else in it is as `mynumber demo` makes it. In a running town the limit stays, and what it refuses breaks the bench off.
"""

import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from mynumber.gateway.desk import api
from mynumber.gateway.desk.client import OfficeClient
from mynumber.plumbing.errors import NotFinished, WrongUse
from mynumber.world.offices.known import holdings
from mynumber.world.people.residents import generate
from mynumber.world.town import boot, populate
from mynumber.world.town.evidence import Evidence
from mynumber.world.town.layout import Town, read_town
from mynumber.world.town.populate import People
from mynumber.world.town.processes import Processes

ASKER, PROVIDER, OFFICER = "city-a", "pension", "hanako"
PROCEDURE, ITEM = "link-107", "pension/recipient"
ROLES: Mapping[str, str] = {
    "asker": ASKER,
    "operator-1": "operator-1",
    "operator-2": "operator-2",
    "keeper": "keeper",
    "provider": PROVIDER,
}
"""Role in an exchange -> institution of the town that plays it."""

_RESIDENTS, _SEED = 160, 1
_RATE, _NO_RATE = "entries_a_minute = 6000", "entries_a_minute = 10000000"


@dataclass(frozen=True, slots=True)
class Staged:
    """A running town, what is asked in it and by whom."""

    town: Town
    pids: Mapping[str, int]
    officer: Path
    persons: tuple[str, ...]

    @property
    def evidence(self) -> Evidence:
        """What lies in the stores."""
        return Evidence(self.town.folder)

    def open_cases(self, count: int, size: int) -> tuple[bytes, ...]:
        """Open so many cases of `size` persons each; return for each the body of an inquiry about all its persons."""
        if len(self.persons) < size:
            known = f"{len(self.persons)} persons are known to {ASKER} and {PROVIDER}, a batch takes {size}"
            raise WrongUse("TOWN_TOO_SMALL", known, hint="measure a town of 200 residents or more")
        desk = OfficeClient.of(self.officer)
        bodies = []
        for index in range(count):
            start = index * size % (len(self.persons) - size + 1)
            persons = self.persons[start : start + size]
            new = api.NewCase(procedure=PROCEDURE, persons=persons, reason="a bench asks the same again and again")
            case = desk.call("POST", "/cases", api.CaseId, new).case
            entries = tuple(api.NewEntry(person=person, items=(ITEM,)) for person in persons)
            bodies.append(msgspec.json.encode(api.NewInquiry(case=case, provider=PROVIDER, entries=entries)))
        return tuple(bodies)


@contextmanager
def own_town() -> Iterator[Staged]:
    """Make a town in a temporary folder and start it; it is stopped and removed at the end."""
    with tempfile.TemporaryDirectory(prefix="mynumber-bench-") as place:
        town = boot.build_town(Path(place) / "town", boot.TownSpec(residents=_RESIDENTS, seed=_SEED))
        for institution in town.institutions:
            if institution.role == "operator":
                text = institution.config.read_text(encoding="utf-8")
                institution.config.write_text(text.replace(_RATE, _NO_RATE), encoding="utf-8")
        residents = generate(town.residents, town.seed)
        numbers = populate.issue_numbers(town, residents)
        with Processes(town) as processes:
            processes.start()
            desks = populate.appoint(town)
            people = People(residents, numbers, holdings(residents, town.seed))
            populate.acquire(desks, people, progress=lambda _done, _all: None)
            yield _staged(town, {each["name"]: each["pid"] for each in processes.listed()})


def running_town(folder: Path) -> Staged:
    """Return the town that runs in a folder, or raise NotFinished."""
    town = read_town(folder)
    places = tomllib.loads((town.folder / "town" / "town.toml").read_text(encoding="utf-8"))["institutions"]
    pids = {place["name"]: place["pid"] for place in places}
    away = [name for name, pid in pids.items() if not pid or not Path(f"/proc/{pid}").exists()]
    if away:
        hint = f"mynumber demo --resume --dir {folder} --serve"
        raise NotFinished("NOT_RUNNING", f"{', '.join(away)} of this town does not run", hint=hint)
    return _staged(town, pids)


def _staged(town: Town, pids: Mapping[str, int]) -> Staged:
    known = holdings(generate(town.residents, town.seed), town.seed)
    there = {holding.person for holding in known[PROVIDER]}
    persons = tuple(holding.ref for holding in known[ASKER] if holding.person in there)
    officer = town.institution(ASKER).folder / "officers" / OFFICER
    return Staged(town, pids, officer, persons)
