"""Signed papers as a party keeps them: directories, law tables and the state of the network, by kind and hash.

Promises that what was accepted once survives a restart, so that nobody can lead a party back to an older paper.
"""

from sqlalchemy import Column, Connection, LargeBinary, MetaData, Text, delete, select

from mynumber.plumbing import database, logs


class Papers:
    """The papers of one party; `metadata` is the party's own schema."""

    def __init__(self, metadata: MetaData) -> None:
        """Declare the table in a schema."""
        self._papers = database.table(
            "papers",
            metadata,
            Column("kind", Text, primary_key=True, comment="directory, law table or state"),
            Column("hash", LargeBinary, primary_key=True, comment="hash of the paper"),
            Column(
                "order", database.Int, nullable=False, comment="what sorts the papers of a kind, the newest is largest"
            ),
            Column(
                "body",
                LargeBinary,
                nullable=False,
                comment="the paper as it was signed; it names institutions and no person",
            ),
            purpose="signed papers of the network that were accepted once, so that nobody leads back to older ones",
        )

    def put(
        self, connection: Connection, kind: str, digest: bytes, *, order: int, body: bytes, alone: bool = False
    ) -> None:
        """Keep a paper, `alone` in place of all others of its kind.

        The same one again changes nothing; under a signature of another key of its signer, that one is kept. `order`
        sorts papers of a kind, the newest is largest.
        """
        if alone:
            connection.execute(delete(self._papers).where(self._papers.c.kind == kind))
        row = {"kind": kind, "hash": digest, "order": order, "body": body}
        put = database.upsert(connection, self._papers).values(row)
        connection.execute(put.on_conflict_do_update(index_elements=["kind", "hash"], set_={"body": body}))
        logs.info("paper.kept", kind=kind, version=order)

    def newest(self, connection: Connection, kind: str, count: int = 1) -> tuple[bytes, ...]:
        """Return the newest papers of a kind, the newest first."""
        papers = self._papers
        query = select(papers.c.body).where(papers.c.kind == kind).order_by(papers.c.order.desc()).limit(count)
        return tuple(bytes(row.body) for row in connection.execute(query))

    def get(self, connection: Connection, kind: str, digest: bytes) -> bytes | None:
        """Return the paper with this hash."""
        papers = self._papers
        query = select(papers.c.body).where(papers.c.kind == kind, papers.c.hash == digest)
        found = connection.execute(query).scalar()
        return None if found is None else bytes(found)
