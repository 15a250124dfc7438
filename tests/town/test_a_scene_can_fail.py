"""Each scene of the story can fail: played against stores in which something was bent, its step does not hold.

A lie is SQL that is run in a copy of one store, made whenever the scene looks into it; the town itself is never
touched. Every scene has one lie at least; a scene that takes long is played with its lie only.

This file comes first in its folder: what other tests do to the town beside its gateways, a scene may rightly not bear.
"""

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from mynumber.oversight.store import SCHEMA
from mynumber.plumbing import database
from mynumber.plumbing.database import Store
from mynumber.world.story.scenes import ordinary
from mynumber.world.story.script import SCENES
from mynumber.world.story.stage import Stage, Step
from mynumber.world.town.evidence import Evidence, Value
from mynumber.world.town.processes import Listed, Processes
from tests.town.conftest import Served

MAIN, BUSINESS = "", "business.db"
PLAY = {scene.play.__name__.replace("_", "-"): scene.play for scene in SCENES}
LONG = {"unassessed", "stop-switch", "withheld", "outage", "hidden", "deleted-record"}


def last(table: str) -> str:
    return f"DELETE FROM {table} WHERE rowid = (SELECT max(rowid) FROM {table})"


@dataclass(frozen=True)
class Lie:
    """What is bent in whose copy, by SQL."""

    scene: str
    party: str
    sql: str
    store: str = MAIN

    def __str__(self) -> str:
        return f"{self.scene}: {self.party}: {self.sql[:40]}"


LIES = (
    Lie("numbers", "register", last("residents")),
    Lie("codes", "city-b", last("persons")),
    Lie("codes", "keeper", last("members")),
    Lie("lawful", "pension", last("answered")),
    Lie("lawful", "operator-2", last("requests")),
    Lie("lawful", "keeper", "DELETE FROM releases"),
    Lie("lawful", "pension", "UPDATE pension SET monthly_amount = monthly_amount + 5", BUSINESS),
    Lie("refused-by-law", "operator-1", last("refusals")),
    Lie("refused-by-law", "operator-1", "UPDATE refusals SET row = 'link-107'"),
    Lie("batch", "city-b", "UPDATE local_tax SET income_total = income_total + 5", BUSINESS),
    Lie("batch", "keeper", last("releases")),
    Lie("unknown-person", "city-b", last("answered")),
    Lie("desk", "city-a", "DELETE FROM refusals WHERE code = 'NO_CASE'"),
    Lie("account", "accounts", "UPDATE account SET account_number = '0000000'", BUSINESS),
    Lie("assistance", "city-b", "UPDATE local_tax SET municipal_inhabitant_tax = 0", BUSINESS),
    Lie("assistance", "pension", last("answered")),
    Lie("household", "city-b", "UPDATE resident_record SET household_size = household_size + 1", BUSINESS),
    Lie("refund", "tax", "UPDATE national_tax SET refund_due = 0", BUSINESS),
    Lie("refund", "keeper", last("releases")),
    Lie("deceased", "pension", "UPDATE pension SET paid_to = '2026-12-31' WHERE paid_to NOTNULL", BUSINESS),
    Lie("deceased", "keeper", last("releases")),
    Lie("tax-agency-asked", "operator-1", last("refusals")),
    Lie("tax-agency-asked", "tax", "DROP TABLE answered; CREATE VIEW answered AS SELECT 'exchange' AS kind"),
    Lie("unassessed", "operator-1", "DELETE FROM refusals"),
    Lie("stop-switch", "accounts", "DELETE FROM refusals"),
    # Another size of every second answer.
    Lie(
        "withheld",
        "city-b",
        """UPDATE answered SET answer = CAST(replace(CAST(answer AS TEXT), '"sealed":"', '"sealed":"AAAA') AS BLOB)
        WHERE rowid % 2""",
    ),
    Lie("replay", "pension", "UPDATE answered SET answer = CAST('{}' AS BLOB)"),
    Lie("outage", "pension", last("answered")),
    Lie("history", "city-a", "DELETE FROM inquiry_entries WHERE position = 0"),
    Lie("own-data", "pension", "UPDATE pension SET monthly_amount = monthly_amount + 5", BUSINESS),
    Lie(
        "hidden",
        "city-a",
        "DELETE FROM inquiry_entries WHERE inquiry IN (SELECT id FROM inquiries WHERE provider = 'city-b')",
    ),
    Lie("deleted-record", "operator-1", 'UPDATE log_entries SET "index" = "index" + 100000'),
)


@contextmanager
def copied(store: Path, to: Path | str) -> Iterator[sqlite3.Connection]:
    """Copy a store as it is now, and give the copy."""
    uri = f"{store.as_uri()}?mode=ro"
    with closing(sqlite3.connect(uri, uri=True, timeout=10)) as real, closing(sqlite3.connect(to)) as copy:
        real.backup(copy)
        yield copy


