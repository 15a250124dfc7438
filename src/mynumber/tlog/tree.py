"""The Merkle tree of RFC 6962 as a frontier: appending hashes each leaf once; the root stands for exactly that list.

A *node* (level, index) is the root of the full subtree over leaves index * 2^level up to (index + 1) * 2^level. Nodes
never change once made, so a store keeps them as they come; a frontier is the few nodes at the right edge from which the
tree grows, and can be read back from the store. A log's entry is a 32-byte commitment, its leaf is leaf_hash(entry).
"""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from mynumber.plumbing.errors import BadInput

HASH_SIZE = 32
SALT_SIZE = 32
MAX_SIZE = 2**63 - 1
EMPTY_ROOT = hashlib.sha256(b"").digest()

NodeLookup = Callable[[int, int], bytes]
"""(level, index) -> hash of a full subtree; it raises for a node that the store does not hold."""


def commitment(salt: bytes, record: bytes) -> bytes:
    """Return the entry H(`log-record`, salt, record) of FLOWS section 6; without the salt no record can be guessed."""
    if len(salt) != SALT_SIZE:
        raise BadInput("BAD_SALT", "a salt is 32 random bytes")
    parts = (b"log-record", salt, record)
    return hashlib.sha256(b"".join(len(part).to_bytes(4, "big") + part for part in parts)).digest()


def leaf_hash(entry: bytes) -> bytes:
    """Return the leaf's hash (RFC 6962 section 2.1: prefix 0x00)."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash above two hashes (RFC 6962 section 2.1: prefix 0x01)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, slots=True)
class TreeHead:
    """A size and the root at that size, which are never used apart."""

    size: int
    root: bytes

    def __post_init__(self) -> None:
        if not 0 <= self.size <= MAX_SIZE or len(self.root) != HASH_SIZE:
            raise BadInput("BAD_TREE", "a tree head is a size of 0 to 2^63-1 and a hash of 32 bytes")
        if self.size == 0 and self.root != EMPTY_ROOT:
            raise BadInput("BAD_TREE", "the empty tree has the root SHA-256 of nothing")


@dataclass(frozen=True, slots=True)
class Node:
    """One full subtree's hash, for the store."""

    level: int
    index: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class Frontier:
    """The right edge of a tree: one hash for each bit of `size`, the largest subtree first."""

    size: int = 0
    hashes: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        if not 0 <= self.size <= MAX_SIZE or len(self.hashes) != self.size.bit_count():
            raise BadInput("BAD_TREE", "a frontier has one hash for each bit of its size")
        if any(len(item) != HASH_SIZE for item in self.hashes):
            raise BadInput("BAD_TREE", "a hash has 32 bytes")

    def head(self) -> TreeHead:
        """Return size and root; the empty tree has the root SHA-256 of nothing."""
        if not self.hashes:
            return TreeHead(0, EMPTY_ROOT)
        root = self.hashes[-1]
        for left in reversed(self.hashes[:-1]):
            root = node_hash(left, root)
        return TreeHead(self.size, root)


@dataclass(frozen=True, slots=True)
class Growth:
    """What appending makes: the frontier from then on and every node to store, each after the two below it."""

    frontier: Frontier
    nodes: tuple[Node, ...]


def extend(frontier: Frontier, entries: Iterable[bytes]) -> Growth:
    """Append entries (32-byte commitments) in order; on average two hashes and two nodes for each."""
    edge = list(frontier.hashes)
    size = frontier.size
    nodes: list[Node] = []
    for entry in entries:
        current = Node(0, size, leaf_hash(entry))
        nodes.append(current)
        while current.index & 1:
            current = Node(current.level + 1, current.index >> 1, node_hash(edge.pop(), current.hash))
            nodes.append(current)
        edge.append(current.hash)
        size += 1
    return Growth(Frontier(size, tuple(edge)), tuple(nodes))


def frontier_from(size: int, nodes: NodeLookup) -> Frontier:
    """Read the frontier of a stored tree of `size` leaves back: one lookup for each bit of the size."""
    levels = [level for level in reversed(range(size.bit_length())) if size >> level & 1]
    return Frontier(size, tuple(nodes(level, (size >> level) - 1) for level in levels))


def nodes_of(entries: Iterable[bytes]) -> NodeLookup:
    """Return the lookup of a small tree held in memory, from its entries."""
    held = {(node.level, node.index): node.hash for node in extend(Frontier(), entries).nodes}
    return lambda level, index: held[level, index]
