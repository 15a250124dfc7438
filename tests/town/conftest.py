"""One town for all tests of this folder: built, told and served once; tests leave every process running."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from mynumber.gateway.desk.client import OfficeClient
from mynumber.world.demo import telling
from mynumber.world.offices.known import holdings
from mynumber.world.people.residents import generate
from mynumber.world.story.cast import Cast, cast
from mynumber.world.story.stage import Stage, Step
from mynumber.world.town.evidence import Evidence
from mynumber.world.town.layout import Town
from mynumber.world.town.populate import People
from mynumber.world.town.processes import Processes
from tests.town.trouble import at_rest

# The town of the README, whose references and amounts hang on both.
RESIDENTS, SEED = 200, 1


class Silent:
    """Nobody listens."""

    def doing(self, what: str, done: int = 0, total: int = 0) -> None:
        """Ignore progress."""

    def step(self, step: Step) -> None:
        """Ignore steps; the account has them."""


@dataclass(frozen=True)
class Served:
    """The served town and what tests need of it."""

    demo: telling.Demo
    town: Town
    processes: Processes
    evidence: Evidence
    people: People
    cast: Cast

    def officer(self, office: str, name: str) -> Path:
        """Return an officer's folder."""
        return self.town.institution(office).folder / "officers" / name

    def desk(self, office: str, name: str) -> OfficeClient:
        """Return an officer's way to the desk."""
        return OfficeClient.of(self.officer(office, name))

    @property
    def stage(self) -> Stage:
        """A stage on which scenes can be played again."""
        posts = [(each["office"], each["name"]) for each in self.demo.account["officers"]]  # type: ignore[attr-defined]
        desks = {post: self.desk(*post) for post in posts}
        return Stage(self.town, self.processes, self.people, self.cast, desks, self.evidence)


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The town, after its story."""
    folder = tmp_path_factory.mktemp("demo") / "town"
    with telling.told(telling.Options(folder, RESIDENTS, SEED, tapped=True), Silent()) as told:
        town = told.processes.town
        residents = generate(RESIDENTS, SEED)
        held = holdings(residents, SEED)
        numbers = tuple((folder / "town" / "numbers").read_text(encoding="ascii").split())
        everybody = People(residents, numbers, held)
        yield Served(told, town, told.processes, Evidence(town.folder), everybody, cast(residents, held))


@pytest.fixture
def stage(served: Served) -> Stage:
    """The town's stage, made anew for each test."""
    return served.stage


@pytest.fixture(scope="module")
def before(served: Served) -> frozenset[str]:
    """What was wrong in the books before the tests of a file: nothing, but for traces of forged messages."""
    return at_rest(served.town)


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    """Threads for those who ask while a test does something else."""
    with ThreadPoolExecutor(2) as made:
        yield made
