"""R1 to R8 at their limits: every member, its types and sizes, parties and roles, as operator 1 sees them."""

from collections.abc import Callable, Mapping

import msgspec
import pytest

from mynumber.codes import hashing, jws
from mynumber.codes.errors import ProtocolError
from mynumber.codes.keys import AnyKeys, signer
from mynumber.codes.permit.request import MAX_ENTRIES, TYP, Body, Message
from mynumber.codes.wire import MAX_PART
from mynumber.plumbing import canonical
from mynumber.plumbing.canonical import Json
from tests.codes.passage import Stage, stage

LEFT_OUT = object()
IDENTS: list[object] = ["", "A", "a" * 33, "a b", "a\n", "\u00e9", 1, None, ["a"]]
TEXTS: list[object] = ["", 'a"b', "a\\b", "\u00e9", "a\n", "a" * 129, 1, None, LEFT_OUT]
EPOCHS: list[object] = [0, 10**9, True, "1", None, LEFT_OUT]
COUNTS: list[object] = [2**53, True, "1", None, [], LEFT_OUT]
B16S: list[object] = ["A" * 21, "A" * 23, "A" * 21 + "B", "A" * 22 + "==", "", 1, None, LEFT_OUT]
B32S: list[object] = ["A" * 42, "A" * 44, "A" * 42 + "B", "A" * 43 + "=", "+" + "A" * 42, "", 1, None, LEFT_OUT]
ITEM_LISTS: list[object] = [[], ["a", "a"], [1], "a", ["a"] * 2, [f"i{n}" for n in range(257)], [""], None, LEFT_OUT]
ODD: dict[str, list[object]] = {
    "v": [0, 2, True, "1", None, LEFT_OUT],
    "network": [*IDENTS, LEFT_OUT],
    "dir": B32S,
    "kind": ["", "Exchange", 1, None, ["exchange"], {}, LEFT_OUT],
    "id": B16S,
    "count": COUNTS,
    "created": COUNTS,
    "list": B32S,
    "from": [1, None, ["ward"], LEFT_OUT],
    "to": [*IDENTS, LEFT_OUT],
    "from_epoch": EPOCHS,
    "to_epoch": EPOCHS,
    "record_epoch": EPOCHS,
    "procedure": TEXTS,
    "items": ITEM_LISTS,
    "reply_key": B32S,
    "context": B32S,
    "undisclosed": [odd for odd in TEXTS if odd != ""],
    "acq": [["A" * 22] * 2, ["A" * 21], [1], "a", None, LEFT_OUT],
    "domains": [[], [{}], [{"agency": "ward"}], [{"agency": "ward", "epoch": 0}], [{"agency": "W", "epoch": 1}], None],
    "more": [1, ""],
}


def bodies(net: Stage) -> dict[str, Body]:
    return {
        "exchange": net.exchange(),
        "self": net.self_request(),
        "enrol": net.enrol(),
        "read": net.read(),
    }


def message_of(kind: str) -> Message:
    net = stage()
    return net.message(bodies(net)[kind], [1])


def secrets_of(net: Stage) -> dict[str, bytes]:
    town = net.town
    singles: list[AnyKeys] = [town.keeper, town.register, town.supervisor, town.portal]
    return dict(map(signer, [*singles, *town.operators, *town.agencies.values()]))


def resigned(message: Message, changed: Mapping[str, object] | None = None, data: bytes | None = None) -> Json:
    """Return a message with members changed or left out, signed again by the same parties."""
    assert isinstance(message.signed.value, dict)
    members = {**message.signed.value, **(changed or {})}
    kept = {name: to for name, to in members.items() if to is not LEFT_OUT}
    if data is not None:
        kept["list"] = canonical.b64(hashing.hash_points(data))
    secrets = secrets_of(stage())
    signers = [(signature.kid, secrets[signature.kid]) for signature in message.signed.signatures]
    listed = canonical.b64(message.list if data is None else data)
    return {**message.json, "request": jws.sign(kept, TYP, signers), "list": listed}


def refused(message: Json) -> str:
    """Return the error with which operator 1 refuses a message."""
    with pytest.raises(ProtocolError) as caught:
        stage().endorsed({"message": message, "steps": [], "endorsements": []}, 0)
    return caught.value.code


MEMBERS = [
    (kind, name, odd)
    for kind, body in bodies(stage()).items()
    for name in [*(member.encode_name for member in msgspec.structs.fields(body)), "more"]
    for odd in ODD[name]
]


@pytest.mark.parametrize(("kind", "name", "odd"), MEMBERS)
def test_a_member_of_another_type_or_size_is_refused(kind: str, name: str, odd: object) -> None:
    message = message_of(kind)
    assert refused(resigned(message, {name: odd})) == "BAD_ENCODING"


@pytest.mark.parametrize("kind", ["exchange", "self", "enrol", "read"])
def test_the_message_itself_is_accepted(kind: str) -> None:
    made = stage().endorsed({"message": resigned(message_of(kind)), "steps": [], "endorsements": []}, 0)
    assert made.request.kind == kind


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"procedure": "~" * 128}, "LAW_REFUSED"),
        ({"items": [f"i{n}" for n in range(256)]}, "LAW_REFUSED"),
        ({"undisclosed": "!" * 128}, "LAW_REFUSED"),
        ({"from_epoch": 999_999_999}, "UNKNOWN_EPOCH"),
        ({"to": "a" * 32}, "UNKNOWN_PARTY"),
        ({"network": "-" * 32}, "STALE_DIRECTORY"),
        ({"created": 2**53 - 1}, "NOT_FRESH"),
        ({"count": 2**53 - 1}, "BATCH_SIZE"),
        ({"count": 0}, "BATCH_SIZE"),
        ({"dir": "A" * 43}, "STALE_DIRECTORY"),
        ({"to": "ward"}, "SAME_AGENCY"),
        ({"to": "portal"}, "ROLE_CONFLICT"),
        ({"to": "keeper"}, "UNKNOWN_PARTY"),
        ({"to": "op-1"}, "UNKNOWN_PARTY"),
        ({"from": "pension", "to": "ward"}, "SIGNATURE_SET"),
        ({"from": "nobody"}, "UNKNOWN_PARTY"),
        ({"from": "No Body"}, "UNKNOWN_PARTY"),
    ],
)
def test_what_is_just_well_formed_is_judged_by_what_it_says(changed: dict[str, object], error: str) -> None:
    assert refused(resigned(message_of("exchange"), changed)) == error


