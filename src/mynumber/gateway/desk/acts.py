"""What was done about who may do what and who is withheld: one row an act, and no row ever changes or goes.

An act is written in the transaction that does it, so that a crash leaves both or neither. Rights and shields show what
holds now; acts show that something held once, and who let it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, func, insert, select

from mynumber.gateway.desk.api import What
from mynumber.gateway.store import ACTS
from mynumber.plumbing.statements import Prepared

MOST_ACTS = 1000
_NEWEST: Prepared[tuple[int]] = Prepared(select(func.coalesce(func.max(ACTS.c.id), 0)))


@dataclass(frozen=True, slots=True)
class Act:
    """Who does something, and when; the gateway itself is nobody."""

    officer: str
    at: int


def note(
    connection: Connection, act: Act, what: What, *, officer: str = "", procedure: str = "", person: str = ""
) -> None:
    """Write down what is done, to which officer, right or person."""
    row = {"at": act.at, "by": act.officer, "what": what, "officer": officer, "procedure": procedure, "person": person}
    connection.execute(insert(ACTS).values(row))


def newest(connection: Connection) -> int:
    """Return the running number of the newest act, 0 if there is none."""
    found = _NEWEST.first(connection)
    return 0 if found is None else found[0]


def after(connection: Connection, last: int) -> Sequence[dict[str, object]]:
    """Return at most MOST_ACTS acts, the oldest first, that stand behind the act `last`."""
    query = select(ACTS).where(ACTS.c.id > last).order_by(ACTS.c.id).limit(MOST_ACTS)
    return [dict(row._mapping) for row in connection.execute(query)]
