"""Whole passages over random networks: what is opened is the receiver's own code, and nothing altered gets through."""

import copy
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from typing import TypeAlias

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from mynumber.codes.convert.endorse import Endorsed, Known
from mynumber.codes.errors import ProtocolError
from mynumber.codes.group import Point
from mynumber.codes.parties import drafting, handing_in
from mynumber.codes.permit.receive import Brought, StoredAnswer, Used
from mynumber.codes.permit.release import KnownRelease, member
from mynumber.codes.permit.request import Domain, Message, Request, peek
from mynumber.codes.permit.sender import check_sender
from mynumber.plumbing import canonical
from mynumber.plumbing.canonical import Json
from tests.codes.ceremony import NOW
from tests.codes.passage import CONTEXT, Stage, stage, start

networks = st.builds(stage, st.integers(1, 3), st.sampled_from(["one", "two"]))
labels = st.text("abc", min_size=1, max_size=3)
persons = st.lists(st.integers(0, 5), min_size=1, max_size=5)
FEW = settings(max_examples=15, deadline=None)
MANY = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def only(domain: str, tags: list[Point]) -> Callable[[str, Point], bool]:
    return lambda name, tag: name == domain and tag in tags


# What comes out.


@FEW
@given(networks, persons, labels)
def test_an_exchange_opens_to_the_provider_s_own_codes(net: Stage, people: list[int], label: str) -> None:
    message = net.message(net.exchange(len(people), label), people)
    tags = [net.tag("ward", person) for person in people]
    released = net.released(net.full(message), is_member=only("record/ward/1", tags))
    assert (released.domain, released.tags, released.members) == ("record/ward/1", tuple(tags), ())
    received = net.opened(released.bundle, "provider")
    assert received.opened == (tuple(net.code("pension", person) for person in people),)
    permit = check_sender(message, released.bundle, now=NOW + 9, directory=net.directory)
    assert permit.hash == received.permit_hash == released.permit_hash
    assert (permit.issued, permit.expires) == (NOW + 1, NOW + 601)


@FEW
@given(networks, persons, labels)
def test_an_enrolment_opens_to_the_agency_s_own_codes(net: Stage, people: list[int], label: str) -> None:
    message = net.message(net.enrol(len(people), label), people)
    released = net.released(net.full(message), is_member=only("", []))
    assert released.tags == tuple(net.tag("ward", person) for person in people)
    assert released.members == tuple(member(net.town.keeper.h, "record/ward/1", tag) for tag in released.tags)
    received = net.opened(released.bundle, "agency")
    assert received.opened == (tuple(net.code("ward", person) for person in people),)
    assert (received.issued, received.expires) == (NOW + 1, NOW + 3601)


@FEW
@given(networks, st.integers(0, 5), labels)
def test_a_citizen_s_request_opens_without_a_code_of_the_portal(net: Stage, person: int, label: str) -> None:
    message = net.message(net.self_request(label), [person])
    released = net.released(net.full(message), is_member=only("", []))
    assert released.tags == (net.under("record/portal/1", person),)
    assert net.opened(released.bundle, "provider", brought=Brought("portal", CONTEXT)).opened == (
        (net.code("pension", person),),
    )


@FEW
@given(networks, st.integers(0, 5), labels, st.data())
def test_a_read_opens_to_the_tags_of_its_domains(net: Stage, person: int, label: str, data: st.DataObject) -> None:
    listed = net.directory.domains
    first = data.draw(st.integers(0, len(listed) - 1))
    asked = listed[first : data.draw(st.integers(first + 1, len(listed)))]
    domains = tuple(Domain(agency=agency, epoch=epoch) for agency, epoch in asked)
    message = net.message(net.read(label, domains=domains), [person])
    bundle = net.full(message)
    assert net.opened(bundle, "portal").opened == tuple((net.tag(agency, person),) for agency, _ in asked)
    assert check_sender(message, bundle, now=NOW + 9, directory=net.directory).hash
    assert refusal(lambda: net.released(bundle)) == "PERMIT_MISMATCH"