@dataclass(frozen=True)
class Bent(Evidence):
    """The stores as somebody bent them."""

    lies: Mapping[tuple[str, str], str] = field(default_factory=dict)

    def rows(
        self, party: str, query: str, parameters: Sequence[Value] = (), *, store: str = ""
    ) -> list[tuple[Value, ...]]:
        """Ask a copy in which the lie was told."""
        if (party, store) not in self.lies:
            return super().rows(party, query, parameters, store=store)
        name = store or ("gateway.db" if (self.town / party / "gateway.db").exists() else "data.db")
        with copied(self.town / party / name, ":memory:") as bent:
            bent.executescript(self.lies[party, store])
            return bent.execute(query, parameters).fetchall()


@dataclass
class ElsewhereSupervised(Stage):
    """A stage on which the supervisor's store is a copy."""

    copy: Path = Path()

    @contextmanager
    def supervisor(self) -> Iterator[Store]:
        """Open the copy."""
        store = Store(database.store_url("data.db", self.copy), SCHEMA.metadata, SCHEMA.version)
        try:
            yield store
        finally:
            store.close()


def test_every_scene_has_a_control() -> None:
    assert {lie.scene for lie in LIES} | {"boot", "supervision"} == set(PLAY)


@pytest.fixture
def stage(served: Served) -> Stage:
    """A stage on which the first exchange was played, as later scenes need it."""
    stage = served.stage
    assert ordinary.lawful(stage).ok
    return stage


@pytest.mark.parametrize("lie", LIES, ids=str)
def test_a_scene_that_is_lied_to_does_not_hold(stage: Stage, lie: Lie) -> None:
    play: Callable[[Stage], Step] = PLAY[lie.scene]
    if lie.scene not in LONG:
        truth = play(stage)
        assert truth.ok, truth
    bent = play(replace(stage, evidence=Bent(stage.town.folder, {(lie.party, lie.store): lie.sql})))
    assert not bent.ok, bent


class Fewer(Processes):
    """Processes of which one is said to be another."""

    listing: list[Listed]

    def listed(self) -> list[Listed]:
        """Return what is said."""
        return self.listing


def test_a_process_with_a_foreign_file_or_none_is_seen(served: Served) -> None:
    stage, bent = served.stage, Fewer(served.town)
    bent.listing = served.processes.listed()
    assert ordinary.boot(replace(stage, processes=bent)).ok
    bent.listing = served.processes.listed()[1:]
    assert not ordinary.boot(replace(stage, processes=bent)).ok
    # This test's own process stands for one that has a store of somebody else open.
    ours: Listed = {**served.processes.listed()[0], "pid": os.getpid()}
    bent.listing = [ours, *served.processes.listed()[1:]]
    with (served.town.institution("keeper").folder / "data.db").open("rb"):
        assert not ordinary.boot(replace(stage, processes=bent)).ok


@pytest.fixture
def elsewhere(served: Served, tmp_path: Path) -> ElsewhereSupervised:
    folder = tmp_path / "supervisor"
    folder.mkdir()
    with copied(served.town.institution("supervisor").folder / "data.db", folder / "data.db"):
        pass
    shutil.copytree(served.town.institution("supervisor").folder / "keys", folder / "keys")
    stage = served.stage
    return ElsewhereSupervised(
        stage.town, stage.processes, stage.people, stage.cast, stage.desks, stage.evidence, copy=folder
    )


def test_a_finding_of_the_supervisor_is_no_clean_book(served: Served, elsewhere: ElsewhereSupervised) -> None:
    assert PLAY["supervision"](served.stage).ok
    with copied(served.town.institution("supervisor").folder / "data.db", elsewhere.copy / "data.db") as copy, copy:
        copy.execute(
            "INSERT INTO findings (kind, party, subject, detail, evidence, at)"
            " VALUES ('record-missing', 'operator-1', 'log index 1', '', x'', 0)"
        )
    step = PLAY["supervision"](elsewhere)
    assert not step.ok
    assert step.detail.startswith("1 findings")


def test_a_block_that_nobody_published_is_seen(elsewhere: ElsewhereSupervised) -> None:
    """The act reaches a store that nobody serves, and everybody seems to have a newer state all the time."""
    newer = """UPDATE papers SET "order" = CAST(julianday('now') * 86400000 AS INTEGER) WHERE kind = 'state'"""
    parties = [each.name for each in elsewhere.town.institutions if each.role in ("operator", "gateway")]
    lies = {(party, MAIN): newer for party in parties}
    step = PLAY["unassessed"](replace(elsewhere, evidence=Bent(elsewhere.town.folder, lies)))
    assert not step.ok
    assert "free again" in step.detail
