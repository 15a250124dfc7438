"""Inclusion and consistency proofs of RFC 6962: what verifies here was made for exactly these sizes and these roots.

A proof's shape follows from the sizes alone. Making and verifying walk the same shape from the root down, so a verifier
knows the one allowed length before it hashes anything and uses up every hash.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from mynumber.plumbing.errors import BadInput, NotFound
from mynumber.tlog.tree import HASH_SIZE, NodeLookup, TreeHead, leaf_hash, node_hash


class BadProof(BadInput):
    """A proof does not show what it is offered for."""

    def __init__(self, why: str) -> None:
        """Say which rule failed."""
        super().__init__(
            "BAD_PROOF", why, hint="fetch the proof again; if it fails again, keep both checkpoints as evidence"
        )


@dataclass(frozen=True, slots=True)
class _Step:
    """One sibling on the way up: the leaves it covers and its side."""

    start: int
    end: int
    on_left: bool


def _split(count: int) -> int:
    """Return the largest power of two below `count` (RFC 6962: k)."""
    return 1 << (count - 1).bit_length() - 1


def _inclusion_steps(index: int, size: int) -> list[_Step]:
    """Return the siblings of PATH(index, D[size]), the lowest first."""
    start, end, steps = 0, size, list[_Step]()
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            steps.append(_Step(middle, end, on_left=False))
            end = middle
        else:
            steps.append(_Step(start, middle, on_left=True))
            start = middle
    return steps[::-1]


def _consistency_steps(old: int, new: int) -> tuple[_Step | None, list[_Step]]:
    """Return the subtree that PROOF(old, D[new]) begins with, and the siblings, the lowest first.

    The beginning is None where the whole old tree is that subtree: its root is known and not sent.
    """
    start, end, steps = 0, new, list[_Step]()
    while end != old:
        middle = start + _split(end - start)
        if old <= middle:
            steps.append(_Step(middle, end, on_left=False))
            end = middle
        else:
            steps.append(_Step(start, middle, on_left=True))
            start = middle
    return (None if start == 0 else _Step(start, end, on_left=False)), steps[::-1]


def _subtree(nodes: NodeLookup, start: int, end: int) -> bytes:
    """Return the hash over leaves start..end-1, from stored nodes; at most one path of it is not stored whole."""
    count = end - start
    if count & (count - 1) == 0:
        level = count.bit_length() - 1
        return nodes(level, start >> level)
    middle = start + _split(count)
    return node_hash(_subtree(nodes, start, middle), _subtree(nodes, middle, end))


def prove_inclusion(nodes: NodeLookup, index: int, size: int) -> tuple[bytes, ...]:
    """Return the audit path of leaf `index` (from 0) in the tree of `size` leaves."""
    if not 0 <= index < size:
        raise NotFound("NOT_IN_LOG", "the log has no such entry at this size")
    return tuple(_subtree(nodes, step.start, step.end) for step in _inclusion_steps(index, size))


def prove_consistency(nodes: NodeLookup, old: int, new: int) -> tuple[bytes, ...]:
    """Return the proof that the tree of `new` leaves begins with that of `old`; empty from 0 and for equal sizes."""
    if not 0 <= old <= new:
        raise NotFound("NOT_IN_LOG", "a log grows; the old size is not above the new one")
    if old == 0:
        return ()
    beginning, steps = _consistency_steps(old, new)
    return tuple(_subtree(nodes, step.start, step.end) for step in ([beginning] if beginning else []) + steps)


def verify_inclusion(entry: bytes, index: int, head: TreeHead, proof: Sequence[bytes]) -> None:
    """Raise BadProof unless `entry` (the commitment, not its leaf hash) is number `index` of the tree at `head`."""
    if not 0 <= index < head.size:
        raise BadProof("the index is not below the tree's size")
    steps = _inclusion_steps(index, head.size)
    _check_shape(proof, len(steps))
    root = leaf_hash(entry)
    for step, sibling in zip(steps, proof, strict=True):
        root = node_hash(sibling, root) if step.on_left else node_hash(root, sibling)
    if root != head.root:
        raise BadProof("the proof does not lead to the root")


def verify_consistency(old: TreeHead, new: TreeHead, proof: Sequence[bytes]) -> None:
    """Raise BadProof unless the tree at `new` begins with the tree at `old`. From size 0 the proof is empty."""
    if old.size > new.size:
        raise BadProof("the new tree is smaller than the old one")
    if old.size == 0:
        _check_shape(proof, 0)
        return
    beginning, steps = _consistency_steps(old.size, new.size)
    _check_shape(proof, len(steps) + (beginning is not None))
    old_root = new_root = old.root if beginning is None else proof[0]
    for step, sibling in zip(steps, proof[-len(steps) :] if steps else (), strict=True):
        new_root = node_hash(sibling, new_root) if step.on_left else node_hash(new_root, sibling)
        if step.on_left:
            old_root = node_hash(sibling, old_root)
    if old_root != old.root:
        raise BadProof("the proof does not lead to the old root")
    if new_root != new.root:
        raise BadProof("the proof does not lead to the new root")


def _check_shape(proof: Sequence[bytes], length: int) -> None:
    if len(proof) != length:
        raise BadProof("a proof between these sizes has another length")
    if any(len(item) != HASH_SIZE for item in proof):
        raise BadProof("a hash has 32 bytes")