@FEW
@given(networks, persons, st.data())
def test_whom_the_keeper_does_not_know_stops_the_batch(net: Stage, people: list[int], data: st.DataObject) -> None:
    stranger = data.draw(st.sampled_from(people))
    tags = [net.tag("ward", person) for person in people if person != stranger]
    bundle = net.full(net.message(net.exchange(len(people)), people))
    assert refusal(lambda: net.released(bundle, is_member=only("record/ward/1", tags))) == "UNKNOWN_TAG"
    everybody = [net.tag("ward", person) for person in people]
    assert refusal(lambda: net.released(bundle, is_member=only("record/pension/1", everybody))) == "UNKNOWN_TAG"


def test_peek_says_what_a_bundle_claims() -> None:
    net = stage()
    message = net.message(net.exchange(2), [1, 2])
    asked = peek(start(message))
    assert isinstance(asked, Request)
    assert (asked.hash, asked.kind, asked.from_, asked.to) == (message.request_hash, "exchange", "ward", "pension")
    assert (asked.procedure, asked.items, asked.count) == ("p-1", ("item-a", "item-b"), 2)
    malformed: list[Json] = [None, [], {}, {"message": {}}, {"message": {**message.json, "proof": 1}}]
    assert [peek(one) for one in malformed] == [None] * len(malformed)


@cache
def rotated() -> Stage:
    """Return a network whose second directory has moved every office on to code epoch 2, with epoch 1 still listed."""
    town = stage().town
    by = {party: replace(town.vouching(party), serial=2) for party in town.agencies}
    offices = [handing_in.agency_entry(keys, by[party], epoch=2) for party, keys in town.agencies.items()]
    parties = town.parties()
    moved = tuple(drafting.listing(office, epochs=[1, 2], records=[1]) for office in offices)
    return Stage(town, town.second(replace(parties, agencies=(*moved, parties.agencies[-1]))))


@FEW
@given(st.integers(1, 2), persons)
def test_codes_of_both_listed_epochs_lead_to_the_same_person(epoch: int, people: list[int]) -> None:
    net = rotated()
    message = net.message(net.exchange(len(people), from_epoch=epoch, to_epoch=2), people)
    assert net.code("ward", 1, 1) != net.code("ward", 1, 2)
    received = net.opened(net.final(message), "provider")
    assert received.opened == (tuple(net.code("pension", person, 2) for person in people),)


def test_a_code_sent_under_another_epoch_is_nobody_known() -> None:
    net = rotated()
    message = net.message(net.exchange(from_epoch=1, to_epoch=2), [1], [net.code("ward", 1, 2)])
    full = net.full(message)
    assert refusal(lambda: net.released(full, is_member=only("record/ward/1", [net.tag("ward", 1)]))) == "UNKNOWN_TAG"


# The same again.


@FEW
@given(networks, persons)
def test_the_same_again_gets_the_stored_answer(net: Stage, people: list[int]) -> None:
    bundle = start(net.message(net.exchange(len(people)), people))
    for index in range(net.n):
        made = net.endorsed(bundle, index)
        known = {made.request_hash: Known(made.message_hash, made.bundle)}
        again = net.endorsed(bundle, index, now=NOW + 1000, known=known)
        assert (made.fresh, again.fresh) == (True, False)
        assert (again.step, again.endorsement, again.bundle) == (made.step, made.endorsement, made.bundle)
        assert (again.law, again.issued, again.expires) == (made.law, made.issued, made.expires)
        assert again.request == made.request
        bundle = made.bundle
    released = net.released(bundle)
    kept = {released.request_hash: KnownRelease(released.permit_hash, released.release)}
    late = net.released(bundle, now=NOW + 4000, known=kept, is_member=only("", []))
    assert (late.fresh, late.bundle, late.tags) == (False, released.bundle, ())
    received = net.opened(released.bundle, "provider")
    used = {received.request_hash: Used(received.permit_hash, "given")}
    assert net.received(released.bundle, "provider", now=NOW + 4000, used=used) == StoredAnswer(
        received.request_hash, "given"
    )


@FEW
@given(networks, persons)
def test_another_permit_for_a_known_request_is_refused(net: Stage, people: list[int]) -> None:
    message = net.message(net.exchange(len(people)), people)
    one, other = net.released(net.full(message)), net.full(message, now=NOW + 2)
    kept = {one.request_hash: KnownRelease(one.permit_hash, one.release)}
    assert refusal(lambda: net.released(other, known=kept)) == "REPLAYED"
    used = {one.request_hash: Used(one.permit_hash, "given")}
    second = net.released(other).bundle
    assert refusal(lambda: net.received(second, "provider", used=used)) == "PERMIT_USED"
    first = net.endorsed(start(message), 0)
    erased = {message.request_hash: Known(first.message_hash, None)}
    assert refusal(lambda: net.endorsed(start(message), 0, known=erased)) == "REPLAYED"


