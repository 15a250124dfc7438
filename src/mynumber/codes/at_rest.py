"""Codes where an agency keeps them: wrapped, bound to a local file, carried from epoch to epoch (section 12).

A blob is deterministic and serves as index; by law it is a My Number like the code. Nobody but the agency opens it.
"""

import hashlib
import hmac
from collections.abc import Sequence

from mynumber.codes import group, hashing, names, sealing
from mynumber.codes.errors import ProtocolError
from mynumber.codes.group import Point, Scalar
from mynumber.codes.parties.directory import Directory

_BAD = "UNWRAP_FAILED"


def wrap(key: bytes, agency: str, epoch: int, code: bytes) -> bytes:
    """Return the 48-byte blob of a code under the agency's 64-byte wrap key."""
    return sealing.siv_seal(key, code, _bound("wrap", agency, epoch))


def unwrap(key: bytes, agency: str, epoch: int, blob: bytes) -> Point:
    """Return the code of a blob, or raise UNWRAP_FAILED."""
    return Point(sealing.siv_open(key, blob, _bound("wrap", agency, epoch), _BAD))


def beside(key: bytes, local_id: bytes, blob: bytes) -> bytes:
    """Return the HMAC that lies beside a blob, under a key of the agency's own, against swapped files."""
    return hmac.digest(key, local_id + blob, hashlib.sha256)


def check_beside(key: bytes, local_id: bytes, blob: bytes, kept: bytes) -> None:
    """Raise UNWRAP_FAILED if the blob was not put beside this file."""
    if not hmac.compare_digest(beside(key, local_id, blob), kept):
        raise ProtocolError(_BAD)


def rotation(directory: Directory, agency: str, *, old: int, new: int, deltas: Sequence[bytes]) -> Scalar:
    """Return the product of the operators' deltas, in their order, or raise BAD_SCALAR or ROTATION_MISMATCH.

    Every delta is checked against the commitments of both epochs. The product carries any code of the old epoch to the
    new one; the agency erases the deltas.
    """
    before, after = _factors(directory, agency, old, new)
    if not len(before) == len(after) == len(deltas):
        raise ProtocolError("ROTATION_MISMATCH")
    checked = [group.secret_scalar(delta) for delta in deltas]
    for delta, k_old, k_new in zip(checked, before, after, strict=True):
        _check_delta(delta, k_old, k_new)
    product = checked[0]
    for delta in checked[1:]:
        product = group.times(product, delta)
    return product


def check_delta(directory: Directory, agency: str, operator: str, *, old: int, new: int, delta: bytes) -> None:
    """Raise BAD_SCALAR or ROTATION_MISMATCH unless this operator's delta carries its old commitment to its new one."""
    before, after = _factors(directory, agency, old, new)
    place = directory.operators.index(operator)
    _check_delta(group.secret_scalar(delta), before[place], after[place])


def _factors(directory: Directory, agency: str, old: int, new: int) -> tuple[tuple[Point, ...], tuple[Point, ...]]:
    before = directory.commitments(names.agency_name(agency, old))
    after = directory.commitments(names.agency_name(agency, new))
    if before is None or after is None:
        raise ProtocolError("ROTATION_MISMATCH")
    return before, after


def _check_delta(delta: Scalar, k_old: Point, k_new: Point) -> None:
    with group.failing_as("ROTATION_MISMATCH"):
        moved = group.mul(delta, k_old)
    if moved != k_new:
        raise ProtocolError("ROTATION_MISMATCH")


def carry(product: Scalar, code: bytes) -> Point:
    """Return a code of the old epoch as the code of the new one."""
    return group.mul(product, group.point(code))


def wrap_product(key: bytes, agency: str, old: int, product: Scalar) -> bytes:
    """Return the product as the agency keeps it until 4320 s after the old epoch left the directory."""
    return sealing.siv_seal(key, product, _bound("rotation", agency, old))


def unwrap_product(key: bytes, agency: str, old: int, blob: bytes) -> Scalar:
    """Return a kept product, or raise UNWRAP_FAILED."""
    return Scalar(sealing.siv_open(key, blob, _bound("rotation", agency, old), _BAD))


def _bound(label: str, agency: str, epoch: int) -> bytes:
    return hashing.frame(label, agency, hashing.i4(epoch))
