"""The replica takes records from the keeper alone, strictly, once; four blobs at most; and forgets what is too old."""

import asyncio
import hashlib
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from mynumber.codes.errors import ProtocolError
from mynumber.codes.records import rows
from mynumber.codes.records.rows import Row
from mynumber.codes.wire import B32
from mynumber.exchange.running.node import Node
from mynumber.plumbing import canonical, config
from mynumber.plumbing.canonical import Json
from mynumber.plumbing.config import NodeConfig
from mynumber.portal import replica
from tests.keeper import replica as portals
from tests.keeper import town
from tests.keeper.town import Institution

YEAR = rows.fiscal_year(town.NOW)
SEALED = 1040


@pytest.fixture
def place(tmp_path: Path) -> Institution:
    """The portal's folder."""
    return portals.settled(tmp_path)


@pytest.fixture
def node(place: Institution) -> Iterator[Node]:
    """Its open store, without a listener."""
    with opened(place) as node:
        yield node


def opened(place: Institution) -> AbstractContextManager[Node]:
    settings = config.load(place.configure(role="portal", party="portal"), NodeConfig)
    return town.opened(settings, place)


def entry(*, year: int = YEAR, locator: bytes | None = None, sealed: bytes | None = None) -> list[Json]:
    return [
        year,
        canonical.b64(os.urandom(16) if locator is None else locator),
        canonical.b64(os.urandom(SEALED) if sealed is None else sealed),
    ]


def body(*sent: list[Json], outcomes: tuple[list[Json], ...] = ()) -> Json:
    return {"rows": [list(each) for each in sent], "outcomes": [list(each) for each in outcomes]}


def give(node: Node, given: Json, peer: str = "keeper") -> Json:
    return asyncio.run(replica.replicate(node, peer, given))


def listed(node: Node, peer: str = "keeper", given: Json = None) -> list[Json]:
    answer = asyncio.run(replica.locators(node, peer, {} if given is None else given))
    assert isinstance(answer, dict)
    assert isinstance(answer["locators"], list)
    return answer["locators"]


def refused(node: Node, given: Json, peer: str = "keeper") -> str:
    with pytest.raises(ProtocolError) as caught:
        give(node, given, peer)
    return caught.value.code


def lying(node: Node, locator: bytes) -> list[bytes]:
    with node.store.reading() as connection:
        return replica.blobs(connection, locator)


def test_what_the_keeper_sends_is_kept_once(node: Node) -> None:
    locator, sealed = os.urandom(16), os.urandom(SEALED)
    row, said = entry(locator=locator, sealed=sealed), entry(locator=locator, sealed=sealed)
    for _ in range(2):
        assert give(node, body(row, row, outcomes=(said,))) == {}
    assert lying(node, locator) == [sealed]
    with node.store.reading() as connection:
        assert replica.outcomes(connection, locator) == [sealed]
        assert replica.outcomes(connection, os.urandom(16)) == []
    assert listed(node) == [canonical.b64(locator)]
    assert give(node, body()) == {}


def test_at_most_four_blobs_lie_under_one_locator_and_the_first_stay(node: Node) -> None:
    locator = os.urandom(16)
    blobs = [os.urandom(SEALED) for _ in range(6)]
    give(node, body(*(entry(locator=locator, sealed=blob) for blob in blobs[:3])))
    give(node, body(*(entry(locator=locator, sealed=blob) for blob in blobs[3:])))
    assert sorted(lying(node, locator)) == sorted(blobs[:4])
    assert listed(node) == [canonical.b64(locator)]


def test_a_reader_opens_all_that_lies_there(node: Node) -> None:
    series = rows.open_series(os.urandom(32), YEAR)
    row = Row(
        v=1,
        kind="exchange",
        from_="ward-a",
        to="pension",
        procedure="link-107",
        items=("pension",),
        issued=town.NOW,
        undisclosed="",
        permit=B32(bytes(32)),
        entry=0,
    )
    locator, sealed = rows.seal_row(series, 0, row)
    give(node, body(entry(locator=locator, sealed=sealed), entry(locator=locator)))
    with node.store.reading() as connection:
        reading = rows.read_series(series, lambda wanted: replica.blobs(connection, wanted))
    assert (reading.found, reading.bad) == (((0, row),), (0,))


