"""The leaves of every log as the supervisor verified them: what a party's log has committed to, for ever."""

from collections.abc import Sequence

from sqlalchemy import Connection, insert, select

from mynumber.oversight.store import EDGES, LEAVES
from mynumber.plumbing import database
from mynumber.tlog.tree import HASH_SIZE, Frontier


def edge(connection: Connection, party: str) -> Frontier:
    """Return the edge of the tree over the leaves that are kept of a party's log."""
    row = connection.execute(select(EDGES.c.size, EDGES.c.hashes).where(EDGES.c.party == party)).first()
    if row is None:
        return Frontier()
    hashes = bytes(row.hashes)
    return Frontier(row.size, tuple(hashes[at : at + HASH_SIZE] for at in range(0, len(hashes), HASH_SIZE)))


def put(connection: Connection, party: str, start: int, new: Sequence[bytes], grew: Frontier) -> None:
    """Keep leaves from place `start` on, verified, with the edge of the tree over all."""
    rows = [{"party": party, "place": start + at, "leaf": leaf} for at, leaf in enumerate(new)]
    connection.execute(insert(LEAVES), rows)
    values = {"size": grew.size, "hashes": b"".join(grew.hashes)}
    put = database.upsert(connection, EDGES).values(party=party, **values)
    connection.execute(put.on_conflict_do_update(index_elements=["party"], set_=values))


def span(connection: Connection, party: str, start: int, end: int) -> tuple[bytes, ...]:
    """Return the leaves from `start` on, up to but without `end`."""
    mine = LEAVES.c.party == party
    query = select(LEAVES.c.leaf).where(mine, LEAVES.c.place >= start, LEAVES.c.place < end).order_by(LEAVES.c.place)
    return tuple(bytes(row.leaf) for row in connection.execute(query))


def counts(connection: Connection) -> dict[str, int]:
    """Return how many leaves are kept of each party's log."""
    return {row.party: row.size for row in connection.execute(select(EDGES.c.party, EDGES.c.size))}
