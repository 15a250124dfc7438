"""How far the acquisitions of certain persons are: of each the newest, counted by state."""

from collections import Counter
from collections.abc import Sequence

from sqlalchemy import Connection, select

from mynumber.gateway.store import ACQUISITIONS


def states_of(connection: Connection, refs: Sequence[str]) -> dict[str, int]:
    """Return how many of these persons' newest acquisitions are in each state; who was never handed in is left out."""
    columns = ACQUISITIONS.c
    query = select(columns.person, columns.state).where(columns.person.in_(refs))
    # Of one person handed in twice within a second, the open number is the newer one.
    newest_last = query.order_by(columns.at, columns.state.in_(("waiting", "accepted")))
    newest = {str(row.person): str(row.state) for row in connection.execute(newest_last)}
    return dict(Counter(newest.values()))
