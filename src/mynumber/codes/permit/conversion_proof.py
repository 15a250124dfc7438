"""What an operator proves about its step, and how everybody else checks it (PROTOCOL.md section 6).

For each leg: the same d that leads from the commitment F to D, and the same layer secret that is behind X_j, made
every output from its input; all entries at once, under weights that nobody could choose. Multiplications: 9v + 2b a
leg and 4(N-1)v for its sums; legs with the same c1 (all legs of step 1) share one sum.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from mynumber.codes import group
from mynumber.codes.errors import ProtocolError
from mynumber.codes.group import GENERATOR, Decoded, Point, Points, Scalar, Sum, kept
from mynumber.codes.hashing import frame, h2s, i4, s, weights
from mynumber.codes.permit.layout import Pairs, Way

PROOF_BYTES = 128
_FAILED = "BAD_CONVERSION_PROOF"


@dataclass(frozen=True, slots=True)
class LegStatement:
    """The public points of one leg at one operator: F, D, Yr."""

    source: Point
    target: Point
    rest: Point


@dataclass(frozen=True, slots=True)
class Statement:
    """What the proofs of one step are about; the transcript binds all legs, absent ones by their hashes."""

    layer: Point
    legs: tuple[LegStatement, ...]
    transcript: bytes

    def challenge(self, leg: int, commitments: Sequence[Point]) -> Scalar:
        """Return e of one leg."""
        return h2s("convert", frame("challenge", self.transcript, i4(leg), *commitments))


def statement(way: Way, position: int, inputs: Sequence[bytes], outputs: Sequence[bytes]) -> Statement:
    """Return the statement of operator `position`, from the hashes of all legs' inputs and outputs."""
    layers = way.directory.layers
    layer = layers[position - 1]
    legs = [LegStatement(*leg.factors(position), way.columns[leg.column].rest[position]) for leg in way.legs]
    parts: list[bytes] = []
    for leg, before, after in zip(legs, inputs, outputs, strict=True):
        parts += (leg.source, leg.target, layer, leg.rest, before, after)
    request = way.request
    head = (request.kind, request.body.dir, request.hash, i4(position), i4(len(layers)))
    return Statement(layer, tuple(legs), s("convert", *head, *parts))


@dataclass(frozen=True, slots=True)
class Response:
    """A proof as it travelled: e, z_d, z_r, z_w."""

    e: Scalar
    d: Scalar
    r: Scalar
    w: Scalar


def read_response(proof: bytes) -> Response:
    """S4: the four scalars of a proof, or BAD_SCALAR."""
    return Response(*(group.scalar(proof[i : i + 32]) for i in range(0, PROOF_BYTES, 32)))


def check(about: Statement, responses: Sequence[Response], inputs: Sequence[Pairs], outputs: Sequence[Pairs]) -> None:
    """S5: the proof of each leg present, or BAD_CONVERSION_PROOF."""
    m = weights(about.transcript, len(inputs[0].c1))
    with group.failing_as(_FAILED):
        sums = weighted(m, [*inputs, *outputs])
        wanted: list[Sum] = []
        for index, (response, before, after) in enumerate(zip(responses, inputs, outputs, strict=True)):
            points = [sums[half] for half in (before.c1, before.c2, after.c1, after.c2)]
            wanted += _recomputed(about, index, response, points)
        commitments = group.vartime_sums(wanted)
    for index, response in enumerate(responses):
        if about.challenge(index, commitments[4 * index : 4 * index + 4]) != response.e:
            raise ProtocolError(_FAILED)


def weighted(m: Sequence[Scalar], lists: Sequence[Pairs]) -> dict[Points, Decoded]:
    """Return the weighted sum of each half of these lists, by the half; each is computed once."""
    halves = dict.fromkeys(half for pairs in lists for half in (pairs.c1, pairs.c2))
    return dict(zip(halves, group.vartime_combine(m, [half.decoded for half in halves]), strict=True))


def _recomputed(about: Statement, index: int, proof: Response, sums: Sequence[Decoded]) -> list[Sum]:
    """Return T0 to T3 as the proof claims them."""
    leg = about.legs[index]
    c1, c2, d1, d2 = sums
    return [
        (((proof.d, kept(leg.source)),), ((proof.e, kept(leg.target)),)),
        (((proof.d, kept(about.layer)),), ((proof.w, GENERATOR),)),
        (((proof.d, c1), (proof.r, GENERATOR)), ((proof.e, d1),)),
        (((proof.d, c2), (proof.r, kept(leg.rest))), ((proof.w, c1), (proof.e, d2))),
    ]
