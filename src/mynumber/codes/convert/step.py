"""One operator's conversion of a list it cannot read, with proofs (PROTOCOL.md section 6).

For each leg, d = k(to) / k(from) turns codes of one name into codes of the other, w = d x takes off the own layer,
and rho makes the outputs unlinkable to the inputs:

    c1' = d c1 + rho G          c2' = d c2 + rho Yr - w c1

Multiplications: 4v + 1b an entry and leg, 6v + 2b a leg for its proof, 2(N-1)v for its sums.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from mynumber.codes import group, keys
from mynumber.codes.group import GENERATOR, Point, Scalar, Sum, kept
from mynumber.codes.hashing import frame, hash_points, i4, nonce, weights
from mynumber.codes.keys import OperatorKeys
from mynumber.codes.permit import conversion_proof
from mynumber.codes.permit.conversion_proof import Statement
from mynumber.codes.permit.layout import Leg, Pairs, Way, pair_bytes
from mynumber.codes.permit.steps import Chain
from mynumber.plumbing.canonical import Json, b64


@dataclass(frozen=True, slots=True)
class Converted:
    """A step as it travels, with the hashes of all its inputs and outputs."""

    step: Json
    inputs: tuple[bytes, ...]
    outputs: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class _LegSecrets:
    d: Scalar = field(repr=False)
    w: Scalar = field(repr=False)
    rho: tuple[Scalar, ...] = field(repr=False)


def convert(way: Way, me: OperatorKeys, chain: Chain, *, position: int, rand: bytes) -> Converted:
    """Return the step of operator `position` on the checked ciphertexts of all legs; `rand` is 32 fresh bytes."""
    inputs = chain.legs
    before = [pair_bytes(pairs) for pairs in inputs]
    secrets = [_secrets(way, index, me, data, rand) for index, data in enumerate(before)]
    after = [
        _convert_leg(pairs, secret, way.columns[leg.column].rest[position])
        for leg, pairs, secret in zip(way.legs, inputs, secrets, strict=True)
    ]
    hashes = tuple(map(hash_points, after))
    about = conversion_proof.statement(way, position, chain.hashes, hashes)
    proofs = _prove(about, inputs, secrets, me.seed + me.layer, rand)
    step: Json = {"op": me.id, "legs": [b64(data) for data in after], "proofs": [b64(proof) for proof in proofs]}
    return Converted(step, chain.hashes, hashes)


def _secrets(way: Way, index: int, me: OperatorKeys, data: bytes, rand: bytes) -> _LegSecrets:
    leg = way.legs[index]
    d = _ratio(leg, me, way.directory.network)
    bind = frame("rho", way.request.hash, i4(index), data)
    rho = tuple(nonce("rho", me.seed + me.layer, rand, bind, entry) for entry in range(way.request.count))
    return _LegSecrets(d, group.times(d, me.layer), rho)


def _ratio(leg: Leg, me: OperatorKeys, network: str) -> Scalar:
    if leg.source_name is None:
        return me.factor(network, leg.target_name)
    return _between(me.seed_of(leg.source_name), leg.source_name, me.seed_of(leg.target_name), leg.target_name, network)


@lru_cache(maxsize=1024)
def _between(source_seed: bytes, source: str, target_seed: bytes, target: str, network: str) -> Scalar:
    """Return k(target) / k(source); the same offices ask each other again and again, and the process has the seeds."""
    return group.over(keys.factor(target_seed, network, target), keys.factor(source_seed, network, source))


def _convert_leg(pairs: Pairs, secret: _LegSecrets, rest: Point) -> bytes:
    wanted: list[Sum] = []
    for one, two, rho in zip(pairs.c1.each(), pairs.c2.each(), secret.rho, strict=True):
        wanted.append((((secret.d, one), (rho, GENERATOR)), ()))
        wanted.append((((secret.d, two), (rho, kept(rest))), ((secret.w, one),)))
    return b"".join(group.sums(wanted))


def _prove(
    about: Statement, inputs: Sequence[Pairs], secrets: Sequence[_LegSecrets], secret: bytes, rand: bytes
) -> list[bytes]:
    m = weights(about.transcript, len(inputs[0].c1))
    sums = conversion_proof.weighted(m, inputs)
    proofs = []
    for index, (pairs, leg) in enumerate(zip(inputs, secrets, strict=True)):
        a, b, c = (nonce("prove", secret, rand, about.transcript + i4(index), i) for i in range(3))
        known, c1, c2 = about.legs[index], sums[pairs.c1], sums[pairs.c2]
        commitments = group.sums(
            [
                (((a, kept(known.source)),), ()),
                (((a, kept(about.layer)),), ((c, GENERATOR),)),
                (((a, c1), (b, GENERATOR)), ()),
                (((a, c2), (b, kept(known.rest))), ((c, c1),)),
            ]
        )
        e = about.challenge(index, commitments)
        z_d = group.plus(a, group.times(e, leg.d))
        z_r = group.plus(b, group.times(e, group.dot(m, leg.rho)))
        z_w = group.plus(c, group.times(e, leg.w))
        proofs.append(e + z_d + z_r + z_w)
    return proofs
