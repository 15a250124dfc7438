"""Everything a scene of the story works with: the town, its processes, its people, their ways to the desks, the stores.

A scene acts as people act (through an office's HTTP interface, or as a stranger at a door) and is judged by what lies
in the stores afterwards.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from mynumber.exchange.context import Conditions
from mynumber.gateway.desk import api
from mynumber.gateway.desk.client import OfficeClient
from mynumber.oversight.store import SCHEMA
from mynumber.plumbing import database
from mynumber.plumbing.database import Store
from mynumber.plumbing.errors import MyNumberError, NotFinished
from mynumber.world.people.residents import Resident
from mynumber.world.story.cast import Cast
from mynumber.world.town.evidence import Evidence
from mynumber.world.town.layout import Town
from mynumber.world.town.populate import People
from mynumber.world.town.processes import Processes

Lang: TypeAlias = Literal["en", "ja"]


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the story; `ok` and `detail` are read back from stores, `detail` says where to look."""

    id: str
    title: str
    ok: bool
    detail: str
    promises: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """One person of an inquiry and what is asked."""

    person: Resident
    items: tuple[str, ...]


@dataclass
class Stage:
    """The town at work."""

    town: Town
    processes: Processes
    people: People
    cast: Cast
    desks: Mapping[tuple[str, str], OfficeClient]
    evidence: Evidence
    inquiries: dict[str, str] = field(default_factory=dict)
    """Scene -> id of its inquiry at the office that asked."""
    own: dict[str, str] = field(default_factory=dict)
    """Permit -> class of what a citizen was told of her own data."""

    def desk(self, office: str, officer: str) -> OfficeClient:
        """Return an officer's way to the desk."""
        return self.desks[office, officer]

    def open_case(
        self, officer: str, procedure: str, persons: Sequence[Resident], reason: str, *, office: str = "city-a"
    ) -> str:
        """Open a case at an office and return its id."""
        refs = tuple(self.cast.ref(office, person) for person in persons)
        body = api.NewCase(procedure=procedure, persons=refs, reason=reason)
        return self.desk(office, officer).call("POST", "/cases", api.CaseId, body).case

    def ask(
        self,
        case: str,
        provider: str,
        entries: Sequence[Entry],
        *,
        officer: str = "hanako",
        office: str = "city-a",
        conditions: Conditions | None = None,
        undisclosed: str = "",
    ) -> api.ShownInquiry:
        """Ask from an office; return the inquiry, ended or pending."""
        body = api.NewInquiry(
            case=case,
            provider=provider,
            entries=tuple(
                api.NewEntry(
                    person=self.cast.ref(office, entry.person),
                    items=entry.items,
                    conditions=conditions or Conditions(),
                )
                for entry in entries
            ),
            undisclosed=undisclosed,
        )
        return self.desk(office, officer).call("POST", "/inquiries", api.ShownInquiry, body)

    @contextmanager
    def supervisor(self) -> Iterator[Store]:
        """Open the supervisor's store beside the process that serves it, as the commands of its staff do."""
        folder = self.town.institution("supervisor").folder
        store = Store(database.store_url("data.db", folder), SCHEMA.metadata, SCHEMA.version)
        try:
            yield store
        finally:
            store.close()

    def refused(self, act: Callable[[], object]) -> str:
        """Do what must be refused; return the refusal's code, empty if it was allowed."""
        try:
            act()
        except MyNumberError as refusal:
            return refusal.code
        return ""


def until(condition: Callable[[], bool], *, seconds: float, what: str, every: float = 0.05) -> None:
    """Wait for what the stores will show, or raise NotFinished."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise NotFinished("STORY_STUCK", f"the town did not come so far: {what}", hint="see the journals")
        time.sleep(every)
