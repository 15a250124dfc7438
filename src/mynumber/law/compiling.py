"""Compiles the linkage table into what the supervisor signs and operators look up (PROTOCOL.md section 5).

Promises that a lookup in the table and `linkage.rule` say the same for every requester, row, provider, item and
relation, with assessments published and the notice valid: these belong to the state of the network, not to the table.

An exchange always says whose data it asks: `exchange` rows hold `<item>/<relation>` only, and an item whose relations
were not normalised is left out. `self` rows hold bare items, because the person is the one who asks.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import product
from typing import Literal, TypedDict

from mynumber.law.statute import Law, LinkageLine, RoleId, current
from mynumber.law.wire import SELF_INFORMATION, relations_of, row_of, wire_procedure
from mynumber.plumbing.errors import WrongUse

# The portal acts for the citizen; it is no role of the statute's table.
PORTAL = RoleId("portal")

_IDENTIFIER = re.compile(r"[a-z0-9-]{1,32}")
_MAX_ITEMS = 256

# The members `from` and `to` are words of Python, hence the other way to write a type.
TableRow = TypedDict(
    "TableRow",
    {
        "kind": Literal["exchange", "self"],
        "from": str,
        "to": str,
        "procedure": str,
        "items": list[str],
        "hide": str,
    },
)


class CompiledTable(TypedDict):
    """The members `roles` and `rows` of a law table, plain values ready to be signed."""

    roles: dict[str, list[str]]
    rows: list[TableRow]


def compile_table(
    members: Mapping[str, Sequence[str]],
    *,
    on: date,
    hide: Mapping[str, str] | None = None,
    law: Law | None = None,
) -> CompiledTable:
    """Compile the law in force on a day for these members of each role; raise WrongUse if they cannot be written.

    `members`: role id of roles.csv, or `portal`, to party ids. `hide`: procedure text to the article by which its
    exchanges may be kept from the person (Act art. 23(2)).
    """
    law, hide = law or current(), hide or {}
    held = _held(law, members)
    _check_hide(law, hide)
    found: dict[tuple[Literal["exchange", "self"], RoleId, RoleId, str], dict[str, None]] = {}
    for line in _in_force(law, on):
        requesters, providers = _fitting(law, held, line.requesters), _fitting(law, held, line.providers)
        for requester, provider in product(requesters, providers):
            items = found.setdefault(("exchange", requester, provider, wire_procedure(line.row)), {})
            items |= dict.fromkeys(_exchange_items(law, line))
        if PORTAL in held:
            for provider in providers:
                items = found.setdefault(("self", PORTAL, provider, SELF_INFORMATION), {})
                items |= dict.fromkeys(line.items)
    rows = [
        _row(kind, (source, target), procedure, list(items), hide.get(procedure, ""))
        for (kind, source, target, procedure), items in found.items()
        if items
    ]
    used = {role for row in rows for role in (row["from"], row["to"])}
    return CompiledTable(
        roles={_wire(role): list(parties) for role, parties in held.items() if _wire(role) in used}, rows=rows
    )


def _held(law: Law, members: Mapping[str, Sequence[str]]) -> dict[RoleId, Sequence[str]]:
    held = {RoleId(role): parties for role, parties in sorted(members.items()) if parties}
    for role, parties in held.items():
        law.known("roles", role, {*law.roles, PORTAL})
        if len(set(parties)) != len(parties) or not all(_IDENTIFIER.fullmatch(party) for party in parties):
            raise WrongUse("LAW_TABLE", f"the members of {role} are not distinct ids", hint="correct [roles]")
    if len(set(map(_wire, held))) != len(held):
        raise WrongUse("LAW_TABLE", "two roles have one name in signed tables", hint="rename one in roles.csv")
    return held


def _check_hide(law: Law, hide: Mapping[str, str]) -> None:
    for procedure, article in hide.items():
        if procedure != SELF_INFORMATION and row_of(procedure, law) is None:
            raise WrongUse("LAW_TABLE", "an article hides the records of a procedure that the table does not have")
        if not re.fullmatch(r"[ !#-\[\]-~]{1,128}", article):
            raise WrongUse("LAW_TABLE", "an article in `hide` is not 1 to 128 printable ASCII characters")


def _in_force(law: Law, on: date) -> Iterator[LinkageLine]:
    return (line for lines in law.lines.values() for line in lines if line.in_force(on))


def _fitting(law: Law, held: Mapping[RoleId, object], cell: Sequence[RoleId]) -> list[RoleId]:
    return [role for role in held if role != PORTAL and law.fits(role, cell)]


def _exchange_items(law: Law, line: LinkageLine) -> Iterator[str]:
    # Order 506M60004008009 arts 3 to 175-2: what no detail article repeats, the table does not allow.
    for item in line.items:
        if item not in line.not_in_detail:
            yield from (f"{item}/{relation}" for relation in relations_of(line.row, item, law))


def _row(
    kind: Literal["exchange", "self"], between: tuple[RoleId, RoleId], procedure: str, items: list[str], hide: str
) -> TableRow:
    if len(items) > _MAX_ITEMS:
        raise WrongUse("LAW_TABLE", f"a row of {procedure} has more than {_MAX_ITEMS} items")
    source, target = map(_wire, between)
    return {"kind": kind, "from": source, "to": target, "procedure": procedure, "items": items, "hide": hide}


def _wire(role: RoleId) -> str:
    return role.replace("_", "-")
