"""A party's transparency log inside its own store: appended in the transaction of the step that it records.

Promises that the log and the record it stands for commit together or not at all, that the checkpoint always covers the
last entry, and that no entry can be changed or taken back without a consistency proof failing.
"""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Column, ColumnElement, Connection, LargeBinary, MetaData, and_, bindparam, func, select, update

from mynumber.exchange.log.records import Record
from mynumber.plumbing import database
from mynumber.plumbing.errors import BadInput, NotFound
from mynumber.plumbing.statements import Prepared, Value
from mynumber.tlog import checkpoint, note, proofs, tree


@dataclass(frozen=True, slots=True)
class Behind:
    """What lies behind one leaf: its hash in the tree, the record, and the commitment made anew from salt and record.

    None stands for what the store has no more.
    """

    leaf: bytes | None
    entry: bytes | None = None
    record: bytes | None = field(default=None, repr=False)


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
        # What an append runs. The checkpoint it wrote last, with the edge of the tree that it covers: while the store
        # still holds this very note, the edge need not be read again.
        self._appended: tuple[bytes, tree.Frontier] = (b"", tree.Frontier())
        self._put_entry, self._put_node = Prepared.insert(self._entries), Prepared.insert(self._nodes)
        self._get_note: Prepared[tuple[bytes]] = Prepared(select(self._checkpoints.c.note))
        self._put_note: Prepared[tuple[()]] = Prepared(update(self._checkpoints).values(note=bindparam("signed")))
        self._put_first_note = Prepared.insert(self._checkpoints)
        # What the supervisor's look at every new leaf reads.
        entries, nodes = self._entries.c, self._nodes.c
        self._last_index: Prepared[tuple[int | None]] = Prepared(select(func.max(entries.index)))
        self._records_of: Prepared[tuple[int, bytes, bytes]] = Prepared(
            select(entries.index, entries.salt, entries.record).where(_within(entries.index))
        )
        self._leaves_of: Prepared[tuple[int, bytes]] = Prepared(
            select(nodes.index, nodes.hash).where(nodes.level == 0, _within(nodes.index))
        )
        self._node: Prepared[tuple[bytes]] = Prepared(
            select(nodes.hash).where(nodes.level == bindparam("at_level"), nodes.index == bindparam("at_index"))
        )

    def open(self, network: str, party: str, seed: bytes) -> None:
        """Name the log and give it its signing secret (32 bytes)."""
        self._origin, self._seed = checkpoint.log_origin(network, party), seed

    @property
    def vkey(self) -> str:
        """The verifier key of this log, as a C2SP line."""
        return note.note_key(self._origin, self._seed).vkey()

    def append(self, connection: Connection, records: Sequence[Record]) -> int:
        """Append records and sign the new checkpoint; return the index of the first."""
        edge = self._edge(connection)
        size = edge.size
        salted = [(os.urandom(tree.SALT_SIZE), record.text()) for record in records]
        growth = tree.extend(edge, [tree.commitment(salt, text) for salt, text in salted])
        rows: list[dict[str, Value]] = [
            {"index": size + i, "salt": salt, "record": text} for i, (salt, text) in enumerate(salted)
        ]
        self._put_entry.run_all(connection, rows)
        nodes: list[dict[str, Value]] = [
            {"level": node.level, "index": node.index, "hash": node.hash} for node in growth.nodes
        ]
        self._put_node.run_all(connection, nodes)
        signed = self._sign(growth.frontier.head())
        if self._put_note.run(connection, signed=signed) == 0:
            self._put_first_note.run(connection, id=1, note=signed)
        self._appended = (signed, growth.frontier)
        return size

    def _edge(self, connection: Connection) -> tree.Frontier:
        """Return the edge of the tree: the one of the last append, unless that was undone or is another process's."""
        kept = self._get_note.first(connection)
        note, edge = self._appended
        if kept is not None and kept[0] == note:
            return edge
        return tree.frontier_from(self.size(connection), self._lookup(connection))

    def size(self, connection: Connection) -> int:
        """Return the number of entries."""
        found = self._last_index.first(connection)
        return 0 if found is None or found[0] is None else found[0] + 1

    def checkpoint(self, connection: Connection) -> bytes:
        """Return the signed checkpoint of the present size."""
        signed = self._get_note.first(connection)
        return self._sign(tree.Frontier().head()) if signed is None else bytes(signed[0])

    def consistency(self, connection: Connection, old: int, new: int) -> tuple[bytes, ...]:
        """Return the proof that the log of size `old` is a beginning of that of size `new`."""
        self._check_size(connection, new)
        return proofs.prove_consistency(self._lookup(connection), old, new)

    def inclusion(self, connection: Connection, index: int, size: int) -> tuple[bytes, ...]:
        """Return the proof that entry `index` is in the log of size `size`."""
        self._check_size(connection, size)
        return proofs.prove_inclusion(self._lookup(connection), index, size)

    def behind(self, connection: Connection, start: int, end: int) -> tuple[Behind, ...]:
        """Return what lies behind the leaves from `start` on, up to but without `end`; what is gone is None."""
        kept = self._records_of.all(connection, start=start, end=end)
        records = {index: (bytes(salt), bytes(record)) for index, salt, record in kept}
        leaves = {index: bytes(leaf) for index, leaf in self._leaves_of.all(connection, start=start, end=end)}
        return tuple(_behind(leaves.get(index), records.get(index)) for index in range(start, end))

    def records(self, connection: Connection) -> Iterator[bytes]:
        """Return the text of every record that is there, in order; for whoever looks for one that is not."""
        query = select(self._entries.c.record).order_by(self._entries.c.index)
        return (bytes(record) for (record,) in connection.execute(query))

    def _check_size(self, connection: Connection, size: int) -> None:
        if size > self.size(connection):
            raise BadInput("BAD_TREE", "the log is not that large yet", hint="ask for a size of the checkpoint")

    def _sign(self, head: tree.TreeHead) -> bytes:
        return checkpoint.sign_checkpoint(checkpoint.Checkpoint(self._origin, head), self._seed)

    def _lookup(self, connection: Connection) -> tree.NodeLookup:
        def lookup(level: int, index: int) -> bytes:
            found = self._node.first(connection, at_level=level, at_index=index)
            if found is None:
                raise NotFound("NO_NODE", "the log's store lacks a node", hint="restore the store")
            return bytes(found[0])

        return lookup


def _within(index: Column[int]) -> ColumnElement[bool]:
    return and_(index >= bindparam("start"), index < bindparam("end"))


def _behind(leaf: bytes | None, kept: tuple[bytes, bytes] | None) -> Behind:
    if kept is None:
        return Behind(leaf)
    salt, record = kept
    return Behind(leaf, tree.commitment(salt, record) if len(salt) == tree.SALT_SIZE else None, record)
