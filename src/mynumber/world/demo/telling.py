"""The model town from nothing to the end of its story: build, populate, play, account.

1. Build the town in an empty folder (the functions of `mynumber init` and `mynumber ceremony`).
2. Issue numbers, start the processes, appoint officers, acquire codes.
3. Play the story.
4. Write down what only the world can know, and account for everything from the stores.
"""

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from mynumber.codes import jws as jws_reader
from mynumber.codes import wire
from mynumber.codes.parties import entries
from mynumber.plumbing import canonical
from mynumber.plumbing.clock import Clock
from mynumber.plumbing.errors import NotFinished
from mynumber.world.demo import account, papers
from mynumber.world.offices.known import holdings
from mynumber.world.people.residents import generate
from mynumber.world.story.cast import cast
from mynumber.world.story.script import play
from mynumber.world.story.stage import Lang, Stage, Step
from mynumber.world.town import boot, capture, outcomes, populate
from mynumber.world.town.capture import Capture
from mynumber.world.town.evidence import Evidence
from mynumber.world.town.layout import Town, read_town
from mynumber.world.town.populate import People
from mynumber.world.town.processes import Processes, require_stopped


class Teller(Protocol):
    """Whoever is told how the town gets on."""

    def doing(self, what: str, done: int = 0, total: int = 0) -> None:
        """Something goes on; `total` is 0 where it cannot be counted."""

    def step(self, step: Step) -> None:
        """A step of the story has ended."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the user chose."""

    folder: Path
    residents: int = 200
    seed: int = 1
    base_port: int | None = None
    lang: Lang = "en"
    tapped: bool = False
    """Whether all that passes is kept for a search: journal/tap of every institution and, if we may, town/wire.pcap."""


@dataclass(frozen=True, slots=True)
class Demo:
    """A running town, its account, and whether every step held."""

    processes: Processes
    account: dict[str, object]
    ok: bool


@contextmanager
def told(options: Options, teller: Teller) -> Iterator[Demo]:
    """Build the town, play the story; the processes stop when the block ends."""
    begun = time.monotonic()
    teller.doing("building the town")
    # (1) Build.
    spec = boot.TownSpec(
        residents=options.residents, seed=options.seed, base_port=options.base_port, tapped=options.tapped
    )
    town = boot.build_town(options.folder, spec)
    residents = generate(options.residents, options.seed)
    # (2) Populate.
    people = People(residents, populate.issue_numbers(town, residents), holdings(residents, options.seed))
    characters = cast(residents, people.holdings)
    populate.hand_out_cards(town, people, characters.holders)
    evidence = Evidence(town.folder)
    with Processes(town) as processes:
        with _captured(town, wanted=options.tapped):
            teller.doing("starting the processes")
            processes.start()
            desks = populate.appoint(town)
            populate.acquire(desks, people, progress=lambda done, total: teller.doing("acquiring codes", done, total))
            stage = Stage(town, processes, people, characters, desks, evidence)
            # (3) Play.
            steps = []
            for step in play(stage, options.lang, teller.doing):
                steps.append(step)
                teller.step(step)
                # Not only at the end: withholding a person erases the answers that an office keeps.
                papers.write_exchanges(town, evidence)
        # (4) Account.
        papers.write_people(town, people, evidence)
        papers.write_own(town, stage.own)
        yield _demo(processes, evidence, steps, begun)


def _captured(town: Town, *, wanted: bool) -> AbstractContextManager[object]:
    """Capture every connection of the town if that is wanted and this process may."""
    ports = {port for each in town.institutions for port in each.ports}
    return Capture(town.wire, ports) if wanted and capture.possible() else nullcontext()


@contextmanager
def resumed(folder: Path, teller: Teller) -> Iterator[Demo]:
    """Start a stopped town again, without a story."""
    begun = time.monotonic()
    town = read_town(folder)
    teller.doing("waiting for processes of before")
    require_stopped(town)
    _require_term(town)
    boot.require_ports(town)
    with Processes(town) as processes:
        teller.doing("starting the processes")
        processes.start()
        yield _demo(processes, Evidence(town.folder), [], begun)


def _require_term(town: Town) -> None:
    """Raise NotFinished for a town whose directory is past its last day: only a new one would let it work."""
    jws = canonical.decode((town.institution("operator-1").folder / "directory.json").read_bytes())
    body = entries.read_body(jws_reader.parse(jws, entries.TYP, wire.MAX_LARGE_PAYLOAD).value)
    if Clock().now() > body.not_after:
        raise NotFinished("DIRECTORY_OVER", "the directory of this town is past its last day", hint="make a new town")


def _demo(processes: Processes, evidence: Evidence, steps: list[Step], begun: float) -> Demo:
    town: Town = processes.town
    came = account.Came(outcomes.outcomes(town, evidence), papers.read_own(town))
    told_of = account.account(town, evidence, came, steps=steps, processes=processes.listed())
    duration = round(time.monotonic() - begun, 1)
    return Demo(processes, {**told_of, "duration_s": duration}, all(step.ok for step in steps))