# Anything altered.

Path: TypeAlias = tuple[str | int, ...]


def places(value: Json, path: Path = ()) -> Iterator[Path]:
    """Yield the path of every value inside a JSON value."""
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in members:
        yield (*path, key)
        yield from places(one, (*path, key))


def changed(value: Json, path: Path, change: Callable[[Json], Json]) -> Json:
    """Return a copy with the value at a path changed."""
    if not path:
        return change(value)
    copied = copy.copy(value)
    copied[path[0]] = changed(value[path[0]], path[1:], change)  # type: ignore[index]
    return copied


@st.composite
def alterations(draw: st.DrawFn, value: Json) -> Json:
    """Draw a bundle that differs from the given one in one place."""
    path = draw(st.sampled_from(list(places(value))))
    altered = changed(value, path, lambda one: draw(other_values(one)))
    assume(altered != value)
    return altered


def other_values(value: Json) -> st.SearchStrategy[Json]:
    """Return what could stand in place of a value: bits flipped, entries left out, swapped, doubled, other types."""
    odd: list[st.SearchStrategy[Json]] = [st.sampled_from([None, True, 0, "", [], {}, "A", "\u00e9", 2**64])]
    if isinstance(value, str):
        odd += [flipped(value)] * 4
    elif isinstance(value, list):
        odd += [st.permutations(value).map(list), st.just(value[:-1]), st.just([*value, *value[-1:]])]
    elif isinstance(value, dict):
        names = st.sampled_from(sorted(value))
        odd += [names.map(lambda name: {key: one for key, one in value.items() if key != name})]
        odd += [st.just({**value, "more": "AA"})]
    return st.one_of(odd)


