"""D1 to D8: the vectors, and for each rule a directory that breaks it alone, signed by operators that collude."""

import dataclasses

import msgspec
import pytest

from mynumber.codes import group, jws, wire
from mynumber.codes.errors import ProtocolError
from mynumber.codes.parties import drafting, entries, handing_in
from mynumber.codes.parties.directory import Directory, load_directory
from mynumber.codes.parties.entries import Agency, Body, Factor
from mynumber.codes.parties.handing_in import Vouching
from mynumber.codes.wire import B64
from mynumber.plumbing import canonical
from mynumber.plumbing.canonical import Json, b64
from tests.codes import vectors
from tests.codes.ceremony import NOW, Town, raw
from tests.codes.vectors import Call, LoadDirectory

TOWN = Town.of()
NEGATIVE = vectors.calls(vectors.file().negative, "load_directory", LoadDirectory)
POSITIVE = vectors.calls(vectors.file().positive, "load_directory", LoadDirectory)

replace = msgspec.structs.replace


def load(args: LoadDirectory) -> bytes:
    anchors, network = vectors.anchors(args.anchors), vectors.file().worlds[0].network
    last = vectors.directory(0) if args.last else None
    for missed in args.missed:
        last = load_directory(missed, network=network, anchors=anchors, now=None, last=last)
    return load_directory(args.directory, network=network, anchors=anchors, now=args.now, last=last).hash


@pytest.mark.parametrize("world", vectors.file().worlds, ids=lambda world: f"n={world.n}")
def test_the_directory_of_a_world_has_its_hash(world: vectors.World) -> None:
    anchors = vectors.anchors(world.anchors)
    first = load_directory(world.directory, network=world.network, anchors=anchors, now=world.now, last=None)
    assert first.hash == world.directory_hash
    if world.next:
        after = load_directory(world.next, network=world.network, anchors=anchors, now=world.now, last=first)
        assert after.hash == world.next_hash


@pytest.mark.parametrize(("call", "args"), NEGATIVE, ids=vectors.names(NEGATIVE))
def test_a_lie_is_named(call: Call, args: LoadDirectory) -> None:
    with pytest.raises(ProtocolError) as refused:
        load(args)
    assert refused.value.code == call.error


@pytest.mark.parametrize(("call", "args"), POSITIVE, ids=vectors.names(POSITIVE))
def test_what_looks_odd_but_is_right_is_accepted(call: Call, args: LoadDirectory) -> None:
    assert load(args).hex() == call.result


def test_a_directory_tells_who_is_who() -> None:
    directory = TOWN.first()
    assert directory.operators == ("op-1", "op-2")
    assert directory.role_of("keeper") == "keeper"
    assert directory.role_of("portal") == "agency"
    assert directory.role_of("nobody") is None
    assert directory.signing_key("nobody") is None
    assert directory.signer("op-1") == TOWN.anchors[0]
    assert directory.domains == (("ward", 1), ("pension", 1), ("portal", 1))
    assert directory.commitments("agency/portal/1") is None
    assert directory.commitments("record/portal/1") == tuple(
        one.commitment("test", "record/portal/1") for one in TOWN.operators
    )
    assert directory.layers == tuple(one.layer_key for one in TOWN.operators)
    assert directory.transport("keeper") == group.base(TOWN.keeper.y)
    assert directory.transport("ward") == group.base(TOWN.agencies["ward"].y)
    assert directory.release == group.base(TOWN.keeper.x)


@pytest.mark.parametrize("question", ["signer", "agency", "transport"])
def test_an_unknown_party_is_named(question: str) -> None:
    with pytest.raises(ProtocolError) as refused:
        getattr(TOWN.first(), question)("nobody")
    assert refused.value.code == "UNKNOWN_PARTY"


def test_epochs_rise_by_number_not_by_text() -> None:
    parties = TOWN.parties()
    ward = drafting.listing(parties.agencies[0], epochs=[1], records=range(1, 12))
    parties = drafting.Parties(
        parties.operators, parties.keeper, parties.register, parties.supervisor, (ward, *parties.agencies[1:])
    )
    body = drafting.draft(drafting.first_term("test", NOW), parties)
    directory = TOWN.load(TOWN.signed(body).jws)
    assert [epoch for agency, epoch in directory.domains if agency == "ward"] == list(range(1, 12))


def body(version: int = 1) -> Body:
    first = drafting.first_term("test", NOW)
    return drafting.draft(first if version == 1 else drafting.next_term(TOWN.first(), NOW), TOWN.parties())


