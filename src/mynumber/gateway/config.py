"""An office's configuration: two listeners, the office's own database, and what of it may ever leave.

`[mapping]` is the whole list of what this office can answer: an item that has no query here is never held. A query
binds `:person` (the office's own reference) and the inquiry's conditions, and sees the business database read-only.
"""

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
