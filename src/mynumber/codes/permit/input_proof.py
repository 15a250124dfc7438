"""The input proof of PROTOCOL.md section 5: the sender knows every r_i, and both columns hold the same plaintexts."""

from dataclasses import dataclass
from functools import lru_cache

from mynumber.codes import group
from mynumber.codes.errors import ProtocolError
from mynumber.codes.group import GENERATOR, Decoded, Point, Scalar, Sum
from mynumber.codes.hashing import frame, h2s, nonce, s, weights
from mynumber.codes.permit.layout import Column, Pairs
from mynumber.codes.permit.request import Body

_FAILED = "BAD_INPUT_PROOF"


@dataclass(frozen=True, slots=True)
class Statement:
    """What is proved about: the transcript and the column keys."""

    transcript: bytes
    columns: tuple[Column, ...]

    def difference(self) -> Decoded | None:
        """Return Q = Z_code - Z_tag, None for one column."""
        if len(self.columns) != 2:
            return None
        return group.kept(_difference(*(column.key for column in self.columns)))

    def challenge(self, commitments: bytes) -> Scalar:
        """Return e."""
        return h2s("input", frame("input", self.transcript, commitments))


@lru_cache(maxsize=1024)
def _difference(code: Point, tag: Point) -> Point:
    return group.sub(code, tag)


def statement(body: Body, request_hash: bytes, data: bytes, columns: tuple[Column, ...]) -> Statement:
    """Return what the proof of the list `data` is about."""
    keys = b"".join(column.key for column in columns)
    return Statement(s("input", body.kind, body.dir, request_hash, keys, data), columns)


def prove(about: Statement, randomness: tuple[Scalar, ...], secret: bytes, rand: bytes) -> bytes:
    """Return e || z for the r_i of all entries."""
    r = group.dot(weights(about.transcript, len(randomness)), randomness)
    a = nonce("input", secret, rand, about.transcript, 0)
    wanted: list[Sum] = [(((a, GENERATOR),), ())]
    difference = about.difference()
    if difference is not None:
        wanted.append((((a, difference),), ()))
    e = about.challenge(b"".join(group.sums(wanted)))
    return e + group.plus(a, group.times(e, r))


def check(about: Statement, lists: tuple[Pairs, ...], proof: bytes) -> None:
    """R10: the proof's scalars (BAD_SCALAR), then the proof (BAD_INPUT_PROOF)."""
    e, z = group.scalar(proof[:32]), group.scalar(proof[32:])
    with group.failing_as(_FAILED):
        m = weights(about.transcript, len(lists[0].c1))
        difference = about.difference()
        if difference is None:
            (v,) = group.vartime_combine(m, [lists[0].c1.decoded])
            wanted: list[Sum] = [(((z, GENERATOR),), ((e, v),))]
        else:
            gaps = group.differences(lists[0].c2, lists[1].c2)
            v, w = group.vartime_combine(m, [lists[0].c1.decoded, gaps])
            wanted = [(((z, GENERATOR),), ((e, v),)), (((z, difference),), ((e, w),))]
        commitments = b"".join(group.vartime_sums(wanted))
    if about.challenge(commitments) != e:
        raise ProtocolError(_FAILED)