def with_agency(whole: Body, agency: Agency, index: int = 0) -> Body:
    listed = list(whole.agencies)
    listed[index] = agency
    return replace(whole, agencies=tuple(listed))


def refusal(whole: Json, *, now: int | None = NOW, last: Directory | None = None) -> str:
    with pytest.raises(ProtocolError) as raised:
        TOWN.load(whole, now, last)
    return raised.value.code


@pytest.mark.parametrize("second", [-1, 31 * 86_400 + 1])
def test_d3_a_directory_counts_only_in_its_time(second: int) -> None:
    whole = body()
    assert refusal(TOWN.forced(whole), now=whole.not_before + second) == "STALE_DIRECTORY"


@pytest.mark.parametrize("second", [0, 31 * 86_400])
def test_d3_the_edges_of_its_time_are_inside(second: int) -> None:
    whole = body()
    assert TOWN.load(TOWN.forced(whole), whole.not_before + second).body.version == 1


def test_d3_another_network_is_refused() -> None:
    assert refusal(TOWN.forced(replace(body(), network="other"))) == "STALE_DIRECTORY"


def test_d3_the_same_directory_may_come_again() -> None:
    first = TOWN.first()
    assert TOWN.load(first.jws, NOW, first).hash == first.hash


def test_d3_a_missed_version_is_checked_but_for_its_time() -> None:
    first, late = TOWN.first(), NOW + 32 * 86_400
    missed = TOWN.forced(body(2))
    assert TOWN.load(missed, None, first).body.version == 2
    assert refusal(missed, now=late, last=first) == "STALE_DIRECTORY"
    assert refusal(TOWN.forced(replace(body(2), version=3)), now=None, last=first) == "STALE_DIRECTORY"


def test_d3_versions_are_4320_s_apart() -> None:
    first = TOWN.first()
    begin = first.body.not_before + 4320
    assert TOWN.load(TOWN.forced(replace(body(2), not_before=begin)), None, first).body.not_before == begin
    early = TOWN.forced(replace(body(2), not_before=begin - 1))
    assert refusal(early, now=None, last=first) == "STALE_DIRECTORY"


NOTHING: Json = {"k": [], "pop": []}
LIMITS: list[tuple[list[str | int], Json]] = [
    (["v"], True),
    (["v"], 2),
    (["version"], 0),
    (["version"], 1_000_000_000),
    (["version"], True),
    (["network"], "Demo"),
    (["network"], "a" * 33),
    (["network"], ""),
    (["network"], "demo\n"),
    (["prev"], "AAAA"),
    (["prev"], b64(bytes([1]) * 32)),  # version 1 has nothing before it
    (["not_before"], -1),
    (["not_after"], 2**53),
    (["not_after"], "1"),
    (["operators"], []),
    (["keeper", "serial"], 0),
    (["keeper", "self"], []),
    (["keeper", "self"], [b64(bytes(64))] * 3),
    (["agencies", 0, "portal"], 1),
    (["agencies", 0, "org"], "Org"),
    (["agencies", 0, "record_epoch"], 0),
    (["agencies", 0, "epoch"], 1_000_000_000),
    (["agencies", 0, "epochs"], {"01": NOTHING}),
    (["agencies", 0, "epochs"], {"0": NOTHING}),
    (["agencies", 0, "epochs"], {"1000000000": NOTHING}),
    (["agencies", 0, "epochs", "1", "k"], []),
    (["agencies", 0, "records", "1", "pop"], []),
    (["more"], 1),
]


def changed(value: Json, path: list[str | int], new: Json) -> Json:
    """Return a JSON value with another value at a path."""
    if not path:
        return new
    head, rest = path[0], path[1:]
    if isinstance(value, dict):
        return {**value, str(head): changed(value.get(str(head)), rest, new)}
    assert isinstance(value, list)
    return [changed(one, rest, new) if index == head else one for index, one in enumerate(value)]


@pytest.mark.parametrize(("path", "new"), LIMITS)
def test_d2_members_have_their_types_and_limits(path: list[str | int], new: Json) -> None:
    plain = canonical.decode(canonical.encode(wire.plain(TOWN.first().body)))
    assert entries.read_body(plain).version == 1
    with pytest.raises(ProtocolError) as raised:
        entries.read_body(changed(plain, path, new))
    assert raised.value.code == "BAD_ENCODING"


def test_d2_a_portal_lists_no_code_epoch() -> None:
    portal = drafting.listing(body().agencies[2], epochs=[1], records=[1])
    assert refusal(TOWN.forced(with_agency(body(), portal, 2))) == "BAD_ENCODING"


