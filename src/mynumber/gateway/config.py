"""An office's configuration: two listeners, the office's own database, and what of it may ever leave.

`[mapping]` is the whole list of what this office can answer: an item that has no query here is never held. A query
binds `:person` (the office's own reference) and the inquiry's conditions, and sees the business database read-only.
"""

from collections import Counter
from typing import Annotated

import msgspec

from mynumber.plumbing.config import Listen, NodeConfig, Section


class File(Section, frozen=True, kw_only=True):
    """A file of specific personal information (Act art. 2(10)); its size decides which assessment is due (art. 28).

    `subjects` is how many persons it holds, `staff_500_or_more` whether so many people handle it, `incident` whether
    there was a serious incident within a year; `items` are what it holds.
    """

    subjects: Annotated[int, msgspec.Meta(ge=0)]
    staff_500_or_more: bool = False
    incident: bool = False
    items: tuple[str, ...] = ()


class GatewayConfig(NodeConfig, frozen=True, kw_only=True):
    """What an office sets beside what every institution has.

    `name` is the office's own, `departments` say who is in charge of a procedure; both travel in contexts only.
    """

    office: Listen
    store: str = "gateway.db"
    vault: str = "vault.db"
    business: str = "business.db"
    name: str = ""
    departments: dict[str, str] = msgspec.field(default_factory=dict)
    mapping: dict[str, str] = msgspec.field(default_factory=dict)
    files: dict[str, File] = msgspec.field(default_factory=dict)

    def department(self, procedure: str) -> str:
        """Return the department in charge of a procedure, else the office's own name or id."""
        return self.departments.get(procedure) or self.name or self.id

    def file_of(self, item: str) -> str | None:
        """Return the name of the file that holds an item, None if it is in none that is declared."""
        return next((name for name, file in self.files.items() if item in file.items), None)

    def __post_init__(self) -> None:
        """Refuse an item in two files: which assessment it needs could not be said (Act art. 28)."""
        held = Counter(item for file in self.files.values() for item in file.items)
        if twice := sorted(item for item, count in held.items() if count > 1):
            raise ValueError(f"{twice[0]} stands in two of the [files]")
