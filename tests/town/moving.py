"""A small town whose time a test moves, because what comes back from yesterday's backup needs a yesterday."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from mynumber.exchange import setup
from mynumber.gateway.desk import api
from mynumber.world.offices.known import holdings
from mynumber.world.people.residents import Resident, generate
from mynumber.world.story.cast import cast
from mynumber.world.story.stage import Stage, until
from mynumber.world.town import boot, populate
from mynumber.world.town.evidence import Evidence
from mynumber.world.town.populate import People
from mynumber.world.town.processes import Processes
from tests.town.trouble import ITEM, SECONDS, new_ref

RESIDENTS, SEED = 60, 1
DAY = 86_400


@dataclass
class Moving:
    """The town; `ahead` is by how many seconds its time is ahead of the machine's."""

    stage: Stage
    clock: Path
    ahead: int = 0

    def later(self, seconds: int) -> None:
        """Let so much time pass everywhere at once, and wait until everybody who runs is ready again."""
        self.ahead += seconds
        beside = self.clock.with_suffix(".new")
        beside.write_text(f"{self.ahead}\n", encoding="ascii")
        beside.replace(self.clock)
        # Papers that are too old by now are fetched every two seconds.
        time.sleep(4)
        self.stage.processes.wait_ready()

    def ask(self, ref: str = "") -> api.ShownInquiry:
        """Ask the pension service from city-a about a person, the recipient unless named, and wait for the end."""
        who = ref or self.stage.cast.ref("city-a", self.stage.cast.recipient)
        desk = self.stage.desk("city-a", "hanako")
        opened = api.NewCase(procedure="link-107", persons=(who,), reason="before and after a backup")
        case = desk.call("POST", "/cases", api.CaseId, opened).case
        entry = api.NewEntry(person=who, items=(ITEM,))
        shown = desk.call(
            "POST", "/inquiries", api.ShownInquiry, api.NewInquiry(case=case, provider="pension", entries=(entry,))
        )
        where = ("city-a", "inquiries", "id = ? AND state <> 'pending'", (shown.id,))
        until(lambda: self.stage.evidence.count(*where) == 1, seconds=SECONDS, what="an end")
        return desk.call("GET", f"/inquiries/{shown.id}", api.ShownInquiry)

    def refused(self, ref: str = "") -> str:
        """Ask, and return with which code it was refused; empty if it was answered."""
        shown = self.ask(ref)
        return shown.refusal.code if isinstance(shown.refusal, api.Problem) else ""

    def hand_in(self, office: str, person: Resident, *, lost: bool = False) -> str:
        """Hand a new person in at an office, wait for the code, and return the office's reference."""
        ref = new_ref(person)
        new = populate.new_person(self.stage.people, person.index, ref)
        body = api.NewPersons(ground=populate.GROUNDS[office], persons=(new,), lost=lost)
        before = self.stage.evidence.count(office, "acquisitions", "state = 'stored'")
        self.stage.desk(office, "clerk").call("POST", "/persons", api.Accepted, body)
        done = (office, "acquisitions", "state = 'stored'")
        until(lambda: self.stage.evidence.count(*done) > before, seconds=SECONDS, what="a code")
        return ref


@contextmanager
def moving(folder: Path) -> Iterator[Moving]:
    """Make such a town, start it, and give its offices officers and codes."""
    town = boot.build_town(folder, boot.TownSpec(residents=RESIDENTS, seed=SEED))
    clock = folder / "town" / "clock"
    clock.write_text("0\n", encoding="ascii")
    for each in town.institutions:
        setup.set_test_town(each.config, faults={}, clock_file=clock)
    residents = generate(RESIDENTS, SEED)
    people = People(residents, populate.issue_numbers(town, residents), holdings(residents, SEED))
    characters = cast(residents, people.holdings)
    populate.hand_out_cards(town, people, characters.holders)
    with Processes(town) as processes:
        processes.start()
        desks = populate.appoint(town)
        populate.acquire(desks, people, progress=lambda _done, _all: None)
        yield Moving(Stage(town, processes, people, characters, desks, Evidence(town.folder)), clock)
