"""The law data in memory: every line typed once, so that deciding is looking up.

`Law.load` takes any folder that tools/build_law.py wrote; without one it takes the data of this package.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import NewType

from mynumber.law.rulings import Text
from mynumber.law.tables import Tables, parts
from mynumber.law.words import check

RoleId = NewType("RoleId", str)
ProcedureId = NewType("ProcedureId", str)
InfoId = NewType("InfoId", str)
RelationId = NewType("RelationId", str)
RowNo = NewType("RowNo", str)

SEE_SOURCE = RelationId("see_source")
_ANYONE = RoleId("anyone")
_USER_BODY = RoleId("user_body")
_LINKAGE_PARTY = RoleId("linkage_party")


@dataclass(frozen=True, slots=True)
class LinkageLine:
    """One provider line of the linkage table (506M60004008009 art. 2); `table_row` and `detail` are its references."""

    line: str
    row: RowNo
    requesters: tuple[RoleId, ...]
    procedure: ProcedureId
    providers: tuple[RoleId, ...]
    items: tuple[InfoId, ...]
    not_in_detail: frozenset[InfoId]
    detail_article: str
    in_force_from: date
    in_force_to: date | None
    law_id: str
    table_row: str
    detail: str

    def in_force(self, on: date) -> bool:
        """Whether the line is in force on this day; both ends belong to it."""
        return self.in_force_from <= on and (self.in_force_to is None or on <= self.in_force_to)


@dataclass(frozen=True, slots=True)
class DetailLine:
    """One item line of a detail article: whose data the item may be in one step of the procedure."""

    line: str
    relations: tuple[RelationId, ...]


@dataclass(frozen=True, slots=True)
class Law:
    """All tables; those of the linkage decision in the form that deciding takes, with the roles that all share."""

    tables: Tables
    roles: Mapping[RoleId, Text]
    answers_to: Mapping[RoleId, frozenset[RoleId]]
    information: Mapping[InfoId, Text]
    relations: Mapping[RelationId, Text]
    procedures: Mapping[ProcedureId, Text]
    procedure_of: Mapping[RowNo, ProcedureId]
    lines: Mapping[ProcedureId, tuple[LinkageLine, ...]]
    details: Mapping[tuple[RowNo, InfoId], tuple[DetailLine, ...]]

    @classmethod
    def load(cls, folder: Traversable | None = None) -> "Law":
        """Load the data of `folder`."""
        return cls.of(Tables(folder or files("mynumber.law") / "data"))

    @classmethod
    def of(cls, tables: Tables) -> "Law":
        """Return the law that these tables are."""
        roles, procedures = tables.cells("roles"), tables.cells("procedures")
        lines = [_linkage_line(row) for row in tables.cells("linkages")]
        return cls(
            tables=tables,
            roles={RoleId(row["role_id"]): _names(row) for row in roles},
            answers_to=_answers_to(roles, _user_roles(tables), _parties(lines)),
            information={InfoId(row["info_id"]): _names(row) for row in tables.cells("information")},
            relations={RelationId(row["relation_id"]): _names(row) for row in tables.cells("subject_relations")},
            procedures={ProcedureId(row["procedure_id"]): _names(row) for row in procedures},
            procedure_of={
                RowNo(number): ProcedureId(row["procedure_id"])
                for row in procedures
                for number in parts(row["linkage_rows"])
            },
            lines=_by_procedure(lines),
            details=_details(tables.cells("linkage_details")),
        )

    def fits(self, role: RoleId, cell: Collection[RoleId]) -> bool:
        """Whether a holder of `role` is meant by a cell that names these roles."""
        return not self.answers_to[role].isdisjoint(cell)

    def known(self, member: str, word: str, vocabulary: Collection[str]) -> None:
        """Raise WrongUse if `word`, which stands in the member `member`, is not in the vocabulary."""
        check(member, word, vocabulary)


@cache
def current() -> Law:
    """Return the law of this package, loaded once."""
    return Law.load()


def _names(row: Mapping[str, str]) -> Text:
    return Text(ja=row["name_ja"], en=row["name_en"])


def _linkage_line(row: Mapping[str, str]) -> LinkageLine:
    law_id = row["source"].split(maxsplit=1)[0]
    return LinkageLine(
        line=row["linkage_id"],
        row=RowNo(row["row_no"]),
        requesters=tuple(map(RoleId, parts(row["requester_role"]))),
        procedure=ProcedureId(row["procedure_id"]),
        providers=tuple(map(RoleId, parts(row["provider_role"]))),
        items=tuple(map(InfoId, parts(row["info_ids"]))),
        not_in_detail=frozenset(map(InfoId, parts(row["info_ids_not_in_detail"]))),
        detail_article=row["detail_article"],
        in_force_from=date.fromisoformat(row["in_force_from"]),
        in_force_to=date.fromisoformat(row["in_force_to"]) if row["in_force_to"] else None,
        law_id=law_id,
        table_row=f"{law_id} Art.2 row {row['row_no']}",
        detail=f"{law_id} Art.{row['detail_article']}",
    )


def _by_procedure(lines: Iterable[LinkageLine]) -> dict[ProcedureId, tuple[LinkageLine, ...]]:
    found: defaultdict[ProcedureId, list[LinkageLine]] = defaultdict(list)
    for line in lines:
        found[line.procedure].append(line)
    return {procedure: tuple(its_lines) for procedure, its_lines in found.items()}


def _details(rows: Iterable[Mapping[str, str]]) -> dict[tuple[RowNo, InfoId], tuple[DetailLine, ...]]:
    found: defaultdict[tuple[RowNo, InfoId], list[DetailLine]] = defaultdict(list)
    for row in rows:
        if row["line_kind"] == "item":
            detail = DetailLine(row["detail_id"], tuple(map(RelationId, parts(row["subject_relations"]))))
            for item in parts(row["info_ids"]):
                found[RowNo(row["row_no"]), InfoId(item)].append(detail)
    return {case: tuple(details) for case, details in found.items()}


def _user_roles(tables: Tables) -> frozenset[RoleId]:
    return frozenset(RoleId(role) for row in tables.cells("uses") for role in parts(row["user_roles"]))


def _parties(lines: Iterable[LinkageLine]) -> frozenset[RoleId]:
    return frozenset(role for line in lines for role in (*line.requesters, *line.providers))


def _answers_to(
    roles: Iterable[Mapping[str, str]], users: frozenset[RoleId], parties: frozenset[RoleId]
) -> dict[RoleId, frozenset[RoleId]]:
    """Return for each role the words of a cell that mean its holder."""
    classes = {RoleId(row["role_id"]): parts(row["members"]) for row in roles if row["members"]}
    answers: dict[RoleId, frozenset[RoleId]] = {}
    for row in roles:
        role = RoleId(row["role_id"])
        names = {role}
        # A class that is given as a role is only what it is called, not each of its members.
        if role not in classes and row["kind"] != "class":
            names |= {one for one, members in classes.items() if role in members}
            names |= {word for word, meant in ((_USER_BODY, users), (_LINKAGE_PARTY, parties)) if names & meant}
        answers[role] = frozenset(names | {_ANYONE})
    return answers
