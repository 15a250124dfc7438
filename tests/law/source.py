"""The law tables as they stand in law/, read without the room `law`, and questions about them.

What is written here a second time, plainly, is what the room is compared with.
"""

import csv
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import NamedTuple

from mynumber.law.deciding.linkage import LinkageQuestion
from mynumber.law.statute import InfoId, Law, ProcedureId, RelationId, RoleId, RowNo, current

LAW = Path(__file__).resolve().parents[2] / "law"
DATA = LAW.parent / "src/mynumber/law/data"
ON = date(2026, 7, 1)

Row = dict[str, str]


class Asked(NamedTuple):
    """One point of the table: who asks whom in which row for what about whom."""

    requester: str
    provider: str
    row: str
    item: str
    relation: str | None


def table(name: str, folder: Path = LAW) -> list[Row]:
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


def changed(folder: Path, name: str, change: Callable[[list[Row]], list[Row]]) -> Path:
    """Copy the tables to `folder` and change the rows of one."""
    shutil.copytree(LAW, folder)
    rows = change(table(name))
    with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as text:
        writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return folder


def law_with(name: str, rows: list[Row]) -> Law:
    """Return the law with other rows in one table: what a build of them gives (test_build.py), in less time."""
    return Law.of(current().tables.amended(name, rows))


ROLES = {row["role_id"]: row["members"].split(";") for row in table("roles")}
PROCEDURES = {number: row["procedure_id"] for row in table("procedures") for number in row["linkage_rows"].split(";")}
ITEMS = [row["info_id"] for row in table("information")]
RELATIONS = [row["relation_id"] for row in table("subject_relations")]


def fits(role: str, cell: str) -> bool:
    named = cell.split(";")
    return role in named or any(role in ROLES[one] for one in named)


def fitting(cell: str) -> list[str]:
    return [role for role in ROLES if fits(role, cell)]


def question(asked: Asked) -> LinkageQuestion:
    """Ask with published assessments, a valid notice, inside the time of the data."""
    return LinkageQuestion(
        requester=RoleId(asked.requester),
        procedure=ProcedureId(PROCEDURES[asked.row]),
        provider=RoleId(asked.provider),
        item=InfoId(asked.item),
        date=ON,
        pia_requester="published",
        pia_provider="exempt",
        notice="valid",
        row=RowNo(asked.row),
        subject=RelationId(asked.relation) if asked.relation else None,
    )


class Plain:
    """The linkage decision said a second time, as a walk over the rows of two tables."""

    def __init__(self, lines: list[Row], details: list[Row]) -> None:
        self.lines: dict[str, list[Row]] = {}
        self.details: dict[str, list[Row]] = {}
        for line in lines:
            self.lines.setdefault(line["row_no"], []).append(line)
        for detail in details:
            if detail["line_kind"] == "item":
                self.details.setdefault(detail["row_no"], []).append(detail)

    def granted_by(self, asked: Asked) -> list[str]:
        """Return the lines that allow it."""
        found = [
            line["linkage_id"]
            for line in self.lines.get(asked.row, [])
            if fits(asked.requester, line["requester_role"]) and fits(asked.provider, line["provider_role"])
            if asked.item in line["info_ids"].split(";")
            if asked.item not in line["info_ids_not_in_detail"].split(";")
        ]
        relations = self.relations(asked.row, asked.item)
        decided = asked.relation is None or (asked.relation in relations and "see_source" not in relations)
        return found if decided else []

    def relations(self, row: str, item: str) -> set[str]:
        return {
            relation
            for detail in self.details.get(row, [])
            if item in detail["info_ids"].split(";")
            for relation in detail["subject_relations"].split(";")
        }

    def around(self, row: str) -> Iterator[Asked]:
        """Yield every question near a row: its own roles, items and relations, and one stranger of each kind."""
        lines = [line for other in self.lines if PROCEDURES[other] == PROCEDURES[row] for line in self.lines[other]]
        requesters = {role for line in lines for role in fitting(line["requester_role"])} | {"jasso"}
        providers = {role for line in lines for role in fitting(line["provider_role"])} | {"court"}
        items = {item for line in lines for item in line["info_ids"].split(";")} | {"vaccination_influenza"}
        for number in {line["row_no"] for line in lines}:
            for requester in requesters:
                for provider in providers:
                    for item in items:
                        for relation in (None, "licence_holder", *self.relations(number, item)):
                            yield Asked(requester, provider, number, item, relation)


PLAIN = Plain(table("linkages"), table("linkage_details"))


def at(line: Row, **change: object) -> LinkageQuestion:
    """Return the first question that a line of linkages.csv answers, with changes."""
    asked = Asked(
        line["requester_role"].split(";")[0],
        line["provider_role"].split(";")[0],
        line["row_no"],
        line["info_ids"].split(";")[0],
        None,
    )
    return replace(question(asked), **change)  # type: ignore[arg-type]