def flipped(text: str) -> st.SearchStrategy[Json]:
    data = bytearray(canonical.unb64(text)) if text else bytearray()
    if not data:
        return st.just("AA")

    def flip(bit: int) -> Json:
        copied = bytearray(data)
        copied[bit // 8] ^= 1 << bit % 8
        return canonical.b64(bytes(copied))

    return st.integers(0, 8 * len(data) - 1).map(flip)


def refusal(call: Callable[[], object]) -> str:
    """Return the error of section 13 that a call raises; anything else it raises is not caught."""
    with pytest.raises(ProtocolError) as caught:
        call()
    return caught.value.code


@pytest.mark.parametrize("n", [1, 2])
@MANY
@given(st.data())
def test_a_provider_refuses_whatever_is_altered(n: int, data: st.DataObject) -> None:
    net = stage(n)
    altered = data.draw(alterations(bundle_of("exchange", n)))
    assert refusal(lambda: net.received(altered, "provider"))


@MANY
@given(st.data())
def test_an_agency_refuses_whatever_is_altered(data: st.DataObject) -> None:
    net = stage(2)
    altered = data.draw(alterations(bundle_of("enrol")))
    assert refusal(lambda: net.received(altered, "agency"))


@MANY
@given(st.data())
def test_a_portal_refuses_whatever_is_altered(data: st.DataObject) -> None:
    net = stage(2)
    altered = data.draw(alterations(bundle_of("read")))
    assert refusal(lambda: net.received(altered, "portal"))


@MANY
@given(st.data())
def test_the_keeper_refuses_whatever_is_altered(data: st.DataObject) -> None:
    net = stage(2)
    altered = data.draw(alterations(endorsed_of(2)[-1].bundle))
    assert refusal(lambda: net.released(altered))


@MANY
@given(st.data())
def test_an_operator_refuses_whatever_is_altered(data: st.DataObject) -> None:
    net = stage(3)
    altered = data.draw(alterations(endorsed_of(3)[1].bundle))
    assert refusal(lambda: net.endorsed(altered, 2))


@MANY
@given(st.data())
def test_an_operator_gives_its_stored_answer_to_nothing_altered(data: st.DataObject) -> None:
    net = stage(2)
    one, two = endorsed_of(2)
    known = {two.request_hash: Known(two.message_hash, two.bundle)}
    altered = data.draw(alterations(one.bundle))
    try:
        again = net.endorsed(altered, 1, known=known)
    except ProtocolError:
        return
    # Proofs and signatures of earlier steps are not compared; what is sent on is the stored bundle in any case.
    assert (again.fresh, again.bundle) == (False, two.bundle)
    assert isinstance(altered, dict)
    assert isinstance(one.bundle, dict)
    assert altered["message"] == one.bundle["message"]


def exchange_of(net: Stage, label: str = "x") -> Message:
    return net.message(net.exchange(2, label), [1, 2])


@cache
def bundle_of(kind: str, n: int = 2, label: str = "town") -> Json:
    """Return a bundle behind everybody; the alterations of one test all start from the same."""
    net = rotated() if kind == "epoch" else stage(n, label)
    if kind == "later":
        return net.released(net.full(exchange_of(net), now=NOW + 2)).bundle
    messages: dict[str, Callable[[], Message]] = {
        "exchange": lambda: exchange_of(net),
        "enrol": lambda: net.message(net.enrol(2), [1, 2]),
        "read": lambda: net.message(net.read(), [1]),
        "id": lambda: exchange_of(net, "y"),
        "order": lambda: net.message(net.exchange(2), [2, 1]),
        "epoch": lambda: rotated().message(rotated().exchange(2, from_epoch=1, to_epoch=2), [1, 2]),
        "direction": lambda: net.message(net.exchange(2, from_="pension", to="ward"), [1, 2]),
    }
    return net.final(messages[kind]())


@cache
def endorsed_of(n: int) -> tuple[Endorsed, ...]:
    """Return what each operator in turn makes of one exchange."""
    net = stage(n)
    bundle, made = start(exchange_of(net)), []
    for index in range(n):
        made.append(net.endorsed(bundle, index))
        bundle = made[-1].bundle
    return tuple(made)


def test_a_step_is_at_most_one_mebibyte() -> None:
    net = stage(2)
    bundle = endorsed_of(2)[0].bundle
    whole = len(canonical.encode(at(bundle, ("steps", 0))))
    room = 2**20 - whole - len(',""')

    def padded(characters: int) -> Json:
        return changed(bundle, ("steps", 0, "legs"), lambda legs: [*legs, "A" * characters])  # type: ignore[misc]

    assert refusal(lambda: net.endorsed(padded(room), 1)) == "CHAIN_MISMATCH"
    assert refusal(lambda: net.endorsed(padded(room + 1), 1)) == "BAD_ENCODING"


# Anything from elsewhere.


def parts(bundle: Json) -> list[Path]:
    """Return the parts of a final bundle that could come from another."""
    assert isinstance(bundle, dict)
    steps, release = bundle["steps"], bundle.get("release")
    assert isinstance(steps, list)
    listed: list[Path] = [("message", name) for name in ("request", "list", "proof")]
    listed += [(kind, j) for j in range(len(steps)) for kind in ("steps", "endorsements")]
    return [*listed, *(("release", name) for name in (release if isinstance(release, dict) else ()))]


def at(value: Json, path: Path) -> Json:
    for key in path:
        value = value[key]  # type: ignore[index]
    return value


ELSEWHERE = ["id", "order", "epoch", "direction", "later", "network"]


@MANY
@given(st.data())
def test_no_mixture_of_two_bundles_is_accepted(data: st.DataObject) -> None:
    one = bundle_of("exchange")
    kind = data.draw(st.sampled_from(ELSEWHERE))
    other = bundle_of("exchange", 2, "elsewhere") if kind == "network" else bundle_of(kind)
    differing = [part for part in parts(one) if at(one, part) != at(other, part)]
    taken = data.draw(st.lists(st.sampled_from(differing), min_size=1, max_size=len(differing) - 1, unique=True))
    mixed = one
    for part in taken:
        mixed = changed(mixed, part, lambda _, part=part: at(other, part))  # type: ignore[misc]
    assert refusal(lambda: stage(2).received(mixed, "provider"))


def test_a_bundle_of_another_network_is_refused_whole() -> None:
    foreign = bundle_of("exchange", 2, "elsewhere")
    assert refusal(lambda: stage(2).received(foreign, "provider")) == "BAD_SIGNATURE"
