"""Operator 1 is corrupt: what it endorses against the law or converts wrongly ends at operator 2, and leaves its trace.

The corrupt ones hold genuine keys and certificates; only the last check in the line stands between them and a code.
"""

import json
import os
from collections.abc import Callable, Sequence

import pytest

from mynumber.codes import group, jws, law_table
from mynumber.codes.convert.endorse import Endorsed
from mynumber.codes.group import GENERATOR, Point
from mynumber.codes.law_table import LawTable, LawTables
from mynumber.codes.parties.standing import Standing
from mynumber.codes.permit.arrived import arrived
from mynumber.codes.permit.receive import Brought, Received, Receiver, receive
from mynumber.plumbing import canonical
from mynumber.plumbing.canonical import Json, b64, unb64
from mynumber.plumbing.client import Answer
from mynumber.plumbing.clock import Clock
from mynumber.world.town.strangers import Stranger
from tests.town.conftest import Served
from tests.town.corrupt import Asked, Corrupt, legs_of

BEHIND = (("operator-2", "requests"), ("operator-2", "refusals"), ("keeper", "releases"), ("keeper", "rows"))
STORES = (*BEHIND, ("keeper", "refusals"), ("pension", "answered"), ("pension", "refusals"), ("city-b", "answered"))
LAWFUL = ("city-b", "link-106")
PAIR, POINT = 64, 32


@pytest.fixture
def corrupt(served: Served) -> Corrupt:
    return Corrupt(served.town, served.evidence)


def unlawful(served: Served, corrupt: Corrupt) -> Asked:
    """Return what no row allows: a pension under row 106."""
    person = served.cast.ref("city-a", served.cast.recipient)
    return corrupt.ask("pension", "link-106", [(person, "pension/recipient")])


def stored(served: Served) -> dict[tuple[str, str], int]:
    return {each: served.evidence.count(*each) for each in STORES}


def more(served: Served, before: dict[tuple[str, str], int]) -> dict[tuple[str, str], int]:
    """Return the tables that have grown, and by how many rows."""
    return {each: count - before[each] for each, count in stored(served).items() if count != before[each]}


def send(served: Served, bundle: Json) -> Answer:
    """Hand a bundle to operator 2 as operator 1 does."""
    return Stranger.with_keys_of(served.town, "operator-1").post("operator-2", "/v1/convert", canonical.encode(bundle))


def test_what_the_law_does_not_allow_is_refused_by_the_honest_operator(served: Served, corrupt: Corrupt) -> None:
    before, asked = stored(served), unlawful(served, corrupt)
    endorsed = corrupt.endorse("operator-1", asked.bundle, corrupt.lawless)
    assert endorsed.law == corrupt.law.hash
    answer = send(served, endorsed.bundle)
    assert (answer.status, json.loads(answer.body)) == (403, {"error": "LAW_REFUSED", "row": "link-106"})
    assert more(served, before) == {("operator-2", "refusals"): 1}
    # The refusal stands in its log, and the same bytes are refused again without a second one.
    request = b64(asked.message.request_hash)
    assert served.evidence.log_index("operator-2", request) is not None
    assert send(served, endorsed.bundle).body == answer.body
    assert more(served, before) == {("operator-2", "refusals"): 1}
    assert [served.evidence.log_index(party, request) for party in ("keeper", "pension")] == [None, None]


def test_only_the_law_stood_in_its_way(served: Served, corrupt: Corrupt) -> None:
    endorsed = corrupt.endorse("operator-1", unlawful(served, corrupt).bundle, corrupt.lawless)
    assert corrupt.endorse("operator-2", endorsed.bundle, corrupt.lawless).fresh


def test_a_table_of_its_own_making_is_refused(served: Served, corrupt: Corrupt) -> None:
    before, real = stored(served), corrupt.law
    row = law_table.Row("exchange", "municipality", "jps", "link-106", ("pension/recipient",), "")
    body = law_table.Body(1, served.town.network, real.begins, real.body.roles, (*real.body.rows, row))
    key = os.urandom(32)
    own: LawTable = law_table.load_law(
        law_table.sign_law(body, ("supervisor", key)), served.town.network, ("supervisor", jws.public_key(key))
    )
    endorsed = corrupt.endorse("operator-1", unlawful(served, corrupt).bundle, own)
    answer = send(served, endorsed.bundle)
    assert (answer.status, json.loads(answer.body)["error"]) == (403, "LAW_REFUSED")
    assert more(served, before) == {("operator-2", "refusals"): 1}


