"""The keeper's release: its shares of the code leg, and the proof that they are the right ones (PROTOCOL.md section 8).

{`jws`: JWS over permit, hash of the shares and time; `shares`: s_i = x_K c1_i; `proof`: one x_K for all of them}.
Making costs 2Nv + 1b, checking (2N+1)v + 1b.
"""

from dataclasses import dataclass

from mynumber.codes import group, jws, wire
from mynumber.codes.errors import ProtocolError
from mynumber.codes.group import GENERATOR, Decoded, Point, Points, Scalar, Term, kept
from mynumber.codes.hashing import frame, h, h2s, nonce, s, weights
from mynumber.codes.keys import KeeperKeys, signer
from mynumber.codes.parties.directory import Directory
from mynumber.codes.permit import layout
from mynumber.codes.permit.layout import POINT_BYTES, Pairs
from mynumber.codes.permit.release_body import TYP, ReleaseBody
from mynumber.codes.wire import B32
from mynumber.plumbing.canonical import Json, b64

PROOF_BYTES = 64
_FAILED = "BAD_RELEASE_PROOF"


@dataclass(frozen=True, slots=True)
class Release:
    """A release behind L1 to L4."""

    body: ReleaseBody
    shares: bytes
    proof: bytes


def open_release(value: object, directory: Directory, *, permit: bytes, count: int) -> Release:
    """L1 to L4: signature, members, network and permit, the shares signed for."""
    shape = wire.members(value, "jws", "shares", "proof")
    # L1. Signature.
    parsed = jws.open_signed(shape["jws"], TYP, [directory.signer(directory.body.keeper.id)])
    # L2. Members.
    body = wire.read(parsed.value, ReleaseBody)
    release = Release(body, wire.blob(shape["shares"]), wire.blob(shape["proof"], PROOF_BYTES))
    # L3. Network and permit.
    if (body.network, body.permit) != (directory.network, permit):
        raise ProtocolError("PERMIT_MISMATCH")
    # L4. Shares.
    if len(release.shares) != POINT_BYTES * count:
        raise ProtocolError("BATCH_SIZE")
    if h("shares", release.shares) != body.shares:
        raise ProtocolError("LIST_HASH")
    return release


def check_shares(release: Release, directory: Directory, leg: Pairs) -> Points:
    """L5 and L6: points, scalars, proof; return the shares of the code leg."""
    # L5. Points and scalars.
    shares = layout.read_points(release.shares)
    e, z = group.scalar(release.proof[:32]), group.scalar(release.proof[32:])
    # L6. Proof.
    tt = _transcript(release.body.permit, directory.release, leg, release.shares)
    with group.failing_as(_FAILED):
        m = weights(tt, len(shares))
        v, u = group.vartime_combine(m, [leg.c1.decoded, shares.decoded])
        r = group.vartime_sums([(((z, GENERATOR),), ((e, kept(directory.release)),)), (((z, v),), ((e, u),))])
    if _challenge(tt, b"".join(r)) != e:
        raise ProtocolError(_FAILED)
    return shares


def make(me: KeeperKeys, directory: Directory, leg: Pairs, *, permit: bytes, stored: int, rand: bytes) -> Json:
    """K5: return the release of a final code leg; `rand` is 32 fresh bytes."""
    shares = b"".join(group.multiply(me.x, leg.c1.each()))
    tt = _transcript(permit, directory.release, leg, shares)
    (v,) = group.vartime_combine(weights(tt, len(leg.c1)), [leg.c1.decoded])
    proof = _prove(me.x, tt, v, rand)
    body = ReleaseBody(
        v=1, network=directory.network, permit=B32(permit), shares=B32(h("shares", shares)), stored=stored
    )
    return {"jws": jws.sign(body, TYP, [signer(me)]), "shares": b64(shares), "proof": b64(proof)}


def _prove(x: Scalar, tt: bytes, v: Decoded, rand: bytes) -> bytes:
    a = nonce("release", x, rand, tt, 0)
    e = _challenge(tt, b"".join(group.sums([(((a, GENERATOR),), ()), (((a, v),), ())])))
    return e + group.plus(a, group.times(e, x))


def _transcript(permit: bytes, release_key: Point, leg: Pairs, shares: bytes) -> bytes:
    return s("release", permit, release_key, layout.pair_bytes(leg), shares)


def _challenge(tt: bytes, commitments: bytes) -> Scalar:
    return h2s("release", frame("release", tt, commitments))


def opened(leg: Pairs, y: Scalar, shares: Points | None = None) -> tuple[Point | None, ...]:
    """Return M = c2 - s - y c1 of every entry, None where it is neutral: no such code. Costs Nv."""
    masks: list[list[Term]] = [[(y, c1)] for c1 in leg.c1.each()]
    if shares is not None:
        for mask, share in zip(masks, shares.each(), strict=True):
            mask.append((None, share))
    plain = group.sums([(((None, c2),), mask) for c2, mask in zip(leg.c2.each(), masks, strict=True)])
    return tuple(None if value == group.NEUTRAL else value for value in plain)
