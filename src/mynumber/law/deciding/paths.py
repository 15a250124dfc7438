"""What may follow a breach that is no offence: recommendation, order, and the offence of disobeying it (Act art. 34).

Promises that a refusal names a path only for an act that the law data list, and that the path is looked up, not known.
"""

from dataclasses import dataclass
from typing import ClassVar

from mynumber.law.statute import Law


@dataclass(frozen=True, slots=True)
class PathLine:
    """One path: what the commission may do about these acts, step by step; `end_penalty`: an offence or an article."""

    TABLE: ClassVar[str] = "breach_paths"
    path_id: str
    acts: frozenset[str]
    step_1: str
    step_1_article: str
    step_2: str
    step_2_article: str
    urgent_step: str
    urgent_article: str
    end_penalty: str
    not_applied_in: str
    source_status: str

    @property
    def articles(self) -> tuple[str, ...]:
        """The articles of the steps that the path has."""
        return tuple(one for one in (self.step_1_article, self.step_2_article, self.urgent_article) if one)


@dataclass(frozen=True, slots=True)
class Prohibition:
    """A forbidden act or a breach of duty, and whether it is free inside one household."""

    TABLE: ClassVar[str] = "prohibitions"
    prohibition_id: str
    act: str
    same_household_exempt: bool
    source: str


def path_of(act: str, law: Law) -> str:
    """Return the ids of the paths that this act opens, as a cell names them; nothing if it opens none."""
    return ";".join(line.path_id for line in law.tables.lines(PathLine) if act in line.acts)