def test_d4_the_operators_are_the_configured_ones() -> None:
    swapped = replace(TOWN.first().body, operators=tuple(reversed(TOWN.first().body.operators)))
    assert refusal(TOWN.forced_as_it_is(swapped)) == "SIGNATURE_SET"


@pytest.mark.parametrize(("org", "accepted"), [("org-op-2", False), ("org-keeper", False), ("org-ward", True)])
def test_d4_neither_operator_nor_keeper_runs_the_register(org: str, *, accepted: bool) -> None:
    register = handing_in.register_entry(TOWN.register, replace_org(TOWN.vouching("register"), org))
    whole = TOWN.forced(replace(body(), register=register))
    if accepted:
        assert TOWN.load(whole).body.register.org == org
    else:
        assert refusal(whole) == "ROLE_CONFLICT"


def replace_org(by: Vouching, org: str) -> Vouching:
    return dataclasses.replace(by, org=org)


def test_d6_one_key_is_not_two_parties() -> None:
    pension = dataclasses.replace(TOWN.agencies["pension"], y=TOWN.agencies["ward"].y)
    twin = handing_in.agency_entry(pension, TOWN.vouching("pension"))
    whole = with_agency(body(), drafting.listing(twin, epochs=[1], records=[1]), 1)
    assert refusal(TOWN.forced(whole)) == "DUPLICATE_KEY"


def test_d6_one_id_is_not_two_parties() -> None:
    twin = handing_in.agency_entry(dataclasses.replace(TOWN.agencies["pension"], id="ward"), TOWN.vouching("pension"))
    whole = TOWN.first().body
    ids_twice = with_agency(whole, replace(twin, records=whole.agencies[1].records, epoch=0, epochs={}), 1)
    assert refusal(TOWN.forced_as_it_is(ids_twice)) == "DUPLICATE_KEY"


def test_d7_every_point_is_proved() -> None:
    whole, other = TOWN.first().body, B64(bytes([1]) + bytes(31) + bytes([1]) + bytes(31))
    operator, keeper, ward = whole.operators[1], whole.keeper, whole.agencies[0]
    unproved = Factor(k=ward.records["1"].k, pop=(ward.records["1"].pop[0], other))
    for bent in (
        replace(whole, operators=(whole.operators[0], replace(operator, layer_pop=other))),
        replace(whole, keeper=replace(keeper, pop=other)),
        replace(whole, keeper=replace(keeper, release_pop=other)),
        with_agency(whole, replace(ward, pop=other)),
        with_agency(whole, replace(ward, records={"1": unproved})),
    ):
        assert refusal(TOWN.forced_as_it_is(bent)) == "BAD_POP"


def test_d7_a_commitment_belongs_to_its_name() -> None:
    ward = TOWN.first().agency("ward")
    swapped = replace(ward, epochs=ward.records, records=ward.epochs)
    assert refusal(TOWN.forced_as_it_is(with_agency(TOWN.first().body, swapped))) == "BAD_POP"


@dataclasses.dataclass(frozen=True)
class Office:
    """The entry of `ward` in version 2: what it hands in itself, and what the operators list for it."""

    serial: int = 2
    org: str = "org-ward"
    portal: bool = False
    epoch: int = 1
    record_epoch: int = 1
    epochs: tuple[int, ...] = (1,)
    records: tuple[int, ...] = (1,)
    sign: bytes | None = dataclasses.field(default=None, repr=False)
    previous: bytes | None = dataclasses.field(default=None, repr=False)

    def listed(self) -> Agency:
        keys = TOWN.agencies["ward"]
        keys = dataclasses.replace(keys, sign=self.sign or keys.sign)
        by = Vouching("test", self.org, TOWN.vouching("ward").rand, self.serial, self.previous)
        entry = handing_in.agency_entry(keys, by, portal=self.portal, epoch=self.epoch, record_epoch=self.record_epoch)
        return drafting.listing(entry, epochs=self.epochs, records=self.records)


NEW, OLD = raw("another signing key", 32), TOWN.agencies["ward"].sign


@pytest.mark.parametrize(
    "office",
    [
        Office(epoch=2),
        Office(record_epoch=2),
        Office(epochs=(), portal=True),
        Office(org="org-other"),
        Office(serial=1, epoch=0),
        Office(records=()),
        Office(records=(2,), record_epoch=2),
        Office(sign=NEW),
        Office(sign=NEW, previous=NEW),
        Office(sign=NEW, previous=OLD, serial=1),
    ],
    ids=str,
)
def test_d8_what_an_office_and_the_operators_must_not_do(office: Office) -> None:
    assert refusal(TOWN.forced(with_agency(body(2), office.listed())), last=TOWN.first()) == "BAD_ENTRY"


