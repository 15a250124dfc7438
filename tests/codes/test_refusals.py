"""What each party refuses on its own data, and what an operator that lies in its endorsement gets."""

from collections.abc import Callable

import msgspec
import pytest

from mynumber.codes import jws
from mynumber.codes.convert.endorse import endorse
from mynumber.codes.errors import ProtocolError
from mynumber.codes.permit import steps
from mynumber.codes.permit.arrived import arrived
from mynumber.codes.permit.receive import Brought, Receiver, receive
from mynumber.codes.permit.request import Request
from mynumber.codes.permit.steps import EndorsementBody
from mynumber.codes.wire import B32
from mynumber.plumbing.canonical import Json
from tests.codes.ceremony import NOW
from tests.codes.passage import CONTEXT, Everything, Stage, stage, start


def refusal(call: Callable[[], object]) -> ProtocolError:
    with pytest.raises(ProtocolError) as caught:
        call()
    return caught.value


def unknown(request_hash: bytes) -> None:
    """Look up a request hash in an empty store."""


class Stopped:
    """A party's own part of R7, which stops everything and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[Request] = []

    def __call__(self, asked: Request) -> None:
        self.asked.append(asked)
        raise ProtocolError("LAW_REFUSED", row=asked.procedure)


@pytest.mark.parametrize("position", [0, 1])
def test_an_operator_stops_what_its_own_blocks_stop(position: int) -> None:
    net, stopped = stage(), Stopped()
    bundle = start(net.message(net.exchange(3), [1, 2, 3]))
    if position == 1:
        bundle = net.endorsed(bundle, 0).bundle

    def asked() -> object:
        return endorse(
            arrived(bundle, released=False),
            me=net.town.operators[position],
            standing=net.standing,
            laws=net.laws,
            now=NOW,
            rand=bytes(32),
            known=unknown,
            extra=stopped,
        )

    error = refusal(asked)
    assert (error.code, error.row) == ("LAW_REFUSED", "p-1")
    assert [(one.from_, one.to, one.count) for one in stopped.asked] == [("ward", "pension", 3)]


@pytest.mark.parametrize(("role", "asks"), [("provider", 1), ("agency", 0)])
def test_a_provider_asks_its_own_blocks_and_an_agency_has_none(role: str, asks: int) -> None:
    net, stopped = stage(), Stopped()
    provider = role == "provider"
    body = net.exchange() if provider else net.enrol()
    bundle = net.final(net.message(body, [1]))
    keys = net.town.agencies["pension" if provider else "ward"]

    def asked() -> object:
        return receive(
            arrived(bundle, released=True),
            Brought("ward", CONTEXT) if provider else Brought("register"),
            me=Receiver(keys.id, "provider" if provider else "agency", keys.y, net.standing, net.laws),
            now=NOW + 9,
            used=unknown,
            outstanding=Everything(),
            extra=stopped,
        )

    if provider:
        assert refusal(asked).code == "LAW_REFUSED"
    else:
        assert asked()
    assert len(stopped.asked) == asks


# A dishonest operator: honest steps, and an endorsement that it signed with something else in it.


def lying(net: Stage, bundle: Json, position: int, changed: dict[str, object]) -> Json:
    """Return the bundle with an endorsement changed and signed again by its own operator."""
    assert isinstance(bundle, dict)
    endorsements = bundle["endorsements"]
    assert isinstance(endorsements, list)
    said: EndorsementBody = steps.read_endorsement(endorsements[position])
    keys = net.town.operators[position]
    signed = jws.sign(msgspec.structs.replace(said, **changed), steps.TYP, [(keys.id, keys.sign)])
    return {**bundle, "endorsements": [signed if j == position else one for j, one in enumerate(endorsements)]}


LIES = [
    ({"out": 1}, "LIST_HASH"),
    ({"out": 3}, "LIST_HASH"),
    ({"in_": 1}, "LIST_HASH"),
    ({"in_": 3}, "LIST_HASH"),
    ({"out": "swapped"}, "LIST_HASH"),
    ({"request": B32(32)}, "PERMIT_MISMATCH"),
    ({"network": "other"}, "PERMIT_MISMATCH"),
    ({"op": "op-9"}, "PERMIT_MISMATCH"),
    ({"position": 0}, "PERMIT_MISMATCH"),
    ({"position": 3}, "PERMIT_MISMATCH"),
    ({"issued": NOW}, "PERMIT_MISMATCH"),
    ({"issued": NOW + 301, "expires": NOW + 901}, "PERMIT_MISMATCH"),
    ({"issued": NOW - 301, "expires": NOW + 299}, "PERMIT_MISMATCH"),
    ({"expires": NOW + 602}, "PERMIT_MISMATCH"),
    ({"v": 2}, "BAD_ENCODING"),
    ({"op": "Op"}, "BAD_ENCODING"),
]


@pytest.mark.parametrize("position", [0, 1])
@pytest.mark.parametrize(("lie", "error"), LIES)
def test_a_lie_in_an_endorsement_is_seen_by_everybody_behind(lie: dict[str, object], error: str, position: int) -> None:
    net = stage()
    full = net.full(net.message(net.exchange(), [1]))
    honest: EndorsementBody = steps.read_endorsement(steps.open_bundle(full, released=False).endorsements[position])
    hashes = {name: resized(getattr(honest, name), to) for name, to in lie.items() if name in ("in_", "out")}
    told = {**lie, **hashes}
    assert refusal(lambda: net.released(lying(net, full, position, told))).code == error
    final = net.released(full).bundle
    assert refusal(lambda: net.received(lying(net, final, position, told), "provider")).code == error


def resized(hashes: tuple[B32, ...], to: object) -> tuple[B32, ...]:
    """Return hashes in another number, or with the two legs exchanged."""
    return hashes[::-1] if to == "swapped" else (*hashes, B32(32))[: 3 if to == 3 else 1]