@pytest.mark.parametrize("peer", ["op-1", "op-2", "ward-a", "portal", "register", "supervisor"])
def test_nobody_else_adds_or_asks(node: Node, peer: str) -> None:
    locator = os.urandom(16)
    assert refused(node, body(entry(locator=locator)), peer) == "PERMIT_MISMATCH"
    assert lying(node, locator) == []
    with pytest.raises(ProtocolError, match="PERMIT_MISMATCH"):
        listed(node, peer)


def entries_with(**members: bytes | int) -> Json:
    return body(entry(), entry(**members))  # type: ignore[arg-type]  # wrong on purpose


@pytest.mark.parametrize(
    "lie",
    [
        entries_with(year=1999),
        entries_with(year=10_000),
        entries_with(year=True),
        entries_with(locator=bytes(15)),
        entries_with(locator=bytes(17)),
        entries_with(sealed=b""),
        entries_with(sealed=bytes(16)),
        entries_with(sealed=bytes(1024)),
        entries_with(sealed=bytes(1041)),
        entries_with(sealed=bytes(16 + 257 * 1024)),
        {"rows": [], "outcomes": [], "more": []},
        {"rows": []},
        {"rows": {}, "outcomes": []},
        {"rows": [[YEAR, canonical.b64(bytes(16))]], "outcomes": []},
        {"rows": [[YEAR, canonical.b64(bytes(16)) + "=", canonical.b64(bytes(1040))]], "outcomes": []},
        {"rows": [], "outcomes": [entry()] * 2049},
        [],
        None,
    ],
)
def test_what_is_malformed_is_refused_as_a_whole(node: Node, lie: Json) -> None:
    assert refused(node, lie) == "BAD_ENCODING"
    assert listed(node) == []


def test_the_largest_batch_of_the_smallest_and_the_largest_outcome_are_taken(node: Node) -> None:
    give(node, body(outcomes=(entry(sealed=bytes(16 + 256 * 1024)),)))
    give(node, body(*(entry() for _ in range(2048))))
    assert len(listed(node)) == 2048
    assert listed(node) == sorted(listed(node), key=canonical.unb64)


def test_a_body_with_members_is_no_question_for_locators(node: Node) -> None:
    with pytest.raises(ProtocolError, match="BAD_ENCODING"):
        listed(node, given={"from": 0})


def test_what_is_too_old_is_not_taken(node: Node) -> None:
    old, young = os.urandom(16), os.urandom(16)
    sent = entry(locator=old, year=YEAR - 8), entry(locator=young, year=YEAR - 7)
    assert give(node, body(*sent, outcomes=sent)) == {}
    assert (len(lying(node, old)), len(lying(node, young))) == (0, 1)


def test_what_becomes_too_old_is_overwritten(place: Institution) -> None:
    old, young = os.urandom(SEALED), os.urandom(SEALED)
    with opened(place) as node:
        aged = entry(sealed=old, year=YEAR - 7), entry(sealed=young, year=YEAR - 6)
        give(node, body(*aged, *(entry() for _ in range(20)), outcomes=aged))
    # The search sees both where they lie.
    assert town.found_in(place.folder, parts(old))[1] > 0
    with opened(place) as node, node.store.writing() as connection:
        assert replica.expire(connection, YEAR) == 0
        assert replica.expire(connection, YEAR + 1) == 2
    searched, hits = town.found_in(place.folder, parts(old))
    assert (searched > SEALED, hits) == (True, 0)
    assert town.found_in(place.folder, parts(young))[1] > 0


def parts(sealed: bytes) -> list[bytes]:
    """Return pieces of a blob; SQLite may cut it anywhere, but never all of these."""
    return [sealed[start : start + 32] for start in range(0, len(sealed) - 32, 32)]


def test_two_copies_of_one_blob_are_one(node: Node) -> None:
    locator = os.urandom(16)
    blobs = [os.urandom(SEALED) for _ in range(4)]
    give(node, body(*(entry(locator=locator, sealed=blob) for blob in (*blobs, *blobs))))
    assert len({hashlib.sha256(blob).digest() for blob in lying(node, locator)}) == 4