@pytest.mark.parametrize(
    "office",
    [
        Office(),
        Office(serial=1),
        Office(epoch=0),
        Office(serial=1, epochs=()),
        Office(epoch=2, epochs=(1, 2)),
        Office(epoch=7, epochs=(7,)),
        Office(record_epoch=2, records=(1, 2)),
        Office(sign=NEW, previous=OLD),
    ],
    ids=str,
)
def test_d8_what_an_office_and_the_operators_may_do(office: Office) -> None:
    whole = TOWN.forced(with_agency(body(2), office.listed()))
    assert TOWN.load(whole, NOW, TOWN.first()).body.version == 2


def test_d8_an_entry_that_its_party_did_not_vouch_for_is_refused() -> None:
    ward = Office(serial=1).listed()
    assert refusal(TOWN.forced(with_agency(body(), replace(ward, serial=2)))) == "BAD_ENTRY"
    assert refusal(TOWN.forced(with_agency(body(), replace(ward, self=body().agencies[1].self)))) == "BAD_ENTRY"


def test_d8_a_portal_has_no_code_epoch() -> None:
    portal = replace(handing_in.agency_entry(TOWN.portal, TOWN.vouching("portal")), portal=True)
    vouched = replace(portal, self=(B64(jws.sign_bytes(TOWN.portal.sign, entries.self_input("test", portal))),))
    listed = drafting.listing(vouched, epochs=[], records=[1])
    assert refusal(TOWN.forced(with_agency(body(), listed, 2))) == "BAD_ENTRY"


def test_d8_a_code_epoch_in_use_does_not_go_back() -> None:
    ahead = with_agency(body(2), Office(epoch=2, epochs=(1, 2)).listed())
    second = TOWN.load(TOWN.forced(ahead), NOW, TOWN.first())
    third = drafting.draft(drafting.next_term(second, NOW + 4320), TOWN.parties())
    for office, accepted in ((Office(serial=3, epochs=(1, 2)), False), (Office(serial=3, epoch=0), True)):
        whole = TOWN.forced(with_agency(third, office.listed()))
        if accepted:
            assert TOWN.load(whole, None, second).agency("ward").epoch == 0
        else:
            assert refusal(whole, now=None, last=second) == "BAD_ENTRY"


def test_d8_a_code_epoch_that_left_does_not_return() -> None:
    second = TOWN.load(TOWN.forced(with_agency(body(2), Office(epoch=2, epochs=(2,)).listed())), NOW, TOWN.first())
    back = Office(serial=3, epoch=2, epochs=(1, 2)).listed()
    third = drafting.draft(drafting.next_term(second, NOW + 4320), TOWN.parties())
    assert refusal(TOWN.forced(with_agency(third, back)), now=None, last=second) == "BAD_ENTRY"


def test_d8_a_factor_does_not_change_under_its_name() -> None:
    other = dataclasses.replace(TOWN.operators[0], seed=raw("another seed", 32))
    town = dataclasses.replace(TOWN, operators=(other, TOWN.operators[1]))
    assert refusal(town.forced(body(2)), last=TOWN.first()) == "BAD_ENTRY"


def test_d8_nobody_is_left_out_or_changes_sides() -> None:
    whole = body(2)
    assert refusal(TOWN.forced(replace(whole, agencies=whole.agencies[1:])), last=TOWN.first()) == "BAD_ENTRY"
    keeper = dataclasses.replace(TOWN.keeper, id="register", sign=TOWN.register.sign)
    register = dataclasses.replace(TOWN.register, id="register-2", sign=NEW)
    swapped = replace(
        whole,
        keeper=handing_in.keeper_entry(keeper, dataclasses.replace(TOWN.vouching("keeper"), serial=2)),
        register=handing_in.register_entry(register, TOWN.vouching("register")),
    )
    assert refusal(TOWN.forced(swapped), last=TOWN.first()) == "BAD_ENTRY"


def test_d8_a_new_keeper_comes_under_a_new_id() -> None:
    keeper = dataclasses.replace(TOWN.keeper, id="keeper-2", sign=NEW)
    entry = handing_in.keeper_entry(keeper, TOWN.vouching("keeper"))
    assert TOWN.load(TOWN.forced(replace(body(2), keeper=entry)), NOW, TOWN.first()).role_of("keeper") is None