@pytest.mark.parametrize("party", ["keeper", "register", "supervisor", "op-1"])
def test_only_agencies_ask(party: str) -> None:
    net, message = stage(), message_of("exchange")
    assert isinstance(message.signed.value, dict)
    said = {**message.signed.value, "from": party}
    signed = jws.sign(said, TYP, [(party, secrets_of(net)[party])])
    assert refused({**message.json, "request": signed}) == "UNKNOWN_PARTY"


@pytest.mark.parametrize("kind", ["self", "read"])
def test_only_a_portal_asks_for_a_citizen(kind: str) -> None:
    net, message = stage(), message_of(kind)
    assert isinstance(message.signed.value, dict)
    said = {**message.signed.value, "from": "ward"}
    signed = jws.sign(said, TYP, [(party, secrets_of(net)[party]) for party in ("register", "ward")])
    assert refused({**message.json, "request": signed}) == "ROLE_CONFLICT"


# Sizes.


def test_4096_entries_are_looked_at_and_one_more_is_not() -> None:
    message = message_of("exchange")
    most, more = bytes(96 * MAX_ENTRIES), bytes(96 * (MAX_ENTRIES + 1))
    assert refused(resigned(message, {"count": MAX_ENTRIES}, most)) == "IDENTITY_POINT"
    assert refused(resigned(message, {"count": MAX_ENTRIES + 1}, more)) == "BATCH_SIZE"


@pytest.mark.parametrize("kind", ["self", "read"])
def test_a_citizen_is_one_entry(kind: str) -> None:
    message = message_of(kind)
    assert refused(resigned(message, {"count": 2}, message.list * 2)) == "BATCH_SIZE"


@pytest.mark.parametrize("length", [0, 95, 97, 192])
def test_the_list_fits_the_number_of_entries(length: int) -> None:
    assert refused(resigned(message_of("exchange"), data=bytes(length))) == "BATCH_SIZE"


def test_a_message_is_at_most_one_mebibyte() -> None:
    message = message_of("exchange")

    def sized(length: int) -> Json:
        return {**message.json, "list": canonical.b64(bytes(length))}

    most = next(length for length in range(787_000, 0, -1) if len(canonical.encode(sized(length))) <= MAX_PART)
    assert MAX_PART - 3 < len(canonical.encode(sized(most))) <= MAX_PART
    assert refused(sized(most)) == "BATCH_SIZE"
    assert refused(sized(most + 3)) == "BAD_ENCODING"


def test_a_payload_is_at_most_128_kibibytes() -> None:
    message = message_of("exchange")
    padded = "a" * (128 * 1024)
    assert refused(resigned(message, {"more": padded})) == "BAD_ENCODING"


@pytest.mark.parametrize(
    "change",
    [
        lambda m: {**m, "more": "AA"},
        lambda m: {name: one for name, one in m.items() if name != "proof"},
        lambda m: {**m, "proof": "AA"},
        lambda m: {**m, "proof": None},
        lambda m: {**m, "list": m["list"] + "="},
        lambda m: {**m, "request": None},
        lambda m: [],
    ],
)
def test_a_message_has_its_members_and_no_others(change: Callable[[dict[str, Json]], Json]) -> None:
    assert refused(change(message_of("exchange").json)) == "BAD_ENCODING"


@pytest.mark.parametrize(
    "bundle",
    [
        None,
        [],
        {},
        {"message": {}, "steps": []},
        {"message": {}, "steps": {}, "endorsements": []},
        {"message": {}, "steps": [], "endorsements": [], "release": {}},
    ],
)
def test_a_bundle_has_its_members_and_no_others(bundle: Json) -> None:
    with pytest.raises(ProtocolError) as caught:
        stage().endorsed(bundle, 0)
    assert caught.value.code == "BAD_ENCODING"


def test_an_ask_without_the_payload_of_an_object_is_refused() -> None:
    message = message_of("exchange")
    signed = jws.sign([], TYP, [("ward", secrets_of(stage())["ward"])])
    assert refused({**message.json, "request": signed}) == "BAD_ENCODING"


# Domains of a read.


def test_every_run_of_domains_is_accepted_and_nothing_else() -> None:
    net = stage()
    listed = net.read().domains
    for first in range(len(listed)):
        for last in range(first + 1, len(listed) + 1):
            message = net.message(net.read(domains=listed[first:last]), [1])
            assert net.endorsed({"message": message.json, "steps": [], "endorsements": []}, 0).fresh
    assert refused(net.message(net.read(domains=listed[::2]), [1]).json) == "BAD_DOMAINS"
    assert refused(net.message(net.read(domains=listed[::-1]), [1]).json) == "BAD_DOMAINS"
    unlisted = (*listed[:-1], msgspec.structs.replace(listed[-1], epoch=7))
    assert refused(net.message(net.read(domains=unlisted), [1]).json) == "UNKNOWN_EPOCH"