def swapped(leg: bytes) -> bytes:
    return leg[PAIR:] + leg[:PAIR]


def shifted(leg: bytes) -> bytes:
    """Return a leg whose first code is another one."""
    return leg[:POINT] + group.add(Point(leg[POINT:PAIR]), GENERATOR) + leg[PAIR:]


def repeated(leg: bytes) -> bytes:
    """Return a leg in which the second person is the first again."""
    return leg[:PAIR] * 2


def of_code(alter: Callable[[bytes], bytes]) -> Callable[[Sequence[bytes]], list[bytes]]:
    return lambda legs: [alter(legs[0]), legs[1]]


def of_tag(alter: Callable[[bytes], bytes]) -> Callable[[Sequence[bytes]], list[bytes]]:
    return lambda legs: [legs[0], alter(legs[1])]


@pytest.mark.parametrize("signed", [True, False], ids=["endorsed anew", "behind the endorsement"])
@pytest.mark.parametrize("alter", [swapped, shifted, repeated])
@pytest.mark.parametrize("which", [of_code, of_tag])
def test_a_wrong_conversion_is_seen(
    served: Served,
    corrupt: Corrupt,
    which: Callable[[Callable[[bytes], bytes]], Callable[[Sequence[bytes]], list[bytes]]],
    alter: Callable[[bytes], bytes],
    signed: bool,
) -> None:
    before, endorsed = stored(served), lawful(served, corrupt)
    legs = which(alter)([unb64(leg) for leg in legs_of(endorsed).legs])
    answer = send(served, corrupt.with_legs(endorsed, legs, signed=signed))
    expected = "BAD_CONVERSION_PROOF" if signed else "LIST_HASH"
    assert (answer.status, json.loads(answer.body)) == (403, {"error": expected})
    assert more(served, before) == {}


def lawful(served: Served, corrupt: Corrupt) -> Endorsed:
    """Return operator 1's genuine endorsement of two entries that the law allows."""
    cast = served.cast
    entries = [
        (cast.ref("city-a", cast.recipient), "local_tax/recipient"),
        (cast.ref("city-a", cast.child), "local_tax/child"),
    ]
    return corrupt.endorse("operator-1", corrupt.ask(*LAWFUL, entries).bundle, corrupt.law)


def test_the_same_unaltered_would_be_endorsed(served: Served, corrupt: Corrupt) -> None:
    endorsed = lawful(served, corrupt)
    legs = [unb64(leg) for leg in legs_of(endorsed).legs]
    assert canonical.encode(corrupt.with_legs(endorsed, legs, signed=True)) == canonical.encode(endorsed.bundle)
    assert corrupt.endorse("operator-2", endorsed.bundle, corrupt.law).fresh


def test_where_the_whole_network_is_corrupt_the_provider_refuses(served: Served, corrupt: Corrupt) -> None:
    before, asked = stored(served), unlawful(served, corrupt)
    first = corrupt.endorse("operator-1", asked.bundle, corrupt.lawless)
    second = corrupt.endorse("operator-2", first.bundle, corrupt.lawless)
    bundle = corrupt.release(second.bundle)
    body = canonical.encode({"bundle": bundle, "context": b64(asked.context)})
    answer = Stranger.with_keys_of(served.town, "city-a").post("pension", "/v1/inquire", body)
    assert (answer.status, json.loads(answer.body)) == (403, {"error": "LAW_REFUSED", "row": "link-106"})
    assert more(served, before) == {("pension", "refusals"): 1}
    assert served.evidence.log_index("pension", b64(asked.message.request_hash)) is not None
    # All else in it is good: by the corrupt table the code would open, and be one that the pension service holds.
    received = opened(corrupt, bundle, asked)
    agency = corrupt.agency("pension")
    ref = served.cast.ref("pension", served.cast.recipient)
    assert received.opened == ((corrupt.code(agency, ref),),)


def opened(corrupt: Corrupt, bundle: Json, asked: Asked) -> Received:
    """Return what the pension service would open if it did not ask the law."""
    keys = corrupt.agency("pension")
    received = receive(
        arrived(bundle, released=True),
        Brought("city-a", asked.context),
        me=Receiver(keys.id, "provider", keys.y, Standing(corrupt.directory), LawTables.of([corrupt.lawless])),
        now=Clock().now(),
        used=lambda _: None,
        outstanding=(),
        extra=lambda _: None,
    )
    assert isinstance(received, Received)
    return received
