"""How far the acquisitions of certain persons are: of each the newest, counted by state, or named where it failed."""

from collections import Counter
from collections.abc import Sequence

from sqlalchemy import Connection, select

from mynumber.gateway.store import ACQUISITIONS, DOUBLES, OPEN


def states_of(connection: Connection, refs: Sequence[str]) -> dict[str, int]:
    """Return how many of these persons' newest acquisitions are in each state; who was never handed in is left out."""
    return dict(Counter(state for state, _ in _newest(connection, refs).values()))


def failed_of(connection: Connection, refs: Sequence[str]) -> list[dict[str, str]]:
    """Return those of these persons who got no code and why; `other` is the reference that holds it, or empty."""
    newest = _newest(connection, refs)
    failed = {ref: end for ref, end in newest.items() if end[0] not in (*OPEN, "stored")}
    return [{"ref": ref, "state": state, "other": other} for ref, (state, other) in failed.items()]


def _newest(connection: Connection, refs: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Return (state, other reference) of each person's newest acquisition."""
    columns = ACQUISITIONS.c
    query = select(columns.person, columns.state, DOUBLES.c.other).outerjoin(DOUBLES, DOUBLES.c.acq == columns.acq)
    # Of one person handed in twice within a second, the open number is the newer one.
    newest_last = query.where(columns.person.in_(refs)).order_by(columns.at, columns.state.in_(OPEN))
    return {str(row.person): (str(row.state), str(row.other or "")) for row in connection.execute(newest_last)}
