"""A party's transparency log inside its own store: appended in the transaction of the step that it records.

Promises that the log and the record it stands for commit together or not at all, that the checkpoint always covers the
last entry, and that no entry can be changed or taken back without a consistency proof failing.
"""

import os
from collections.abc import Sequence

from sqlalchemy import Column, Connection, LargeBinary, MetaData, func, insert, select, update

from mynumber.exchange.records import Record
from mynumber.plumbing import database
from mynumber.plumbing.errors import BadInput, NotFound
from mynumber.tlog import checkpoint, note, proofs, tree


class Journal:
    """The log of one party; `metadata` is the party's own schema."""

    def __init__(self, metadata: MetaData) -> None:
        """Declare the log's tables in a schema."""
        self._entries = database.table(
            "log_entries",
            metadata,
            Column("index", database.Int, primary_key=True, autoincrement=False, comment="place in the log"),
            Column("salt", LargeBinary, nullable=False, comment="32 random bytes that hide the record in its leaf"),
            Column(
                "record",
                LargeBinary,
                nullable=False,
                comment="who asked whom for which procedure and items, how many, when; no person",
            ),
            purpose="what the leaves of the transparency log stand for; salts stay here",
        )
        self._nodes = database.table(
            "log_nodes",
            metadata,
            Column("level", database.Int, primary_key=True, autoincrement=False, comment="level in the tree"),
            Column("index", database.Int, primary_key=True, autoincrement=False, comment="place in the level"),
            Column("hash", LargeBinary, nullable=False, comment="hash of the node"),
            purpose="hashes of the transparency log's tree",
        )
        self._checkpoints = database.table(
            "log_checkpoint",
            metadata,
            Column("id", database.Int, primary_key=True, autoincrement=False, comment="always 1"),
            Column("note", LargeBinary, nullable=False, comment="the signed checkpoint"),
            purpose="the log's newest signed checkpoint",
        )
        self._origin = ""
        self._seed = b""

    def open(self, network: str, party: str, seed: bytes) -> None:
        """Name the log and give it its signing secret (32 bytes)."""
        self._origin, self._seed = checkpoint.log_origin(network, party), seed

    @property
    def vkey(self) -> str:
        """The verifier key of this log, as a C2SP line."""
        return note.note_key(self._origin, self._seed).vkey()

    def append(self, connection: Connection, records: Sequence[Record]) -> int:
        """Append records and sign the new checkpoint; return the index of the first."""
        size = self.size(connection)
        salted = [(os.urandom(tree.SALT_SIZE), record.text()) for record in records]
        entries = [tree.commitment(salt, text) for salt, text in salted]
        growth = tree.extend(tree.frontier_from(size, self._lookup(connection)), entries)
        rows = [{"index": size + i, "salt": salt, "record": text} for i, (salt, text) in enumerate(salted)]
        connection.execute(insert(self._entries), rows)
        nodes = [{"level": node.level, "index": node.index, "hash": node.hash} for node in growth.nodes]
        connection.execute(insert(self._nodes), nodes)
        signed = self._sign(growth.frontier.head())
        if connection.execute(update(self._checkpoints).values(note=signed)).rowcount == 0:
            connection.execute(insert(self._checkpoints).values(id=1, note=signed))
        return size

    def size(self, connection: Connection) -> int:
        """Return the number of entries."""
        last = connection.execute(select(func.max(self._entries.c.index))).scalar()
        return 0 if last is None else int(last) + 1

    def checkpoint(self, connection: Connection) -> bytes:
        """Return the signed checkpoint of the present size."""
        signed = connection.execute(select(self._checkpoints.c.note)).scalar()
        return self._sign(tree.Frontier().head()) if signed is None else bytes(signed)

    def consistency(self, connection: Connection, old: int, new: int) -> tuple[bytes, ...]:
        """Return the proof that the log of size `old` is a beginning of that of size `new`."""
        self._check_size(connection, new)
        return proofs.prove_consistency(self._lookup(connection), old, new)

    def inclusion(self, connection: Connection, index: int, size: int) -> tuple[bytes, ...]:
        """Return the proof that entry `index` is in the log of size `size`."""
        self._check_size(connection, size)
        return proofs.prove_inclusion(self._lookup(connection), index, size)

    def _check_size(self, connection: Connection, size: int) -> None:
        if size > self.size(connection):
            raise BadInput("BAD_TREE", "the log is not that large yet", hint="ask for a size of the checkpoint")

    def _sign(self, head: tree.TreeHead) -> bytes:
        return checkpoint.sign_checkpoint(checkpoint.Checkpoint(self._origin, head), self._seed)

    def _lookup(self, connection: Connection) -> tree.NodeLookup:
        nodes = self._nodes

        def lookup(level: int, index: int) -> bytes:
            query = select(nodes.c.hash).where(nodes.c.level == level, nodes.c.index == index)
            found = connection.execute(query).scalar()
            if found is None:
                raise NotFound("NO_NODE", "the log's store lacks a node", hint="restore the store")
            return bytes(found)

        return lookup
